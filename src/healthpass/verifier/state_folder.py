"""The files of a scanner's state: each is replaced as a whole, and none is believed for being there.

trust-list.cbor               the trust list in force, byte for byte
rotations.cbor                the lists that changed the roots, in order: the way from the pinned roots to today's
area-table.cbor               the area table in force, byte for byte
revocation/KEY.snapshot.cbor  the newest snapshot of a revocation key, KEY being the start of it
revocation/KEY.delta.cbor     its newest delta
revocation/DIGEST.filter      a filter, by the digest that a snapshot names it with; mapped, not read
documents/keys.cbor           the newest document keys, as they came: sealed to this scanner
floors.txt, generation.txt    twice the same: version, issue time and digest of the newest objects accepted from each
                              signer, and a number that rises with every update

Every update writes its files first, then floors.txt, and generation.txt last: a scanner that runs looks at that one
file before each call, and reads the others again when it has changed. What an update that was killed has left is found
by the next one, or by the next opening, which writes these two files to the end. There are two so that no loss of any
two files, nor an older copy of any two, passes for the newest state.
"""

from __future__ import annotations

import os

from healthpass._files import make_folder, naming, read_capped, remove, write_atomically
from healthpass.crypto import ed25519
from healthpass.trust.updates import KINDS, Floor, Floors

TYPE_CHECKING = False
if TYPE_CHECKING:
    Mark = tuple[int, int, int]
    """What tells one generation file from another: inode, size, and time of change in nanoseconds."""
    Writes = tuple[tuple[str, bytes | None], ...]
    """What an update does to the files, in order: a name, and its new content; None: nobody needs it any more."""

TRUST_LIST = "trust-list.cbor"
ROTATIONS = "rotations.cbor"
AREA_TABLE = "area-table.cbor"
DOCUMENT_KEYS = "documents/keys.cbor"
REVOCATION = "revocation"
FLOORS = "floors.txt"
GENERATION = "generation.txt"
_MAX_FLOORS_SIZE = 262_144
_FIRST_LINE = "healthpass floors 2"
_UNKNOWN = "-"
_EPOCH = 946_684_800
"""The first second of 2000, which every file system can keep."""


