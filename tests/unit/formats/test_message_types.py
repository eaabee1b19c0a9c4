"""The type that a signed message says it has: read from its first bytes, before anything else of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import cose

TYPES = [value for name, value in vars(cose).items() if name.isupper() and str(value).startswith(cose.TYPE_PREFIX)][1:]
KEY, SIGNATURE = bytes(range(32)), bytes(64)
BY_ONE = cose.encode_sign1(cose.DELTA, KEY, b"\xa0", SIGNATURE)
BY_SEVERAL = cose.encode_sign(cose.TRUST_LIST, b"\xa0", {KEY: SIGNATURE, bytes(32): SIGNATURE})


@pytest.mark.parametrize("typ", TYPES)
def test_every_type(typ: str) -> None:
    assert cose.type_of(cose.encode_sign1(typ, KEY, b"\xa0", SIGNATURE)) == typ
    assert cose.type_of(cose.encode_sign(typ, b"\xa0", {KEY: SIGNATURE})) == typ


def test_nothing_behind_the_header_is_looked_at() -> None:
    protected = 2 + 2 + 39 + 2 + len(cose.DELTA)
    assert cose.type_of(BY_ONE[:protected]) == cose.type_of(BY_ONE[:protected] + b"\xff") == cose.DELTA
    assert cose.type_of(BY_ONE[: protected - 1]) is None


@pytest.mark.parametrize("whole", [BY_ONE, BY_SEVERAL], ids=["by one", "by several"])
def test_another_header_is_none_of_ours(whole: bytes) -> None:
    """Every bit of the header counts but those of the key and of the name itself."""
    name = whole.index(cose.TYPE_PREFIX.encode())
    key = range(whole.index(KEY), whole.index(KEY) + 32) if whole is BY_ONE else range(0)
    for at in set(range(name)) - set(key):
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            assert cose.type_of(bytes(changed)) is None


@given(st.sampled_from([BY_ONE, BY_SEVERAL]), st.integers(0, 120), st.integers(0, 3), st.binary(max_size=4))
def test_what_can_be_read_as_a_type_says_that_it_is(whole: bytes, at: int, gone: int, new: bytes) -> None:
    data = whole[:at] + new + whole[at + gone :]
    for decode, typ in ((cose.decode_sign1, cose.DELTA), (cose.decode_sign, cose.TRUST_LIST)):
        try:
            decode(data, typ, 4096)
        except FormatError:
            continue
        assert cose.type_of(data) == typ


def test_no_message_at_all() -> None:
    for data in (b"", b"\xd2", b"\xd2\x84", b"\xd8\x62\x84\x40", b"\xd8\x62\x84\x43\xa1\x10\x78", bytes(200)):
        assert cose.type_of(data) is None
