"""The document tag in two steps: HMACs that anybody can compute by hand with the key, and that say nothing without."""

from __future__ import annotations

import hashlib
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.document_tag import document_seed, document_tag, seed_of
from healthpass.formats.document import OTHER, Document

KEY = bytes(range(32))
START, END = 0x6B49D200, 0x6B4B2380
SEED = bytes(range(32, 64))
KID = b"kid0"
TYPES = st.text(st.characters(min_codepoint=1, max_codepoint=127), min_size=1, max_size=8)
NUMBERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
LABEL = b"healthpass document tag v2\x00"


def by_hand(key: bytes, message: bytes) -> bytes:
    """RFC 2104 with SHA-512, whose block is 128 bytes."""
    padded = key.ljust(128, b"\x00")
    inner = hashlib.sha512(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha512(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


def test_a_seed_by_hand() -> None:
    message = LABEL + b"\x6b\x49\xd2\x00\x6b\x4b\x23\x80" + b"id-card\x00440102199001011234"
    assert document_seed(KEY, START, END, "id-card", "440102199001011234") == by_hand(KEY, message)[:32]


def test_a_tag_by_hand() -> None:
    assert document_tag(SEED, KID, 0x01020304) == by_hand(SEED, b"kid0\x01\x02\x03\x04")[:2]
    assert document_tag(SEED, KID, 0xFFFFFFFF) == by_hand(SEED, b"kid0\xff\xff\xff\xff")[:2]
    assert document_tag(SEED, KID, 0) == by_hand(SEED, b"kid0\x00\x00\x00\x00")[:2]


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 2), st.integers(1, 100), TYPES, NUMBERS)
def test_any_seed_by_hand(key: bytes, start: int, length: int, document_type: str, number: str) -> None:
    end = min(start + length, 2**32 - 1)
    message = LABEL + start.to_bytes(4, "big") + end.to_bytes(4, "big") + document_type.encode() + b"\x00"
    assert document_seed(key, start, end, document_type, number) == by_hand(key, message + number.encode())[:32]
    assert (
        document_seed(key, start, end, document_type, number.encode()) == by_hand(key, message + number.encode())[:32]
    )


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=4, max_size=4), st.integers(0, 2**32 - 1))
def test_any_tag_by_hand(seed: bytes, kid: bytes, slot: int) -> None:
    assert document_tag(seed, kid, slot) == by_hand(seed, kid + slot.to_bytes(4, "big"))[:2]


def test_a_document_gives_its_normalised_number() -> None:
    with Document(OTHER, "ab 12-34") as document:
        assert seed_of(document, KEY, START, END) == document_seed(KEY, START, END, OTHER, "AB1234")
    with pytest.raises(ValueError, match="wiped"):
        seed_of(document, KEY, START, END)


@given(TYPES, NUMBERS, TYPES, NUMBERS)
def test_type_and_number_do_not_run_together(type_a: str, number_a: str, type_b: str, number_b: str) -> None:
    a, b = document_seed(KEY, START, END, type_a, number_a), document_seed(KEY, START, END, type_b, number_b)
    assert (a == b) == ((type_a, number_a) == (type_b, number_b))


@pytest.mark.parametrize("pair", [("id", "card1"), ("idc", "ard1"), ("i", "dcard1")])
def test_a_character_moved_from_type_to_number_is_another_document(pair: tuple[str, str]) -> None:
    assert document_seed(KEY, START, END, *pair) != document_seed(KEY, START, END, "idcard", "1")


def test_everything_counts_in_a_seed() -> None:
    seeds = [
        document_seed(KEY, START, END, "id", "1"),
        document_seed(KEY[::-1], START, END, "id", "1"),
        document_seed(KEY, START - 1, END, "id", "1"),
        document_seed(KEY, START, END + 1, "id", "1"),
        document_seed(KEY, START, END, "Id", "1"),
        document_seed(KEY, START, END, "id", "2"),
    ]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("change", ["seed", "kid", "slot"])
