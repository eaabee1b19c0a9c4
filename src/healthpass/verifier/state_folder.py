"""The files of a scanner's state: each is replaced as a whole, and none is believed for being there.

trust-list.cbor   the trust list in force, byte for byte
rotations.cbor    the lists that changed the roots, in order: the way from the pinned roots to those of today
area-table.cbor   the area table in force, byte for byte
floors.txt        version, issue time and digest of the newest objects accepted from each signer, so that a
                  damaged object cannot be replaced by an older one
"""

from __future__ import annotations

import os

from healthpass._files import make_folder, read_capped, write_atomically
from healthpass.crypto import ed25519
from healthpass.trust.updates import Floor

TRUST_LIST = "trust-list.cbor"
ROTATIONS = "rotations.cbor"
AREA_TABLE = "area-table.cbor"
_FLOORS = "floors.txt"
_MAX_FLOORS_SIZE = 131_072
_FIRST_LINE = "healthpass floors 1"
_ROOTS = "roots"

Floors = dict[bytes, Floor]
"""By signer: a public key of 32 bytes, or `ROOTS_KEY` for the roots together."""
ROOTS_KEY = b""


class StateFolder:
    """A folder for the files above. Without a path it keeps nothing.

    As a context manager it keeps other programs out that do the same, where the system has locks for that.

    Raises:
        OSError: the folder is not there and cannot be made.
    """

    __slots__ = ("_handle", "_known", "path")

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._handle = -1
        self._known: dict[str, bytes] = {}
        if path is not None:
            make_folder(path)

    def __enter__(self) -> None:
        if self.path is not None and os.name == "posix":
            from fcntl import LOCK_EX, flock  # here: a scanner reads often and writes once a day

            self._handle = os.open(self.path, os.O_RDONLY)
            try:
                flock(self._handle, LOCK_EX)
            except OSError:  # a file system without locks: then one program at a time is the caller's to see to
                return

    def __exit__(self, *error: object) -> None:
        if self._handle >= 0:
            os.close(self._handle)  # which unlocks
            self._handle = -1

    def beneath(self, name: str) -> str | None:
        """The path of a folder in this one; None without a path."""
        return None if self.path is None else os.path.join(self.path, name)

    def read(self, name: str, most: int) -> bytes:
        """The file's bytes; none if it is not there, or longer than any that was written. Raises `OSError`."""
        if self.path is None:
            return b""
        data = read_capped(os.path.join(self.path, name), most) or b""
        self._known[name] = ed25519.sha512(data)
        return b"" if len(data) > most else data

    def write(self, name: str, data: bytes) -> None:
        """Replace the file, durably, unless it is known to hold these very bytes.

        Raises:
            OSError: the file is then the old one or the new one.
        """
        if self.path is None:
            return
        digest = ed25519.sha512(data)
        if self._known.pop(name, None) != digest:
            write_atomically(os.path.join(self.path, name), data)
        self._known[name] = digest

    def read_floors(self) -> Floors:
        """The floors that were written; none if the file is missing or damaged."""
        return parse_floors(self.read(_FLOORS, _MAX_FLOORS_SIZE))

    def changed_floors(self) -> Floors | None:
        """The floors in the file, if they are not those that were last read or written here. Raises `OSError`."""
        if self.path is None:
            return None
        known = self._known.get(_FLOORS)
        floors = self.read_floors()
        return None if self._known[_FLOORS] == known else floors

    def write_floors(self, floors: Floors) -> None:
        """`write` for the floors."""
        self.write(_FLOORS, encode_floors(floors))


def encode_floors(floors: Floors) -> bytes:
    """The content of floors.txt: a line for each signer, and a checksum of what is above it."""
    lines = [_FIRST_LINE]
    for key in sorted(floors):
        floor = floors[key]
        lines.append(f"{key.hex() or _ROOTS} {floor.version} {floor.issued} {floor.digest}")
    text = "\n".join(lines) + "\n"
    return f"{text}{_checksum(text)}\n".encode("ascii")


def parse_floors(data: bytes) -> Floors:
    """The floors of a file; none at all if a single byte of it is not as it was written."""
    try:
        lines = data.decode("ascii").split("\n")
        floors = dict(_line(line) for line in lines[1:-2])
    except ValueError:
        return {}
    return floors if encode_floors(floors) == data else {}


def _line(line: str) -> tuple[bytes, Floor]:
    key, version, issued, digest = line.split(" ")
    return b"" if key == _ROOTS else bytes.fromhex(key), Floor(int(version), int(issued), digest)


def _checksum(text: str) -> str:
    return ed25519.sha512(text.encode("ascii"))[:16].hex()
