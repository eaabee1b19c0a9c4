"""The words of a card, in the reader's language: a small TOML file. English and Chinese come with the library.

    title = "Health pass"
    date = ["{weekday},", "{day} {month} {year}"]    the day in big type, a line each; 1 to 3 lines
    from = "from {time}"                             when it begins, on that day
    until = "until {time} on {day} {month}"           when it ends, if that is on this day or the next
    later = "until {time} on {day} {month} {year}"    the same, if it is later than that
    show = "…"                                       that it is shown together with the document
    check = "…"                                      for the guard: scan it, compare the document
    withdraw = "…"                                   what to do when it is lost
    sheet = "…"                                      at the foot of a sheet, the strip that stays at home
    months = ["January", …]                          twelve
    weekdays = ["Monday", …]                         seven, Monday first

All of them must be there, and nothing else; no text begins or ends with a space. `{weekday}`, `{day}`, `{month}`,
`{year}` and `{time}` (24 hours, 04:00) are filled in; no others. A script that runs from right to left or joins its
letters (Arabic, Hebrew, Devanagari, Thai) is refused when a page is made: `healthpass.paper.scripts`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from importlib import resources
from typing import Any

from healthpass._typed import typed
from healthpass.errors import FormatError

SHIPPED = ("en", "zh")
"""Languages that come with the library."""
MAX_FILE_CHARS = 8192
MAX_CHARS = 120
"""Of one sentence."""
_HOLE = re.compile(r"\{([a-z]*)\}")
_HOLES = {
    "title": (set(), set()),
    "from": ({"time"}, {"time", "day", "month", "year", "weekday"}),
    "until": ({"time", "day", "month"}, {"time", "day", "month", "year", "weekday"}),
    "later": ({"time", "day", "month", "year"}, {"time", "day", "month", "year", "weekday"}),
    "show": (set(), set()),
    "check": (set(), set()),
    "withdraw": (set(), set()),
    "sheet": (set(), set()),
}
"""For each sentence which holes it needs, and which it may have."""
_DATE = {"day", "month", "year", "weekday"}
_LISTS = {"date": (1, 3), "months": (12, 12), "weekdays": (7, 7)}


@typed
@dataclass(frozen=True, slots=True)
class Language:
    """The words of a card; see the module for what each is for."""

    title: str
    date: tuple[str, ...]
    begins: str
    ends: str
    ends_later: str
    show: str
    check: str
    withdraw: str
    sheet: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]

    @classmethod
    def shipped(cls, name: str) -> Language:
        """One of `SHIPPED`. Raises `FormatError` if it is another."""
        if name not in SHIPPED:
            raise FormatError("languages that come with the library are " + ", ".join(SHIPPED))
        return cls.from_toml((resources.files(__package__) / "languages" / f"{name}.toml").read_text(encoding="utf-8"))

    @classmethod
    def from_toml(cls, text: str) -> Language:
        """The words of a file of at most 8,192 characters.

        Raises:
            FormatError: not such a file; it says which word is missing, too much, too long or has a wrong hole.
        """
        if len(text) > MAX_FILE_CHARS:  # also keeps what tomllib needs for dotted keys, which grows squarely, small
            raise FormatError(f"language: at most {MAX_FILE_CHARS} characters")
        try:
            content = tomllib.loads(text)
        except (ValueError, RecursionError):
            raise FormatError("language: not a TOML file") from None
        wanted = {*_HOLES, *_LISTS}
        for name in sorted(wanted - content.keys()):
            raise FormatError(f"language: {name} is missing")
        if content.keys() - wanted:
            raise FormatError("language: nothing but " + ", ".join(sorted(wanted)))
        words = {name: _sentence(content, name) for name in _HOLES}
        lists = {name: _list(content, name) for name in _LISTS}
        return cls(
            title=words["title"],
            date=lists["date"],
            begins=words["from"],
            ends=words["until"],
            ends_later=words["later"],
            show=words["show"],
            check=words["check"],
            withdraw=words["withdraw"],
            sheet=words["sheet"],
            months=lists["months"],
            weekdays=lists["weekdays"],
        )

    def day(self, at: int, zone: tzinfo) -> list[str]:
        """The day of a time (seconds since 1970 UTC) in words, line by line."""
        return [self._fill(line, at, zone) for line in self.date]

    def validity(self, valid_from: int, expires: int, zone: tzinfo) -> list[str]:
        """From when until when, in two sentences. Local times, by the 24-hour clock.

        The first is on the day whose year is said above it. The second has its own year unless it is on that day or the
        next, where nobody can take it for that of another year.
        """
        first, last = (datetime.fromtimestamp(at, zone).date() for at in (valid_from, expires))
        ends = self.ends if (last - first).days <= 1 else self.ends_later
        return [self._fill(self.begins, valid_from, zone), self._fill(ends, expires, zone)]

    def _fill(self, pattern: str, at: int, zone: tzinfo) -> str:
        local = datetime.fromtimestamp(at, zone)
        values = {
            "weekday": self.weekdays[local.weekday()],
            "day": str(local.day),
            "month": self.months[local.month - 1],
            "year": str(local.year),
            "time": f"{local:%H:%M}",
        }
        return _HOLE.sub(lambda hole: values[hole[1]], pattern)


def _text(value: Any, name: str) -> str:
    if isinstance(value, str):
        value = unicodedata.normalize("NFC", value)  # a letter with its marks is one character, if there is one
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHARS or not value.isprintable() or not value.strip():
        raise FormatError(f"language: {name} is a text of 1 to {MAX_CHARS} printable characters")
    if value != value.strip():
        raise FormatError(f"language: {name} begins or ends with a space")
    return value


def _sentence(content: Mapping[str, Any], name: str) -> str:
    text = _text(content[name], name)
    needed, allowed = _HOLES[name]
    _check_holes(text, name, needed, allowed)
    return text


def _list(content: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values, (least, most) = content[name], _LISTS[name]
    if not isinstance(values, list) or not least <= len(values) <= most:
        raise FormatError(f"language: {name} is a list of {least if least == most else f'{least} to {most}'} texts")
    texts = tuple(_text(value, name) for value in values)
    joined = " ".join(texts)
    if name == "date":
        _check_holes(joined, name, {"day", "month", "year"}, _DATE)
    else:
        _check_holes(joined, name, set(), set())
        if len(set(texts)) < len(texts):
            raise FormatError(f"language: {name} has one twice")
    return texts


def _check_holes(text: str, name: str, needed: set[str], allowed: set[str]) -> None:
    holes = set(_HOLE.findall(text))
    if needed - holes:
        raise FormatError(f"language: {name} needs " + ", ".join(f"{{{each}}}" for each in sorted(needed - holes)))
    if holes - allowed or set(_HOLE.sub("", text)) & set("{}"):
        may = ", ".join(f"{{{each}}}" for each in sorted(allowed)) or "none"
        raise FormatError(f"language: {name} has braces that are not filled in (it may have: {may})")
