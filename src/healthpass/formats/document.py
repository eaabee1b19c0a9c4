"""An identity document: what a reader at a gate or a clerk at a desk gives us, and what a document tag is made of.

A number is written in many ways. Here each type of document has one normal form, and a number that no such document can
have is refused, so that a slip of the finger is heard of at once and not as a pass that belongs to somebody else.
"""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass._secret import Secret
from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import machine_zone
from healthpass.formats.machine_zone import FILLER
from healthpass.formats.typed import BLANK, LINE_END, joined, marked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RESIDENT_ID = "resident-id"
"""A resident identity card: 17 digits and a check character (GB 11643-1999, ISO 7064 MOD 11-2)."""
PASSPORT = "passport"
"""A passport, by the number in its machine-readable zone (ICAO Doc 9303 part 4)."""
OTHER = "other"
"""Any other document with a number of 4 to 40 letters and digits."""

MAX_INPUT_CHARS = 256
"""Characters of a number, or of a machine-readable zone, as a person or a reader writes it."""
MAX_NUMBER_CHARS = 40
"""Of a number in its normal form."""
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@typed
class Document:
    """A document, in memory for as long as it takes to compare it and no longer.

    The number is kept in one place, in its normal form, and wiped by `wipe` or at the end of a `with` block. It is in
    no `repr` and no error, and a document can be neither copied nor pickled. (The text that it was made from belongs to
    the caller; Python gives nobody a way to wipe a `str`.)

    Args:
        type: `RESIDENT_ID`, `PASSPORT` or `OTHER`.
        number: as it is printed or read, at most 256 characters. Blanks and dashes of every kind, dots, slashes and
            lower case do not matter; full-width characters and Roman numerals are taken for plain ones. For a passport
            also the number with its check digit; for it and other documents also the machine-readable zone, all of it
            or the line with the number. Brackets, as on the cards of Hong Kong and Macau, do not matter there.

    Raises:
        FormatError: no such type, or no such document can have this number; says what is wrong with it, not what it is.
    """

    __slots__ = ("_number", "type")

    @guarded
    def __init__(self, type: str, number: str) -> None:
        self._number = Secret(_normal(type, number), "ascii")
        self.type = type

    @property
    def number(self) -> Secret:
        """The normalised number, ASCII: the very bytes that are wiped, so make no copy.

        Raises:
            ValueError: it is wiped.
        """
        if self._number.is_wiped:
            raise ValueError("the document was wiped: read it again")
        return self._number

    def wipe(self) -> None:
        """Overwrite the number. Nothing can be done with the document after this."""
        self._number.wipe()

    def __enter__(self) -> Document:
        return self

    def __exit__(self, *exception: object) -> None:
        self.wipe()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return self.type == other.type and self.number == other.number

    __hash__ = None  # type: ignore[assignment]  # a hash of a document number is a document number

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a document is not copied")

    def __repr__(self) -> str:
        return "Document(...)"


def _normal(type: str, number: str) -> str:
    """The number in the normal form of its type. Raises `FormatError`."""
    normal_form = _NORMAL_FORMS.get(type) if isinstance(type, str) else None
    if normal_form is None:
        raise FormatError("a document is of type " + ", ".join(_NORMAL_FORMS))
    if not isinstance(number, str) or not 1 <= len(number) <= MAX_INPUT_CHARS:
        raise FormatError(f"a document number is a text of 1 to {MAX_INPUT_CHARS} characters")
    text = marked(number)
    if not text.isascii():
        raise FormatError("a document number has plain letters and digits only")
    return normal_form(text.replace(".", BLANK).replace("/", BLANK))


@typed
def lines_to_come(type: str, line: str) -> int:
    """How many lines are still to come, if this is the first one of a machine-readable zone; otherwise 0.

    For programs that take a line of input for a number: a reader types the others right after it.

    Args:
        type: of the document.
        line: the line.
    """
    return 0 if type == RESIDENT_ID or len(line) > MAX_INPUT_CHARS else machine_zone.lines_to_come(marked(line))


def _resident_id(text: str) -> str:
    number = joined(text)
    if len(number) != 18:
        raise FormatError("the number of a resident identity card has 18 characters")
    if number[:17].strip(_DIGITS) or number[17] not in _DIGITS + "X":
        raise FormatError("the number of a resident identity card has 17 digits, and a digit or X at its end")
    if not _is_date(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        raise FormatError("the number of a resident identity card has no such date of birth in it")
    # ISO 7064 MOD 11-2, with X for ten: the weights are the powers of two.
    total = sum(int(digit) << 17 - place for place, digit in enumerate(number[:17]))
    if number[17] != "10X98765432"[total % 11]:
        raise FormatError("a character of the identity card's number is wrong: the last one does not match the others")
    return number


def _is_date(year: int, month: int, day: int) -> bool:
    if not 1850 <= year <= 2199 or not 1 <= month <= 12:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= day <= days[month - 1]


def _passport(text: str) -> str:
    zone = machine_zone.number_of(text)
    if zone is not None:
        number, code = zone
        if code and code[0] != "P" and code != "IP":
            raise FormatError("this is the zone of another document than a passport")
    else:
        number = joined(text)
        if len(number) == 10:  # nine characters, which end with fillers if the number is shorter, and a check digit
            if number[9] != machine_zone.check_digit(number[:9]):
                raise FormatError("a character of the passport's number is wrong: its check digit does not match")
            number = number[:9]
        elif _may_have_lost_fillers(text.replace(LINE_END, BLANK)):
            raise FormatError(
                "the digit after the blank may be a check digit: write the passport's number without blanks, or with <"
            )
        number = number.rstrip(FILLER)
    if not 5 <= len(number) <= 9 or number.strip(_LETTERS + _DIGITS):
        raise FormatError("a passport's number has 5 to 9 letters and digits")
    return number


def _may_have_lost_fillers(text: str) -> bool:
    """Whether this may be a number, fillers that were read as blanks, and a check digit. Letters one by one are not.

    With the blanks dropped that would be the number of somebody else's passport.
    """
    groups = text.split(BLANK)  # an empty one where blanks follow one another
    return len(groups) > 1 and len(groups[-1]) == 1 and groups[-1] in _DIGITS and any(len(each) != 1 for each in groups)


def _other(text: str) -> str:
    zone = machine_zone.number_of(text) if FILLER in text or LINE_END in text else None
    number = joined(text).replace("(", "").replace(")", "") if zone is None else zone[0]
    if not 4 <= len(number) <= MAX_NUMBER_CHARS or number.strip(_LETTERS + _DIGITS):
        raise FormatError("a document's number has 4 to 40 letters and digits")
    return number


_NORMAL_FORMS: dict[str, Callable[[str], str]] = {RESIDENT_ID: _resident_id, PASSPORT: _passport, OTHER: _other}
TYPES = tuple(_NORMAL_FORMS)
"""All types of documents."""
