"""Text files that went through other hands: an editor, a mail program, `git` on Windows, PowerShell.

Line ends of Windows (CR LF), a byte order mark, blanks at the ends of lines (RFC 7468 has both in keys) and blank lines
at the end of a file say nothing, and are dropped. A file in UTF-16 is an error that says what to do.
"""

from __future__ import annotations

from healthpass.errors import FormatError

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def text_of(data: bytes, what: str = "") -> str:
    """The text of a file's bytes, as `tidy` leaves it.

    Args:
        data: UTF-8.
        what: what the file is, for the error.

    Raises:
        FormatError: it is UTF-16, or no text.
    """
    head = f"{what}: " if what else ""
    if data.startswith(_UTF_16) or b"\x00" in data[:4]:
        raise FormatError(f"{head}this is UTF-16 text, or none; save it as UTF-8")
    try:
        return tidy(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise FormatError(f"{head}not a text file; check which file it is, and that it is UTF-8") from None


def tidy(text: str) -> str:
    """`text` with LF after each line, without byte order mark, blanks at ends of lines and blank lines at the end."""
    if text.startswith("\ufeff") or "\r" in text or " \n" in text or "\t\n" in text or text[-2:-1].isspace():
        lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        text = "\n".join(line.rstrip(" \t") for line in lines)
    text = text.rstrip("\n \t")
    return f"{text}\n" if text else ""
