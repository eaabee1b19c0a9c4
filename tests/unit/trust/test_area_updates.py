"""Which area tables a scanner takes: by a risk office of its trust list, and never an older one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healthpass.authority import Registrar, RiskOffice
from healthpass.crypto.signer import sign_message
from healthpass.formats import cose
from healthpass.formats.area_table import MAX_SIZE, AreaTable, encode_area_table
from healthpass.formats.place import Risk
from healthpass.trust.updates import MAX_FIRST_VERSION, MAX_VERSION_STEP
from healthpass.verifier import TrustStore
from tests.making import DAY, NOW, STRANGER, files, signer
from tests.trusting import (
    AREAS,
    FLOORS,
    GENERATION,
    LIST,
    OFFICE,
    OTHER_OFFICE,
    a_table,
    assert_refused,
    open_store,
    root_set,
    root_signers,
    table_version,
    with_offices,
)

BOTH = with_offices(1, OFFICE, OTHER_OFFICE)
FUTURE = NOW + 61


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    """A scanner that believes two risk offices, and has version 5 by the first."""
    store = open_store(tmp_path, BOTH)
    store.update_area_table(a_table(5), now=NOW)
    return store


def open_with(folder: Path, data: bytes | None = None) -> TrustStore:
    store = open_store(folder)
    if data is not None:
        store.update_area_table(data, now=NOW)
    return store


def test_it_is_in_force_until_it_expires(store: TrustStore) -> None:
    table = store.area_table(NOW)
    assert table is not None
    assert (table.risk(7), table.risk(8)) == (Risk.HIGH, Risk.LOW)
    assert store.area_table(table.expires - 1) is table
    assert store.area_table(table.expires) is None


def test_what_is_kept(store: TrustStore, tmp_path: Path) -> None:
    assert files(tmp_path).keys() == {LIST, AREAS, FLOORS, GENERATION}
    assert files(tmp_path)[AREAS] == a_table(5)
    assert all(os.stat(tmp_path / name).st_mode & 0o077 == 0 for name in files(tmp_path))
    before = files(tmp_path)
    assert table_version(open_with(tmp_path)) == 5
    assert files(tmp_path) == before


BAD = {
    "nobody's": (a_table(6, RiskOffice(STRANGER)), "not-a-risk-office", NOW),
    "a root's": (a_table(6, RiskOffice(root_signers(0)[0])), "not-a-risk-office", NOW),
    "an altered signature": (a_table(6)[:-1] + bytes((a_table(6)[-1] ^ 1,)), "bad-signature", NOW),
    "another's name": (
        a_table(6, RiskOffice(STRANGER)).replace(STRANGER.public_key, OFFICE.public_key),
        "bad-signature",
        NOW,
    ),
    "altered content": (a_table(6).replace(b"\x44\x00\x00\x00\x07", b"\x44\x00\x00\x00\x08"), "bad-signature", NOW),
    "older": (a_table(4), "rollback", NOW),
    "same version, other content": (a_table(5, high=[8]), "rollback", NOW),
    "newer version, issued earlier": (a_table(6, now=NOW - 1), "rollback", NOW),
    "by the other office, issued earlier": (a_table(9, OTHER_OFFICE, now=NOW - 1), "rollback", NOW),
    "a jump": (a_table(5 + MAX_VERSION_STEP + 1), "version-step", NOW),
    "a first version without room above": (a_table(MAX_FIRST_VERSION + 1, OTHER_OFFICE), "version-step", NOW),
    "from the future": (a_table(6, now=FUTURE), "from-the-future", NOW),
    "expired": (a_table(6, lifetime=60), "expired", NOW + 60),
    "a clock behind the table": (a_table(6), "clock-behind", NOW - 61),
    "a place certificate": (Registrar(signer(191)).certify(1, 7, now=NOW), "malformed", NOW),
    "a table of another type": (
        sign_message(signer(191), cose.PLACE, encode_area_table(AreaTable(6, NOW, NOW + 60))),
        "malformed",
        NOW,
    ),
    "a trust list": (BOTH, "malformed", NOW),
    "no payload of a table": (sign_message(signer(191), cose.AREA_TABLE, b"\xa0"), "malformed", NOW),
    "too large": (a_table(6) + bytes(MAX_SIZE), "malformed", NOW),
    "cut": (a_table(6)[:-1], "malformed", NOW),
    "nothing": (b"", "malformed", NOW),
}


@pytest.mark.parametrize(("data", "code", "now"), BAD.values(), ids=BAD)
def test_refused_and_the_next_honest_one_is_taken(
    data: bytes, code: str, now: int, store: TrustStore, tmp_path: Path
) -> None:
    for each in (store, open_with(tmp_path)):
        assert_refused(each.update_area_table, data, code, tmp_path, now)
        assert table_version(each) == 5
    store.update_area_table(a_table(6), now=NOW)
    assert table_version(store) == table_version(open_with(tmp_path)) == 6


def test_without_a_trust_list(tmp_path: Path) -> None:
    assert_refused(open_store(tmp_path).update_area_table, a_table(1), "no-trust-list", tmp_path)


def test_a_clock_behind_the_trust_list(tmp_path: Path) -> None:
    """It would take last year's table, which nobody has seen here and which is not over by that clock."""
    old = a_table(1, now=NOW - 365 * DAY)
    store = open_store(tmp_path, BOTH)
    assert_refused(store.update_area_table, old, "clock-behind", tmp_path, NOW - 365 * DAY)
    assert_refused(store.update_area_table, old, "expired", tmp_path)


