"""A region's process killed at any moment: no entry of an answer that left is missing, and the log stays sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass.attester.audit.log import check_log, checkpoint_of
from tests.auditing import ORIGIN, SIGNER, a_log, open_log
from tests.scenario import killing
from tests.scenario.killing import go, killed_after

KILLS = 20


def last(lines: list[str], word: str) -> int:
    return max((int(line.split()[1]) for line in lines if line.startswith(word)), default=0)


@pytest.mark.slow
def test_killed_again_and_again(tmp_path: Path) -> None:
    answered = 0
    notes = []
    waiting = killing.start("auditing_process", tmp_path, 0, 10_000)
    for run in range(KILLS):
        process, waiting = waiting, killing.start("auditing_process", tmp_path, run + 1, 10_000)
        lines = killed_after(process, 3 * run % 23 + 1, 100 * (run % 7))
        assert process.returncode != 0
        assert last(lines, "began") in (answered, answered + 1), "what was written, and perhaps not yet answered"
        answered = max(answered, last(lines, "began"), last(lines, "answered"))
        with open_log(tmp_path / "log") as log:
            assert log.size in (answered, answered + 1)
            answered = log.size
        notes.append(checkpoint_of(tmp_path / "log", SIGNER, ORIGIN))
    waiting.kill()
    waiting.communicate()
    report = check_log(tmp_path / "log", checkpoints=notes, key=SIGNER.public_key)
    assert (report.sound, report.size, report.covered) == (True, answered, answered)
    assert answered > 100
    a_log(tmp_path / "never-killed", answered)
    assert (tmp_path / "log").read_bytes() == (tmp_path / "never-killed").read_bytes()


def test_killed_while_it_starts(tmp_path: Path) -> None:
    """Before, while or after the file is made: the next one finds it empty or whole."""
    for run in range(5):
        killed_after(killing.start("auditing_process", tmp_path, run, 3), 0, 20_000 * run)
        with open_log(tmp_path / "log"):
            assert check_log(tmp_path / "log").sound


def test_several_that_start_at_once(tmp_path: Path) -> None:
    """One gets the log; the others are refused and write nothing, or find it after the first."""
    processes = [killing.start("auditing_process", tmp_path, run, 40) for run in range(4)]
    for process in processes:
        go(process)
    outputs = [process.communicate()[0].splitlines() for process in processes]
    done = [lines for process, lines in zip(processes, outputs, strict=True) if process.returncode == 0]
    assert done
    assert all(not lines for process, lines in zip(processes, outputs, strict=True) if process.returncode)
    numbers = [line for lines in outputs for line in lines if line.startswith("answered")]
    assert sorted(numbers, key=lambda line: int(line.split()[1])) == [
        f"answered {n + 1}" for n in range(40 * len(done))
    ]
    assert check_log(tmp_path / "log").size == 40 * len(done)
