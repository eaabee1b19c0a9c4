"""Who may publish: a lock that ends with the process that has it, however that ends. No clock decides anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from healthpass._files import PRIVATE, naming
from healthpass.errors import RevocationRefused


def under_way() -> RevocationRefused:
    """The refusal of a second publisher."""
    return RevocationRefused("publication-under-way", "somebody else is publishing: try again when that has ended")


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds a lock on a file, which is made if it is not there, and stays. The system lets go of it with the process.

    Raises:
        RevocationRefused: `under_way()`.
        OSError: the file cannot be made, or not be locked.
    """
    import fcntl  # lazy: who only issues needs none

    handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise under_way() from None
        yield
    finally:
        with naming(path):
            os.close(handle)


@contextmanager
def held(lock: Lock) -> Iterator[None]:
    """The same for a ledger in memory, which one process has alone. Raises `under_way()`."""
    if not lock.acquire(blocking=False):
        raise under_way()
    try:
        yield
    finally:
        lock.release()
