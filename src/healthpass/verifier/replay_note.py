"""replay.txt in a scanner's state folder: at which start of the machine there was which memory of showings.

It holds nothing of a showing: the boot's id, a random id that the memory repeats, and the path of its folder.
"""

from __future__ import annotations

import os
from fcntl import LOCK_EX, flock

from healthpass._files import naming, sync_folder, write_all
from healthpass.crypto import ed25519

NOTE = "replay.txt"
ID_SIZE = 16
_FIRST_LINE = b"healthpass replay 1"
_MAX_SIZE = 8192


class Note:
    """What the file says.

    Attributes:
        boot: the boot's id, 16 bytes.
        memory: the memory's, 16 bytes.
        path: the memory's folder.
    """

    __slots__ = ("boot", "memory", "path")

    def __init__(self, boot: bytes, memory: bytes, path: str) -> None:
        self.boot = boot
        self.memory = memory
        self.path = path


class NoteFile:
    """The file, opened, and locked until it is closed. As a context manager it closes itself.

    It is written in its place, not beside it, so that its lock stays one. Whoever was killed meanwhile has left bytes
    that are no note; a note that never came to be is as good as none.

    Raises:
        OSError: it cannot be made or written, or is a link.
    """

    __slots__ = ("_handle", "_path")

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, NOTE)
        with naming(self._path):
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            try:
                flock(self._handle, LOCK_EX)
            except BaseException:
                os.close(self._handle)
                raise

    def __enter__(self) -> NoteFile:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._handle)

    def read(self) -> bytes:
        """What is there. Raises `OSError`."""
        with naming(self._path):
            return os.pread(self._handle, _MAX_SIZE, 0)

    def write(self, note: Note) -> None:
        """Put a note there, durably. Raises `OSError`; what is there then counts for nothing."""
        data = encode_note(note)
        with naming(self._path):
            os.lseek(self._handle, 0, os.SEEK_SET)
            write_all(self._handle, data)
            os.ftruncate(self._handle, len(data))
            os.fsync(self._handle)
        sync_folder(os.path.dirname(self._path))


def read_note(folder: str) -> Note | None:
    """The note as it is, without a lock; None if there is none, or none that can be read."""
    try:
        handle = os.open(os.path.join(folder, NOTE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return parse_note(os.read(handle, _MAX_SIZE))
    except OSError:
        return None
    finally:
        os.close(handle)


def encode_note(note: Note) -> bytes:
    """The file's bytes: five lines, the last a checksum of what is above it."""
    lines = (_FIRST_LINE, note.boot.hex().encode(), note.memory.hex().encode(), os.fsencode(note.path))
    return b"".join(line + b"\n" for line in (*lines, _checksum(lines)))


def parse_note(data: bytes) -> Note | None:
    """The note; None if a single byte of it is not as it was written."""
    try:
        _, boot, memory, path, _, _ = data.split(b"\n")
        note = Note(bytes.fromhex(boot.decode("ascii")), bytes.fromhex(memory.decode("ascii")), os.fsdecode(path))
    except ValueError:
        return None
    return note if encode_note(note) == data else None


def _checksum(lines: tuple[bytes, ...]) -> bytes:
    return ed25519.sha512(b"\n".join(lines))[:16].hex().encode()
