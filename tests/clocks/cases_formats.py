"""What a message may say of times, to the second."""

from __future__ import annotations

from healthpass._values import seconds
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.assisted import MAX_SEALING_KEY_LIFETIME, DailyKey
from healthpass.formats.claim import MIN_TIME, Binding, fields_of, parse_claim
from healthpass.formats.place import MAX_LIFETIME, Place, PlaceClass
from healthpass.formats.presentation import _check_group, _iat_bytes, parse_presentation
from healthpass.formats.station import MAX_REGION_LIFETIME, MAX_STATION_LIFETIME, Region, Station
from healthpass.formats.window import check_periods
from tests.clocks.cases_trust import moved
from tests.clocks.holding import holds, outcome
from tests.making import DAY, NOW, WINDOW, claim_of, make_claim, present, signer

WINDOWS = "formats/window.py"
LAST = 0xFFFFFFFF


@holds(WINDOWS, "Window.is_open", "self.valid_from <= now < self.expires", gives=(False, True, True))
def _(second: int) -> object:
    return WINDOW.is_open(WINDOW.valid_from + second)


@holds(WINDOWS, "Window.is_open", "self.valid_from <= now < self.expires", gives=(True, False, False))
def _(second: int) -> object:
    return WINDOW.is_open(WINDOW.expires + second)


@holds(WINDOWS, "check_periods", "valid_from < end", gives=("overlapping-windows", "taken", "taken"))
def _(second: int) -> object:
    following = moved(valid_from=WINDOW.expires + second, expires=WINDOW.expires + DAY)
    return outcome(lambda: check_periods([following, WINDOW]))


@holds(
    "formats/assisted.py",
    "DailyKey.__post_init__",
    "self.expires - self.valid_from > MAX_SEALING_KEY_LIFETIME",
    gives=("taken", "taken", "malformed"),
)
def _(second: int) -> object:
    key = SealingKey().public_key
    return outcome(lambda: DailyKey(NOW, NOW + MAX_SEALING_KEY_LIFETIME + second, key))


@holds("formats/place.py", "Place.__init__", "expires - issued > MAX_LIFETIME", gives=("taken", "taken", "malformed"))
def _(second: int) -> object:
    return outcome(lambda: Place("0" * 16, PlaceClass.SCHOOL, 1, NOW, NOW + MAX_LIFETIME + second))


@holds(
    "formats/station.py",
    "Station.__post_init__",
    "self.expires - self.issued > MAX_STATION_LIFETIME",
    gives=("taken", "taken", "malformed"),
)
def _(second: int) -> object:
    key = signer(90).public_key
    return outcome(lambda: Station("0" * 16, key, 1, NOW, NOW + MAX_STATION_LIFETIME + second))


@holds(
    "formats/station.py",
    "Region.__post_init__",
    "self.expires - self.issued > MAX_REGION_LIFETIME",
    gives=("taken", "taken", "malformed"),
)
def _(second: int) -> object:
    key = signer(90).public_key
    return outcome(lambda: Region("North", key, NOW, NOW + MAX_REGION_LIFETIME + second))


@holds(
    "formats/presentation.py",
    "_check_group",
    "(c.kid, c.exp, c.key) != (first.kid, first.exp, first.key)",
    gives=("malformed", "taken", "malformed"),
)
def _(second: int) -> object:
    group = [claim_of(slot, Binding.BOTH) for slot in (1, 2)]
    group[1].exp += second
    return outcome(lambda: _check_group(group))


@holds(
    "formats/claim.py",
    "fields_of",
    f"MIN_TIME <= claim.exp <= {LAST}",
    gives=("malformed", "taken", "taken"),
)
def _(second: int) -> object:
    claim = claim_of()
    claim.exp = MIN_TIME + second
    return outcome(lambda: fields_of(claim))


@holds(
    "formats/claim.py",
    "fields_of",
    f"MIN_TIME <= claim.exp <= {LAST}",
    gives=("taken", "taken", "malformed"),
)
def _(second: int) -> object:
    claim = claim_of()
    claim.exp = LAST + second
    return outcome(lambda: fields_of(claim))


@holds("formats/claim.py", "read_fields", "exp < MIN_TIME", gives=("malformed", "taken", "taken"))
def _(second: int) -> object:
    data = bytearray(make_claim(binding=Binding.DOCUMENT))
    at = data.index(WINDOW.expires.to_bytes(4, "big"))
    data[at : at + 4] = (MIN_TIME + second).to_bytes(4, "big")
    return outcome(lambda: parse_claim(bytes(data)))


@holds("formats/presentation.py", "_iat_bytes", f"MIN_TIME <= iat <= {LAST}", gives=("malformed", "taken", "taken"))
def _(second: int) -> object:
    """Times of showings are multiples of 15 s, so the next ones are 15 s away."""
    first = -(-MIN_TIME // 15) * 15
    return outcome(lambda: _iat_bytes(first + 15 * second))


@holds("formats/presentation.py", "parse_presentation", "iat < MIN_TIME", gives=("malformed", "taken", "taken"))
def _(second: int) -> object:
    data = bytearray(present(make_claim(), iat=NOW))
    at = data.rindex(NOW.to_bytes(4, "big"))
    data[at : at + 4] = (-(-MIN_TIME // 15) * 15 + 15 * second).to_bytes(4, "big")
    return outcome(lambda: parse_presentation(bytes(data)))


@holds("_values.py", "seconds", f"0 <= now <= {LAST}", gives=("out of range", "taken", "taken"))
def _(second: int) -> object:
    return in_range(second)


@holds("_values.py", "seconds", f"0 <= now <= {LAST}", gives=("taken", "taken", "out of range"))
def _(second: int) -> object:
    return in_range(LAST + second)


def in_range(time: int) -> str:
    try:
        seconds(time)
    except ValueError:
        return "out of range"
    return "taken"
