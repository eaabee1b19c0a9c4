"""The ledger: which numbers an attestation has got. It names no person, and never gives a number twice.

A row is (attester, reference, digest of the attestation, kid, first number, count); an attestation that asks for
several windows has one for each. Slots and claims are computed again from it whenever they are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """The numbers that an attestation has under one kid.

    Attributes:
        kid: the window, 4 bytes.
        first: the first number; the others follow it.
        count: how many.
    """

    kid: bytes
    first: int
    count: int

    def __repr__(self) -> str:
        return f"Entry(count={self.count})"


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What an attestation needs of the ledger.

    Attributes:
        attester: the region's public key, 32 bytes.
        reference: 16 bytes; with the attester it names the attestation.
        digest: 32 bytes of SHA-512 of the whole signed attestation and of what its colours mean.
        wanted: (kid, capacity, how many claims) for each window, kids distinct.
        recovery_hash: 32 bytes or None; finds the attestation when its holder revokes.
        marks: (kid, 16 bytes) for each holder key that must not come back in another attestation under this kid.
    """

    attester: bytes
    reference: bytes
    digest: bytes
    wanted: Sequence[tuple[bytes, int, int]]
    recovery_hash: bytes | None = None
    marks: Sequence[tuple[bytes, bytes]] = ()

    def __repr__(self) -> str:
        return f"Request(windows={len(self.wanted)})"


class Ledger(Protocol):
    """What an issuer needs of a ledger. Every method is atomic and durable, across processes."""

    def find(self, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
        """The entries of an attestation in the order of its windows, or None if it never came.

        Raises:
            AttestationRefused: "other-content": the reference is known with another digest.
        """
        ...

    def reserve(self, request: Request) -> list[Entry]:
        """Numbers for an attestation, for good: on disk before this returns. Called again, the same ones.

        Raises:
            AttestationRefused: "other-content" as above; "window-full": a kid has too few numbers left; or
                "repeated-key": a marked holder key stands in another attestation. Nothing is then given to any window.
        """
        ...

    def issued(self, kid: bytes) -> int:
        """How many numbers of a kid are given away."""
        ...

    def drop(self, kid: bytes) -> None:
        """Forget the entries and marks of a window that is over. Its numbers stay given away."""
        ...
