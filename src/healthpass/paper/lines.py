"""Lines of text in a box: broken where they must be, one below the other. In points, from the upper left corner."""

from __future__ import annotations

from dataclasses import dataclass

from healthpass.errors import FormatError
from healthpass.paper.fonts import Face

LEADING = 1.2
"""From one baseline to the next, in sizes of type."""
_ASCENT = 0.92
_WIDE = "\u2e80"
"""From here on (CJK) a line may be broken between any two characters, but not before a closing mark."""
_CLOSING = "，。、；：？！）》」』】"  # noqa: RUF001  # these are meant
_STEP = 0.5
_SQUEEZED = 0.85
"""A sentence that is a little wider than its box is drawn narrower, down to this share, rather than broken."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line: its left end on the baseline, the size of its type, and how wide it is drawn."""

    x: float
    y: float
    size: float
    bold: bool
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line to cut along."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Box:
    """Room for text."""

    x: float
    y: float
    width: float
    height: float


Paragraph = tuple[str, float, bool]
"""A sentence, the size of its type, and whether it is bold."""


def stack(face: Face, box: Box, *groups: list[Paragraph]) -> list[Text]:
    """The paragraphs one below the other, with what room is left shared out between the groups, half a line at most.

    Raises:
        FormatError: there is not enough room.
    """
    broken = [
        [(line, size, bold) for text, size, bold in group for line in _broken(face, text, size, bold, box.width)]
        for group in groups
    ]
    used = sum(size * LEADING for group in broken for _, size, _ in group)
    if used > box.height:
        raise FormatError("the words of this language do not fit: shorten the longest of them")
    gap = min((box.height - used) / max(1, len(groups) - 1), 6.0)
    texts, y = [], box.y
    for group in broken:
        for line, size, bold in group:
            width = min(face.width(line, size, bold), box.width)
            texts.append(Text(box.x, y + size * _ASCENT, size, bold, line, width))
            y += size * LEADING
        y += gap
    return texts


def largest(face: Face, lines: list[str], most: float, least: float, width: float) -> float:
    """The largest size of bold type from `most` down in which no line is wider than `width`, and not below `least`."""
    size = most
    while size > least and any(face.width(line, size, True) > width for line in lines):
        size = max(least, size - _STEP)
    return size


def _broken(face: Face, text: str, size: float, bold: bool, width: float) -> list[str]:
    if face.width(text, size, bold) * _SQUEEZED <= width:
        return [text]
    lines, line = [], ""
    for piece in _pieces(text):
        if line and face.width((line + piece).rstrip(), size, bold) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    lines.append(line.rstrip())
    if any(face.width(each, size, bold) > width for each in lines):
        raise FormatError("a word of this language does not fit: shorten it")
    return lines


def _pieces(text: str) -> list[str]:
    """The text in pieces between which a line may be broken, each with the white space after it."""
    pieces = [""]
    for at, char in enumerate(text):
        before = text[at - 1] if at else ""
        wide = char >= _WIDE or before >= _WIDE
        if before and char != " " and char not in _CLOSING and (before == " " or wide):
            pieces.append("")
        pieces[-1] += char
    return pieces
