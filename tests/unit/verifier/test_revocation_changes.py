"""From one snapshot to the next, from one trust list to the next, and from one program to another."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.verifier import TrustStore, Verifier
from tests.making import ISSUER_TOMORROW, NOW, TOMORROW, WINDOW, assert_refused, make_claim, show, sign_trust_list
from tests.revoking import (
    OTHER_REVOKER,
    REVOKER,
    Pieces,
    assert_update_refused,
    digest_of,
    filters_of,
    give,
    kept,
    make_delta,
    make_snapshot,
    revoking_list,
    revoking_store,
    sign_snapshot,
)

STALE, REVOKED = RefusalCode.REVOCATION_DATA_STALE, RefusalCode.REVOKED
MOVED = revoking_list(2, keys={REVOKER: (WINDOW,), OTHER_REVOKER: (TOMORROW,)})


def accepted(store: TrustStore, slot: int = 5) -> bool:
    return Verifier(store).verify(show(make_claim(slot)), now=NOW).stale == 0


def tomorrow(store: TrustStore, slot: int = 5, at: int = TOMORROW.valid_from) -> bool:
    text = show(make_claim(slot, window=TOMORROW, issuer=ISSUER_TOMORROW), at)
    return Verifier(store).verify(text, now=at).stale == 0


def pieces_in(folder: Path) -> set[str]:
    return {name.removesuffix(".filter") for name in kept(folder) if ".filter" in name}


def names_of(*filters: bytes) -> set[str]:
    return {digest_of(each).hex() for each in filters}


def test_only_what_changed_is_fetched_and_old_pieces_go(tmp_path: Path) -> None:
    store = revoking_store(tmp_path)
    first = make_snapshot(1, {WINDOW: [1]})
    give(store, first)
    assert set(first[1].asked) == set(first[1]) == pieces_in(tmp_path)
    for each in (store, revoking_store(tmp_path)):
        second = make_snapshot(2, {WINDOW: [1, 2]})
        give(each, second)
        assert set(second[1]) == pieces_in(tmp_path)
    assert not second[1].asked
    third = make_snapshot(3, {WINDOW: [1, 2]})
    give(store, third)
    assert not third[1].asked


def test_a_store_in_memory_fetches_what_changed_alone_too() -> None:
    """And goes by the filters of the newest snapshot, those that were here before and those that are new."""
    store = revoking_store()
    first, second = make_snapshot(1, {WINDOW: [1], TOMORROW: [5]}), make_snapshot(2, {WINDOW: [1, 2], TOMORROW: [5]})
    give(store, first)
    assert set(first[1].asked) == set(first[1])
    give(store, second)
    assert set(second[1].asked) == set(second[1]) - set(first[1])
    for slot in (1, 2):
        assert_refused(Verifier(store), show(make_claim(slot)), REVOKED)
    begins = TOMORROW.valid_from
    text = show(make_claim(5, window=TOMORROW, issuer=ISSUER_TOMORROW), begins)
    assert_refused(Verifier(store), text, REVOKED, now=begins)
    assert accepted(store, 3)
    assert_update_refused(store, make_snapshot(3, {WINDOW: [1, 2, 3]})[0], "missing-filter")
    store.update_revocation(second[0], now=NOW)
    assert accepted(store, 3)


def test_a_store_in_memory_keeps_nothing_of_what_it_has_refused() -> None:
    """What came with a snapshot that un-revokes is asked for again by the next."""
    store = revoking_store()
    give(store, make_snapshot(1, {WINDOW: [1]}))
    refused, honest = make_snapshot(2, {WINDOW: [3]}), make_snapshot(2, {WINDOW: [1, 3]})
    assert_update_refused(store, refused[0], "un-revokes", fetch=refused[1])
    assert accepted(store, 3)
    give(store, honest)
    assert len(honest[1].asked) == 1
    assert_refused(Verifier(store), show(make_claim(3)), REVOKED)


def test_a_piece_that_several_kids_share_is_fetched_once(tmp_path: Path) -> None:
    snapshot = make_snapshot()
    give(revoking_store(tmp_path), snapshot)
    assert len(snapshot[1].asked) == len(pieces_in(tmp_path)) == 1


def test_a_piece_that_was_removed_and_is_named_again(tmp_path: Path) -> None:
    store = revoking_store(tmp_path)
    give(store, make_snapshot(1))
    give(store, make_snapshot(2, {WINDOW: [1], TOMORROW: [1]}))
    later = filters_of({WINDOW: [1], TOMORROW: [1]})
    later_list = revoking_list(2, keys={REVOKER: (WINDOW,), OTHER_REVOKER: (TOMORROW,)})
    store.update_trust_list(sign_trust_list(later_list), now=NOW)
    empty = filters_of({TOMORROW: []})
    store.update_revocation(sign_snapshot(empty, by=OTHER_REVOKER), now=NOW, fetch=Pieces(*empty.values()))
    assert pieces_in(tmp_path) == names_of(*empty.values(), *later.values())
    assert tomorrow(revoking_store(tmp_path, later_list))


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    def when() -> dict[str, int]:
        return {each.name: each.stat().st_mtime_ns for each in (tmp_path / "revocation").iterdir()}

    store = revoking_store(tmp_path)
    snapshot, delta = make_snapshot(1, {WINDOW: [1]}), make_delta(2, {WINDOW: [7]})
    give(store, snapshot)
    store.update_revocation(delta, now=NOW)
    before = kept(tmp_path), when()
    for each in (store, revoking_store(tmp_path)):
        each.update_revocation(snapshot[0], now=NOW)
        each.update_revocation(delta, now=NOW)
        assert_refused(Verifier(each), show(make_claim(7)), REVOKED)
    assert (kept(tmp_path), when()) == before


def test_a_delta_replaces_the_one_before_and_a_snapshot_both(tmp_path: Path) -> None:
    store = revoking_store(tmp_path)
    give(store, make_snapshot(1, {WINDOW: [1]}))
    for version in range(2, 6):
        store.update_revocation(make_delta(version, {WINDOW: range(10, 10 + version)}), now=NOW)
    give(store, make_snapshot(6, {WINDOW: [1, *range(10, 15)]}))
    for each in (store, revoking_store(tmp_path)):
        assert_update_refused(each, make_delta(7, {WINDOW: range(10, 20)}), "other-snapshot", tmp_path)
        assert_refused(Verifier(each), show(make_claim(14)), REVOKED)
        assert accepted(each, 15)


@pytest.mark.parametrize("shared", [True, False])
def test_a_window_that_the_list_learns_of_after_the_snapshot(shared: bool, tmp_path: Path) -> None:
    """Its filter is here at once if another kid has the same, and otherwise comes with the same snapshot again."""
    early = revoking_list(1, windows=(WINDOW,), keys={REVOKER: (WINDOW,)})
    store = revoking_store(tmp_path, early)
    snapshot = make_snapshot(1, {TOMORROW: [] if shared else [9]})
    give(store, snapshot)
    store.update_trust_list(sign_trust_list(revoking_list(2)), now=NOW)
    assert accepted(store)
    if not shared:
        begins = TOMORROW.valid_from
        text = show(make_claim(window=TOMORROW, issuer=ISSUER_TOMORROW), begins)
        assert_refused(Verifier(store), text, STALE, now=begins)
        assert_update_refused(store, snapshot[0], "missing-filter", tmp_path)
        give(store, snapshot)
    assert tomorrow(store)
    assert len(snapshot[1].asked) == 2 - shared


def test_a_kid_that_moves_to_another_key(tmp_path: Path) -> None:
    """The old key's data still counts for what it keeps, here and after a reboot; the new key is bound by nothing."""
    store = revoking_store(tmp_path)
    give(store, make_snapshot(1, {WINDOW: [1], TOMORROW: [5]}))
    store.update_trust_list(sign_trust_list(MOVED), now=NOW)
    begins = TOMORROW.valid_from
    text = show(make_claim(5, window=TOMORROW, issuer=ISSUER_TOMORROW), begins)
    for each in (store, revoking_store(tmp_path, MOVED)):
        assert accepted(each)
        assert_refused(Verifier(each), show(make_claim(1)), REVOKED)
        assert_refused(Verifier(each), text, STALE, now=begins)
    filters = filters_of({TOMORROW: []})
    data = sign_snapshot(filters, by=OTHER_REVOKER)
    store.update_revocation(data, now=NOW, fetch=Pieces(*filters.values()))
    for each in (store, revoking_store(tmp_path, MOVED)):
        assert tomorrow(each)
        assert accepted(each)


