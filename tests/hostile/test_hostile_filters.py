"""Bytes that claim to be a revocation filter: what passes is what the builder makes, and nothing crashes or hangs."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import HEADER_SIZE, RevocationFilter
from tests.bitwise_filter import slots_in
from tests.hostile.filters import SLOTS, SMALL, header, look, passes
from tests.hostile.measuring import peak_memory
from tests.raising import raises

FILTERS = {
    "empty": build_filter(4096, []),
    "one": build_filter(4096, [1000]),
    "few": build_filter(2**32, [0, 5, 2**31, 2**32 - 1]),
    "blocks": SMALL,
    "dense": build_filter(1024, Random(1).sample(range(1024), 480)),
    "others": build_filter(4096, set(range(4096)) - set(SLOTS)),
    "full": build_filter(4096, range(4096)),
}
"""The first two and the last have no directory to speak of; "blocks" has several blocks and entries."""
EVERY = pytest.mark.parametrize("data", FILTERS.values(), ids=FILTERS)


@EVERY
def test_cut_anywhere(data: bytes) -> None:
    for size in range(len(data)):
        with raises(
            FormatError, "malformed", "filter: not as long as its header says", "filter: not one of this format"
        ):
            RevocationFilter(data[:size])


@EVERY
@pytest.mark.parametrize("more", [b"\x00", b"\xff", bytes(1000), SMALL], ids=len)
def test_more_than_a_filter(data: bytes, more: bytes) -> None:
    with raises(FormatError, "malformed", "filter: not as long as its header says"):
        RevocationFilter(data + more)


@EVERY
def test_every_bit(data: bytes) -> None:
    """A flipped bit is refused, unless it makes exactly the filter of another set: then the digest is for it."""
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 0x80 >> bit % 8
        other = bytes(changed)
        look(other)
        if not passes(other):
            continue
        capacity = RevocationFilter(other).capacity
        if capacity <= 4096 or len(other) > HEADER_SIZE:
            slots = slots_in(other)
            assert build_filter(capacity, slots) == other
            assert all(
                RevocationFilter(other).contains(slot) == (slot in slots) for slot in range(0, min(capacity, 4096), 41)
            )


def test_every_flip_of_the_header_and_the_directory() -> None:
    """What is not a slot's own bit has no second meaning."""
    entries = RevocationFilter(SMALL)._base
    assert entries > 8 * HEADER_SIZE + 10
    for bit in [*range(4), *range(8, entries)]:
        changed = bytearray(SMALL)
        changed[bit // 8] ^= 0x80 >> bit % 8
        assert not passes(bytes(changed))


def test_every_file_of_the_smallest_capacity() -> None:
    """Of all files with a small header and up to one byte more, exactly the filters of the 16 sets pass."""
    made = {build_filter(4, [slot for slot in range(4) if number >> slot & 1]) for number in range(16)}
    assert all(len(data) <= HEADER_SIZE + 1 for data in made)
    for width, count, bits in product(range(4), range(6), range(10)):
        start = header(0x10, width, count, bits)
        for data in [start, *(start + bytes((last,)) for last in range(256))]:
            assert passes(data) == (data in made)


@pytest.mark.parametrize("first", range(256))
def test_another_format_or_capacity(first: int) -> None:
    data = bytes((first,)) + SMALL[1:]
    assert passes(data) == (data == SMALL)
    look(data)


@pytest.mark.parametrize("count", [0, 1, 339, 341, 600, 2048, 3756, 4096, 4097, 2**32, 2**40 - 1])
def test_a_lie_about_the_count(count: int) -> None:
    data = SMALL[:2] + count.to_bytes(5, "big") + SMALL[7:]
    look(data)
    if count == 3756:  # the same list, of the others: another set
        assert slots_in(data) == set(range(4096)) - set(SLOTS)
        assert passes(data)
    else:
        assert not passes(data)


@pytest.mark.parametrize("width", range(256))
def test_a_lie_about_the_width(width: int) -> None:
    data = SMALL[:1] + bytes((width,)) + SMALL[2:]
    look(data)
    assert passes(data) == (data == SMALL)


@pytest.mark.parametrize("bits", [0, 1, 339, 340, 2**16, 2**32, 2**33, 2**40 - 1])
def test_a_lie_about_the_bits(bits: int) -> None:
    with raises(FormatError, "malformed", "filter: not as long as its header says"):
        RevocationFilter(SMALL[:7] + bits.to_bytes(5, "big") + SMALL[12:])


def test_large_declarations_take_no_memory() -> None:
    for width, count, bits in product((0, 1, 34, 255), (1, 2**16, 2**31, 2**32), (0, 1, 2**32, 2**33, 2**40 - 1)):
        data = header(0x1F, width, count, bits) + bytes(100)

        def refused(data: bytes = data) -> None:
            with raises(
                FormatError,
                "malformed",
                "filter: a number in its header is too large",
                "filter: not as long as its header says",
            ):
                RevocationFilter(data)

        refused()
        assert peak_memory(refused) < 20_000


@pytest.mark.parametrize("seed", range(20))
def test_noise_behind_an_honest_header(seed: int) -> None:
    random = Random(seed)
    for data in FILTERS.values():
        for start in (HEADER_SIZE, RevocationFilter(data)._base // 8 + 1):
            for rest in (
                random.randbytes(len(data)), bytes(len(data)), b"\xff" * len(data), b"\x55" * len(data),
            ):  # fmt: skip
                changed = (data[:start] + rest)[: len(data)]
                look(changed)
                if passes(changed) and data != FILTERS["others"]:
                    assert build_filter(RevocationFilter(changed).capacity, slots_in(changed)) == changed


@pytest.mark.parametrize("fill", [b"\x00", b"\xff", b"\x55", b"\x80", b"\x01"], ids=bytes.hex)
def test_a_block_as_large_as_the_file(fill: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """All bits in one block of many slots: the search halves, so even this ends soon."""
    honest = build_filter(2**32, range(2**31, 2**31 + 30_000))
    body = RevocationFilter(honest)._base // 8 + 1
    steps, passed = [0], RevocationFilter._passed

    def counted(self: RevocationFilter, block: int, size: int, rest: int) -> tuple[int, int]:
        steps[0] += 1
        return passed(self, block, size, rest)

    monkeypatch.setattr(RevocationFilter, "_passed", counted)
    for data in (honest, honest[:body] + fill * (len(honest) - body)):
        found = RevocationFilter(data)
        for slot in (2**31, 2**31 + 15_000, 2**31 + 29_999, 2**31 + 100_000):
            steps[0] = 0
            found.contains(slot)
            assert steps[0] <= 24
        assert steps[0] > 1


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    look(data)
    passes(data)


@given(st.integers(0, 15), st.integers(0, 40), st.integers(0, 600), st.integers(0, 2000), st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_header_of_the_right_length(exponent: int, width: int, count: int, bits: int, body: bytes) -> None:
    """The length is made right, so that look-ups get as far as they can."""
    bits = min(bits, 8 * len(body))
    for size in range(len(body), -1, -1):
        data = header(0x10 | exponent, width, count, bits) + body[:size]
        look(data)
        if passes(data) and RevocationFilter(data).count <= 600:
            slots = slots_in(data)
            assert build_filter(RevocationFilter(data).capacity, slots) == data


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_spliced_filters(data: st.DataObject) -> None:
    kinds = st.sampled_from(list(FILTERS.values()))
    one, other = data.draw(kinds), data.draw(kinds)
    at, to = data.draw(st.integers(0, len(one))), data.draw(st.integers(0, len(other)))
    look(one[:at] + other[to:])
    passes(one[:at] + other[to:])
