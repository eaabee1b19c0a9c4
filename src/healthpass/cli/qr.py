"""QR codes: drawn for the terminal and as PNG by segno, and read back from pictures."""

from __future__ import annotations

from io import BytesIO

from healthpass.cli.pictures import read_image
from healthpass.paper.qr import QUIET_ZONE, draw

__all__ = ["QUIET_ZONE", "draw", "png", "read_image"]


def png(text: str, scale: int = 6) -> bytes:
    """The symbol as a PNG file, `scale` pixels for each module."""
    out = BytesIO()
    draw(text).save(out, kind="png", scale=scale, border=QUIET_ZONE)
    return out.getvalue()
