"""Every comparison of two times is in the table, and is held to the second by a case; every row is true."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.clocks.holding import HELD, Case
from tests.clocks.scan import Place, comparisons
from tests.clocks.table import Row, rows

DOCS = Path(__file__).parents[2] / "docs"
for module in sorted(Path(__file__).parent.glob("cases_*.py")):
    importlib.import_module(f"tests.clocks.{module.stem}")
TIMES = [row for row in rows() if row.clocks != "-"]
CASES = [(place, case, gives) for place, cases in HELD.items() for case, gives in cases]


def test_each_comparison_is_in_the_table_and_each_row_in_the_source() -> None:
    found, listed = Counter(set(comparisons())), Counter(row.place for row in rows())
    assert found - listed == Counter(), "a comparison of times that the table does not have"
    assert listed - found == Counter(), "a row whose comparison is gone, or that is there twice"


def test_each_row_is_held_to_the_second() -> None:
    assert {row.place for row in TIMES} == set(HELD)


@pytest.mark.parametrize(("place", "case", "gives"), CASES, ids=[" ".join(place) for place, _, _ in CASES])
def test_a_second_before_at_and_after(place: Place, case: Case, gives: tuple[object, object, object]) -> None:
    assert (case(-1), case(0), case(1)) == gives


@pytest.mark.parametrize("row", TIMES, ids=lambda row: " ".join(row.place))
def test_a_row_names_a_page_that_is_there(row: Row) -> None:
    page, _, heading = row.page.partition("#")
    headings = re.findall(r"^#+ (.*)$", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    assert heading in {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
