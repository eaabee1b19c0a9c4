"""The slots of a revocation filter one block after the other, and whether one filter has all that another has.

A scanner needs this when one snapshot follows another, and never for a look-up.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, groupby

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats.fields import unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.revocation_filter import RevocationFilter

_LOOKUPS = 8
"""So many slots are decoded in the time of one look-up."""


@typed
def listed_slots(filter_: RevocationFilter, number: int) -> list[int]:
    """What block `number` lists, in ascending order: revoked slots, or those that are not if the filter is inverted.

    Raises:
        FormatError: it is not a block of slots.
    """
    return _decoded(filter_, number, *filter_._block(number))


@typed
def covers(new: RevocationFilter, old: RevocationFilter) -> bool:
    """Whether every slot that `old` revokes is revoked by `new`, exactly.

    Blocks of the same bytes are not decoded; of the others one of each filter is in memory at a time. A million slots,
    with two thirds of the blocks changed, take 0.4 s.

    Args:
        new: a filter that `check` has found whole.
        old: any filter. As far as it is damaged it cannot be compared, and the answer is yes.

    Raises:
        FormatError: the new one is damaged after all.
    """
    try:
        return _covers(new, old)
    except FormatError:
        new.check()
        return True


@typed
def lists(new: RevocationFilter, packed: bytes) -> bool:
    """Whether every slot of an ascending string of 4 bytes each is revoked by `new`: those of a delta, in a snapshot.

    A block that has many of them is decoded once; few are looked up.

    Raises:
        FormatError: the filter is damaged, or the string is no string of 4 bytes each.
    """
    if len(packed) % 4:
        raise FormatError("slots: not 4 bytes each")
    for number, group in groupby(unpacked(packed), lambda slot: slot >> new._s):
        slots = list(group)
        if slots[-1] >= new.capacity:
            return False
        if not new._listed or len(slots) * _LOOKUPS << new._high < new._listed:
            if not all(map(new.contains, slots)):
                return False
        else:
            there = set(listed_slots(new, number))
            if not (there.isdisjoint(slots) if new._inverted else there.issuperset(slots)):
                return False
    return True


def _covers(new: RevocationFilter, old: RevocationFilter) -> bool:
    if new.count < old.count:
        return False
    if new.capacity != old.capacity:
        return all(slot < new.capacity and new.contains(slot) for slot in old)
    # Of equal capacity: old is not inverted, or both are, for new has at least as many
    inner, outer = (new, old) if old._inverted else (old, new)
    apart = new._inverted and not old._inverted  # what old has must not be listed; otherwise inner's listing in outer's
    if not inner._listed or not outer._listed:
        return apart or not inner._listed
    if apart and inner._listed > outer._listed:
        inner, outer = outer, inner
    if inner._listed * _LOOKUPS < outer._listed:
        blocks = range(1 << inner._high)
        listed = (slot for number in blocks for slot in listed_slots(inner, number))
        return all((outer.contains(slot) is outer._inverted) is apart for slot in listed)
    return _merge(inner, outer, apart)


def _merge(inner: RevocationFilter, outer: RevocationFilter, apart: bool) -> bool:
    """Whether all that `inner` lists is listed by `outer`, or, `apart`, nothing of it."""
    alike = not apart and (inner._k, inner._s) == (outer._k, outer._s)
    waiting: list[int] = []
    following = 0  # of inner's blocks
    for number in range(1 << outer._high):
        block, size = outer._block(number)
        if alike:
            following += 1
            mine = inner._block(number)
            if mine == (block, size):
                continue
            part = _decoded(inner, number, *mine)
        else:
            end = number + 1 << outer._s
            while following << inner._s < end:
                waiting += listed_slots(inner, following)
                following += 1
            cut = bisect_left(waiting, end)
            part, waiting = waiting[:cut], waiting[cut:]
        there = set(_decoded(outer, number, block, size)) if part else set()
        if not (there.isdisjoint(part) if apart else there.issuperset(part)):
            return False
    return True


def _decoded(filter_: RevocationFilter, number: int, block: int, size: int) -> list[int]:
    """In a time linear in the block: shifting a long number once for each slot is not."""
    count, k = filter_._count(block, size), filter_._k
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
    gaps[0] += (number << filter_._s) - 1
    return list(accumulate(gaps))
