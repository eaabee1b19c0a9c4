"""Base45 (RFC 9285), strict: for each byte string exactly one text is accepted.

Three characters carry two bytes, two characters a last odd byte. The decoder turns the whole text into one big integer
with a 24-bit lane for each triple and does the arithmetic of all lanes at once, which in Python is several times
faster than a loop; the `base45` package is its oracle in the tests.
"""

from __future__ import annotations

from healthpass._typed import hold, typed
from healthpass.errors import FormatError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MAX_CHARS = 4296
"""The most that a QR code can hold (version 40-L, alphanumeric); longer texts are refused before they are decoded."""

_INVALID = 255
_VALUES = bytearray([_INVALID] * 256)  # by character, for bytes.translate
for _value, _char in enumerate(ALPHABET.encode()):
    _VALUES[_char] = _value
_LANES = MAX_CHARS // 3
_LOW = int.from_bytes(b"\xff\x00\x00" * _LANES, "little")
_OVERFLOW = int.from_bytes(b"\x00\x00\xff" * _LANES, "little")


def decode(text: str | bytes) -> bytes:
    """The bytes that `text` stands for.

    Args:
        text: base45, at most 4,296 characters.

    Raises:
        FormatError: too long, a character outside the alphabet (lower case and white space included), a length that no
            byte string has, or a group over the largest value.
    """
    if type(text) is not str:
        hold(decode, text)
    if len(text) > MAX_CHARS:
        raise FormatError("base45 text is too long for a QR code")
    if isinstance(text, str):
        try:
            text = text.encode("ascii")
        except UnicodeEncodeError:
            raise FormatError("base45 text has a character outside its alphabet") from None
    digits = text.translate(_VALUES)
    if _INVALID in digits:
        raise FormatError("base45 text has a character outside its alphabet")
    triples, rest = divmod(len(digits), 3)
    if rest == 1:
        raise FormatError("base45 text has an impossible length")

    lanes = int.from_bytes(digits[: 3 * triples], "little")
    lanes = (lanes & _LOW) + 45 * (lanes >> 8 & _LOW) + 2025 * (lanes >> 16 & _LOW)
    if lanes & _OVERFLOW:
        raise FormatError("base45 text has a group over the largest value")
    sums = lanes.to_bytes(3 * triples, "little")
    data = bytearray(2 * triples)
    data[0::2] = sums[1::3]
    data[1::2] = sums[0::3]
    if rest:
        last = digits[-2] + 45 * digits[-1]
        if last > 255:
            raise FormatError("base45 text has a group over the largest value")
        data.append(last)
    return bytes(data)


@typed
def encode(data: bytes) -> str:
    """`data` as base45 text: three characters for each two bytes, two for a last odd one."""
    out = []
    for i in range(0, len(data) - 1, 2):
        rest, c = divmod(data[i] << 8 | data[i + 1], 45)
        e, d = divmod(rest, 45)
        out.append(ALPHABET[c] + ALPHABET[d] + ALPHABET[e])
    if len(data) % 2:
        d, c = divmod(data[-1], 45)
        out.append(ALPHABET[c] + ALPHABET[d])
    return "".join(out)
