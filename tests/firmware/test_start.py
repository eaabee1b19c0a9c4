"""A scanner with firmware starts again: its record of floors, two slots for it, and what it loads by that."""

from __future__ import annotations

import pytest

from healthpass.formats.window import RootSet
from tests.firmware.core import DECIDE, FOLLOW, LIST, REVOCATION, TABLE, VERIFY, Core, CoreStore, CoreVerifier
from tests.making import DAY, NOW, ROOT, ROOTS, WINDOW, make_trust_list, show_own, sign_trust_list, signer
from tests.placing import make_area_table, placed_list
from tests.revoking import make_delta, make_snapshot, revoking_list

NEW_ROOT = signer(70)
LIST_1, LIST_2 = (sign_trust_list(revoking_list(n)) for n in (1, 2))


def _stale(store: CoreStore, slot: int = 1) -> int:
    return CoreVerifier(store).ask(VERIFY, show_own(slot), now=NOW).refusal


def _used(core: Core) -> tuple[CoreStore, tuple[bytes, dict[str, bytes]], bytes]:
    store = CoreStore(core, ROOTS)
    snapshot, delta = make_snapshot(1, {WINDOW: [5]}), make_delta(2, {WINDOW: [6]})
    assert store.take(LIST, LIST_1, NOW) == "ok"
    assert store.take(REVOCATION, snapshot[0], NOW, snapshot[1]) == "ok"
    assert store.take(REVOCATION, delta, NOW) == "ok"
    return store, snapshot, delta


def test_everything_is_there_again(core: Core) -> None:
    store, snapshot, delta = _used(core)
    again = CoreStore(core, ROOTS)
    assert again.restore(store.record(7), b"") == 7
    assert again.load(LIST, LIST_1) == "ok"
    assert again.load(REVOCATION, snapshot[0], snapshot[1]) == "ok"
    assert _stale(again) == 5  # without the delta it is not what was accepted last
    assert again.load(REVOCATION, delta) == "ok"
    assert [_stale(again, slot) for slot in (1, 5, 6)] == [0, 20, 20]
    assert again.record(7) == store.record(7)


def test_the_newer_whole_record_counts(core: Core) -> None:
    store, _, _ = _used(core)
    old = store.record(7)
    assert store.take(LIST, LIST_2, NOW) == "ok"
    new = store.record(8)
    for one, other in ((old, new), (new, old), (new + bytes(40), old)):
        again = CoreStore(core, ROOTS)
        assert again.restore(one, other) == 8
        assert again.load(LIST, LIST_1) == "rollback"
        assert again.load(LIST, LIST_2) == "ok"


@pytest.mark.parametrize("cut", range(0, 216, 13))
def test_a_record_that_was_cut_counts_for_nothing(core: Core, cut: int) -> None:
    store, _, _ = _used(core)
    old = store.record(7)
    store.take(LIST, LIST_2, NOW)
    new = store.record(8)
    again = CoreStore(core, ROOTS)
    half = new[:cut] + bytes(len(new) - cut)
    assert again.restore(old, half) == 7
    flipped = bytearray(new)
    flipped[cut] ^= 1
    assert CoreStore(core, ROOTS).restore(bytes(flipped), old) == 7


def test_without_a_record_revocation_data_wait_for_newer_ones(core: Core) -> None:
    _, snapshot, delta = _used(core)
    again = CoreStore(core, ROOTS)
    assert again.restore(b"", b"\xff" * 300) == 0
    assert again.load(LIST, LIST_1) == "ok"
    assert again.load(REVOCATION, snapshot[0], snapshot[1]) == "ok"
    assert again.load(REVOCATION, delta) == "ok"
    assert _stale(again) == 5
    assert again.take(REVOCATION, snapshot[0], NOW, snapshot[1]) == "ok"  # the same again changes nothing
    assert _stale(again) == 5
    newer = make_snapshot(3, {WINDOW: [5, 6]})
    assert again.take(REVOCATION, newer[0], NOW, newer[1]) == "ok"
    assert _stale(again) == 0


