"""Snapshots and deltas: written and read again, and nothing else is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.revocation.messages import (
    MAX_FILTER_SIZE,
    Delta,
    Snapshot,
    encode_delta,
    encode_snapshot,
    parse_delta,
    parse_snapshot,
)
from healthpass.formats.trust_list import MAX_WINDOWS
from tests.making import NOW
from tests.raising import raises

DIGEST = bytes(range(32))
SNAPSHOT: dict[int, Any] = {1: 1, 2: 7, 3: NOW, 4: NOW + 60, 5: [[b"kid0", DIGEST, 13], [b"kid1", DIGEST, 0]]}
DELTA: dict[int, Any] = {1: 1, 2: 8, 3: NOW, 4: NOW + 60, 5: 7, 6: [[b"kid0", bytes(4)], [b"kid1", bytes(4)]]}


def of(content: dict[int, Any]) -> bytes:
    return cbor.encode({key: value for key, value in content.items() if value is not None})


def slots(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def test_a_snapshot() -> None:
    read = parse_snapshot(of(SNAPSHOT))
    assert (read.version, read.issued, read.expires) == (7, NOW, NOW + 60)
    assert read.filters == {b"kid0": (DIGEST, 13), b"kid1": (DIGEST, 0)}
    assert encode_snapshot(read) == of(SNAPSHOT)
    assert repr(read) == "Snapshot(version=7, kids=2)"


def test_a_delta() -> None:
    read = parse_delta(of(DELTA))
    assert (read.version, read.issued, read.expires, read.base) == (8, NOW, NOW + 60, 7)
    assert read.slots == {b"kid0": bytes(4), b"kid1": bytes(4)}
    assert encode_delta(read) == of(DELTA)
    assert repr(read) == "Delta(version=8, base=7)"


def test_the_order_of_a_mapping_does_not_matter() -> None:
    kids = [b"kid1", b"kid0"]
    assert encode_snapshot(Snapshot(7, NOW, NOW + 60, {kid: (DIGEST, 13 * (kid == b"kid0")) for kid in kids})) == of(
        SNAPSHOT
    )
    assert encode_delta(Delta(8, NOW, NOW + 60, 7, {kid: bytes(4) for kid in kids})) == of(DELTA)


def test_they_may_be_empty() -> None:
    assert parse_snapshot(of(SNAPSHOT | {5: []})).filters == {}
    assert parse_delta(of(DELTA | {6: []})).slots == {}


def test_a_label_of_another_use() -> None:
    assert parse_snapshot(of(SNAPSHOT | {-1: "new"})).version == 7
    assert parse_delta(of(DELTA | {-1: "new"})).version == 8


def test_which_slots_a_delta_has() -> None:
    for numbers in ([5], [0, 2**32 - 1], [1, 2, 255, 256, 257, 65_536]):
        delta = Delta(8, NOW, NOW + 60, 7, {b"kid0": slots(*numbers)})
        near = {at for number in numbers for at in (number - 1, number, number + 1) if 0 <= at < 2**32}
        assert [at for at in sorted(near) if delta.contains(b"kid0", at)] == numbers
        assert not any(delta.contains(b"kid1", at) for at in near)


BOTH: dict[str, dict[int, Any]] = {
    "another format": {1: 2},
    "format as text": {1: "1"},
    "no format": {1: None},
    "version 0": {2: 0},
    "a version too large": {2: 2**32},
    "issued before there were passes": {3: MIN_TIME - 1},
    "expired when issued": {4: NOW},
    "issued at a fraction": {3: b"\x00"},
    "another label": {99: 1},
}
OF_A_SNAPSHOT: dict[str, dict[int, Any]] = {
    **BOTH,
    "no filters": {5: None},
    "filters as a map": {5: {}},
    "kids descend": {5: [[b"kid1", DIGEST, 1], [b"kid0", DIGEST, 1]]},
    "a kid twice": {5: [[b"kid0", DIGEST, 1], [b"kid0", DIGEST, 1]]},
    "a kid too short": {5: [[b"kid", DIGEST, 1]]},
    "a digest too short": {5: [[b"kid0", DIGEST[1:], 1]]},
    "a filter too large": {5: [[b"kid0", DIGEST, MAX_FILTER_SIZE + 1]]},
    "a negative length": {5: [[b"kid0", DIGEST, -1]]},
    "no length": {5: [[b"kid0", DIGEST]]},
    "more than a length": {5: [[b"kid0", DIGEST, 1, 1]]},
    "too many kids": {5: [[n.to_bytes(4, "big"), DIGEST, 1] for n in range(MAX_WINDOWS + 1)]},
    "a label of a delta": {6: []},
}
OF_A_DELTA: dict[str, dict[int, Any]] = {
    **BOTH,
    "no snapshot": {5: None},
    "upon snapshot 0": {5: 0},
    "upon itself": {5: 8},
    "upon a later one": {5: 9},
    "slots as a map": {6: {}},
    "kids descend": {6: [[b"kid1", bytes(4)], [b"kid0", bytes(4)]]},
    "a kid twice": {6: [[b"kid0", bytes(4)], [b"kid0", bytes(4)]]},
    "a kid too long": {6: [[b"kid00", bytes(4)]]},
    "no slots": {6: [[b"kid0", b""]]},
    "half a slot": {6: [[b"kid0", bytes(6)]]},
    "slots descend": {6: [[b"kid0", slots(2, 1)]]},
    "slots descend at the end": {6: [[b"kid0", slots(1, 2, 1)]]},
    "a slot twice": {6: [[b"kid0", slots(1, 1)]]},
    "slots as numbers": {6: [[b"kid0", [1, 2]]]},
    "slots as text": {6: [[b"kid0", "abcd"]]},
    "too many kids": {6: [[n.to_bytes(4, "big"), bytes(4)] for n in range(MAX_WINDOWS + 1)]},
}


@pytest.mark.parametrize("changes", OF_A_SNAPSHOT.values(), ids=OF_A_SNAPSHOT)
def test_no_snapshot(changes: dict[int, Any]) -> None:
    with raises(
        FormatError,
        "malformed",
        "digest: not 32 bytes",
        "expires: not an integer from 1800000001 to 4294967295",
        "filters: not an array of 0 to 2048 items",
        "filters: not an array of 3 items",
        "format: not an integer from 1 to 1",
        "issued: not an integer from 0 to 4294967295",
        "issued: not an integer from 65536 to 4294967295",
        "kid: not 4 bytes",
        "kids: out of order or repeated",
        "length: not an integer from 0 to 67108864",
        "snapshot: a field is missing",
        "snapshot: an unknown critical field; a newer version of the software may know it",
        "version: not an integer from 0 to 4294967295",
        "version: not an integer from 1 to 4294967295",
    ):
        parse_snapshot(of(SNAPSHOT | changes))


@pytest.mark.parametrize("changes", OF_A_DELTA.values(), ids=OF_A_DELTA)
def test_no_delta(changes: dict[int, Any]) -> None:
    with raises(
        FormatError,
        "malformed",
        "delta: a field is missing",
        "delta: an unknown critical field; a newer version of the software may know it",
        "expires: not an integer from 1800000001 to 4294967295",
        "format: not an integer from 1 to 1",
        "issued: not an integer from 0 to 4294967295",
        "issued: not an integer from 65536 to 4294967295",
        "kid: not 4 bytes",
        "kids: out of order or repeated",
        "slots: 4 bytes each, at least one",
        "slots: not an array of 0 to 2048 items",
        "slots: out of order or repeated",
        "snapshot: not an integer from 1 to 7",
        "version: not an integer from 0 to 4294967295",
        "version: not an integer from 2 to 4294967295",
    ):
        parse_delta(of(DELTA | changes))


def test_the_largest() -> None:
    kids = [n.to_bytes(4, "big") for n in range(MAX_WINDOWS)]
    snapshot = Snapshot(2**32 - 1, NOW, 2**32 - 1, dict.fromkeys(kids, (DIGEST, MAX_FILTER_SIZE)))
    assert parse_snapshot(encode_snapshot(snapshot)).filters == snapshot.filters
    delta = Delta(2**32 - 1, NOW, 2**32 - 1, 2**32 - 2, dict.fromkeys(kids, slots(2**32 - 1)))
    assert parse_delta(encode_delta(delta)).slots == delta.slots


@pytest.mark.parametrize(
    ("payload", "parse"), [(of(SNAPSHOT), parse_snapshot), (of(DELTA), parse_delta)], ids=["snapshot", "delta"]
)
def test_a_byte_less_or_more(payload: bytes, parse: Callable[[bytes], object]) -> None:
    for cut in [payload[:at] for at in range(len(payload))] + [payload + b"\x00"]:
        with raises(FormatError, "malformed", "CBOR: bytes after the end", "CBOR: cut short"):
            parse(cut)
