"""The audit log's file is where it should be, and has room: otherwise nothing is written and no answer leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from healthpass.attester.audit import file
from healthpass.attester.audit.log import AuditError, check_log
from tests.auditing import a_log, open_log, record
from tests.faults import QuickDisk
from tests.making import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs" / "audit.log"


def assert_refused(code: str, call: Callable[[], None]) -> None:
    with pytest.raises(AuditError) as caught:
        call()
    assert caught.value.code == code


def renamed(path: Path) -> None:
    path.rename(path.with_suffix(".1"))


def removed(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def folder_renamed(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize("moves", [renamed, removed, replaced, folder_renamed])
@pytest.mark.parametrize("asked", [True, False])
def test_a_log_whose_file_has_gone_from_its_path(path: Path, moves: Callable[[Path], None], asked: bool) -> None:
    """What would be written then would be in a file that nobody finds."""
    a_log(path, 2)
    with open_log(path) as log, path.open("rb") as same_file:
        moves(path)
        assert_refused("moved", lambda: log.check(now=NOW + 100) if asked else record(log, 2))
        assert same_file.read().count(b"\n") == 3
        assert_refused("closed", lambda: record(log, 2))


def test_a_log_that_was_brought_back_goes_on(path: Path) -> None:
    a_log(path, 2)
    with open_log(path) as log:
        renamed(path)
        assert_refused("moved", lambda: record(log, 2))
        path.with_suffix(".1").rename(path)
        with open_log(path, create=False) as again:  # the first one has given up its lock
            record(again, 2)
    assert check_log(path).size == 3


def test_a_file_that_goes_while_it_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry may be in it, and the answer does not leave."""

    class Busy(QuickDisk):
        def fsync(self, handle: int) -> None:
            renamed(path)

    a_log(path, 2)
    with open_log(path) as log:
        monkeypatch.setattr(file, "os", Busy())
        assert_refused("moved", lambda: record(log, 2))
        assert_refused("closed", lambda: log.check(now=NOW + 10))


def test_a_file_that_goes_while_it_is_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy(QuickDisk):
        def open(self, name: str, flags: int, mode: int = 0o777) -> int:
            handle: int = super().__getattr__("open")(name, flags, mode)
            renamed(path)
            return handle

    a_log(path, 2)
    with monkeypatch.context() as patch:
        patch.setattr(file, "os", Busy())
        assert_refused("moved", lambda: open_log(path).close())
    with open_log(path.with_suffix(".1")) as log:  # no lock was left on it
        assert log.size == 2


def test_a_program_that_changes_its_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with open_log(Path(path.name)) as log:
        monkeypatch.chdir("/")
        log.check(now=NOW)
        record(log, 0)
    assert check_log(path).size == 1


def test_whether_an_entry_could_be_written(path: Path) -> None:
    a_log(path, 1)
    before = path.read_bytes()
    log = open_log(path)
    log.check(now=NOW - 60)
    assert_refused("clock-behind", lambda: log.check(now=NOW - 61))
    assert path.read_bytes() == before
    record(log, 1)
    log.close()
    assert_refused("closed", lambda: log.check(now=NOW))


def test_a_full_disk_is_found_before_anything_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that does not count its blocks is not full."""

    class Counted(QuickDisk):
        room = SimpleNamespace(f_blocks=1000, f_bavail=0)

        def fstatvfs(self, handle: int) -> SimpleNamespace:
            return self.room

    disk = Counted()
    a_log(path, 2)
    monkeypatch.setattr(file, "os", disk)
    with open_log(path) as log:
        assert_refused("disk-full", lambda: log.check(now=NOW + 10))
        for blocks, free in ((1000, 1), (0, 0)):
            disk.room = SimpleNamespace(f_blocks=blocks, f_bavail=free)
            log.check(now=NOW + 10)
        record(log, 2)
        assert log.size == 3
