"""The revocation filter beside what one would pick instead, on the same random sets: bytes, false alarms, building.

False alarms are counted: every number that was issued and is not revoked is asked for, one time.

The EU's false-alarm rate is that of its reference service for revocation lists (dgca-revocation-distribution-service,
`src/main/resources/application.yml`: `bloomFilter.probRate: 0.000000000001f`), 1e-12. That is a default, and what each
country has used is not known here. 1e-10 is often named too, for which no source was found; it is measured because
that filter is smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time_ns
from typing import TYPE_CHECKING

from benchmarks._model import NotMeasured, Part, Table
from benchmarks.filter import CAPACITY, HELD, bound

if TYPE_CHECKING:
    from benchmarks._peer_filters import PeerFilter, Slots

TITLE = "Revocation filter: peers"
ISSUED = 10_000_000
PLOTTED = (1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000)
"""Revoked: 0.01 % to 10 % of what was issued. `HELD` are among them, and there the false alarms are counted."""
EU_RATE, OTHER_RATE = 1e-12, 1e-10
NOT_MEASURED = "not measured"
NOTES = (
    f"The Bloom filters have the optimal size for their rate; {EU_RATE:.0e} is the default of the EU's reference "
    "service. At such rates no false alarm is to be expected among 10,000,000.",
    "The bound is log2 of the number of sets of that size in the capacity. A filter with false alarms may be below "
    "it. Ours and the bit list are exact, for slots that were never issued too.",
)


def run(rounds: int) -> Part:
    """One building of each; `rounds` does not count. Times are CPU time of this thread."""
    part = Part(TITLE, data={"capacity": CAPACITY, "issued": ISSUED})
    peers = makers()
    import numpy as np

    issued = np.random.default_rng(1).permutation(CAPACITY)[:ISSUED].astype(np.uint64)
    rows: dict[int, list[tuple[str, ...]]] = {count: [] for count in HELD}
    for name, make in peers.items():
        peer = made(name, make, part)
        if peer is None:
            for count in HELD:
                rows[count].append((name, *(NOT_MEASURED,) * 4))
            continue
        part.data[name] = points = {}
        for count in PLOTTED:
            others = issued[count:] if count in HELD else None
            points[str(count)] = found = figures(peer, issued[:count], others)
            if count in HELD:
                rows[count].append(row(peer.name, found))
    part.data["bound"] = {str(count): bound(CAPACITY, count) / 8 for count in PLOTTED}
    for count in HELD:
        part.tables.append(Table(headers(count), rows[count]))
    part.notes += [
        f"Capacity {CAPACITY:,}, {ISSUED:,} issued at random, of which the revoked ones are a random part: the same "
        "for all. False alarms are counted over all that are issued and not revoked; that every revoked one is "
        "found was checked too.",
        *NOTES,
        "Building is in Python for ours, with numpy for the Bloom filters and the bit list, and in C for fuse filters.",
    ]
    return part


def makers() -> dict[str, Callable[[], PeerFilter]]:
    """Ours first, then what one would pick instead. Raises `NotMeasured` where there is no numpy."""
    try:
        from benchmarks import _peer_filters as peers
    except ModuleNotFoundError as missing:
        raise NotMeasured(f"no module {missing.name}: pip install healthpass[bench]") from None
    return {
        "healthpass": peers.ours,
        "Bloom filter, EU rate": lambda: peers.bloom(EU_RATE, "EU reference service"),
        "Bloom filter, 1e-10": lambda: peers.bloom(OTHER_RATE, "often named"),
        "binary fuse filter, 8 bits": lambda: peers.fuse(8),
        "binary fuse filter, 16 bits": lambda: peers.fuse(16),
        "bit list, zlib": peers.bit_list,
    }


def made(name: str, make: Callable[[], PeerFilter], part: Part) -> PeerFilter | None:
    """A peer; None, and a note of why, if it cannot be measured here."""
    try:
        return make()
    except NotMeasured as reason:
        part.notes.append(f"{name}: not measured ({reason}).")
        return None


def figures(peer: PeerFilter, revoked: Slots, others: Slots | None) -> dict[str, float]:
    """What a peer makes of these revoked slots. With `others`, every one of both is asked for.

    Raises:
        ValueError: it misses a revoked slot.
    """
    start = thread_time_ns()
    data = peer.build(CAPACITY, revoked)
    building = (thread_time_ns() - start) / 1e9
    found = {"bytes": len(data), "to_bound": 8 * len(data) / bound(CAPACITY, len(revoked)), "build_s": building}
    if others is not None:
        if not peer.ask(data, CAPACITY, revoked).all():
            raise ValueError(f"{peer.name}: misses a revoked slot")
        found["false_alarms"] = int(peer.ask(data, CAPACITY, others).sum())
    return found


def headers(count: int) -> tuple[str, ...]:
    """Of a table with a `row` for each peer."""
    return f"{count:,} revoked", "bytes", "to the bound", "false alarms", "build, s"


def row(name: str, found: dict[str, float]) -> tuple[str, ...]:
    """A peer's row."""
    alarms = int(found["false_alarms"])
    return name, f"{found['bytes']:,}", f"{found['to_bound']:.3f}", f"{alarms:,}", f"{found['build_s']:.3f}"
