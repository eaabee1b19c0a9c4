"""How `healthpass snapshot` publishes: cadence and floors, worker processes, and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click

from healthpass._files import read_capped
from healthpass.cli.context import publish
from healthpass.errors import FormatError
from healthpass.formats import cose
from healthpass.formats.revocation.messages import (
    MAX_DELTA_SIZE,
    MAX_SNAPSHOT_SIZE,
    Delta,
    Snapshot,
    parse_delta,
    parse_snapshot,
)
from healthpass.issuer import PublishingOptions
from healthpass.issuer.published_folder import DELTA_FILE, SNAPSHOT_FILE
from healthpass.trust.updates import CLOCK_SKEW

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
    from concurrent.futures import ProcessPoolExecutor  # lazy: no other command needs processes
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


def keep_dated_ahead(folder: Path, now: int) -> list[str]:
    """Keep what is published in a folder and dated after `now`, under its version, for everybody to see. What cannot be
    read is nothing that scanners would take. Returns the names of the files."""
    kept = []
    for name, kind, most in (
        (SNAPSHOT_FILE, cose.SNAPSHOT, MAX_SNAPSHOT_SIZE),
        (DELTA_FILE, cose.DELTA, MAX_DELTA_SIZE),
    ):
        data = read_capped(str(folder / name), most)
        if data is None:
            continue
        try:
            payload = cose.decode_sign1(data, kind, most).payload
            content: Snapshot | Delta = parse_snapshot(payload) if kind == cose.SNAPSHOT else parse_delta(payload)
        except FormatError:
            continue
        if content.issued > now + CLOCK_SKEW:
            kept.append(f"dated-ahead-{content.version}.cbor")
            publish(folder / kept[-1], data)
    return kept
