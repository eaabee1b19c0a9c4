"""Roots that follow roots: by a list that a threshold of both has signed, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.authority import RootSet
from healthpass.crypto.signer import Signer
from healthpass.formats.window import Window
from healthpass.verifier import TrustStore, Verifier
from healthpass.verifier.root_chain import MAX_ROTATIONS
from healthpass.verifier.state import MAX_ROTATIONS_SIZE
from tests import making
from tests.making import DAY, NOW, TOMORROW, WINDOW, files, make_claim, make_trust_list, show, sign_trust_list, signer
from tests.trusting import (
    ROTATIONS,
    a_list,
    a_rotation,
    assert_refused,
    follow,
    open_store,
    root_set,
    root_signers,
    version_of,
)

OLD, NEW = root_signers(0), root_signers(1)
MONTH = 30 * DAY
CHAIN = [a_rotation(2, 0, 1), a_rotation(3, 1, 2), a_rotation(4, 2, 3)]


def rotation_by(roots: RootSet, signers: Sequence[Signer], version: int = 2) -> bytes:
    return sign_trust_list(make_trust_list(version, roots=roots), signers)


def assert_verifies(store: TrustStore, now: int = NOW) -> None:
    window = WINDOW if now < WINDOW.expires else TOMORROW
    assert Verifier(store).verify(show(make_claim(window=window), now), now=now).colors


def test_the_new_roots_sign_from_then_on(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(1), a_rotation(2, 0, 1))
    assert store.roots == root_set(1)
    assert_verifies(store)
    store.update_trust_list(a_list(3, by=1), now=NOW)
    assert version_of(store) == 3
    assert_verifies(store)


def test_the_old_roots_sign_no_more(tmp_path: Path) -> None:
    for store in (open_store(tmp_path, a_list(1), a_rotation(2, 0, 1)), open_store(tmp_path)):
        assert_refused(store.update_trust_list, a_list(3), "threshold", tmp_path)
        assert_refused(store.update_trust_list, a_rotation(3, 0, 2), "threshold", tmp_path)
    store.update_trust_list(a_list(3, by=1), now=NOW)


def test_the_first_list_may_be_a_rotation(tmp_path: Path) -> None:
    assert open_store(tmp_path, a_rotation(2, 0, 1)).roots == root_set(1)
    assert open_store(tmp_path).roots == root_set(1)


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (OLD[:2], "new-roots"),
        ([*OLD, NEW[0]], "new-roots"),
        (NEW[:2], "threshold"),
        ([OLD[0], *NEW], "threshold"),
        ([OLD[0], NEW[0]], "threshold"),
    ],
    ids=["old alone", "one new", "new alone", "one old", "one of each"],
)
def test_a_threshold_of_both_must_sign(signers: Sequence[Signer], code: str, tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(1, issued=NOW - 60))
    assert_refused(store.update_trust_list, rotation_by(root_set(1), signers), code, tmp_path)
    store.update_trust_list(rotation_by(root_set(1), [*OLD[1:], *NEW[1:]]), now=NOW)


def test_a_key_in_both_sets_counts_in_both() -> None:
    mixed = RootSet(2, (OLD[0].public_key, OLD[1].public_key, NEW[0].public_key))
    store = TrustStore(root_set(0))
    store.update_trust_list(rotation_by(mixed, OLD[:2]), now=NOW)
    assert store.roots == mixed
    assert_refused(store.update_trust_list, rotation_by(mixed, [OLD[0], OLD[2]], 3), "threshold")
    store.update_trust_list(rotation_by(mixed, [OLD[0], NEW[0]], 3), now=NOW)


def test_a_new_roots_signature_that_does_not_hold() -> None:
    good = rotation_by(root_set(1), [*OLD[:2], *NEW[:2]])
    for each in NEW[:2]:
        at = good.rindex(each.public_key) + 40
        altered = good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :]
        assert_refused(TrustStore(root_set(0)).update_trust_list, altered, "bad-signature")


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2), (2, 1)])
def test_another_threshold_of_the_same_roots(before: int, after: int, tmp_path: Path) -> None:
    store = TrustStore.open(tmp_path, roots=root_set(0, before))
    needed = max(before, after)
    too_few = rotation_by(root_set(0, after), OLD[: needed - 1])
    assert_refused(store.update_trust_list, too_few, "threshold" if before == needed else "new-roots", tmp_path)
    store.update_trust_list(rotation_by(root_set(0, after), OLD[:needed]), now=NOW)
    store = TrustStore.open(tmp_path, roots=root_set(0, before))
    assert store.roots.threshold == after
    for signers in range(1, after):
        assert_refused(store.update_trust_list, rotation_by(root_set(0, after), OLD[:signers], 3), "threshold")
    store.update_trust_list(rotation_by(root_set(0, after), OLD[:after], 3), now=NOW)


def test_one_after_the_other_with_a_reboot_after_each(tmp_path: Path) -> None:
    open_store(tmp_path, a_list(1))
    for number, rotation in enumerate(CHAIN, 1):
        store = open_store(tmp_path, rotation)
        for each in (store, open_store(tmp_path)):
            assert (each.roots, version_of(each)) == (root_set(number), number + 1)
            assert_verifies(each)
    assert version_of(open_store(tmp_path, a_list(5, by=3))) == 5
    assert version_of(open_store(tmp_path)) == 5


@pytest.mark.parametrize("first", [1, 2])
def test_out_of_order(first: int, tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(1))
    assert_refused(store.update_trust_list, CHAIN[first], "threshold", tmp_path)
    assert_refused(store.update_trust_list, a_list(5, by=3), "threshold", tmp_path)
    follow(store, [*CHAIN, a_list(5, by=3)])
    assert version_of(store) == 5


def test_what_was_followed_is_not_followed_again(tmp_path: Path) -> None:
    store = open_store(tmp_path, *CHAIN)
    before = files(tmp_path)
    follow(store, CHAIN)
    assert (store.roots, version_of(store), files(tmp_path)) == (root_set(3), 4, before)


def test_a_scanner_that_was_away_for_months_follows_expired_rotations(tmp_path: Path) -> None:
    store, later = open_store(tmp_path, a_list(1)), NOW + 6 * MONTH
    for rotation in CHAIN:
        store = open_store(tmp_path, rotation, now=later)
        making.assert_refused(Verifier(store), show(make_claim(), later), RefusalCode.TRUST_LIST_EXPIRED, now=later)
    today = Window(b"late", signer(9).public_key, later - 60, later + DAY, 4, 1)
    newest = a_list(5, by=3, issued=later, expires=later + DAY, windows=[today])
    store.update_trust_list(newest, now=later)
    claim = make_claim(window=today, issuer=signer(9))
    assert Verifier(store).verify(show(claim, later), now=later).stale == 0


def test_an_expired_list_that_changes_no_roots_is_not_taken(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(1))
    assert_refused(store.update_trust_list, a_list(2), "expired", tmp_path, now=NOW + 7 * DAY)


def test_an_expired_rotation_serves_within_its_grace_time(tmp_path: Path) -> None:
    later = NOW + 7 * DAY
    long = Window(b"kid0", WINDOW.key, NOW, later + DAY, 4, 1)
    claim = make_claim(window=long)
    store = open_store(tmp_path, a_rotation(2, 0, 1, grace=60, windows=[long]), now=later)
    assert Verifier(store).verify(show(claim, later), now=later).stale == 1
    making.assert_refused(Verifier(store), show(claim, later + 60), RefusalCode.TRUST_LIST_EXPIRED, now=later + 60)


@pytest.mark.parametrize(
    ("rotation", "code", "now"),
    [
        (a_rotation(4, 0, 1), "rollback", NOW),
        (a_rotation(5, 0, 1), "rollback", NOW),
        (a_rotation(6, 0, 1, issued=NOW - 56), "rollback", NOW),
        (a_rotation(6, 0, 1, issued=NOW + 61), "from-the-future", NOW),
        (a_rotation(6, 0, 1), "clock-behind", NOW - 116),
        (a_rotation(100_006, 0, 1), "version-step", NOW),
    ],
    ids=["older", "same version", "issued earlier", "future", "clock", "jump"],
)
def test_a_rotation_has_no_other_privilege(rotation: bytes, code: str, now: int, tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(5))
    assert_refused(store.update_trust_list, rotation, code, tmp_path, now)
    store.update_trust_list(a_rotation(6, 0, 1), now=NOW)


def test_the_most_rotations_and_one_more(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for number in range(MAX_ROTATIONS):
        store.update_trust_list(a_rotation(number + 1, number, number + 1, issued=NOW), now=NOW)
    version = MAX_ROTATIONS + 1
    for each in (store, open_store(tmp_path)):
        assert (each.roots, version_of(each)) == (root_set(MAX_ROTATIONS), MAX_ROTATIONS)
        one_more = a_rotation(version, MAX_ROTATIONS, version, issued=NOW)
        assert_refused(each.update_trust_list, one_more, "too-many-rotations", tmp_path)
    store.update_trust_list(a_list(version, by=MAX_ROTATIONS, issued=NOW), now=NOW)


@pytest.mark.slow
def test_more_bytes_of_rotations_than_can_be_read_again(tmp_path: Path) -> None:
    key = signer(9).public_key
    windows = [Window(n.to_bytes(4, "big"), n.to_bytes(2, "big") + key[2:], NOW, NOW + DAY, 4, 1) for n in range(2048)]
    size = len(a_rotation(1, 0, 1, windows=windows))
    store, most = open_store(tmp_path), MAX_ROTATIONS_SIZE // (size + 5)
    assert most < MAX_ROTATIONS
    for number in range(most):
        store.update_trust_list(a_rotation(number + 1, number % 2, 1 - number % 2, windows=windows), now=NOW)
    one_more = a_rotation(most + 1, most % 2, 1 - most % 2, windows=windows)
    assert_refused(store.update_trust_list, one_more, "too-many-rotations", tmp_path)
    assert (tmp_path / ROTATIONS).stat().st_size <= MAX_ROTATIONS_SIZE
    assert version_of(open_store(tmp_path, a_list(most + 1, by=most % 2))) == most + 1
