"""A revocation filter: the revoked slots of one kid, compressed and exact, read in place.

    header       12 bytes: format and capacity, width of the directory's entries, revoked slots, bits in all blocks
    directory    for each block its first bit, as the difference from evenly spread blocks
    blocks       for each 2^s slots of the capacity the gaps between its listed slots, as Rice codes
    padding      zero bits to a whole byte

What is listed is the smaller of the revoked slots and the others, so a full filter is as short as an empty one. All
other parameters follow from capacity and count, so a set has exactly one form. A block has two ends: gap >> k in
unary, forward from its first bit, and the low k bits of the gaps, backward from its last. So the number of gaps and
their sum up to any bit are a few operations on integers, and a look-up need not decode the block.

A look-up is safe on any bytes; that it is right takes `check`, once, and a digest from then on.
"""

from __future__ import annotations

from healthpass._typed import checks_itself, hold, typed
from healthpass.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    Data = bytes | memoryview | mmap

FORMAT = 1
HEADER_SIZE = 12
MAX_WIDTH = 34
"""Of an entry of the directory, in bits."""
_BLOCK_BITS = 384
"""What a block has at least, on average; the more it is, the less the directory costs."""
_WALK = 64
"""Bits of a block that are gone through one by one before the search halves them."""
_number = int.from_bytes  # most significant first


@typed
def parameters(capacity: int, listed: int) -> tuple[int, int]:
    """Rice parameter k and block exponent s for `listed` slots (1 to half of the capacity).

    k is the smallest with 2^k >= 0.481 (capacity / listed - 1/2), which is the best one for random gaps. s is the
    smallest for which a block of 2^s slots has 384 bits or more on average, at k + 2 bits for each of its slots.
    """
    k = s = 0
    while (listed << k + 1) * 1000 < 481 * (2 * capacity - listed):
        k += 1
    while 1 << s < capacity and (listed << s) * (k + 2) < _BLOCK_BITS * capacity:
        s += 1
    return k, s


