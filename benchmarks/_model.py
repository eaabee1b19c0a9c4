"""What a part of the benchmarks hands to the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


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


def at_most(what: str, measured: float, limit: float, unit: str) -> Target:
    """A target that is met by staying at or below `limit`."""
    return Target(what, f"{measured:.2f} {unit}", f"<= {limit:g} {unit}", measured <= limit)


def at_least(what: str, measured: float, limit: float, unit: str) -> Target:
    """A target that is met by reaching `limit`."""
    return Target(what, f"{measured:,.2f} {unit}", f">= {limit:,g} {unit}", measured >= limit)
