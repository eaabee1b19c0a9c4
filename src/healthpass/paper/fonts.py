"""Which font has the letters, and how wide they are. In points.

Every character that is set has a glyph in its font, or nothing is printed. Without a custom font: Helvetica, one
of the 14 that every PDF reader has, for what it can write; for the rest the first font with all of it in the places
where systems keep them (`healthpass.paper.system_fonts`). Its letters are embedded, as those of a TrueType font of
one's own, and the file looks the same everywhere. What letters alone cannot write is refused:
`healthpass.paper.scripts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import RLock
from typing import Any

from healthpass.errors import FormatError
from healthpass.paper.scripts import check_script
from healthpass.paper.system_fonts import fonts_of_the_system, package_for

MAX_FONT_BYTES = 33_554_432
_LATIN = ("Helvetica", "Helvetica-Bold")
_OWN = "healthpass-own"
"""Under which reportlab knows a custom font while a page is drawn."""
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
        outline: whether an outline stands in for a bold font; otherwise bold looks like regular there.
        own: reportlab's object for a custom font, which is then `regular`.
    """

    regular: str
    bold: str | None
    outline: bool = True
    own: Any = field(default=None, repr=False, compare=False)

    def run(self, text: str, bold: bool) -> Run:
        """A line in its font."""
        name = self.bold if bold else self.regular
        return Run(text, name or self.regular, bold and self.outline and self.bold is None)

    def width(self, text: str, size: float, bold: bool) -> float:
        """How wide a line is, in points."""
        if self.own is not None:
            return float(self.own.stringWidth(text, size))
        from reportlab.pdfbase.pdfmetrics import stringWidth

        return float(stringWidth(text, self.run(text, bold).font, size))

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """While it lasts, reportlab knows a custom font by its name. One thread at a time.

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
        font: a TrueType font file or collection (its first font), at most 32 MiB; None for Helvetica or the system's.

    Raises:
        FormatError: "script-not-supported"; "font-lacks-letters": the font that was given lacks some; "no-font": none
            was given, and none of the system's has all of them: it names what to install; "malformed": not a TrueType
            font with TrueType outlines.
    """
    check_script(text)
    if font is not None:
        face, missing = _embedded(text, font)
        if missing:
            raise FormatError(
                f"the font lacks {missing} of the characters of this language; give another one", "font-lacks-letters"
            )
        return face
    if _in_helvetica(text):
        return Face(*_LATIN)
    for data in fonts_of_the_system(MAX_FONT_BYTES):
        try:
            face, missing = _embedded(text, data)
        except FormatError:  # that one cannot be embedded: perhaps the next
            continue
        if not missing:
            return face
    raise FormatError(
        f"no font of this system has all letters of this language; install {package_for(text)}, "
        "or give a TrueType font (--font)",
        "no-font",
    )


def _in_helvetica(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _embedded(text: str, data: bytes) -> tuple[Face, int]:
    """The face of a font, and how many of the characters it has no glyph for, or one that draws nothing."""
    from reportlab.pdfbase.ttfonts import TTFont

    if len(data) > MAX_FONT_BYTES:
        raise FormatError(f"a font has at most {MAX_FONT_BYTES} bytes")
    try:
        font = TTFont(_OWN, BytesIO(data))
        glyphs, outlines = font.face.charToGlyph, font.face.glyphPos
        missing = sum(
            not glyphs.get(ord(each)) or (not each.isspace() and _draws_nothing(glyphs[ord(each)], outlines))
            for each in set(text)
        )
    except Exception:  # noqa: BLE001  # of a damaged font reportlab raises whatever its tables lead to
        raise FormatError(_NOT_A_FONT) from None
    return Face(_OWN, None, own=font), missing


def _draws_nothing(glyph: int, outlines: list[int]) -> bool:
    return bool(outlines[glyph] == outlines[glyph + 1])
