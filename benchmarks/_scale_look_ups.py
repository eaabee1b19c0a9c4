"""Every issued slot looked up once in a filter, beside signature verifications."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from random import Random
from time import thread_time_ns

from benchmarks import targets
from benchmarks._measure import Timing
from benchmarks._model import Part, held
from benchmarks._progress import Progress
from benchmarks.filter import CHECKS, Counting, verifying
from healthpass.formats.revocation.filter import RevocationFilter

PORTION = 250_000
"""Look-ups between two rounds of verifications."""
COUNTED = 100_000
"""Look-ups whose bytes are counted."""
HEADERS = ("looked up", "false alarms", "misses", "µs each", "a verification, µs", "ratio, median",
           "bytes read, mean", "most")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LookUps:
    """What looking up every issued slot has shown."""

    false_alarms: int
    misses: int
    one: Timing
    verification: Timing


def look_up_all(data: bytes | mmap, slots: array[int], revoked: bytes, what: str) -> LookUps:
    """Ask the filter for every issued slot, once, and hold each answer to the set.

    Args:
        data: the filter's bytes, as a scanner has them.
        slots: all that are issued.
        revoked: for each of them 1 if it is revoked, else 0.
    """
    contains, verify = RevocationFilter(data).contains, verifying()
    tell = Progress(what, len(slots))
    verify()  # warms up, and does not count
    one, verification = [], []
    alarms = misses = 0
    for at in range(0, len(slots), PORTION):
        asked = slots[at : at + PORTION].tolist()
        start = thread_time_ns()
        answers = bytes(map(contains, asked))
        middle = thread_time_ns()
        verify()
        end = thread_time_ns()
        one.append((middle - start) / len(asked) / 1000)
        verification.append((end - middle) / CHECKS / 1000)
        expected = revoked[at : at + len(asked)]
        if answers != expected:
            alarms += sum(answer > right for answer, right in zip(answers, expected, strict=True))
            misses += sum(answer < right for answer, right in zip(answers, expected, strict=True))
        tell(at + len(asked))
    return LookUps(alarms, misses, Timing(tuple(one)), Timing(tuple(verification)))


def bytes_read(data: bytes, slots: array[int]) -> tuple[float, int]:
    """Bytes of the filter that one look-up reads, mean and most, over some of the issued slots at random."""
    counting = Counting(data)
    filter_ = RevocationFilter(counting)  # type: ignore[arg-type]  # it has the length and the slices of bytes
    chosen = Random(3).choices(slots, k=COUNTED)
    total = most = 0
    for slot in chosen:
        counting.read = 0
        filter_.contains(slot)
        total += counting.read
        most = max(most, counting.read)
    return total / len(chosen), most


def looked_up(
    part: Part, state: Path, slots: array[int], revoked: bytes, count: int
) -> tuple[LookUps, tuple[str, ...]]:
    """Look all up in the filter of a scanner's state. Figures and targets go to `part`; returns a row under `HEADERS`.

    Raises:
        ValueError: there was a false alarm or a miss.
    """
    (path,) = (state / "revocation").glob("*.filter")
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        found = look_up_all(mapped, slots, revoked, f"looking up all, {count:,} revoked")
    if found.false_alarms or found.misses:
        raise ValueError(f"{found.false_alarms:,} false alarms and {found.misses:,} misses among {len(slots):,}")
    mean, most = bytes_read(path.read_bytes(), slots)
    ratio = found.one.over(found.verification).median
    part.data[f"look-ups {count}"] = {
        "looked_up": len(slots), "false_alarms": found.false_alarms, "misses": found.misses,
        "median_us": found.one.median, "verification_us": found.verification.median, "ratio_median": ratio,
        "bytes_read": mean, "bytes_read_most": most,
    }  # fmt: skip
    wrong = found.false_alarms + found.misses
    part.targets += [
        held(f"scale: false alarms and misses, {count:,} revoked", wrong, targets.FILTER_WRONG),
        held(f"scale: look-up, {count:,} revoked, to a verification", ratio, targets.FILTER_TIME),
    ]
    return found, (
        f"{len(slots):,}", f"{found.false_alarms:,}", f"{found.misses:,}", f"{found.one.median:.2f}",
        f"{found.verification.median:.2f}", f"{ratio:.3f}", f"{mean:.0f}", f"{most}",
    )  # fmt: skip
