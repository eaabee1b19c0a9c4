"""The disk fails, or the power goes, at any operation of an audit log: what was recorded is there, and it goes on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from healthpass.attester.audit import file, reading
from healthpass.attester.audit.log import AuditError, AuditLog, check_log, checkpoint_of
from tests import faults
from tests.auditing import ORIGIN, SIGNER, a_log, open_log, record
from tests.faults import ERROR, KILL, KINDS, LOST, TORN, Disk, QuickDisk

SIZE = 5


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "os", QuickDisk())


class AppendingDisk(Disk):
    """A disk whose files are never replaced: what is synced of one is found under its name, if the name is there."""

    def fsync(self, handle: int) -> None:
        super().fsync(handle)
        self._names = {name: self._synced[name] for name in self._names}


def failing(folder: Path, kind: str, at: int) -> AbstractContextManager[Disk]:
    """The same as `tests.faults.failing`, for the file of an audit log."""
    return faults.failing(folder, kind, at, file, AppendingDisk)


def size_of(note: str) -> int:
    return int(note.split("\n")[1])


def story(path: Path, told: list[str]) -> None:
    """Go on to `SIZE` entries, and note each checkpoint once the entry is recorded."""
    log = open_log(path)
    told.append(log.checkpoint(SIGNER, ORIGIN))
    for n in range(log.size, SIZE):
        record(log, n)
        told.append(log.checkpoint(SIGNER, ORIGIN))
    log.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [None, 0, 3, "torn"])
def test_at_every_operation(before: int | str | None, kind: str, tmp_path: Path) -> None:
    """In a new log, an empty one, one with entries, and one whose last line a cut has torn before."""
    whole = tmp_path / "whole"
    a_log(whole, SIZE)
    start = tmp_path / "start"
    if before is not None:
        a_log(start, 3 if before == "torn" else int(before))
    if before == "torn":
        start.write_bytes(start.read_bytes()[:-30])
    survived = set()
    for at in range(100):
        folder = tmp_path / str(at)
        folder.mkdir()
        path = folder / "log"
        if before is not None:
            path.write_bytes(start.read_bytes())
        told: list[str] = []
        with failing(folder, kind, at) as disk:
            story(path, told)
        if not disk.happened:
            break
        kept = told[:]
        with open_log(path) as log:
            assert log.size >= (size_of(kept[-1]) if kept else 0), "what was recorded before the cut is there"
        story(path, told)
        assert path.read_bytes() == whole.read_bytes(), "nothing is lost, and nothing else is in the file"
        assert check_log(path, checkpoints=told, key=SIGNER.public_key).sound
        survived.add(len(kept))
    assert at >= 7
    assert len(survived) > 2


@pytest.mark.parametrize("kind", [TORN, KILL, LOST])
def test_a_cut_while_a_cut_is_mended(kind: str, tmp_path: Path) -> None:
    a_log(tmp_path / "whole", SIZE)
    whole = (tmp_path / "whole").read_bytes()
    for size in range(len(whole) - 320, len(whole)):
        for at in range(8):
            folder = tmp_path / f"{size}-{at}"
            folder.mkdir()
            (folder / "log").write_bytes(whole[:size])
            complete = whole[:size].count(b"\n")
            with failing(folder, kind, at):
                open_log(folder / "log").close()
            assert (folder / "log").read_bytes().count(b"\n") >= complete
            story(folder / "log", [])
            assert (folder / "log").read_bytes() == whole
            if size % 20:
                break


@pytest.mark.parametrize("at", range(6))
def test_after_an_error_the_log_is_closed(at: int, tmp_path: Path) -> None:
    """Nobody knows what is in the file then, so nothing more is added to it before it is read again."""
    a_log(tmp_path / "log", 2)
    log: AuditLog | None = None
    with failing(tmp_path, ERROR, at) as disk:
        log = open_log(tmp_path / "log")
        record(log, 2)
        record(log, 3)
    if log is not None and disk.happened:
        with pytest.raises(AuditError) as caught:
            record(log, 2)
        assert caught.value.code == "closed"
    if log is not None:
        log.close()
    with open_log(tmp_path / "log") as again:
        assert again.size in (2, 3, 4)


class CountingDisk(QuickDisk):
    """Counts what was brought to the disk."""

    synced = 0

    def fsync(self, handle: int) -> None:
        self.synced += 1


def test_nothing_is_signed_that_is_not_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last entry may come from a process that was killed before it had synced it."""
    a_log(tmp_path / "log")
    disk = CountingDisk()
    monkeypatch.setattr(file, "os", disk)
    with open_log(tmp_path / "log") as log:
        assert disk.synced == 1
        record(log, 4)
        assert disk.synced == 2
    monkeypatch.setattr(reading, "os", disk)
    checkpoint_of(tmp_path / "log", SIGNER, ORIGIN)
    assert disk.synced == 3
