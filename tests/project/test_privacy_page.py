"""Each line of the privacy page's table of who learns what is held by a test that exists, and that the page names."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


HELD = {row[0]: row[1] for row in rows("The tests of these tables")}


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_the_lines_are_the_same_in_both_tables() -> None:
    adversaries = [row[0] for row in rows("Who learns what")]
    assert len(adversaries) == len(set(adversaries)) > 20
    assert list(HELD) == adversaries == [row[0] for row in rows("The tests of these tables")]


def test_every_line_says_what_is_learnt() -> None:
    assert all(len(row) == 3 and row[1] for row in rows("Who learns what"))


@pytest.mark.parametrize("adversary", HELD)
def test_a_line_is_held_by_tests_that_exist(adversary: str) -> None:
    named = NAMED.findall(HELD[adversary])
    assert named
    assert NAMED.sub("", HELD[adversary]).strip(", ") == "", "a name that is not `tests/file.py::test_name`"
    for file, name in named:
        assert name.startswith("test_")
        assert name in functions_of(file), f"{file}::{name}"
