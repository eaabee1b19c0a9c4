"""The strict reader against cbor2: what it accepts means the same there, and has no second encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cbor2
from hypothesis import example, given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import cbor

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

INTEGERS = st.integers(-(2**64), 2**64 - 1)
KEYS = st.one_of(INTEGERS, st.text(max_size=30))
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(INTEGERS, st.binary(max_size=300), st.text(max_size=80), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=30), st.dictionaries(KEYS, inner, max_size=30)),
    max_leaves=12,
)
HEADS = st.integers(0, 255).map(lambda byte: bytes((byte,)))
# Heads that often make sense together, so that a good share of random bytes is well-formed.
CHUNKS = st.one_of(
    HEADS,
    st.sampled_from(
        [b"\x00", b"\x20", b"\x40", b"\x60", b"\x80", b"\xa0", b"\xf6", b"\x81", b"\x82", b"\xa1", b"\xa2"]
    ),
    INTEGERS.map(cbor2.dumps),
    st.binary(max_size=30).map(cbor2.dumps),
    st.text(max_size=30).map(cbor2.dumps),
)
BYTES = st.one_of(st.binary(max_size=200), st.lists(CHUNKS, max_size=12).map(b"".join))


def depth(value: Value) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES)
def test_values(value: Value) -> None:
    if depth(value) > cbor.MAX_DEPTH:
        return
    data = cbor.encode(value)
    assert repr(cbor.decode(data)) == repr(in_order(value))
    assert cbor2.loads(data) == value
    # cbor2's canonical form differs only in the order of keys, so also in nothing else.
    assert len(data) == len(cbor2.dumps(value, canonical=True))


def in_order(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=cbor2.dumps)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


@given(BYTES)
@example(bytes.fromhex("a3010200617a0000"[:14]))
def test_whatever_is_accepted_is_what_cbor2_reads_and_writes(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except FormatError:
        return
    assert repr(cbor2.loads(data)) == repr(value)
    assert cbor2.dumps(value) == data  # cbor2 keeps the order of a dict, which the reader took from the bytes
    assert cbor.encode(value) == data


@given(VALUES, st.data())
def test_altered_encodings(value: Value, more: st.DataObject) -> None:
    """Flip, cut or put in a byte: refused, or the one encoding of something else."""
    if depth(value) > cbor.MAX_DEPTH:
        return
    data = bytearray(cbor.encode(value))
    at = more.draw(st.integers(0, len(data) - 1))
    data[at : at + more.draw(st.integers(0, 2))] = more.draw(st.binary(max_size=2))
    test_whatever_is_accepted_is_what_cbor2_reads_and_writes.hypothesis.inner_test(bytes(data))  # type: ignore[attr-defined]  # hypothesis puts it there
