"""Processes that share a memory are killed at any operation, or are several at once: nothing is let in twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.killed import killed_everywhere
from tests.making import NOW
from tests.sharing import OTHER_BOOT, UNTIL, boot, shared, shown

BACK = NOW + 7200
"""From where a clock goes back by more than an hour."""


def nothing(folder: Path) -> None:
    """A folder that is new."""


def one_shown(folder: Path) -> None:
    assert shown(shared(folder), 1) == "taken"


def three_shown(folder: Path) -> None:
    for number, iat in ((1, NOW), (2, NOW + 15), (3, NOW)):
        assert shown(shared(folder), number, iat, NOW) == "taken"


def shown_later(folder: Path) -> None:
    assert shown(shared(folder), 1, BACK) == "taken"


def killed_and_looked_at(
    folder: Path, begin: Callable[[Path], None], call: Callable[[Path], str], look: Callable[[Path, str], None]
) -> int:
    """How often `call`, upon what `begin` makes, could be killed; after each time `look` is told what was printed."""
    here, begun, answer = folder / "here", folder / "begun", folder / "answer"
    here.mkdir()
    begin(here)
    shutil.copytree(here, begun)
    times = 0

    def restored() -> None:
        shutil.rmtree(here)
        shutil.copytree(begun, here)
        answer.write_text("")

    def run() -> None:
        said = call(here)
        answer.write_text(said)

    restored()
    for _ in killed_everywhere(run):
        times += 1
        look(here, answer.read_text())
        restored()
    return times


@pytest.mark.parametrize("begin", [nothing, one_shown, three_shown])
def test_who_was_let_in_is_refused_and_who_was_remembered_stays(tmp_path: Path, begin: Callable[[Path], None]) -> None:
    """A process is killed while it takes a showing. What it had answered counts, and what was remembered before."""

    def look(folder: Path, said: str) -> None:
        if said:
            assert said == "taken"
            assert shown(shared(folder), 9) == "REPLAYED"
        for number in () if begin is nothing else (1,) if begin is one_shown else (1, 2, 3):
            assert shown(shared(folder), number, NOW, NOW) == "REPLAYED"
        first = shown(shared(folder), 9)
        assert first == "REPLAYED" or (first == "taken" and not said)
        assert shown(shared(folder), 9) == "REPLAYED"

    assert killed_and_looked_at(tmp_path, begin, lambda folder: shown(shared(folder), 9), look) > 10


def test_while_it_forgets(tmp_path: Path) -> None:
    """Killed while showings that are over are dropped: those that are not stay, and the clock may go back after it."""

    def look(folder: Path, said: str) -> None:
        assert shown(shared(folder), 2, NOW + 15, UNTIL) == "REPLAYED"
        for number in (1, 3):
            assert shown(shared(folder), number, NOW, NOW + 5) == "REPLAY_UNKNOWN"
        shared(folder).forget(UNTIL + 15)
        assert shown(shared(folder), 2, NOW + 15, NOW + 20) == "REPLAY_UNKNOWN"
        (file,) = (folder / "ram").glob("*/memory")
        assert file.stat().st_size == empty(folder.parent)

    def forget(folder: Path) -> str:
        shared(folder).forget(UNTIL)
        return "done"

    assert killed_and_looked_at(tmp_path, three_shown, forget, look) > 10


def empty(folder: Path) -> int:
    """The size of a memory that holds nothing."""
    other = folder / "other"
    if not other.exists():
        other.mkdir()
        shared(other)
    (file,) = (other / "ram").glob("*/memory")
    return file.stat().st_size


def test_while_it_begins_anew(tmp_path: Path) -> None:
    def look(folder: Path, said: str) -> None:
        assert shown(shared(folder), 1, NOW) == "REPLAY_UNKNOWN"
        assert shown(shared(folder, at=boot(uptime=1100)), 2, NOW + 90) == "taken"

    assert killed_and_looked_at(tmp_path, shown_later, lambda folder: shown(shared(folder), 2, NOW), look) > 10


def test_in_the_first_call_after_a_restart_of_the_machine(tmp_path: Path) -> None:
    """Wherever it was killed, nobody takes the memory for one that counts always."""
    late = boot(OTHER_BOOT, 20)

    def look(folder: Path, said: str) -> None:
        assert shown(shared(folder, at=late), 1) == "REPLAY_UNKNOWN"
        assert shown(shared(folder, at=boot(OTHER_BOOT, 120)), 1, NOW + 90) == "taken"
        assert shown(shared(folder, at=boot(OTHER_BOOT, 120)), 1, NOW + 90) == "REPLAYED"

    calls = killed_and_looked_at(tmp_path, one_shown, lambda folder: shown(shared(folder, at=late), 1), look)
    assert calls > 15


@pytest.mark.parametrize("begin", [nothing, one_shown])
def test_several_at_once_never_let_one_showing_in_twice(tmp_path: Path, begin: Callable[[Path], None]) -> None:
    """Four processes with the same showings in the same order, from the first call on, in which the memory is made."""
    begin(tmp_path)
    (tmp_path / "ram").mkdir(exist_ok=True)
    start, wait = os.pipe()
    children = []
    for child in range(4):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(wait)
                os.read(start, 1)  # until the parent closes its end
                taken = [number for number in range(10, 60) if shown(shared(tmp_path), number) == "taken"]
                (tmp_path / f"taken{child}").write_text(" ".join(map(str, taken)))
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    os.close(start)
    os.close(wait)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 4
    taken = [int(word) for child in range(4) for word in (tmp_path / f"taken{child}").read_text().split()]
    assert sorted(taken) == list(range(10, 60))
