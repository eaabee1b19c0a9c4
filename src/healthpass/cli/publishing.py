"""How `healthpass snapshot` publishes: cadence and floors, worker processes, and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import wraps
from typing import Any, TextIO

import click

from healthpass.formats.revocation import MAX_DELTA_SIZE
from healthpass.issuer import PublishingOptions

_DAY = 86_400
_LARGE = 500_000
"""Revoked slots from which on building takes about half a second, and a person wants to see that it goes on."""
_MOST_WORKERS = 61
"""As many as Windows lets one process wait for."""
_DEFAULTS = PublishingOptions()


def publishing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of cadence and floors; the command gets a `PublishingOptions` as `options`."""

    @wraps(command)
    def with_options(
        *args: Any, attestations: int, longest_wait: int, least_slots: int, lifetime: int, **others: Any
    ) -> Any:
        options = PublishingOptions(attestations, longest_wait, least_slots, lifetime)
        return command(*args, options=options, **others)

    named: Callable[..., Any] = with_options
    for name, least, most, default, what in (
        ("--lifetime", 60, 30 * _DAY, _DEFAULTS.lifetime, "For so many seconds scanners find it fresh."),
        ("--least-slots", 0, MAX_DELTA_SIZE // 8, _DEFAULTS.least_slots, "New slots in a window, filled up to that."),
        ("--longest-wait", 0, 7 * _DAY, _DEFAULTS.longest_wait, "But a delta waits no longer than so many seconds."),
        ("--attestations", 1, 1_000_000, _DEFAULTS.attestations, "A delta waits until so many attestations are new."),
    ):
        kind = click.IntRange(least, most)
        named = click.option(name, type=kind, default=default, show_default=True, metavar="NUMBER", help=what)(named)
    return named


workers_option = click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="Processes that build the filters of a snapshot.",
)


@contextmanager
def builders(workers: int) -> Iterator[Executor]:
    """What builds the filters: this process, or so many others; a terminal on standard error sees how far it is."""
    if workers == 1:
        yield Watched(None, sys.stderr)
        return
    from concurrent.futures import ProcessPoolExecutor  # here: no other command needs processes
    from multiprocessing import get_context

    # Spawned: a forked process would have a copy of the keys in its memory.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield Watched(pool, sys.stderr)


class Watched(Executor):
    """Has `build_piece` done by another executor, or here without one, and shows a bar if it is much and `out` is a
    terminal."""

    def __init__(self, inner: Executor | None, out: TextIO) -> None:
        self._inner = inner
        self._out = out

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **more: Any) -> Iterator[Any]:
        """As `Executor.map`, of (capacities, slots as 4 bytes each)."""
        capacities, slots = map(list, iterables)
        results = map(fn, capacities, slots) if self._inner is None else self._inner.map(fn, capacities, slots, **more)
        counts = [len(each) // 4 for each in slots]
        if sum(counts) < _LARGE or not self._out.isatty():
            yield from results
            return
        with click.progressbar(length=sum(counts), label="Building filters", file=self._out) as bar:
            for count, result in zip(counts, results, strict=True):
                bar.update(count)
                yield result
