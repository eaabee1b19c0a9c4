"""Which snapshots and deltas a scanner takes. What is refused changes nothing, and the next honest one is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.crypto.signer import sign_message
from healthpass.errors import RevocationRefused
from healthpass.formats import cose
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.messages import MAX_DELTA_SIZE, Snapshot, encode_snapshot
from healthpass.trust.updates import MAX_FIRST_VERSION, MAX_VERSION_STEP
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    DAY,
    NOW,
    ROOTS,
    STRANGER,
    TOMORROW,
    WINDOW,
    assert_refused,
    make_claim,
    make_store,
    make_trust_list,
    show,
    sign_trust_list,
)
from tests.raising import raises
from tests.revoking import (
    CAPACITY,
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

HELD = {WINDOW: [1, 2, 300]}
LIST = revoking_list(keys={REVOKER: (WINDOW,), OTHER_REVOKER: (TOMORROW,)})


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    """Snapshot 4 revokes 1, 2 and 300; delta 6 upon it 50 and 60."""
    store = revoking_store(tmp_path)
    give(store, make_snapshot(4, HELD))
    store.update_revocation(make_delta(6, {WINDOW: [50, 60]}, base=4), now=NOW)
    return store


FULL = {WINDOW: [1, 2, 50, 60, 300]}
SNAPSHOT, PIECES = make_snapshot(7, FULL)
ALTERED = SNAPSHOT[:-1] + bytes((SNAPSHOT[-1] ^ 1,))
WRONG = Pieces(*PIECES.values())
WRONG.update(dict.fromkeys(WRONG, bytes(12)))
NAMED = {WINDOW.kid: PIECES[digest_of(filters_of(FULL)[WINDOW.kid]).hex()], TOMORROW.kid: build_filter(CAPACITY, [])}
JUNK = {**NAMED, WINDOW.kid: b"\x10" + bytes(20)}
SMALLER = {**NAMED, WINDOW.kid: build_filter(CAPACITY // 4, [1, 2, 50, 60, 300])}
HUGE = sign_message(
    REVOKER,
    cose.SNAPSHOT,
    encode_snapshot(Snapshot(7, NOW, NOW + 60, {kid: (bytes(32), 2**26) for kid in (WINDOW.kid, TOMORROW.kid)})),
)
FUTURE = NOW + 61

SNAPSHOTS: dict[str, tuple[bytes, Pieces | None, str, int]] = {
    "nobody's": (make_snapshot(7, FULL, by=STRANGER)[0], PIECES, "not-a-revoker", NOW),
    "altered": (ALTERED, PIECES, "bad-signature", NOW),
    "under another's name": (
        make_snapshot(7, FULL, by=STRANGER)[0].replace(STRANGER.public_key, REVOKER.public_key),
        PIECES,
        "bad-signature",
        NOW,
    ),
    "a kid is lost": (sign_snapshot({WINDOW.kid: NAMED[WINDOW.kid]}, 7), PIECES, "dropped-kid", NOW),
    "no kid at all": (sign_snapshot({}, 7), PIECES, "dropped-kid", NOW),
    "no source": (SNAPSHOT, None, "missing-filter", NOW),
    "a source without it": (SNAPSHOT, Pieces(), "missing-filter", NOW),
    "other bytes": (SNAPSHOT, WRONG, "digest", NOW),
    "no filter": (sign_snapshot(JUNK, 7), Pieces(*JUNK.values()), "malformed", NOW),
    "another capacity": (sign_snapshot(SMALLER, 7), Pieces(*SMALLER.values()), "capacity", NOW),
    "a length that no filter has": (HUGE, PIECES, "capacity", NOW),
    "less than the filter": (*make_snapshot(7, {WINDOW: [1, 2, 50, 60]}), "un-revokes", NOW),
    "another instead": (*make_snapshot(7, {WINDOW: [1, 2, 50, 60, 301]}), "un-revokes", NOW),
    "less than the delta": (*make_snapshot(7, {WINDOW: [1, 2, 3, 4, 50, 300]}), "un-revokes", NOW),
    "the filter without the delta": (*make_snapshot(7, HELD), "un-revokes", NOW),
    "nothing is revoked": (*make_snapshot(7), "un-revokes", NOW),
    "all but one": (*make_snapshot(7, {WINDOW: [n for n in range(CAPACITY) if n != 2]}), "un-revokes", NOW),
    "older": (*make_snapshot(3, FULL), "rollback", NOW),
    "older than the delta": (*make_snapshot(5, FULL), "rollback", NOW),
    "of the delta's version": (*make_snapshot(6, FULL), "rollback", NOW),
    "the same version, other content": (*make_snapshot(4, FULL), "rollback", NOW),
    "issued earlier": (*make_snapshot(7, FULL, issued=NOW - 61), "rollback", NOW),
    "a jump": (*make_snapshot(6 + MAX_VERSION_STEP + 1, FULL), "version-step", NOW),
    "from the future": (*make_snapshot(7, FULL, issued=FUTURE), "from-the-future", NOW),
    "expired": (*make_snapshot(7, FULL, expires=NOW), "expired", NOW),
    "a clock behind": (SNAPSHOT, PIECES, "clock-behind", NOW - 121),
    "another type": (sign_message(REVOKER, cose.AREA_TABLE, b"\xa0"), PIECES, "malformed", NOW),
    "no content": (sign_message(REVOKER, cose.SNAPSHOT, b"\xa0"), PIECES, "malformed", NOW),
    "nothing": (b"", PIECES, "malformed", NOW),
}
LOST = make_delta(7, {WINDOW: [50, 61]}, base=4)
DELTAS: dict[str, tuple[bytes, str, int]] = {
    "nobody's": (make_delta(7, {WINDOW: [50, 60]}, base=4, by=STRANGER), "not-a-revoker", NOW),
    "altered": (LOST[:-1] + bytes((LOST[-1] ^ 1,)), "bad-signature", NOW),
    "a slot past the capacity": (make_delta(7, {WINDOW: [50, 60, CAPACITY]}, base=4), "slot", NOW),
    "upon an older snapshot": (make_delta(7, {WINDOW: [50, 60]}, base=3), "other-snapshot", NOW),
    "upon a newer snapshot": (make_delta(7, {WINDOW: [50, 60]}, base=5), "other-snapshot", NOW),
    "a slot less": (make_delta(7, {WINDOW: [50]}, base=4), "un-revokes", NOW),
    "another slot": (LOST, "un-revokes", NOW),
    "a kid less": (make_delta(7, {TOMORROW: [50, 60]}, base=4), "un-revokes", NOW),
    "nothing": (make_delta(7, base=4), "un-revokes", NOW),
    "older": (make_delta(5, {WINDOW: [50, 60]}, base=4), "rollback", NOW),
    "the same version, other content": (make_delta(6, {WINDOW: [50, 60, 70]}, base=4), "rollback", NOW),
    "issued earlier": (make_delta(7, {WINDOW: [50, 60]}, base=4, issued=NOW - 61), "rollback", NOW),
    "a jump": (make_delta(6 + MAX_VERSION_STEP + 1, {WINDOW: [50, 60]}, base=4), "version-step", NOW),
    "from the future": (make_delta(7, {WINDOW: [50, 60]}, base=4, issued=FUTURE), "from-the-future", NOW),
    "expired": (make_delta(7, {WINDOW: [50, 60]}, base=4, expires=NOW), "expired", NOW),
    "a clock behind": (make_delta(7, {WINDOW: [50, 60]}, base=4), "clock-behind", NOW - 121),
    "no content": (sign_message(REVOKER, cose.DELTA, b"\xa0"), "malformed", NOW),
    "too large": (make_delta(7, {WINDOW: [50, 60]}, base=4) + bytes(MAX_DELTA_SIZE), "malformed", NOW),
}


def assert_as_before(store: TrustStore, folder: Path) -> None:
    """What was revoked still is, nothing else is, and the next delta and snapshot are taken."""
    for each in (store, revoking_store(folder)):
        for slot in (1, 2, 300, 50, 60):
            assert_refused(Verifier(each), show(make_claim(slot)), RefusalCode.REVOKED)
        assert Verifier(each).verify(show(make_claim(5)), now=NOW).stale == 0
    store.update_revocation(make_delta(7, {WINDOW: [50, 60, 70]}, base=4), now=NOW)
    give(store, make_snapshot(8, {WINDOW: [1, 2, 50, 60, 70, 300]}))
    for each in (store, revoking_store(folder)):
        assert_refused(Verifier(each), show(make_claim(70)), RefusalCode.REVOKED)
        assert Verifier(each).verify(show(make_claim(5)), now=NOW).stale == 0


@pytest.mark.parametrize(("data", "pieces", "code", "now"), SNAPSHOTS.values(), ids=SNAPSHOTS)
def test_a_snapshot(data: bytes, pieces: Pieces | None, code: str, now: int, store: TrustStore, tmp_path: Path) -> None:
    for each in (store, revoking_store(tmp_path)):
        assert_update_refused(each, data, code, tmp_path, now, pieces)
    assert_as_before(store, tmp_path)


@pytest.mark.parametrize(("data", "code", "now"), DELTAS.values(), ids=DELTAS)
def test_a_delta(data: bytes, code: str, now: int, store: TrustStore, tmp_path: Path) -> None:
    for each in (store, revoking_store(tmp_path)):
        assert_update_refused(each, data, code, tmp_path, now)
    assert_as_before(store, tmp_path)


def test_without_a_trust_list(tmp_path: Path) -> None:
    assert_update_refused(TrustStore.open(tmp_path, roots=ROOTS), SNAPSHOT, "no-trust-list", tmp_path)
    assert not (tmp_path / "revocation").exists()


def test_a_list_without_revocation_keys() -> None:
    store = make_store()
    assert_update_refused(store, SNAPSHOT, "not-a-revoker", fetch=PIECES)
    with raises(RevocationRefused, "not-a-revoker", "the trust list names no revocation keys; fetch the newest one"):
        store.update_revocation(SNAPSHOT, now=NOW, fetch=PIECES)


def test_a_first_version_without_room_above() -> None:
    store = revoking_store()
    data, pieces = make_snapshot(MAX_FIRST_VERSION + 1)
    assert_update_refused(store, data, "version-step", fetch=pieces)
    give(store, make_snapshot(MAX_FIRST_VERSION))


def test_a_delta_before_its_snapshot() -> None:
    assert_update_refused(revoking_store(), make_delta(), "other-snapshot")


def test_a_clock_behind_the_trust_list() -> None:
    """It would take last year's data, which by that clock is not over."""
    data, pieces = make_snapshot(issued=NOW - 365 * DAY, expires=NOW - 364 * DAY)
    assert_update_refused(revoking_store(), data, "clock-behind", now=NOW - 365 * DAY, fetch=pieces)


