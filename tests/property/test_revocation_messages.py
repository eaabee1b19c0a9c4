"""Any snapshot and any delta come back from their bytes, and a delta has exactly its slots."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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

UINT = st.integers(1, 2**32 - 2)
KIDS = st.binary(min_size=4, max_size=4)
SLOTS = st.sets(st.integers(0, 2**32 - 1), min_size=1, max_size=30)
PIECES = st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, MAX_FILTER_SIZE))
TIMES = st.integers(MIN_TIME, 2**32 - 2)


@given(UINT, TIMES, st.dictionaries(KIDS, PIECES, max_size=20))
def test_a_snapshot(version: int, issued: int, filters: dict[bytes, tuple[bytes, int]]) -> None:
    data = encode_snapshot(Snapshot(version, issued, issued + 1, filters))
    read = parse_snapshot(data)
    assert (read.version, read.issued, read.expires, read.filters) == (version, issued, issued + 1, filters)
    assert encode_snapshot(read) == data


@given(UINT, TIMES, st.dictionaries(KIDS, SLOTS, max_size=10), st.integers(0, 2**32 - 1))
def test_a_delta(base: int, issued: int, revoked: dict[bytes, set[int]], other: int) -> None:
    joined = {kid: b"".join(slot.to_bytes(4, "big") for slot in sorted(each)) for kid, each in revoked.items()}
    data = encode_delta(Delta(base + 1, issued, issued + 1, base, joined))
    read = parse_delta(data)
    assert (read.base, read.slots) == (base, joined)
    assert encode_delta(read) == data
    for kid, each in revoked.items():
        assert all(read.contains(kid, slot) for slot in each)
        assert read.contains(kid, other) == (other in each)
