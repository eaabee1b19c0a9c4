"""An identity document: what a reader at a gate or a clerk at a desk gives us, and what a document tag is made of.

A number is written in many ways. Here each type of document has one normal form, and a number that no such document can
have is refused, so that a slip of the finger is heard of at once and not as a pass that belongs to somebody else.
"""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass._secret import Secret
from healthpass.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RESIDENT_ID = "resident-id"
"""A resident identity card: 17 digits and a check character (GB 11643-1999, ISO 7064 MOD 11-2)."""
PASSPORT = "passport"
"""A passport, by the number in its machine-readable zone (ICAO Doc 9303 part 4)."""
OTHER = "other"
"""Any other document with a number of 4 to 40 letters and digits."""

MAX_INPUT_CHARS = 64
"""Characters of a number as a person or a reader writes it."""
_SEPARATORS = " -./\u00a0\u3000\u2010\u2011\u2013\t\r\n"
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINE_SIZE = 44
"""Of the second line of a passport's machine-readable zone (TD3)."""


class Document:
    """A document, in memory for as long as it takes to compare it and no longer.

    The number is kept in one place, in its normal form, and wiped by `wipe` or at the end of a `with` block. It is in
    no `repr` and no error, and a document can be neither copied nor pickled. (The text that it was made from belongs to
    the caller; Python gives nobody a way to wipe a `str`.)

    Args:
        type: `RESIDENT_ID`, `PASSPORT` or `OTHER`.
        number: as it is printed or read, at most 64 characters. Spaces, dashes, dots, slashes and lower case do not
            matter; full-width characters are taken for plain ones. For a passport also the number with its check digit,
            or the whole second line of the machine-readable zone.

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
    return normal_form(_plain(number))


def _plain(number: str) -> str:
    """Upper case, without separators; full-width forms (U+FF01 to U+FF5E) as the plain characters they stand for."""
    chars = (chr(ord(each) - 0xFEE0) if "\uff01" <= each <= "\uff5e" else each for each in number)
    plain = "".join(each for each in chars if each not in _SEPARATORS)
    if not plain.isascii():
        raise FormatError("a document number has plain letters and digits only")
    return plain.upper()


def _resident_id(number: str) -> str:
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


def _passport(number: str) -> str:
    if len(number) == _LINE_SIZE:
        number = number[:10]
    if len(number) == 10:  # nine characters, which end with fillers if the number is shorter, and a check digit
        if number[9] != _mrz_check(number[:9]):
            raise FormatError("a character of the passport's number is wrong: its check digit does not match")
        number = number[:9]
    number = number.rstrip("<")
    if not 5 <= len(number) <= 9 or number.strip(_LETTERS + _DIGITS):
        raise FormatError("a passport's number has 5 to 9 letters and digits")
    return number


def _mrz_check(text: str) -> str:
    """The check digit of ICAO Doc 9303 part 3, section 4.9; no digit if a character has no value."""
    alphabet = _DIGITS + _LETTERS
    if text.strip(alphabet + "<"):
        return ""
    values = (0 if each == "<" else alphabet.index(each) for each in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def _other(number: str) -> str:
    if not 4 <= len(number) <= 40 or number.strip(_LETTERS + _DIGITS):
        raise FormatError("a document's number has 4 to 40 letters and digits")
    return number


_NORMAL_FORMS: dict[str, Callable[[str], str]] = {RESIDENT_ID: _resident_id, PASSPORT: _passport, OTHER: _other}
TYPES = tuple(_NORMAL_FORMS)
"""All types of documents."""
