"""How the command is started, and what it says where its libraries are missing."""

from __future__ import annotations

import subprocess
import sys

BLOCKED = """
import sys
sys.modules[{module!r}] = None
from healthpass.__main__ import main
main()
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


def test_python_m() -> None:
    result = run("-m", "healthpass", "--version")
    assert (result.returncode, result.stdout.split()[0]) == (0, "healthpass,")


def test_without_the_extra() -> None:
    for module in ("click", "segno"):
        result = run("-c", BLOCKED.format(module=module))
        assert result.returncode == 2
        assert "pip install 'healthpass[cli]'" in result.stderr
        assert "Traceback" not in result.stderr
