"""A disk under a whole command that fails: its n-th operation on the files of one folder, or all from there on.

`tests.faults.Disk` stands in for `os` in one module, and looks at one flat folder. A command uses many modules, and
`pathlib`, `open` and SQLite besides, so here the functions themselves are replaced for the time being, whoever calls
them. SQLite's own system calls cannot be had from Python: of a ledger each statement is an operation, and one that
fails takes its transaction back, as SQLite does for such errors. The tracing run has the system calls too.
"""

from __future__ import annotations

import builtins
import errno
import gc
import io
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults import ERROR, KILL, TORN, PowerCut

SHORT, FULL, DEAD = "short", "full", "dead"
KINDS = (ERROR, FULL, SHORT, KILL, TORN, DEAD)
"""One operation fails with EIO; from there on nothing more has room (ENOSPC), and a write that finds none has written
half; a write does half and says so; the process dies before the operation, or in the middle of a write; from there on
everything fails with EIO, the cleaning up too."""

WRITE, STATEMENT = "write", "statement"
_ROOM = frozenset(("create", WRITE, "mkdir", "link", STATEMENT))
"""Operations that need room on the disk."""
_BY_PATH = (
    "replace",
    "rename",
    "link",
    "unlink",
    "remove",
    "mkdir",
    "rmdir",
    "chmod",
    "truncate",
    "listdir",
    "scandir",
)
_BY_HANDLE = ("fsync", "fdatasync", "fchmod", "ftruncate", "read", "pread", "fstatvfs", "lseek")

Operation = tuple[str, str]
"""What it is called, and the path beneath the folder."""


