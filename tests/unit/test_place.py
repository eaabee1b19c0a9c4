"""A place certificate: one template, every field and its limits; whatever else comes is refused."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.errors import BadInput, FormatError, PlaceRefused
from healthpass.formats import cose
from healthpass.formats.place import MAX_CLASS, MAX_LIFETIME, MAX_SIZE, Place, PlaceClass, encode_place, parse_place
from healthpass.trust.places import open_place
from tests.making import DAY, NOW, PLACE, STRANGER
from tests.placing import AREA, REGISTRAR, make_area_table, make_place, placed_list, sign_place
from tests.raising import raises, raises_one_of

GOOD = Place(PLACE, PlaceClass.HOSPITAL, AREA, NOW, NOW + 30 * DAY)
PAYLOAD = bytes.fromhex(f"a6010102480123456789abcdef0302044400{AREA:06x}051a{NOW:08x}061a{NOW + 30 * DAY:08x}")
CERTIFICATE = make_place()


def place(**changed: Any) -> Place:
    fields = {"id": PLACE, "place_class": 2, "area": AREA, "issued": NOW, "expires": NOW + DAY}
    return Place(**{**fields, **changed})


def test_the_template() -> None:
    assert encode_place(GOOD) == PAYLOAD
    assert parse_place(PAYLOAD) == GOOD


def test_sizes() -> None:
    assert (len(PAYLOAD), len(CERTIFICATE)) == (33, 179)
    assert len(CERTIFICATE) < MAX_SIZE == 512


def test_classes() -> None:
    assert [(each.name, each.value) for each in PlaceClass] == [
        ("ORDINARY", 1),
        ("HOSPITAL", 2),
        ("CARE_HOME", 3),
        ("TRANSPORT_HUB", 4),
        ("SCHOOL", 5),
        ("SPECIAL_WORKPLACE", 6),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "0" * 16},
        {"id": "f" * 16},
        {"place_class": 1},
        {"place_class": MAX_CLASS},
        {"area": 0},
        {"area": 2**32 - 1},
        {"issued": 65_536, "expires": 65_537},
        {"issued": 2**32 - 2, "expires": 2**32 - 1},
        {"expires": NOW + 1},
        {"expires": NOW + MAX_LIFETIME},
    ],
    ids=str,
)
def test_the_ends_of_every_field(changed: dict[str, Any]) -> None:
    assert parse_place(encode_place(place(**changed))) == place(**changed)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"id": ""}, "a place id is 16 lower-case hexadecimal digits"),
        ({"id": PLACE[1:]}, "a place id is 16 lower-case hexadecimal digits"),
        ({"id": PLACE + "0"}, "a place id is 16 lower-case hexadecimal digits"),
        ({"id": PLACE.upper()}, "a place id is 16 lower-case hexadecimal digits"),
        ({"id": "0123456789abcdeg"}, "a place id is 16 lower-case hexadecimal digits"),
        ({"id": "01234567g9abcdef"}, "a place id is 16 lower-case hexadecimal digits"),
        ({"id": "\u0661" * 16}, "a place id is 16 lower-case hexadecimal digits"),
        ({"place_class": 0}, "place class: not an integer from 1 to 23"),
        ({"place_class": 24}, "place class: not an integer from 1 to 23"),
        ({"place_class": -1}, "place class: not an integer from 1 to 23"),
        ({"area": -1}, "area code: not an integer from 0 to 4294967295"),
        ({"area": 2**32}, "area code: not an integer from 0 to 4294967295"),
        ({"issued": 65_535, "expires": 65_536}, "issued: not an integer from 65536 to 4294967295"),
        ({"issued": -1}, "issued: not an integer from 65536 to 4294967295"),
        ({"expires": NOW}, "expires: not an integer from 1800000001 to 4294967295"),
        ({"expires": NOW - 1}, "expires: not an integer from 1800000001 to 4294967295"),
        ({"expires": NOW + MAX_LIFETIME + 1}, "a place certificate lives 30 days at most"),
        ({"issued": 2**32 - 1, "expires": 2**32}, "expires: not an integer from 4294967296 to 4294967295"),
    ],
    ids=str,
)
def test_what_no_place_has(changed: dict[str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        place(**changed)


def replaced(at: int, data: bytes) -> bytes:
    return PAYLOAD[:at] + data + PAYLOAD[at + len(data) :]


BROKEN = {
    "nothing": (b"", "not a place certificate"),
    "one byte short": (PAYLOAD[:-1], "not a place certificate"),
    "one byte more": (PAYLOAD + b"\x00", "not a place certificate"),
    "five entries": (b"\xa5" + PAYLOAD[1:-6], "not a place certificate"),
    "a seventh entry": (b"\xa7" + PAYLOAD[1:] + b"\x07\x00", "not a place certificate"),
    "another format": (replaced(2, b"\x02"), "not a place certificate"),
    "another order": (b"\xa6\x02" + PAYLOAD[4:13] + b"\x01\x01" + PAYLOAD[13:], "not a place certificate"),
    "a text for an id": (replaced(4, b"\x68"), "not a place certificate"),
    "a short id": (b"\xa6\x01\x01\x02\x47" + PAYLOAD[6:], "not a place certificate"),
    "class 0": (replaced(14, b"\x00"), "place class: not an integer from 1 to 23"),
    "class 24 in one byte": (replaced(14, b"\x18"), "place class: not an integer from 1 to 23"),
    "a negative class": (replaced(14, b"\x20"), "place class: not an integer from 1 to 23"),
    "a long class": (PAYLOAD[:14] + b"\x18\x02" + PAYLOAD[15:], "not a place certificate"),
    "an integer for an area": (replaced(16, b"\x1a"), "not a place certificate"),
    "a short time": (PAYLOAD[:22] + b"\x19\xff\xff" + PAYLOAD[27:], "not a place certificate"),
    "a time before four bytes": (
        replaced(23, b"\x00\x00\xff\xff\x06\x1a\x00\x01\x00\x00"),
        "issued: not an integer from 65536 to 4294967295",
    ),
    "a float for a time": (replaced(22, b"\xfa"), "not a place certificate"),
    "expires when issued": (replaced(29, PAYLOAD[23:27]), "expires: not an integer from 1800000001 to 4294967295"),
    "expires before": (replaced(29, b"\x00\x01\x00\x00"), "expires: not an integer from 1800000001 to 4294967295"),
    "a second over 30 days": (replaced(31, (NOW + 30 * DAY + 1).to_bytes(4, "big")), "not a place certificate"),
    "a name": (b"\xa7" + PAYLOAD[1:] + b"\x63bar\x00", "not a place certificate"),
}


@pytest.mark.parametrize(("payload", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_no_payload(payload: bytes, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_place(payload)
    with raises(FormatError, "malformed", sentence):
        open_place(sign_place(payload), placed_list())


OTHERS = {
    "nothing": (b"", "malformed"),
    "no message": (PAYLOAD, "malformed"),
    "another type": (make_area_table(office=REGISTRAR), "malformed"),
    "a byte more": (CERTIFICATE + b"\x00", "malformed"),
    "an unprotected header": (CERTIFICATE.replace(b"place\xa0", b"place\xa1\x00\x00"), "malformed"),
    "too long": (sign_place(bytes(400)), "malformed"),
    "by a stranger": (make_place(registrar=STRANGER), "not-a-registrar"),
    "another signature": (CERTIFICATE[:-64] + make_place(area=1)[-64:], "bad-signature"),
    "signed for another type": (
        cose.encode_sign1(
            cose.PLACE,
            REGISTRAR.public_key,
            PAYLOAD,
            REGISTRAR.sign(cose.sign1_signed_part(cose.AREA_TABLE, REGISTRAR.public_key, PAYLOAD)),
        ),
        "bad-signature",
    ),
}


@pytest.mark.parametrize(("data", "code"), OTHERS.values(), ids=OTHERS.keys())
def test_no_certificate(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_place(data, placed_list())
    assert caught.value.code == code
    assert isinstance(caught.value, FormatError if code == "malformed" else PlaceRefused)


def test_the_certificate_itself() -> None:
    assert open_place(CERTIFICATE, placed_list()) == GOOD


def test_every_altered_bit_and_every_cut_is_refused() -> None:
    trust_list = placed_list()
    for at in range(8 * len(CERTIFICATE)):
        altered = bytearray(CERTIFICATE)
        altered[at // 8] ^= 1 << at % 8
        with raises_one_of("bad-signature", "malformed", "not-a-registrar"):
            open_place(bytes(altered), trust_list)
    for size in range(len(CERTIFICATE)):
        with raises(BadInput, "malformed", "CBOR: cut short", "a message with unprotected headers", "not a COSE_Sign1"):
            open_place(CERTIFICATE[:size], trust_list)


def test_every_altered_bit_of_a_payload_is_refused_or_another_place() -> None:
    taken = 0
    for at in range(8 * len(PAYLOAD)):
        altered = bytearray(PAYLOAD)
        altered[at // 8] ^= 1 << at % 8
        try:
            other = parse_place(bytes(altered))
        except FormatError:
            continue
        taken += 1
        assert other != GOOD
        assert encode_place(other) == altered
    assert 64 + 32 < taken < 64 + 32 + 3 * 32


def test_a_place_does_not_print_its_id() -> None:
    assert repr(GOOD) == f"Place(place_class=2, area={AREA}, expires={NOW + 30 * DAY})"
    assert GOOD != "place"
    assert len({GOOD, parse_place(PAYLOAD)}) == 1
