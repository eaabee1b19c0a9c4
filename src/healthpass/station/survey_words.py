"""What a survey says besides its form's own texts: a small TOML file for each language, in `languages/`.

    yes, no                     the two answers
    must                        beside the star of what must be answered
    one, many                   above the boxes of a choice
    year, month, day            below the boxes of a date
    ask-text, ask-date, …       what is asked for in a terminal, by the kind of field; ask-many: a choice of several
    may-skip                    that a question may be left out
    bad-empty, bad-text, …      what was wrong with an answer, and what to type

All of them must be there, and nothing else. `{most}`, `{least}`, `{decimals}` and `{number}` are filled in where
English has them. A form in a language that has no file is asked with English words around it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from healthpass.errors import FormatError

MAX_FILE_CHARS = 8192
MAX_CHARS = 120
"""Of one text."""
_HOLE = re.compile(r"\{([a-z]*)\}")
_HOLES = {"bad-text": {"most"}, "bad-alone": {"number"}, "bad-number": {"least", "most", "decimals"}}
NAMES = frozenset(
    (
        *("yes", "no", "must", "one", "many", "year", "month", "day", "may-skip"),
        *("ask-text", "ask-date", "ask-yes-no", "ask-choice", "ask-many", "ask-number"),
        *("bad-empty", "bad-text", "bad-date", "bad-yes-no", "bad-choice", "bad-many", "bad-alone", "bad-number"),
    )
)


def words(language: str) -> Mapping[str, str]:
    """The words for a language, or a variant of it such as "zh-Hant"; English where the library has no file for it."""
    name = language.split("-")[0].lower()
    return _shipped(name if name in shipped() else "en")


@cache
def shipped() -> tuple[str, ...]:
    """The languages that the library has a file for, sorted."""
    files = (resources.files(__package__) / "languages").iterdir()
    return tuple(sorted(each.name.removesuffix(".toml") for each in files if each.name.endswith(".toml")))


def _from_toml(text: str) -> Mapping[str, str]:
    """The words of a file of at most 8,192 characters.

    Raises:
        FormatError: not such a file; it says which word is missing, too much, too long or has a wrong hole.
    """
    if len(text) > MAX_FILE_CHARS:
        raise FormatError(f"words of a survey: at most {MAX_FILE_CHARS} characters")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise FormatError("words of a survey: not a TOML file") from None
    for name in sorted(NAMES - content.keys()):
        raise FormatError(f"words of a survey: {name} is missing")
    if content.keys() - NAMES:
        raise FormatError("words of a survey: nothing but " + ", ".join(sorted(NAMES)))
    return MappingProxyType({name: _word(name, value) for name, value in content.items()})


@cache
def _shipped(name: str) -> Mapping[str, str]:
    return _from_toml((resources.files(__package__) / "languages" / f"{name}.toml").read_text(encoding="utf-8"))


def _word(name: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHARS or not value.isprintable():
        raise FormatError(f"words of a survey: {name} is a text of 1 to {MAX_CHARS} printable characters")
    if value != value.strip():
        raise FormatError(f"words of a survey: {name} begins or ends with a space")
    holes = _HOLES.get(name, set())
    if set(_HOLE.findall(value)) != holes or set(_HOLE.sub("", value)) & set("{}"):
        needed = ", ".join(f"{{{each}}}" for each in sorted(holes)) or "none"
        raise FormatError(f"words of a survey: {name} has other braces than are filled in (it has: {needed})")
    return value
