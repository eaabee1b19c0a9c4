"""Words and names that people choose: a region's statuses, names of regions, platforms, stations and one's passes.

One word may be spelt in several ways in Unicode, and a copied one brings a blank along. So where a word comes in it is
put into Normalisation Form C, and blanks at its ends are dropped; where words meet, both are in that form. What is on
the wire is bytes, and compared as such, but for a region's statuses.
"""

from __future__ import annotations

from typing import TypeVar
from unicodedata import normalize

from healthpass._values import LightIntEnum
from healthpass.errors import FormatError

M = TypeVar("M", bound=LightIntEnum)

_BLANKS = "\u200b\u2060\ufeff"
"""Blanks of no width, and the byte order mark: `str.strip` leaves these."""


def word(value: object, name: str, most: int) -> str:
    """A text in NFC and without blanks around it, of 1 to `most` characters. Raises `FormatError` if it is none."""
    if type(value) is not str or not 1 <= len(plain := plain_word(value)) <= most:
        raise FormatError(f"{name}: not a text of 1 to {most} characters")
    return plain


def by_word(kind: type[M]) -> dict[str, M]:
    """The members of an enumeration by the words that files, commands and sentences have for them: `care-home`."""
    return {word_of(each): each for each in kind}


def word_of(member: LightIntEnum) -> str:
    """The word for one member."""
    return member.name.lower().replace("_", "-")


def plain_word(value: str) -> str:
    """The same without a look at its length, for comparing and looking up. What is no text stays as it is."""
    if not isinstance(value, str):
        return value
    while value != (shorter := value.strip().strip(_BLANKS)):
        value = shorter
    return normalize("NFC", value)
