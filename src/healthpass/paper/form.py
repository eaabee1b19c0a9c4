"""A survey's form on paper: an A4 PDF in large type, with lines to write on and boxes to tick.

The same form, language and font give the same bytes, with one edition of reportlab.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from healthpass._typed import typed
from healthpass.paper.fonts import Face, face_for
from healthpass.paper.form_layout import HEIGHT, HELP, MARGIN, WIDTH, Mark, pages_of
from healthpass.paper.pdf import draw_line
from healthpass.station.survey_form import Form
from healthpass.station.survey_words import words

_LINE_WIDTH = 0.9
_FOOT = 0.6 * MARGIN
_ALWAYS = "0123456789. /*"
"""Numbers of questions and pages."""
_SAID = ("must", "one", "many", "yes", "no", "year", "month", "day")


@typed
def form_pdf(form: Form, language: str, font: bytes | None = None) -> bytes:
    """The form's PDF. What does not fit on a page goes on on the next one, and nothing is cut off.

    Latin text is set in Helvetica, which every reader has. Everything else is set in a font of the system that has
    all of it, and with `font` everything is set in that; what is needed of it is embedded.

    Args:
        form: from `form_from_toml`.
        language: one of the form's.
        font: a TrueType font file or collection (its first font), at most 32 MiB.

    Raises:
        FormatError: the form is not in that language; what `healthpass.paper.fonts.face_for` raises; or characters so
            wide that they do not fit on a page.
        ImportError: reportlab is not installed.
    """
    form.check_language(language)
    try:
        from reportlab.pdfgen.canvas import Canvas

        face = _face(form, language, font)
    except ImportError as error:
        raise ImportError("printing needs reportlab: pip install 'healthpass[paper]'") from error
    pages = pages_of(form, language, face)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang=language)
    canvas.setTitle(form.fields[0].label[language])
    with face.drawing():
        for number, page in enumerate(pages, 1):
            canvas.setLineWidth(_LINE_WIDTH)
            for top, block in page:
                for mark in block.marks:
                    _draw(canvas, face, mark, top)
            foot = f"{number} / {len(pages)}"
            draw_line(canvas, face, (WIDTH - MARGIN - face.width(foot, HELP, False), _FOOT), foot, HELP, False)
            canvas.showPage()
        canvas.save()
    return out.getvalue()


def _draw(canvas: Any, face: Face, mark: Mark, top: float) -> None:
    x, y = MARGIN + mark.x, HEIGHT - top - mark.y
    if mark.text:
        draw_line(canvas, face, (x, y), mark.text, mark.size, mark.bold)
    elif mark.height:
        canvas.rect(x, y - mark.height, mark.width, mark.height)
    elif mark.width:
        canvas.line(x, y, x + mark.width, y)


def _face(form: Form, language: str, font: bytes | None) -> Face:
    """Without outlines: where not everything can be bold nothing is, for large type needs no thicker strokes."""
    face = face_for("".join(_texts(form, language)), font)
    return face if face.bold else replace(face, bold=face.regular, outline=False)


def _texts(form: Form, language: str) -> Iterator[str]:
    """Everything that may be written."""
    said = words(language)
    yield _ALWAYS
    yield from (said[name] for name in _SAID)
    for field in form.fields:
        yield field.label[language]
        yield field.help.get(language, "")
        yield field.unit
        yield from (texts[language] for texts in field.options.values())
