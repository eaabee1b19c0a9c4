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

from benchmarks._model import NotMeasured, Part, Table
from benchmarks.filter import CAPACITY, HELD, bound

TITLE = "Revocation filter: peers"
ISSUED = 10_000_000
PLOTTED = (1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000)
"""Revoked: 0.01 % to 10 % of what was issued. `HELD` are among them, and there the false alarms are counted."""
EU_RATE, OTHER_RATE = 1e-12, 1e-10
NOT_MEASURED = "not measured"


def run(rounds: int) -> Part:
    """One building of each; `rounds` does not count. Times are CPU time of this thread."""
    try:
        import numpy as np

        from benchmarks import _peer_filters as peers
    except ModuleNotFoundError as missing:
        raise NotMeasured(f"no module {missing.name}: pip install healthpass[bench]") from None
    part = Part(TITLE, data={"capacity": CAPACITY, "issued": ISSUED})
    makers: dict[str, Callable[[], peers.PeerFilter]] = {
        "healthpass": peers.ours,
        "Bloom filter, EU rate": lambda: peers.bloom(EU_RATE, "EU reference service"),
        "Bloom filter, 1e-10": lambda: peers.bloom(OTHER_RATE, "often named"),
        "binary fuse filter, 8 bits": lambda: peers.fuse(8),
        "binary fuse filter, 16 bits": lambda: peers.fuse(16),
        "bit list, zlib": peers.bit_list,
    }
    issued = np.random.default_rng(1).permutation(CAPACITY)[:ISSUED].astype(np.uint64)
    measured: dict[str, dict[int, tuple[str, ...]]] = {}
    names: dict[str, str] = {}
    for name, make in makers.items():
        measured[name] = {}
        try:
            peer = make()
        except NotMeasured as reason:
            names[name] = name
            part.notes.append(f"{name}: not measured ({reason}).")
            continue
        names[name] = peer.name
        part.data[name] = points = {}
        for count in PLOTTED:
            revoked, others = issued[:count], issued[count:]
            start = thread_time_ns()
            data = peer.build(CAPACITY, revoked)
            building = (thread_time_ns() - start) / 1e9
            ratio = 8 * len(data) / bound(CAPACITY, count)
            points[str(count)] = figures = {"bytes": len(data), "to_bound": ratio, "build_s": building}
            if count not in HELD:
                continue
            if not peer.ask(data, CAPACITY, revoked).all():
                raise ValueError(f"{peer.name}: misses a revoked slot")
            figures["false_alarms"] = alarms = int(peer.ask(data, CAPACITY, others).sum())
            measured[name][count] = (f"{len(data):,}", f"{ratio:.3f}", f"{alarms:,}", f"{building:.3f}")
    part.data["bound"] = {str(count): bound(CAPACITY, count) / 8 for count in PLOTTED}
    for count in HELD:
        rows = [(names[name], *each.get(count, (NOT_MEASURED,) * 4)) for name, each in measured.items()]
        part.tables.append(Table((f"{count:,} revoked", "bytes", "to the bound", "false alarms", "build, s"), rows))
    part.notes += [
        f"Capacity {CAPACITY:,}, {ISSUED:,} issued at random, of which the revoked ones are a random part: the same "
        "for all. False alarms are counted over all that are issued and not revoked; that every revoked one is "
        "found was checked too.",
        f"The Bloom filters have the optimal size for their rate; {EU_RATE:.0e} is the default of the EU's reference "
        "service. At such rates no false alarm is to be expected among 10,000,000.",
        "The bound is log2 of the number of sets of that size in the capacity. A filter with false alarms may be below "
        "it. Ours and the bit list are exact, for slots that were never issued too.",
        "Building is in Python for ours, with numpy for the Bloom filters and the bit list, and in C for fuse filters.",
    ]
    return part
