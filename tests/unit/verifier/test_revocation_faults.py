"""The power goes, or the disk fails, at any operation of an update of revocation data: the scanner has the old state or
the new one, and in none of them does a revoked pass count again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass import RefusalCode, Refused, _files
from healthpass.verifier import TrustStore, Verifier
from tests.faults import ERROR, KINDS, QuickDisk, failing
from tests.making import NOW, WINDOW, make_claim, show
from tests.revoking import give, kept, make_delta, make_snapshot, revoking_store

Update = Callable[[TrustStore], None]
MANY = range(0, 60, 2)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "os", QuickDisk())


def by_snapshot(version: int, *slots: int) -> Update:
    return lambda store: give(store, make_snapshot(version, {WINDOW: [*MANY, *slots]}))


def by_delta(version: int, base: int, *slots: int) -> Update:
    return lambda store: store.update_revocation(make_delta(version, {WINDOW: slots}, base), now=NOW)


def answer(store: TrustStore, slot: int) -> str:
    try:
        Verifier(store).verify(show(make_claim(slot)), now=NOW)
    except Refused as refused:
        return refused.code.name
    return "accepted"


OLD, NEW, NEVER = 101, 103, 105
"""Revoked before the update, by it, and not at all."""
CASES: dict[str, tuple[list[Update], Update]] = {
    "the first snapshot": ([], by_snapshot(1, OLD, NEW)),
    "a snapshot": ([by_snapshot(1, OLD)], by_snapshot(2, OLD, NEW)),
    "the first delta": ([by_snapshot(1, OLD)], by_delta(2, 1, NEW)),
    "a delta": ([by_snapshot(1), by_delta(2, 1, OLD)], by_delta(3, 1, OLD, NEW)),
    "a snapshot over a delta": ([by_snapshot(1), by_delta(2, 1, OLD)], by_snapshot(3, OLD, NEW)),
}


def reopened(folder: Path, copy: Path) -> TrustStore:
    """The store of a copy of the folder, so that each look changes nothing for the next."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    return revoking_store(copy)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("before", "update"), CASES.values(), ids=CASES)
def test_at_every_operation(before: list[Update], update: Update, kind: str, tmp_path: Path) -> None:
    store = revoking_store(tmp_path / "before")
    for each in before:
        each(store)
    old = answer(store, NEW)
    assert old == ("accepted" if before else RefusalCode.REVOCATION_DATA_STALE.name)
    seen = set()
    for at in range(100):
        folder = tmp_path / str(at)
        shutil.copytree(tmp_path / "before", folder)
        store = revoking_store(folder)
        with failing(folder / "revocation", kind, at) as disk:
            update(store)
        if not disk.happened:
            break
        found = reopened(folder, tmp_path / "copy")
        seen.add(answer(found, NEW))
        if before:
            assert answer(found, OLD) == "REVOKED"
            assert answer(found, NEVER) == "accepted"
        update(found)
        for again in (found, revoking_store(tmp_path / "copy")):
            assert [answer(again, slot) for slot in (OLD, NEW, NEVER)] == [answer(again, OLD), "REVOKED", "accepted"]
        if kind == ERROR:  # the program that has seen the error goes on
            assert answer(store, NEW) in (old, "REVOKED")
            update(store)
            assert [answer(each, NEW) for each in (store, revoking_store(folder))] == ["REVOKED"] * 2
            assert not [name for name in kept(folder) if name == "floors.txt.new"]
        shutil.rmtree(folder)
    assert at > 10
    assert seen == {old, "REVOKED"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_snapshot_leaves_no_more_than_pieces_that_the_next_one_removes(kind: str, tmp_path: Path) -> None:
    store = revoking_store(tmp_path / "before")
    by_snapshot(1, OLD)(store)
    data, pieces = make_snapshot(2, {WINDOW: [5, *MANY][:-1]})
    for at in range(100):
        folder = tmp_path / str(at)
        shutil.copytree(tmp_path / "before", folder)
        store = revoking_store(folder)
        with failing(folder / "revocation", kind, at) as disk, pytest.raises(BaseException):  # noqa: B017  # a refusal or the disk's
            store.update_revocation(data, now=NOW, fetch=pieces)
        found = revoking_store(folder)
        assert [answer(found, slot) for slot in (OLD, NEVER)] == ["REVOKED", "accepted"]
        by_snapshot(2, OLD, NEW)(found)
        assert len([name for name in kept(folder) if ".filter" in name]) == 2
        if not disk.happened:
            break
    assert at > 5
