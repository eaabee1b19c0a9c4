"""What a trust list says about its platforms, in words: part of what each root reads before it signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from healthpass._shown import compared, digest_of, groups, shown
from healthpass.authority.rules import covered_until, in_use, serves_until
from healthpass.authority.wording import in_time, span, span_of_key, when
from healthpass.formats.claim import Binding
from healthpass.formats.hand_in import HandIn, encode_hand_in
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.formats.words import word_of
from healthpass.trust.periods import of_platform
from healthpass.trust.platforms import STATION_PERIOD

SEALING_LIFE = 96 * 3600
"""Seconds that a sealing key lives: the longer, the more a stolen one opens."""

Listed = tuple[str, Window | SealingKeyEntry]


def platform_lines(new: TrustList, previous: TrustList | None, files: Sequence[HandIn]) -> list[str]:
    """Whose windows and sealing keys the list has, and what is new or unusual about them."""
    lines = _names(new, previous)
    lines += _files(new, previous, files) if files else [_one_file(new, each) for each in in_use(new)]
    for platform in new.platforms:
        lines += _kids(new, platform, named=len(new.platforms) > 1)
    for name in sorted({each.name for each in (*new.platforms, *(() if previous is None else previous.platforms))}):
        lines += _sealing_keys(name, new, previous)
    return lines + _not_covered(new) + _stations(new)


def hand_in_digest(hand_in: HandIn) -> bytes:
    """The digest of the file in which a platform hands this in, 16 bytes: what the platform reads out."""
    return digest_of(encode_hand_in(hand_in.name, hand_in.windows, hand_in.sealing_keys))


def _names(new: TrustList, previous: TrustList | None) -> list[str]:
    names, before = ([] if each is None else [one.name for one in each.platforms] for each in (new, previous))
    added = [f"adds platform {name!r}" for name in names if name not in before]
    return added + [f"REMOVES platform {name!r}" for name in before if name not in names]


def _is_live(new: TrustList, item: Window | SealingKeyEntry) -> bool:
    return not item.is_over(new.issued) if isinstance(item, Window) else new.issued < item.expires


def _live(new: TrustList, platform: Platform) -> HandIn:
    windows = [each for each in of_platform(new, platform.name) if _is_live(new, each)]
    keys = tuple(each for each in platform.sealing_keys if _is_live(new, each))
    return HandIn(platform.name, tuple(windows), keys)


def _one_file(new: TrustList, platform: Platform) -> str:
    live = _live(new, platform)
    said = f"not over, of {platform.name!r}: {len(live.windows)} windows and {len(live.sealing_keys)} sealing keys"
    return f"{said}, handed in as a file with the digest {groups(hand_in_digest(live))}"


def _files(new: TrustList, previous: TrustList | None, files: Sequence[HandIn]) -> list[str]:
    """Each file that was handed in, and what the list has that is in none of them."""
    lines, listed = [], set(_listed(new))
    known = set() if previous is None else set(_listed(previous))
    for each in files:
        items = _named(each.name, each.windows, each.sealing_keys)
        other = sum(item not in listed for item in items)
        said = f"{other} OF THEM ARE NOT LISTED SO" if other else "all of them are listed"
        what = f"{len(each.windows)} windows and {len(each.sealing_keys)} sealing keys"
        lines.append(f"handed in by {each.name!r}: {what}, digest {groups(hand_in_digest(each))}: {said}")
        known.update(items)
    for name, item in _listed(new):
        if (name, item) not in known:
            lines.append(f"NOT HANDED IN by {name!r}: {_item(item)}")
    return lines


def _listed(trust_list: TrustList) -> list[Listed]:
    """Each window and sealing key, with the name of whose it is."""
    found: list[Listed] = []
    for platform in trust_list.platforms:
        found += _named(platform.name, of_platform(trust_list, platform.name), platform.sealing_keys)
    return found


def _named(name: str, windows: Iterable[Window], keys: Iterable[SealingKeyEntry]) -> list[Listed]:
    return [*((name, window) for window in windows), *((name, key) for key in keys)]


def _item(item: Window | SealingKeyEntry) -> str:
    if isinstance(item, Window):
        return f"window {shown(item.kid)}: {span(item)}"
    return f"sealing key {compared(item.key)}: {span_of_key(item)}"


def _kids(new: TrustList, platform: Platform, *, named: bool) -> list[str]:
    """How many kids the passes of each period are spread over: one more than usual could be one person's own."""
    of = f" of {platform.name!r}" if named else ""
    kinds: dict[tuple[tuple[tuple[int, int], int], ...], list[str]] = {}
    for kind in Binding:
        fitting = [each for each in in_time(_live(new, platform).windows) if each.bindings & kind]
        periods = Counter((each.valid_from, each.expires) for each in fitting)
        kinds.setdefault(tuple(periods.items()), []).append(word_of(kind))
    lines = []
    for counts, names in kinds.items():
        for usual, periods_with in Counter(count for _, count in counts).most_common(1):
            lines.append(f"kids for {'+'.join(names)}{of}: {usual} a period, in {periods_with} periods")
            lines += [
                f"{count} KIDS for {'+'.join(names)}{of} from {when(start)} to {when(end)}"
                for (start, end), count in counts
                if count != usual
            ]
    return lines


def _sealing_keys(name: str, new: TrustList, previous: TrustList | None) -> list[str]:
    now, before = _keys_of(new, name), _keys_of(previous, name)
    lines = []
    for entry in now:
        if entry not in before:
            long = ": LIVES OVER 96 HOURS" if entry.expires - entry.valid_from > SEALING_LIFE else ""
            lines.append(f"adds sealing key of {name!r}: {compared(entry.key)}, {span_of_key(entry)}{long}")
    for entry in before:
        if entry not in now:
            word = "REMOVES A LIVE" if _is_live(new, entry) else "drops the finished"
            lines.append(f"{word} sealing key of {name!r}: {compared(entry.key)}, {span_of_key(entry)}")
    return lines


def _keys_of(trust_list: TrustList | None, name: str) -> Sequence[SealingKeyEntry]:
    platform = None if trust_list is None else trust_list.platform(name)
    return () if platform is None else platform.sealing_keys


def _not_covered(new: TrustList) -> list[str]:
    """Said of every list that was drafted with a gap."""
    lines, until = [], serves_until(new)
    for platform in in_use(new):
        spans: tuple[tuple[str, Iterable[Window | SealingKeyEntry]], ...] = (
            ("windows", of_platform(new, platform.name)),
            ("sealing keys", platform.sealing_keys),
        )
        for name, listed in spans:
            reached = covered_until(listed, new.issued)
            if reached < until:
                till = "none now" if reached == new.issued else f"without a gap only until {when(reached)}"
                lines.append(f"NOT COVERED: {name} of {platform.name!r}: {till}; the list serves until {when(until)}")
    return lines


def _stations(new: TrustList) -> list[str]:
    for platform in new.platforms:
        for window in _live(new, platform).windows:
            short = window.expires - window.valid_from <= STATION_PERIOD
            if (
                short and window.bindings & Binding.DOCUMENT and new.issued < window.expires
            ):  # after that nobody vouches
                return []
    return ["STATIONS CANNOT VOUCH: no window of at most 26 hours takes documents"]
