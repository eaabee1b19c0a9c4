"""The ledger: which numbers an attestation has got. It names no person, and never gives a number twice.

A row is (attester, reference, digest of the attestation, kid, first number, count); an attestation that asks for
several windows has one for each. Slots and claims are computed again from it whenever they are needed.

What is revoked is a range of numbers, with the version of the newest publication at that moment. So the publication of
version V has exactly the ranges below V, and a delta from B to V those from B up to V, whatever was going on meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from healthpass._typed import typed


@typed
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


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Limit:
    """How many numbers a request may bring its author to.

    Attributes:
        names: whom the numbers of this request are counted for, each by itself; 1 to 64 bytes each.
        kids: under which they are counted together.
        most: so many at most, for each name, those of this request included.
        code, why: of the refusal where it would be more. A code has lower-case words with dashes.
    """

    names: Sequence[bytes]
    kids: Sequence[bytes]
    most: int
    code: str = "limit"
    why: str = "all the passes that may be asked for in this period have been had"

    def __repr__(self) -> str:
        return f"Limit(most={self.most})"


@typed
@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What an attestation needs of the ledger.

    Attributes:
        attester: the region's public key, 32 bytes.
        reference: 16 bytes; with the attester it names the attestation.
        digest: 32 bytes of SHA-512 of the whole signed attestation and of what its colours mean.
        wanted: (kid, capacity, how many claims) for each window, kids distinct.
        recovery_hashes: 32 bytes each, distinct; each finds the attestation when its holder revokes. The wallet's, and
            one of the region's.
        marks: (kid, 16 bytes) for each holder key that must not come back in another attestation under this kid.
        limits: see `Limit`; all of them hold. What is reserved without one counts for nobody.
    """

    attester: bytes
    reference: bytes
    digest: bytes
    wanted: Sequence[tuple[bytes, int, int]]
    recovery_hashes: Sequence[bytes] = ()
    marks: Sequence[tuple[bytes, bytes]] = ()
    limits: Sequence[Limit] = ()

    def __repr__(self) -> str:
        return f"Request(windows={len(self.wanted)})"


@typed
@dataclass(frozen=True, slots=True)
class Plan:
    """What a publisher wants to publish, and how well a delta must hide who is in it.

    Attributes:
        issued: seconds since 1970 UTC.
        kids: for a snapshot, those that it covers; for a delta, every kid that the publisher may speak of.
        live: those of them whose windows are not over.
        base: for a delta, the version of the snapshot that is published; None for a snapshot.
        attestations: a delta waits until so many attestations have been revoked since the last publication, those at a
            holder's wish not counted,
        longest_wait: or any of them so many seconds ago, those at a wish too.
        least_slots: under each live kid with anything newly revoked, at least so many slots are, beside those revoked
            at a holder's wish; numbers are burnt to fill up, though never more than an eighth of those that the kid has
            left.
        most_slots: of a delta.
        clock_confirmed: whether it may be issued before an earlier one, because that was dated in the future.
    """

    issued: int
    kids: Sequence[bytes]
    live: Set[bytes]
    base: int | None = None
    attestations: int = 1
    longest_wait: int = 0
    least_slots: int = 0
    most_slots: int = 1 << 32
    clock_confirmed: bool = False


@typed
@dataclass(frozen=True, slots=True)
class Publication:
    """A version that is taken: nobody gets it again, whether anything is published under it or not.

    Attributes:
        version: 1 for the first.
        issued: seconds since 1970 UTC, never before that of a lower version of the same key.
        base: for a delta, the version of its snapshot; None for a snapshot.
        kids: that it speaks of.
    """

    version: int
    issued: int
    base: int | None
    kids: tuple[bytes, ...]


