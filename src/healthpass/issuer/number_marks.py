"""The second place: up to which number each window may have been given, written where no backup of the ledger takes it
back.

A ledger that comes back from a backup does not know what was given after it. So two things are written to a folder of
its own, best on another disk: *ahead*, before a ledger gives anything beyond it, by blocks and synced; and *given*,
what it has given, after each time. A ledger that has given less than that is an old copy.

*given* is not synced each time, which would cost as much as the ledger does, but at each block and each 64th time. So
nothing is missed when a program is killed. When the power goes, the last seconds of it may be; then a copy of the
ledger that was made within those seconds would not be found out, and no other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from healthpass._files import make_folder, read_capped, write_all, write_atomically
from healthpass.errors import LedgerError

LEDGER = b""
"""Instead of a kid. *ahead* is then the newest version that was taken; *given* counts what was revoked or published."""
_LEDGER_STEM = "ledger"
_MARK, _GIVEN = ".mark", ".given"
_MOST = 256
_EACH = 64


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of one window, or of the ledger.

    Attributes:
        ledger: whose it is, a number that was drawn when the ledger was made.
        capacity: of the window; 0 for the ledger.
        ahead: no number from this one on was ever given.
        given: every number below was.
    """

    ledger: int
    capacity: int
    ahead: int
    given: int


class NumberMarks:
    """The folder of a ledger's marks. Programs on several machines that use one ledger need one folder too.

    Two small text files for each kid, `KID.mark` and `KID.given`, and `ledger.mark` and `ledger.given`. Every line ends
    with a checksum, and nothing but the line as it was written is taken.

    Args:
        folder: made when the first marks are written, and never again: it may be a disk that is not mounted.

    Raises:
        LedgerError: of every method: "no-second-place": the folder cannot be read or written; "damaged-mark".
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = os.fspath(folder)
        self._noted = 0

    def kids(self) -> set[bytes]:
        """Those that have a mark, and `LEDGER` if that has."""
        with _reachable():
            try:
                names = os.listdir(self._folder)
            except FileNotFoundError:
                return set()
        stems = {name.removesuffix(_MARK) for name in names if name.endswith(_MARK)}
        return {kid for kid in map(_kid, stems) if kid is not None}

    def read(self, kid: bytes) -> Mark | None:
        """The mark of a kid, or None."""
        with _reachable():
            marked = read_capped(self._path(kid, _MARK), _MOST)
            given = read_capped(self._path(kid, _GIVEN), _MOST)
        if marked is None:
            return None
        if given is None:
            raise _damaged()
        ledger, capacity, ahead, at_least = _fields(marked, _MARK, kid, 3)
        of, number = _fields(given, _GIVEN, kid, 1)
        if of != ledger:
            raise _damaged()
        return Mark(ledger, capacity, ahead, max(number, at_least))

    def write_ahead(self, kid: bytes, mark: Mark) -> None:
        """Write a mark, on disk before this returns. One caller at a time for each kid. The folder must be there."""
        with _reachable():
            path = self._path(kid, _GIVEN)
            if not os.path.exists(path):  # first: a mark without it is damaged
                write_atomically(path, _line(_GIVEN, kid, mark.ledger, mark.given))
            write_atomically(
                self._path(kid, _MARK), _line(_MARK, kid, mark.ledger, mark.capacity, mark.ahead, mark.given)
            )

    def write_anew(self, kid: bytes, mark: Mark) -> None:
        """Write a mark, whatever is in its place. Nobody may be giving numbers under it meanwhile."""
        with _reachable():
            make_folder(self._folder)
            write_atomically(self._path(kid, _GIVEN), _line(_GIVEN, kid, mark.ledger, mark.given))
        self.write_ahead(kid, mark)

    def note(self, given: Mapping[bytes, int]) -> None:
        """So much is given, for each kid. Not less than before, whoever comes first."""
        self._noted += 1
        for kid, number in given.items():
            with _reachable():
                self._note(kid, number, synced=self._noted % _EACH == 0)

    def _note(self, kid: bytes, given: int, *, synced: bool) -> None:
        handle = os.open(self._path(kid, _GIVEN), os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            _lock(handle)
            ledger, before = _fields(os.read(handle, _MOST), _GIVEN, kid, 1)
            if given > before:
                os.lseek(handle, 0, os.SEEK_SET)
                write_all(handle, _line(_GIVEN, kid, ledger, given))  # as long as the one before, so never half of it
            if synced:
                os.fsync(handle)
        finally:
            os.close(handle)

    def _path(self, kid: bytes, suffix: str) -> str:
        return os.path.join(self._folder, _stem(kid) + suffix)

    def __repr__(self) -> str:
        return "NumberMarks(...)"


def _stem(kid: bytes) -> str:
    return kid.hex() or _LEDGER_STEM


def _kid(stem: str) -> bytes | None:
    if stem == _LEDGER_STEM:
        return LEDGER
    try:
        kid = bytes.fromhex(stem)
    except ValueError:
        return None
    return kid if kid and kid.hex() == stem else None


def _line(suffix: str, kid: bytes, ledger: int, *numbers: int) -> bytes:
    text = f"healthpass{suffix} 1 {ledger:016x} {_stem(kid)} {' '.join(f'{each:020d}' for each in numbers)}".encode()
    return text + b" " + blake2b(text, digest_size=8).hexdigest().encode() + b"\n"


def _fields(data: bytes, suffix: str, kid: bytes, count: int) -> list[int]:
    """The ledger and so many numbers of a line. Raises `LedgerError`: "damaged-mark"."""
    words = data.split(b" ")
    try:
        ledger, numbers = int(words[2], 16), [int(word) for word in words[4:-1]]
    except (ValueError, IndexError):
        raise _damaged() from None
    if len(numbers) != count or min(ledger, *numbers) < 0 or data != _line(suffix, kid, ledger, *numbers):
        raise _damaged()
    return [ledger, *numbers]


def _lock(handle: int) -> None:
    try:
        from fcntl import LOCK_EX, flock  # lazy: not every system has it, and without it one process is right
    except ImportError:
        return
    try:
        flock(handle, LOCK_EX)
    except OSError:  # a file system without locks
        return


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise LedgerError(
            "no-second-place", "the ledger's second place cannot be read or written: nothing is given without it"
        ) from None


def _damaged() -> LedgerError:
    return LedgerError(
        "damaged-mark", "a mark in the ledger's second place is damaged: if the ledger is whole, write the marks anew"
    )
