"""A survey's form on paper: an A4 PDF in large type, with lines to write on and boxes to tick.

The same form, language and font give the same bytes, with one edition of reportlab.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

from healthpass.crypto import ed25519
from healthpass.errors import FormatError
from healthpass.station.form_layout import HEIGHT, HELP, MARGIN, WIDTH, Mark, pages_of
from healthpass.station.survey_form import Form

_LINE_WIDTH = 0.9
_FOOT = 0.6 * MARGIN

FontName = Callable[[bool], str]
"""The name under which a font is known, for bold or not."""


def form_pdf(form: Form, language: str, font: str | None = None) -> bytes:
    """The form's PDF.

    Latin text is set in Helvetica, which every reader has. Chinese is set in STSong-Light, which is named and not
    embedded: readers have it or put another font in its place. With `font`, everything is set in that font, and what is
    needed of it is embedded.

    Args:
        form: from `form_from_toml`.
        language: one of the form's.
        font: the path of a TrueType font.

    Raises:
        FormatError: the form is not in that language; not a TrueType font that can be embedded; or the font, whichever
            it is, has not all characters.
        ImportError: reportlab is not installed.
        OSError: the font cannot be read.
    """
    form.check_language(language)
    try:
        canvas_of, metrics = import_module("reportlab.pdfgen.canvas"), import_module("reportlab.pdfbase.pdfmetrics")
    except ImportError as error:
        raise ImportError("printing needs reportlab: pip install 'healthpass[paper]'") from error
    name = _embedded(metrics, font) if font is not None else _named(metrics, language)
    pages = pages_of(form, language, lambda text, size, bold: float(metrics.stringWidth(text, name(bold), size)))
    for mark in (mark for page in pages for _, block in page for mark in block.marks):
        _check_glyphs(metrics.getFont(name(mark.bold)), mark.text)
    out = io.BytesIO()
    canvas = canvas_of.Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang=language)
    canvas.setTitle(form.fields[0].label[language])
    for number, page in enumerate(pages, 1):
        canvas.setLineWidth(_LINE_WIDTH)
        for top, block in page:
            for mark in block.marks:
                _draw(canvas, mark, top, name)
        canvas.setFont(name(False), HELP)
        canvas.drawRightString(WIDTH - MARGIN, _FOOT, f"{number} / {len(pages)}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Any, mark: Mark, top: float, name: FontName) -> None:
    x, y = MARGIN + mark.x, HEIGHT - top - mark.y
    if mark.text:
        canvas.setFont(name(mark.bold), mark.size)
        canvas.drawString(x, y, mark.text)
    elif mark.height:
        canvas.rect(x, y - mark.height, mark.width, mark.height)
    elif mark.width:
        canvas.line(x, y, x + mark.width, y)


def _named(metrics: Any, language: str) -> FontName:
    """Fonts that every reader has."""
    if language.split("-")[0].lower() == "zh":
        metrics.registerFont(import_module("reportlab.pdfbase.cidfonts").UnicodeCIDFont("STSong-Light"))
        return lambda bold: "STSong-Light"
    return lambda bold: "Helvetica-Bold" if bold else "Helvetica"


def _embedded(metrics: Any, path: str) -> FontName:
    with open(path, "rb") as file:
        data = file.read()
    fonts = import_module("reportlab.pdfbase.ttfonts")
    name = "form-" + ed25519.sha512(data)[:8].hex()
    try:
        metrics.registerFont(fonts.TTFont(name, io.BytesIO(data)))
    except Exception as error:  # whatever a font file of somebody else's makes reportlab raise
        raise FormatError("not a TrueType font that can be embedded") from error
    return lambda bold: name


def _check_glyphs(font: Any, text: str) -> None:
    glyphs = getattr(getattr(font, "face", None), "charToGlyph", None)
    if glyphs is None:
        known = _encodable(text, "gbk" if font.fontName == "STSong-Light" else "cp1252")
    else:
        known = all(ord(each) in glyphs for each in text)
    if not known:
        raise FormatError("the font has not all characters of the form: --font FILE names a TrueType font that has")


def _encodable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
