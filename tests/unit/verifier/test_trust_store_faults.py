"""The power goes, or the disk fails, at any operation of an update: the scanner has the old state or the new one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass import _files
from healthpass.errors import BadInput
from healthpass.verifier import TrustStore
from healthpass.verifier.state_folder import StateFolder
from tests.faults import ERROR, KINDS, LOST, RENAMED, PowerCut, QuickDisk, failing
from tests.making import NOW
from tests.raising import raises
from tests.trusting import (
    OFFICE,
    OTHER_OFFICE,
    a_list,
    a_rotation,
    a_table,
    open_store,
    root_set,
    table_version,
    version_of,
)

BOTH = tuple(sorted((OFFICE.public_key, OTHER_OFFICE.public_key)))
State = tuple[int, int, int]
"""Versions of the trust list and the area table, and the number of the set of roots."""


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "os", QuickDisk())


def by_list(data: bytes) -> Callable[[TrustStore], None]:
    return lambda store: store.update_trust_list(data, now=NOW)


def by_table(data: bytes) -> Callable[[TrustStore], None]:
    return lambda store: store.update_area_table(data, now=NOW)


def prepared(folder: Path, *updates: Callable[[TrustStore], None]) -> None:
    store = open_store(folder)
    for update in updates:
        update(store)


def state_of(store: TrustStore) -> State:
    number = next(n for n in range(6) if root_set(n) == store.roots)
    return version_of(store), table_version(store), number


BEFORE = [by_list(a_rotation(1, 0, 1)), by_list(a_list(2, by=1, risk_keys=BOTH)), by_table(a_table(5))]
CASES: dict[str, tuple[list[Callable[[TrustStore], None]], Callable[[TrustStore], None], State, State]] = {
    "the first list": ([], by_list(a_list(1)), (0, 0, 0), (1, 0, 0)),
    "a list": (BEFORE, by_list(a_list(3, by=1, risk_keys=BOTH)), (2, 5, 1), (3, 5, 1)),
    "a list without the office of the table": (BEFORE, by_list(a_list(3, by=1)), (2, 5, 1), (3, 0, 1)),
    "the first rotation": ([by_list(a_list(1))], by_list(a_rotation(2, 0, 1)), (1, 0, 0), (2, 0, 1)),
    "a rotation": (BEFORE, by_list(a_rotation(3, 1, 2, risk_keys=BOTH)), (2, 5, 1), (3, 5, 2)),
    "a rotation right after a rotation": (
        [by_list(a_rotation(1, 0, 1))],
        by_list(a_rotation(2, 1, 2)),
        (1, 0, 1),
        (2, 0, 2),
    ),
    "the first area table": (BEFORE[:2], by_table(a_table(5)), (2, 0, 1), (2, 5, 1)),
    "an area table": (BEFORE, by_table(a_table(6)), (2, 5, 1), (2, 6, 1)),
    "an area table of another office": (BEFORE, by_table(a_table(1, OTHER_OFFICE)), (2, 5, 1), (2, 1, 1)),
}


def assert_never_older(store: TrustStore, state: State) -> None:
    """Older objects are refused, whoever has signed them, and the next honest ones are taken."""
    lists, tables, roots = state
    for older in range(lists):
        with raises(
            BadInput,
            "rollback",
            "a newer one was accepted before; fetch the newest",
            "another one of this version was accepted before; fetch the newest",
        ):
            store.update_trust_list(a_list(older or 1, by=roots, grace=1), now=NOW)
    for old_roots in range(roots):
        with raises(
            BadInput,
            "threshold",
            "too few of the known roots have signed the trust list; fetch the list with all signatures",
        ):
            store.update_trust_list(a_list(lists + 1, by=old_roots), now=NOW)
    assert state_of(store) == state
    store.update_trust_list(a_list(lists + 1, by=roots, risk_keys=BOTH), now=NOW)
    if tables == 5 and store.area_table(NOW):
        with raises(BadInput, "rollback", "a newer one was accepted before; fetch the newest"):
            store.update_area_table(a_table(4), now=NOW)
    store.update_area_table(a_table(9), now=NOW)
    assert state_of(store) == (lists + 1, 9, roots)


def reopened(folder: Path, copy: Path) -> TrustStore:
    """The store of a copy of the folder, so that each look changes nothing for the next."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    return open_store(copy)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("before", "update", "old", "new"), CASES.values(), ids=CASES)
def test_at_every_operation(
    before: list[Callable[[TrustStore], None]],
    update: Callable[[TrustStore], None],
    old: State,
    new: State,
    kind: str,
    tmp_path: Path,
) -> None:
    prepared(tmp_path / "before", *before)
    seen = set()
    for at in range(100):
        folder = tmp_path / str(at)
        shutil.copytree(tmp_path / "before", folder)
        store = open_store(folder)
        with failing(folder, kind, at) as disk:
            update(store)
        if not disk.happened:
            break
        assert state_of(store) in (old, new)  # new: only the last file's folder was not synced
        state = state_of(reopened(folder, tmp_path / "copy"))
        assert state in (old, new)
        seen.add(state)
        assert_never_older(reopened(folder, tmp_path / "copy"), state)
        again = reopened(folder, tmp_path / "copy")
        update(again)
        assert state_of(again) == state_of(open_store(tmp_path / "copy")) == new
        if kind == ERROR:  # the program that has seen the error goes on
            update(store)
            assert_never_older(store, new)
            assert state_of(open_store(folder)) == (new[0] + 1, 9, new[2])
    assert at > 10
    assert seen == {old, new}
    assert state_of(store) == state_of(open_store(folder)) == new


@pytest.mark.slow
@pytest.mark.parametrize("kind", [LOST, RENAMED])
def test_a_cut_after_a_cut(kind: str, tmp_path: Path) -> None:
    """A rotation and the list after it, both cut at every operation: the way from the pinned roots stays whole."""
    prepared(tmp_path / "before", by_list(a_list(1)))
    rotation, after = by_list(a_rotation(2, 0, 1)), by_list(a_list(3, by=1))
    for first in range(20):
        shutil.rmtree(tmp_path / "one", ignore_errors=True)
        shutil.copytree(tmp_path / "before", tmp_path / "one")
        with failing(tmp_path / "one", kind, first):
            rotation(open_store(tmp_path / "one"))
        for second in range(20):
            store = reopened(tmp_path / "one", tmp_path / "two")
            done = version_of(store)
            with failing(tmp_path / "two", kind, second):
                (rotation if done == 1 else after)(store)
            store = open_store(tmp_path / "two")
            assert version_of(store) in (done, done + 1)
            for each in (rotation, after)[version_of(store) - 1 :]:
                each(store)
            assert state_of(store) == state_of(open_store(tmp_path / "two")) == (3, 0, 1)


def test_a_file_whose_write_failed_is_written_again(tmp_path: Path) -> None:
    """Nobody knows what is in it, so it is not taken for what it was."""
    for at in range(10):
        folder = StateFolder(str(tmp_path))
        folder.write("file", b"before")
        with failing(tmp_path, ERROR, at):
            folder.write("file", b"after")
        folder.write("file", b"before")
        assert (tmp_path / "file").read_bytes() == b"before"


def test_a_power_cut_cannot_be_caught_as_an_error() -> None:
    assert not issubclass(PowerCut, Exception)
