"""Our Base45 beside the `base45` package: the same bytes both ways, and one text for each."""

from __future__ import annotations

import base45 as package
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import base45
from tests.raising import raises

ALPHABET = st.text(base45.ALPHABET, max_size=400)
NEAR = st.lists(st.one_of(ALPHABET, st.text(max_size=3), st.sampled_from(["a", "\n", " ", "\x00", "::"])), max_size=4)
# RFC 9285, sections 4.3 and 4.4.
RFC = {"BB8": b"AB", "%69 VD92EX0": b"Hello!!", "UJCLQE7W581": b"base-45", "QED8WEX0": b"ietf!"}


def ours(text: str) -> bytes | None:
    try:
        return base45.decode(text)
    except FormatError:
        return None


def theirs(text: str) -> bytes | None:
    """The package's bytes, if they have no other text: it also takes what is not canonical."""
    try:
        data: bytes = package.b45decode(text)
    except (ValueError, UnicodeEncodeError):
        return None
    return data if package.b45encode(data).decode() == text else None


@pytest.mark.parametrize(("text", "data"), RFC.items())
def test_vectors(text: str, data: bytes) -> None:
    assert base45.decode(text) == base45.decode(text.encode()) == data
    assert base45.encode(data) == text


@given(st.binary(max_size=600))
def test_encoding(data: bytes) -> None:
    text = package.b45encode(data).decode()
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.one_of(ALPHABET, NEAR.map("".join)))
@example("GGW")
@example("GGX")
@example(":::")
@example("U5")
@example("V5")
@example("::")
@example("FGWGGX")
@example("0")
@example("0000")
def test_decoding(text: str) -> None:
    assert ours(text) == theirs(text)
    encoded = text.encode("utf-8")
    assert (base45.decode(encoded) if ours(text) is not None else None) == ours(text)


def test_every_pair_and_every_end_of_a_triple() -> None:
    """All texts of two characters, and all triples near the largest value, where groups overflow."""
    pairs = [a + b for a in base45.ALPHABET for b in base45.ALPHABET]
    triples = [pair + c for pair in pairs for c in "0VWX:"]
    assert all(ours(text) == theirs(text) for text in [*pairs, *triples])


@pytest.mark.parametrize("size", range(20))
def test_an_overflow_in_each_place(size: int) -> None:
    """One big integer holds all groups: none may spill into the next unseen."""
    for at in range(size):
        groups = ["FGW"] * size
        assert ours("".join(groups)) == b"\xff\xff" * size
        for bad in ("GGW", ":::", "00X"):
            text = "".join(bad if n == at else group for n, group in enumerate(groups))
            assert ours(text) == theirs(text) is None


def test_every_character_beyond_the_alphabet() -> None:
    for code in range(0x300):
        char = chr(code)
        assert (ours(char + "00") is not None) == (char in base45.ALPHABET)
        if code < 256 and char not in base45.ALPHABET:
            with raises(FormatError, "malformed", "base45 text has a character outside its alphabet"):
                base45.decode(bytes((code,)) + b"00")


@pytest.mark.parametrize("more", [1, 3, 100_000])
def test_too_long_is_not_decoded(more: int) -> None:
    assert ours("0" * base45.MAX_CHARS) is not None
    assert ours("0" * (base45.MAX_CHARS + more)) is None
