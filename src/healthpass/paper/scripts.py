"""Which scripts can be set by putting one letter after the other, from left to right. The others are refused.

Nothing here shapes text (as HarfBuzz does) or orders it (Unicode's bidirectional algorithm, UAX 9). Letters of Arabic
come out unjoined and backwards without it, vowels of Devanagari beside their consonants: a line that looks like
writing and is none. So it is refused for PDF and SVG alike; the code itself needs no letters.
"""

from __future__ import annotations

import unicodedata

from healthpass.errors import FormatError

_RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "PDF", "PDI", "FSI"}
_SHAPED = (
    (0x0900, 0x109F),  # of India and Sri Lanka; Thai, Lao, Tibetan, Burmese
    (0x1100, 0x11FF),  # Hangul in letters, which NFC has not put together
    (0x1700, 0x18AF),  # of the Philippines; Khmer, Mongolian
    (0x1900, 0x1CFF),  # Limbu to Vedic: all joined, stacked or reordered
    (0xA800, 0xABFF),  # Syloti Nagri to Meetei Mayek
    (0xD7B0, 0xD7FF),
    (0x10A00, 0x10A5F),
    (0x11000, 0x11FFF),  # Brahmi and what came of it
    (0x1E2C0, 0x1E2FF),
)
"""Blocks of Unicode whose letters are joined, stacked or put in another order."""


def check_script(text: str) -> None:
    """Hold a text to what can be set here.

    Raises:
        FormatError: "script-not-supported": a character of a script that has to be joined, stacked or set from right to
            left, or a mark over or under a letter that Unicode has no single character for. It names the script.
    """
    for char in text:
        if unicodedata.bidirectional(char) in _RIGHT_TO_LEFT or any(a <= ord(char) <= b for a, b in _SHAPED):
            raise _refused(f"{_script(char)} is joined, stacked or set from right to left")
        if unicodedata.category(char)[0] == "M":
            raise _refused("a mark stands on a letter that has no character of its own with it")
        if unicodedata.category(char) == "Cf":
            raise _refused("an invisible character directs how letters are joined or ordered")


def _script(char: str) -> str:
    """The first word of the character's name, which is the script's."""
    return unicodedata.name(char, "this script").split(" ", 1)[0].capitalize()


def _refused(why: str) -> FormatError:
    return FormatError(
        f"words that cannot be set right: {why}; print in a language whose letters stand one after the other",
        "script-not-supported",
    )
