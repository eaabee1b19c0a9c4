"""The machine-readable zone of a passport, an identity card or a visa, for the document number in it (ICAO Doc 9303).

    TD3  two lines of 44 characters    passports; visas of format A
    TD2  two lines of 36               identity cards; visas of format B
    TD1  three lines of 30             identity cards, passport cards

Of TD3 and TD2 the second line alone is enough, of TD1 the first.
"""

from __future__ import annotations

from healthpass.errors import FormatError
from healthpass.formats.typed import BLANK, LINE_END, joined

FILLER = "<"
_DIGITS = "0123456789"
_VALUES = _DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NUMBER = 9
"""Characters of the field with the number. A check digit follows; or a filler, and the rest of a longer number."""
_LAYOUTS = ((44, 2, 1, 0, 44, 44), (36, 2, 1, 0, 28, 35), (30, 3, 0, 5, 15, 30))
"""Characters of a line, lines, the line with the number, where it begins there, where a longer number goes on, and
until where. In a TD3 none does."""
_AMBIGUOUS = "blanks stand where fillers may have been: read the zone again, or write the number alone, without blanks"


def check_digit(text: str) -> str:
    """The check digit of ICAO Doc 9303 part 3, section 4.9; no digit if a character has no value."""
    if text.strip(_VALUES + FILLER):
        return ""
    values = (0 if each == FILLER else _VALUES.index(each) for each in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def number_of(text: str) -> tuple[str, str] | None:
    """The number in a zone, without fillers, and the code of the document: its first two characters, or "" if only a
    line without them was read. None if this is no zone.

    Blanks may have been put in, or be fillers that a reader has typed so: each way is tried, and the check digit says
    which is right.

    Args:
        text: as `typed.marked` gives it.

    Raises:
        FormatError: a zone whose check digit does not match its number, or one that can be read in two ways.
    """
    found = set()
    wrong = False
    for chars in _readings(text):
        layout = next((each for each in _LAYOUTS if len(chars) in (each[0], each[0] * each[1])), None)
        if layout is None:
            continue
        number = _number(chars, layout)
        if number is None:
            wrong = True
        else:
            found.add((number, chars[:2] if len(chars) > layout[0] or not layout[2] else ""))
    if len(found) > 1:
        raise FormatError(_AMBIGUOUS)
    if not found and wrong:
        raise FormatError("a character of the document's number is wrong: its check digit does not match")
    return found.pop() if found else None


def lines_to_come(text: str) -> int:
    """How many lines of a zone are still to come after this one, if it is the first of one; otherwise none.

    Args:
        text: a line, as `typed.marked` gives it.
    """
    line = text.replace(BLANK, FILLER)
    first = line[:1]
    if first in ("P", "V", "I", "A", "C") and not any(each in _DIGITS for each in line):
        return int(len(line) in (36, 44) and FILLER * 2 in line)
    long_enough = len(line) == 30 and first in ("P", "I", "A", "C") and FILLER in line
    return 2 if long_enough and _number(line, _LAYOUTS[2]) is not None else 0


def _readings(text: str) -> set[str]:
    """The characters of a zone, with all blanks dropped, and with each blank inside a line taken for a filler."""
    lines = [each.strip(BLANK) for each in text.split(LINE_END) if each.strip(BLANK)]
    readings = {joined(text), "".join(lines).replace(BLANK, FILLER)}
    for size, count, *_ in _LAYOUTS:
        if len(lines) == count and max(map(len, lines)) == len(lines[1]) == size:  # it ends with a check digit
            readings.add("".join(each.replace(BLANK, FILLER).ljust(size, FILLER) for each in lines))
    return readings


def _number(chars: str, layout: tuple[int, int, int, int, int, int]) -> str | None:
    """The number, or None if its check digit does not match."""
    size, _, line, at, more, until = layout
    if len(chars) > size:
        chars = chars[line * size : (line + 1) * size]
    number, check = chars[at : at + _NUMBER], chars[at + _NUMBER]
    rest = chars[more:until].partition(FILLER)[0]
    if check == FILLER and FILLER not in number and len(rest) > 1:
        number, check = number + rest[:-1], rest[-1]
    return number.rstrip(FILLER) if check and check == check_digit(number) else None
