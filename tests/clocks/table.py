"""Reads `table.txt`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.clocks.scan import Place

TABLE = Path(__file__).with_name("table.txt")


@dataclass(frozen=True, slots=True)
class Row:
    """Attributes:
    place: where the comparison stands, as `scan.comparisons` gives it.
    what: what it decides, for people.
    clocks: whose two times they are; "-" if they are not two times.
    tolerance: by what they may differ, in seconds or in words.
    page: the page and heading that say it, below `docs`; "-" for none.
    test: the test that holds the second before, the very one and the one after; empty for none.
    """

    place: Place
    what: str
    clocks: str
    tolerance: str
    page: str
    test: str


def rows() -> list[Row]:
    """All rows, in the order of the file."""
    found = []
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            file, function, comparison, what, clocks, tolerance, page, *test = line.split("|")
            found.append(Row((file, function, comparison), what, clocks, tolerance, page, "".join(test)))
    return found
