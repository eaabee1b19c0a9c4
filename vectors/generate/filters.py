"""Revocation filters, written from docs/revocation-filter.md: as strings of bits, and slowly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


def bits(number: int, width: int) -> str:
    return format(number, f"0{width}b") if width else ""


def to_bytes(string: str) -> bytes:
    string += "0" * (-len(string) % 8)
    return int("1" + string, 2).to_bytes(len(string) // 8 + 1, "big")[1:]


def parameters(capacity: int, listed: int) -> tuple[int, int]:
    """k and s."""
    k = 0
    while 2 ** (k + 1) * listed * 1000 < 481 * (2 * capacity - listed):
        k += 1
    s = 0
    while 2**s < capacity and 2**s * listed * (k + 2) < 384 * capacity:
        s += 1
    return k, s


@dataclass
class Parts:
    """A filter taken apart, so that a damaged one can be put together."""

    capacity: int
    revoked: int
    width: int
    total: int
    entries: list[int]
    blocks: list[str]
    format: int = 1
    exponent: int | None = None
    padding: str = ""

    def data(self) -> bytes:
        e = (self.capacity.bit_length() - 1) // 2 - 1 if self.exponent is None else self.exponent
        header = bits(self.format, 4) + bits(e, 4) + bits(self.width, 8) + bits(self.revoked, 40) + bits(self.total, 40)
        body = "".join(bits(entry, self.width) for entry in self.entries) + "".join(self.blocks)
        return to_bytes(header + body + self.padding)


def parts(capacity: int, revoked: Iterable[int]) -> Parts:
    """The filter of a set of slots."""
    slots = sorted(set(revoked))
    count = len(slots)
    there = set(slots)
    listed = slots if 2 * count <= capacity else [each for each in range(capacity) if each not in there]
    if not listed:
        return Parts(capacity, count, 0, 0, [], [])
    k, s = parameters(capacity, len(listed))
    in_blocks: dict[int, list[int]] = {}
    for slot in listed:
        in_blocks.setdefault(slot >> s, []).append(slot)
    blocks = []
    for number in range(capacity >> s):
        forward = backward = ""
        next_ = number << s
        for slot in in_blocks.get(number, ()):
            gap = slot - next_
            forward += "0" * (gap >> k) + "1"
            backward = bits(gap % 2**k, k) + backward
            next_ = slot + 1
        blocks.append(forward + backward)
    total = sum(map(len, blocks))
    begins = [0]
    for block in blocks:
        begins.append(begins[-1] + len(block))
    differences = [begin - number * total // len(blocks) for number, begin in enumerate(begins)]
    entries = [each - min(differences) for each in differences]
    return Parts(capacity, count, max(entries).bit_length(), total, entries, blocks)


def build(capacity: int, revoked: Iterable[int]) -> bytes:
    return parts(capacity, revoked).data()
