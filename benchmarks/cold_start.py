"""CPU time of `python -c` from its start to the first decision, beside an interpreter that does nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import _child, _world, targets
from benchmarks._measure import Round, contest
from benchmarks._model import Part, Table, held

TITLE = "Cold start: from `python -c` to the first decision"
OURS = "first decision on a device pass"
BARE = "bare interpreter: `pass`"
_FLAGS: dict[str, tuple[str, ...]] = {"": (), "-I": ("-I",)}


def run(rounds: int) -> Part:
    """Interleaved starts, each a process of its own; the first round writes the .pyc files and does not count."""
    part = Part(TITLE, data={"rounds": rounds})
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        programs = {
            BARE: _child.BARE,
            "only `from nacl import _sodium`": "from nacl import _sodium",
            OURS: _child.scanner(Path(folder), _world.texts(_world.LIVE, 1)),
            "idiomatic: `import dataclasses, enum, typing, cbor2, nacl.signing`": (
                "import dataclasses, enum, typing, cbor2, nacl.signing"
            ),
        }
        for label, flags in _FLAGS.items():
            rows += _compare(part, programs, label, flags, rounds)
    part.tables.append(Table(("program", "flags", "CPU ms, best", "CPU ms, median", "ratio, median"), rows))
    part.notes.append(
        "CPU time, user and system, of the whole process (wait4), with its end. The decision includes opening a trust "
        "store from a folder and checking the root's signature and the place certificate's: four signatures in all. "
        "Same interpreter, flags and .pth files for all."
    )
    return part


def _compare(
    part: Part, programs: dict[str, str], label: str, flags: tuple[str, ...], rounds: int
) -> list[tuple[str, ...]]:
    contestants: dict[str, tuple[Round, int]] = {
        name: (_starting(program, flags), 1) for name, program in programs.items()
    }
    timings = contest(contestants, rounds)
    rows = []
    for name, timing in timings.items():
        ratio = timing.over(timings[BARE])
        figures = (timing.best / 1000, timing.median / 1000, ratio.median)
        rows.append((name, label, *(f"{figure:.2f}" for figure in figures)))
        part.data[f"{name} {label}".strip()] = {
            "best_ms": figures[0],
            "median_ms": figures[1],
            "ratio_median": ratio.median,
        }
    ratio = timings[OURS].over(timings[BARE])
    part.targets.append(held(f"cold start {label}".strip(), ratio.median, targets.COLD_START))
    return rows


def _starting(program: str, flags: tuple[str, ...]) -> Callable[[], int]:
    def one_round() -> int:
        _child.cpu_microseconds(_child.BARE)  # not counted: each start then finds the caches as the same one left them
        return round(1000 * _child.cpu_microseconds(program, flags))

    return one_round
