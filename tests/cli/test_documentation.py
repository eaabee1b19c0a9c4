"""docs/cli.md: every command of the page runs, in its order, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from healthpass.cli.main import main
from tests.cli.terminal import Terminal

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def play(terminal: Terminal, page: str) -> None:
    """Run the commands of the page in the terminal's folder, which is the working directory. A block of text right
    after some is what the last of them prints."""
    said = ""
    for language, block in re.findall(r"```(console|toml|text)\n(.*?)```", page, re.S):
        if language == "toml":
            key = terminal.json("inspect", "north.key.pub")["key"]
            Path("platform/rules.toml").write_text(block.replace("NORTH_PUBLIC_KEY", key), encoding="utf-8")
        elif language == "text":
            assert said == block
        else:
            for line in block.splitlines():
                words = shlex.split(line)
                assert words[:2] == ["$", "healthpass"]
                typed = "y\n" if words[2:4] == ["root", "sign"] and "--yes" not in words else None
                said = terminal.run(*words[2:], code=3 if words[2:4] == ["verify", "HP1:"] else 0, typed=typed)
                assert said or {"--out", "new", "update"} & set(words)


@pytest.mark.slow
def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    play(Terminal(tmp_path), PAGE)


def test_every_command_is_on_the_page() -> None:
    assert [name for name in main.commands if f"healthpass {name}" not in PAGE and name != "demo"] == []
