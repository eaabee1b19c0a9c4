"""Memory of a scanner process that has a publisher's filter mapped, with a thousand verdicts behind it."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks import _child, _world, targets
from benchmarks._model import Part, Table, held
from benchmarks._world import LIVE
from benchmarks.memory import VERDICTS

REPEATS = 5
REFUSED = 10
"""Passes with a revoked slot, which the process must refuse, or it had not looked into the filter."""
_MIB = 1 << 20


def scanner_memory(part: Part, folder: Path, made: Path, data: bytes, good: list[int], revoked: list[int]) -> None:
    """Add a table and a target to `part`.

    Args:
        made: the folder with the state of a scanner that has taken the snapshot.
        data: the filter in it.
        good: slots that are issued and not revoked, one for each verdict.
        revoked: slots that are.

    Raises:
        subprocess.CalledProcessError: a good pass was refused, or a revoked one was not.
    """
    texts = _world.texts_at(LIVE, good[:VERDICTS])
    refused = _world.texts_at(LIVE, revoked[:REFUSED], first=VERDICTS)
    ending = _child.STATUS + _child.MAPS
    programs = {
        "bare interpreter": ending,
        f"scanner without revocation, {VERDICTS:,} verdicts": _child.scanner(folder, texts) + ending,
        f"scanner with the filter mapped, {VERDICTS:,} verdicts": (
            _child.scanner(folder, texts, made) + ending + _child.refusing(folder, refused, "REVOKED")
        ),
    }
    rows = []
    for name, program in programs.items():
        now, peak, share, private, anonymous, mapped = _sizes(program)
        part.data[name] = {
            "resident_mib": now, "peak_mib": peak, "pss_mib": share, "uss_mib": private,
            "not_of_files_mib": anonymous, "filter_resident_mib": mapped,
        }  # fmt: skip
        told = (f"{each:.2f}" if each else "" for each in (now, peak, share, private, anonymous, mapped))
        rows.append((name, *told))
    filter_size = len(data) / _MIB
    what = f"peak memory with the filter mapped, a file of {filter_size:.2f} MiB"
    part.targets.append(held(what, peak, targets.MEMORY, filter_size))
    headers = (
        "process", "resident MiB", "peak MiB", "proportional MiB", "private MiB", "of no file MiB", "of the filter MiB",
    )  # fmt: skip
    part.tables.append(Table(headers, rows))
    part.notes.append(
        f"Processes: after {VERDICTS:,} verdicts on passes whose slots are issued and not revoked; medians of "
        f"{REPEATS}. Resident and peak are `VmRSS` and `VmHWM`; the others are sums over `/proc/self/smaps`. The one "
        f"with the filter has then refused {REFUSED} passes with revoked slots. Its start compares the file with its "
        "digest, and for that holds a copy of it for a moment."
    )


def _sizes(program: str) -> tuple[float, ...]:
    """MiB: resident, peak, proportional, private, of no file, of filters that are mapped."""
    _child.output(program)  # writes the .pyc files
    each = []
    for _ in range(REPEATS):
        now, peak, share, clean, dirty, anonymous, mapped = map(int, _child.output(program).split())
        each.append((now, peak, share, clean + dirty, anonymous, mapped))
    return tuple(median(column) / 1024 for column in zip(*each, strict=True))
