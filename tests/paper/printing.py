"""Passes to print, from fixed seeds: fifteen days of windows from 25 November 2026, 04:00 in Shanghai."""

from __future__ import annotations

from healthpass import Color
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.window import Window
from healthpass.paper import PaperPass, parse_zone, passes_of
from tests.making import DAY, sign_claim, signer

START = 1_795_550_400
"""2026-11-24 20:00 UTC."""
SHANGHAI = parse_zone("Asia/Shanghai")
WINDOWS = [
    Window(
        (1000 + n).to_bytes(4, "big"),
        signer(2000 + n).public_key,
        START + n * DAY,
        START + (n + 1) * DAY,
        4**10,
        Binding.DEVICE | Binding.DOCUMENT,
        document_key_id=b"doc0",
    )
    for n in range(15)
]
BY_KID = {window.kid: window for window in WINDOWS}


def paper_claim(day: int = 0, slot: int = 7, color: Color = Color.GREEN) -> bytes:
    """A document-bound claim of that day."""
    window = WINDOWS[day]
    claim = Claim(window.kid, window.expires, slot + day, color, tag=(40_000 + 77 * day).to_bytes(2, "big"))
    return sign_claim(claim, signer(2000 + day))


def passes(days: int = 14) -> list[PaperPass]:
    """One for each day."""
    return passes_of([paper_claim(day) for day in range(days)], BY_KID, now=START)
