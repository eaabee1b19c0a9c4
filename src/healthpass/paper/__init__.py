"""Passes for people without a phone: a wallet-size card, and an A4 sheet of one-day passes to cut out. SVG and PDF.
And a station's survey form, to fill in by hand (`healthpass.paper.form`).

    batch, as the platform returns it ──► passes_of ──► card or sheet ──► to_svg, to_pdf

What is printed in words is what the person needs: which day, from when until when, that the pass is shown together
with the document, and how it is withdrawn. **The colour is not printed.** A word beside a code can be forged with a
pen, so nobody may go by it; and whoever saw the card in a wallet or a letter box would read it, where the code is read
by those alone who scan it. For the same reasons there is no name and no number: what counts is in the code, and is
verified there.

No function here reads a clock, and the same input gives the same bytes. Nothing of what is printed is kept. A font of
one's own is kept by its `Page` alone; reportlab keeps, once and for good, what it knows of its own fonts.
"""

from __future__ import annotations

from healthpass.paper.form import form_pdf
from healthpass.paper.language import SHIPPED, Language
from healthpass.paper.layout import MAX_ON_SHEET, Page, card, sheet
from healthpass.paper.passes import PaperPass, passes_of
from healthpass.paper.pdf import to_pdf
from healthpass.paper.svg import to_svg
from healthpass.paper.time_zones import parse_zone

__all__ = [
    "MAX_ON_SHEET",
    "SHIPPED",
    "Language",
    "Page",
    "PaperPass",
    "card",
    "form_pdf",
    "parse_zone",
    "passes_of",
    "sheet",
    "to_pdf",
    "to_svg",
]
