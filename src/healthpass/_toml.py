"""Files that people write: a list of tables of one kind in TOML, and one clear error for anything else."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any, TypeVar

from healthpass._texts import tidy
from healthpass._typed import WrongType
from healthpass.errors import FormatError

_MAX_DOTS = 16
"""In a line. Not a rule of TOML: what `tomllib` needs for a dotted key grows with the square of its length."""

T = TypeVar("T")


def tables_of(text: str, what: str, name: str, most: int, read: Callable[[Any], T]) -> list[T]:
    """What `read` makes of each `[[name]]` of a file that has nothing else.

    Args:
        text: the file, at most `most` characters.
        what: what the file is, for the error.
        name: of the tables.
        read: from a table to a value; raises `FormatError`.

    Raises:
        FormatError: not such a file, or what `read` raises, with the number of the table.
    """
    content = content_of(text, what, most)
    if content.keys() != {name}:
        raise FormatError(f"{what}: a list of [[{name}]] and nothing else")
    return tables_in(content, what, name, read)


def content_of(text: str, what: str, most: int) -> dict[str, Any]:
    """What is in a file of at most `most` characters. Raises `FormatError`."""
    if len(text) > most:
        raise FormatError(f"{what}: at most {most} characters")
    text = tidy(text)
    if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
        raise FormatError(f"{what}: at most {_MAX_DOTS} dots in a line")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: not TOML, or a number of thousands of digits
        raise FormatError(f"{what}: not a TOML file") from error


def tables_in(content: dict[str, Any], what: str, name: str, read: Callable[[Any], T]) -> list[T]:
    """What `read` makes of each `[[name]]` of it. Raises `FormatError` as `tables_of` does."""
    listed = content[name]
    if not isinstance(listed, list):
        raise FormatError(f"{what}: a list of [[{name}]]")
    values = []
    for number, entry in enumerate(listed, 1):
        try:
            values.append(read(entry))
        except (FormatError, WrongType) as error:
            raise FormatError(f"{what}, {name} {number}: {error}") from None
    return values
