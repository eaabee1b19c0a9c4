"""QR codes: drawn for the terminal and as PNG by segno, and read back from pictures."""

from __future__ import annotations

import sys
from io import BytesIO, StringIO

from healthpass.cli.output import can_show, echo
from healthpass.cli.pictures import read_image
from healthpass.paper.qr import QUIET_ZONE, draw

__all__ = ["QUIET_ZONE", "draw", "png", "read_image", "show", "show_symbol"]


def show(text: str) -> None:
    """Print the symbol and its text on standard output. Raises as `show_symbol`."""
    show_symbol(text)
    echo(text)


def show_symbol(text: str) -> None:
    """Print the symbol on standard output.

    The symbol is of half blocks, light ones, for a dark screen. Where the encoding of standard output has none (GBK,
    code page 1252, ASCII), dark modules are `##`, for a light screen.

    Raises:
        OSError: it cannot be printed.
    """
    for line in _lines(text, getattr(sys.stdout, "encoding", None) or "utf-8"):
        echo(line)


def _lines(text: str, encoding: str) -> list[str]:
    out = StringIO()
    draw(text).terminal(out, border=QUIET_ZONE, compact=True)
    drawn = out.getvalue()
    if can_show(drawn, encoding):
        return drawn.splitlines()
    return ["".join("##" if dark else "  " for dark in row) for row in draw(text).matrix_iter(border=QUIET_ZONE)]


def png(text: str, scale: int = 6) -> bytes:
    """The symbol as a PNG file, `scale` pixels for each module."""
    out = BytesIO()
    draw(text).save(out, kind="png", scale=scale, border=QUIET_ZONE)
    return out.getvalue()
