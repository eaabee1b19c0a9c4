"""What people type from a card or a slip of paper, and what readers of documents type for them.

One rule for document numbers and recovery codes: Unicode's NFKC, so that full-width and Roman-numeral forms are the
plain characters that they stand for; then format characters go, and dashes, blanks and a full stop at the end do not
count.
"""

from __future__ import annotations

BLANK, LINE_END = " ", "\n"
_DASHES = "\u02d7\u2043\u2212\u2500\u2501\u30fc"
"""What is taken for a dash beside the characters of category Pd: minus signs, a hyphen bullet, lines, U+30FC."""
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_INVISIBLE = ((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180D), (0x180F, 0x180F), (0x3164, 0x3164))
_MORE_INVISIBLE = ((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF))
_AROUND = BLANK + LINE_END + "\x02\x03"
"""With STX and ETX, which some readers type around what they have read."""
_AFTER = _AROUND + ".\u3002"


def marked(text: str) -> str:
    """The text in NFKC and in upper case, with a space for each blank or dash, and LF for each line end.

    Gone are format and other invisible characters, STX and ETX around it, blanks and line ends around it, and full
    stops at its end. Without its spaces and LFs it is what counts; with them a reader can tell what may have been
    a filler.
    """
    if not text.isascii():  # what is ASCII is in every normal form
        from unicodedata import category, normalize  # lazy: most scanners need none

        text = "".join(_mark(each, category(each)) for each in normalize("NFKC", text) if not is_invisible(each))
    else:
        text = "".join(_mark(each, "") for each in text)
    text = text.strip(_AROUND).rstrip(_AFTER)
    return text.upper() if text.isascii() else text


def joined(text: str) -> str:
    """What counts of a marked text."""
    return text.replace(BLANK, "").replace(LINE_END, "")


def is_invisible(char: str) -> bool:
    """Whether nobody sees this character: a format character (Cf), or another one of `Default_Ignorable_Code_Point`."""
    if char.isascii():
        return False
    from unicodedata import category

    point = ord(char)
    return category(char) == "Cf" or any(low <= point <= high for low, high in (*_INVISIBLE, *_MORE_INVISIBLE))


def _mark(char: str, category: str) -> str:
    if char in _LINE_ENDS:
        return LINE_END
    if category in ("Pd", "Zs") or char in " \t-\u2800" or char in _DASHES:
        return BLANK
    return char
