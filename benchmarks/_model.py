"""What a part of the benchmarks hands to the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.targets import Limit


class NotMeasured(Exception):
    """Something that a part needs is not on this machine; the report says what."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headers; the first column is left-aligned, the others right-aligned."""

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that the project promises to hold."""

    what: str
    measured: str
    limit: str
    met: bool


@dataclass(slots=True)
class Part:
    """One part's figures: tables and notes for people, `data` for programs."""

    title: str
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    data: dict[str, object] = field(default_factory=dict)


def held(what: str, measured: float, limit: Limit, more: float = 0.0) -> Target:
    """A figure beside its limit, with `more` of its unit on top where that was promised so."""
    said = f"{limit} and {more:.2f}" if more else str(limit)
    return Target(what, f"{measured:.2f} {limit.unit}".strip(), said, limit.holds(measured, more))
