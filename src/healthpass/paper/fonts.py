"""Which font has the letters, and how wide they are. In points.

Without a font of one's own: Helvetica, one of the 14 that every PDF reader has, for what it can write; for the rest
STSong-Light, which PDF readers with their Asian font pack have (Adobe-GB1), named in the file and not embedded. With a
TrueType font of one's own, its letters are embedded, and the file looks the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import RLock
from typing import Any

from healthpass.errors import FormatError

MAX_FONT_BYTES = 33_554_432
_LATIN = ("Helvetica", "Helvetica-Bold")
_CHINESE = "STSong-Light"
_OWN = "healthpass-own"
"""Under which reportlab knows a font of one's own while a page is drawn."""
_NOT_A_FONT = "not a TrueType font that can be embedded (OpenType with CFF outlines cannot)"
_drawing = RLock()


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that are written in one font; `outlined` if it has no bold one and these are to be bold."""

    text: str
    font: str
    outlined: bool


@dataclass(frozen=True, slots=True)
class Face:
    """Fonts by the names under which reportlab knows them.

    Attributes:
        regular, bold: bold is None where there is no bold one; it is then drawn with an outline.
        wide: for what the others do not have; None if they have everything.
        outline: whether an outline stands in for a bold font; otherwise bold looks like regular there.
        own: reportlab's object for a font of one's own, which is then `regular`.
    """

    regular: str
    bold: str | None
    wide: str | None = None
    outline: bool = True
    own: Any = field(default=None, repr=False, compare=False)

    def runs(self, text: str, bold: bool) -> list[Run]:
        """A line in pieces, each in its font.

        Figures stay in Helvetica: those of the font that a PDF reader puts in the place of a Chinese one may be wider,
        and run into each other.
        """
        pieces = [text] if self.wide is None else re.findall("[\x20-\x7e]+|[^\x20-\x7e]+", text)
        runs = []
        for piece in pieces:
            wide = self.wide is not None and not piece.isascii()
            name = self.wide if wide else self.bold if bold else self.regular
            outlined = bold and self.outline and (wide or self.bold is None)
            runs.append(Run(piece, name or self.regular, outlined))
        return runs

    def width(self, text: str, size: float, bold: bool) -> float:
        """How wide a line is, in points."""
        if self.own is not None:
            return float(self.own.stringWidth(text, size))
        from reportlab.pdfbase.pdfmetrics import stringWidth

        return sum(float(stringWidth(run.text, run.font, size)) for run in self.runs(text, bold))

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """While it lasts, reportlab knows a font of one's own by its name. One thread at a time.

        Not by reportlab's `registerFont`, which keeps every font for as long as the process lives, and of two with the
        same name inside takes the first for both.

        Raises:
            FormatError: the font is damaged where its letters are drawn.
        """
        if self.own is None:
            yield
            return
        from reportlab.pdfbase.pdfmetrics import _fonts

        with _drawing:
            _fonts[_OWN] = self.own
            try:
                yield
            except FormatError:
                raise
            except Exception:  # noqa: BLE001  # as below: a letter's outline is read when it is drawn
                raise FormatError(_NOT_A_FONT) from None
            finally:
                del _fonts[_OWN]


def face_for(text: str, font: bytes | None = None) -> Face:
    """A font that has every character of `text`.

    reportlab is loaded here and not before: it takes as long to load as the rest of the command line.

    Args:
        text: all that will be written.
        font: a TrueType font file or collection (its first font), at most 32 MiB; None for one that is not embedded.

    Raises:
        FormatError: not a TrueType font with TrueType outlines, it lacks characters, or there is no font for them.
    """
    if font is not None:
        return _embedded(text, font)
    if _writes(text, "cp1252"):
        return Face(*_LATIN)
    if not _writes(text, "gbk"):
        raise FormatError("no font that PDF readers have has all letters of this language: give a TrueType font")
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont

    registerFont(UnicodeCIDFont(_CHINESE))
    return Face(*_LATIN, _CHINESE)


def _writes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _embedded(text: str, data: bytes) -> Face:
    from reportlab.pdfbase.ttfonts import TTFont

    if len(data) > MAX_FONT_BYTES:
        raise FormatError(f"a font has at most {MAX_FONT_BYTES} bytes")
    try:
        font = TTFont(_OWN, BytesIO(data))
        glyphs = font.face.charToGlyph
    except Exception:  # noqa: BLE001  # of a damaged font reportlab raises whatever its tables lead to
        raise FormatError(_NOT_A_FONT) from None
    missing = len({each for each in text if ord(each) not in glyphs})
    if missing:
        raise FormatError(f"the font lacks {missing} of the characters of this language")
    return Face(_OWN, None, own=font)
