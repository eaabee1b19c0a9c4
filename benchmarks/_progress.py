"""How far a long step is, on standard error."""

from __future__ import annotations

import sys
from time import monotonic

_INTERVAL = 1.0
"""Seconds between two lines on a terminal; elsewhere there is one for each tenth of the work."""


class Progress:
    """A line for one step, written over while it goes on.

    Args:
        what: the step.
        total: items in it.
    """

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._live = sys.stderr.isatty()
        self._next: float = 0

    def __call__(self, done: int, total: int = 0) -> None:
        """Say that `done` items are done, of `total` if that is another number than before."""
        total = total or self._total
        at = monotonic() if self._live else 10 * done / total
        if at < self._next and done < total:
            return
        self._next = at + _INTERVAL if self._live else int(at) + 1
        start, end = ("\r", "\n" if done >= total else "") if self._live else ("", "\n")
        print(f"{start}{self._what}: {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)