class StateFolder:
    """A folder for the files above. Without a path it keeps nothing.

    As a context manager it keeps other programs out that do the same, where the system has locks for that; what is
    written then is made known by `publish`.

    Attributes:
        path: absolute, so that a program may go to another folder; or None.
        generation: the path of the generation file; None without a path.

    Raises:
        OSError: the folder is not there and cannot be made.
    """

    __slots__ = ("_changed", "_handle", "_seen", "_unsure", "generation", "path")

    def __init__(self, path: str | None) -> None:
        self.path = None if path is None else os.path.abspath(path)
        self.generation = self.beneath(GENERATION)
        self._handle = -1
        self._changed = False
        self._unsure: set[str] = set()
        self._seen = b""
        if self.path is not None:
            make_folder(self.path)

    def __enter__(self) -> None:
        self.lock()

    def __exit__(self, *error: object) -> None:
        self.unlock()

    def lock(self, wait: bool = True) -> bool:
        """Keep other programs out until `unlock`; if `wait` is false, only where none is in.

        A file system without locks counts as locked: there one program at a time is the caller's to see to.

        Raises:
            OSError: the folder cannot be opened.
        """
        self._changed = False
        if self.path is None or os.name != "posix":
            return True
        from fcntl import LOCK_EX, LOCK_NB, flock  # lazy: a scanner in memory has no use for it

        self._handle = os.open(self.path, os.O_RDONLY)
        try:
            flock(self._handle, LOCK_EX if wait else LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def unlock(self) -> None:
        """The end of `lock`."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1  # first: when it fails too, the handle is gone
            with naming(str(self.path)):
                os.close(handle)

    def beneath(self, name: str) -> str | None:
        """The path of a file or folder in this one; None without a path."""
        return None if self.path is None else os.path.join(self.path, *name.split("/"))

    def mark(self) -> Mark | None:
        """What the generation file is now; None if there is none.

        Raises:
            OSError: the folder is gone, or cannot be looked into.
        """
        if self.generation is None or self.path is None:
            return None
        try:
            found = os.stat(self.generation)
        except FileNotFoundError:
            os.stat(self.path)
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def read(self, name: str, most: int) -> bytes:
        """The file's bytes; none if it is not there, or longer than any that was written. Raises `OSError`."""
        path = self.beneath(name)
        data = None if path is None else read_capped(path, most)
        return b"" if data is None or len(data) > most else data

    def is_empty(self) -> bool:
        """Whether nothing is there that an update would have left."""
        names = (TRUST_LIST, ROTATIONS, AREA_TABLE, FLOORS, GENERATION, REVOCATION, "documents")
        return self.path is not None and not any(map(self.has, names))

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        path = self.beneath(name)
        return path is not None and os.path.lexists(path)

    def remove(self, name: str) -> None:
        """Remove a file that nobody needs any more. If that fails it stays, and does no harm."""
        path = self.beneath(name)
        if path is not None:
            remove(path)

    def floors(self) -> tuple[Floors | None, int]:
        """The newest of what the two copies say, and the higher of their numbers; None if neither is whole.

        Raises:
            OSError: a file cannot be read.
        """
        one, other = self.read(FLOORS, _MAX_FLOORS_SIZE), self.read(GENERATION, _MAX_FLOORS_SIZE)
        self._seen = one if one == other else b""
        found = [each for each in map(parse_floors, (one,) if one == other else (one, other)) if each is not None]
        if not found:
            return None, 0
        newest = found[0][0] if len(found) == 1 else found[0][0].merged(found[1][0])
        return newest, max(number for _, number in found)

    def is_published(self, floors: Floors, number: int) -> bool:
        """Whether both copies, as they were last read by `floors` or written, say just this."""
        return self._seen == encode_floors(floors, number)

    def publish(self, floors: Floors, number: int) -> int:
        """Make an update known, or what a killed one has left: write both copies, the generation file last.

        Args:
            floors: of the new state.
            number: the highest that is known.

        Returns:
            The number written; `number` itself if nothing has changed and both copies are whole.

        Raises:
            OSError: a copy could not be written.
        """
        if self.path is None or (not self._changed and self.is_published(floors, number)):
            return number
        number += 1
        text, self._seen = encode_floors(floors, number), b""
        self.write(FLOORS, text)
        self.write(GENERATION, text, _time_of(number))
        self._seen = text
        return number

    def write(self, name: str, data: bytes, mtime_ns: int | None = None) -> None:
        """Replace the file, durably, unless it has these very bytes.

        Raises:
            OSError: the file is then the old one or the new one.
        """
        path = self.beneath(name)
        if path is None or (name not in self._unsure and self.read(name, len(data)) == data):
            return
        make_folder(os.path.dirname(path))
        self._changed = True
        self._unsure.add(name)  # should it fail, nobody knows what is there
        write_atomically(path, data, mtime_ns=mtime_ns)
        self._unsure.discard(name)


def encode_floors(floors: Floors, number: int) -> bytes:
    """The content of floors.txt: its number, a line for each signer, and a checksum of what is above it."""
    lines = [_FIRST_LINE, f"generation {number}", f"roots {_words(floors.roots)}"]
    for kind in KINDS:
        lines += [f"{kind} {key.hex()} {_words(floor)}" for key, floor in sorted(getattr(floors, kind).items())]
    text = "\n".join(lines) + "\n"
    return f"{text}{ed25519.sha512(text.encode('ascii'))[:16].hex()}\n".encode("ascii")


def parse_floors(data: bytes) -> tuple[Floors, int] | None:
    """The floors of a file and its number; None if a single byte of it is not as it was written."""
    parts: dict[str, dict[bytes, Floor]] = {kind: {} for kind in KINDS}
    try:
        _, generation, roots, *lines = data.decode("ascii").split("\n")[:-2]
        for line in lines:
            kind, key, *words = line.split(" ")
            parts[kind][bytes.fromhex(key)] = _floor(words)
        floors, number = Floors(_floor(roots.split(" ")[1:]), **parts), int(generation.split(" ")[1])
    except (ValueError, LookupError):
        return None
    return (floors, number) if encode_floors(floors, number) == data else None


def _words(floor: Floor) -> str:
    return f"{floor.version} {floor.issued} {floor.digest or _UNKNOWN}"


def _floor(words: list[str]) -> Floor:
    version, issued, digest = words
    return Floor(int(version), int(issued), "" if digest == _UNKNOWN else digest)


def _time_of(number: int) -> int:
    """The time of change that a generation file is given, in nanoseconds.

    No two generation files may look the same to a scanner that has seen the one and not what came between: two updates
    can fall into one tick of the file system's clock, a clock can be set back, and an inode is used again. So the time
    says nothing of the clock: its seconds are the number, which only rises, times two, since some file systems keep two
    seconds; the rest is random, for a folder that was emptied, where numbers begin again.
    """
    return (_EPOCH + 2 * number) * 10**9 + int.from_bytes(os.urandom(4), "big") % 10**9