@dataclass
class Faults:
    """What a command does to a folder's files, and what of it fails.

    Args:
        folder: whose files are watched.
        kind: one of `KINDS`; None lets everything happen.
        at: at which operation it happens, counted from 0.
        secret: says of a path beneath the folder whether others may never read what is there.
    """

    folder: Path
    kind: str | None = None
    at: int = -1
    secret: Callable[[str], bool] = lambda _: False
    done: list[Operation] = field(default_factory=list)
    seen_by_others: list[str] = field(default_factory=list)
    happened: bool = False
    killed: bool = False
    _paused: bool = False
    _open: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Somebody else is at work meanwhile, whose disk is a good one."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    @contextmanager
    def injected(self) -> Iterator[None]:
        """For the time being. A `PowerCut` ends it, with everything closed as the system would."""
        self._real: dict[str, Callable[..., Any]] = {}
        with pytest.MonkeyPatch.context() as patch:
            for name, stand_in in self._stand_ins():
                patch.setattr(os, name, stand_in)
            for module in (builtins, io):
                patch.setattr(module, "open", self._opening(builtins.open if module is io else module.open))
            patch.setattr(sqlite3, "connect", self._connecting(sqlite3.connect))
            try:
                yield
            except PowerCut:  # here, so that what its frames hold is let go of before
                self.killed = True
            if self._open:
                gc.collect()  # an object that nobody has any more may close what it has opened
            for handle in list(self._open):
                self._real["close"](handle)

    # ---- The stand-ins -----------------------------------------------------------------------------------------

    def _stand_ins(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        for name in ("open", WRITE, "close"):
            self._real[name] = getattr(os, name)
            yield name, getattr(self, f"_os_{name}")
        for name in _BY_PATH:
            yield name, self._by_path(name, getattr(os, name))
        for name in _BY_HANDLE:
            yield name, self._by_handle(name, getattr(os, name))

    def _os_open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        mine = None if "dir_fd" in more else self._mine(path)  # only in RAM are files opened by their folder's handle
        if mine is not None:
            self._step("create" if flags & os.O_CREAT and not os.path.lexists(path) else "open", mine)
        handle: int = self._real["open"](path, flags, mode, **more)
        if mine is not None and not self._paused:
            self._open[handle] = mine
            self._look(mine)
        return handle

    def _os_write(self, handle: int, data: Any) -> int:
        path = None if self._paused else self._open.get(handle)
        write = self._real[WRITE]
        if path is None:
            return int(write(handle, data))
        half = bytes(data)[: max(1, len(data) // 2)]
        if self._now() and self.kind in (TORN, FULL):
            write(handle, half)
        self._step(WRITE, path)
        return int(write(handle, half if self.happened and self.kind == SHORT else data))

    def _os_close(self, handle: int) -> None:
        self._real["close"](handle)  # even when it fails, the handle is gone
        path = self._open.pop(handle, None)
        if path is not None and not self._paused and not (self.happened and self.kind in (KILL, TORN)):
            self._step("close", path)

    def _by_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *others: Any, **more: Any) -> Any:
            mine = self._mine(others[0] if name in ("replace", "rename", "link") else path)
            if mine is not None:
                self._step({"remove": "unlink", "rename": "replace", "scandir": "listdir"}.get(name, name), mine)
            result = real(path, *others, **more)
            if mine is not None:
                self._look(mine)
            return result

        return call

    def _by_handle(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: Any, *others: Any) -> Any:
            path = None if self._paused else self._open.get(handle)
            if path is None:
                return real(handle, *others)
            self._step(name, path)
            result = None if name in ("fsync", "fdatasync") else real(handle, *others)  # to sync costs time, and
            self._look(path)  # no test of a process that dies can tell
            return result

        return call

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", *others: Any, **more: Any) -> Any:
            mine = self._mine(file)
            if mine is not None:
                self._step("create" if set(mode) & set("wax") and not os.path.lexists(file) else "open", mine)
            result = real(file, mode, *others, **more)
            if mine is not None:
                self._look(mine)
            return result

        return call

    def _connecting(self, real: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        faults = self

        class Watched(sqlite3.Connection):
            path: str

            def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
                self._step(statement)
                return super().execute(statement, *values)

            def executemany(self, statement: str, values: Any) -> sqlite3.Cursor:
                self._step(statement)
                return super().executemany(statement, values)

            def _step(self, statement: str) -> None:
                try:
                    faults._step(STATEMENT, self.path)
                except OSError as error:
                    if self.in_transaction:
                        super().execute("ROLLBACK")
                    full = error.errno == errno.ENOSPC
                    said = "database or disk is full" if full else "disk I/O error"
                    failed = sqlite3.OperationalError(said)
                    failed.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR
                    raise failed from None

        def connect(path: Any, *others: Any, **more: Any) -> sqlite3.Connection:
            mine = self._mine(path)
            if mine is None:
                return real(path, *others, **more)
            made = real(path, *others, **more, factory=Watched)
            assert isinstance(made, Watched)
            made.path = mine
            return made

        return connect

    # ---- What happens ------------------------------------------------------------------------------------------

    def _mine(self, path: Any) -> str | None:
        if self._paused or isinstance(path, int):
            return None
        whole = os.path.abspath(os.fsdecode(path))
        start = str(self.folder) + os.sep
        return whole.removeprefix(start) if whole.startswith(start) else None

    def _now(self) -> bool:
        return self.kind is not None and (len(self.done) == self.at or (self.happened and self.kind == FULL))

    def _step(self, name: str, path: str) -> None:
        if self._paused:
            return
        first = len(self.done) == self.at
        self.done.append((name, path))
        if self.kind is None or not (first or self.happened):
            return
        self.happened = True
        if self.kind in (KILL, TORN):
            raise PowerCut  # the process is gone: `finally` clauses change nothing
        if (self.kind == ERROR and first) or self.kind == DEAD:
            raise _refusal(errno.EIO, name, path)
        if self.kind == FULL and name in _ROOM:
            raise _refusal(errno.ENOSPC, name, path)

    def _look(self, path: str) -> None:
        """Whether others can read now what they never may."""
        if not self._paused and self.secret(path):
            try:
                found = os.lstat(self.folder / path)
            except FileNotFoundError:
                return
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
                self.seen_by_others.append(path)


def _refusal(number: int, name: str, path: str) -> OSError:
    """As the system refuses: it names a file only where it was given the name."""
    if name in (*_BY_HANDLE, WRITE, "close"):
        return OSError(number, os.strerror(number))
    return OSError(number, os.strerror(number), path)


def places(kind: str, done: Sequence[Operation]) -> list[int]:
    """Where among a command's operations a fault of this kind makes sense: each is something else."""
    if kind == FULL:
        return [n for n, (name, _) in enumerate(done) if name in _ROOM]
    if kind in (SHORT, TORN):
        return [n for n, (name, _) in enumerate(done) if name == WRITE]
    return list(range(len(done)))
