"""The file in which a region counts the queries that it answers, so that a restart forgets none of the last hour.

    lock          held by the one process that answers for the region, for as long as that lives
    queries.txt   a line for each query that was counted within the last hour or two: the time, in seconds since 1970
                  UTC, the station's id, its key and its registrar's, in hexadecimal digits

There is nothing of a person in it, and no nonce.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import NamedTuple

from healthpass._files import PRIVATE, make_folder, naming, read_capped, write_all, write_atomically
from healthpass.errors import FolderError

LOCK_FILE, QUERIES_FILE = "lock", "queries.txt"
MAX_SIZE = 67_108_864
"""Bytes: of over 400,000 queries."""
_KEY_CHARS = 64


class Counted(NamedTuple):
    """A query that was counted: when, and whose."""

    time: int
    station: str
    key: bytes
    registrar: bytes


class QueryLog:
    """The file, in a region's folder; one object in one process has it.

    Args:
        folder: of this region alone; made if it is not there.

    Raises:
        FolderError: "in-use": another process answers for this region. "unreadable-file": the file is damaged.
        OSError: the folder cannot be used, or its file system has no locks.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._handle = self._lock = -1
        self._path = os.path.join(os.path.abspath(folder), QUERIES_FILE)
        make_folder(os.fspath(folder))
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._lock = os.open(os.path.join(os.path.abspath(folder), LOCK_FILE), flags, PRIVATE)
        try:
            self._take_lock()
            self.counted = self._read()
            self._rewrite()
        except BaseException:
            self.close()
            raise

    def append(self, query: Counted) -> None:
        """Count a query. It is on the disk when this returns.

        Raises:
            OSError: as the system gives it; the query is not counted.
        """
        line = _line(query)
        try:
            with naming(self._path):
                os.ftruncate(self._handle, self._size)  # what an append that failed has left
                write_all(self._handle, line)
                os.fsync(self._handle)
        except OSError:
            self._cut()
            raise
        self._size += len(line)
        self.counted.append(query)

    def drop_until(self, time: int) -> None:
        """Forget what was counted at `time` or before. If that cannot be written, it is done another time."""
        kept = [query for query in self.counted if query.time > time]
        if len(kept) < len(self.counted):
            self.counted = kept
            try:
                self._rewrite()
            except OSError:
                return

    def close(self) -> None:
        """Let another process answer. Closing again does nothing."""
        handles, self._handle, self._lock = (self._handle, self._lock), -1, -1
        with naming(self._path):
            for handle in handles:
                if handle >= 0:
                    os.close(handle)

    def __del__(self) -> None:
        with suppress(OSError):  # nobody is there to be told
            self.close()

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(
                "in-use", "another process answers for this region, and there may be one; stop that one first"
            ) from None

    def _read(self) -> list[Counted]:
        data = read_capped(self._path, MAX_SIZE) or b""
        whole = data[: data.rfind(b"\n") + 1]  # behind it is a line whose query was not counted
        try:
            if len(data) > MAX_SIZE:
                raise ValueError
            return [_counted(line) for line in whole.split(b"\n")[:-1]]
        except ValueError:
            said = f"{QUERIES_FILE} is damaged: remove it an hour after the last query that was answered"
            raise FolderError("unreadable-file", said) from None

    def _rewrite(self) -> None:
        data = b"".join(map(_line, self.counted))
        write_atomically(self._path, data)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        if self._handle >= 0:
            os.close(self._handle)
        self._handle, self._size = handle, len(data)

    def _cut(self) -> None:
        try:
            os.ftruncate(self._handle, self._size)
        except OSError:
            return  # the next append tries again, and a line that is not whole counts for nothing


def _line(query: Counted) -> bytes:
    return f"{query.time} {query.station} {query.key.hex()} {query.registrar.hex()}\n".encode("ascii")


def _counted(line: bytes) -> Counted:
    """The query of a line. Raises `ValueError` if it is not one that was written here."""
    time, station, key, registrar = line.decode("ascii").split(" ")
    query = Counted(int(time), station, bytes.fromhex(key), bytes.fromhex(registrar))
    if _line(query) != line + b"\n" or len(key) != _KEY_CHARS or len(registrar) != _KEY_CHARS:
        raise ValueError
    return query
