"""The file of a memory that processes share: a head, and 20 bytes for each showing.

    magic       20   what this is
    id          16   as in the note
    began        8   since when it has everything, in seconds since the boot; all ones: always
    newest       8   the newest time that it was told
    lost         8   the end of the last showing that was forgotten
    next         8   when the first of those below is to be forgotten
    showings    20   each: the start of a keyed digest of the holder key (16), and when to forget it (4)

Numbers are big-endian. Only whoever holds the lock reads or writes. Each step leaves a file that the next process can
go on with, wherever the last one was killed: the head is more careful before a showing is dropped, and knows of the
first end before a showing is added; half a showing at the end counts for nothing, for it was answered to nobody.
"""

from __future__ import annotations

import errno
import os
import stat
from fcntl import LOCK_EX, flock

from healthpass.verifier.replay import DIGEST_SIZE, NEVER

MEMORY, KEY = "memory", "key"
KEY_SIZE = 32
ALWAYS = (1 << 64) - 1
LONGEST = 2 * 3600 + 15
"""Seconds for which a showing can be fresh at most, with the largest skew."""
_MAGIC = b"healthpass showings\n"
_FIELDS = len(_MAGIC) + 16
_HEAD = _FIELDS + 4 * 8
_SIZE = DIGEST_SIZE + 4
_NOT_OURS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM)
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK


class MemoryFile:
    """The file, locked until `close`.

    Attributes:
        began, newest, lost, next: as in the head; what was changed is written by `save`.
    """

    __slots__ = ("_handle", "_showings", "began", "lost", "newest", "next")

    def __init__(self, handle: int, head: bytes, showings: bytes) -> None:
        self._handle = handle
        self._showings = showings
        fields = (int.from_bytes(head[at : at + 8], "big") for at in range(_FIELDS, _HEAD, 8))
        self.began, self.newest, self.lost, self.next = fields

    def __len__(self) -> int:
        return len(self._showings) // _SIZE

    def close(self) -> None:
        """Let the next one in."""
        os.close(self._handle)

    def has(self, digest: bytes) -> bool:
        """Whether a showing is there."""
        at = self._showings.find(digest)
        while at >= 0 and at % _SIZE:
            at = self._showings.find(digest, at + 1)
        return at >= 0

    def save(self) -> None:
        """Write the head. Raises `OSError`."""
        _write(self._handle, _fields(self.began, self.newest, self.lost, self.next), _FIELDS)

    def add(self, digest: bytes, until: int) -> None:
        """Add a showing. Raises `OSError`; then it is not there."""
        if until < self.next:
            self.next = until
            self.save()
        whole = len(self) * _SIZE
        _write(self._handle, digest + until.to_bytes(4, "big"), _HEAD + whole)

    def prune(self, now: int) -> None:
        """Drop the showings that are over, and what is no showing. Raises `OSError`."""
        kept, ends = [], []
        for at in range(0, len(self) * _SIZE, _SIZE):
            one = self._showings[at : at + _SIZE]
            until = int.from_bytes(one[DIGEST_SIZE:], "big")
            if until <= now:
                self.lost = max(self.lost, until)
            elif until <= self.newest + LONGEST:
                kept.append(one)
                ends.append(until)
        self.next = 0  # should this be cut short, the next one does it again
        self.save()
        self._showings = b"".join(kept)
        _write(self._handle, self._showings, _HEAD)
        os.ftruncate(self._handle, _HEAD + len(self._showings))
        self.next = min(ends, default=NEVER)
        self.save()


def make_memory(path: str, memory_id: bytes, began: int) -> None:
    """Make the folder, its key and its empty file. Raises `OSError`, and leaves nothing."""
    os.mkdir(path, 0o700)
    try:
        folder = _open_folder(path)
        try:
            for name, data in ((KEY, os.urandom(KEY_SIZE)), (MEMORY, _MAGIC + memory_id + _fields(began, 0, 0, NEVER))):
                handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600, dir_fd=folder)
                try:
                    _write(handle, data, 0)
                finally:
                    os.close(handle)
        finally:
            os.close(folder)
    except BaseException:
        remove_memory(path)
        raise


def remove_memory(path: str) -> None:
    """Remove what `make_memory` has made, as far as that can be done."""
    for remove, name in ((os.unlink, MEMORY), (os.unlink, KEY), (os.rmdir, "")):
        try:
            remove(os.path.join(path, name) if name else path)
        except OSError:
            continue


def open_memory(path: str, memory_id: bytes) -> MemoryFile | None:
    """The memory of that id, locked; None if it is not there, or not this user's alone. Raises `OSError` otherwise."""
    try:
        folder = _open_folder(path)
        try:
            handle = _open_own(MEMORY, os.O_RDWR, folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in _NOT_OURS:
            return None
        raise
    try:
        flock(handle, LOCK_EX)
        found = os.fstat(handle)
        data = os.pread(handle, found.st_size, 0) if found.st_nlink else b""  # none: somebody has removed it
        if len(data) >= _HEAD and data[:_FIELDS] == _MAGIC + memory_id:
            return MemoryFile(handle, data[:_HEAD], data[_HEAD:])
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def read_key(path: str) -> bytes | None:
    """The key that lies beside a memory, 32 bytes; None if it is not there, or not this user's alone."""
    try:
        folder = _open_folder(path)
        try:
            handle = _open_own(KEY, os.O_RDONLY, folder)
            try:
                key = os.read(handle, KEY_SIZE + 1)
            finally:
                os.close(handle)
        finally:
            os.close(folder)
    except OSError:
        return None
    return key if len(key) == KEY_SIZE else None


def _open_folder(path: str) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _FLAGS)
    return _owned(handle, stat.S_IFDIR | 0o700)


def _open_own(name: str, flags: int, folder: int) -> int:
    return _owned(os.open(name, flags | _FLAGS, dir_fd=folder), stat.S_IFREG | 0o600)


def _owned(handle: int, mode: int) -> int:
    """The handle, if what it opens is of that kind and this user's alone. Raises `PermissionError`."""
    found = os.fstat(handle)
    if (found.st_uid, found.st_mode) != (os.geteuid(), mode):
        os.close(handle)
        raise PermissionError(errno.EPERM, "a memory of showings must be its owner's alone")
    return handle


def _fields(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "big") for number in numbers)


def _write(handle: int, data: bytes, at: int) -> None:
    if os.pwrite(handle, data, at) != len(data):
        raise OSError("there is no more room in RAM")
