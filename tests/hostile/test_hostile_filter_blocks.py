"""Filters with a directory or blocks that no set of slots has, in files that are otherwise honest."""

from __future__ import annotations

import pytest

from healthpass.errors import FormatError
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import MAX_WIDTH, RevocationFilter
from tests.bitwise_filter import slots_in
from tests.hostile.filters import SLOTS, SMALL, assembled, blocks_of, header, look, passes

BLOCKS = blocks_of(SMALL)


def test_the_assembler_is_honest() -> None:
    assert assembled(BLOCKS) == SMALL
    assert len(BLOCKS) == 4


@pytest.mark.parametrize(("more", "wider"), [(0, 1), (0, 20), (1, 1), (3, 20)])
def test_a_wider_directory_with_the_same_starts(more: int, wider: int) -> None:
    """The same entries in more bits, or each one higher: it could be read, and is not the one form."""
    found = RevocationFilter(SMALL)
    entries = [found._entry(number) + more for number in range(len(BLOCKS) + 1)]
    data = assembled(BLOCKS, entries=entries, width=SMALL[1] + wider)
    assert all(RevocationFilter(data).contains(slot) for slot in SLOTS)
    with pytest.raises(FormatError, match="directory"):
        RevocationFilter(data).check()


def test_a_directory_that_is_too_wide() -> None:
    found = RevocationFilter(SMALL)
    entries = [found._entry(number) for number in range(len(BLOCKS) + 1)]
    RevocationFilter(assembled(BLOCKS, entries=entries, width=MAX_WIDTH))
    with pytest.raises(FormatError, match="too large"):
        RevocationFilter(assembled(BLOCKS, entries=entries, width=MAX_WIDTH + 1))


def test_bits_between_the_last_block_and_the_padding() -> None:
    for more in range(1, 40):
        data = assembled(BLOCKS, bits=sum(map(len, BLOCKS)) + more)
        with pytest.raises(FormatError, match="end"):
            RevocationFilter(data).check()


@pytest.mark.parametrize("at", range(4))
def test_a_block_that_is_not_one(at: int) -> None:
    """Zeros that no gap ends, halves that do not meet, a slot past the block, a slot too many or too few."""
    block = BLOCKS[at]
    half = block.rindex("1", 0, len(block) - 2 * block.count("1") // 3)
    never = ["0" * 30, "0", "1", block + "0", "0" * 300 + block, ""]
    perhaps = ["0" + block, "1" + block, block[1:], block[:-1], block[::-1], block[:half] + "0" + block[half:]]
    for other in never + perhaps:
        data = assembled([*BLOCKS[:at], other, *BLOCKS[at + 1 :]])
        look(data)
        if passes(data):
            assert other in perhaps
            assert build_filter(4096, slots_in(data)) == data


def test_a_block_of_zeros_where_nothing_is_listed() -> None:
    """A block without slots has no bits: more would be a second form of the same set."""
    slots = [*range(0, 1024, 3), 4000]
    honest = build_filter(4096, slots)
    blocks = blocks_of(honest)
    empty = blocks.index("")
    for zeros in (1, 2, 3, 10, 50):
        blocks[empty] = "0" * zeros
        data = assembled(blocks, count=len(slots))
        assert {slot for slot in range(4096) if RevocationFilter(data).contains(slot)} == set(slots)
        with pytest.raises(FormatError, match="block"):
            RevocationFilter(data).check()


@pytest.mark.parametrize(
    "entries", [[0, 2**33, 0, 0, 0], [2**33, 0, 0, 0, 0], [0, 0, 0, 0, 2**33], [0, 600, 0, 0, 0], [600, 0, 0, 0, 600]]
)
def test_a_directory_that_leads_outside(entries: list[int]) -> None:
    data = assembled(BLOCKS, entries=entries)
    found = RevocationFilter(data)
    refused = 0
    for slot in range(0, 4096, 16):
        try:
            found.contains(slot)
        except FormatError:
            refused += 1
    assert refused
    assert not passes(data)


def test_a_block_that_begins_before_the_blocks() -> None:
    data = assembled(BLOCKS, entries=[600, 0, 0, 0, 600])
    for slot in range(1024, 2048, 16):
        with pytest.raises(FormatError, match="where"):
            RevocationFilter(data).contains(slot)


def test_counts_that_the_bits_cannot_hold() -> None:
    """Each listed slot has k + 1 bits at least, and the zeros of all of them are not more than the capacity allows."""
    for count, bits in ((2**20, 8), (2**31, 8), (2**31, 2**31 - 1 & ~7), (1000, 1000)):
        data = header(0x1F, 0, count, bits) + bytes(min(bits, 8000) // 8)
        with pytest.raises(FormatError, match="long"):
            RevocationFilter(data)
    for bits in (24, 160, 8000):
        with pytest.raises(FormatError, match="long"):
            RevocationFilter(header(0x12, 0, 1, bits) + b"\x00" * (bits // 8))
