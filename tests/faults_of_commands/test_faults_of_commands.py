"""Every command, at each operation on its files: the disk fails, is full, writes short, or the process dies.

A command says that it has failed, in one line that names the file, or it has done all that it should. Each of its files
is then the old one or a whole new one; nobody else could read what is secret meanwhile, nothing else was touched; and
the same command again, without a fault, ends as if nothing had been, and clears away what was left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import click
import pytest

from healthpass.cli.main import main
from tests.faults_of_commands import page
from tests.faults_of_commands.bench import Bench
from tests.faults_of_commands.rows import ROWS, Row
from tests.faults_of_commands.world import build


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(build(tmp_path_factory.mktemp("country")), tmp_path_factory.mktemp("scratch"))


def commands(command: click.Command, *names: str) -> Iterator[str]:
    """The names of all commands beneath one, as they are typed."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, *names, name)
    else:
        yield " ".join(names)


def test_every_command_has_a_row() -> None:
    assert sorted({row.command for row in ROWS}) == sorted(commands(main))


def test_every_row_has_a_name_of_its_own() -> None:
    assert max(Counter(row.name for row in ROWS).values()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub("[^a-z]+", "-", row.name))
def test_faults(bench: Bench, row: Row) -> None:
    reference = bench.reference(row)
    outcomes, wrong = bench.judge_all(row, reference, page.some_cases(row, reference))
    assert not wrong, "\n".join(wrong)
    shown = page.without_counts(page.PAGE.read_text(encoding="utf-8"))
    assert page.without_counts(page.line(row, reference, outcomes)) in shown, "make faults writes it anew"
