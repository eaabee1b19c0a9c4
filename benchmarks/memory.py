"""Memory of a scanner process after a thousand verdicts, beside a bare interpreter."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import _child, _world, targets
from benchmarks._model import NotMeasured, Part, Table, held

TITLE = "Memory of a scanner process"
VERDICTS = 1000


def run(repeats: int) -> Part:
    """Resident memory as the process itself sees it at its end: now, and at its peak."""
    if sys.platform == "win32":
        raise NotMeasured("the system does not tell")
    with tempfile.TemporaryDirectory() as folder:
        programs = {
            "bare interpreter": _child.STATUS,
            "scanner, first verdict": _child.scanner(Path(folder), _world.texts(_world.LIVE, 1)) + _child.STATUS,
            f"scanner, {VERDICTS:,} verdicts": (
                _child.scanner(Path(folder), _world.texts(_world.LIVE, VERDICTS)) + _child.STATUS
            ),
        }
        found = {name: _sizes(program, repeats) for name, program in programs.items()}
    _, peak = found[f"scanner, {VERDICTS:,} verdicts"]
    rows = [(name, f"{now:.2f}" if now else "not told", f"{most:.2f}") for name, (now, most) in found.items()]
    return Part(
        TITLE,
        tables=[Table(("process", "resident MiB", "peak MiB"), rows)],
        targets=[held(f"peak memory after {VERDICTS:,} verdicts", peak, targets.MEMORY)],
        notes=[
            "With a trust list of one window and no revocation filter (a filter's file is mapped, and counts extra)."
        ],
        data={name: {"resident_mib": now, "peak_mib": most} for name, (now, most) in found.items()}
        | {"over_bare_mib": peak - found["bare interpreter"][1]},
    )


def _sizes(program: str, repeats: int) -> tuple[float, float]:
    _child.output(program)  # writes the .pyc files
    each = [[int(kib) / 1024 for kib in _child.output(program).split()] for _ in range(repeats)]
    return median(now for now, _ in each), median(most for _, most in each)
