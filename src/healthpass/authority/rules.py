"""What a trust list must keep to be drafted, beyond its form: who uses it offline must not be left without keys, and no
kid may tell one person from another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from healthpass.errors import TrustListRefused
from healthpass.trust.periods import check_alike, of_platform

if TYPE_CHECKING:
    from healthpass.formats.platform import Platform, SealingKeyEntry
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window

JOINS_AHEAD = 96 * 3600
"""Seconds before a period begins at which its last kid is listed: by then nobody has a pass of it that is shown, and
people enrol after that for days, so a kid does not tell the hour of enrolment."""


def covered_until(spans: Iterable[Window | SealingKeyEntry], start: int) -> int:
    """Up to when they follow one another without a gap from `start` on, in seconds since 1970 UTC."""
    until = start
    for each in sorted(spans, key=lambda each: each.valid_from):
        if each.valid_from <= until:
            until = max(until, each.expires)
    return until


def serves_until(trust_list: TrustList) -> int:
    """Up to when somebody may go by this list: its life and its grace time."""
    return trust_list.expires + trust_list.grace


def in_use(trust_list: TrustList) -> Iterator[Platform]:
    """The platforms that have a window or a sealing key which is not over at the list's issue."""
    for platform in trust_list.platforms:
        ends = [trust_list.windows[kid].expires for kid in platform.kids]
        if any(trust_list.issued < end for end in (*ends, *(each.expires for each in platform.sealing_keys))):
            yield platform


def check_covered(trust_list: TrustList) -> None:
    """Each platform in use has a window, and a sealing key, for every moment at which somebody may go by the list.

    Raises:
        TrustListRefused: "windows-too-short" or "sealing-keys-too-short".
    """
    until = serves_until(trust_list)
    platforms = list(in_use(trust_list))
    windows = [of_platform(trust_list, platform.name) for platform in platforms]
    if not platforms or any(covered_until(each, trust_list.issued) < until for each in windows):
        raise TrustListRefused(
            "windows-too-short", "each platform's windows must cover the list's life and grace: make more days"
        )
    if any(covered_until(each.sealing_keys, trust_list.issued) < until for each in platforms):
        raise TrustListRefused(
            "sealing-keys-too-short",
            "each platform's sealing keys must cover the list's life and grace: make more days and hand them in",
        )


def check_revocable(trust_list: TrustList, revocation_keys: Collection[bytes]) -> None:
    """Where there are revocation keys every window stands under one: under a forgotten one nobody could revoke.

    Raises:
        TrustListRefused: "nobody-can-revoke".
    """
    if revocation_keys and trust_list.unrevocable():
        raise TrustListRefused("nobody-can-revoke", "a window stands under no revocation key: say which has it")


def check_equal(trust_list: TrustList) -> None:
    """Raises `FormatError` ("unequal-windows") where the windows of one platform and period are not alike."""
    for platform in trust_list.platforms:
        check_alike(of_platform(trust_list, platform.name))


def check_late_kids(new: TrustList, previous: TrustList) -> None:
    """No kid joins a period that `previous` has already and that begins within 96 hours, but in the place of one that
    `new` removes: only who enrols from now on could have it.

    Raises:
        TrustListRefused: "late-kid".
    """
    before, after = _kids_by_period(previous), _kids_by_period(new)
    for at in after.keys() & before.keys():
        late = at[1] < new.issued + JOINS_AHEAD
        if late and len(after[at] - before[at]) > len(before[at] - after[at]):
            raise TrustListRefused(
                "late-kid", "a kid joins a period that begins within 96 hours: it would tell who enrolled after that"
            )


def _kids_by_period(trust_list: TrustList) -> dict[tuple[str, int, int], set[bytes]]:
    kids: dict[tuple[str, int, int], set[bytes]] = {}
    for platform in trust_list.platforms:
        for window in of_platform(trust_list, platform.name):
            kids.setdefault((platform.name, window.valid_from, window.expires), set()).add(window.kid)
    return kids
