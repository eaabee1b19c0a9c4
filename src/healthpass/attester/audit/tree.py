"""The Merkle tree hash of RFC 6962 section 2.1, of a list that only grows, in the memory of its height."""

from __future__ import annotations

from hashlib import sha256

HASH_SIZE = 32


class Tree:
    """The tree of the leaves that were added. It remembers one hash for each complete subtree: 32 at most for 2^32."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf at the right."""
        size, joined = 1, sha256(b"\x00" + leaf).digest()
        while self._peaks and self._peaks[-1][0] == size:
            joined = _join(self._peaks.pop()[1], joined)
            size *= 2
        self._peaks.append((size, joined))
        self.size += 1

    def root(self) -> bytes:
        """The root, 32 bytes; of no leaves, SHA-256 of nothing."""
        if not self._peaks:
            return sha256().digest()
        *others, (_, joined) = self._peaks
        for _, peak in reversed(others):
            joined = _join(peak, joined)
        return joined


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
