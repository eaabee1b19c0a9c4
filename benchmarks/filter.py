"""The revocation filter: its size beside the bound, and what building and a look-up cost beside one verification."""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma, log
from random import Random
from statistics import mean
from time import thread_time_ns

from benchmarks import _world, targets
from benchmarks._measure import Round, contest, timed
from benchmarks._model import Part, Table, held
from benchmarks._world import PAPER
from healthpass.crypto import ed25519
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import RevocationFilter

TITLE = "Revocation filter"
CAPACITY = 4**12
HELD = (10_000, 100_000, 1_000_000)
COUNTS = (0, 1, 10, 100, 1000, *HELD, CAPACITY // 2, CAPACITY)
"""Revoked slots, at random."""
LOOK_UPS = 400
CHECKS = 40
"""Per round."""
_VERIFY = "one verification"


class Counting(bytes):
    """A filter's bytes, counting those that are read."""

    read = 0

    def __getitem__(self, where: int | slice) -> int | bytes:  # type: ignore[override]  # one for both
        found = super().__getitem__(where)
        self.read += len(found) if isinstance(found, bytes) else 1
        return found


def bound(capacity: int, count: int) -> float:
    """log2 of how many sets of `count` slots there are."""
    return (lgamma(capacity + 1) - lgamma(count + 1) - lgamma(capacity - count + 1)) / log(2)


def run(rounds: int) -> Part:
    """Sizes are of one random set each; times are CPU time."""
    part = Part(TITLE, data={"capacity": CAPACITY, "rounds": rounds})
    rows = []
    contestants: dict[str, tuple[Round, int]] = {_VERIFY: (timed(verifying()), CHECKS)}
    for count in COUNTS:
        slots = _slots(count)
        data, building, checking = _built(slots)
        rows.append(_size_row(part, count, data, building, checking))
        if count not in HELD:
            continue
        chosen = Random(count).choices(slots, k=LOOK_UPS)
        filter_ = RevocationFilter(memoryview(data))
        contestants[f"{count:,} revoked, a slot at random"] = (timed(_looking(filter_, _others(LOOK_UPS))), LOOK_UPS)
        contestants[f"{count:,} revoked, a revoked slot"] = (timed(_looking(filter_, chosen)), LOOK_UPS)
    headers = ("revoked", "bytes", "to the bound", "bits for each", "read in a look-up, bytes", "build, s", "check, ms")
    part.tables.append(Table(headers, rows))
    part.tables.append(_times(part, contestants, rounds))
    part.notes.append(
        f"Capacity {CAPACITY:,}; uniformly random slots; the whole file with header and directory. The bound is log2 "
        "of the number of sets of that size. The bytes read in a look-up are the mean over random slots."
    )
    part.notes.append(
        "A verification is one of a paper pass's signature, from Python, by the backend that a scanner has."
    )
    return part


def _slots(count: int) -> list[int] | range:
    return range(CAPACITY) if count == CAPACITY else Random(count).sample(range(CAPACITY), count)


def _others(count: int) -> list[int]:
    return Random(2).choices(range(CAPACITY), k=count)


def _built(slots: list[int] | range) -> tuple[bytes, float, float]:
    """The filter, the seconds that building it took, and those that checking it took."""
    start = thread_time_ns()
    data = build_filter(CAPACITY, slots)
    middle = thread_time_ns()
    RevocationFilter(data).check()
    return data, (middle - start) / 1e9, (thread_time_ns() - middle) / 1e9


def _size_row(part: Part, count: int, data: bytes, building: float, checking: float) -> tuple[str, ...]:
    least = bound(CAPACITY, count)
    ratio = 8 * len(data) / least if least >= 1 else None
    counting = Counting(data)
    filter_ = RevocationFilter(counting)
    read = []
    for slot in _others(LOOK_UPS):
        counting.read = 0
        filter_.contains(slot)
        read.append(counting.read)
    part.data[f"{count} revoked"] = {
        "bytes": len(data), "to_bound": ratio, "bytes_read": mean(read), "bytes_read_most": max(read),
        "build_s": building, "check_s": checking,
    }  # fmt: skip
    if count in HELD:
        assert ratio is not None
        part.targets.append(held(f"size, {count:,} revoked, to the bound", ratio, targets.FILTER_SIZE))
    if count == HELD[-1]:
        part.targets.append(held(f"building, {count:,} revoked", building, targets.FILTER_BUILD))
    return (
        f"{count:,}", f"{len(data):,}", "" if ratio is None else f"{ratio:.3f}",
        f"{8 * len(data) / count:.2f}" if count else "",
        f"{mean(read):.0f}", f"{building:.2f}", f"{1000 * checking:.1f}",
    )  # fmt: skip


def _times(part: Part, contestants: dict[str, tuple[Round, int]], rounds: int) -> Table:
    timings = contest(contestants, rounds)
    rows = []
    for name, timing in timings.items():
        ratio = timing.over(timings[_VERIFY])
        rows.append((name, f"{timing.best:.2f}", f"{timing.median:.2f}", f"{ratio.best:.3f}", f"{ratio.median:.3f}"))
        part.data[name] = {"best_us": timing.best, "median_us": timing.median, "ratio_median": ratio.median}
        if name != _VERIFY:
            part.targets.append(held(f"look-up, {name}, to a verification", ratio.median, targets.FILTER_TIME))
    return Table(("what", "µs, best", "µs, median", "ratio, best", "ratio, median"), rows)


def verifying() -> Callable[[], None]:
    """Verifies `CHECKS` signatures of paper passes, from Python, by the backend that a scanner has."""
    checks = [check for text in _world.texts(PAPER, CHECKS) for check in _world.checks_of(text)]

    def work() -> None:
        for key, message, signature in checks:
            ed25519.verify(key, message, signature)

    return work


def _looking(filter_: RevocationFilter, slots: list[int]) -> Callable[[], None]:
    def work() -> None:
        contains = filter_.contains
        for slot in slots:
            contains(slot)

    return work
