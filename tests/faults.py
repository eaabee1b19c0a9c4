"""A disk that fails: the n-th operation of `healthpass._files` raises `OSError`, or the power goes.

What a power cut leaves is not what the program has seen last. `Disk` keeps account of what has reached the platter
(a file's bytes by `fsync` of the file, its name by `fsync` of the folder) and, at the cut, rewrites the folder as one
of the disks that a system may find when it starts again.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from healthpass import _files

ERROR, KILL, TORN, LOST, RENAMED = "error", "kill", "torn", "lost", "renamed"
KINDS = (ERROR, KILL, TORN, LOST, RENAMED)
"""An operation fails; the process dies before it; it dies in the middle of a write; the power goes, and what was not
synced is lost; the power goes, and renames have happened although nothing but file contents was synced."""


class PowerCut(BaseException):
    """Nothing runs after it, so nothing may catch it."""


class QuickDisk:
    """Stands in for `os` where nothing fails and nothing need be synced."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, handle: int) -> None:
        """Costs nothing."""


class Disk:
    """Stands in for `os` in `healthpass._files`.

    Args:
        folder: whose files are watched, and those in folders beneath it.
        kind: one of `KINDS`.
        at: at which operation it happens, counted from 0.
    """

    def __init__(self, folder: Path, kind: str, at: int) -> None:
        self.kind = kind
        self.left = at
        self.happened = False
        self._folder = folder
        self._open: dict[int, str] = {}
        self._synced = {name: (folder / name).read_bytes() for name in self._found()}
        self._names = dict(self._synced)  # as the folder would be found again

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        self._step()
        handle = os.open(path, flags, mode)
        self._open[handle] = path
        if flags & os.O_CREAT:
            self._synced[self._name(path)] = b""
        return handle

    def write(self, handle: int, data: bytes) -> int:
        if self.left == 0 and self.kind == TORN:
            os.write(handle, bytes(data)[: len(data) // 2])
        self._step()
        return os.write(handle, bytes(data)[:1000])  # a system may write less than it is asked to

    def fsync(self, handle: int) -> None:
        self._step()
        path = self._open[handle]
        if os.path.isdir(path):
            below = {name for name in self._found() if os.path.dirname(self._folder / name) == os.path.abspath(path)}
            gone = {name for name in self._names if os.path.dirname(self._folder / name) == os.path.abspath(path)}
            kept = {name: data for name, data in self._names.items() if name not in gone}
            self._names = kept | {name: self._synced[name] for name in below}
        else:
            self._synced[self._name(path)] = Path(path).read_bytes()

    def close(self, handle: int) -> None:
        os.close(handle)  # even when it fails, the handle is gone
        self._open.pop(handle)
        self._step()

    def unlink(self, path: str) -> None:
        self._step()
        os.unlink(path)
        self._synced.pop(self._name(path))

    def replace(self, source: str, target: str) -> None:
        self._step()
        os.replace(source, target)
        self._synced[self._name(target)] = self._synced.pop(self._name(source))

    def link(self, source: str, target: str) -> None:
        self._step()
        os.link(source, target)
        self._synced[self._name(target)] = self._synced[self._name(source)]

    def _step(self) -> None:
        self.left -= 1
        if self.happened and self.kind != ERROR:
            raise PowerCut  # the machine is off: `finally` clauses change nothing
        if self.left >= 0 or self.happened:
            return
        self.happened = True
        if self.kind == ERROR:
            raise OSError(errno.EIO, "the disk fails")
        if self.kind in (LOST, RENAMED):
            self._restart()
        raise PowerCut

    def _found(self) -> list[str]:
        return [self._name(each) for each in self._folder.rglob("*") if each.is_file()]

    def _name(self, path: str | Path) -> str:
        return os.path.relpath(path, self._folder)

    def _restart(self) -> None:
        """Make the folder what a system finds when it starts again."""
        found = self._names if self.kind == LOST else {name: self._synced[name] for name in self._found()}
        for name in self._found():
            os.unlink(self._folder / name)
        for name, content in found.items():
            (self._folder / name).write_bytes(content)


@contextmanager
def failing(
    folder: Path, kind: str, at: int, module: ModuleType = _files, disk_type: type[Disk] = Disk
) -> Iterator[Disk]:
    """For the time being `module` writes to a disk that fails; the failure is swallowed."""
    disk = disk_type(folder, kind, at)
    with pytest.MonkeyPatch.context() as patch:
        for each in (_files, module):
            patch.setattr(each, "os", disk)
        try:
            yield disk
        except (PowerCut, OSError):
            assert disk.happened
    for handle in list(disk._open):
        os.close(handle)
