"""What commands print: a result, as lines for people or as one JSON object for programs; and `echo`, through which
everything goes that a terminal shows.

Commands name each field once, as JSON has it; a line for people shows the name with blanks. A value may be a text, a
number, a truth value, None, bytes, a path, a member of one of the library's enumerations, a `Moment`, a `Told`, or a
list or dictionary of these.
"""

from __future__ import annotations

import errno
import json
import select
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click

from healthpass._files import naming
from healthpass._shown import shown
from healthpass._values import LightIntEnum

Fields: TypeAlias = dict[str, Any]
"""From the names of JSON (letters, digits, underscores) to values."""


NOT_SHOWN = "not shown"
"""In place of a secret."""
SEALED = "sealed, cannot be read"
"""In place of what only somebody else can open."""


class Moment(int):
    """A time, in seconds since 1970 UTC: an integer in JSON, and date and time in UTC for people."""

    def __str__(self) -> str:
        return when(self)


class Told:
    """A value of JSON that people read in other words."""

    __slots__ = ("text", "value")

    def __init__(self, value: Any, text: str) -> None:
        self.value, self.text = value, text


def member(kind: type[LightIntEnum], number: int) -> int:
    """The member of an enumeration that has this number; where none has, the number."""
    try:
        return kind(number)
    except ValueError:
        return number


def when(seconds: int) -> str:
    """A time for people, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def hours(seconds: int) -> str:
    """A time span for people: whole hours, or less than one."""
    count = seconds // 3600
    return "less than an hour" if count == 0 else f"{count} hour{'s' * (count > 1)}"


def say(fields: Mapping[str, Any], as_json: bool) -> None:
    """Print a result: as a line of JSON, or a line for each field.

    Bytes (keys, digests, ids) are hexadecimal digits: as people read and compare them, or in JSON without blanks.
    """
    if as_json:
        echo(json_line(fields))
        return
    for line in _lines(fields):
        echo(line)


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a line, on standard output or standard error, as `clean` lets it through.

    A character that the terminal's encoding has not is shown by its number (`\\u7eff`).

    Raises:
        OSError: it cannot be printed; named as standard output or standard error.
    """
    with naming("standard error" if err else "standard output"):
        click.echo(clean(text), file=sys.stderr if err else sys.stdout, nl=nl)


def check_open() -> None:
    """Find out before anything is done whether somebody reads standard output.

    Raises:
        OSError: nobody does, or what was printed before cannot be.
    """
    with naming("standard output"):
        sys.stdout.flush()
        try:
            handle = sys.stdout.fileno()
        except (OSError, ValueError):  # no file: a test's, or another program's
            return
        if hasattr(select, "poll"):
            waiting = select.poll()
            waiting.register(handle, 0)
            if any(events & (select.POLLERR | select.POLLNVAL) for _, events in waiting.poll(0)):
                raise BrokenPipeError(errno.EPIPE, "nobody reads it")


def steady() -> None:
    """Let standard output and standard error show by its number what their encodings have not, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def clean(text: str) -> str:
    """`text` without what steers a terminal or turns the reading order round: control characters (C0 and C1),
    bidirectional and other invisible format characters, line ends, surrogates. Each becomes U+FFFD."""
    if text.isprintable():
        return text
    return "".join(each if _is_safe(each) else "\N{REPLACEMENT CHARACTER}" for each in text)


def _is_safe(character: str) -> bool:
    """Joiners are: words of some scripts are spelt with them. So are blanks of all widths."""
    return character.isprintable() or character in "\u200c\u200d" or unicodedata.category(character) == "Zs"


def json_line(fields: Mapping[str, Any]) -> str:
    """A line of JSON. What `clean` would take out, or the encoding of standard output has not, is escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    text = json.dumps(plain(fields), ensure_ascii=False)
    if text.isprintable() and can_show(text, encoding):
        return text
    return "".join(each if _is_safe(each) and can_show(each, encoding) else _escaped(each) for each in text)


def can_show(text: str, encoding: str) -> bool:
    """Whether a text has a form in that encoding."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _escaped(character: str) -> str:
    """As JSON escapes it; half a surrogate pair, of a file's name that is no text, is no character: U+FFFD."""
    if "\ud800" <= character <= "\udfff":
        character = "\N{REPLACEMENT CHARACTER}"
    return json.dumps(character)[1:-1]


def plain(value: Any) -> Any:
    """A value of `say` as JSON has it. Raises `TypeError` for one of another type."""
    if isinstance(value, Told):
        return plain(value.value)
    if isinstance(value, LightIntEnum):
        return value.name
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _lines(fields: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        label = indent + name.replace("_", " ")
        if isinstance(value, Mapping):
            yield f"{label}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, (list, tuple)) and _in_lines(value):
            yield f"{label}:"
            yield from (f"{indent}  - {_text(each)}" for each in value)
        else:
            yield f"{label.ljust(len(indent) + width)}  {_text(value)}"


def _in_lines(values: Sequence[Any]) -> bool:
    """Whether a list has a line for each: unless it is empty, or one plain value."""
    return len(values) > 1 or any(isinstance(each, Mapping) for each in values)


def _text(value: Any) -> str:
    if isinstance(value, Told):
        return value.text
    if isinstance(value, LightIntEnum):
        return value.name
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes):
        return shown(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')}: {_text(each)}" for name, each in value.items() if each is not None)
    if isinstance(value, (list, tuple)):
        return " + ".join(map(_text, value))
    return str(value)