class Turn(Protocol):
    """The right to publish: one publisher at a time has it. Every method is atomic and durable.

    A version is taken (`begin`), what is made of it is signed and written down (`signed`), it is published, and then
    the ledger is told (`published`). Whoever finds something published tells it too, so what counts is what is
    published: a publisher that dies before has changed nothing, and after it, the next one finds it.
    """

    def begin(self, plan: Plan) -> Publication | None:
        """Take a version: on disk before this returns. None for a delta that must wait; nothing has then changed.

        Numbers that pad it are taken from their windows and revoked in the same step, so no claim ever has one.

        Raises:
            RevocationRefused: "clock-behind": something was issued later with this key; for a delta, "other-snapshot":
                the published snapshot is not the newest of this ledger; "no-snapshot": it has a kid that is no longer
                in `kids`; "too-many-slots".
        """
        ...

    def signed(self, version: int, digest: bytes) -> None:
        """What is about to be published under a version: 32 bytes of SHA-512 of the signed message.

        Raises:
            RevocationRefused: "overtaken": a higher version was taken since with this key. It must not be published.
        """
        ...

    def published(self, version: int, digest: bytes) -> bool:
        """This is published: deltas may add to it, and what it has is no longer new. Told again, it changes nothing.

        Returns:
            Whether it was signed here with this key, and is not older than the newest snapshot that is known to be
            published. If not, nothing has changed.

        Raises:
            RevocationRefused: "ledger-behind": no such version was ever taken here.
        """
        ...


MAX_NOTICES = 100_000
"""Of one author, kept for attestations that have not come."""
MAX_ATTEMPTS = 10_000
"""Recovery codes that may be tried in an hour: what a country loses in phones, and half of what a disk can look up."""


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
            AttestationRefused: "other-content" as above; "revoked-before": a notice that takes it back came first;
                "window-full": a kid has too few numbers left; "repeated-key":
                a marked holder key stands in another attestation; or the code of a limit: somebody would have more than
                they may. Nothing is then given to any window, nor counted.
        """
        ...

    def issued(self, kid: bytes) -> int:
        """How many numbers of a kid are given away."""
        ...

    def drop(self, kid: bytes) -> None:
        """Forget the entries, marks, counts and revocations of a window that is over. Its numbers stay given away."""
        ...

    def forget_notices(self, *, before: int) -> None:
        """Forget notices that are kept for windows of which none is left: those that end before this.

        Args:
            before: when the first of the platform's windows ends that has not been dropped, in seconds since 1970 UTC.
        """
        ...

    def has_room(self, attester: bytes, reference: bytes) -> bool:
        """Whether a notice could be kept for this attestation: fewer than 100,000 are kept for its author, or it is."""
        ...

    def holds(self, attester: bytes, reference: bytes) -> bool:
        """Whether an attestation has numbers here that could be revoked."""
        ...

    def revoke(
        self, attester: bytes, reference: bytes, *, now: int, at_wish: bool = False, until: int | None = None
    ) -> int:
        """Revoke every number of an attestation, for good: on disk before this returns. Returns how many it has.

        If it has not come yet, the notice is kept, and `reserve` refuses the attestation: then this returns 0. An
        attestation and its notice that come at once are issued and revoked, or kept and refused.

        What is revoked at the holder's wish counts neither among the attestations that a delta waits for nor towards
        the slots that it has at least, but it starts the longest wait. What is revoked already stays as it is.

        Args:
            attester: the region's or station's public key, 32 bytes.
            reference: of the attestation, 16 bytes.
            now: seconds since 1970 UTC.
            at_wish: whether its holder wishes it.
            until: when the last window ends that the attestation could ask for, if it is still to come; None: it is
                not expected.

        Raises:
            AttestationRefused: "unknown-attestation": it has not come, and is not expected; "too-many-notices": 100,000
                are kept for this author.
        """
        ...

    def revoke_by_recovery(self, hashes: Sequence[bytes], *, now: int) -> int:
        """Revoke, at the holder's wish, every attestation with one of these recovery hashes. Returns how many numbers
        they have.

        Nothing is kept for what is still on its way: the code is given again for that. Each attempt is counted, also
        one that finds nothing.

        Args:
            hashes: all that enrolments with one code may have (`healthpass.crypto.recovery.recovery_hashes`).
            now: seconds since 1970 UTC.

        Raises:
            AttestationRefused: "unknown-attestation": nothing that is held has any of them; "too-many-attempts": so
                many codes were tried in this hour.
        """
        ...

    def revoked(self, kid: bytes, *, before: int, since: int = 0) -> list[Entry]:
        """The revoked numbers of a kid that the publication of version `before` has, and that of `since` has not.

        For a version that is taken the answer never changes, apart from windows that are dropped.
        """
        ...

    def publishing(self, key: bytes) -> AbstractContextManager[Turn]:
        """The turn to publish with a revocation key (32 bytes), until the context is left, or the process or its
        connection ends, however it ends. It waits for nobody.

        Raises:
            RevocationRefused: "publication-under-way": another publisher has the turn. Nothing has changed.
        """
        ...
