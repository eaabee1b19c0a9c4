"""Every truncation and every flipped bit of a small snapshot, delta and filter is refused, and changes nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from healthpass.crypto.signer import sign_message
from healthpass.errors import BadInput, FormatError, RevocationRefused
from healthpass.formats import cose
from healthpass.formats.revocation.builder import build_filter
from healthpass.verifier import TrustStore, Verifier
from tests.making import NOW, TOMORROW, WINDOW, make_claim, show
from tests.raising import raises, raises_one_of
from tests.revoking import (
    CAPACITY,
    REVOKER,
    Pieces,
    give,
    make_delta,
    make_snapshot,
    revoking_store,
    sign_snapshot,
    stream_of,
    streams_of,
)

HELD = {WINDOW: [1, 2, 300]}
SNAPSHOT, PIECES = make_snapshot(2, {WINDOW: [1, 2, 3, 300]})
DELTA = make_delta(2, {WINDOW: [5, 9, 700]})
FILTER = build_filter(CAPACITY, [1, 2, 3, 300])
EMPTY = build_filter(CAPACITY, [])


def spoiled(data: bytes) -> Iterator[bytes]:
    for size in range(len(data)):
        yield data[:size]
    for at in range(8 * len(data)):
        yield data[: at >> 3] + bytes((data[at >> 3] ^ 128 >> (at & 7),)) + data[(at >> 3) + 1 :]
    yield data + b"\x00"


@pytest.fixture
def store() -> TrustStore:
    store = revoking_store()
    give(store, make_snapshot(1, HELD))
    return store


def said(store: TrustStore) -> object:
    stream = stream_of(store)
    return stream, stream.delta, dict(stream.filters), store.state().floors.revocations, store.state().floors.snapshots


@pytest.mark.parametrize("data", [SNAPSHOT, DELTA], ids=["snapshot", "delta"])
def test_a_message(data: bytes, store: TrustStore) -> None:
    before = said(store)
    for each in spoiled(data):
        with raises_one_of("malformed", "not-a-revoker", "bad-signature"):
            store.update_revocation(each, now=NOW, fetch=PIECES)
    assert said(store) == before
    store.update_revocation(data, now=NOW, fetch=PIECES)
    assert said(store) != before


def test_a_piece_that_is_not_the_one_that_was_signed(store: TrustStore) -> None:
    before = said(store)
    for each in spoiled(FILTER):
        with raises(BadInput, "digest", "a filter is not the one that the snapshot names; fetch it again"):
            store.update_revocation(SNAPSHOT, now=NOW, fetch=dict.fromkeys(PIECES, each).__getitem__)
    assert said(store) == before
    store.update_revocation(SNAPSHOT, now=NOW, fetch=PIECES)


def test_a_piece_that_was_signed_and_is_no_filter() -> None:
    """Its digest is right, for the key has signed it: it is refused, or is the filter of some set in its one form."""
    taken = 0
    for each in spoiled(FILTER):
        store = revoking_store()
        data = sign_snapshot({WINDOW.kid: each, TOMORROW.kid: EMPTY})
        try:
            store.update_revocation(data, now=NOW, fetch=Pieces(each, EMPTY))
        except BadInput:
            assert not streams_of(store)
            continue
        (stream,) = streams_of(store).values()
        taken += 1
        assert build_filter(CAPACITY, stream.filters[WINDOW.kid]) == each
    assert 0 < taken < len(FILTER) * 8


def test_another_kids_piece() -> None:
    """Whether a source mixes them up, or the key has signed them the wrong way round."""
    here, there = (build_filter(CAPACITY, slots) for slots in ([1, 2, 3], [4, 5, 6]))
    assert len(here) == len(there)
    right = sign_snapshot({WINDOW.kid: here, TOMORROW.kid: there})
    mixed = Pieces(here, there)
    mixed.update(zip(Pieces(here, there), (there, here), strict=True))
    store = revoking_store()
    with pytest.raises(RevocationRefused) as caught:
        store.update_revocation(right, now=NOW, fetch=mixed)
    assert caught.value.code == "digest"
    assert not streams_of(store)
    give(store, (right, Pieces(here, there)))
    before = said(store)
    wrong = sign_snapshot({WINDOW.kid: there, TOMORROW.kid: here}, 2)
    with pytest.raises(RevocationRefused) as caught:
        give(store, (wrong, Pieces(here, there)))
    assert caught.value.code == "un-revokes"
    assert said(store) == before


def test_another_windows_piece_of_another_capacity(store: TrustStore) -> None:
    before = said(store)
    for capacity in (CAPACITY // 4, CAPACITY * 4):
        other = build_filter(capacity, [1, 2, 300])
        data = sign_snapshot({WINDOW.kid: other, TOMORROW.kid: EMPTY}, 2)
        with pytest.raises(RevocationRefused) as caught:
            store.update_revocation(data, now=NOW, fetch=Pieces(other, EMPTY))
        assert caught.value.code == "capacity"
    assert said(store) == before


LIES = {
    "a slot more": (2, 7, 1),
    "a slot less": (2, 7, -1),
    "all of them": (2, 7, CAPACITY),
    "more bits": (7, 12, 1),
    "fewer bits": (7, 12, -1),
    "a byte of bits more": (7, 12, 8),
    "a wider directory": (1, 2, 1),
    "a narrower directory": (1, 2, -1),
}


@pytest.mark.parametrize(("start", "end", "more"), LIES.values(), ids=LIES)
def test_a_header_that_lies_and_was_signed(start: int, end: int, more: int, store: TrustStore) -> None:
    """About its count, its bits and its directory; each number follows from the blocks, so none can be another."""
    whole = build_filter(CAPACITY, [1, 2, 300, *range(1000, 9000, 7)])
    number = int.from_bytes(whole[start:end], "big") + more
    lie = whole[:start] + number.to_bytes(end - start, "big") + whole[end:]
    before = said(store)
    data = sign_snapshot({WINDOW.kid: lie, TOMORROW.kid: EMPTY}, 2)
    with raises(
        FormatError,
        "malformed",
        "filter: a block is not one of slots",
        "filter: a number in its header is too large",
        "filter: its blocks do not end where they should, or a spare bit is set",
        "filter: not as long as its header says",
        "filter: not as many slots as its header says",
    ):
        store.update_revocation(data, now=NOW, fetch=Pieces(lie, EMPTY))
    assert said(store) == before
    give(store, (sign_snapshot({WINDOW.kid: whole, TOMORROW.kid: EMPTY}, 2), Pieces(whole, EMPTY)))


@pytest.mark.parametrize(
    ("payload", "typ"),
    [
        (cose.decode_sign1(SNAPSHOT, cose.SNAPSHOT, 9999).payload, cose.SNAPSHOT),
        (cose.decode_sign1(DELTA, cose.DELTA, 9999).payload, cose.DELTA),
    ],
    ids=["snapshot", "delta"],
)
def test_a_payload_that_was_signed(payload: bytes, typ: str) -> None:
    """Whatever the key signs, a scanner takes it as a whole or refuses it, and then goes on."""
    for each in spoiled(payload):
        store = revoking_store()
        give(store, make_snapshot(1, HELD))
        before = said(store)
        try:
            store.update_revocation(sign_message(REVOKER, typ, each), now=NOW, fetch=PIECES)
        except BadInput:
            assert said(store) == before
        assert Verifier(store).verify(show(make_claim(CAPACITY - 1)), now=NOW).colors


def test_declared_sizes_take_no_memory(store: TrustStore) -> None:
    """A header that claims a filter of 2^32 slots, a directory of as many entries and blocks of 2^40 bits."""
    bombs = [bytes((0x10 | e, w)) + b"\xff" * 10 + bytes(20) for e in range(16) for w in (0, 34, 255)]
    tracemalloc.start()
    for bomb in bombs:
        data = sign_snapshot({WINDOW.kid: bomb, TOMORROW.kid: EMPTY}, 2)
        with raises(BadInput, "malformed", "filter: a number in its header is too large"):
            store.update_revocation(data, now=NOW, fetch=Pieces(bomb, EMPTY))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000
