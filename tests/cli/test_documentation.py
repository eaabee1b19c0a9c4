"""docs/cli.md: every command of the page runs, in its order, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from healthpass.cli.main import main
from tests.cli.terminal import Terminal

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)
    for language, block in re.findall(r"```(console|toml)\n(.*?)```", PAGE, re.S):
        if language == "toml":
            key = terminal.json("inspect", "north.key.pub")["key"]
            Path("platform/rules.toml").write_text(block.replace("NORTH_PUBLIC_KEY", key), encoding="utf-8")
            continue
        for line in block.splitlines():
            words = shlex.split(line)
            assert words[:2] == ["$", "healthpass"]
            assert terminal.run(*words[2:]) or {"--out", "new", "update"} & set(words)


def test_every_command_is_on_the_page() -> None:
    assert [name for name in main.commands if f"healthpass {name}" not in PAGE and name != "demo"] == []
