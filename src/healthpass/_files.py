"""Writing a file so that a power cut leaves the old one or the new one, and nothing in between."""

from __future__ import annotations

import os


def write_atomically(path: str, data: bytes) -> None:
    """Replace the file at `path`: write aside, sync, rename, sync the folder.

    The file is readable by its owner alone.

    Raises:
        OSError: as the system gives it; the old file is then still there.
    """
    aside = path + ".new"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
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
