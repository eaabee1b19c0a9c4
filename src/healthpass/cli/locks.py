"""One command at a time where two would undo each other's work: in a platform's folder, or beside a new key."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthpass._files import naming
from healthpass.errors import BadInput

WAIT = 30.0
"""Seconds to wait for another command, as for a ledger."""
LOCK_FILE = ".healthpass-lock"
_PAUSE = 0.05


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder; the system lets go of it when the process ends, however it ends.

    Raises:
        BadInput: "in-use": another command has held it for all of the wait. Nothing has changed.
        OSError: the folder cannot be opened, or its file system has no locks at all.
    """
    handle = _opened(folder)
    try:
        with naming(str(folder)):
            _lock(handle)
        yield
    finally:
        with naming(str(folder)):
            os.close(handle)


def _opened(folder: Path) -> int:
    """The folder itself; on file systems that lock only what can be written (NFS), a file in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return handle
    except OSError:
        os.close(handle)
        return os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    return handle


def _lock(handle: int) -> None:
    end = time.monotonic() + WAIT
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                said = "another command is at work in this folder: run this one again when that has ended"
                raise BadInput("in-use", said) from None
        time.sleep(_PAUSE)
