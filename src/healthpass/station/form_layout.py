"""Where everything of a printed form goes: lines of text, boxes to tick, lines to write on. It draws nothing.

Lengths are in points (1/72 inch). In a block, y is the distance downwards from its top, and x from the left margin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from healthpass.station.survey_form import CHOICE, DATE, HEADING, NUMBER, TEXT, YES_NO, Field, Form
from healthpass.station.survey_words import words

MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
MARGIN = 18 * MM
ROOM = WIDTH - 2 * MARGIN
TITLE, SECTION, LABEL, HELP = 22.0, 17.0, 14.0, 11.0
"""Sizes of type, in points."""
LEADING = 1.35
TICK = 5 * MM
WRITING = 10 * MM
"""Between two lines to write on."""
_GAP = 5 * MM
_INDENT = 4 * MM
_NOT_FIRST = "\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f,.;:?!)%"
"""Chinese and Latin punctuation that does not begin a line."""

Measure = Callable[[str, float, bool], float]
"""The width of a text, by its size and whether it is bold."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to draw: a text, or without one a box, or without a height a line.

    Attributes:
        x, y: of a text the left end of its baseline; otherwise the upper left corner.
        width, height: of a box or line.
        text, size, bold: of a text.
    """

    x: float
    y: float
    width: float = 0
    height: float = 0
    text: str = ""
    size: float = 0
    bold: bool = False


@dataclass(slots=True)
class Block:
    """What stays together on one page."""

    marks: list[Mark]
    height: float = 0


def pages_of(form: Form, language: str, measure: Measure) -> list[list[tuple[float, Block]]]:
    """The pages: blocks, each with the y of its top on the page."""
    pages: list[list[tuple[float, Block]]] = [[]]
    y = MARGIN
    blocks = list(_blocks(form, language, measure))
    for number, (block, heading) in enumerate(blocks):
        needed = block.height
        if heading and number + 1 < len(blocks):  # a heading is not left behind at a page's end
            needed += _GAP + blocks[number + 1][0].height
        if y + needed > HEIGHT - MARGIN and pages[-1]:
            pages.append([])
            y = MARGIN
        pages[-1].append((y, block))
        y += block.height + _GAP
    return pages


def wrapped(text: str, width: float, size: float, bold: bool, measure: Measure) -> list[str]:
    """The lines of a text: broken at spaces, and between characters where there are none, as in Chinese."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and measure((lines[-1] + piece).rstrip(), size, bold) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """What is not broken: a word with the space after it, or a wide character with the punctuation after it."""
    piece = ""
    for char in text:
        wide = char >= "\u2e80"
        fresh = piece.endswith(" ") or (piece and (wide or piece[-1] >= "\u2e80"))
        if fresh and char not in _NOT_FIRST and char != " ":
            yield piece
            piece = ""
        piece += char
    yield piece


def _blocks(form: Form, language: str, measure: Measure) -> Iterator[tuple[Block, bool]]:
    said = words(language)
    number = 0
    for place, field in enumerate(form.fields):
        block = Block([])
        if field.kind == HEADING:
            size = TITLE if place == 0 else SECTION
            _write(block, field.label[language], size, True, measure)
            if place == 0:
                _write(block, said["must"], HELP, False, measure)
        else:
            number += 1
            _write(block, f"{number}. {field.label[language]}" + (" *" if field.required else ""), LABEL, True, measure)
        if field.help:
            _write(block, field.help[language], HELP, False, measure)
        _room_to_answer(block, field, language, measure)
        yield block, field.kind == HEADING


def _room_to_answer(block: Block, field: Field, language: str, measure: Measure) -> None:
    said = words(language)
    if field.kind == TEXT:
        for _ in range(field.lines):
            block.height += WRITING
            block.marks.append(Mark(_INDENT, block.height, ROOM - _INDENT))
    elif field.kind == NUMBER:
        block.height += WRITING
        block.marks.append(Mark(_INDENT, block.height, 40 * MM))
        block.marks.append(Mark(_INDENT + 42 * MM, block.height, text=field.unit, size=LABEL))
    elif field.kind == DATE:
        _date(block, [said["year"], said["month"], said["day"]], measure)
    elif field.kind == YES_NO:
        _ticks(block, [said["yes"], said["no"]], measure)
    elif field.kind == CHOICE:
        _write(block, said["many" if field.many else "one"], HELP, False, measure)
        _ticks(block, [texts[language] for texts in field.options.values()], measure)


def _write(block: Block, text: str, size: float, bold: bool, measure: Measure) -> None:
    for line in wrapped(text, ROOM, size, bold, measure):
        block.height += LEADING * size
        block.marks.append(Mark(0, block.height - 0.3 * size, text=line, size=size, bold=bold))


def _date(block: Block, names: list[str], measure: Measure) -> None:
    """A box for each digit: four, two and two."""
    x, top = _INDENT, block.height + 2 * MM
    for digits, name in zip((4, 2, 2), names, strict=True):
        for _ in range(digits):
            block.marks.append(Mark(x, top, 8 * MM, WRITING))
            x += 8 * MM
        block.marks.append(Mark(x + MM, top + 0.7 * WRITING, text=name, size=HELP))
        x += measure(name, HELP, False) + 5 * MM
    block.height = top + WRITING


def _ticks(block: Block, texts: list[str], measure: Measure) -> None:
    """Boxes with their texts, as many in a line as fit."""
    step = TICK + 3.5 * MM
    x, top = _INDENT, block.height + 2 * MM
    for text in texts:
        lines = wrapped(text, ROOM - _INDENT - TICK - 2 * MM, LABEL, False, measure)
        width = TICK + 2 * MM + max(measure(line, LABEL, False) for line in lines) + 6 * MM
        if x > _INDENT and x + width - 6 * MM > ROOM:
            x, top = _INDENT, top + step
        block.marks.append(Mark(x, top, TICK, TICK))
        for place, line in enumerate(lines):
            y = top + 0.8 * TICK + place * LEADING * LABEL
            block.marks.append(Mark(x + TICK + 2 * MM, y, text=line, size=LABEL))
        top += (len(lines) - 1) * LEADING * LABEL
        x += width
    block.height = top + step
