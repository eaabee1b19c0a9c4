"""One filter covers another exactly if its set includes the other's, whatever form the two have."""

from __future__ import annotations

import tracemalloc
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.listing import covers

SHARES = [0, 0.001, 0.01, 0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 0.999, 1]


def opened(capacity: int, slots: set[int]) -> RevocationFilter:
    return RevocationFilter(build_filter(capacity, slots))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, set[int], set[int]]:
    """A capacity, old slots, and new ones: the old with more, with some lost, one exchanged for another, or any."""
    capacity = 4 ** draw(st.integers(1, 6))
    random = Random(draw(st.integers(0, 2**32)))

    def some(share: float) -> set[int]:
        if draw(st.booleans()):  # in one run, so that blocks are far from alike
            start = random.randrange(capacity)
            return set(range(start, min(capacity, start + round(share * capacity))))
        return {slot for slot in range(capacity) if random.random() < share}

    old = some(draw(st.sampled_from(SHARES)))
    added = some(draw(st.sampled_from(SHARES)))
    how = draw(st.sampled_from(["more", "one lost", "one exchanged", "any"]))
    new = added if how == "any" else old | added
    if how.startswith("one") and old:
        new = new - {random.choice(sorted(old))}
    if how == "one exchanged":
        new = new | {random.randrange(capacity)}
    return capacity, old, new


@given(pairs())
@settings(max_examples=400, deadline=None)
def test_it_is_inclusion(drawn: tuple[int, set[int], set[int]]) -> None:
    capacity, old, new = drawn
    assert covers(opened(capacity, new), opened(capacity, old)) is (old <= new)
    assert covers(opened(capacity, old), opened(capacity, new)) is (new <= old)
    assert covers(opened(capacity, old), opened(capacity, old))


@given(st.integers(1, 4), st.integers(1, 4), st.data())
@settings(deadline=None)
def test_windows_of_different_capacities(larger: int, smaller: int, data: st.DataObject) -> None:
    old, new = (data.draw(st.sets(st.integers(0, 4**each - 1))) for each in (larger, smaller))
    new |= data.draw(st.sampled_from([set(), {slot for slot in old if slot < 4**smaller}]))
    assert covers(opened(4**smaller, new), opened(4**larger, old)) is (old <= new)


@pytest.mark.parametrize("every", [1, 100])
def test_sparse_sets_of_the_largest_capacity(every: int) -> None:
    """Blocks are longer than any set of integers that could be held."""
    random = Random(5)
    new = {random.randrange(2**32) for _ in range(3000)}
    old = set(sorted(new)[::every])
    filters = [opened(2**32, each) for each in (new, old, old ^ {17}, set())]
    assert covers(filters[0], filters[1])
    assert not covers(filters[0], filters[2])
    assert covers(filters[0], filters[3])
    assert covers(filters[1], filters[0]) is (every == 1)


def altered(data: bytes, at: int) -> bytes:
    return data[: at >> 3] + bytes((data[at >> 3] ^ 128 >> (at & 7),)) + data[(at >> 3) + 1 :]


@given(pairs(), st.data())
@settings(deadline=None)
def test_an_old_filter_that_is_damaged(drawn: tuple[int, set[int], set[int]], data: st.DataObject) -> None:
    """It is compared as what it now says, or binds nobody; the answer is never an error."""
    capacity, old, new = drawn
    whole = build_filter(capacity, old)
    assume(len(whole) > 12)
    damaged = altered(whole, data.draw(st.integers(96, 8 * len(whole) - 1)))
    held = RevocationFilter(damaged)
    try:
        said = set(held)
    except FormatError:
        assert covers(opened(capacity, old), held) in (True, False)
        assert covers(opened(capacity, set(range(capacity))), held)
    else:
        enough = new if len(new) >= held.count else set(range(capacity))
        assert covers(opened(capacity, enough), held) is (said <= enough)


def test_a_new_filter_that_is_damaged_is_not_taken_for_one_that_covers() -> None:
    slots = set(Random(3).sample(range(4096), 600))
    old, whole = opened(4096, slots), build_filter(4096, slots | {7, 8, 9})
    refused = 0
    for at in range(96, 8 * len(whole)):
        try:
            new = RevocationFilter(altered(whole, at))
            includes = slots <= set(new)
        except FormatError:
            includes = False
        try:
            assert covers(new, old) is includes
        except FormatError:
            refused += 1
            assert not includes
    assert refused > 100


def test_it_takes_no_memory_for_the_sets() -> None:
    random = Random(6)
    slots = random.sample(range(4**10), 110_000)
    old, new = opened(4**10, set(slots[:100_000])), opened(4**10, set(slots))
    far = opened(4**10, set(range(4**10)) - set(random.sample(range(4**10), 90_000)) | set(slots))
    tracemalloc.start()
    answers = [covers(new, old), covers(old, new), covers(far, new), covers(far, old)]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answers == [True, False, True, True]
    assert most < 200_000