def test_a_kid_of_another_key() -> None:
    store = revoking_store(trust_list=LIST)
    data, pieces = make_snapshot()
    assert_update_refused(store, data, "other-kid", fetch=pieces)
    filters = filters_of({WINDOW: []})
    store.update_revocation(sign_snapshot(filters), now=NOW, fetch=Pieces(*filters.values()))
    assert_update_refused(store, make_delta(2, {TOMORROW: [1]}), "other-kid")


def test_a_delta_under_a_kid_that_its_snapshot_does_not_have() -> None:
    store = revoking_store()
    filters = filters_of({WINDOW: []})
    store.update_revocation(sign_snapshot(filters), now=NOW, fetch=Pieces(*filters.values()))
    assert_update_refused(store, make_delta(2, {TOMORROW: [1]}), "other-kid")


def test_a_window_that_is_over_may_go(store: TrustStore, tmp_path: Path) -> None:
    filters = filters_of({TOMORROW: []})
    data = sign_snapshot(filters, 7, issued=WINDOW.expires, expires=WINDOW.expires + DAY)
    assert_update_refused(store, data, "dropped-kid", tmp_path, WINDOW.expires + 3599)
    store.update_revocation(data, now=WINDOW.expires + 3600)


def test_one_piece_there_and_another_missing(store: TrustStore, tmp_path: Path) -> None:
    """The first was fetched and written; it is gone again."""
    data, pieces = make_snapshot(7, {**FULL, TOMORROW: [9]})
    half = Pieces(pieces[digest_of(filters_of(FULL)[WINDOW.kid]).hex()])
    assert_update_refused(store, data, "missing-filter", tmp_path, fetch=half)
    assert len(half.asked) == 2
    assert_as_before(store, tmp_path)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_source_that_fails_in_its_own_way(error: type[BaseException], store: TrustStore, tmp_path: Path) -> None:
    def fetch(digest: str) -> bytes:
        raise error

    before = kept(tmp_path)
    with pytest.raises(error):
        store.update_revocation(SNAPSHOT, now=NOW, fetch=fetch)
    assert kept(tmp_path) == before
    assert_as_before(store, tmp_path)


