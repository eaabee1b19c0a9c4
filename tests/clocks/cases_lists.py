"""What is drafted, what signers are told of it, and how long a platform's sealing keys live."""

from __future__ import annotations

import tempfile
from pathlib import Path

from healthpass.authority import TrustList, TrustListBuilder, draft
from healthpass.authority.builder import KEPT_WHEN_OVER
from healthpass.authority.platform_changes import _is_live, _not_covered, _sealing_keys, _stations
from healthpass.authority.rules import JOINS_AHEAD, check_late_kids, covered_until, in_use
from healthpass.cli.sealing import erase_over
from healthpass.formats.claim import Binding
from healthpass.formats.period import Period, check_periods
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.issuer import SealingKeys
from healthpass.issuer.sealing_keys import LATE, LIFE, encode_sealing_keys, parse_sealing_keys
from healthpass.trust.periods import periods_for
from healthpass.trust.platforms import STATION_PERIOD
from tests.clocks.cases_trust import moved
from tests.clocks.holding import holds, outcome
from tests.making import DAY, NOW, PLATFORM, ROOTS, SEALING, WINDOW, make_trust_list, sealing_key

RULES = "authority/rules.py"
CHANGES = "authority/platform_changes.py"
SERVES = 10 * DAY


def key(valid_from: int = NOW, expires: int = NOW + SERVES) -> SealingKeyEntry:
    return SealingKeyEntry(SEALING.key, valid_from, expires)


def listed(window: int = NOW + SERVES, sealed: int = NOW + SERVES) -> TrustList:
    """A list of life and grace of ten days, whose window and sealing key end then."""
    windows = [moved(valid_from=NOW, expires=window)]
    platform = Platform(PLATFORM, (WINDOW.kid,), (key(expires=sealed),))
    more = {"windows": windows, "platforms": [platform], "grace": 3 * DAY}
    return make_trust_list(issued=NOW, expires=NOW + 7 * DAY, **more)  # type: ignore[arg-type]


@holds(
    "authority/builder.py",
    "TrustListBuilder._platforms",
    "each.expires + KEPT_WHEN_OVER > issued",
    gives=(1, 0, 0),
)
def _(second: int) -> object:
    builder = TrustListBuilder(ROOTS).set_sealing_keys([SEALING])
    return len(builder.build(now=SEALING.expires + KEPT_WHEN_OVER + second).platforms)


@holds(
    RULES,
    "check_covered",
    "covered_until(each, trust_list.issued) < until",
    gives=("windows-too-short", "taken", "taken"),
)
def _(second: int) -> object:
    return outcome(lambda: draft(listed(window=NOW + SERVES + second)))


@holds(
    RULES,
    "check_covered",
    "covered_until(each.sealing_keys, trust_list.issued) < until",
    gives=("sealing-keys-too-short", "taken", "taken"),
)
def _(second: int) -> object:
    return outcome(lambda: draft(listed(sealed=NOW + SERVES + second)))


@holds(RULES, "covered_until", "each.valid_from <= until", gives=(True, True, False))
def _(second: int) -> object:
    following = moved(valid_from=WINDOW.expires + second, expires=WINDOW.expires + DAY)
    return covered_until([following, WINDOW], NOW) == following.expires


@holds(RULES, "in_use", "trust_list.issued < end", gives=(1, 0, 0))
def _(second: int) -> object:
    issued = WINDOW.expires + second
    platforms = [Platform(PLATFORM, (WINDOW.kid,))]
    return len(list(in_use(make_trust_list(issued=issued, windows=[WINDOW], platforms=platforms))))


@holds(RULES, "check_late_kids", "at[1] < new.issued + JOINS_AHEAD", gives=("late-kid", "taken", "taken"))
def _(second: int) -> object:
    begins = NOW + JOINS_AHEAD + second
    first = moved(valid_from=begins, expires=begins + DAY)
    other = type(first)(b"late", SEALING.key, *first.values()[2:])  # type: ignore[arg-type]  # in their order
    before = make_trust_list(windows=[first])
    after = make_trust_list(issued=NOW, windows=[first, other], platforms=[Platform(PLATFORM, (first.kid, other.kid))])
    return outcome(lambda: check_late_kids(after, before))


