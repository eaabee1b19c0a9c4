"""The filters on a scanner's disk: named by their digest, mapped into memory, checked once before their first use."""

from __future__ import annotations

import os

from healthpass.crypto import ed25519
from healthpass.errors import BadInput, RevocationRefused
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.trust.revocations import check_filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from healthpass.formats.revocation.filter import Data
    from healthpass.formats.revocation.messages import Snapshot
    from healthpass.formats.trust_list import TrustList
    from healthpass.verifier.state_folder import StateFolder, Writes

    Fetch = Callable[[str], bytes] | str | os.PathLike[str]
    """Gives a filter for the hexadecimal digits of its digest, or is the folder where they lie as DIGEST.filter."""
    Piece = tuple[bytes, int]
    """Digest and length, as a snapshot names it."""

FOLDER = "revocation"
_SUFFIX = ".filter"
_SMALL = 4096
"""Bytes up to which a filter is kept in memory instead of mapped: a page would be mapped for it anyway."""


class Pieces:
    """The filters in a folder, or in memory without one. What is written under a name never changes.

    A filter that is mapped stays as it is when its file is removed or replaced; the map goes with the last use of it.

    Args:
        files: the state's; the filters are in a folder there.
        known: snapshots, and of each the filters that are here already, by kid.
    """

    __slots__ = ("_files", "_known", "_path")

    def __init__(
        self, files: StateFolder, known: Iterable[tuple[Snapshot, dict[bytes, RevocationFilter]]] = ()
    ) -> None:
        self._files = files
        self._path = files.beneath(FOLDER)
        self._known: dict[Piece, RevocationFilter] = {
            snapshot.filters[kid]: held for snapshot, filters in known for kid, held in filters.items()
        }

    def collect(
        self, snapshot: Snapshot, trust_list: TrustList, fetch: Fetch | None, written: list[Piece]
    ) -> dict[bytes, RevocationFilter]:
        """Every filter of a snapshot whose kid the trust list has, those that are not here from `fetch`.

        Args:
            written: takes what is written to the disk, so that it can be removed if the snapshot is refused after all.

        Raises:
            RevocationRefused: "missing-filter", "capacity", or what `healthpass.trust.revocations.check_filter` finds.
            FormatError: a piece is not a filter.
            OSError: a piece could not be written.
        """
        filters, known = {}, dict(self._known)
        for kid, piece in snapshot.filters.items():
            window = trust_list.windows.get(kid)
            if window is None:
                continue
            if piece[1] > window.capacity // 4 + 64:  # no set of slots needs that much
                raise RevocationRefused(
                    "capacity", "a filter is longer than one for its window can be; tell the platform"
                )
            held = known.get(piece)
            if held is None:
                data = self._read(piece)
                if data is not None:
                    held = check_filter(data, *piece, window)
                else:
                    data = _fetched(piece, fetch)
                    held = check_filter(data, *piece, window)
                    held = self._write(piece, data, written) or held
            if held.capacity != window.capacity:
                raise RevocationRefused("capacity", "a filter is for a window of another capacity; tell the platform")
            filters[kid] = known[piece] = held
        return filters

    def stored(self, snapshot: Snapshot, trust_list: TrustList) -> dict[bytes, RevocationFilter]:
        """The filters of a snapshot that are here and whole. Those on the disk are compared with their digests."""
        filters, here = {}, self._names()
        for kid, piece in snapshot.filters.items():
            window = trust_list.windows.get(kid)
            held = None if window is None else self._known.get(piece)
            if held is None and window is not None and piece[0].hex() + _SUFFIX in here:
                held = self._opened(piece)
            if held is not None and window is not None and held.capacity == window.capacity:
                filters[kid] = self._known[piece] = held
        return filters

    def remove(self, pieces: Iterable[Piece]) -> None:
        """Remove what a refused snapshot has brought."""
        for piece in pieces:
            self._files.remove(_name(piece))

    def unnamed(self, snapshots: Iterable[Snapshot]) -> Writes:
        """The removal of the filters that no snapshot names any more."""
        named = {digest.hex() + _SUFFIX for snapshot in snapshots for digest, _ in snapshot.filters.values()}
        gone = [name for name in self._names() if name.endswith(_SUFFIX) and name not in named]
        return tuple((f"{FOLDER}/{name}", None) for name in gone)

    def _names(self) -> set[str]:
        """What is in the folder: one look for all the filters of a snapshot."""
        try:
            return set() if self._path is None else set(os.listdir(self._path))
        except OSError:
            return set()

    def _write(self, piece: Piece, data: bytes, written: list[Piece]) -> RevocationFilter | None:
        if self._path is None:
            return None
        written.append(piece)
        self._files.write(_name(piece), data)
        return self._opened(piece)

    def _opened(self, piece: Piece) -> RevocationFilter | None:
        data = self._read(piece)
        try:
            return None if data is None else RevocationFilter(data)
        except BadInput:
            return None

    def _read(self, piece: Piece) -> Data | None:
        """A piece from the disk, if it is there and is what its digest says: a disk can err."""
        path = self._files.beneath(_name(piece))
        if path is None:
            return None
        digest, length = piece
        data = _mapped(path, length)
        return None if data is None or ed25519.sha512(bytes(data))[: len(digest)] != digest else data


def _name(piece: Piece) -> str:
    return f"{FOLDER}/{piece[0].hex()}{_SUFFIX}"


def _fetched(piece: Piece, fetch: Fetch | None) -> bytes:
    """A piece from outside; no more of it is looked at than the snapshot says that it has."""
    if fetch is None:
        raise RevocationRefused("missing-filter", "the snapshot names a filter that is not here: give its source")
    digest, length = piece[0].hex(), piece[1]
    try:
        data = fetch(digest) if callable(fetch) else _read_exactly(os.path.join(fetch, digest + _SUFFIX), length)
    except (KeyError, OSError):
        raise RevocationRefused(
            "missing-filter", "a filter that the snapshot names cannot be fetched; try again"
        ) from None
    if len(data) != length:
        raise RevocationRefused("digest", "a filter is not the one that the snapshot names; fetch it again")
    return data


def _read_exactly(path: str, length: int) -> bytes:
    """A file of exactly that length; nothing if it has another. Raises `OSError`."""
    with open(path, "rb") as file:
        return file.read(length) if os.fstat(file.fileno()).st_size == length else b""


def _mapped(path: str, length: int) -> Data | None:
    """A file of exactly that length; a large one is mapped. None if there is no such file."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size != length:
                return None
            if length <= _SMALL:
                return file.read()
            from mmap import ACCESS_READ, mmap  # lazy: small filters need none

            try:
                return mmap(file.fileno(), length, access=ACCESS_READ)
            except (OSError, ValueError):  # too many maps, or the file has just become shorter
                return file.read(length)
    except OSError:
        return None
