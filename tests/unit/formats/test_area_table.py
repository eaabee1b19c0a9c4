"""The area table: what it says of an area, its one form, and what is no table."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from healthpass.errors import BadInput, FormatError, TrustListRefused
from healthpass.formats import cbor
from healthpass.formats.area_table import MAX_SIZE, AreaTable, encode_area_table, parse_area_table
from healthpass.formats.place import Risk
from healthpass.trust.areas import open_area_table
from tests.making import DAY, NOW, STRANGER
from tests.placing import AREA, RISK_OFFICE, make_area_table, make_place, placed_list
from tests.raising import raises, raises_one_of

TABLE = AreaTable(3, NOW, NOW + DAY, medium=(9, 0, 258), high=(2**32 - 1, 7))
CONTENT: dict[int | str, Any] = {
    1: 1,
    2: 3,
    3: NOW,
    4: NOW + DAY,
    5: bytes.fromhex("00000000 00000009 00000102"),
    6: bytes.fromhex("00000007 ffffffff"),
}


def test_the_form() -> None:
    assert encode_area_table(TABLE) == cbor2.dumps(CONTENT)


def test_there_and_back() -> None:
    again = parse_area_table(encode_area_table(TABLE))
    assert (again.version, again.issued, again.expires) == (3, NOW, NOW + DAY)
    assert (again.codes(Risk.MEDIUM), again.codes(Risk.HIGH)) == ([0, 9, 258], [7, 2**32 - 1])


@pytest.mark.parametrize(
    ("area", "risk"), [(0, 1), (9, 1), (258, 1), (7, 2), (2**32 - 1, 2), (1, 0), (8, 0), (AREA, 0), (2**32 - 2, 0)]
)
def test_the_risk_of_an_area(area: int, risk: int) -> None:
    assert TABLE.risk(area) is Risk(risk)


def test_in_an_empty_table_every_area_is_of_low_risk() -> None:
    table = parse_area_table(encode_area_table(AreaTable(1, NOW, NOW + 1)))
    assert table.risk(AREA) is Risk.LOW


def test_risks() -> None:
    assert [(each.name, each.value) for each in Risk] == [("LOW", 0), ("MEDIUM", 1), ("HIGH", 2)]


def test_it_prints_no_areas() -> None:
    assert repr(TABLE) == "AreaTable(version=3, medium=3, high=2)"


def test_the_largest_table() -> None:
    table = AreaTable(1, NOW, NOW + 1, medium=tuple(range(65_536)), high=tuple(range(65_536, 131_072)))
    data = encode_area_table(table)
    assert len(data) < MAX_SIZE
    assert parse_area_table(data).codes(Risk.HIGH) == table.codes(Risk.HIGH)


def test_additions_may_be_ignored() -> None:
    assert parse_area_table(cbor.encode({**CONTENT, -1: "new"})).version == 3


NO_CONTENT: dict[str, tuple[dict[int | str, Any], str]] = {
    "a later format": ({1: 2}, "format: not an integer from 1 to 1"),
    "version 0": ({2: 0}, "version: not an integer from 1 to 4294967295"),
    "a long version": ({2: 2**32}, "version: not an integer from 0 to 4294967295"),
    "issued too early": ({3: 65_535}, "issued: not an integer from 65536 to 4294967295"),
    "issued as a text": ({3: "today"}, "issued: not an integer from 0 to 4294967295"),
    "expires when issued": ({4: NOW}, "expires: not an integer from 1800000001 to 4294967295"),
    "expires after all time": ({4: 2**32}, "expires: not an integer from 0 to 4294967295"),
    "medium out of order": ({5: bytes.fromhex("00000009 00000000")}, "areas: out of order or repeated"),
    "medium twice": ({5: bytes.fromhex("00000009 00000009")}, "areas: out of order or repeated"),
    "high out of order": ({6: bytes.fromhex("00000009 00000000")}, "areas: out of order or repeated"),
    "high twice": ({6: bytes.fromhex("00000009 00000009")}, "areas: out of order or repeated"),
    "medium and high": ({6: bytes.fromhex("00000009")}, "areas: one is in both lists"),
    "three bytes": ({5: bytes(3)}, "areas: 4 bytes each, at most 65536"),
    "five bytes": ({6: bytes(5)}, "areas: 4 bytes each, at most 65536"),
    "one too many": ({5: b"".join(n.to_bytes(4, "big") for n in range(65_537))}, "areas: 4 bytes each, at most 65536"),
    "an array of codes": ({5: [0, 9]}, "areas: not a byte string"),
    "a text of codes": ({6: "abcd"}, "areas: not a byte string"),
    "no list": ({5: None}, "areas: not a byte string"),
    "an unknown field": ({7: 0}, "area table: an unknown critical field; a newer version of the software may know it"),
}


@pytest.mark.parametrize(("changed", "sentence"), NO_CONTENT.values(), ids=NO_CONTENT.keys())
def test_no_content(changed: dict[int | str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_area_table(cbor.encode({**CONTENT, **changed}))


@pytest.mark.parametrize("label", range(1, 7))
def test_a_field_missing(label: int) -> None:
    with raises(FormatError, "malformed", "area table: a field is missing"):
        parse_area_table(cbor.encode({key: value for key, value in CONTENT.items() if key != label}))


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "CBOR: cut short"),
        (b"\xa0", "area table: a field is missing"),
        (b"\x80", "area table: not a map"),
        (cbor2.dumps(CONTENT) + b"\x00", "CBOR: bytes after the end"),
    ],
    ids=repr,
)
def test_no_map(payload: bytes, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_area_table(payload)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"version": 0}, "version: not an integer from 1 to 4294967295"),
        ({"issued": 65_535}, "issued: not an integer from 65536 to 4294967295"),
        ({"expires": NOW}, "expires: not an integer from 1800000001 to 4294967295"),
        ({"medium": (1, 1)}, "areas: out of order or repeated"),
        ({"high": (1, 1)}, "areas: out of order or repeated"),
        ({"medium": (1,), "high": (1,)}, "areas: one is in both lists"),
        ({"medium": (-1,)}, "area code: not an integer from 0 to 4294967295"),
        ({"high": (2**32,)}, "area code: not an integer from 0 to 4294967295"),
        ({"high": tuple(range(65_537))}, "areas: 4 bytes each, at most 65536"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_what_no_table_has(arguments: dict[str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        AreaTable(**{"version": 1, "issued": NOW, "expires": NOW + 1, **arguments})


# ---- Is it to be believed? ----------------------------------------------------------------------------------------

SIGNED = make_area_table(medium=[AREA])
OTHERS = {
    "no message": (encode_area_table(TABLE), "malformed"),
    "a place certificate": (make_place(registrar=RISK_OFFICE), "malformed"),
    "over-long": (SIGNED + bytes(MAX_SIZE), "malformed"),
    "by a stranger": (make_area_table(office=STRANGER), "not-a-risk-office"),
    "another signature": (SIGNED[:-64] + make_area_table(2)[-64:], "bad-signature"),
}


@pytest.mark.parametrize(("data", "code"), OTHERS.values(), ids=OTHERS.keys())
def test_not_believed(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_area_table(data, placed_list())
    assert caught.value.code == code
    assert isinstance(caught.value, FormatError if code == "malformed" else TrustListRefused)


def test_a_registrar_is_no_risk_office() -> None:
    trust_list = placed_list(registrar_keys=(RISK_OFFICE.public_key,), risk_keys=())
    with pytest.raises(TrustListRefused) as caught:
        open_area_table(SIGNED, trust_list)
    assert caught.value.code == "not-a-risk-office"


def test_every_altered_bit_and_every_cut_is_refused() -> None:
    trust_list = placed_list()
    for at in range(8 * len(SIGNED)):
        altered = bytearray(SIGNED)
        altered[at // 8] ^= 1 << at % 8
        with raises_one_of("malformed", "not-a-risk-office", "bad-signature"):
            open_area_table(bytes(altered), trust_list)
    for size in range(len(SIGNED)):
        with raises(BadInput, "malformed", "CBOR: cut short", "a message with unprotected headers", "not a COSE_Sign1"):
            open_area_table(SIGNED[:size], trust_list)
