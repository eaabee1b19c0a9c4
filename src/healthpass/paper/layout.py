"""Where everything stands on a card and a sheet. In points (1/72 inch), from the upper left corner.

A module of a code is 8 dots of a 300 dpi printer, 0.677 mm, so that no module is a dot wider than another. A claim that
is bound to a document is a symbol of version 7-M, 45 modules and 4 of quiet zone on each side: 35.9 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise

from healthpass._typed import typed
from healthpass.errors import PaperRefused
from healthpass.paper.fonts import Face, face_for
from healthpass.paper.language import Language
from healthpass.paper.lines import Box, Line, Paragraph, Text, largest, stack
from healthpass.paper.passes import PaperPass
from healthpass.paper.qr import QUIET_ZONE, dark_runs, draw

MM = 72 / 25.4
DOT = 72 / 300
MODULE = 8 * DOT
"""0.677 mm."""
CARD = (85.60 * MM, 53.98 * MM)
"""ID-1 of ISO/IEC 7810: a bank card."""
A4 = (210 * MM, 297 * MM)
COLUMNS, ROWS = 2, 7
MAX_ON_SHEET = COLUMNS * ROWS
CELL = (97 * MM, 39.5 * MM)
MARGIN = (8 * MM, 7 * MM)
"""Left and right of the passes, and above them. Below them is the strip that stays at home."""
LONGEST_DAY = 129_600
"""Seconds of the longest window that goes for one day on a sheet: 36 hours."""

DATE_SIZE, DATE_LEAST = 15.0, 14.0
NEEDED_SIZE = 12.0
"""Of what people need: from when, until when, and that the document goes with it."""
SMALL_SIZE = 9.0


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: the upper left corner of its quiet zone, and its dark modules as runs (column, row, length)."""

    x: float
    y: float
    modules: int
    runs: list[tuple[int, int, int]]


@typed
@dataclass(frozen=True, slots=True)
class Page:
    """What is drawn on one page, and the font that it is measured with."""

    width: float
    height: float
    title: str
    face: Face
    codes: list[Code]
    texts: list[Text]
    lines: list[Line]


@typed
def card(
    passes: Sequence[PaperPass], language: Language, zone: tzinfo, *, font: bytes | None = None, frame: bool = True
) -> Page:
    """A card of the size of a bank card (85.60 x 53.98 mm) for one pass.

    Args:
        passes: from `passes_of`; one.
        language: the words on it.
        zone: for its local times; see `parse_zone`.
        font: a TrueType font to embed; see `healthpass.paper.fonts`.
        frame: whether to draw the edge of the card, to cut along.

    Raises:
        PaperRefused: not one pass ("not-one").
        FormatError: the words do not fit, or the font lacks letters.
    """
    if len(passes) != 1:
        raise PaperRefused("not-one", "a card is for one pass: print several as a sheet")
    face = face_for(_all_words(passes, language, zone), font)
    width, height = CARD
    code = _code(passes[0], 1.4 * MM, 1.4 * MM)
    side = code.x + _side(code)
    right = Box(side + 1 * MM, 1.6 * MM, width - side - 3.5 * MM, side - 1.8 * MM)
    below = Box(4 * MM, side, width - 8 * MM, height - side - 1.6 * MM)
    when = _when(face, right.width, passes[0], language, zone)
    check = [(language.check, SMALL_SIZE, False)]
    texts = stack(face, right, [(language.title, SMALL_SIZE, True)], *when, check)
    texts += stack(face, below, [(language.show, NEEDED_SIZE, True)], [(language.withdraw, SMALL_SIZE, False)])
    edge = _rectangle(0.15 * MM, 0.15 * MM, width - 0.3 * MM, height - 0.3 * MM) if frame else []
    return Page(width, height, language.title, face, [code], texts, edge)


