"""TrueType fonts for tests: Bitstream Vera Sans, which comes with reportlab, with other letters taken for its own.

No machine of the tests needs a Chinese font: here each Chinese character is drawn as a W, which is about as wide.
"""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

CHINESE = ((0x2103, 0x2103), (0x3000, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF01, 0xFF5E))


def vera() -> bytes:
    """The font as it is: wide letters, and Latin ones alone."""
    found = find_spec("reportlab")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "fonts" / "Vera.ttf").read_bytes()


def tables(font: bytes) -> dict[bytes, tuple[int, int]]:
    """Where each table begins, and how long it is."""
    found = {}
    for n in range(int.from_bytes(font[4:6], "big")):
        at = 12 + 16 * n
        start, size = (int.from_bytes(font[at + k : at + k + 4], "big") for k in (8, 12))
        found[font[at : at + 4]] = start, size
    return found


def with_letters(*ranges: tuple[int, int], glyph: int | None = None, font: bytes | None = None) -> bytes:
    """The font with one glyph more for all characters of these ranges: that of a W, or another.

    Its table of letters (cmap, format 13: many to one) is put at its end.
    """
    data = bytearray(vera() if font is None else font)
    from reportlab.pdfbase.ttfonts import TTFontFile

    own = TTFontFile(BytesIO(data)).charToGlyph
    wide = own[ord("W")] if glyph is None else glyph
    inside = [code for code in own if any(a <= code <= b for a, b in ranges)]
    groups = [(code, code, number) for code, number in own.items() if code not in inside]
    groups += [(first, last, wide) for first, last in ranges]
    table = b"".join(each.to_bytes(4, "big") for group in sorted(groups) for each in group)
    head = bytes.fromhex("000d0000") + (16 + len(table)).to_bytes(4, "big") + bytes(4) + len(groups).to_bytes(4, "big")
    cmap = bytes.fromhex("00000001 0003000a 0000000c") + head + table
    for n in range(int.from_bytes(data[4:6], "big")):
        at = 12 + 16 * n
        if data[at : at + 4] == b"cmap":
            data[at + 8 : at + 16] = len(data).to_bytes(4, "big") + len(cmap).to_bytes(4, "big")
    return bytes(data) + cmap


def chinese() -> bytes:
    """A font with Chinese letters."""
    return with_letters(*CHINESE)
