"""Starts a process of the tests' own, lets it begin, and kills it at a chosen moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from healthpass.crypto import ed25519

ROOT_FOLDER = Path(__file__).parents[2]


def start(module: str, ledger: str | Path, run: int, count: int, *more: object) -> subprocess.Popen[str]:
    """`python -m tests.scenario.MODULE LEDGER RUN COUNT ...`, which waits for a line before it begins."""
    command = [sys.executable, "-m", f"tests.scenario.{module}", str(ledger), str(run), str(count), *map(str, more)]
    return subprocess.Popen(command, cwd=ROOT_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def killed_after(process: subprocess.Popen[str], lines: int, spin: int) -> list[str]:
    """All that it printed, if it is killed some work of our own after so many lines. With no lines: while it starts."""
    assert process.stdout is not None
    go(process)
    read = [process.stdout.readline() for _ in range(lines)]
    for _ in range(spin):
        ed25519.sha512(b"a little work")
    process.kill()
    rest = process.stdout.read()
    process.communicate()
    whole, _, _ = ("".join(read) + rest).rpartition("\n")
    return whole.splitlines()
