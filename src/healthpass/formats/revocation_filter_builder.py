"""Building a revocation filter: for the platform. The form is that of `revocation_filter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats.revocation_filter import FORMAT, HEADER_SIZE, parameters
from healthpass.formats.window import check_capacity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_FLUSH = 4096
"""Bits that are collected before they are written as bytes."""


@typed
def build_filter(capacity: int, slots: Iterable[int], progress: Callable[[int, int], object] | None = None) -> bytes:
    """The filter of a set of revoked slots: the same bytes in whatever order they come, and however often.

    A million slots take about a second, and 60 MB beside the slots themselves.

    Args:
        capacity: of the kid; a power of four from 4 to 2^32.
        slots: the revoked slots, in any order.
        progress: called now and then with the slots that are done and all that there are.

    Raises:
        FormatError: not a capacity, or a slot that is not an integer below it.
    """
    check_capacity(capacity)
    revoked = list(slots)
    if not set(map(type, revoked)) <= {int}:
        raise FormatError("slot: not an integer")
    revoked = sorted(set(revoked))
    if revoked and not 0 <= revoked[0] <= revoked[-1] < capacity:
        raise FormatError("slot: not one below the capacity")
    count = len(revoked)
    listed = min(count, capacity - count)
    listing = _others(revoked, capacity) if 2 * count > capacity else iter(revoked)
    first = bytes([FORMAT << 4 | capacity.bit_length() - 3 >> 1])
    if not listed:
        return first + bytes(1) + count.to_bytes(5, "big") + bytes(5)
    k, s = parameters(capacity, listed)
    blocks, ends = _blocks(listing, listed, k, s, capacity >> s, progress)
    width, entries = _directory(ends)
    header = first + bytes([width]) + count.to_bytes(5, "big") + ends[-1].to_bytes(5, "big")
    assert len(header) == HEADER_SIZE
    return header + _joined([*((entry, width) for entry in entries), *blocks])


def _others(revoked: list[int], capacity: int) -> Iterator[int]:
    """The slots below the capacity that are not in the ascending list."""
    start = 0
    for slot in revoked:
        yield from range(start, slot)
        start = slot + 1
    yield from range(start, capacity)


def _blocks(
    listing: Iterator[int], listed: int, k: int, s: int, count: int, progress: Callable[[int, int], object] | None
) -> tuple[list[tuple[int, int]], list[int]]:
    """Each block as a number and its bits, and the bits before each and after the last."""
    blocks: list[tuple[int, int]] = []
    ends = [0]
    done, slot = 0, next(listing)
    low = (1 << k) - 1
    for number in range(count):
        start, end = number << s, number + 1 << s
        unary = bits = rests = taken = 0
        while slot < end:
            gap = slot - start
            start = slot + 1
            unary = unary << (gap >> k) + 1 | 1
            bits += (gap >> k) + 1
            rests |= (gap & low) << k * taken
            taken += 1
            slot = next(listing, end + (count << s))
        blocks.append((unary << k * taken | rests, bits + k * taken))
        ends.append(ends[-1] + bits + k * taken)
        done += taken
        if progress is not None and (not number & 255 or number == count - 1):
            progress(done, listed)
    return blocks, ends


def _directory(ends: list[int]) -> tuple[int, list[int]]:
    """The width of an entry in bits, and the entries."""
    high = (len(ends) - 1).bit_length() - 1
    differences = [end - (number * ends[-1] >> high) for number, end in enumerate(ends)]
    least = min(differences)
    return (max(differences) - least).bit_length(), [difference - least for difference in differences]


def _joined(pieces: list[tuple[int, int]]) -> bytes:
    """Numbers of so many bits each, one after the other, with zero bits up to a whole byte."""
    out = bytearray()
    held = bits = 0
    for number, size in pieces:
        held = held << size | number
        bits += size
        if bits >= _FLUSH:
            spare = bits & 7
            out += (held >> spare).to_bytes(bits >> 3, "big")
            held &= (1 << spare) - 1
            bits = spare
    return bytes(out + (held << (-bits & 7)).to_bytes(bits + 7 >> 3, "big"))
