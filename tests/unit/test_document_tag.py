"""The document tag: an HMAC that anybody can compute by hand with the key, and that says nothing without it."""

from __future__ import annotations

import hashlib
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.document_tag import document_tag
from tests.making import HOLDER

KEY = bytes(range(32))
KID = b"kid0"
CNF = HOLDER.public_key
TYPES = st.text(st.characters(min_codepoint=1, max_codepoint=127), min_size=1, max_size=8)
NUMBERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def by_hand(key: bytes, message: bytes) -> bytes:
    """RFC 2104 with SHA-512, whose block is 128 bytes."""
    padded = key.ljust(128, b"\x00")
    inner = hashlib.sha512(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha512(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


def test_by_hand() -> None:
    message = b"healthpass document tag v1\x00kid0" + CNF + b"id-card\x00440102199001011234"
    assert document_tag(KEY, KID, CNF, "id-card", "440102199001011234") == by_hand(KEY, message)[:2]


def test_on_paper_nothing_stands_for_the_key() -> None:
    message = b"healthpass document tag v1\x00kid0id-card\x00\xe5\x8f\xb7"
    assert document_tag(KEY, KID, None, "id-card", "\u53f7") == by_hand(KEY, message)[:2]


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=4, max_size=4), TYPES, NUMBERS)
def test_any_by_hand(key: bytes, kid: bytes, document_type: str, number: str) -> None:
    message = b"healthpass document tag v1\x00" + kid + document_type.encode() + b"\x00" + number.encode()
    assert document_tag(key, kid, None, document_type, number) == by_hand(key, message)[:2]


@given(TYPES, NUMBERS, TYPES, NUMBERS)
def test_type_and_number_do_not_run_together(type_a: str, number_a: str, type_b: str, number_b: str) -> None:
    """What is hashed is distinct for distinct pairs: the type ends at its NUL."""
    a, b = (each[0].encode() + b"\x00" + each[1].encode() for each in ((type_a, number_a), (type_b, number_b)))
    assert (a == b) == ((type_a, number_a) == (type_b, number_b))


def test_a_character_moved_from_type_to_number_is_another_document() -> None:
    keys = [bytes((n,)) * 32 for n in range(8)]
    for pair in (("id", "card1"), ("idc", "ard1"), ("i", "dcard1")):
        tags = [document_tag(key, KID, CNF, *pair) for key in keys]
        assert tags != [document_tag(key, KID, CNF, "idcard", "1") for key in keys]


@pytest.mark.parametrize("change", ["key", "kid", "holder key", "no holder key", "type", "number"])
def test_everything_counts(change: str) -> None:
    """Over eight keys, so that two bytes cannot be equal by chance."""

    def tags(kid: bytes, holder_key: bytes | None, document_type: str, number: str, first: int = 0) -> list[bytes]:
        keys = [bytes((n,)) * 32 for n in range(first, first + 8)]
        return [document_tag(key, kid, holder_key, document_type, number) for key in keys]

    other = {
        "key": lambda: tags(KID, CNF, "id", "1", first=8),
        "kid": lambda: tags(b"kid1", CNF, "id", "1"),
        "holder key": lambda: tags(KID, CNF[::-1], "id", "1"),
        "no holder key": lambda: tags(KID, None, "id", "1"),
        "type": lambda: tags(KID, CNF, "Id", "1"),
        "number": lambda: tags(KID, CNF, "id", "2"),
    }[change]()
    assert other != tags(KID, CNF, "id", "1")


def test_without_the_key_a_tag_singles_out_no_number() -> None:
    """Under random keys, the tags of two numbers are spread alike: each first byte as often as chance has it."""
    random = Random(7)
    keys = [random.randbytes(32) for _ in range(25_600)]
    for number in ("440102199001011234", "1"):
        counts = Counter(document_tag(key, KID, CNF, "id", number)[0] for key in keys)
        chi_square = sum((counts[byte] - 100) ** 2 / 100 for byte in range(256))
        assert 180 < chi_square < 345  # 255 degrees of freedom, 99.97 %


def test_with_the_key_a_tag_still_leaves_many_numbers() -> None:
    tag = document_tag(KEY, KID, CNF, "id", "0")
    found = sum(document_tag(KEY, KID, CNF, "id", str(n)) == tag for n in range(150_000))
    assert found >= 2


@pytest.mark.parametrize(
    ("key", "kid", "holder_key", "document_type"),
    [
        (KEY[:31], KID, CNF, "id"),
        (KEY + b"\x00", KID, CNF, "id"),
        (b"", KID, CNF, "id"),
        (KEY, b"kid", CNF, "id"),
        (KEY, b"kid00", CNF, "id"),
        (KEY, KID, CNF[:31], "id"),
        (KEY, KID, b"", "id"),
        (KEY, KID, CNF, "i\x00d"),
        (KEY, KID, CNF, "\u8bc1"),
    ],
    ids=range(9),
)
def test_refused(key: bytes, kid: bytes, holder_key: bytes, document_type: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"^a document (has a type, ASCII .*|key and a holder key are 32 bytes, a kid is 4)$",
    ):
        document_tag(key, kid, holder_key, document_type, "1")


@pytest.mark.parametrize("number", ["440102199001011234\ud800", "\udfff440102199001011234"], ids=ascii)
def test_a_number_that_is_no_text_is_in_no_error(number: str) -> None:
    with pytest.raises(ValueError, match=r"^a document number is Unicode text$") as caught:
        document_tag(KEY, KID, CNF, "id", number)
    assert "440102" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("document_type", "number"), [("", "1"), ("id", "")])
def test_no_document_at_all(document_type: str, number: str) -> None:
    with pytest.raises(ValueError, match="type"):
        document_tag(KEY, KID, CNF, document_type, number)
