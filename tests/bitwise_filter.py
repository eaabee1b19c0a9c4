"""A second reader of revocation filters: bit by bit, as the page says it, with no code of the first."""

from __future__ import annotations


def slots_in(data: bytes) -> set[int]:
    """The revoked slots of a filter that is one. Loops over the capacity where most are revoked."""
    bits = "".join(f"{byte:08b}" for byte in data)
    capacity = 4 ** (int(bits[4:8], 2) + 1)
    width, count, total = int(bits[8:16], 2), int(bits[16:56], 2), int(bits[56:96], 2)
    listed = min(count, capacity - count)
    found = _listed(bits[96:], capacity, listed, width, total) if listed else set()
    assert len(found) == listed
    return set(range(capacity)) - found if 2 * count > capacity else found


def _listed(bits: str, capacity: int, listed: int, width: int, total: int) -> set[int]:
    k = next(k for k in range(32) if 2 ** (k + 1) * listed * 1000 >= 481 * (2 * capacity - listed))
    sizes = (2**s for s in range(33))
    size = next(n for n in sizes if n * listed * (k + 2) >= 384 * capacity or n == capacity)
    blocks = capacity // size
    entries = [int("0" + bits[width * b : width * (b + 1)], 2) for b in range(blocks + 1)]
    bits = bits[width * (blocks + 1) :]
    starts = [entry - entries[0] + b * total // blocks for b, entry in enumerate(entries)]
    assert starts[0] == 0
    assert starts[-1] == total
    return {b * size + slot for b in range(blocks) for slot in _block(list(bits[starts[b] : starts[b + 1]]), k)}


def _block(bits: list[str], k: int) -> list[int]:
    slots, slot = [], -1
    while bits:
        gap = 0
        while bits.pop(0) == "0":
            gap += 1
        for _ in range(k):
            gap *= 2
        if k:
            gap += int("".join(bits[-k:]), 2)
            del bits[-k:]
        slot += gap + 1
        slots.append(slot)
    return slots
