"""QR codes as modules (ISO/IEC 18004). Version, level and mask follow from the text alone: a symbol says no more than
its text."""

from __future__ import annotations

import segno

QUIET_ZONE = 4
"""Modules of white around the symbol, as ISO/IEC 18004 asks."""


def draw(text: str, error: str = "l") -> segno.QRCode:
    """The symbol for a text of QR's alphanumeric alphabet, in the smallest version that holds it.

    Args:
        text: as `healthpass.formats.text` makes it.
        error: the level of error correction, exactly: "l" (7 % of the code words can be restored), "m" (15 %), "q" or
            "h". Screens have "l", paper "m".
    """
    return segno.make_qr(text, error=error, boost_error=False, mode="alphanumeric")


def dark_runs(symbol: segno.QRCode) -> list[tuple[int, int, int]]:
    """The dark modules as horizontal runs: column, row and length, in modules, without the quiet zone."""
    runs = []
    for row, modules in enumerate(symbol.matrix):
        start = None
        for column, module in enumerate([*modules, 0]):
            if module and start is None:
                start = column
            elif not module and start is not None:
                runs.append((start, row, column - start))
                start = None
    return runs
