"""Passphrases in the one form of RFC 8265 (OpaqueString): held to its examples and to published tables."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.precis import opaque_string
from healthpass.errors import KeyFileError
from tests.raising import raises

ANY = "the passphrase has a character that RFC 8265 does not allow where it stands, such as an invisible one or an "
ANY += "emoji that is made of several: type it without"
CONTROL = "a passphrase cannot have a tab, a line end or another control character in it: type it without"
NO_TEXT = "a passphrase is Unicode: type it on a terminal that is set to UTF-8"
UNKNOWN = "the passphrase has a character that the Unicode tables of this Python do not know: use a newer Python"

SAME = {
    "examples of the standard": ["correct horse battery staple", "Correct Horse Battery Staple", "\u03c0\u00df\u00e5"],
    "another one of it": ["Jack of \u2666s", "foo bar", "my cat is a \u2639"],
    "blanks at the ends": [" a ", "  ", "~"],
    "what NFKC would change": ["\uff21", "\u2460", "\ufb01", "\u00b2", "\u2169"],
    "of every kind": ["\u53e3\u4ee4\U0001f511", "\u05e9\u05dc\u05d5\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940"],
    "where the place allows it": [
        "l\u00b7l",
        "\u0375\u03b1",
        "\u05d0\u05f3",
        "\u05d0\u05f4",
        "\u30fb\u4e00",
        "\u0661\u0662",
        "\u06f1\u06f2",
        "\u0915\u094d\u200d\u0937",
        "\u0915\u094d\u200c\u0937",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\ua872\u200c\u0628",
        "\u0628\u064e\u200c\u064e\u0627",
    ],
}


@pytest.mark.parametrize("text", [each for texts in SAME.values() for each in texts], ids=ascii)
def test_what_stays_as_it_is(text: str) -> None:
    assert opaque_string(text) == text.encode()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("\u212b", "\u00e5".upper()),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("foo\u1680bar", "foo bar"),
        ("a\u3000b\u00a0c\u2009", "a b c "),
        ("q\u0323\u0307", "q\u0323\u0307"),
        ("q\u0307\u0323", "q\u0323\u0307"),
    ],
    ids=ascii,
)
def test_other_spellings_of_a_passphrase(text: str, form: str) -> None:
    """As typed on a Mac, on a Chinese keyboard, or in a word processor."""
    assert opaque_string(text) == form.encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("my cat is a \tby\u00e9", CONTROL),
        ("a\tb", CONTROL),
        ("a\n", CONTROL),
        ("\x7f", CONTROL),
        ("a\x85", CONTROL),
        ("a\udcff", NO_TEXT),
        ("\u0378", UNKNOWN),
        ("\ufdd0", UNKNOWN),
        ("\ue000", ANY),
        ("a\u00adb", ANY),
        ("\ufeffa", ANY),
        ("a\u200bb", ANY),
        ("\u202ea", ANY),
        ("\u2764\ufe0f", ANY),
        ("\U0001f469\u200d\U0001f4bb", ANY),
        ("\u1112a", ANY),
        ("\u0640", ANY),
        ("a\u00b7l", ANY),
        ("\u00b7l", ANY),
        ("l\u00b7", ANY),
        ("\u0375a", ANY),
        ("\u0375", ANY),
        ("\u05f3", ANY),
        ("a\u05f4", ANY),
        ("\u30fba", ANY),
        ("\u0661\u06f1", ANY),
        ("\u06f1\u0661", ANY),
        ("\u200d", ANY),
        ("\u0628\u200d\u0628", ANY),
        ("a\u200cb", ANY),
        ("\u200c\u0628", ANY),
        ("\u0628\u200c", ANY),
        ("\u0627\u200c\u0628", ANY),
    ],
    ids=ascii,
)
def test_what_a_passphrase_cannot_have(text: str, says: str) -> None:
    with raises(KeyFileError, "passphrase-character", says) as caught:
        opaque_string(text)
    assert caught.value.__context__ is None


IANA = {
    True: "20-7E A0-AC AE-B6 B8-13E 13F-2FF 300-34E 350-374 376-377 37A-37D 384-385 3A3-3CF 3D0-481 483-487 488-489 "
    "55A-55F 589-58A 591-5BD 5BE 5D0-5EA 606-60F 610-61A 61B 61E-61F 620-63F 641-65F 66A-66D 66E-674 675-678 6D4 6DE "
    "6E9 6EA-6EF 6FA-6FF 700-70D 710-74A 7C0-7F5 7F6-7F9 800-82D 830-83E 840-85B 900-957 964-965 966-96F 9FB B72-B77",
    False: "0-1F 7F-9F AD B7 34F 375 5F3-5F4 600-604 61C 640 6DD 70F 7FA",
}
"""Rows of the table "precis-tables-6.3.0" that IANA publishes: allowed in the FreeformClass, and not, or not alone."""


@pytest.mark.parametrize("allowed", IANA)
def test_the_published_table(allowed: bool) -> None:
    for row in IANA[allowed].split():
        first, _, last = row.partition("-")
        for point in range(int(first, 16), int(last or first, 16) + 1):
            assert is_allowed(chr(point)) == allowed, hex(point)


def is_allowed(text: str) -> bool:
    try:
        opaque_string(text)
    except KeyFileError:
        return False
    return True


def test_every_character_that_is_old_enough_to_stay_as_it_is() -> None:
    """Those of Unicode 3.2, by a digest of those that precis-i18n 1.1.2 allows alone as a FreeformClass string."""
    old = (each for each in map(chr, range(0x110000)) if unicodedata.ucd_3_2_0.category(each) != "Cn")
    allowed = "".join(each for each in old if unicodedata.normalize("NFC", each) == each and is_allowed(each))
    assert len(allowed) == 93_734
    assert hashlib.sha256(allowed.encode()).hexdigest() == (
        "aeb9f2aac87b6271387de72797dbf78e7eb5ed04dc76bbfd4e0cc6f9d4798df1"
    )


@given(st.text(min_size=1, max_size=20))
def test_one_form_and_no_other_error(text: str) -> None:
    if not is_allowed(text):
        with raises(KeyFileError, "passphrase-character", ANY, CONTROL, NO_TEXT, UNKNOWN):
            opaque_string(text)
        return
    form = opaque_string(text)
    assert opaque_string(form.decode()) == form
    assert opaque_string(unicodedata.normalize("NFD", text)) == form
