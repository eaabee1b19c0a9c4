"""docs/operations/doctor.md: its commands run, and so does what watches over a platform by them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from healthpass.cli.doctor.findings import LONGEST, STATES
from tests.cli.terminal import DAY, Terminal
from tests.cli.test_documentation import PAGE as COMMAND_LINE
from tests.cli.test_documentation import play

PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "doctor.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"```(console|py|sh|text|ini)\n(.*?)```", re.DOTALL)


def programs(language: str) -> list[str]:
    return [block for each, block in BLOCKS.findall(PAGE) if each == language]


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The folder of the command line's page, made now, and a `healthpass` on the path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    made = Terminal(tmp_path)
    play(made, COMMAND_LINE)
    return made


@pytest.mark.slow
def test_the_page(terminal: Terminal) -> None:
    commands = [line for block in programs("console") for line in block.splitlines()]
    assert len(commands) == 3
    for line in commands:
        assert terminal.run(*shlex.split(line)[2:]).replace('{"', "").split()[:2] in (
            ["state", "well"],
            ['state":', '"well",'],
        )
    check, (cron, *_) = programs("sh")[0], programs("text")
    (line,) = re.findall(r"\* \* {2}(.*)", cron)
    hourly = line.replace("/srv/platform", "platform").replace("/run/", "")

    def watched(days: str = "") -> tuple[int, str, str]:
        """What the check exits with and says, and what cron would mail."""
        words = ["sh", "-c", check, "check", "platform", *(["--days", days] if days else [])]
        ran = subprocess.run(words, capture_output=True, text=True)
        mailed = subprocess.run(["sh", "-c", hourly], capture_output=True, text=True).stdout
        return ran.returncode, ran.stdout, mailed

    assert watched() == (0, "OK\n", "")
    assert watched("30")[:2] == (1, "WARNING: something runs out soon\n")
    shown = StringIO()
    with redirect_stdout(shown):
        exec(programs("py")[0], {})
    seconds, wrong = (line.split() for line in shown.getvalue().splitlines())
    assert 0 < int(seconds[1]) < 2 * DAY
    assert wrong == ["healthpass_wrong", "0"]
    Path("platform/windows.cbor").chmod(0o644)
    code, told, mailed = watched()
    assert code == 2
    assert told.startswith("CRITICAL: error: platform/windows.cbor: windows.cbor: others than its owner may open it")
    assert mailed.splitlines()[0].split() == ["state", "wrong"]


def test_what_the_page_says() -> None:
    assert LONGEST == 7 * DAY
    assert all(f"`{state}`" in PAGE for state in STATES)
    assert "ExecStart=healthpass doctor /srv/platform" in programs("ini")[0]
