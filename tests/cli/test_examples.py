"""Each command's help ends with an example, which runs; the command reference is made of both."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.examples import EXAMPLES, commands, example
from healthpass.cli.main import main
from tests.command_reference import PAGE, text
from tests.faults_of_commands.bench import Bench
from tests.faults_of_commands.rows import ROWS, Row
from tests.faults_of_commands.world import AT, build

TOLD = {row.command: row for row in reversed(ROWS)}
STANDS_FOR = {"6b696430": "KID", "00112233445566aa": "STATION"}
"""What is another in each country."""
READER = 'input(); print(\'{"id":"one-1","answers":[{"decision":"ASSIST","refusal":4}]}\')'
"""A program that knows one answer."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(build(tmp_path_factory.mktemp("country")), tmp_path_factory.mktemp("scratch"))


def test_every_command_has_one() -> None:
    assert [name for name, _ in commands(main)] == list(dict.fromkeys(name for name, _ in commands(main)))
    assert set(EXAMPLES) == {name for name, _ in commands(main)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_help_ends_with_it(name: str) -> None:
    said = CliRunner().invoke(main, [*name.split(), "--help"]).output
    assert said.endswith("\n  Example:\n    $ " + example(name).replace("\n", "\n  ") + "\n")
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_runs(name: str, bench: Bench) -> None:
    command = dict(commands(main))[name]
    words = shlex.split(EXAMPLES[name].replace("\\\n", ""))
    words = [STANDS_FOR.get(word, word) for word in words]
    if name == "vectors run":
        words = ["--", sys.executable, "-S", "-c", READER]
    if any("--now" in each.opts for each in command.params):
        words += AT
    words += ["--yes"] if name == "root sign" else []
    bench.restore()
    ran = bench.run(Row(name, tuple(words), told=TOLD[name].told, talks=TOLD[name].talks))
    assert ran.code == 0, (ran.out, ran.errors)


def test_the_reference_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == text(), "python -m tests.pages writes it"


def test_no_command_is_missing_in_the_reference() -> None:
    shown = Path(PAGE).read_text(encoding="utf-8")
    assert [name for name, _ in commands(main) if f"\n## {name}\n" not in shown] == []
