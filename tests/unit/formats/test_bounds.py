"""The exact ends of what is certified, drafted and signed: a lifetime of a second, the longest, and a second beyond."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from healthpass import Color
from healthpass.errors import FormatError
from healthpass.formats.area_table import AreaTable
from healthpass.formats.claim import MIN_TIME, Binding, Claim, parse_claim
from healthpass.formats.cose import DELTA, decode_sign1
from healthpass.formats.document_keys import DocumentKeyDelivery
from healthpass.formats.place import Place
from healthpass.formats.revocation.messages import MAX_DELTA_SIZE, Delta, Snapshot
from healthpass.formats.station import MAX_SIZE as MAX_CERTIFICATE_SIZE
from healthpass.formats.station import Region, Station
from healthpass.formats.station_attestation import (
    StationAttestation,
    encode_station_attestation,
    parse_station_attestation,
)
from healthpass.formats.window import Window
from tests.making import DAY, NOW, claim_of, make_claim, make_trust_list, sign_claim
from tests.raising import raises

ID, KEY = "0123456789abcdef", bytes(32)
WITH_TIMES: dict[str, tuple[Callable[[int, int], Any], int | None]] = {
    "place": (lambda issued, expires: Place(ID, 1, 7, issued, expires), 30 * DAY),
    "station": (lambda issued, expires: Station(ID, KEY, 7, issued, expires), 30 * DAY),
    "region": (lambda issued, expires: Region("A", KEY, issued, expires), 366 * DAY),
    "window": (lambda issued, expires: Window(b"kid0", KEY, issued, expires, 4, Binding.DEVICE), None),
    "trust list": (lambda issued, expires: make_trust_list(1, issued, expires, ()), None),
    "area table": (lambda issued, expires: AreaTable(1, issued, expires), None),
    "snapshot": (lambda issued, expires: Snapshot(1, issued, expires, {}), None),
    "delta": (lambda issued, expires: Delta(2, issued, expires, 1, {}), None),
    "document keys": (lambda issued, expires: DocumentKeyDelivery(1, issued, expires, KEY, bytes(36 + 48)), None),
}


@pytest.mark.parametrize("name", WITH_TIMES)
def test_a_lifetime_of_a_second_and_of_none(name: str) -> None:
    make, _ = WITH_TIMES[name]
    made = make(NOW, NOW + 1)
    assert (made.valid_from if name == "window" else made.issued, made.expires) == (NOW, NOW + 1)
    for expires in (NOW, NOW - 1):
        with pytest.raises(FormatError, match=f"expires: not an integer from {NOW + 1} to 4294967295"):
            make(NOW, expires)


@pytest.mark.parametrize("name", [name for name, (_, longest) in WITH_TIMES.items() if longest])
def test_the_longest_lifetime(name: str) -> None:
    make, longest = WITH_TIMES[name]
    assert longest is not None
    assert make(NOW, NOW + longest).expires == NOW + longest
    with pytest.raises(FormatError, match="days at most"):
        make(NOW, NOW + longest + 1)


@pytest.mark.parametrize("name", WITH_TIMES)
def test_the_first_and_last_times(name: str) -> None:
    """From the first time that takes four bytes in every form to the last."""
    make, _ = WITH_TIMES[name]
    assert MIN_TIME == 65_536
    make(MIN_TIME, MIN_TIME + 1)
    make(2**32 - 2, 2**32 - 1)
    with pytest.raises(FormatError, match="not an integer from 65536 to 4294967295"):
        make(MIN_TIME - 1, MIN_TIME)
    with pytest.raises(FormatError, match="expires: not an integer"):
        make(2**32 - 2, 2**32)


@pytest.mark.parametrize("slot", [2**24 - 1, 2**24, 2**24 + 5, 0x01020304, 2**31, 2**32 - 1])
def test_a_slot_has_four_bytes(slot: int) -> None:
    assert parse_claim(make_claim(slot)).slot == slot


@pytest.mark.parametrize("slot", [-1, 2**32])
def test_and_no_more(slot: int) -> None:
    with pytest.raises(FormatError, match="slot must fit four bytes"):
        sign_claim(claim_of(slot))


@pytest.mark.parametrize("exp", [MIN_TIME - 1, 2**32])
def test_an_expiry_has_four_bytes(exp: int) -> None:
    claim = Claim(b"kid0", exp, 1, Color.GREEN, KEY)
    with pytest.raises(FormatError, match="exp must be a time that fits four bytes"):
        sign_claim(claim)
    for fits in (MIN_TIME, 2**32 - 1):
        assert parse_claim(sign_claim(Claim(b"kid0", fits, 1, Color.GREEN, KEY))).exp == fits


def test_a_delta_of_the_largest_size_is_read_and_a_byte_more_is_not() -> None:
    with pytest.raises(FormatError, match="not a COSE_Sign1"):
        decode_sign1(bytes(MAX_DELTA_SIZE), DELTA, MAX_DELTA_SIZE)
    assert MAX_DELTA_SIZE == 2**20


STATION_FIELDS: dict[str, Any] = {
    "reference": bytes(16),
    "issued": NOW,
    "color": Color.GREEN,
    "valid_from": NOW,
    "expires": NOW + DAY,
    "seed": bytes(32),
    "grounds": bytes(32),
    "certificate": b"c",
}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reference": bytes(15)}, "reference: not 16 bytes"),
        ({"reference": bytes(17)}, "reference: not 16 bytes"),
        ({"seed": bytes(31)}, "seed: not 32 bytes"),
        ({"grounds": bytes(33)}, "digest of the grounds: not 32 bytes"),
        ({"certificate": b""}, f"certificate: not 1 to {MAX_CERTIFICATE_SIZE} bytes"),
        ({"certificate": bytes(MAX_CERTIFICATE_SIZE + 1)}, f"certificate: not 1 to {MAX_CERTIFICATE_SIZE} bytes"),
        ({"certificate": bytearray(9)}, f"certificate: not 1 to {MAX_CERTIFICATE_SIZE} bytes"),
        ({"color": 1}, "colour: not one of the three"),
        ({"expires": NOW}, f"end of the period: not an integer from {NOW + 1} to 4294967295"),
        ({"valid_from": 65_535}, "beginning of the period: not an integer from 65536 to 4294967295"),
        ({"issued": 65_535}, "issued: not an integer from 65536 to 4294967295"),
    ],
)
def test_the_fields_of_a_stations_attestation(changed: dict[str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        StationAttestation(**{**STATION_FIELDS, **changed})


def test_the_largest_certificate_in_a_stations_attestation() -> None:
    made = StationAttestation(**{**STATION_FIELDS, "certificate": bytes(MAX_CERTIFICATE_SIZE)})
    assert parse_station_attestation(encode_station_attestation(made)) == made


def test_the_longest_name_of_a_region() -> None:
    assert Region("A" * 64, KEY, NOW, NOW + 1).name == "A" * 64
    with raises(FormatError, "malformed", "region name: not a text of 1 to 64 characters"):
        Region("A" * 65, KEY, NOW, NOW + 1)
