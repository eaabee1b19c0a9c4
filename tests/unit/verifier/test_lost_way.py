"""The file that leads from the pinned roots to those of today is damaged: the scanner finds its way again."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.formats import cbor
from healthpass.verifier import Verifier
from healthpass.verifier.state import MAX_ROTATIONS_SIZE
from tests import making
from tests.making import NOW, files, make_claim, show
from tests.trusting import (
    FLOORS,
    GENERATION,
    LIST,
    ROTATIONS,
    a_list,
    a_rotation,
    assert_refused,
    follow,
    open_store,
    root_set,
    version_of,
)

CHAIN = [a_rotation(2, 0, 1), a_rotation(4, 1, 2)]
NEWEST = a_list(6, by=2)
WRITTEN = cbor.encode(list(CHAIN))
DAMAGED = {
    "missing": None,
    "empty": b"",
    "cut by one": WRITTEN[:-1],
    "cut": WRITTEN[:300],
    "longer": WRITTEN + b"\x00",
    "zeros": bytes(len(WRITTEN)),
    "too large": b"\xff" * (MAX_ROTATIONS_SIZE + 9),
    "no array": cbor.encode(CHAIN[0]),
    "other items": cbor.encode([1, "two", None, {}, []]),
    "the second alone": cbor.encode([CHAIN[1]]),
    "out of order": cbor.encode(CHAIN[::-1]),
    "nested": b"\x81" * 100_000,
    "endless": b"\x9f",
    "counts what is not there": b"\x9b" + b"\xff" * 8,
    "of others": cbor.encode([a_rotation(2, 5, 6)]),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a scanner that has followed two rotations."""
    open_store(tmp_path, a_list(1), CHAIN[0], a_list(3, by=1), CHAIN[1], a_list(5, by=2))
    return tmp_path


def damage(folder: Path, name: str, content: bytes | None) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)


def test_what_is_written(folder: Path) -> None:
    assert files(folder)[ROTATIONS] == WRITTEN


def test_no_file_without_a_rotation(tmp_path: Path) -> None:
    open_store(tmp_path, a_list(1))
    assert files(tmp_path).keys() == {LIST, FLOORS, GENERATION}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_without_a_way_no_list_is_in_force(content: bytes | None, folder: Path) -> None:
    damage(folder, ROTATIONS, content)
    before, store = files(folder), open_store(folder)
    assert (version_of(store), store.roots, files(folder)) == (0, root_set(0), before)
    making.assert_refused(Verifier(store), show(make_claim()), RefusalCode.TRUST_LIST_EXPIRED)


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_it_is_found_by_the_same_rotations(content: bytes | None, folder: Path) -> None:
    damage(folder, ROTATIONS, content)
    store = open_store(folder)
    for rotation, version in zip(CHAIN, (0, 5), strict=True):
        store.update_trust_list(rotation, now=NOW)
        assert version_of(store) == version_of(open_store(folder)) == version
    assert files(folder)[ROTATIONS] == WRITTEN
    store.update_trust_list(NEWEST, now=NOW)
    assert version_of(open_store(folder)) == 6


@pytest.mark.parametrize("lost", [LIST, FLOORS])
def test_another_file_is_lost_too(lost: str, folder: Path) -> None:
    damage(folder, ROTATIONS, None)
    damage(folder, lost, None)
    store = open_store(folder)
    follow(store, [*CHAIN, NEWEST])
    assert (version_of(store), store.roots) == (6, root_set(2))
    assert version_of(open_store(folder)) == 6


def test_the_first_part_of_a_way_is_enough_to_go_on_from(folder: Path) -> None:
    damage(folder, ROTATIONS, cbor.encode([CHAIN[0]]))
    store = open_store(folder)
    assert store.roots == root_set(1)
    follow(store, [*CHAIN, NEWEST])
    assert version_of(store) == 6


def test_on_the_way_nothing_older_comes_into_force(folder: Path) -> None:
    damage(folder, ROTATIONS, None)
    damage(folder, LIST, None)
    store = open_store(folder)
    assert_refused(store.update_trust_list, a_list(1), "rollback", folder)
    store.update_trust_list(CHAIN[0], now=NOW)
    assert_refused(store.update_trust_list, a_list(3, by=1), "rollback", folder)
    store.update_trust_list(CHAIN[1], now=NOW)
    assert version_of(store) == 0
    for data in (CHAIN[1], a_list(4, by=2)):
        assert_refused(store.update_trust_list, data, "rollback", folder)
    store.update_trust_list(a_list(5, by=2), now=NOW)


def test_out_of_order(folder: Path) -> None:
    damage(folder, ROTATIONS, None)
    store = open_store(folder)
    assert_refused(store.update_trust_list, CHAIN[1], "threshold", folder)
    assert_refused(store.update_trust_list, NEWEST, "threshold", folder)
    follow(store, [*CHAIN, NEWEST])
    assert version_of(store) == 6


def test_roots_that_come_back_make_no_circle(tmp_path: Path) -> None:
    """Otherwise two old rotations, again and again, would use up all that a scanner can follow."""
    there, back, on = a_rotation(2, 0, 1), a_rotation(3, 1, 0), a_rotation(4, 0, 2)
    open_store(tmp_path, there, back, on, a_list(5, by=2))
    damage(tmp_path, ROTATIONS, None)
    store = open_store(tmp_path)
    for data in (there, back):
        store.update_trust_list(data, now=NOW)
    assert_refused(store.update_trust_list, there, "rollback", tmp_path)
    store.update_trust_list(on, now=NOW)
    assert version_of(store) == 5


def test_with_a_list_in_force_no_older_rotation_is_followed(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(5))
    assert_refused(store.update_trust_list, a_rotation(2, 0, 1), "rollback", tmp_path)


def test_a_damaged_way_that_nobody_has_gone_is_replaced(tmp_path: Path) -> None:
    open_store(tmp_path, a_list(1))
    (tmp_path / ROTATIONS).write_bytes(b"damaged")
    store = open_store(tmp_path)
    assert version_of(store) == 1
    store.update_trust_list(CHAIN[0], now=NOW)
    assert version_of(open_store(tmp_path)) == 2


@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_damaged_list_does_not_bring_the_old_roots_back(content: bytes | None, tmp_path: Path) -> None:
    open_store(tmp_path, a_list(1), CHAIN[0])
    damage(tmp_path, LIST, content)
    store = open_store(tmp_path)
    assert store.roots == root_set(1)
    assert_refused(store.update_trust_list, a_list(3), "threshold", tmp_path)
    store.update_trust_list(a_list(3, by=1), now=NOW)