def test_a_stolen_key_is_replaced_and_what_it_has_signed_goes() -> None:
    store = revoking_store()
    give(store, make_snapshot(1, {WINDOW: range(CAPACITY)}))
    assert_refused(Verifier(store), show(make_claim()), RefusalCode.REVOKED)
    new = make_trust_list(2, revocation_keys={OTHER_REVOKER.public_key: (WINDOW.kid, TOMORROW.kid)})
    store.update_trust_list(sign_trust_list(new), now=NOW)
    assert_refused(Verifier(store), show(make_claim()), RefusalCode.REVOCATION_DATA_STALE)
    assert_update_refused(store, *(make_snapshot(2)[0], "not-a-revoker"))
    give(store, make_snapshot(1, by=OTHER_REVOKER))
    assert Verifier(store).verify(show(make_claim()), now=NOW).stale == 0


def test_no_filter_needs_more_than_a_quarter_byte_a_slot_and_64_bytes(store: TrustStore, tmp_path: Path) -> None:
    """At that very length it is fetched, and is no filter; a byte above it is not even fetched."""
    for longer, code, fetched in ((0, "malformed", 1), (1, "capacity", 0)):
        junk = bytes(CAPACITY // 4 + 64 + longer)
        data, pieces = sign_snapshot({**filters_of({TOMORROW: []}), WINDOW.kid: junk}, 7), Pieces(junk)
        assert_update_refused(store, data, code, tmp_path, fetch=pieces)
        assert len(pieces.asked) == fetched
    assert_as_before(store, tmp_path)
