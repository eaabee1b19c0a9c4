"""Revocation data on the disk: after a reboot, damaged, lost, and mended."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.errors import FormatError
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    ISSUER_TOMORROW,
    NOW,
    ROOTS,
    TOMORROW,
    WINDOW,
    assert_refused,
    make_claim,
    show,
    sign_trust_list,
)
from tests.revoking import (
    REVOKER,
    accepts,
    again,
    assert_update_refused,
    digest_of,
    filters_of,
    give,
    make_delta,
    make_snapshot,
    revoking_list,
    revoking_store,
    revoking_verifier,
    stored,
    stream_of,
)

STALE, REVOKED = RefusalCode.REVOCATION_DATA_STALE, RefusalCode.REVOKED
MANY = range(0, 20_000, 2)
"""So many that the filter is a mapped file."""


def only(folder: Path, ending: str) -> Path:
    return next(each for each in sorted((folder / "revocation").iterdir()) if each.name.endswith(ending))


@pytest.mark.parametrize("revoked", [[7], MANY], ids=["in memory", "mapped"])
def test_reboot(revoked: list[int], tmp_path: Path) -> None:
    stored(tmp_path, {WINDOW: revoked}, make_delta(2, {WINDOW: [9]}))
    before = {each.name: each.stat().st_mtime_ns for each in (tmp_path / "revocation").iterdir()}
    verifier = again(tmp_path)
    for slot in (revoked[0], revoked[-1], 9):
        assert_refused(verifier, show(make_claim(slot)), REVOKED)
    assert accepts(verifier, 11)
    assert {each.name: each.stat().st_mtime_ns for each in (tmp_path / "revocation").iterdir()} == before
    assert all(each.stat().st_mode & 0o077 == 0 for each in (tmp_path / "revocation").iterdir())


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.unlink()
    if how != "lost":
        path.write_bytes({"empty": b"", "cut": data[:-1], "longer": data + b"\0", "altered": b"\0" + data[1:]}[how])


HOW = ["lost", "empty", "cut", "longer", "altered"]


@pytest.mark.parametrize("revoked", [[7], MANY], ids=["in memory", "mapped"])
@pytest.mark.parametrize("how", HOW)
def test_a_piece_that_is_damaged_on_the_disk(how: str, revoked: list[int], tmp_path: Path) -> None:
    stored(tmp_path, {WINDOW: revoked}, make_delta(2, {WINDOW: [9]}))
    snapshot = make_snapshot(1, {WINDOW: revoked})
    name = digest_of(filters_of({WINDOW: revoked})[WINDOW.kid]).hex()
    damage(tmp_path / "revocation" / f"{name}.filter", how)
    verifier = again(tmp_path)
    for slot in (1, revoked[0], 9):
        assert_refused(verifier, show(make_claim(slot)), STALE)
    begins = TOMORROW.valid_from
    tomorrow = Verifier(verifier._store)
    assert tomorrow.verify(show(make_claim(window=TOMORROW, issuer=ISSUER_TOMORROW), begins), now=begins).colors
    give(verifier._store, snapshot)
    assert snapshot[1].asked == [name]
    for each in (verifier, again(tmp_path)):
        assert accepts(each, 11)
        for slot in (revoked[0], 9):
            assert_refused(each, show(make_claim(slot)), REVOKED)


@pytest.mark.parametrize("how", HOW)
def test_a_delta_that_is_lost_is_not_taken_for_not_revoked(how: str, tmp_path: Path) -> None:
    delta = make_delta(2, {WINDOW: [7]})
    stored(tmp_path, None, delta)
    damage(only(tmp_path, ".delta.cbor"), how)
    verifier = again(tmp_path)
    for slot in (1, 7):
        assert_refused(verifier, show(make_claim(slot)), STALE)
    give(verifier._store, make_snapshot())  # the snapshot alone does not mend it
    assert_refused(verifier, show(make_claim(7)), STALE)
    verifier._store.update_revocation(delta, now=NOW)
    for each in (verifier, again(tmp_path)):
        assert_refused(each, show(make_claim(7)), REVOKED)
        assert accepts(each)


def test_an_older_delta_put_back_is_not_taken_for_the_newest(tmp_path: Path) -> None:
    stored(tmp_path, None, make_delta(2, {WINDOW: [6]}))
    shutil.copy(only(tmp_path, ".delta.cbor"), tmp_path / "old")
    revoking_store(tmp_path).update_revocation(make_delta(3, {WINDOW: [6, 7]}), now=NOW)
    shutil.copy(tmp_path / "old", only(tmp_path, ".delta.cbor"))
    assert_refused(again(tmp_path), show(make_claim(7)), STALE)


@pytest.mark.parametrize("how", HOW)
def test_a_snapshot_that_is_damaged_comes_back_with_its_delta(how: str, tmp_path: Path) -> None:
    stored(tmp_path, {WINDOW: [1]}, make_delta(2, {WINDOW: [7]}))
    damage(only(tmp_path, ".snapshot.cbor"), how)
    verifier = again(tmp_path)
    assert_refused(verifier, show(make_claim(7)), STALE)
    give(verifier._store, make_snapshot(1, {WINDOW: [1]}))
    for each in (verifier, again(tmp_path)):
        assert_refused(each, show(make_claim(7)), REVOKED)
        assert accepts(each, 2)


def test_a_filter_that_goes_bad_in_memory_is_stale_and_does_not_block() -> None:
    """What a disk can do to a mapped file; the next snapshot is taken all the same."""
    verifier = revoking_verifier({WINDOW: range(100, 600)})
    held = stream_of(verifier._store).filters[WINDOW.kid]
    held._data = bytes(12) + b"\xff" * (len(held._data) - 12)
    assert_refused(verifier, show(make_claim(1)), STALE)
    give(verifier._store, make_snapshot(2, {WINDOW: range(100, 601)}))
    assert accepts(verifier)


def test_a_filter_that_says_something_else_in_memory_binds_nobody() -> None:
    """One bit of a mapped file, and it is a filter still, of other slots. No honest snapshot has lost those."""
    verifier = revoking_verifier({WINDOW: range(100, 600)})
    held = stream_of(verifier._store).filters[WINDOW.kid]
    whole = bytes(held)
    for at in range(96, 8 * len(whole)):
        held._data = whole[: at >> 3] + bytes((whole[at >> 3] ^ 128 >> (at & 7),)) + whole[(at >> 3) + 1 :]
        try:
            said = list(held)
        except FormatError:
            continue
        if said != list(range(100, 600)):
            break
    else:
        pytest.fail("no such bit")
    give(verifier._store, make_snapshot(2, {WINDOW: range(100, 601)}))
    assert_refused(verifier, show(make_claim(600)), REVOKED)
    assert accepts(verifier)


def test_the_verdict_before_a_list_is_replaced_needs_no_disk(tmp_path: Path) -> None:
    """A new list that says the same of revocation keeps what is here."""
    stored(tmp_path, {WINDOW: MANY}, make_delta(2, {WINDOW: [9]}))
    store = TrustStore.open(tmp_path, roots=revoking_list().roots)
    shutil.rmtree(tmp_path / "revocation")
    store.update_trust_list(sign_trust_list(revoking_list(2)), now=NOW)
    assert_refused(Verifier(store), show(make_claim(9)), REVOKED)
    assert accepts(Verifier(store), 11)


def test_what_another_program_has_left_without_floors_is_not_taken_for_all(tmp_path: Path) -> None:
    """Its delta is gone with them, and nobody can say that there was one: not by what was in memory before, either."""
    running = revoking_store(tmp_path)
    give(running, make_snapshot(1))
    other = revoking_store(tmp_path)
    give(other, make_snapshot(3))
    other.update_revocation(make_delta(4, {WINDOW: [7]}, base=3), now=NOW)
    (tmp_path / "floors.txt").unlink()
    only(tmp_path, ".delta.cbor").unlink()
    (tmp_path / "generation.txt").write_text("another")
    for slot in (7, 9):
        assert_refused(Verifier(running), show(make_claim(slot)), STALE)
    running.update_revocation(make_delta(5, {WINDOW: [7]}, base=3), now=NOW)
    assert_refused(Verifier(running), show(make_claim(7)), REVOKED)
    assert accepts(Verifier(running), 9)


def test_a_kid_that_the_list_has_no_more_needs_no_filter(tmp_path: Path) -> None:
    """Its filter is still there, and stays unread."""
    stored(tmp_path, {WINDOW: [7], TOMORROW: [8]})
    store = TrustStore.open(tmp_path, roots=ROOTS)
    fewer = revoking_list(2, {REVOKER: [WINDOW]}, windows=[WINDOW])
    store.update_trust_list(sign_trust_list(fewer), now=NOW)
    for each in (store, TrustStore.open(tmp_path, roots=ROOTS)):
        assert_refused(Verifier(each), show(make_claim(7)), REVOKED)
        assert accepts(Verifier(each), 9)
        assert set(stream_of(each).filters) == {WINDOW.kid}


def test_an_older_folder_without_floors_does_not_take_a_running_scanner_back(tmp_path: Path) -> None:
    """It knows which version it has accepted, whatever the folder has lost."""
    running = revoking_store(tmp_path)
    give(running, make_snapshot(1))
    running.update_revocation(make_delta(5, {WINDOW: [7]}), now=NOW)
    (tmp_path / "floors.txt").unlink()
    only(tmp_path, ".delta.cbor").unlink()
    (tmp_path / "generation.txt").write_text("another")
    assert_update_refused(running, make_delta(3, {WINDOW: [9]}), "rollback")
    running.update_revocation(make_delta(6, {WINDOW: [7]}), now=NOW)
    assert_refused(Verifier(running), show(make_claim(7)), REVOKED)


def test_a_filter_that_cannot_be_mapped_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are too many maps already."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    stored(tmp_path, {WINDOW: MANY})
    monkeypatch.setattr("mmap.mmap", refuse)
    verifier = again(tmp_path)
    assert_refused(verifier, show(make_claim(MANY[-1])), REVOKED)
    assert accepts(verifier, 1)
