"""The worst that an input of up to 1 MB costs at each entry, beside one bare signature verification."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from time import process_time_ns

from tests.entries.entry import Entry
from tests.entries.listed import ENTRIES

from benchmarks import _world, targets
from benchmarks._bare import bare
from benchmarks._measure import contest
from benchmarks._model import Part, Table, Target
from benchmarks._progress import Progress
from healthpass.errors import HealthpassError

TITLE = "Entries: the worst that 1 MB can cost"
_AGAIN = 3
"""So many of an entry's inputs, the dearest of the first round, are measured again."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The dearest input of an entry: milliseconds of CPU time, the best of some rounds."""

    entry: Entry
    name: str
    ms: float
    inputs: int

    @property
    def held(self) -> bool:
        return targets.ENTRY.holds(self.ms) or bool(self.entry.work)


def run(rounds: int) -> Part:
    """Each input once; then the dearest ones of each entry `rounds` times, of which the best counts."""
    one = _bare_verification()
    found: list[Worst] = []
    said = Progress("entries", len(ENTRIES))
    for entry in ENTRIES:
        found.append(_worst(entry, rounds))
        said(len(found))
    one = min(one, _bare_verification())
    found.sort(key=lambda each: each.ms, reverse=True)
    part = Part(TITLE)
    part.tables.append(Table(("entry", "worst input", "ms", "bare verifications"), [_row(each, one) for each in found]))
    part.tables.append(_over(found))
    tried = sum(each.inputs for each in found)
    part.notes += [
        f"{tried:,} inputs at {len(found)} entries, in CPU time. Bare verification: {one * 1000:.1f} µs.",
        "Pictures of codes, and fonts, are read by other libraries, and are not among these.",
    ]
    part.targets.append(_target(found))
    part.data = {
        "bare_verification_ms": one,
        "entries": [
            {"entry": each.entry.name, "input": each.name, "ms": each.ms, "work": each.entry.work or None}
            for each in found
        ],
    }
    return part


def _worst(entry: Entry, rounds: int) -> Worst:
    once = [(_cost(entry, data), name, data) for name, data in entry.inputs()]
    once.sort(key=lambda each: each[0], reverse=True)
    best = [(min([ms, *(_cost(entry, data) for _ in range(rounds - 1))]), name) for ms, name, data in once[:_AGAIN]]
    ms, name = max(best)
    return Worst(entry, name, ms, len(once))


def _cost(entry: Entry, data: bytes) -> float:
    step = entry.given(data)
    start = process_time_ns()
    with suppress(HealthpassError):
        step()
    return (process_time_ns() - start) / 1e6


def _bare_verification() -> float:
    checks = [check for text in _world.texts(_world.PAPER, 100) for check in _world.checks_of(text)]
    measured = contest({"bare": (bare("pynacl", checks).one_round, len(checks))}, 21)
    return measured["bare"].best / 1000


def _row(each: Worst, one: float) -> tuple[str, ...]:
    return each.entry.name, each.name, f"{each.ms:.2f}", f"{each.ms / one:,.0f}"


def _over(found: list[Worst]) -> Table:
    rows = [
        (each.entry.name, each.entry.work or "**nothing**", f"{each.ms:.0f}")
        for each in found
        if not targets.ENTRY.holds(each.ms)
    ]
    return Table((f"not {targets.ENTRY}", "what its size is the work of", "ms"), rows)


def _target(found: list[Worst]) -> Target:
    others = [each.ms for each in found if not each.entry.work]
    what = "entries: the worst of those whose size is not their work"
    return Target(what, f"{max(others):.1f} ms", str(targets.ENTRY), all(each.held for each in found))
