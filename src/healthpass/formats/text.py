"""The text of a QR code: `HP1:` and base45 of a presentation, or of a document-bound claim on paper.

A venue's poster has `HPL1:` and base45 of its place certificate. One line end after either (CR, LF or CR LF) is the
transport's, and is dropped.
"""

from __future__ import annotations

from healthpass._typed import hold, typed
from healthpass.errors import FormatError, RefusalCode, Refused
from healthpass.formats import base45

PASS_PREFIX = "HP1:"  # noqa: S105  # no password
PLACE_PREFIX = "HPL1:"


@typed
def encode_text(data: bytes) -> str:
    """The text form of a presentation or claim, all of it in QR's alphanumeric alphabet.

    Raises:
        FormatError: longer than a QR code can hold.
    """
    return _encode(PASS_PREFIX, data)


@typed
def encode_place_text(data: bytes) -> str:
    """The text form of a place certificate. Raises `FormatError` if it is longer than a QR code can hold."""
    return _encode(PLACE_PREFIX, data)


def _encode(prefix: str, data: bytes) -> str:
    text = prefix + base45.encode(data)
    if len(text) > base45.MAX_CHARS:
        raise FormatError("too long for a QR code")
    return text


@typed
def decode_place_text(text: str) -> bytes:
    """The bytes behind the text of a poster.

    Raises:
        FormatError: it does not begin with `HPL1:`, has more than 4,296 characters, or is not canonical base45.
    """
    text = without_line_end(text)
    if not text.startswith(PLACE_PREFIX):
        raise FormatError("not the code of a place: that begins with HPL1:")
    if len(text) > base45.MAX_CHARS:
        raise FormatError("too long for a QR code")
    return base45.decode(text[len(PLACE_PREFIX) :])


def decode_text(text: str | bytes) -> bytes:
    """The bytes behind a scanned text, perhaps with a line end. Texts over 4,296 characters are not decoded.

    Raises:
        Refused: `NOT_A_PASS` (some other text), `UNSUPPORTED_VERSION` (`HP` and another number), or `MALFORMED` (ours,
            but in lower case, with other white space, of another kind, too long, or not canonical base45).
    """
    if not isinstance(text, str):
        if not isinstance(text, (bytes, bytearray)):  # some drivers of scanners give the latter
            hold(decode_text, text)
        # latin-1 maps every byte to one character, so that bytes get the same answer as the text they spell.
        text = bytes(text[: base45.MAX_CHARS + 3]).decode("latin-1")
    text = without_line_end(text)
    if not text.startswith(PASS_PREFIX):
        raise Refused(_why_not_ours(text[:16]))
    if len(text) > base45.MAX_CHARS:
        raise Refused(RefusalCode.MALFORMED)
    try:
        return base45.decode(text[len(PASS_PREFIX) :])
    except FormatError:
        raise Refused(RefusalCode.MALFORMED) from None


def without_line_end(text: str) -> str:
    """The text without one line end after it: CR, LF or CR LF."""
    if type(text) is not str:
        hold(without_line_end, text)
    end = text[-1:]
    if end == "\n":
        return text[: -2 if text[-2:] == "\r\n" else -1]
    return text[:-1] if end == "\r" else text


def _why_not_ours(start: str) -> RefusalCode:
    """The refusal for a text that does not begin with `HP1:`, from its first 16 characters."""
    if _version(start) is not None:
        return RefusalCode.UNSUPPORTED_VERSION
    folded = start.strip().upper()
    if folded.startswith("HPL") or _version(folded) is not None:
        return RefusalCode.MALFORMED
    return RefusalCode.NOT_A_PASS


def _version(start: str) -> str | None:
    """The digits of `HP<digits>:`, or None. No version has a leading zero or more than four digits."""
    head, colon, _ = start.partition(":")
    digits = head[2:]
    plain = digits.isascii() and digits.isdigit() and len(digits) <= 4 and digits[0] != "0"
    return digits if colon and head.startswith("HP") and plain else None