@holds(CHANGES, "_is_live", "new.issued < item.expires", gives=(True, False, False))
def _(second: int) -> object:
    issued = SEALING.expires + second
    return _is_live(make_trust_list(issued=issued, expires=issued + DAY), SEALING)


@holds(CHANGES, "_sealing_keys", "entry.expires - entry.valid_from > SEALING_LIFE", gives=(False, False, True))
def _(second: int) -> object:
    content = listed(sealed=NOW + LIFE + second)
    (line,) = _sealing_keys(PLATFORM, content, None)
    return "LIVES OVER" in line


@holds(CHANGES, "_not_covered", "reached < until", gives=(1, 0, 0))
def _(second: int) -> object:
    return len(_not_covered(listed(sealed=NOW + SERVES + second)))


@holds(CHANGES, "_not_covered", "reached == new.issued", gives=(False, False, True))
def _(second: int) -> object:
    platforms = [Platform(PLATFORM, (WINDOW.kid,), (key(valid_from=NOW + second, expires=NOW + DAY),))]
    windows = [moved(expires=NOW + SERVES)]
    (line,) = _not_covered(make_trust_list(issued=NOW, windows=windows, platforms=platforms))
    return "none now" in line


@holds(CHANGES, "_stations", "window.expires - window.valid_from <= STATION_PERIOD", gives=(0, 0, 1))
def _(second: int) -> object:
    return len(_stations(listed(window=NOW + STATION_PERIOD + second)))


@holds(CHANGES, "_stations", "new.issued < window.expires", gives=(0, 1, 1))
def _(second: int) -> object:
    issued = WINDOW.expires + second
    return len(_stations(make_trust_list(issued=issued, expires=issued + DAY, windows=(WINDOW,))))


@holds("cli/sealing.py", "erase_over", "now < each.expires + LATE", gives=(1, 0, 0))
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "sealing.keys"
        file.write_bytes(encode_sealing_keys(held()))
        erase_over(Path(name), SEALING.expires + LATE + second)
        return len(parse_sealing_keys(file.read_bytes()))


def held() -> SealingKeys:
    return SealingKeys(PLATFORM, [(sealing_key(), SEALING.valid_from, SEALING.expires)])


@holds("issuer/sealing_keys.py", "_is_over", "now >= entry.expires + LATE", gives=(1, 0, 0))
def _(second: int) -> object:
    return len(held().erased(SEALING.expires + LATE + second))


@holds("issuer/sealing_keys.py", "SealingKeys.live", "time < entry.expires", gives=(1, 0, 0))
def _(second: int) -> object:
    return len(held().live(SEALING.expires + second))


@holds(
    "formats/platform.py",
    "Platform.sealing_key",
    "each.valid_from <= now < each.expires",
    gives=(False, True, True),
)
def _(second: int) -> object:
    return sealed_to(SEALING.valid_from + second)


@holds(
    "formats/platform.py",
    "Platform.sealing_key",
    "each.valid_from <= now < each.expires",
    gives=(True, False, False),
)
def _(second: int) -> object:
    return sealed_to(SEALING.expires + second)


def sealed_to(now: int) -> bool:
    return Platform(PLATFORM, (), (SEALING,)).sealing_key(now) is not None


@holds("formats/period.py", "check_periods", "period.valid_from < end", gives=("malformed", "taken", "taken"))
def _(second: int) -> object:
    periods = [Period(NOW, NOW + DAY, 1), Period(NOW + DAY + second, NOW + 2 * DAY, 1)]
    return outcome(lambda: check_periods(periods))


@holds("trust/periods.py", "periods_for", "now < window.expires", gives=(1, 0, 0))
def _(second: int) -> object:
    return len(periods_for(make_trust_list(windows=[WINDOW]), PLATFORM, Binding.DEVICE, WINDOW.expires + second))
