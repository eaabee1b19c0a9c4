"""From a ledger to a signed snapshot: what `RevocationPublisher.snapshot` takes, and each of its steps alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from tempfile import TemporaryDirectory
from time import perf_counter_ns, thread_time_ns

from benchmarks import _world, targets
from benchmarks._model import Part, held
from benchmarks._progress import Progress
from benchmarks._world import ISSUER, KID, NOW, WINDOW
from benchmarks.filter import CAPACITY, HELD, bound
from healthpass.formats import cose
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.trust_list import MAX_SIZE, parse_trust_list
from healthpass.issuer import PublishedFolder, RevocationPublisher, SQLiteLedger, WindowKey, WindowKeys

REVOKER = _world.signer("revoker")
HEADERS = ("bytes", "to the bound", "numbers from the ledger, s", "to slots, s", "filter, s", "snapshot, all of it, s")


@dataclass(frozen=True, slots=True)
class Published:
    """A snapshot.

    Attributes:
        signed: what `RevocationPublisher.snapshot` gives.
        data: the one filter in it.
        figures: bytes, to_bound, ledger_s, slots_s, filter_s, snapshot_s: seconds of CPU time.
        row: the figures under `HEADERS`.
    """

    signed: tuple[bytes, dict[str, bytes]]
    data: bytes
    figures: dict[str, float]
    row: tuple[str, ...]


def new_key() -> WindowKey:
    """The window's key, without the tables that make a slot cheap later on."""
    return WindowKey(WINDOW, ISSUER, bytes(range(32)))


def publish(part: Part, ledger: SQLiteLedger, count: int) -> Published:
    """A snapshot of a ledger in which `count` claims are revoked; figures and targets go to `part`.

    Raises:
        ValueError: the steps make another filter than the snapshot has.
    """
    content = cose.decode_sign(_world.trust_list(REVOKER.public_key), cose.TRUST_LIST, MAX_SIZE).payload
    with TemporaryDirectory() as folder:
        place = PublishedFolder(folder)
        publisher = RevocationPublisher(WindowKeys([new_key()]), ledger, REVOKER, place, parse_trust_list(content))
        clock, start = perf_counter_ns(), thread_time_ns()
        signed = publisher.snapshot(NOW)
        whole, clock = thread_time_ns() - start, perf_counter_ns() - clock
    (data,) = signed[1].values()
    ratio = 8 * len(data) / bound(CAPACITY, count)
    steps = _steps(ledger, data, count)
    times = (*steps, whole / 1e9)
    names = ("ledger_s", "slots_s", "filter_s", "snapshot_s")
    figures = {"bytes": len(data), "to_bound": ratio, **dict(zip(names, times, strict=True))}
    part.data[f"publishing {count}"] = {**figures, "snapshot_clock_s": clock / 1e9}
    part.targets.append(held(f"scale: size, {count:,} revoked, to the bound", ratio, targets.FILTER_SIZE))
    if count == HELD[-1]:
        what = f"scale: snapshot from the ledger, {count:,} revoked"
        part.targets.append(held(what, times[-1], targets.FILTER_BUILD))
    return Published(signed, data, figures, (f"{len(data):,}", f"{ratio:.3f}", *(f"{each:.3f}" for each in times)))


def _steps(ledger: SQLiteLedger, data: bytes, count: int) -> tuple[float, float, float]:
    """The steps of a snapshot, each alone, with a key whose tables are made anew. The last one says how far it is."""
    key = new_key()
    tell = Progress(f"building the filter of {count:,}", count)
    times = [thread_time_ns()]
    entries = ledger.revoked(KID, before=1 << 32)
    numbers = [number for entry in entries for number in range(entry.first, entry.first + entry.count)]
    times.append(thread_time_ns())
    slots = sorted(map(key.slots.slot, numbers))
    times.append(thread_time_ns())
    built = build_filter(CAPACITY, slots, tell)
    times.append(thread_time_ns())
    if built != data or len(slots) != count:
        raise ValueError("the steps of a snapshot make another filter than the snapshot has")
    ledger_s, slots_s, filter_s = ((end - start) / 1e9 for start, end in pairwise(times))
    return ledger_s, slots_s, filter_s
