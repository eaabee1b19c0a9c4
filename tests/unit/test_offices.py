"""The registrar and the risk office: what they sign, what they refuse to sign, and that a scanner believes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from healthpass.authority import Registrar, RiskOffice
from healthpass.errors import FormatError
from healthpass.formats import cose
from healthpass.formats.area_table import AreaTable, Risk, parse_area_table
from healthpass.formats.place import MAX_LIFETIME, Place, PlaceClass, parse_place
from healthpass.trust.areas import open_area_table
from healthpass.trust.places import open_place
from tests.making import DAY, NOW, OTHER_PLACE, PLACE
from tests.placing import AREA, REGISTRAR, RISK_OFFICE, make_area_table, make_place, placed_list
from tests.raising import raises

registrar, office = Registrar(REGISTRAR), RiskOffice(RISK_OFFICE)


def place_of(data: bytes) -> Place:
    return parse_place(cose.decode_sign1(data, cose.PLACE, 512).payload)


def table_of(data: bytes) -> AreaTable:
    return parse_area_table(cose.decode_sign1(data, cose.AREA_TABLE, 1_048_576).payload)


def test_a_place() -> None:
    data = registrar.certify(PlaceClass.SCHOOL, AREA, now=NOW, place_id=PLACE)
    assert place_of(data) == Place(PLACE, 5, AREA, NOW, NOW + 30 * DAY)
    assert data == make_place(PlaceClass.SCHOOL)


def test_a_scanner_believes_it() -> None:
    assert open_place(registrar.certify(2, AREA, now=NOW, place_id=PLACE), placed_list()).id == PLACE


def test_public_keys() -> None:
    assert registrar.public_key == REGISTRAR.public_key
    assert office.public_key == RISK_OFFICE.public_key


def test_new_places_have_random_ids() -> None:
    ids = [place_of(registrar.certify(1, AREA, now=NOW)).id for _ in range(20)]
    assert len(set(ids)) == 20


def test_renewal_keeps_the_id() -> None:
    first = place_of(registrar.certify(1, AREA, now=NOW))
    renewed = place_of(registrar.certify(1, AREA, now=NOW + 20 * DAY, place_id=first.id))
    assert renewed == Place(first.id, 1, AREA, NOW + 20 * DAY, NOW + 50 * DAY)


@pytest.mark.parametrize("place_id", ["", PLACE[:15], PLACE + "0", PLACE.upper(), "0x" + PLACE[2:], " " * 16])
def test_a_renewal_of_no_place(place_id: str) -> None:
    with raises(FormatError, "malformed", "a place id is 16 lower-case hexadecimal digits"):
        registrar.certify(1, AREA, now=NOW, place_id=place_id)


@pytest.mark.parametrize("lifetime", [1, DAY, MAX_LIFETIME])
def test_lifetimes_of_places(lifetime: int) -> None:
    place = place_of(registrar.certify(1, AREA, now=NOW, lifetime=lifetime))
    assert place.expires - place.issued == lifetime


@pytest.mark.parametrize(
    ("lifetime", "sentence"),
    [
        (-1, "expires: not an integer from 1800000001 to 4294967295"),
        (0, "expires: not an integer from 1800000001 to 4294967295"),
        (MAX_LIFETIME + 1, "a place certificate lives 30 days at most"),
        (2**32, "expires: not an integer from 1800000001 to 4294967295"),
    ],
)
def test_lifetimes_that_no_place_has(lifetime: int, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        registrar.certify(1, AREA, now=NOW, lifetime=lifetime)


@pytest.mark.parametrize(
    ("place_class", "area", "sentence"),
    [
        (0, 1, "place class: not an integer from 1 to 23"),
        (24, 1, "place class: not an integer from 1 to 23"),
        (-1, 1, "place class: not an integer from 1 to 23"),
        (1, -1, "area code: not an integer from 0 to 4294967295"),
        (1, 2**32, "area code: not an integer from 0 to 4294967295"),
    ],
)
def test_what_no_place_is(place_class: int, area: int, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        registrar.certify(place_class, area, now=NOW)


def test_a_class_of_a_countrys_own() -> None:
    assert place_of(registrar.certify(23, AREA, now=NOW)).place_class == 23


def test_times_may_be_aware_datetimes_and_nothing_else() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    assert registrar.certify(2, AREA, now=now, place_id=OTHER_PLACE) == make_place(place_id=OTHER_PLACE)
    assert office.publish(1, now=now) == make_area_table()
    with pytest.raises(ValueError, match=r"^a datetime needs a time zone: use datetime\.now\(timezone\.utc\)$"):
        registrar.certify(1, AREA, now=now.replace(tzinfo=None))
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
        office.publish(1, now=float(NOW))  # type: ignore[arg-type]  # that is the point


def test_a_table() -> None:
    data = office.publish(3, now=NOW, medium=iter([7, 5]), high=[6])
    table = table_of(data)
    assert (table.version, table.issued, table.expires) == (3, NOW, NOW + 2 * DAY)
    assert (table.codes(Risk.MEDIUM), table.codes(Risk.HIGH)) == ([5, 7], [6])
    assert data == make_area_table(3, medium=[5, 7], high=[6])


def test_a_scanner_believes_the_table() -> None:
    key, table = open_area_table(office.publish(1, now=NOW, high=[AREA]), placed_list())
    assert (key, table.risk(AREA)) == (office.public_key, Risk.HIGH)


def test_the_lifetime_of_a_table() -> None:
    assert table_of(office.publish(1, now=NOW, lifetime=60)).expires == NOW + 60


@pytest.mark.parametrize(
    ("version", "lifetime", "medium", "high", "sentence"),
    [
        (0, DAY, [], [], "version: not an integer from 1 to 4294967295"),
        (2**32, DAY, [], [], "version: not an integer from 1 to 4294967295"),
        (1, 0, [], [], "expires: not an integer from 1800000001 to 4294967295"),
        (1, 2**32, [], [], "expires: not an integer from 1800000001 to 4294967295"),
        (1, DAY, [1, 1], [], "areas: out of order or repeated"),
        (1, DAY, [], [1, 1], "areas: out of order or repeated"),
        (1, DAY, [1], [1], "areas: one is in both lists"),
        (1, DAY, [-1], [], "area code: not an integer from 0 to 4294967295"),
        (1, DAY, [], [2**32], "area code: not an integer from 0 to 4294967295"),
        (1, DAY, range(65_537), [], "areas: 4 bytes each, at most 65536"),
    ],
    ids=[
        "version 0",
        "a long version",
        "no lifetime",
        "longer than time",
        "medium twice",
        "high twice",
        "in both lists",
        "below zero",
        "a long code",
        "too many",
    ],
)
def test_what_no_table_says(version: int, lifetime: int, medium: list[int], high: list[int], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        office.publish(version, now=NOW, lifetime=lifetime, medium=medium, high=high)
