"""A page as PDF, by reportlab. The same page gives the same bytes: no date, no random id."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from healthpass._typed import typed
from healthpass.paper.fonts import Face
from healthpass.paper.layout import MODULE, Code, Page
from healthpass.paper.lines import measured
from healthpass.paper.qr import QUIET_ZONE

_OUTLINE = 0.03
"""Of the size of type: how thick an outline makes a font without a bold one bold."""


@typed
def to_pdf(page: Page) -> bytes:
    """The page as a PDF document, at its true size: print it at 100 %, not "fit to page".

    One thread at a time draws with a font of one's own.

    Raises:
        FormatError: that font is damaged where its letters are drawn.
    """
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, pagesize=(page.width, page.height), invariant=1, pageCompression=1)
    canvas.setTitle(page.title)
    canvas.setViewerPreference("PrintScaling", "None")
    for code in page.codes:
        _code(canvas, page, code)
    canvas.setStrokeGray(0.5)
    canvas.setLineWidth(0.4)
    canvas.setDash(3, 3)
    for line in page.lines:
        canvas.line(line.x1, page.height - line.y1, line.x2, page.height - line.y2)
    canvas.setDash()
    canvas.setStrokeGray(0)
    with page.face.drawing():
        _texts(canvas, page)
        canvas.showPage()
        canvas.save()
    return file.getvalue()


def _code(canvas: Any, page: Page, code: Code) -> None:
    """All modules as one path, so that no renderer leaves a seam between two of them."""
    left, top = code.x + QUIET_ZONE * MODULE, page.height - code.y - QUIET_ZONE * MODULE
    path = canvas.beginPath()
    for column, row, length in code.runs:
        path.rect(left + column * MODULE, top - (row + 1) * MODULE, length * MODULE, MODULE)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _texts(canvas: Any, page: Page) -> None:
    for each in page.texts:
        canvas.saveState()  # the outline and the scale would go on to the next line
        canvas.setLineWidth(each.size * _OUTLINE)
        share = each.width / measured(page.face, each.text, each.size, each.bold)
        draw_line(canvas, page.face, (each.x, page.height - each.y), each.text, each.size, each.bold, share)
        canvas.restoreState()


def draw_line(
    canvas: Any, face: Face, at: tuple[float, float], text: str, size: float, bold: bool, share: float = 1
) -> None:
    """A line of text; `at` is its left end, from the lower left corner of the page.

    Args:
        share: of the width that it has in the font, how much it gets.
    """
    drawn = canvas.beginText(*at)
    drawn.setHorizScale(100 * share)
    run = face.run(text, bold)
    drawn.setFont(run.font, size)
    drawn.setTextRenderMode(2 if run.outlined else 0)
    drawn.textOut(run.text)
    canvas.drawText(drawn)
