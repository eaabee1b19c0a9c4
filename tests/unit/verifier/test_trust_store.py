"""The scanner's trust store: it only ever gets newer, whatever is on its disk and whoever sends what."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from healthpass.errors import TrustListRefused
from healthpass.formats.trust_list import MAX_SIZE
from healthpass.formats.window import RootSet
from healthpass.trust.updates import MAX_VERSION_STEP
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    DAY,
    NOW,
    ROOTS,
    STRANGER,
    files,
    make_claim,
    make_trust_list,
    show,
    sign_trust_list,
)

LIST, FLOOR, GENERATION = "trust-list.cbor", "floors.txt", "generation.txt"


def listed(version: int = 5, issued: int = NOW - 60, expires: int = NOW + 7 * DAY, grace: int = 0) -> bytes:
    return sign_trust_list(make_trust_list(version, issued, expires, grace=grace))


def version_of(store: TrustStore) -> int:
    return store.trust_list.version if store.trust_list else 0


def open_with(folder: Path, data: bytes | None = None) -> TrustStore:
    store = TrustStore.open(folder, roots=ROOTS)
    if data is not None:
        store.update_trust_list(data, now=NOW)
    return store


def assert_not_taken(store: TrustStore, data: bytes, code: str, folder: Path, now: int = NOW) -> None:
    """It is refused with that code; the list in force, the folder, and the next honest list are as before."""
    before, trust_list = files(folder), store.trust_list
    with pytest.raises(TrustListRefused) as caught:
        store.update_trust_list(data, now=now)
    assert caught.value.code == code
    assert files(folder) == before
    assert store.trust_list is trust_list
    newer = version_of(store) + 1 if store.trust_list else 6
    store.update_trust_list(listed(newer), now=NOW)
    assert version_of(store) == newer


@pytest.mark.parametrize("version", [1, 4])
def test_an_older_version(version: int, tmp_path: Path) -> None:
    assert_not_taken(open_with(tmp_path, listed()), listed(version), "rollback", tmp_path)


def test_a_newer_version_issued_earlier(tmp_path: Path) -> None:
    assert_not_taken(open_with(tmp_path, listed()), listed(6, issued=NOW - 61), "rollback", tmp_path)


def test_the_same_version_with_other_content(tmp_path: Path) -> None:
    assert_not_taken(open_with(tmp_path, listed()), listed(expires=NOW + 8 * DAY), "rollback", tmp_path)


def test_a_jump_of_the_version(tmp_path: Path) -> None:
    assert_not_taken(open_with(tmp_path, listed()), listed(5 + MAX_VERSION_STEP + 1), "version-step", tmp_path)
    assert_not_taken(open_with(tmp_path), listed(2**32 - 1), "version-step", tmp_path)


def test_the_largest_step(tmp_path: Path) -> None:
    store = open_with(tmp_path, listed())
    store.update_trust_list(listed(5 + MAX_VERSION_STEP), now=NOW)
    assert version_of(store) == 5 + MAX_VERSION_STEP


@pytest.mark.parametrize("first", [True, False])
def test_expired(first: bool, tmp_path: Path) -> None:
    store = open_with(tmp_path, None if first else listed())
    assert_not_taken(store, listed(6, expires=NOW), "expired", tmp_path)


def test_the_last_second_before_its_expiry(tmp_path: Path) -> None:
    assert version_of(open_with(tmp_path, listed(expires=NOW + 1))) == 5


@pytest.mark.parametrize("first", [True, False])
def test_from_the_future(first: bool, tmp_path: Path) -> None:
    store = open_with(tmp_path, None if first else listed())
    assert_not_taken(store, listed(6, issued=NOW + 61), "from-the-future", tmp_path)


def test_from_as_far_ahead_as_clocks_may_differ(tmp_path: Path) -> None:
    assert version_of(open_with(tmp_path, listed(issued=NOW + 60))) == 5


def test_a_clock_behind_the_newest_list(tmp_path: Path) -> None:
    store = open_with(tmp_path, listed())
    assert_not_taken(store, listed(6), "clock-behind", tmp_path, now=NOW - 121)
    store.update_trust_list(listed(7), now=NOW - 120)


def test_the_same_list_again_changes_nothing(tmp_path: Path) -> None:
    store = open_with(tmp_path, listed())
    before, when = files(tmp_path), [os.stat(tmp_path / name).st_mtime_ns for name in (LIST, FLOOR, GENERATION)]
    store.update_trust_list(listed(), now=NOW + 30)
    assert files(tmp_path) == before
    assert [os.stat(tmp_path / name).st_mtime_ns for name in (LIST, FLOOR, GENERATION)] == when


def test_what_is_kept(tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    kept = files(tmp_path)
    assert kept.keys() == {LIST, FLOOR, GENERATION}
    assert kept[LIST] == listed()
    assert all(os.stat(tmp_path / name).st_mode & 0o077 == 0 for name in kept)


def test_reopened(tmp_path: Path) -> None:
    open_with(tmp_path / "made" / "by it", listed())
    before = files(tmp_path / "made" / "by it")
    store = open_with(tmp_path / "made" / "by it")
    assert version_of(store) == 5
    assert Verifier(store).verify(show(make_claim()), now=NOW).stale == 0
    assert files(tmp_path / "made" / "by it") == before
    assert_not_taken(store, listed(4), "rollback", tmp_path / "made" / "by it")


def test_an_empty_folder(tmp_path: Path) -> None:
    assert open_with(tmp_path).trust_list is None
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    "damaged",
    [b"", listed()[:-1], listed()[:200], listed() + b"\x00", bytes(len(listed())), b"\xff" * (MAX_SIZE + 9), listed(4)],
    ids=["empty", "cut by one", "cut", "longer", "zeros", "too large", "older"],
)
def test_a_damaged_list_is_not_used_and_no_older_one_is_taken(damaged: bytes, tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    (tmp_path / LIST).write_bytes(damaged)
    store = open_with(tmp_path)
    assert store.trust_list is None
    assert files(tmp_path)[LIST] == damaged
    assert_not_taken(store, listed(4), "rollback", tmp_path)


def test_a_damaged_list_is_replaced_by_itself(tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    (tmp_path / LIST).write_bytes(b"damaged")
    assert version_of(open_with(tmp_path, listed())) == 5
    assert files(tmp_path)[LIST] == listed()


def test_a_lost_list(tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    (tmp_path / LIST).unlink()
    assert_not_taken(open_with(tmp_path), listed(4), "rollback", tmp_path)


@pytest.mark.parametrize("damaged", [None, b"", b"5", b"x y z\n", b"\xff" * 300, b"5 1\n", b"1 2 3 4\n"], ids=repr)
def test_a_lost_or_damaged_floor_is_the_lists_own(damaged: bytes | None, tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    if damaged is None:
        (tmp_path / FLOOR).unlink()
    else:
        (tmp_path / FLOOR).write_bytes(damaged)
    store = open_with(tmp_path)
    assert version_of(store) == 5
    assert_not_taken(store, listed(4), "rollback", tmp_path)


def test_a_cut_between_the_two_files(tmp_path: Path) -> None:
    """The new list is there and the old floor: the list counts, and raises the floor."""
    open_with(tmp_path, listed())
    old = files(tmp_path)[FLOOR]
    open_with(tmp_path, listed(6))
    (tmp_path / FLOOR).write_bytes(old)
    store = open_with(tmp_path)
    assert version_of(store) == 6
    assert_not_taken(store, listed(5), "rollback", tmp_path)


def test_a_leftover_of_a_cut_does_not_matter(tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    for n in range(2):
        (tmp_path / f".healthpass-{n:016x}.new").write_bytes(b"half of")
    store = open_with(tmp_path)
    assert version_of(store) == 5
    store.update_trust_list(listed(6), now=NOW)
    assert files(tmp_path).keys() == {LIST, FLOOR, GENERATION}


def test_a_list_that_other_roots_have_signed_is_not_used(tmp_path: Path) -> None:
    open_with(tmp_path, listed())
    store = TrustStore.open(tmp_path, roots=RootSet(1, (STRANGER.public_key,)))
    assert store.trust_list is None


def test_a_list_that_cannot_be_written_is_not_used(tmp_path: Path) -> None:
    store = open_with(tmp_path, listed())
    (tmp_path / LIST).unlink()
    (tmp_path / LIST).mkdir()
    before = store.trust_list
    with pytest.raises(OSError, match=r"trust-list\.cbor"):
        store.update_trust_list(listed(6), now=NOW)
    assert store.trust_list is before
    assert os.listdir(tmp_path / LIST) == []
    (tmp_path / LIST).rmdir()
    store.update_trust_list(listed(6), now=NOW)
    assert version_of(store) == 6


def test_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = TrustStore(ROOTS)
    store.update_trust_list(listed(), now=datetime.fromtimestamp(NOW, UTC))
    assert version_of(store) == 5
    assert files(tmp_path) == {}


def test_a_list_without_a_policy_permits_checks_everywhere() -> None:
    store = TrustStore(ROOTS)
    store.update_trust_list(listed(), now=NOW)
    assert store.trust_list is not None
    assert store.trust_list.policy is None
    for audience in (None, "0123456789abcdef"):
        assert Verifier(store, audience=audience).verify(show(make_claim(), audience=audience), now=NOW).colors
