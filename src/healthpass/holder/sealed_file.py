"""A file sealed with a passphrase that is only ever replaced as a whole, and only by whoever wrote or read it last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nacl.exceptions import CryptoError

from healthpass._files import read_capped, write_atomically, write_new
from healthpass.crypto.passphrase import PassphraseBox
from healthpass.errors import KeyFileError, WalletError

try:
    import fcntl
except ImportError:  # no locks there; the comparison below still finds all but a race
    fcntl = None  # type: ignore[assignment]

_STAMP_SIZE = 64
"""The start of a sealed file has a fresh random nonce each time, so it tells one writing from every other."""


class SealedFile:
    """The file behind an open wallet. `create` and `open` make it.

    Two programs with the same wallet open would each show claims that the other has shown. So a file is replaced only
    if it is still the one that this object read or wrote last.
    """

    __slots__ = ("_box", "_path", "_stamps")

    def __init__(self, path: str, box: PassphraseBox) -> None:
        self._path = path
        self._box = box
        self._stamps: set[bytes] = set()

    @classmethod
    def create(cls, path: str, passphrase: str, level: int, content: bytes) -> SealedFile:
        """A new file with this content.

        Raises:
            WalletError: "exists".
            ValueError: an empty passphrase, or no such level.
            OSError: it cannot be written.
        """
        exists = WalletError("exists", "there is a file at this path already")
        if os.path.lexists(path):  # before the passphrase is worked on, which takes a while
            raise exists
        file = cls(path, PassphraseBox(passphrase, level))
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
            KeyFileError: "not-ours", or "passphrase" (wrong, or the file is damaged).
            OSError: it is there and cannot be read.
        """
        sealed = read_capped(path, max_size + 2 * _STAMP_SIZE)
        if sealed is None:
            raise WalletError("no-file", "there is no wallet at this path")
        if len(sealed) > max_size + 2 * _STAMP_SIZE:
            raise WalletError("too-large", "a wallet's file is not that large")
        try:
            box, content = PassphraseBox.open(sealed, passphrase)
        except CryptoError:  # Argon2id could not have the memory that the file asks for
            raise KeyFileError("no-memory", "there is not enough memory to open this file") from None
        file = cls(path, box)
        file._stamps = {sealed[:_STAMP_SIZE]}
        return file, content

    def write(self, content: bytes) -> None:
        """Replace the content. When this returns it is on the disk.

        Raises:
            WalletError: "changed-elsewhere".
            OSError: as the system gives it; the file has the old content or the new.
        """
        with self._alone():
            self._write(content)

    def _write(self, content: bytes, put: Callable[[str, bytes], None] = write_atomically) -> None:
        sealed = self._box.seal(content)
        stamp = sealed[:_STAMP_SIZE]
        self._stamps.add(stamp)  # if writing fails after the rename, this is what is there
        put(self._path, sealed)
        self._stamps = {stamp}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds a lock on the file that is there, which is the one that this object knows.

        Who waits for the lock on a file that is replaced meanwhile finds another stamp at the path.
        """
        with open(self._path, "rb") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            if (read_capped(self._path, _STAMP_SIZE) or b"")[:_STAMP_SIZE] not in self._stamps:
                raise WalletError("changed-elsewhere", "another program has changed this wallet: open it again")
            yield

    def __repr__(self) -> str:
        return "SealedFile(...)"
