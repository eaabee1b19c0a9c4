"""What everybody takes or does not take from others, to the second."""

from __future__ import annotations

from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import sign_message
from healthpass.formats.assisted import DailyKey, encode_daily_key
from healthpass.formats.cose import SEALING_KEY
from healthpass.formats.place import Place, PlaceClass
from healthpass.formats.station import Station
from healthpass.formats.window import LARGEST_SKEW, Window
from healthpass.trust.areas import check_area_update
from healthpass.trust.assisted import open_sealing_key
from healthpass.trust.document_keys import check_document_keys_update
from healthpass.trust.places import rule_at
from healthpass.trust.revocations import live_kids
from healthpass.trust.stations import _check_times
from healthpass.trust.updates import (
    CLOCK_SKEW,
    Floor,
    check_not_rolled_back,
    check_times,
    check_times_under,
    seconds_late,
)
from tests.clocks.holding import holds, outcome
from tests.documents import SCANNER, deliver, documents_list
from tests.making import DAY, NOW, WINDOW, make_trust_list, signer
from tests.placing import RISK_OFFICE, make_area_table, placed_list

UPDATES = "trust/updates.py"


def moved(**fields: int) -> Window:
    """Today's window with other times."""
    values = {name: getattr(WINDOW, name) for name in Window.__slots__} | fields
    return Window(**values)


LIST = make_trust_list(issued=NOW, expires=NOW + 7 * DAY)
REGION = signer(70)


@holds(UPDATES, "check_times", "now < floor.issued - CLOCK_SKEW", gives=("clock-behind", "taken", "taken"))
def _(second: int) -> object:
    floor = Floor(1, NOW + CLOCK_SKEW)
    return outcome(lambda: check_times(LIST, floor, NOW + second))


@holds(UPDATES, "check_times", "content.issued > now + CLOCK_SKEW", gives=("taken", "taken", "from-the-future"))
def _(second: int) -> object:
    return outcome(lambda: check_times(LIST, Floor(), LIST.issued - CLOCK_SKEW - second))


@holds(UPDATES, "check_times", "content.expires + grace <= now", gives=("taken", "expired", "expired"))
def _(second: int) -> object:
    return outcome(lambda: check_times(LIST, Floor(), LIST.expires + second))


@holds(
    UPDATES,
    "check_times_under",
    "now < trust_list.issued - CLOCK_SKEW",
    gives=("clock-behind", "taken", "taken"),
)
def _(second: int) -> object:
    older = make_trust_list(issued=NOW - DAY)
    return outcome(lambda: check_times_under(LIST, older, Floor(), LIST.issued - CLOCK_SKEW + second))


@holds(UPDATES, "check_not_rolled_back", "new.issued < floor.issued", gives=("rollback", "taken", "taken"))
def _(second: int) -> object:
    return outcome(lambda: check_not_rolled_back(Floor(2, NOW + second), Floor(1, NOW)))


@holds(UPDATES, "seconds_late", "late < 0", gives=(0, 1, 2))
def _(second: int) -> object:
    return seconds_late(LIST, DAY, LIST.expires + second)


@holds(UPDATES, "seconds_late", "late >= grace", gives=(DAY, None, None))
def _(second: int) -> object:
    return seconds_late(LIST, DAY, LIST.expires + DAY + second)


@holds(
    "trust/areas.py", "check_area_update", "table.issued < floors[each].issued", gives=("rollback", "taken", "taken")
)
def _(second: int) -> object:
    offices = (RISK_OFFICE.public_key, signer(32).public_key)
    listed = placed_list(risk_keys=tuple(sorted(offices)))
    table = make_area_table(issued=NOW + second)
    return outcome(lambda: check_area_update(table, listed, {offices[1]: Floor(1, NOW)}, NOW + 2))


@holds(
    "trust/document_keys.py",
    "check_document_keys_update",
    "delivery.issued < floors[each].issued",
    gives=("rollback", "taken", "taken"),
)
def _(second: int) -> object:
    listed = documents_list()
    registrar = next(iter(listed.registrar_keys))
    listed = make_trust_list(registrar_keys=tuple(sorted((registrar, signer(33).public_key))))
    delivery = deliver(now=NOW + second)
    floors = {signer(33).public_key: Floor(1, NOW)}
    return outcome(lambda: check_document_keys_update(delivery, listed, SCANNER, floors, NOW + 2))


PLACE = Place("0123456789abcdef", PlaceClass.HOSPITAL, 110_105, NOW, NOW + DAY)


@holds(
    "trust/places.py", "check_place_times", "now >= place.expires", gives=("taken", "place-expired", "place-expired")
)
def _(second: int) -> object:
    return outcome(lambda: rule_at(PLACE, make_trust_list(), None, PLACE.expires + second))


@holds(
    "trust/places.py",
    "check_place_times",
    "now < place.issued - CLOCK_SKEW",
    gives=("place-from-the-future", "taken", "taken"),
)
def _(second: int) -> object:
    return outcome(lambda: rule_at(PLACE, make_trust_list(), None, PLACE.issued - CLOCK_SKEW + second))


@holds("formats/window.py", "Window.is_over", "now >= self.expires + LARGEST_SKEW", gives=(1, 0, 0))
def _(second: int) -> object:
    key = signer(60).public_key
    listed = make_trust_list(windows=(WINDOW,), revocation_keys={key: (WINDOW.kid,)})
    return len(live_kids(key, listed, WINDOW.expires + LARGEST_SKEW + second))


STATION = Station(bytes(8).hex(), signer(90).public_key, 110_105, NOW, NOW + DAY)


@holds(
    "trust/stations.py",
    "_check_times",
    "now < certified.issued - CLOCK_SKEW",
    gives=("certificate-from-the-future", "taken", "taken"),
)
def _(second: int) -> object:
    return outcome(lambda: _check_times(STATION, STATION.issued - CLOCK_SKEW + second))


@holds(
    "trust/stations.py",
    "_check_times",
    "now >= certified.expires",
    gives=("taken", "certificate-expired", "certificate-expired"),
)
def _(second: int) -> object:
    return outcome(lambda: _check_times(STATION, STATION.expires + second))


DAILY = sign_message(REGION, SEALING_KEY, encode_daily_key(DailyKey(NOW, NOW + DAY, SealingKey().public_key)))


@holds(
    "trust/assisted.py",
    "open_sealing_key",
    "now < key.valid_from - CLOCK_SKEW",
    gives=("sealing-key-from-the-future", "taken", "taken"),
)
def _(second: int) -> object:
    return outcome(lambda: open_sealing_key(DAILY, REGION.public_key, NOW - CLOCK_SKEW + second))


@holds(
    "trust/assisted.py",
    "open_sealing_key",
    "now >= key.expires",
    gives=("taken", "sealing-key-expired", "sealing-key-expired"),
)
def _(second: int) -> object:
    return outcome(lambda: open_sealing_key(DAILY, REGION.public_key, NOW + DAY + second))
