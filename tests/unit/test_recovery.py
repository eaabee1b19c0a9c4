"""Recovery codes: one spelling out, many in, and a slip of the pen noticed."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.crypto.recovery import (
    MAX_CHARS,
    SALT_SIZE,
    new_recovery_code,
    recovery_code_from,
    recovery_hash,
    recovery_hashes,
)
from healthpass.errors import FormatError
from tests.raising import raises

SECRET = bytes(range(16))
CODE = "000G-40R4-0M30-E209-185G-R38E-1X3P"
SALT = b"\x01\x02"
HASH = "d364a6f971ea4d50097de1838511663e329e8582bf2f5ad5b8fa043ece551822"


def test_the_code_and_hash_of_a_secret_never_change() -> None:
    assert recovery_code_from(SECRET) == CODE
    assert recovery_hash(CODE, SALT).hex() == HASH


@pytest.mark.parametrize(
    "spelling",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  {CODE}\n",
        CODE.replace("0", "O").replace("1", "l"),
        CODE.replace("X", "\u2169"),
        CODE.replace("0", "o").replace("1", "I"),
        " - ".join(CODE.split("-")),
        " ".join(CODE.replace("-", "")),
        " ".join(CODE),
        CODE + ".",
        CODE + "\u3002\r\n",
        *(CODE.replace("-", dash) for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\ufe58\u30fc\u2500"),
        *(CODE.replace("-", blank) for blank in "\u00a0\u2007\u2009\u202f\u3000\t\u2028\u200b\u00ad\u2060\ufeff"),
        CODE.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
        CODE.lower().translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
        "\u202a" + CODE + "\u202c",
    ],
)
def test_other_spellings_of_a_code(spelling: str) -> None:
    assert recovery_hash(spelling, SALT) == recovery_hash(CODE, SALT)


def test_different_secrets_have_different_codes_and_hashes() -> None:
    codes = [recovery_code_from(n.to_bytes(16, "big")) for n in [*range(100), 2**128 - 1]]
    assert len(set(codes)) == len({recovery_hash(code, SALT) for code in codes}) == 101
    assert {len(recovery_hash(code, SALT)) for code in codes} == {32}


def test_a_wrong_character_or_two_swapped_are_noticed() -> None:
    chars = CODE.replace("-", "")
    wrong = [chars[:at] + ("7" if chars[at] != "7" else "X") + chars[at + 1 :] for at in range(28)]
    wrong += [chars[:at] + chars[at + 1] + chars[at] + chars[at + 2 :] for at in range(27)]
    for code in wrong:
        if code != chars:
            with pytest.raises(FormatError, match="is wrong"):
                recovery_hash(code, SALT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        CODE[:-1],
        CODE + "0",
        CODE.replace("G", "U"),
        "Ü" * 28,
        CODE.replace("-", "."),
        CODE.replace("E", "\u0415"),
        "0" * 29,
        " " * 100,
        "٣" * 28,
        "ß" * 14,
    ],
)
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(FormatError, match="28 letters and digits"):
        recovery_hash(text, SALT)


def test_a_long_text_is_not_looked_at() -> None:
    with raises(FormatError, "malformed", "a recovery code has 28 letters and digits"):
        recovery_hash(CODE + " " * MAX_CHARS, SALT)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_code_is_made_from_16_bytes(size: int) -> None:
    with raises(FormatError, "malformed", "a recovery code is made from 16 bytes"):
        recovery_code_from(bytes(size))


def test_fresh_codes_differ_and_are_codes() -> None:
    codes = {new_recovery_code() for _ in range(100)}
    assert len(codes) == len({recovery_hash(code, SALT) for code in codes}) == 100


def test_all_hashes_of_a_code_in_the_order_of_their_salts() -> None:
    hashes = recovery_hashes(CODE.lower())
    assert len(set(hashes)) == len(hashes) == 256**SALT_SIZE
    for salt in (0, 1, 258, 65_535):
        assert hashes[salt] == recovery_hash(CODE, salt.to_bytes(2, "big"))


@pytest.mark.parametrize("salt", [b"", b"1", b"123"])
def test_a_salt_is_two_bytes(salt: Any) -> None:
    with raises(FormatError, "malformed", "salt: not 2 bytes"):
        recovery_hash(CODE, salt)


def test_all_hashes_of_no_code() -> None:
    with raises(FormatError, "malformed", "a recovery code has 28 letters and digits"):
        recovery_hashes(CODE[:-1])
