"""A filter says of every slot what the set says, in Python, in a second reader, and in the C of the page."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.filter import RevocationFilter
from tests.bitwise_filter import slots_in
from tests.pages import DOCS

Revoked = Callable[[bytes, int], int]


@st.composite
def sets(draw: st.DrawFn) -> tuple[int, set[int]]:
    """A capacity from 4 to 4^6 and slots below it: single ones, random ones of any density, and runs."""
    capacity = 4 ** draw(st.integers(1, 6))
    slots = draw(st.sets(st.integers(0, capacity - 1), max_size=30))
    density = draw(st.sampled_from([0, 0, 0.01, 0.06, 0.2, 0.4, 0.5, 0.6, 0.9]))
    random = Random(draw(st.integers(0, 2**32)))
    slots |= {slot for slot in range(capacity) if random.random() < density}
    for start in draw(st.lists(st.integers(0, capacity - 1), max_size=3)):
        run = range(start, min(capacity, start + draw(st.integers(1, capacity))))
        slots = slots.difference(run) if draw(st.booleans()) else slots.union(run)
    return capacity, slots


@given(sets())
@settings(max_examples=150, deadline=None)
def test_every_slot(drawn: tuple[int, set[int]]) -> None:
    capacity, slots = drawn
    data = build_filter(capacity, slots)
    found = RevocationFilter(data)
    found.check()
    assert (found.capacity, found.count) == (capacity, len(slots))
    assert {slot for slot in range(capacity) if found.contains(slot)} == slots
    assert slots_in(data) == slots


@given(sets(), st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_order_does_not_matter(drawn: tuple[int, set[int]], random: Random) -> None:
    capacity, slots = drawn
    shuffled = sorted(slots)
    random.shuffle(shuffled)
    assert build_filter(capacity, shuffled) == build_filter(capacity, slots)


@given(st.integers(7, 16), st.data())
@settings(deadline=None)
def test_sparse_sets_of_large_capacities(exponent: int, data: st.DataObject) -> None:
    capacity = 4**exponent
    slots = data.draw(st.sets(st.integers(0, capacity - 1), max_size=300))
    others = data.draw(st.sets(st.integers(0, capacity - 1), max_size=50))
    encoded = build_filter(capacity, slots)
    found = RevocationFilter(encoded)
    found.check()
    near = {slot + step for slot in slots for step in (-1, 1) if 0 <= slot + step < capacity}
    for slot in slots | others | near:
        assert found.contains(slot) == (slot in slots)
    assert slots_in(encoded) == slots


@pytest.mark.parametrize("count", [20_000, 200_000])
def test_any_kind_of_bytes(count: int, tmp_path: Path) -> None:
    capacity = 4**10
    slots = set(Random(count).sample(range(capacity), count))
    data = build_filter(capacity, slots)
    (tmp_path / "filter").write_bytes(data)
    with (tmp_path / "filter").open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        found = [RevocationFilter(each) for each in (data, memoryview(data), mapped)]
        for slot in [*Random(1).choices(range(capacity), k=2000), *list(slots)[:2000]]:
            assert [each.contains(slot) for each in found] == [slot in slots] * 3
        found[2].check()


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Revoked:
    """The look-up on the page, compiled."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    found = re.search(r"```c\n(.*?)```", (DOCS / "revocation-filter.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    folder = tmp_path_factory.mktemp("c")
    (folder / "filter.c").write_text(found[1])
    warnings = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    made = [compiler, *warnings, "-O1", "-shared", "-fPIC", "-o", str(folder / "filter.so"), str(folder / "filter.c")]
    subprocess.run(made, check=True)
    function = ctypes.CDLL(str(folder / "filter.so")).revoked
    function.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64)

    def revoked(data: bytes, slot: int) -> int:
        return int(function(data, len(data), slot))

    return revoked


@given(drawn=sets())
@settings(max_examples=100, deadline=None)
def test_every_slot_in_c(in_c: Revoked, drawn: tuple[int, set[int]]) -> None:
    capacity, slots = drawn
    data = build_filter(capacity, slots)
    assert {slot for slot in range(capacity) if in_c(data, slot) == 1} == slots
    assert {in_c(data, slot) for slot in range(capacity)} <= {0, 1}
    assert in_c(data, capacity) == -1
    assert in_c(data[:-1], 0) == in_c(data + b"\x00", 0) == -1


@pytest.mark.parametrize("capacity", [4**12, 4**16])
def test_large_capacities_in_c(in_c: Revoked, capacity: int) -> None:
    random = Random(capacity)
    slots = {0, capacity - 1, *random.sample(range(capacity), 50_000)}
    data = build_filter(capacity, slots)
    for slot in [0, capacity - 1, *list(slots)[:1000], *random.choices(range(capacity), k=1000)]:
        assert in_c(data, slot) == (slot in slots)


@pytest.mark.parametrize("exponent", range(1, 17))
@pytest.mark.parametrize("count", [0, 1, 2, 30, 1000])
def test_every_capacity_in_c(in_c: Revoked, exponent: int, count: int) -> None:
    capacity = 4**exponent
    random = Random(count)
    slots = {slot for slot in (capacity - 1, *random.choices(range(capacity), k=count)) if count}
    data = build_filter(capacity, slots)
    for slot in [0, capacity - 1, *slots, *random.choices(range(capacity), k=100)]:
        assert in_c(data, slot) == (slot in slots)
    for slot in (capacity, 2 * capacity, 2**64 - 1):
        assert in_c(data, slot) == -1


@given(seed=st.integers(0, 2**32), flips=st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_damaged_filters_in_c(in_c: Revoked, seed: int, flips: list[int]) -> None:
    """On bytes that no check has seen, the two look-ups still say the same."""
    random = Random(seed)
    capacity, count = random.choice([(64, 5), (1024, 480), (4096, 340), (4096, 3756), (2**32, 5), (2**32, 300)])
    changed = bytearray(build_filter(capacity, random.sample(range(capacity), count)))
    for flip in flips:
        changed[flip // 8 % len(changed)] ^= 1 << flip % 8
    data = bytes(changed)
    for slot in [0, capacity - 1, *random.choices(range(capacity), k=20)]:
        assert in_c(data, slot) == looked_up(data, slot)


def looked_up(data: bytes, slot: int) -> int:
    try:
        return int(RevocationFilter(data).contains(slot))
    except FormatError:
        return -1
