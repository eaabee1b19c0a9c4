"""The slots of one block of a revocation filter, from its bits. A scanner needs this when one snapshot follows another,
and never for a look-up."""

from __future__ import annotations

from itertools import accumulate


def slots_of(block: int, size: int, count: int, k: int, first: int) -> list[int]:
    """All slots, in ascending order, in a time linear in the block: shifting a long number once for each slot is not.

    Args:
        block: its bits as a number.
        size: how many bits they are.
        count: the slots in it; the block was found to have just these.
        k: the Rice parameter.
        first: the slot at which the block begins.
    """
    if not count:
        return []
    runs = format(block >> k * count, f"0{size - k * count}b").split("1")
    if not k:
        gaps = [len(run) + 1 for run in runs[:-1]]
    else:
        packed = (block & (1 << k * count) - 1).to_bytes((count + 7 >> 3) * k, "little")  # k bytes are eight gaps
        eights = [int.from_bytes(packed[at : at + k], "little") for at in range(0, len(packed), k)]
        low, shifts = (1 << k) - 1, range(0, 8 * k, k)
        rests = [eight >> shift & low for eight in eights for shift in shifts]
        gaps = [(len(run) << k | rest) + 1 for run, rest in zip(runs[:-1], rests, strict=False)]
    gaps[0] += first - 1
    return list(accumulate(gaps))
