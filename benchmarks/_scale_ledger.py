"""A ledger with ten million issued claims: filled by `SQLiteLedger.reserve`, revoked by `SQLiteLedger.revoke`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter_ns, thread_time_ns

from benchmarks import _world
from benchmarks._progress import Progress
from benchmarks._world import KID, NOW, WINDOW
from healthpass.issuer import SQLiteLedger
from healthpass.issuer.ledger import Request

ISSUED = 10_000_000
EACH = 24
"""Claims in an attestation. The last one has what is left: 16."""
PORTION = 10_000
"""Attestations between two looks at the clock; what they are made of is made before."""
PATIENCE = 900
"""Seconds. Where syncing each attestation would take longer, a tenth of them is synced, and the others are not."""
ATTESTER = _world.signer("region").public_key


@dataclass(slots=True)
class Filling:
    """What filling took, in nanoseconds for each portion, and what it has left on the disk.

    Attributes:
        synced: portions whose attestations were each synced to the disk.
        size: bytes of the file, after its log was written back.
    """

    attestations: int
    wall: list[int] = field(default_factory=list)
    cpu: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    synced: int = 0
    size: int = 0

    def rate(self, portions: slice) -> float:
        """Attestations a second of the clock, the median over these portions."""
        return 1e9 / median(
            wall / count for wall, count in zip(self.wall[portions], self.counts[portions], strict=True)
        )

    def cpu_each(self, portions: slice) -> float:
        """Microseconds of CPU time for an attestation, the median."""
        return median(cpu / count for cpu, count in zip(self.cpu[portions], self.counts[portions], strict=True)) / 1000

    def cpu_share(self, portions: slice) -> float:
        """CPU time as a share of the clock's, the median."""
        return median(cpu / wall for cpu, wall in zip(self.cpu[portions], self.wall[portions], strict=True))


def attestations(issued: int) -> int:
    """How many there are for so many claims."""
    return -(-issued // EACH)


def plain(number: int, issued: int) -> Request:
    """Claims that are bound to a key: the reference and the digest look random, as they do in use."""
    noise = hashlib.shake_128(b"attestation %d" % number).digest(48)
    count = min(EACH, issued - EACH * number)
    return Request(ATTESTER, noise[:16], noise[16:], [(KID, WINDOW.capacity, count)])


def with_recovery(number: int, issued: int) -> Request:
    """The same, with the hashes of two recovery codes: the wallet's, and the region's."""
    request = plain(number, issued)
    noise = hashlib.shake_128(b"recovery %d" % number).digest(64)
    return Request(ATTESTER, request.reference, request.digest, request.wanted, (noise[:32], noise[32:]))


def with_marks(number: int, issued: int) -> Request:
    """With a mark for each claim too, as claims have that are bound to a key and a document."""
    request = with_recovery(number, issued)
    noise = hashlib.shake_128(b"marks %d" % number).digest(16 * request.wanted[0][2])
    marks = [(KID, noise[at : at + 16]) for at in range(0, len(noise), 16)]
    return Request(ATTESTER, request.reference, request.digest, request.wanted, request.recovery_hashes, marks)


def fill(path: Path, issued: int, make: Callable[[int, int], Request], what: str, *, sync: bool = True) -> Filling:
    """Give out all numbers, an attestation at a time, each in a commit of its own.

    Args:
        sync: as the library does it, each commit synced to the disk. Otherwise SQLite is told not to, on this
            connection: the same statements and the same file, which a power cut could damage.

    Raises:
        ValueError: an attestation has got other numbers than those that follow the last one's.
    """
    filling = Filling(attestations(issued))
    tell = Progress(what, filling.attestations)
    with SQLiteLedger(path) as ledger:
        if not sync:
            _stop_syncing(ledger)
        for start in range(0, filling.attestations, PORTION):
            if sync and start >= filling.attestations // 10 and _would_take(filling) > PATIENCE:
                sync = False
                _stop_syncing(ledger)
            portion = range(start, min(start + PORTION, filling.attestations))
            _reserve(ledger, [make(number, issued) for number in portion], start, filling)
            filling.synced += sync
            tell(portion.stop)
        if ledger.issued(KID) != issued:
            raise ValueError("the ledger has not given out what was asked for")
    filling.size = path.stat().st_size
    return filling


def _reserve(ledger: SQLiteLedger, requests: list[Request], start: int, filling: Filling) -> None:
    reserve = ledger.reserve
    wall, cpu = perf_counter_ns(), thread_time_ns()
    got = [reserve(request) for request in requests]
    filling.cpu.append(thread_time_ns() - cpu)
    filling.wall.append(perf_counter_ns() - wall)
    filling.counts.append(len(requests))
    firsts = [entry.first for entries in got for entry in entries]
    if firsts != [EACH * number for number in range(start, start + len(requests))]:
        raise ValueError("the ledger has given out other numbers than the next ones")


def _would_take(filling: Filling) -> float:
    return filling.attestations * sum(filling.wall) / sum(filling.counts) / 1e9


def _stop_syncing(ledger: SQLiteLedger) -> None:
    ledger._db.execute("PRAGMA synchronous = OFF")  # the library has no switch for it, and should have none


def to_revoke(issued: int, counts: Iterable[int]) -> dict[int, list[int]]:
    """Numbers of attestations, at random, for each of these counts of claims: each has those of the one before it.

    The last attestation is the first one revoked: without it the counts would not come out.

    Raises:
        ValueError: a count cannot be had from whole attestations.
    """
    last = attestations(issued) - 1
    rest = issued - EACH * last
    order = [last, *Random(1).sample(range(last), (max(counts) - rest) // EACH)]
    if any((count - rest) % EACH for count in counts):
        raise ValueError("whole attestations do not have that many claims")
    return {count: order[: 1 + (count - rest) // EACH] for count in counts}


def revoke(ledger: SQLiteLedger, numbers: list[int], issued: int) -> tuple[float, float]:
    """Revoke these attestations, each in a commit of its own that is synced. Seconds of the clock, and of CPU time."""
    tell = Progress("revoking attestations", len(numbers))
    wall = cpu = revoked = 0
    for at in range(0, len(numbers), PORTION):
        references = [plain(number, issued).reference for number in numbers[at : at + PORTION]]
        start, start_cpu = perf_counter_ns(), thread_time_ns()
        revoked += sum(ledger.revoke(ATTESTER, reference, now=NOW) for reference in references)
        cpu += thread_time_ns() - start_cpu
        wall += perf_counter_ns() - start
        tell(at + len(references))
    if revoked != sum(min(EACH, issued - EACH * number) for number in numbers):
        raise ValueError("the ledger has revoked another number of claims")
    return wall / 1e9, cpu / 1e9
