"""Numbers in one byte string, compared some thousands at a time: the same answers as one by one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.formats import fields
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.listing import lists

PART = fields._PART // 4
"""Numbers that are looked at together."""
ANY = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**32 - 1])
FEW = st.lists(ANY, max_size=12)
RUNS = st.builds(range, st.integers(0, 9), st.integers(10, 3 * PART), st.integers(1, 5))
"""More than are looked at together."""
SETS = FEW | RUNS


def packed(numbers: Iterable[int]) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def in_order(numbers: Iterable[int]) -> bytes:
    return packed(sorted(set(numbers)))


@given(FEW)
def test_unpacked(numbers: list[int]) -> None:
    assert fields.unpacked(packed(numbers)) == numbers


@given(SETS, st.integers(0, 3 * PART), ANY)
def test_ascending(numbers: Iterable[int], at: int, wrong: int) -> None:
    right = sorted(set(numbers))
    assert fields.is_ascending(packed(right))
    if right:
        at %= len(right)
        changed = [*right[:at], wrong, *right[at + 1 :]]
        assert fields.is_ascending(packed(changed)) is (changed == sorted(set(changed)))
        assert not fields.is_ascending(packed([*right[: at + 1], *right[at:]]))


@pytest.mark.parametrize("at", [0, 1, PART - 2, PART - 1, PART, PART + 1, 2 * PART - 1])
def test_a_number_that_is_there_twice_or_out_of_order_where_the_parts_meet(at: int) -> None:
    numbers = list(range(1, 2 * PART + 2))
    for wrong in (numbers[at + 1], numbers[at + 1] + 1, 2**32 - 1):
        assert not fields.is_ascending(packed([*numbers[:at], wrong, *numbers[at + 1 :]]))


@given(SETS, SETS)
def test_includes_and_apart(one: Iterable[int], other: Iterable[int]) -> None:
    mine, theirs = in_order(one), in_order(other)
    assert fields.includes(mine, theirs) is set(one).issuperset(other)
    assert fields.are_apart(mine, theirs) is set(one).isdisjoint(other)
    assert fields.includes(in_order({*one, *other}), theirs)


@given(RUNS, st.integers(0, 3 * PART))
def test_one_number_less(numbers: range, at: int) -> None:
    every = list(numbers)
    at %= len(every)
    less = [*every[:at], *every[at + 1 :]]
    assert not fields.includes(packed(less), packed(every))
    assert fields.are_apart(packed(less), packed(every[at : at + 1]))
    assert not fields.are_apart(packed(every), packed(every[at : at + 1]))


@given(
    revoked=st.sets(st.integers(0, 1023)) | st.sets(st.integers(0, 1023)).map(lambda few: set(range(1024)) - few),
    asked=st.sets(st.integers(0, 1023), max_size=200) | st.sampled_from([set(range(1024)), {1024}, {0, 4096}]),
)
def test_what_a_filter_lists(revoked: set[int], asked: set[int]) -> None:
    made = RevocationFilter(build_filter(1024, revoked))
    assert lists(made, in_order(asked)) is revoked.issuperset(asked)
    assert lists(made, in_order(asked & revoked))
