"""Hostile revocation filters: made piece by piece, and what may happen to them."""

from __future__ import annotations

from random import Random

from healthpass.errors import FormatError
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import RevocationFilter

SLOTS = sorted(Random(7).sample(range(4096), 340))
SMALL = build_filter(4096, SLOTS)


def header(first: int, width: int, count: int, bits: int) -> bytes:
    return bytes((first, width)) + count.to_bytes(5, "big") + bits.to_bytes(5, "big")


def assembled(
    blocks: list[str],
    count: int = 340,
    bits: int | None = None,
    width: int | None = None,
    entries: list[int] | None = None,
    first: int = SMALL[0],
) -> bytes:
    """A filter of these blocks, written as ones and zeros, with an honest directory where nothing else is said."""
    total = sum(map(len, blocks)) if bits is None else bits
    starts = [sum(map(len, blocks[:number])) for number in range(len(blocks) + 1)]
    differences = [start - number * total // len(blocks) for number, start in enumerate(starts)]
    entries = [each - min(differences) for each in differences] if entries is None else entries
    width = max(entries).bit_length() if width is None else width
    text = "".join(f"{each:0{width}b}" for each in entries) if width else ""
    text += "".join(blocks).ljust(total, "0")
    text += "0" * (-len(text) % 8)
    body = int(text, 2).to_bytes(len(text) // 8, "big") if text else b""
    return header(first, width, count, total) + body


def blocks_of(data: bytes) -> list[str]:
    found = RevocationFilter(data)
    listed = [found._block(number) for number in range(1 << found._high)]
    return [f"{block:0{size}b}" if size else "" for block, size in listed]


def look(data: bytes) -> None:
    """Open and look up, without a check: an answer or a FormatError."""
    try:
        found = RevocationFilter(data)
    except FormatError:
        return
    last = found.capacity - 1
    for slot in {0, 1, last, last // 2, *range(0, last, last // 40 + 1)}:
        try:
            assert found.contains(slot) in (True, False)
        except FormatError:
            continue


def passes(data: bytes) -> bool:
    try:
        RevocationFilter(data).check()
    except FormatError:
        return False
    return True