def test_everything_counts_in_a_tag(change: str) -> None:
    """Over eight slots, so that two bytes cannot be equal by chance."""

    def tags(seed: bytes = SEED, kid: bytes = KID, first: int = 0) -> list[bytes]:
        return [document_tag(seed, kid, slot) for slot in range(first, first + 8)]

    other = {"seed": tags(seed=SEED[::-1]), "kid": tags(kid=b"kid1"), "slot": tags(first=8)}[change]
    assert other != tags()


def test_without_the_key_a_tag_singles_out_no_number() -> None:
    """Under random keys, the tags of two numbers are spread alike: each first byte as often as chance has it."""
    random = Random(7)
    keys = [random.randbytes(32) for _ in range(25_600)]
    for number in ("440102199001011234", "1"):
        counts = Counter(document_tag(document_seed(key, START, END, "id", number), KID, 1)[0] for key in keys)
        chi_square = sum((counts[byte] - 100) ** 2 / 100 for byte in range(256))
        assert 180 < chi_square < 345  # 255 degrees of freedom, 99.97 %


def test_with_the_key_a_tag_still_leaves_many_numbers() -> None:
    def tag(number: int) -> bytes:
        return document_tag(document_seed(KEY, START, END, "id", str(number)), KID, 1)

    wanted = tag(0)
    assert sum(tag(n) == wanted for n in range(150_000)) >= 2


def test_tags_of_one_seed_add_up() -> None:
    """Said openly: two showings with the key leave one number in four thousand million, so a number is singled out."""

    def tags(number: int) -> list[bytes]:
        seed = document_seed(KEY, START, END, "id", str(number))
        return [document_tag(seed, KID, slot) for slot in (1, 2)]

    wanted = tags(0)
    assert [n for n in range(20_000) if tags(n) == wanted] == [0]


TEXT = "a document has a type, ASCII without NUL, and a number"
BOUNDS = "the bounds of a period are seconds since 1970, of 32 bits, the first before the second"


@pytest.mark.parametrize(
    ("key", "start", "end", "document_type", "number", "sentence"),
    [
        (KEY[:31], START, END, "id", "1", "a document key is 32 bytes"),
        (KEY + b"\x00", START, END, "id", "1", "a document key is 32 bytes"),
        (b"", START, END, "id", "1", "a document key is 32 bytes"),
        (KEY, START, START, "id", "1", BOUNDS),
        (KEY, END, START, "id", "1", BOUNDS),
        (KEY, -1, END, "id", "1", BOUNDS),
        (KEY, START, 1 << 32, "id", "1", BOUNDS),
        (KEY, START, END, "i\x00d", "1", TEXT),
        (KEY, START, END, "\u8bc1", "1", TEXT),
        (KEY, START, END, "", "1", TEXT),
        (KEY, START, END, "id", "", TEXT),
        (KEY, START, END, "id", b"", TEXT),
    ],
)  # fmt: skip
def test_no_seed(key: bytes, start: int, end: int, document_type: str, number: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        document_seed(key, start, end, document_type, number)


@pytest.mark.parametrize(
    ("seed", "kid", "slot"),
    [
        (SEED[:31], KID, 1),
        (SEED + b"\x00", KID, 1),
        (b"", KID, 1),
        (SEED, b"kid", 1),
        (SEED, b"kid00", 1),
        (SEED, KID, -1),
        (SEED, KID, 1 << 32),
    ],
    ids=range(7),
)
def test_no_tag(seed: bytes, kid: bytes, slot: int) -> None:
    with pytest.raises(ValueError, match=r"^a seed is 32 bytes, a kid 4, and a slot fits 4$"):
        document_tag(seed, kid, slot)


@pytest.mark.parametrize("number", ["440102199001011234\ud800", "\udfff440102199001011234"], ids=ascii)
def test_a_number_that_is_no_text_is_in_no_error(number: str) -> None:
    with pytest.raises(ValueError, match=r"^a document number is Unicode text$") as caught:
        document_seed(KEY, START, END, "id", number)
    assert "440102" not in repr(caught.value)
    assert caught.value.__context__ is None
