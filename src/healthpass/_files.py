"""Writing a file so that a power cut leaves the old one or the new one, and nothing in between."""

from __future__ import annotations

import os


def write_atomically(path: str, data: bytes) -> None:
    """Replace the file at `path`: write aside, sync, rename, sync the folder.

    The file is readable by its owner alone: what lies in the place of the one aside, such as a link, is removed first.

    Raises:
        OSError: as the system gives it; there is then the old file, or the new one if only its folder was not synced.
    """
    aside = path + ".new"
    if os.path.lexists(aside):
        os.unlink(aside)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(aside, path)
    _sync_folder(os.path.dirname(path) or ".")


def _sync_folder(folder: str) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and the rename is what there is
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: str, mode: int = 0o700) -> None:
    """Make a folder that its owner alone may read, and those above it, so that a power cut does not take them away.

    Raises:
        OSError: it is not there and cannot be made.
    """
    if os.path.isdir(path):
        return
    above = os.path.dirname(os.path.abspath(path))
    make_folder(above, 0o777)
    try:
        os.mkdir(path, mode)
    except FileExistsError:  # another program was faster; but not if it is something else than a folder
        if not os.path.isdir(path):
            raise
    _sync_folder(above)


def read_capped(path: str, most: int) -> bytes | None:
    """The file's bytes; None if there is no such file. Reads at most `most` + 1 bytes, so the caller sees an excess.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None


def remove(path: str) -> None:
    """Remove a file that nobody needs any more. If that fails it stays, and does no harm."""
    try:
        os.unlink(path)
    except OSError:
        return
