"""A folder that scanners fetch from: `snapshot.cbor`, `delta.cbor`, and filters by their digests."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from healthpass._files import PUBLIC, read_capped, remove, write_atomically
from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cose
from healthpass.formats.revocation import (
    DIGEST_SIZE,
    MAX_DELTA_SIZE,
    MAX_FILTER_SIZE,
    MAX_SNAPSHOT_SIZE,
    parse_snapshot,
)

SNAPSHOT_FILE = "snapshot.cbor"
DELTA_FILE = "delta.cbor"
PIECE_SUFFIX = ".filter"
_PIECE = re.compile(rf"[0-9a-f]{{{2 * DIGEST_SIZE}}}{re.escape(PIECE_SUFFIX)}", re.ASCII)


@typed
class PublishedFolder:
    """A `Published` in a folder, for a web server, a mirror or a stick.

    Every file is written whole. At no moment has the folder a snapshot whose filters are not there; those of the
    snapshot before stay until the next one, for scanners that have begun to fetch by it.

    Args:
        folder: it must be there.

    Attributes:
        removed: how many filters that nobody needs any more the last snapshot has removed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        self.removed = 0

    def snapshot(self) -> bytes | None:
        """See `Published.snapshot`. Raises `OSError`: it is there and cannot be read."""
        return self._read(SNAPSHOT_FILE, MAX_SNAPSHOT_SIZE)

    def delta(self) -> bytes | None:
        """See `Published.delta`. Raises `OSError`."""
        return self._read(DELTA_FILE, MAX_DELTA_SIZE)

    def filter(self, digest: str) -> bytes | None:
        """See `Published.filter`. Raises `OSError`."""
        return self._read(digest + PIECE_SUFFIX, MAX_FILTER_SIZE)

    def put_snapshot(self, message: bytes, filters: Mapping[str, bytes]) -> None:
        """See `Published.put_snapshot`. Raises `OSError`: the snapshot before is there still, and its filters."""
        before = self.named()
        names = {digest + PIECE_SUFFIX: data for digest, data in filters.items()}
        for name, data in names.items():  # first: nobody fetches a snapshot whose filters are not there
            self._write(name, data)
        self._write(SNAPSHOT_FILE, message)
        self.drop_delta()
        # Last: whoever has begun to fetch by the snapshot before this still finds its filters, until the next.
        self.removed = 0 if before is None else self._remove_pieces_but(before | names.keys())

    def put_delta(self, message: bytes) -> None:
        """See `Published.put_delta`. Raises `OSError`: the one before is still there."""
        self._write(DELTA_FILE, message)

    def drop_delta(self) -> None:
        """See `Published.drop_delta`. If it cannot be removed it stays: scanners refuse it, and the next one tries."""
        remove(str(self._folder / DELTA_FILE))

    def named(self) -> set[str] | None:
        """The files of the filters that the snapshot names; none without one, None if it cannot be read."""
        data = self.snapshot()
        if data is None:
            return set()
        try:
            content = parse_snapshot(cose.decode_sign1(data, cose.SNAPSHOT, MAX_SNAPSHOT_SIZE).payload)
        except FormatError:
            return None
        return {digest.hex() + PIECE_SUFFIX for digest, _ in content.filters.values()}

    def _read(self, name: str, most: int) -> bytes | None:
        return read_capped(str(self._folder / name), most)

    def _write(self, name: str, data: bytes) -> None:
        write_atomically(str(self._folder / name), data, PUBLIC)

    def _remove_pieces_but(self, kept: set[str]) -> int:
        """Remove the filters that are not kept, and nothing that has not a filter's name. Returns how many."""
        old = [each for each in self._folder.iterdir() if _PIECE.fullmatch(each.name) and each.name not in kept]
        for each in old:
            remove(str(each))
        return sum(not each.exists() for each in old)

    def __repr__(self) -> str:
        return "PublishedFolder(...)"
