"""The text of a venue's poster: one prefix, one alphabet, no second spelling; never taken for a pass."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthpass import RefusalCode
from healthpass.errors import FormatError
from healthpass.formats import base45
from healthpass.formats.text import decode_place_text, encode_place_text
from healthpass.verifier import Verifier
from tests.making import assert_refused, make_claim, make_store, make_verifier, show
from tests.placing import make_place
from tests.raising import raises

CERTIFICATE = make_place()
TEXT = encode_place_text(CERTIFICATE)


def test_the_text() -> None:
    assert TEXT.removeprefix("HPL1:") == base45.encode(CERTIFICATE)
    assert len(TEXT) == 274
    assert decode_place_text(TEXT) == CERTIFICATE
    for end in ("\r", "\n", "\r\n"):
        assert decode_place_text(TEXT + end) == CERTIFICATE


NO_TEXTS = {
    "nothing": ("", "not the code of a place: that begins with HPL1:"),
    "the prefix in lower case": ("hpl1:" + TEXT[5:], "not the code of a place: that begins with HPL1:"),
    "all in lower case": (TEXT.lower(), "not the code of a place: that begins with HPL1:"),
    "the body in lower case": ("HPL1:" + TEXT[5:].lower(), "base45 text has a character outside its alphabet"),
    "a space before": (" " + TEXT, "not the code of a place: that begins with HPL1:"),
    "two line feeds after": (TEXT + "\n\n", "base45 text has a character outside its alphabet"),
    "a tab and CR LF after": (TEXT + "\t\r\n", "base45 text has a character outside its alphabet"),
    "a no-break space after": (TEXT + "\xa0", "base45 text has a character outside its alphabet"),
    "a pass": (show(make_claim()), "not the code of a place: that begins with HPL1:"),
    "the prefix of a pass": ("HP1:" + TEXT[5:], "not the code of a place: that begins with HPL1:"),
    "another version": ("HPL2:" + TEXT[5:], "not the code of a place: that begins with HPL1:"),
    "no colon": ("HPL1" + TEXT[5:], "not the code of a place: that begins with HPL1:"),
    "the body alone": (TEXT[5:], "not the code of a place: that begins with HPL1:"),
    "an impossible length": ("HPL1:0000", "base45 text has an impossible length"),
    "over the largest triple": ("HPL1:GGX", "base45 text has a group over the largest value"),
    "one character too many": ("HPL1:" + "0" * 4292, "too long for a QR code"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_TEXTS.values(), ids=NO_TEXTS.keys())
def test_no_text_of_a_poster(text: str, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        decode_place_text(text)
    with raises(FormatError, "malformed", sentence):
        Verifier(make_store(), place=text)


def test_the_longest_text() -> None:
    longest = "HPL1:" + "0" * 4290
    assert decode_place_text(longest) == bytes(2860)
    assert encode_place_text(bytes(2860)) == longest
    with raises(FormatError, "malformed", "too long for a QR code"):
        encode_place_text(bytes(2861))


def test_a_poster_shown_to_a_scanner_is_no_pass() -> None:
    assert_refused(make_verifier(), TEXT, RefusalCode.MALFORMED)


@given(st.one_of(st.text(max_size=40), st.text(max_size=40).map("HPL1:".__add__)))
@example(TEXT)
def test_any_text(text: str) -> None:
    try:
        data = decode_place_text(text)
    except FormatError:
        return
    assert encode_place_text(data) == text
