"""A file sealed with a passphrase, which several programs may have open.

It is only ever replaced as a whole, and only by a program that has seen what is in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from healthpass._files import naming, read_capped, write_atomically, write_new
from healthpass.crypto.passphrase import PassphraseBox
from healthpass.errors import WalletError

try:
    import fcntl
except ImportError:  # no locks there: a file that changes within a call is found, but for a race
    fcntl = None  # type: ignore[assignment]

_STAMP_SIZE = 64
"""The start of a sealed file has a fresh random nonce each time, so it tells one writing from every other."""


class SealedFile:
    """The file behind an open wallet. `create` and `open` make it.

    Two programs with the same wallet open would each show claims that the other has shown. So before each call a wallet
    looks what is in the file (`changed`), and whoever changes something does both in one turn (`alone`).
    """

    __slots__ = ("_box", "_max_size", "_path", "_stamp")

    def __init__(self, path: str, box: PassphraseBox, max_size: int) -> None:
        self._path = path
        self._box = box
        self._max_size = max_size + 2 * _STAMP_SIZE
        self._stamp = b""

    @classmethod
    def create(cls, path: str, passphrase: str, level: int, content: bytes, max_size: int) -> SealedFile:
        """A new file with this content.

        Raises:
            WalletError: "exists".
            ValueError: an empty passphrase, or no such level.
            OSError: it cannot be written.
        """
        exists = WalletError("exists", "there is a file at this path already; choose another one")
        if os.path.lexists(path):  # before the passphrase is worked on, which takes a while
            raise exists
        file = cls(path, PassphraseBox(passphrase, level), max_size)
        try:
            file._write(content, write_new)
        except FileExistsError:
            raise exists from None
        return file

    @classmethod
    def open(cls, path: str, passphrase: str, max_size: int) -> tuple[SealedFile, bytes]:
        """The file at `path` and its content, at most `max_size` bytes.

        Raises:
            WalletError: "no-file" or "too-large".
            KeyFileError: "not-ours", "memory", or "passphrase" (wrong, or the file is damaged).
            OSError: it is there and cannot be read.
        """
        sealed = _read(path, max_size + 2 * _STAMP_SIZE)
        box, content = PassphraseBox.open(sealed, passphrase)
        file = cls(path, box, max_size)
        file._stamp = sealed[:_STAMP_SIZE]
        return file, content

    def changed(self) -> tuple[bytes, bytes] | None:
        """What is in the file, if it is not what was last read or written here: its stamp, for `seen`, and the content.

        Raises:
            WalletError: "no-file" or "too-large".
            KeyFileError: "passphrase": damaged, or sealed by another passphrase than before.
            OSError: it cannot be read.
        """
        if (read_capped(self._path, _STAMP_SIZE) or b"")[:_STAMP_SIZE] == self._stamp:
            return None
        sealed = _read(self._path, self._max_size)
        return sealed[:_STAMP_SIZE], self._box.open_again(sealed)

    def seen(self, stamp: bytes) -> None:
        """From now on the file with this stamp is the one that is known."""
        self._stamp = stamp

    def write(self, content: bytes) -> None:
        """Replace the content, by whoever is `alone`. When this returns it is on the disk.

        Raises:
            OSError: as the system gives it; the file has the old content, or the new, which `changed` then gives.
        """
        self._write(content, write_atomically)

    def _write(self, content: bytes, put: Callable[[str, bytes], None]) -> None:
        sealed = self._box.seal(content)
        put(self._path, sealed)
        self._stamp = sealed[:_STAMP_SIZE]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps every other program that does the same out, where the system has locks.

        Raises:
            WalletError: "no-file".
            OSError: it cannot be opened or locked.
        """
        handle = self._locked()
        try:
            yield
        finally:
            with naming(self._path):
                os.close(handle)  # which unlocks

    def _locked(self) -> int:
        """A handle of the file that is at the path, locked: not of one that was replaced while another had the lock."""
        while True:
            try:
                handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError:
                raise _no_file() from None
            try:
                if fcntl is None:
                    return handle
                fcntl.flock(handle, fcntl.LOCK_EX)
                if os.path.exists(self._path) and os.path.samestat(os.fstat(handle), os.stat(self._path)):
                    return handle
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def __repr__(self) -> str:
        return "SealedFile(...)"


def _read(path: str, most: int) -> bytes:
    sealed = read_capped(path, most)
    if sealed is None:
        raise _no_file()
    if len(sealed) > most:
        raise WalletError("too-large", "a wallet's file is not that large; check the path")
    return sealed


def _no_file() -> WalletError:
    return WalletError("no-file", "there is no wallet at this path; check the path, or create one")
