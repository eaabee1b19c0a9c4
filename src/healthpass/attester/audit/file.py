"""The file of an audit log: one writer, which only adds at its end, and nothing is believed that is not on the disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from healthpass._files import PRIVATE, naming, sync_folder, write_all
from healthpass.attester.audit.entry import AuditError


class LogFile:
    """A file that is open for adding, and locked against every other writer of any program.

    Args:
        path: where it is. A new file is readable by its owner alone.
        create: make it if it is not there.

    Raises:
        AuditError: "no-log": it is not there; "in-use": another writer has it; "moved": it is not there any more.
        OSError: it cannot be opened, made or locked.
    """

    __slots__ = ("_handle", "_path")

    def __init__(self, path: str, create: bool) -> None:
        self._path = os.path.abspath(path)  # also where the program changes its folder
        self._handle = _opened(path, create)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise AuditError("in-use", "another program is writing this audit log; stop that one first") from None
        except OSError:  # a file system without locks: an audit log cannot be kept there
            self.close()
            raise
        try:
            self._check_place()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """The file from its beginning."""
        with os.fdopen(os.dup(self._handle), "rb") as file:
            file.seek(0)
            yield file

    def check(self) -> None:
        """Whether a line could be added now.

        Raises:
            AuditError: "moved"; "disk-full": the file system has no block left for programs like this one.
            OSError: as the system gives it.
        """
        self._check_place()
        with naming(self._path):
            room = os.fstatvfs(self._handle)
        if room.f_blocks and not room.f_bavail:
            raise AuditError("disk-full", "the disk of the audit log is full: make room")

    def append(self, data: bytes) -> None:
        """Add at the end, and return when it is on the disk.

        Raises:
            AuditError: "moved": what is at the path is not this file: it was removed, renamed or replaced. If that is
                found before, nothing is added.
            OSError: as the system gives it; how much of it is in the file is then unknown.
        """
        self._check_place()
        with naming(self._path):
            write_all(self._handle, data)
            os.fsync(self._handle)
        self._check_place()  # it may have gone while we were writing

    def cut(self, size: int) -> None:
        """Take away what is behind the first `size` bytes, durably. Raises `OSError`."""
        with naming(self._path):
            os.ftruncate(self._handle, size)
        self.sync()

    def sync(self) -> None:
        """What was read may come from a writer that died before it was on the disk. Now it is. Raises `OSError`."""
        with naming(self._path):
            os.fsync(self._handle)

    def _check_place(self) -> None:
        """What goes into a file that has no name any more is lost when it is closed, and nobody finds it before."""
        ours = os.fstat(self._handle)
        try:
            found = os.stat(self._path)
        except (FileNotFoundError, NotADirectoryError):
            found = None
        if found is None or (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino):
            raise AuditError(
                "moved", "the audit log's file is not at its path any more: bring it back, and open it again"
            )

    def close(self) -> None:
        """Close it, which unlocks it."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with naming(self._path):
                os.close(handle)


def _opened(path: str, create: bool) -> int:
    """A handle for reading anywhere and writing at the end."""
    flags = os.O_RDWR | os.O_APPEND
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            if not create:
                raise AuditError("no-log", "there is no audit log at this path; check the path") from None
        try:
            handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, PRIVATE)
        except FileExistsError:  # another program was faster
            if os.path.islink(path):
                raise AuditError(
                    "no-log", "a link that points to no file is where the audit log should be; mount its disk"
                ) from None
            continue
        try:
            sync_folder(os.path.dirname(path) or ".")  # so that the name of a new file is not lost
        except BaseException:
            os.close(handle)
            raise
        return handle