@typed
class RevocationFilter:
    """A filter, in place: the header's numbers, and the bytes as they were given.

    Attributes:
        capacity: slots are below this; a power of four from 4 to 2^32.
        count: revoked slots.

    Args:
        data: the whole filter, as bytes, a memory map, or a memory view of bytes.

    Raises:
        FormatError: the header is not that of a filter of this length. Nothing else has been read then.
    """

    __slots__ = (
        "_base", "_bits", "_data", "_end", "_high", "_inverted", "_k", "_lane_shifts", "_lanes", "_listed", "_modulus",
        "_offset", "_s", "_shift", "_step", "_width", "capacity", "count",
    )  # fmt: skip

    def __init__(self, data: Data) -> None:
        if len(data) < HEADER_SIZE or data[0] >> 4 != FORMAT:
            raise FormatError("filter: not one of this format")
        exponent = 2 * (data[0] & 15) + 2
        self._data = data
        self.capacity = capacity = 1 << exponent
        self._width = width = data[1]
        self.count = count = _number(data[2:7])
        self._bits = bits = _number(data[7:12])
        if count > capacity or width > MAX_WIDTH:
            raise FormatError("filter: a number in its header is too large")
        self._inverted = 2 * count > capacity
        self._listed = listed = capacity - count if self._inverted else count
        self._k, self._s = k, s = parameters(capacity, listed) if listed else (0, exponent)
        self._high = high = exponent - s  # 2^high blocks
        self._base = 8 * HEADER_SIZE + (width * ((1 << high) + 1) if listed else 0)
        fewest = listed * (k + 1)
        if len(data) != self._base + bits + 7 >> 3 or not fewest <= bits <= fewest + (capacity >> k):
            raise FormatError("filter: not as long as its header says")
        if not listed and (width or bits):
            raise FormatError("filter: nothing is listed, and there are blocks")
        self._end = self._base + bits
        # From a directory's entry and the block's even share to the block's first bit
        self._shift = self._base - (self._entry(0) if listed else 0)
        # A block with one slot more than average has about k + 1/2 bits more, 1/2 of them unary
        self._offset = (bits - k * listed >> high) * (2 * k + 1) - (bits >> high)
        self._step = 2 * k + 1 << s
        # To add up to 255 numbers of k bits: masked into lanes of at least k + 8 bits, and those modulo 2^lane - 1
        self._lane_shifts = range(0, k + 8, k) if k else range(0)
        lane = k * len(self._lane_shifts) or 1
        self._modulus = (1 << lane) - 1
        self._lanes = ((1 << lane * (255 * k // lane + 1)) - 1) // self._modulus * ((1 << k) - 1)

    def __repr__(self) -> str:
        return f"RevocationFilter({self.count} of {self.capacity})"

    @checks_itself
    def contains(self, slot: int) -> bool:
        """Whether `slot` is revoked. It may be one that was never issued.

        Raises:
            FormatError: not a slot below the capacity; or the filter is damaged, and `check` would have told.
        """
        if type(slot) is not int or not 0 <= slot < self.capacity:
            hold(RevocationFilter.contains, self, slot)
            raise FormatError("slot: not one below the capacity of the filter")
        if not self._listed:
            return self._inverted
        s, k = self._s, self._k
        block, size = self._block(slot >> s)
        slot &= (1 << s) - 1
        # `rest` bits of the block come after those passed; where they probably are for this slot, by proportion
        rest = size - slot * (size + self._offset) // self._step
        if rest < 0:
            rest = 0
        ones, reached = self._passed(block, size, rest)
        low = (1 << k) - 1
        for _ in range(_WALK):
            if reached > slot:
                if block >> rest & 1:
                    ones -= 1
                    reached -= 1 + (block >> k * ones & low)
                else:
                    reached -= 1 + low
                rest += 1
                continue
            if rest <= k * ones + k:
                return self._inverted
            rest -= 1
            if block >> rest & 1:
                reached += 1 + (block >> k * ones & low)
                ones += 1
                if reached > slot:
                    return (reached == slot + 1) is not self._inverted
            else:
                reached += 1 + low
                if reached > slot:
                    return self._inverted
        return self._search(block, size, slot) is not self._inverted

    def __iter__(self) -> Iterator[int]:
        """Every revoked slot, in ascending order. Raises `FormatError` at a block that `check` would not let pass."""
        if not self._inverted:
            yield from self._listing()
            return
        start = 0
        for slot in self._listing():
            yield from range(start, slot)
            start = slot + 1
        yield from range(start, self.capacity)

    def _listing(self) -> Iterator[int]:
        from healthpass.formats.revocation_listing import listed_slots  # here: a look-up does without

        for number in range(1 << self._high if self._listed else 0):
            yield from listed_slots(self, number)

    def __bytes__(self) -> bytes:
        """A copy of the whole filter as it was given."""
        return bytes(self._data)

    def check(self) -> None:
        """Hold every byte to the form that the builder gives, in a time linear in the length.

        Raises:
            FormatError: it is not the filter of any set of slots, or not the one form of it.
        """
        if not self._listed:
            return
        blocks = 1 << self._high
        entries = [self._entry(0), self._entry(blocks)]
        if entries[0] != entries[1] or self._data[-1] & (1 << (-self._end & 7)) - 1:
            raise FormatError("filter: its blocks do not end where they should, or a spare bit is set")
        least = most = entries[0]
        listed = 0
        for number in range(blocks):
            entry = self._entry(number)
            least, most = min(least, entry), max(most, entry)
            listed += self._count(*self._block(number))
        if listed != self._listed:
            raise FormatError("filter: not as many slots as its header says")
        if least or most.bit_length() != self._width:
            raise FormatError("filter: its directory is wider than need be")

    def _entry(self, number: int) -> int:
        at = 8 * HEADER_SIZE + self._width * number
        end = at + self._width
        return _number(self._data[at >> 3 : end + 7 >> 3]) >> (-end & 7) & (1 << self._width) - 1

    def _block(self, number: int) -> tuple[int, int]:
        """The bits of a block as a number, and how many they are."""
        width, data, bits = self._width, self._data, self._bits
        at = 8 * HEADER_SIZE + width * number
        end = at + 2 * width
        pair = _number(data[at >> 3 : end + 7 >> 3]) >> (-end & 7)
        mask = (1 << width) - 1
        even = number * bits
        start = (pair >> width & mask) + (even >> self._high) + self._shift
        end = (pair & mask) + (even + bits >> self._high) + self._shift
        if not self._base <= start <= end <= self._end:
            raise FormatError("filter: a block is not where it can be")
        size = end - start
        return _number(data[start >> 3 : end + 7 >> 3]) >> (-end & 7) & (1 << size) - 1, size

    def _passed(self, block: int, size: int, rest: int) -> tuple[int, int]:
        """Before the last `rest` bits: how many gaps end there, and the first slot that is not behind."""
        k = self._k
        ones = (block >> rest).bit_count()
        gaps = block & (1 << k * ones) - 1
        total = 0
        if ones < 256:
            for shift in self._lane_shifts:
                total += gaps >> shift & self._lanes
            total %= self._modulus
        else:
            each = ((1 << k * ones) - 1) // ((1 << k) - 1) if k else 0
            for bit in range(k):
                total += (gaps >> bit & each).bit_count() << bit
        return ones, (size - rest - ones << k) + ones + total

    def _search(self, block: int, size: int, slot: int) -> bool:
        """Whether the slot is in the block, by halving: for blocks that are far from random."""
        least, most, k = 0, size, self._k
        while least < most:
            rest = least + most >> 1
            if self._passed(block, size, rest)[1] <= slot:
                most = rest
            else:
                least = rest + 1
        ones, reached = self._passed(block, size, least)
        if least <= k * ones + k or not block >> least - 1 & 1:
            return False
        return reached + (block >> k * ones & (1 << k) - 1) == slot

    def _count(self, block: int, size: int) -> int:
        """The slots of a block. Raises `FormatError` if it is not one that the builder makes."""
        k = self._k
        least, most = 0, size // (k + 1)
        while least < most:
            middle = least + most >> 1
            if (block >> k * middle).bit_count() > middle:
                least = middle + 1
            else:
                most = middle
        ones, reached = self._passed(block, size, k * least)
        if ones != least or reached > 1 << self._s or (not block >> k * ones & 1 if ones else size):
            raise FormatError("filter: a block is not one of slots")
        return ones
