"""The filters on a scanner's disk: named by their digest, mapped into memory, checked once."""

from __future__ import annotations

import os

from healthpass.crypto import ed25519
from healthpass.errors import BadInput, RevocationRefused
from healthpass.formats.revocation_filter import RevocationFilter
from healthpass.trust.revocations import check_filter
from healthpass.verifier.state_folder import StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from healthpass.formats.revocation import Snapshot
    from healthpass.formats.revocation_filter import Data
    from healthpass.formats.trust_list import TrustList

    Fetch = Callable[[str], bytes]

_SUFFIX = ".filter"
_SMALL = 4096
"""Bytes up to which a filter is kept in memory instead of mapped: a page would be mapped for it anyway."""


class Pieces:
    """The filters in a folder, or in memory without one.

    Attributes:
        folder: where they are.
    """

    __slots__ = ("_known", "folder")

    def __init__(self, path: str | None) -> None:
        self.folder = StateFolder(path)
        self._known: dict[tuple[bytes, bytes], RevocationFilter] = {}

    def collect(self, snapshot: Snapshot, trust_list: TrustList, fetch: Fetch | None) -> dict[bytes, RevocationFilter]:
        """Every filter of a snapshot whose kid the trust list has, those that are not here from `fetch`.

        Raises:
            RevocationRefused: "piece-missing", or what `healthpass.trust.revocations.check_filter` finds.
            FormatError: a piece is not a filter.
            OSError: a piece could not be written.
        """
        filters = {}
        for kid, (digest, length) in snapshot.filters.items():
            window = trust_list.windows.get(kid)
            if window is None:
                continue
            held = self._held(kid, digest, length)
            if held is None:
                data = _fetched(digest, length, fetch)
                held = check_filter(data, digest, length, window)
                self.folder.write(digest.hex() + _SUFFIX, data)
                held = self._held(kid, digest, length) or held
            filters[kid] = self._known[kid, digest] = held
        return filters

    def stored(self, snapshot: Snapshot, trust_list: TrustList) -> dict[bytes, RevocationFilter]:
        """The filters of a snapshot that are on the disk and whole. Their digests are checked: a disk can err."""
        filters = {}
        for kid, (digest, length) in snapshot.filters.items():
            held = self._held(kid, digest, length) if kid in trust_list.windows else None
            if held is not None and held.capacity == trust_list.windows[kid].capacity:
                filters[kid] = self._known[kid, digest] = held
        return filters

    def drop_all_but(self, snapshots: Iterable[Snapshot]) -> None:
        """Remove the filters that no snapshot names any more."""
        named = {digest for snapshot in snapshots for digest, _ in snapshot.filters.values()}
        self._known = {at: each for at, each in self._known.items() if at[1] in named}
        if self.folder.path is None:
            return
        for name in os.listdir(self.folder.path):
            if name.endswith(_SUFFIX) and name[: -len(_SUFFIX)] not in {digest.hex() for digest in named}:
                os.unlink(os.path.join(self.folder.path, name))

    def _held(self, kid: bytes, digest: bytes, length: int) -> RevocationFilter | None:
        known = self._known.get((kid, digest))
        if known is not None or self.folder.path is None:
            return known
        data = _mapped(os.path.join(self.folder.path, digest.hex() + _SUFFIX), length)
        if data is None or ed25519.sha512(bytes(data))[: len(digest)] != digest:
            return None
        try:
            return RevocationFilter(data)
        except BadInput:
            return None


def _fetched(digest: bytes, length: int, fetch: Fetch | None) -> bytes:
    """A piece from outside; no more of it is looked at than the snapshot says that it has."""
    if fetch is None:
        raise RevocationRefused("piece-missing", "the snapshot names a filter that is not here, and there is no source")
    try:
        data = fetch(digest.hex())
    except (KeyError, OSError):
        raise RevocationRefused("piece-missing", "a filter that the snapshot names cannot be fetched") from None
    if len(data) != length:
        raise RevocationRefused("digest", "a filter is not the one that the snapshot names")
    return data


def _mapped(path: str, length: int) -> Data | None:
    """A file of exactly that length; a large one is mapped. None if there is no such file."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size != length:
                return None
            if length <= _SMALL:
                return file.read()
            from mmap import ACCESS_READ, mmap  # here: small filters need none

            return mmap(file.fileno(), length, access=ACCESS_READ)
    except OSError:
        return None