@typed
def sheet(passes: Sequence[PaperPass], language: Language, zone: tzinfo, *, font: bytes | None = None) -> Page:
    """An A4 sheet of one-day passes to cut out, in the order of their days, two beside each other.

    Args:
        passes: from `passes_of`; 1 to 14, each for another day.
        language, zone, font: as for `card`.

    Raises:
        PaperRefused: none, or more than fourteen ("too-many"); one for longer than 36 hours ("not-one-day"); two that
            begin on the same day ("same-day").
        FormatError: the words do not fit, or the font lacks letters.
    """
    if not 1 <= len(passes) <= MAX_ON_SHEET:
        raise PaperRefused("too-many", f"a sheet has 1 to {MAX_ON_SHEET} passes")
    if any(each.expires - each.valid_from > LONGEST_DAY for each in passes):
        raise PaperRefused("not-one-day", "a pass is for longer than 36 hours: print it as a card")
    ordered = sorted(passes, key=lambda each: each.valid_from)
    days = {tuple(language.day(each.valid_from, zone)) for each in ordered}
    if len(days) < len(ordered):
        raise PaperRefused("same-day", "two passes are for the same day: print one of them as a card")
    face = face_for(_all_words(ordered, language, zone), font)
    codes, texts = [], []
    for number, each in enumerate(ordered):
        x = MARGIN[0] + number % COLUMNS * CELL[0]
        y = MARGIN[1] + number // COLUMNS * CELL[1]
        code = _code(each, x + 1 * MM, y + (CELL[1] - 53 * MODULE) / 2)
        left = code.x + _side(code) + 1 * MM
        box = Box(left, y + 1 * MM, x + CELL[0] - left - 2 * MM, CELL[1] - 2 * MM)
        when = _when(face, box.width, each, language, zone)
        last = [(language.show, NEEDED_SIZE, True), (language.check, SMALL_SIZE, False)]
        texts += stack(face, box, [(language.title, SMALL_SIZE, False)], *when, last)
        codes.append(code)
    texts += stack(face, _foot(), [(f"{language.sheet} {language.withdraw}", SMALL_SIZE, False)])
    return Page(*A4, language.title, face, codes, texts, _grid())


def _when(face: Face, width: float, each: PaperPass, language: Language, zone: tzinfo) -> list[list[Paragraph]]:
    """The day in big type, in the largest size in which no line of it is broken; and from when until when."""
    words = language.day(each.valid_from, zone)
    size = largest(face, words, DATE_SIZE, DATE_LEAST, width)
    day = [(line, size, True) for line in words]
    hours = [(line, NEEDED_SIZE, False) for line in language.validity(each.valid_from, each.expires, zone)]
    return [day, hours]


def _code(each: PaperPass, x: float, y: float) -> Code:
    symbol = draw(each.text, "m")
    return Code(x, y, len(symbol.matrix), dark_runs(symbol))


def _side(code: Code) -> float:
    return (code.modules + 2 * QUIET_ZONE) * MODULE


def _foot() -> Box:
    top = MARGIN[1] + ROWS * CELL[1]
    return Box(MARGIN[0], top + 1 * MM, A4[0] - 2 * MARGIN[0], A4[1] - top - 5 * MM)


def _grid() -> list[Line]:
    (left, top), (width, height) = MARGIN, CELL
    right, bottom = left + COLUMNS * width, top + ROWS * height
    across = [Line(left, top + n * height, right, top + n * height) for n in range(ROWS + 1)]
    return across + [Line(left + n * width, top, left + n * width, bottom) for n in range(COLUMNS + 1)]


def _rectangle(x: float, y: float, width: float, height: float) -> list[Line]:
    right, bottom = x + width, y + height
    corners = [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)]
    return [Line(*a, *b) for a, b in pairwise(corners)]


def _all_words(passes: Sequence[PaperPass], language: Language, zone: tzinfo) -> str:
    words = [language.title, language.show, language.check, language.withdraw, language.sheet]
    for each in passes:
        words += language.day(each.valid_from, zone) + language.validity(each.valid_from, each.expires, zone)
    return " ".join(words)
