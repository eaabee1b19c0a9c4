"""A page as SVG: one file that needs nothing else. Text is text in the reader's font, as wide as it was measured."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from healthpass._typed import typed
from healthpass.paper.layout import MM, MODULE, Code, Page
from healthpass.paper.qr import QUIET_ZONE

_FONTS = (
    "Helvetica, Arial, 'Liberation Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', "
    "'WenQuanYi Zen Hei', SimHei, sans-serif"
)


@typed
def to_svg(page: Page) -> str:
    """The page as an SVG document, its size in millimetres. Black on white."""
    width, height = page.width, page.height
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width / MM:.2f}mm" height="{height / MM:.2f}mm" '
            f'viewBox="0 0 {width:.3f} {height:.3f}">',
            f"<title>{escape(page.title)}</title>",
            f'<path fill="#fff" d="M0 0H{width:.3f}V{height:.3f}H0z"/>',
            *map(_code, page.codes),
            *_lines(page),
            f'<g fill="#000" font-family="{_FONTS}">',
            *_texts(page),
            "</g>\n</svg>\n",
        )
    )


def _code(code: Code) -> str:
    path = "".join(f"M{x} {y}h{n}v1h-{n}z" for x, y, n in code.runs)
    x, y = code.x + QUIET_ZONE * MODULE, code.y + QUIET_ZONE * MODULE
    place = f"translate({x:.3f} {y:.3f}) scale({MODULE:.4g})"
    return f'<path fill="#000" shape-rendering="crispEdges" transform="{place}" d="{path}"/>'


def _lines(page: Page) -> Iterator[str]:
    path = "".join(f"M{each.x1:.2f} {each.y1:.2f}L{each.x2:.2f} {each.y2:.2f}" for each in page.lines)
    if path:
        yield f'<path fill="none" stroke="#888" stroke-width=".4" stroke-dasharray="3 3" d="{path}"/>'


def _texts(page: Page) -> Iterator[str]:
    for each in page.texts:
        weight = ' font-weight="bold"' if each.bold else ""
        measured = f'textLength="{each.width:.2f}" lengthAdjust="spacingAndGlyphs"'
        place = f'x="{each.x:.2f}" y="{each.y:.2f}" font-size="{each.size:g}"'
        yield f"<text {place}{weight} {measured}>{escape(each.text)}</text>"
