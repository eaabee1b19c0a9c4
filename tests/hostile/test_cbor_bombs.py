"""Small inputs that ask a CBOR reader for much: depth, declared sizes; and large inputs of every kind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.area_table import parse_area_table
from healthpass.formats.assisted import parse_answer, parse_daily_key, parse_query
from healthpass.formats.batch import parse_batch
from healthpass.formats.cbor import MAX_ITEMS
from healthpass.formats.document_keys import parse_delivery
from healthpass.formats.enrolment import parse_key_request, parse_offer
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.notice import parse_notice
from healthpass.formats.revocation.messages import parse_delta, parse_snapshot
from healthpass.formats.station import parse_region, parse_station
from healthpass.formats.station_attestation import parse_station_attestation
from healthpass.formats.trust_list import parse_trust_list
from tests.hostile.measuring import peak_memory
from tests.raising import raises

MEGABYTE = 1 << 20
HUGE = [
    bytes((major << 5 | 24 + width,)) + (2 ** (8 * (1 << width)) - 1).to_bytes(1 << width, "big")
    for major in (2, 3, 4, 5)
    for width in range(4)
]
"""Heads of byte string, text, array and map, each with the largest size that one to eight bytes can say."""


def decode(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        cbor.decode(data)


@pytest.mark.parametrize("head", HUGE, ids=bytes.hex)
@pytest.mark.parametrize("before", [b"", b"\x82\x00", b"\xa1\x00", b"\x81" * 7], ids=bytes.hex)
def test_a_declared_size_takes_no_memory(head: bytes, before: bytes) -> None:
    data = before + head + b"\x00" * 20

    def refused() -> None:
        with raises(FormatError, "malformed", "CBOR: cut short"):
            cbor.decode(data)

    refused()  # what pytest itself allocates once
    assert peak_memory(refused) < 50_000


@pytest.mark.parametrize(
    "piece",
    [b"\x81", b"\x9f", b"\xa1\x00", b"\xa1", b"\xbf\x00", b"\xc1", b"\xd8\x1c\x81", b"\x5f", b"\x82\x00", b"\x82\x80"],
    ids=bytes.hex,
)
def test_depth_bombs(piece: bytes) -> None:
    """A megabyte of openings is a FormatError after eight of them: no recursion error, no memory."""
    data = piece * (MEGABYTE // len(piece))

    def refused() -> None:
        with raises(
            FormatError,
            "malformed",
            "CBOR: a tag, float or simple value where none belongs",
            "CBOR: an indefinite length or a reserved head",
            "CBOR: nested too deep",
        ):
            cbor.decode(data)

    refused()
    assert peak_memory(refused) < 50_000


@pytest.mark.parametrize("first", range(256))
def test_every_first_byte_before_anything(first: int) -> None:
    for rest in (bytes(2000), b"\xff" * 2000, b"\x80" * 2000, b"\x61" * 2000, Random(first).randbytes(2000)):
        decode(bytes((first,)) + rest)


@pytest.mark.parametrize("item", [b"\x00", b"\x80", b"\xf6", b"\x40", b"\x60", b"\xa0"], ids=bytes.hex)
def test_the_most_items_and_one_more(item: bytes) -> None:
    """As many as the reader takes are read; a head that says one more is refused before any item is."""
    data = b"\x99" + MAX_ITEMS.to_bytes(2, "big") + item * MAX_ITEMS
    assert len(cbor.decode(data)) == MAX_ITEMS  # type: ignore[arg-type]  # a list
    with pytest.raises(FormatError, match="cut short"):
        cbor.decode(data[: -len(item)])
    with pytest.raises(FormatError, match="too many items"):
        cbor.decode(b"\x99" + (MAX_ITEMS + 1).to_bytes(2, "big") + item * (MAX_ITEMS + 1))


def test_the_items_of_all_levels_count_together() -> None:
    half = b"\x99" + (MAX_ITEMS // 2).to_bytes(2, "big") + b"\x00" * (MAX_ITEMS // 2)
    with pytest.raises(FormatError, match="too many items"):
        cbor.decode(b"\x82" + half + half)
    assert cbor.decode(b"\x82" + half + b"\x00")


FEW: dict[str, Callable[[bytes], object]] = {
    "area table": parse_area_table,
    "snapshot": parse_snapshot,
    "delta": parse_delta,
    "hand-in": parse_hand_in,
    "offer": parse_offer,
    "key request": parse_key_request,
    "batch": parse_batch,
    "trust list": parse_trust_list,
    "notice": parse_notice,
    "station": parse_station,
    "region": parse_region,
    "station attestation": parse_station_attestation,
    "document keys": parse_delivery,
    "sealing key": parse_daily_key,
    "query": parse_query,
    "answer": parse_answer,
}


@pytest.mark.parametrize("parse", FEW.values(), ids=FEW)
def test_more_items_than_a_message_of_its_kind_can_have(
    parse: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are refused by their number, before one of them is read."""
    steps = []
    real = cbor._item

    def counted(data: bytes, at: int, depth: int, room: list[int]) -> tuple[cbor.Value, int]:
        steps.append(at)
        return real(data, at, depth, room)

    monkeypatch.setattr(cbor, "_item", counted)
    for data in (b"\x99\x80\x00" + b"\x61x" * MAX_ITEMS, b"\xa1\x05\x99\x7f\xfe" + b"\x61x" * MAX_ITEMS):
        steps.clear()
        with raises(FormatError, "malformed", "CBOR: too many items", "an offer has at most 2048 bytes"):
            parse(data)
        assert len(steps) <= 3


def test_a_reader_that_expects_few_items() -> None:
    assert cbor.decode(b"\x83\x00\x80\xf6", items=3) == [0, [], None]
    with raises(FormatError, "malformed", "CBOR: too many items"):
        cbor.decode(b"\x83\x00\x80\xf6", items=2)
    assert cbor.decode(b"\xa1\x00\x81\x00", items=3) == {0: [0]}
    with raises(FormatError, "malformed", "CBOR: too many items"):
        cbor.decode(b"\xa1\x00\x81\x00", items=2)


def test_a_large_map() -> None:
    count = MAX_ITEMS // 2
    keys = b"".join(b"\x1a" + key.to_bytes(4, "big") + b"\x00" for key in range(1 << 16, (1 << 16) + count))
    data = b"\xb9" + count.to_bytes(2, "big") + keys
    assert len(cbor.decode(data)) == count  # type: ignore[arg-type]  # a dict
    with pytest.raises(FormatError, match="order"):
        cbor.decode(data[:-6] + data[-12:-6])
    with pytest.raises(FormatError, match="too many items"):
        cbor.decode(b"\xb9" + (count + 1).to_bytes(2, "big") + keys)


@pytest.mark.parametrize("seed", range(8))
def test_a_megabyte_of_noise(seed: int) -> None:
    noise = Random(seed).randbytes(MEGABYTE)
    decode(noise)
    for head in (b"\x5a", b"\x7a", b"\x9a", b"\xba"):
        decode(head + len(noise).to_bytes(4, "big") + noise)
        decode(head + (len(noise) // 2).to_bytes(4, "big") + noise)


@given(st.binary(max_size=4000))
def test_any_bytes(data: bytes) -> None:
    decode(data)
