"""The revocation filter: edges, one form for each set, sizes, and what the pages say of it."""

from __future__ import annotations

import re
from math import lgamma, log
from random import Random
from typing import Any

import pytest

from healthpass.errors import FormatError
from healthpass.formats.revocation_filter import HEADER_SIZE, RevocationFilter, parameters
from healthpass.formats.revocation_filter_builder import build_filter
from tests.bitwise_filter import slots_in
from tests.hostile.measuring import peak_memory
from tests.pages import DOCS
from tests.unit.test_imports import FORBIDDEN, loaded

PAGE = (DOCS / "revocation-filter.md").read_text(encoding="utf-8")
LARGE = 4**12


def checked(data: bytes) -> RevocationFilter:
    found = RevocationFilter(data)
    found.check()
    return found


def revoked_in(data: bytes) -> set[int]:
    found = checked(data)
    return {slot for slot in range(found.capacity) if found.contains(slot)}


def log2_sets(capacity: int, count: int) -> float:
    return (lgamma(capacity + 1) - lgamma(count + 1) - lgamma(capacity - count + 1)) / log(2)


@pytest.mark.parametrize("capacity", [4**n for n in range(1, 7)])
def test_edges(capacity: int) -> None:
    everything = set(range(capacity))
    half = set(range(0, capacity, 2))
    last = capacity - 1
    for slots in (
        set(), everything, {0}, {last}, {0, last}, everything - {0}, everything - {last}, everything - {0, last},
        half, everything - half, half | {1}, half - {0}, set(range(capacity // 2)), set(range(capacity // 2, capacity)),
        set(range(capacity // 4, capacity // 2)), {capacity // 2}, {capacity // 2 - 1},
    ):  # fmt: skip
        data = build_filter(capacity, slots)
        assert revoked_in(data) == slots
        assert slots_in(data) == slots
        assert checked(data).count == len(slots)
        assert checked(data).capacity == capacity


def test_every_set_of_the_smallest_capacity() -> None:
    sets = [{slot for slot in range(4) if number >> slot & 1} for number in range(16)]
    files = [build_filter(4, slots) for slots in sets]
    assert [revoked_in(data) for data in files] == sets
    assert len(set(files)) == 16


@pytest.mark.parametrize("exponent", range(1, 17))
def test_nothing_and_everything_are_a_header(exponent: int) -> None:
    data = build_filter(4**exponent, [])
    assert len(data) == HEADER_SIZE
    assert not checked(data).contains(0)
    assert not checked(data).contains(4**exponent - 1)
    full = data[:2] + (4**exponent).to_bytes(5, "big") + data[7:]
    assert checked(full).contains(0)
    assert checked(full).contains(4**exponent - 1)
    if exponent <= 6:
        assert build_filter(4**exponent, range(4**exponent)) == full


@pytest.mark.parametrize("count", [1, 2, 10, 100, 1000])
def test_few_of_the_largest_capacity(count: int) -> None:
    slots = {0, 2**32 - 1, *Random(count).sample(range(2**32), count)}
    found = checked(build_filter(2**32, slots))
    for slot in slots:
        for near in (slot - 1, slot, slot + 1):
            if 0 <= near < 2**32:
                assert found.contains(near) == (near in slots)


@pytest.mark.parametrize("capacity", [1024, LARGE, 2**32])
def test_neighbours(capacity: int) -> None:
    """All that is revoked is in one or two blocks, so that these are far fuller than any look-up expects."""
    start, count = capacity // 3, min(10_000, capacity // 8)
    data = build_filter(capacity, range(start, start + count))
    found = checked(data)
    step = max(1, count // 97)
    for slot in [*range(start - 70, start + 70), *range(start, start + count, step), start + count - 1]:
        assert found.contains(slot) == (slot >= start)
    assert not any(found.contains(slot) for slot in range(start + count, min(capacity, start + 2 * count), step))


@pytest.mark.parametrize("seed", range(5))
def test_one_form_whatever_the_order(seed: int) -> None:
    random = Random(seed)
    slots = random.sample(range(4**6), 500)
    data = build_filter(4**6, slots)
    random.shuffle(slots)
    assert build_filter(4**6, slots) == data
    assert build_filter(4**6, iter(slots + slots[:20])) == data
    assert build_filter(4**6, set(slots)) == data


@pytest.mark.parametrize(("count", "most"), [(1000, 1.04), (10_000, 1.03), (100_000, 1.035), (1_000_000, 1.04)])
def test_size_beside_the_bound(count: int, most: float) -> None:
    data = build_filter(LARGE, Random(count).sample(range(LARGE), count))
    assert 8 * len(data) <= most * log2_sets(LARGE, count)
    checked(data)


@pytest.mark.parametrize("percent", [0.1, 1, 3, 5, 8, 12, 20, 25, 33, 39, 45, 50, 60, 75, 95, 99])
def test_size_at_any_density(percent: float) -> None:
    count = int(4**9 * percent / 100)
    data = build_filter(4**9, Random(count).sample(range(4**9), count))
    assert 8 * len(data) <= 1.06 * log2_sets(4**9, count) + 8 * HEADER_SIZE


@pytest.mark.parametrize("k", range(32))
def test_sums_of_gaps(k: int) -> None:
    """How far the first half of a block reaches, whatever it is: up to 255 gaps are added up by arithmetic, more bit by
    bit."""
    found = RevocationFilter(build_filter(4 ** (k // 2 + 1), range(2 - k % 2)))
    assert found._k == k
    random = Random(k)
    for ones in (*range(5), *range(250, 260), 600):
        unary = sum(1 << at for at in random.sample(range(2 * ones), ones))
        for low in ([(1 << k) - 1] * ones, [random.randrange(1 << k) for _ in range(ones)]):
            rests = sum(each << k * n for n, each in enumerate(low))
            block, size = unary << k * ones | rests, (2 + k) * ones
            assert found._passed(block, size, k * ones) == (ones, (ones << k) + ones + sum(low))


def test_reads_few_bytes_in_place() -> None:
    class Watched(bytes):
        """Bytes that note which of them are read."""

        def __init__(self, data: bytes) -> None:
            super().__init__()
            self.data, self.read = data, 0

        def __len__(self) -> int:
            return len(self.data)

        def __getitem__(self, where: Any) -> Any:
            if isinstance(where, slice):
                assert 0 <= where.start <= where.stop <= len(self.data)
                self.read += where.stop - where.start
            return self.data[where]

    watched = Watched(build_filter(LARGE, Random(1).sample(range(LARGE), 50_000)))
    found = RevocationFilter(watched)
    assert watched.read < 20
    for slot in Random(2).choices(range(LARGE), k=300):
        watched.read = 0
        found.contains(slot)
        assert watched.read < 200


def test_takes_no_memory_of_its_own() -> None:
    data = memoryview(build_filter(LARGE, Random(1).sample(range(LARGE), 50_000)))

    def look() -> None:
        found = RevocationFilter(data)
        for slot in range(0, LARGE, LARGE // 100):
            found.contains(slot)

    look()
    assert peak_memory(look) < 10_000


def test_loads_little() -> None:
    modules = loaded("import healthpass.formats.revocation_filter")
    ours = {"healthpass", "healthpass._intenum", "healthpass._values", "healthpass.errors", "healthpass.formats"}
    assert {name for name in modules if name.startswith("healthpass")} == {
        *ours,
        "healthpass._typed",
        "healthpass.formats.revocation_filter",
    }
    assert not modules & FORBIDDEN


def test_progress() -> None:
    said: list[tuple[int, int]] = []
    slots = Random(1).sample(range(4**9), 20_000)
    assert build_filter(4**9, slots, lambda done, of: said.append((done, of))) == build_filter(4**9, slots)
    assert said == sorted(said)
    assert said[-1] == (20_000, 20_000)
    assert len(said) < 200


@pytest.mark.parametrize("capacity", [0, 1, 2, 8, 4**17, -4, 4.0, True, None, "4"])
def test_not_a_capacity(capacity: Any) -> None:
    with pytest.raises(FormatError if type(capacity) is int else TypeError, match=r"^capacity: "):
        build_filter(capacity, [])


@pytest.mark.parametrize("slot", [-1, 16, 2**32, True, 1.0, None, "1", b"1"])
def test_not_a_slot(slot: Any) -> None:
    wrong = FormatError if type(slot) is int else TypeError
    with pytest.raises(wrong, match="slot"):
        build_filter(16, [3, slot])
    for slots in ([], [3], range(16)):
        with pytest.raises(wrong, match="slot"):
            RevocationFilter(build_filter(16, slots)).contains(slot)


@pytest.mark.parametrize("capacity", [4**n for n in range(1, 17)])
def test_parameters_are_the_best_and_no_block_is_large(capacity: int) -> None:
    for listed in {1, 2, 3, 10, 1000, capacity // 100, capacity // 7, capacity // 3, capacity // 2}:
        if not 1 <= listed <= capacity // 2:
            continue
        k, s = parameters(capacity, listed)
        costs = [rice_bits(listed / capacity, tried) for tried in range(33)]
        assert costs[k] <= 1.01 * min(costs)
        assert 0 <= s <= capacity.bit_length() - 1
        assert listed * 2**s * (k + 2) < 768 * capacity


def rice_bits(density: float, k: int) -> float:
    """Of a gap between random slots, on average."""
    return float(k + 1 / (1 - (1 - density) ** 2**k))


def test_a_filter_is_not_shown() -> None:
    assert repr(RevocationFilter(build_filter(64, [3, 17]))) == "RevocationFilter(2 of 64)"


EXAMPLES = {"one block": (64, [3, 17, 18, 40]), "two blocks": (1024, list(range(0, 1024, 5)))}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_on_the_page(name: str) -> None:
    capacity, slots = EXAMPLES[name]
    match = re.search(rf"<!-- example: {name} -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    data = build_filter(capacity, slots)
    assert bytes.fromhex(match[1]) == data
    said = re.findall(r"(\d+)\s+bytes[:,]", PAGE.split("## Example")[1])
    assert str(len(data)) in said
    assert slots_in(data) == set(slots)


@pytest.mark.parametrize(("count", "size", "ratio"), [(10_000, 15_551, 1.024), (100_000, 113_637, 1.030)])
def test_figures_on_the_page(count: int, size: int, ratio: float) -> None:
    assert f"| {count:,} | {size:,} | {ratio:.3f} |" in PAGE
    found = len(build_filter(LARGE, Random(count).sample(range(LARGE), count)))
    assert found == pytest.approx(size, rel=0.002)
    assert 8 * found / log2_sets(LARGE, count) == pytest.approx(ratio, abs=0.002)


@pytest.mark.parametrize("capacity", [4, 16, 64, 256, 1024])
def test_the_search_by_halves_finds_the_same(capacity: int) -> None:
    """It is for blocks that are far from random, and right for all: few, many, neighbours, the ends."""
    drawn = Random(capacity)
    sets: list[set[int]] = [
        {0},
        {capacity - 1},
        {0, capacity - 1},
        set(range(capacity // 2)),
        set(range(0, capacity, 2)),
    ]
    sets += [set(drawn.sample(range(capacity), drawn.randrange(1, capacity))) for _ in range(30)]
    for slots in sets:
        found = RevocationFilter(build_filter(capacity, slots))
        for slot in range(capacity):
            block = found._block(slot >> found._s)
            listed = found._search(*block, slot & (1 << found._s) - 1)
            assert listed == ((slot in slots) is not found._inverted)
