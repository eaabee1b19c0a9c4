"""docs/operations: the commands of each page run, in their order, in an empty folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass.verifier import TrustStore
from tests.cli.terminal import Terminal

PAGES = Path(__file__).parents[2] / "docs" / "operations"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Terminal]:
    """Runs a page's commands. What `verify` is given there is no pass, so it exits with 1."""
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)

    def commands(page: str) -> Terminal:
        for block in re.findall(r"```console\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                words = shlex.split(line)
                assert words[:2] == ["$", "healthpass"]
                terminal.run(*words[2:], code=1 if words[2] == "verify" else 0)
        return terminal

    return commands


def test_the_ceremony(run: Callable[[str], Terminal]) -> None:
    terminal = run("trust-list.md")
    changes = terminal.json("root", "check", "trust-list.cbor", "--roots", "new-roots.txt")
    assert changes["version"] == 4
    followed = TrustStore.open("scanner", roots=terminal_roots("roots.txt")).trust_list
    assert followed is not None
    assert followed.version == 4


def terminal_roots(name: str) -> object:
    from healthpass.cli.context import read_roots

    return read_roots(Path(name))
