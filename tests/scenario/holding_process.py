"""A publisher in a process of its own, whose filters are never finished. `test_revoking_crashes` kills it.

    python -m tests.scenario.holding_process LEDGER RUN COUNT FOLDER

As `revoking_process`; it prints "begun VERSION" when it has begun to build, and then waits for ever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from tests.ledgers import open_named
from tests.making import NOW
from tests.scenario.revoking_process import publisher


class NeverDone(Executor):
    """Says that it has begun, and builds nothing."""

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **more: Any) -> Iterator[Any]:
        print("begun 2", flush=True)
        sys.stdin.read()
        yield from ()


if __name__ == "__main__":
    sys.stdin.readline()
    with open_named(sys.argv[1]) as ledger:
        publisher(ledger, Path(sys.argv[4])).snapshot(NOW, NeverDone())