def test_the_largest_steps(store: TrustStore) -> None:
    store.update_area_table(a_table(5 + MAX_VERSION_STEP), now=NOW)
    store.update_area_table(a_table(MAX_FIRST_VERSION, OTHER_OFFICE), now=NOW)
    assert table_version(store) == MAX_FIRST_VERSION


def test_as_far_ahead_as_clocks_may_differ(store: TrustStore) -> None:
    store.update_area_table(a_table(6, now=NOW + 60), now=NOW)
    assert table_version(store) == 6


def test_the_same_again_changes_nothing(store: TrustStore, tmp_path: Path) -> None:
    def when() -> list[int]:
        return [os.stat(each).st_mtime_ns for each in sorted(tmp_path.iterdir())]

    before = files(tmp_path), when()
    store.update_area_table(a_table(5), now=NOW + 30)
    open_with(tmp_path, a_table(5))
    assert (files(tmp_path), when()) == before


def test_versions_of_two_offices_are_apart(store: TrustStore, tmp_path: Path) -> None:
    store.update_area_table(a_table(1, OTHER_OFFICE, now=NOW + 1), now=NOW + 1)
    assert table_version(store) == table_version(open_with(tmp_path)) == 1
    assert_refused(store.update_area_table, a_table(5, high=[8], now=NOW + 1), "rollback", tmp_path, NOW + 1)
    store.update_area_table(a_table(6, now=NOW + 2), now=NOW + 2)
    assert table_version(store) == 6


def test_an_office_that_is_removed_takes_its_table_and_its_floor_along(store: TrustStore, tmp_path: Path) -> None:
    store.update_trust_list(with_offices(2, OTHER_OFFICE), now=NOW)
    for each in (store, open_with(tmp_path)):
        assert table_version(each) == 0
        assert_refused(each.update_area_table, a_table(6), "not-a-risk-office", tmp_path)
    assert OFFICE.public_key.hex().encode() not in files(tmp_path)[FLOORS]
    store.update_area_table(a_table(1, OTHER_OFFICE, now=NOW - 30), now=NOW)
    assert table_version(store) == 1
    store.update_trust_list(with_offices(3, OFFICE, OTHER_OFFICE), now=NOW)
    store.update_area_table(a_table(1), now=NOW)
    assert table_version(store) == 1


def test_a_list_that_still_names_the_office_leaves_its_table(store: TrustStore, tmp_path: Path) -> None:
    table = store.area_table(NOW)
    store.update_trust_list(with_offices(2, OFFICE), now=NOW)
    assert store.area_table(NOW) is table
    assert table_version(open_with(tmp_path)) == 5


def test_a_floor_of_a_removed_office_does_not_come_back_after_a_cut(store: TrustStore, tmp_path: Path) -> None:
    """The list that removes it was written and the floors were not: a floor from the far future must not lock."""
    far = NOW + 10_000 * DAY
    store.update_area_table(a_table(6, now=far), now=far)
    floors = files(tmp_path)[FLOORS]
    store.update_trust_list(with_offices(2, OTHER_OFFICE), now=NOW)
    (tmp_path / FLOORS).write_bytes(floors)
    assert open_with(tmp_path).fresh(NOW)[1] == 0


@pytest.mark.parametrize(
    "damaged",
    [None, b"", a_table(5)[:-1], a_table(5) + b"\x00", bytes(300), b"\xff" * (MAX_SIZE + 9), a_table(4)],
    ids=["lost", "empty", "cut", "longer", "zeros", "too large", "older"],
)
def test_a_damaged_table_is_not_used_and_no_older_one_is_taken(
    damaged: bytes | None, store: TrustStore, tmp_path: Path
) -> None:
    (tmp_path / AREAS).unlink()
    if damaged is not None:
        (tmp_path / AREAS).write_bytes(damaged)
    before, again = files(tmp_path), open_with(tmp_path)
    assert (table_version(again), files(tmp_path)) == (0, before)
    for older in (a_table(4), a_table(5, high=[8]), a_table(9, OTHER_OFFICE, now=NOW - 1)):
        assert_refused(again.update_area_table, older, "rollback", tmp_path)
    again.update_area_table(a_table(5), now=NOW)
    assert table_version(open_with(tmp_path)) == 5


def test_a_table_is_back_once_its_trust_list_is(store: TrustStore, tmp_path: Path) -> None:
    (tmp_path / LIST).write_bytes(b"damaged")
    again = open_with(tmp_path)
    assert table_version(again) == 0
    again.update_trust_list(BOTH, now=NOW)
    assert table_version(again) == 5


def test_an_expired_table_stays_a_floor(store: TrustStore, tmp_path: Path) -> None:
    later = NOW + 3 * DAY
    for each in (store, open_with(tmp_path)):
        assert each.area_table(later) is None
        assert_refused(each.update_area_table, a_table(4, now=later), "rollback", tmp_path, later)
    store.update_area_table(a_table(6, now=later), now=later)


def test_in_memory() -> None:
    store = TrustStore(root_set(0))
    store.update_trust_list(BOTH, now=NOW)
    store.update_area_table(a_table(5), now=NOW)
    assert table_version(store) == 5
    assert_refused(store.update_area_table, a_table(4), "rollback")
