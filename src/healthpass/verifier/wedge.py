"""What keyboard-wedge and serial scanners type, as the text of the code that they have read.

Such a scanner is a keyboard or a serial line. It types the code, and around it what it is set to: CR, LF, both, a tab,
an AIM symbology identifier (`]Q1`, ISO/IEC 15424), STX and ETX; a file or a terminal may add a byte order mark. None of
it can belong to a pass, whose text neither begins nor ends with any of that. Nothing inside the text is changed: what a
wrong keyboard layout or Caps Lock has made of it is for `Verifier.decide` to name.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.formats.base45 import MAX_CHARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

_AROUND = " \t\r\n\x00\x02\x03\x04\ufeff"
_MARK = "\u00ef\u00bb\u00bf"
"""The three bytes of a byte order mark, read as if they were characters of their own."""
_SYMBOLOGY, _SYMBOLOGY_SIZE = "]Q", 3
_ENDS = frozenset(("\r", "\n", "\t", "\x03", b"\r", b"\n", b"\t", b"\x03"))
"""Ends of a line: also tab and ETX, for scanners that type nothing after these."""
_MOST = MAX_CHARS + 64
"""Characters of a line that are kept: all that a code can hold, what is taken off, and one more."""


@typed
def reading(line: str | bytes) -> str:
    """What the scanner has read, without what it has typed around it.

    Args:
        line: what came, with or without its end. Bytes that are no UTF-8 become U+FFFD, which no pass has.

    Returns:
        The text for `Verifier.decide`, at most 4,297 characters: one more than a code can hold. Empty for a blank line.
    """
    start = line[:_MOST]
    text = start if isinstance(start, str) else bytes(start).decode("utf-8", "replace")
    text = text.strip(_AROUND).removeprefix(_MARK).lstrip(_AROUND)
    if text.startswith(_SYMBOLOGY):
        text = text[_SYMBOLOGY_SIZE:].lstrip(_AROUND)
    return text[: MAX_CHARS + 1]


@typed
def readings(stream: IO[bytes] | IO[str]) -> Iterator[str]:
    """The texts that a scanner reads, one after the other, each as soon as its end is typed.

    A line ends with CR, LF, a tab or ETX; blank ones are skipped, so CR LF and two line ends are one. Of a line without
    an end no more is kept than a code can hold.

    Args:
        stream: standard input, a serial port or a file, which waits for what comes. Of a text stream with a `buffer`,
            such as `sys.stdin`, the bytes under it are read: it would keep a CR back until the next key.

    Yields:
        As `reading` gives it; never an empty text.

    Raises:
        ValueError: the stream does not wait.
    """
    source: Any = getattr(stream, "buffer", stream)
    line: Any = None
    while char := source.read(1):
        if char in _ENDS:
            if line and (text := reading(line)):
                yield text
            line = None
        elif line is None:
            line = char
        elif len(line) < _MOST:
            line += char
    if char is None:
        raise ValueError("nothing was there to read: open the stream so that it waits for what is typed")
    if line and (text := reading(line)):
        yield text
