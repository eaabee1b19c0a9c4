"""Lines of text in a box: broken where they must be, one below the other. In points, from the upper left corner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from healthpass.errors import FormatError

LEADING, LEAST_LEADING = 1.2, 1.1
"""From one baseline to the next, in sizes of type; and the least, where there is little room."""
_ASCENT = 0.92
_WIDE = "\u2e80"
"""From here on (CJK) a line may be broken between any two characters, but not before a mark that closes."""
_NOT_FIRST = "，。、；：？！）》」』】,.;:?!)%"  # noqa: RUF001  # these are meant
_STEP = 0.5
_SLACK = 0.01
_SQUEEZED = 0.85
"""A sentence that is a little wider than its box is drawn narrower, down to this share, rather than broken."""


class Measure(Protocol):
    """Who knows how wide a text is: a `healthpass.paper.fonts.Face`."""

    def width(self, text: str, size: float, bold: bool) -> float:
        """In points."""
        ...


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


def stack(face: Measure, box: Box, *groups: list[Paragraph]) -> list[Text]:
    """The paragraphs one below the other, with what room is left shared out between the groups, half a line at most.

    Raises:
        FormatError: there is not enough room, or the font gives letters no width.
    """
    listed = [
        [(line, size, bold) for text, size, bold in group for line in _fitted(face, text, size, bold, box.width)]
        for group in groups
    ]
    sizes = sum(size for group in listed for _, size, _ in group)
    leading = max(LEAST_LEADING, min(LEADING, box.height / sizes))
    used = sizes * leading
    if used > box.height + _SLACK:
        raise FormatError("the words of this language do not fit: shorten the longest of them")
    gap = min(max(0, box.height - used) / max(1, len(groups) - 1), 6.0)
    texts, y = [], box.y
    for group in listed:
        for line, size, bold in group:
            width = min(measured(face, line, size, bold), box.width)
            texts.append(Text(box.x, y + size * _ASCENT, size, bold, line, width))
            y += size * leading
        y += gap
    return texts


def largest(face: Measure, lines: list[str], most: float, least: float, width: float) -> float:
    """The largest size of bold type from `most` down in which no line is wider than `width`, and not below `least`."""
    size = most
    while size > least and any(face.width(line, size, True) > width for line in lines):
        size = max(least, size - _STEP)
    return size


def measured(face: Measure, line: str, size: float, bold: bool) -> float:
    """The width of a line that is not empty. Raises `FormatError` if it has none in this font: nobody could read it."""
    width = face.width(line, size, bold)
    if not width > 0:
        raise FormatError("the font gives letters no width: give another one")
    return width


def broken(face: Measure, text: str, size: float, bold: bool, width: float, *, cut: bool = False) -> list[str]:
    """The lines of a text, none of them empty: broken at spaces, and between wide characters, as in Chinese.

    Args:
        cut: whether a word that is wider than a line is cut where the line ends.

    Raises:
        FormatError: a word is wider than a line, and is not to be cut, or a single character is.
    """
    lines, line = [], ""
    for piece in _pieces(text.strip()):
        for part in _cut(face, piece, size, bold, width) if cut else (piece,):
            if line and face.width((line + part).rstrip(), size, bold) > width:
                lines.append(line.rstrip())
                line = ""
            line += part
    lines.append(line.rstrip())
    if any(face.width(each, size, bold) > width for each in lines):
        raise FormatError("a word of this language does not fit: shorten it")
    return [each for each in lines if each]


def _fitted(face: Measure, text: str, size: float, bold: bool, width: float) -> list[str]:
    """One line, if it fits when it is squeezed; otherwise as many as it takes."""
    if text.strip() and face.width(text, size, bold) * _SQUEEZED <= width:
        return [text.strip()]
    return broken(face, text, size, bold, width)


def _cut(face: Measure, piece: str, size: float, bold: bool, width: float) -> Iterator[str]:
    """A piece in parts, each as long as fits in a line."""
    part = ""
    for char in piece:
        if part and face.width((part + char).rstrip(), size, bold) > width:
            yield part
            part = ""
        part += char
    yield part


def _pieces(text: str) -> list[str]:
    """The text in pieces between which a line may be broken, each with the white space after it."""
    pieces = [""]
    for at, char in enumerate(text):
        before = text[at - 1] if at else ""
        wide = char >= _WIDE or before >= _WIDE
        if before and char != " " and char not in _NOT_FIRST and (before == " " or wide):
            pieces.append("")
        pieces[-1] += char
    return pieces
