"""Reads `table.txt`, and writes the table of `docs/errors.md`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.codes.find import codes

TABLE = Path(__file__).with_name("table.txt")
WHO = {
    "app": "a wallet app",
    "auditor": "who checks an audit log",
    "authority": "roots, registrars, risk offices",
    "developer": "who calls the library",
    "operator": "who runs the machine: its disk, clock, programs and tokens",
    "person": "who sits at the keyboard",
    "platform": "the platform",
    "printer": "who prints cards and sheets",
    "region": "a region",
    "scanner": "a scanner",
    "station": "a station",
}


@dataclass(frozen=True, slots=True)
class Row:
    """Attributes:
    code: the word.
    who: who can do something about it, of `WHO`.
    when: what is wrong.
    do: what to do.
    """

    code: str
    who: tuple[str, ...]
    when: str
    do: str


def rows() -> list[Row]:
    """All rows, in the order of the file."""
    found = []
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, who, when, do = line.split("|")
            found.append(Row(code, tuple(who.split(", ")), when, do))
    return found


def lines() -> list[tuple[str, str, str, str, str]]:
    """The rows of the page: code, classes with the packages that make them, who, when, what to do."""
    found = codes()
    return [
        (f"`{row.code}`", _where(found[row.code]), ", ".join(row.who), row.when, row.do)
        for row in sorted(rows(), key=lambda row: row.code)
    ]


def _where(classes: dict[str, set[str]]) -> str:
    return "; ".join(f"`{kind}` ({', '.join(sorted(classes[kind]))})" for kind in sorted(classes))