def test_a_key_that_goes_takes_its_floor_along() -> None:
    store = revoking_store()
    give(store, make_snapshot(9))
    gone = revoking_list(2, keys={OTHER_REVOKER: (WINDOW, TOMORROW)})
    store.update_trust_list(sign_trust_list(gone), now=NOW)
    assert_refused(Verifier(store), show(make_claim()), STALE)
    store.update_trust_list(sign_trust_list(revoking_list(3)), now=NOW)
    assert_refused(Verifier(store), show(make_claim()), STALE)
    give(store, make_snapshot(1))
    assert accepted(store)


def test_a_list_without_any_key_asks_for_no_data() -> None:
    store = revoking_store()
    store.update_trust_list(sign_trust_list(revoking_list(2, keys={})), now=NOW)
    assert accepted(store)


def test_two_programs_on_one_folder(tmp_path: Path) -> None:
    """Each update is upon the newest of either; nobody writes an older one over a newer one."""
    one, two = revoking_store(tmp_path), revoking_store(tmp_path)
    give(one, make_snapshot(1, {WINDOW: [1]}))
    two.update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    assert_refused(Verifier(two), show(make_claim(7)), REVOKED)
    give(one, make_snapshot(4, {WINDOW: [1, 7]}))
    assert_update_refused(two, make_delta(3, {WINDOW: [7, 8]}), "rollback", tmp_path)
    for each in (one, two, revoking_store(tmp_path)):
        assert_refused(Verifier(each), show(make_claim(7)), REVOKED)
        assert accepted(each)


def test_a_program_whose_folder_was_damaged_by_another_keeps_what_it_has(tmp_path: Path) -> None:
    store = revoking_store(tmp_path)
    give(store, make_snapshot(1, {WINDOW: [1]}))
    store.update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    for each in (tmp_path / "revocation").iterdir():
        each.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="newer"):
        give(store, make_snapshot(1))
    assert_refused(Verifier(store), show(make_claim(7)), REVOKED)
    give(store, make_snapshot(3, {WINDOW: [1, 7, 8]}))
    for each_store in (store, revoking_store(tmp_path)):
        assert_refused(Verifier(each_store), show(make_claim(8)), REVOKED)
        assert accepted(each_store)


def test_a_delta_may_leave_out_windows_that_are_over() -> None:
    """Whoever has dropped their keys can go on without a new snapshot; nothing is ever looked up under them again."""
    over = WINDOW.expires + 3600
    store = revoking_store()
    give(store, make_snapshot(1))
    store.update_revocation(make_delta(2, {WINDOW: [7], TOMORROW: [8]}), now=NOW)
    less, enough = (make_delta(3, each, 1, over - 60, over + 7200) for each in ({WINDOW: [7]}, {TOMORROW: [8]}))
    assert_update_refused(store, less, "un-revokes", now=over)
    store.update_revocation(enough, now=over)
    assert tomorrow(store, at=over)
