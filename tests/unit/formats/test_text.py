"""The text of a QR code: one prefix, one alphabet, no second spelling; bytes get the same answer as text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthpass.errors import FormatError, RefusalCode, Refused
from healthpass.formats import base45
from healthpass.formats.text import decode_text, encode_text
from healthpass.verifier.steps import decoded
from tests.making import make_claim, present
from tests.raising import raises

PASS = encode_text(present(make_claim()))
BODY = PASS[4:]

LINE_ENDS = ("\r", "\n", "\r\n")

NOT_A_PASS, UNSUPPORTED, MALFORMED = "not-a-pass", "unsupported-version", "malformed"
REFUSED: dict[str, tuple[str, str]] = {
    "nothing": ("", NOT_A_PASS),
    "the letters alone": ("HP", NOT_A_PASS),
    "no colon": ("HP1", NOT_A_PASS),
    "no colon before the text": ("HP1" + BODY.replace(":", "A"), NOT_A_PASS),
    "no number": ("HP:" + BODY, NOT_A_PASS),
    "a web address": ("HTTPS://EXAMPLE.ORG/HP1:", NOT_A_PASS),
    "an EU certificate": ("HC1:" + BODY, NOT_A_PASS),
    "body alone": (BODY, NOT_A_PASS),
    "a letter before": ("X" + PASS, NOT_A_PASS),
    "byte order mark": ("\ufeff" + PASS, NOT_A_PASS),
    "full-width letters": ("\uff28\uff30\uff11\uff1a" + BODY, NOT_A_PASS),
    "version 2": ("HP2:" + BODY, UNSUPPORTED),
    "version 10": ("HP10:" + BODY, UNSUPPORTED),
    "version 9999": ("HP9999:", UNSUPPORTED),
    "version 0": ("HP0:" + BODY, NOT_A_PASS),
    "version 01": ("HP01:" + BODY, NOT_A_PASS),
    "version 10000": ("HP10000:" + BODY, NOT_A_PASS),
    "version -1": ("HP-1:" + BODY, NOT_A_PASS),
    "version in Arabic digits": ("HP\u0661:" + BODY, NOT_A_PASS),
    "version in superscript": ("HP\u00b2:" + BODY, NOT_A_PASS),
    "lower-case prefix": ("hp1:" + BODY, MALFORMED),
    "mixed prefix": ("Hp1:" + BODY, MALFORMED),
    "lower-case prefix of another version": ("hp2:" + BODY, MALFORMED),
    "all in lower case": (PASS.lower(), MALFORMED),
    "body in lower case": ("HP1:" + BODY.lower(), MALFORMED),
    "space before": (" " + PASS, MALFORMED),
    "newline before": ("\n" + PASS, MALFORMED),
    "no-break space before": ("\xa0" + PASS, MALFORMED),
    "space before a place certificate": (" HPL1:" + BODY, MALFORMED),
    "space after": (PASS + " ", MALFORMED),
    "two CR after": (PASS + "\r\r", MALFORMED),
    "two LF after": (PASS + "\n\n", MALFORMED),
    "two CR LF after": (PASS + "\r\n\r\n", MALFORMED),
    "LF CR after": (PASS + "\n\r", MALFORMED),
    "CR, CR LF after": (PASS + "\r\r\n", MALFORMED),
    "a next line (U+0085) after": (PASS + "\x85", MALFORMED),
    "a line separator after": (PASS + "\u2028", MALFORMED),
    "a space before the line end": (PASS + " \n", MALFORMED),
    "a line end alone": ("\r\n", NOT_A_PASS),
    "another version, with a line end": ("HP2:" + BODY + "\r\n", UNSUPPORTED),
    "tab after": (PASS + "\t", MALFORMED),
    "NUL after": (PASS + "\x00", MALFORMED),
    "newline within": (PASS[:100] + "\n" + PASS[100:], MALFORMED),
    "a place certificate": ("HPL1:" + BODY, MALFORMED),
    "a place certificate of another version": ("HPL2:" + BODY, MALFORMED),
    "a lower-case place certificate": ("hpl1:" + BODY, MALFORMED),
    "prefix twice": ("HP1:" + PASS, MALFORMED),
    "a character outside the alphabet": ("HP1:" + BODY[:-1] + "_", MALFORMED),
    "a character beyond ASCII": ("HP1:" + BODY[:-1] + "\u00e9", MALFORMED),
    "an impossible length": ("HP1:0000", MALFORMED),
    "over the largest triple": ("HP1:GGX", MALFORMED),
    "over the largest pair": ("HP1:::", MALFORMED),
    "over-long": ("HP1:" + "0" * 4293, MALFORMED),
    "over-long with a line end": ("HP1:" + "0" * 4293 + "\r\n", MALFORMED),
    "over-long, and a line end where reading stops": ("HP1:" + "0" * 4293 + "\r\n" + "0" * 50, MALFORMED),
    "over-long of another version": ("HP2:" + "0" * 5000, UNSUPPORTED),
    "over-long and something else": ("0" * 5000, NOT_A_PASS),
}


def answer(text: str | bytes) -> bytes | str:
    """The bytes, or the code of the error."""
    try:
        return decode_text(text)
    except FormatError as error:
        return error.code


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str, code: str) -> None:
    assert answer(text) == code


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_scanner_says_the_same_by_its_own_codes(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        decoded(text)
    assert caught.value.code is RefusalCode[code.upper().replace("-", "_")]
    assert caught.value.__cause__ is None


def test_sentences() -> None:
    with raises(FormatError, NOT_A_PASS, "not the text of a pass: that begins with HP1:"):
        decode_text("HC1:" + BODY)
    with raises(FormatError, UNSUPPORTED, "a pass of a version that is not known here: update the program"):
        decode_text("HP2:" + BODY)
    with raises(FormatError, MALFORMED, "not the text of a pass as it stands in its code: take it unchanged"):
        decode_text("hp1:" + BODY)
    with raises(FormatError, MALFORMED, "too long for a QR code"):
        decode_text("HP1:" + "0" * 4293)


@pytest.mark.parametrize("text", [text for text, _ in REFUSED.values() if text.isascii()], ids=lambda text: text[:12])
def test_bytes_get_the_same_answer(text: str) -> None:
    assert answer(text.encode()) == answer(text)


def test_taken() -> None:
    assert decode_text(PASS) == decode_text(PASS.encode()) == present(make_claim())
    assert decode_text("HP1:") == b""


@pytest.mark.parametrize("end", LINE_ENDS, ids=repr)
def test_one_line_end_is_the_transports(end: str) -> None:
    assert decode_text(PASS + end) == decode_text((PASS + end).encode()) == present(make_claim())
    longest = "HP1:" + "0" * (base45.MAX_CHARS - 4)
    assert decode_text(longest + end) == decode_text((longest + end).encode()) == bytes(2861)


def test_the_longest_text() -> None:
    longest = "HP1:" + "0" * (base45.MAX_CHARS - 4)
    assert decode_text(longest) == bytes(2861)
    assert answer(longest + "0") == MALFORMED


def test_what_cannot_be_written() -> None:
    assert len(encode_text(bytes(2861))) == base45.MAX_CHARS
    with raises(FormatError, "malformed", "too long for a QR code"):
        encode_text(bytes(2862))


# Spellings that are near to ours come up often; every text is a Latin-1 one, which bytes can spell.
NEAR = st.sampled_from(["HP1:", "hp1:", "HPL1:", "HP", "HP2:", " ", "\r\n", "\x85", "\xa0", "1:", BODY, BODY.lower()])
LATIN = st.text(st.characters(max_codepoint=255), max_size=40)


@given(st.lists(st.one_of(NEAR, LATIN), max_size=5).map("".join))
@example(PASS)
@example("\xa0" + PASS)
@example(PASS + "\r\n")
def test_any_text_and_its_bytes(text: str) -> None:
    assert answer(text) == answer(text.encode("latin-1"))
    given = answer(text)
    if isinstance(given, bytes):
        assert text in {encode_text(given) + end for end in ("", *LINE_ENDS)}


@given(st.binary(max_size=60))
def test_any_bytes_have_one_text(data: bytes) -> None:
    assert decode_text(encode_text(data)) == data


@given(st.text(max_size=60))
def test_any_text_at_all(text: str) -> None:
    assert answer(text) in (NOT_A_PASS, MALFORMED, UNSUPPORTED) or text.startswith("HP1:")