def test_a_filter_that_is_lost(core: Core) -> None:
    store, snapshot, delta = _used(core)
    again = CoreStore(core, ROOTS)
    again.restore(store.record(1), b"")
    again.load(LIST, LIST_1)
    some = {digest: data + bytes(1) for digest, data in snapshot[1].items()}
    assert again.load(REVOCATION, snapshot[0], some) == "ok"
    assert again.load(REVOCATION, delta) == "ok"
    assert _stale(again) == 5
    assert again.take(REVOCATION, snapshot[0], NOW) == "missing-filter"
    assert again.take(REVOCATION, snapshot[0], NOW, snapshot[1]) == "ok"  # it mends what is lost, and keeps the delta
    assert [_stale(again, slot) for slot in (1, 5, 6)] == [0, 20, 20]


def test_roots_that_have_changed_are_followed(core: Core) -> None:
    new = RootSet(1, (NEW_ROOT.public_key,))
    turning = sign_trust_list(make_trust_list(2, roots=new), [ROOT, NEW_ROOT])
    after = sign_trust_list(make_trust_list(3, roots=new), [NEW_ROOT])
    store = CoreStore(core, ROOTS)
    assert [store.take(LIST, each, NOW) for each in (turning, after)] == ["ok", "ok"]
    again = CoreStore(core, ROOTS)
    assert again.restore(store.record(1), b"") == 1
    assert again.load(LIST, after) == "threshold"
    assert again.load(FOLLOW, after) == "threshold"
    assert again.load(FOLLOW, turning) == "ok"
    assert again.load(LIST, turning) == "rollback"
    assert again.load(LIST, after) == "ok"
    assert again.load(FOLLOW, turning) == "misuse"  # a list is in force: that leads from there


def test_the_area_table(core: Core) -> None:
    table, newer = make_area_table(1), make_area_table(2)
    trust_list = sign_trust_list(placed_list())
    store = CoreStore(core, ROOTS)
    assert store.load(TABLE, table) == store.take(TABLE, table, NOW) == "no-trust-list"
    assert store.take(LIST, trust_list, NOW) == store.take(TABLE, newer, NOW) == "ok"
    again = CoreStore(core, ROOTS)
    again.restore(store.record(1), b"")
    assert again.load(LIST, trust_list) == "ok"
    assert again.load(TABLE, table) == "rollback"
    assert again.load(TABLE, newer) == "ok"
    assert again.record(1) == store.record(1)


def test_a_record_that_has_more_than_there_is_room_for(core: Core) -> None:
    store, _, _ = _used(core)
    small = CoreStore(core, ROOTS, signers=1)
    assert small.restore(store.record(1), b"") == 0


def test_no_room(core: Core) -> None:
    snapshot = make_snapshot(1)
    for less in ({"signers": 1}, {"streams": 0}, {"filters": 1}):
        store = CoreStore(core, ROOTS, **less)
        assert store.take(LIST, LIST_1, NOW) == "ok"
        before = store.record(1)
        assert store.take(REVOCATION, snapshot[0], NOW, snapshot[1]) == "no-room"
        assert store.record(1) == before
        assert _stale(store) == 5


def test_what_cannot_be_asked(core: Core) -> None:
    store = CoreStore(core, ROOTS)
    for wrong in ({"skew": 3601}, {"replay_capacity": 0}, {"audience": "0123456789ABCDEF"}):
        with pytest.raises(ValueError, match="no such scanner"):
            CoreVerifier(store, **wrong)
    gate = CoreVerifier(store)
    with pytest.raises(ValueError, match="28"):
        gate.ask(VERIFY, None, now=NOW)
    assert gate.ask(DECIDE, None, now=NOW)[:2] == (3, 4)


def test_a_clock_that_goes_on_for_a_day(core: Core) -> None:
    """What it remembers of a showing is gone when that is no longer fresh."""
    store = CoreStore(core, ROOTS)
    store.take(LIST, sign_trust_list(make_trust_list()), NOW)
    gate = CoreVerifier(store, since=NOW - 200)
    text = show_own(3)
    assert [gate.ask(VERIFY, text, now=NOW + n).refusal for n in (0, 1, 74, 75)] == [0, 17, 17, 13]
    gate.forget(NOW + DAY // 2)
    assert gate.ask(VERIFY, show_own(4, NOW + DAY // 2), now=NOW + DAY // 2).refusal == 23
