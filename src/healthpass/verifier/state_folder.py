"""The files of a scanner's state: each is replaced as a whole, and none is believed for being there.

trust-list.cbor   the trust list in force, byte for byte
rotations.cbor    the lists that changed the roots, in order: the way from the pinned roots to those of today
area-table.cbor   the area table in force, byte for byte
floors.txt        version, issue time and digest of the newest objects accepted from each signer, so that a damaged
                  object cannot be replaced by an older one
"""

from __future__ import annotations

import os

from healthpass._files import read_capped, write_atomically
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

    Raises:
        OSError: the folder is not there and cannot be made.
    """

    __slots__ = ("_path",)

    def __init__(self, path: str | None) -> None:
        self._path = path
        if path is not None and not os.path.isdir(path):  # makedirs would find out too, by four calls and an exception
            os.makedirs(path, mode=0o700, exist_ok=True)

    def read(self, name: str, most: int) -> bytes | None:
        """The file's bytes; None if it is not there, or longer than any that was written. Raises `OSError`."""
        if self._path is None:
            return None
        data = read_capped(os.path.join(self._path, name), most)
        return None if data is None or len(data) > most else data

    def write(self, name: str, data: bytes) -> None:
        """Replace the file, durably. Raises `OSError`; the old file is then still there."""
        if self._path is not None:
            write_atomically(os.path.join(self._path, name), data)

    def read_floors(self) -> Floors:
        """The floors that were written; none if the file is missing or damaged."""
        return parse_floors(self.read(_FLOORS, _MAX_FLOORS_SIZE) or b"")

    def write_floors(self, floors: Floors) -> None:
        """Replace the floors, durably."""
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
        text = data.decode("ascii")
        above, checksum, end = text[:-33], text[-33:-1], text[-1:]
        lines = above.split("\n")
        if end != "\n" or checksum != _checksum(above) or lines[0] != _FIRST_LINE or lines.pop() != "":
            return {}
        return dict(_line(line) for line in lines[1:])
    except ValueError:
        return {}


def _line(line: str) -> tuple[bytes, Floor]:
    key, version, issued, digest = line.split(" ")
    return ROOTS_KEY if key == _ROOTS else bytes.fromhex(key), Floor(int(version), int(issued), digest)


def _checksum(text: str) -> str:
    return ed25519.sha512(text.encode("ascii"))[:16].hex()
