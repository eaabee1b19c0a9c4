"""Slots: a permutation of the numbers below the capacity that says nothing without its secret."""

from __future__ import annotations

from hashlib import blake2b, sha256
from itertools import pairwise
from math import sqrt
from random import Random

import pytest

from healthpass.errors import FormatError
from healthpass.issuer.slots import SlotPermutation

SECRETS = [bytes(32), bytes(range(32)), b"\xff" * 32, sha256(b"slots").digest()]
CAPACITY = 4**8


def slots_of(secret: bytes, capacity: int) -> list[int]:
    permutation = SlotPermutation(secret, capacity)
    return [permutation.slot(number) for number in range(capacity)]


def written_out(secret: bytes, capacity: int, number: int) -> int:
    """The same network from its description: ten rounds, each with BLAKE2b of the round's number and the right half."""
    half = (capacity.bit_length() - 1) // 2
    size: int = 2**half
    left, right = divmod(number, size)
    for n in range(10):
        message = bytes([n]) + right.to_bytes(2, "little")
        digest = blake2b(message, digest_size=2, key=secret, person=b"healthpass slot").digest()
        left, right = right, left ^ int.from_bytes(digest, "little") % size
    return left * size + right


def correlation(xs: list[int], ys: list[int]) -> float:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    covariance = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    variances = sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys)
    return covariance / sqrt(variances)


def chi_square(values: list[int], bins: int, below: int) -> float:
    """How far the values are from equal counts in so many bins, in standard deviations of what chance gives."""
    counts = [0] * bins
    for value in values:
        counts[value * bins // below] += 1
    expected = len(values) / bins
    statistic = sum((count - expected) ** 2 / expected for count in counts)
    return (statistic - (bins - 1)) / sqrt(2 * (bins - 1))


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.hex()[:8])
@pytest.mark.parametrize("power", range(1, 7))
def test_a_bijection(power: int, secret: bytes) -> None:
    assert sorted(slots_of(secret, 4**power)) == list(range(4**power))


@pytest.mark.parametrize("capacity", [4**12, 4**16])
def test_large_capacities(capacity: int) -> None:
    permutation = SlotPermutation(SECRETS[3], capacity)
    numbers = {0, 1, capacity - 1, *range(1000, 3000), *Random(1).sample(range(capacity), 2000)}
    slots = {permutation.slot(number) for number in numbers}
    assert len(slots) == len(numbers)
    assert min(slots) >= 0
    assert capacity // 2 < max(slots) < capacity


@pytest.mark.parametrize("capacity", [4, 4**8, 4**16])
def test_as_described(capacity: int) -> None:
    for secret in SECRETS:
        permutation = SlotPermutation(secret, capacity)
        for number in {0, 1, capacity // 2, capacity - 1, *Random(2).choices(range(capacity), k=50)}:
            assert permutation.slot(number) == written_out(secret, capacity, number)


def test_slots_never_change() -> None:
    """A ledger that was written by an older version still means the same slots."""
    assert [slots_of(SECRETS[1], 16), slots_of(SECRETS[1], 64)[:8]] == [
        [8, 3, 2, 14, 9, 5, 7, 11, 15, 0, 13, 10, 12, 6, 1, 4],
        [28, 22, 10, 18, 62, 61, 33, 31],
    ]
    assert [SlotPermutation(SECRETS[1], 4**16).slot(number) for number in range(4)] == [
        776920789,
        2022556380,
        33787154,
        2551594624,
    ]


@pytest.mark.parametrize("number", [-1, 64, 65, 2**32, -(2**70)])
def test_a_number_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="below the capacity"):
        SlotPermutation(SECRETS[0], 64).slot(number)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_secret_of_another_size(size: int) -> None:
    with pytest.raises(FormatError, match="32 bytes"):
        SlotPermutation(bytes(size), 64)


@pytest.mark.parametrize("capacity", [-4, 0, 1, 2, 8, 63, 2**31, 4**17])
def test_another_capacity(capacity: int) -> None:
    with pytest.raises(FormatError, match="power of four"):
        SlotPermutation(bytes(32), capacity)


def test_every_bit_of_the_secret_counts() -> None:
    secret = int.from_bytes(SECRETS[3], "big")
    others = [(secret ^ 1 << bit).to_bytes(32, "big") for bit in range(256)]
    seen = {tuple(SlotPermutation(each, 4**16).slot(number) for number in range(4)) for each in [*others, SECRETS[3]]}
    assert len(seen) == 257


def test_numbers_and_slots_do_not_rise_together() -> None:
    """Correlation by chance has a standard deviation of one in the root of the number of slots, 1/256 here."""
    for secret in SECRETS:
        slots = slots_of(secret, CAPACITY)
        assert abs(correlation(list(range(CAPACITY)), slots)) < 4 / 256
        assert abs(correlation(slots[:-1], slots[1:])) < 4 / 256


def test_slots_of_adjacent_numbers_are_as_far_apart_as_any() -> None:
    for secret in SECRETS:
        slots = slots_of(secret, CAPACITY)
        steps = [(after - before) % CAPACITY for before, after in pairwise(slots)]
        assert abs(chi_square(steps, 256, CAPACITY)) < 4


def test_the_first_slots_are_spread_over_the_whole_capacity() -> None:
    for secret in SECRETS:
        assert abs(chi_square(slots_of(secret, CAPACITY)[:8192], 64, CAPACITY)) < 4


def test_each_bit_of_a_number_changes_half_of_the_bits_of_its_slot() -> None:
    permutation, random = SlotPermutation(SECRETS[3], 4**16), Random(3)
    for bit in range(32):
        numbers = [random.randrange(4**16) for _ in range(200)]
        changed = [(permutation.slot(n) ^ permutation.slot(n ^ 1 << bit)).bit_count() for n in numbers]
        assert 15 < sum(changed) / 200 < 17


def test_repr_shows_no_secret() -> None:
    assert repr(SlotPermutation(SECRETS[1], 64)) == "SlotPermutation(...)"


@pytest.mark.parametrize("capacity", [4, 4**5, 4**8])
def test_the_tables_say_what_the_rounds_say(capacity: int) -> None:
    """Before, while and after a permutation goes over to its tables."""
    permutation = SlotPermutation(SECRETS[3], capacity)
    for number in Random(3).choices(range(capacity), k=600):
        assert permutation.slot(number) == written_out(SECRETS[3], capacity, number)


@pytest.mark.parametrize("capacity", [4, 4**2, 4**5, 4**8])
def test_back_from_a_slot_to_its_number(capacity: int) -> None:
    """From the first slot on, and once the tables are there."""
    for secret in SECRETS:
        forth, back = SlotPermutation(secret, capacity), SlotPermutation(secret, capacity)
        assert [back.number(forth.slot(number)) for number in range(capacity)] == list(range(capacity))
        for slot in (-1, capacity):
            with pytest.raises(ValueError, match="below the capacity"):
                back.number(slot)
