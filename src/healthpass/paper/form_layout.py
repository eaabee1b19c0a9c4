"""Where everything of a printed form goes: lines of text, boxes to tick, lines to write on. It draws nothing.

Lengths are in points (1/72 inch). In a block, y is the distance downwards from its top, and x from the left margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from healthpass.errors import FormatError
from healthpass.paper.layout import A4, MM
from healthpass.paper.typesetting import Measure, broken
from healthpass.station.survey_form import CHOICE, DATE, HEADING, NUMBER, TEXT, YES_NO, Field, Form
from healthpass.station.survey_words import words

WIDTH, HEIGHT = A4
MARGIN = 18 * MM
ROOM = WIDTH - 2 * MARGIN
TALLEST = HEIGHT - 2 * MARGIN
TITLE, SECTION, LABEL, HELP = 22.0, 17.0, 14.0, 11.0
"""Sizes of type, in points."""
LEADING = 1.35
TICK = 5 * MM
WRITING = 10 * MM
"""Between two lines to write on."""
_GAP = 5 * MM
_INDENT = 4 * MM
_BESIDE = 2 * MM
"""Between a box and its text."""
_SLACK = 0.01


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
    """What stands together on one page; the y of its marks is from its top."""

    marks: list[Mark]
    height: float = 0


@dataclass(slots=True)
class _Question:
    """A field in rows that are not broken, one below the other. A row has its height, and its marks from its top.

    Attributes:
        asked: how many rows, of the first, are the question itself; one more row stays with them.
    """

    rows: list[Block]
    asked: int = 0
    heading: bool = False

    @property
    def height(self) -> float:
        return sum(row.height for row in self.rows)

    @property
    def start(self) -> float:
        """What must not be parted: all of it, if a page has room for that."""
        return self.height if self.height <= TALLEST else sum(row.height for row in self.rows[: self.asked + 1])


def pages_of(form: Form, language: str, face: Measure) -> list[list[tuple[float, Block]]]:
    """The pages: blocks, each with the y of its top on the page. A question that is taller than a page is parted.

    Raises:
        FormatError: the font has so wide letters that they do not fit.
    """
    pages: list[list[tuple[float, Block]]] = [[]]
    y = MARGIN
    questions = list(_questions(form, language, face))
    for number, question in enumerate(questions):
        needed = question.start
        if question.heading and number + 1 < len(questions):  # a heading is not left behind at a page's end
            needed += _GAP + questions[number + 1].start
        if y + needed > HEIGHT - MARGIN and pages[-1]:
            pages.append([])
            y = MARGIN
        block = Block([])
        for row in question.rows:
            if y + block.height + row.height > HEIGHT - MARGIN + _SLACK and (pages[-1] or block.marks):
                if block.marks:
                    pages[-1].append((y, block))
                pages.append([])
                y, block = MARGIN, Block([])
            block.marks += [replace(mark, y=mark.y + block.height) for mark in row.marks]
            block.height += row.height
        pages[-1].append((y, block))
        y += block.height + _GAP
    _check(pages, face)
    return pages


def _check(pages: list[list[tuple[float, Block]]], face: Measure) -> None:
    """Whether everything is on its page: a font of somebody else's may have letters of any width."""
    for mark in (mark for page in pages for _, block in page for mark in block.marks):
        if mark.x + max(mark.width, face.width(mark.text, mark.size, mark.bold)) > ROOM + _SLACK:
            raise FormatError("the letters of the font are too wide for the form: give another one")


def _questions(form: Form, language: str, face: Measure) -> Iterator[_Question]:
    said = words(language)
    number = 0
    for place, field in enumerate(form.fields):
        rows: list[Block] = []
        if field.kind == HEADING:
            size = TITLE if place == 0 else SECTION
            _write(rows, field.label[language], size, True, face)
            if place == 0:
                _write(rows, said["must"], HELP, False, face)
        else:
            number += 1
            _write(rows, f"{number}. {field.label[language]}" + (" *" if field.required else ""), LABEL, True, face)
        if field.help:
            _write(rows, field.help[language], HELP, False, face)
        if field.kind == CHOICE:
            _write(rows, said["many" if field.many else "one"], HELP, False, face)
        asked = len(rows)
        _room_to_answer(rows, field, language, face)
        yield _Question(rows, asked, field.kind == HEADING)


def _room_to_answer(rows: list[Block], field: Field, language: str, face: Measure) -> None:
    said = words(language)
    if field.kind == TEXT:
        rows += [Block([Mark(_INDENT, WRITING, ROOM - _INDENT)], WRITING) for _ in range(field.lines)]
    elif field.kind == NUMBER:
        unit = Mark(_INDENT + 42 * MM, WRITING, text=field.unit, size=LABEL)
        rows.append(Block([Mark(_INDENT, WRITING, 40 * MM), unit], WRITING))
    elif field.kind == DATE:
        rows.append(_date([said["year"], said["month"], said["day"]], face))
    elif field.kind == YES_NO:
        rows += _ticks([said["yes"], said["no"]], face)
    elif field.kind == CHOICE:
        rows += _ticks([texts[language] for texts in field.options.values()], face)


def _write(rows: list[Block], text: str, size: float, bold: bool, face: Measure) -> None:
    for line in broken(face, text, size, bold, ROOM, cut=True):
        rows.append(Block([Mark(0, (LEADING - 0.3) * size, text=line, size=size, bold=bold)], LEADING * size))


def _date(names: list[str], face: Measure) -> Block:
    """A box for each digit: four, two and two."""
    x, top = _INDENT, 2 * MM
    row = Block([], top + WRITING)
    for digits, name in zip((4, 2, 2), names, strict=True):
        for _ in range(digits):
            row.marks.append(Mark(x, top, 8 * MM, WRITING))
            x += 8 * MM
        row.marks.append(Mark(x + MM, top + 0.7 * WRITING, text=name, size=HELP))
        x += face.width(name, HELP, False) + 5 * MM
    return row


def _ticks(texts: list[str], face: Measure) -> list[Block]:
    """Boxes with their texts, as many in a row as fit. A text of several lines has a row of its own."""
    above, step = 2 * MM, TICK + 3.5 * MM
    rows: list[Block] = []
    x = ROOM
    for text in texts:
        lines = broken(face, text, LABEL, False, ROOM - _INDENT - TICK - _BESIDE, cut=True)
        width = TICK + _BESIDE + max(face.width(line, LABEL, False) for line in lines)
        if x + width > ROOM or len(lines) > 1:
            top = 0 if rows else above
            rows.append(Block([], top + step + (len(lines) - 1) * LEADING * LABEL))
            x = _INDENT
        else:
            top = rows[-1].marks[0].y
        rows[-1].marks.append(Mark(x, top, TICK, TICK))
        for place, line in enumerate(lines):
            y = top + 0.8 * TICK + place * LEADING * LABEL
            rows[-1].marks.append(Mark(x + TICK + _BESIDE, y, text=line, size=LABEL))
        x = ROOM if len(lines) > 1 else x + width + 6 * MM
    return rows
