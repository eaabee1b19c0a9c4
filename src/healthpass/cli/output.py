"""What commands print: a result, as lines for people or as one JSON object for programs.

Commands name each field once, as JSON has it; a line for people shows the name with blanks. A value may be a text, a
number, a truth value, None, bytes, a path, a member of one of the library's enumerations, a `Moment`, a `Told`, or a
list or dictionary of these.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click

from healthpass._intenum import LightIntEnum
from healthpass._shown import shown

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
    """Print a result: as a line of JSON, or a line for each field. No control character of a file reaches the terminal.

    Bytes (keys, digests, ids) are hexadecimal digits: as people read and compare them, or in JSON without blanks.
    """
    if as_json:
        click.echo(json.dumps(plain(fields), ensure_ascii=False))
        return
    for line in _lines(fields):
        click.echo("".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line))


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
