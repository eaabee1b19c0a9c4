"""Timing: contestants take turns, round by round, and are compared by medians.

The clock is the CPU time of this thread, so that other processes do not count. The order is shuffled for each round
(with a fixed seed), so that nobody always runs in the caches that the same other one has left. One round of warming up
is thrown away. The garbage collector stays on, as it is in use.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from statistics import median
from time import thread_time_ns

Round = Callable[[], int]
"""Does one round of work; returns the nanoseconds that count."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds per item, one sample for each round."""

    samples: tuple[float, ...]

    @property
    def best(self) -> float:
        return min(self.samples)

    @property
    def median(self) -> float:
        return median(self.samples)

    def over(self, other: Timing) -> Ratio:
        """This one as a multiple of `other`: of its best by the best, and by the median over the rounds."""
        each = [mine / its for mine, its in zip(self.samples, other.samples, strict=True)]
        return Ratio(self.best / other.best, median(each))


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long; `median` is what the targets are held to."""

    best: float
    median: float


def timed(work: Callable[[], object], before: Callable[[], object] | None = None) -> Round:
    """A round that times `work`; `before` comes first each time and does not count."""

    def one_round() -> int:
        if before is not None:
            before()
        start = thread_time_ns()
        work()
        return thread_time_ns() - start

    return one_round


def contest(contestants: Mapping[str, tuple[Round, int]], rounds: int) -> dict[str, Timing]:
    """Let each contestant, given as a round and the number of items in it, run once per round."""
    names = list(contestants)
    samples: dict[str, list[float]] = {name: [] for name in names}
    order = Random(1)
    gc.collect()
    gc.freeze()  # what the preparation left is nobody's to search through
    try:
        for turn in range(rounds + 1):
            for name in order.sample(names, len(names)):
                one_round, items = contestants[name]
                nanoseconds = one_round()
                if turn:
                    samples[name].append(nanoseconds / items / 1000)
    finally:
        gc.unfreeze()
    return {name: Timing(tuple(each)) for name, each in samples.items()}
