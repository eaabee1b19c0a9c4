"""docs/operations/wrong-clocks.md: its commands and programs run, in their order, and print what stands there."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest

from healthpass.attester.audit.log import check_log
from healthpass.cli import clocks
from healthpass.cli.clocks import AHEAD, BEHIND
from tests.cli.terminal import NOW, Terminal
from tests.cli.test_documentation import PAGE as COMMAND_LINE
from tests.cli.test_documentation import play

PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "wrong-clocks.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"```(console|py|text)\n(.*?)```", re.DOTALL)


@pytest.mark.slow
def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "time", lambda: float(NOW))  # the folder is made at one time, like the page's
    terminal = Terminal(tmp_path)
    play(terminal, COMMAND_LINE)
    blocks = BLOCKS.findall(PAGE)
    said = ""
    for (language, block), (_, following) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "py":
            exec(block, {})
        elif language == "text":
            assert said == block
        else:
            lines = block.splitlines()
            for n, line in enumerate(lines):
                words = shlex.split(line)
                assert words[:2] == ["$", "healthpass"]
                stops = n == len(lines) - 1 and following.startswith("error")
                said = terminal.run(*words[2:], code=2 if stops else 0)
    (kept,) = Path("published").glob("dated-ahead-*.cbor")
    wrong, right = (terminal.json("inspect", str(path)) for path in (kept, Path("published/snapshot.cbor")))
    assert (wrong["issued"], right["issued"]) == (1_800_259_200, 1_800_000_600)
    assert right["version"] == wrong["version"] + 1
    assert [each.time for each in check_log("audit.log").clocks] == [1_800_001_200]


def test_the_times_of_the_page() -> None:
    assert f"**{AHEAD // 3600} hours past**" in PAGE
    assert "**one hour behind**" in PAGE
    assert BEHIND == 3600
    assert clocks.PLATFORM_FILE in PAGE
    assert f"`FILE{clocks.KEY_SUFFIX}`" in PAGE
    assert clocks.FOLDER in PAGE
