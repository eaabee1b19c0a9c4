"""A scanner with firmware and bundles in two slots: what it loads at a start, and when a slot is free."""

from __future__ import annotations

from typing import Any

from healthpass.authority import make_bundle
from healthpass.formats.bundle import MAX_SIZE
from tests.documents import deliver
from tests.firmware.core import DECIDE, LIST, VERIFY, Core, CoreStore, CoreVerifier
from tests.making import DAY, NOW, PLACE, ROOTS, WINDOW, show_own, sign_trust_list
from tests.placing import REGISTRAR, RISK_OFFICE, everywhere, make_area_table, make_place
from tests.revoking import REVOKER, make_delta, make_snapshot, revoking_list

SNAPSHOT = make_snapshot(1, {WINDOW: [5]})


def _bundle(
    version: int = 1, delta: tuple[int, ...] = (6,), snapshot: tuple[bytes, dict[str, bytes]] = SNAPSHOT
) -> bytes:
    terms: dict[str, Any] = {
        "registrar_keys": (REGISTRAR.public_key,),
        "risk_keys": (RISK_OFFICE.public_key,),
        "policy": everywhere(documents=0),
    }
    return make_bundle(
        sign_trust_list(revoking_list(version, **terms)),
        area_table=make_area_table(version),
        places=[make_place()],
        revocations=[(SNAPSHOT[0], make_delta(version + 1, {WINDOW: list(delta)}))],
        filters=SNAPSHOT[1].__getitem__,
        document_keys=[deliver(1)],
    )


KINDS = ["trust list", "area table", "place", "snapshot", "delta", "document keys"]
TAKEN = ("ok", [(kind, "ok") for kind in KINDS])


def _refusals(store: CoreStore) -> list[int]:
    gate = CoreVerifier(store, place=make_place())
    return [gate.ask(VERIFY, show_own(slot, audience=PLACE), now=NOW).refusal for slot in (1, 5, 6)]


def test_one_file_is_enough_before_and_after_a_reset(core: Core) -> None:
    store = CoreStore(core, ROOTS)
    assert store.bundle(_bundle(), NOW) == TAKEN
    assert _refusals(store) == [0, 20, 20]
    again = CoreStore(core, ROOTS)
    assert again.restore(store.record(1), b"") == 1
    assert again.bundle(_bundle(), None) == TAKEN
    assert _refusals(again) == [0, 20, 20]
    assert again.record(1) == store.record(1)


def test_an_older_slot_is_not_loaded_over_what_was_accepted(core: Core) -> None:
    store = CoreStore(core, ROOTS)
    for each in (_bundle(1), _bundle(2, (6, 7))):
        assert store.bundle(each, NOW) == TAKEN
    again = CoreStore(core, ROOTS)
    again.restore(store.record(1), b"")
    assert again.bundle(_bundle(1), None)[1][:2] == [("trust list", "rollback"), ("area table", "no-trust-list")]
    assert again.bundle(_bundle(2, (6, 7)), None) == TAKEN
    assert _refusals(again) == [0, 20, 20]


def test_the_slot_before_is_free_once_all_of_the_new_one_is_in_force(core: Core) -> None:
    """Its filters too, which are the same: they are used where the new bundle has them."""
    store = CoreStore(core, ROOTS)
    store.bundle(_bundle(1), NOW)
    assert store.uses(0)
    assert store.bundle(_bundle(2), NOW) == TAKEN
    assert [store.uses(n) for n in (0, 1)] == [True, False]
    assert store.bundle(_bundle(2), NOW) == TAKEN  # the same again lies elsewhere now
    assert [store.uses(n) for n in (0, 1)] == [True, False]
    assert _refusals(store) == [0, 20, 20]


def test_a_slot_of_which_a_part_is_newer_stays_in_use(core: Core) -> None:
    """What is refused of the next one is in force from the one before."""
    store = CoreStore(core, ROOTS)
    store.bundle(_bundle(3), NOW)
    assert store.bundle(_bundle(1), NOW)[0] == "ok"
    assert [store.uses(n) for n in (0, 1)] == [True, True]  # the snapshot, which is the same; all else
    other = CoreStore(core, ROOTS)
    other.take(LIST, sign_trust_list(revoking_list(2)), NOW)
    other.bundle(_bundle(1), NOW)
    assert [other.uses(n) for n in (0, 1)] == [True, True]  # revocation data; the list, which is newer


def test_nothing_in_force_is_nowhere(core: Core) -> None:
    store = CoreStore(core, ROOTS)
    assert store.bundle(b"", NOW) == ("malformed", [])
    assert not store.uses(0)


def test_a_bundle_that_is_too_long(core: Core) -> None:
    data = _bundle()
    assert CoreStore(core, ROOTS).bundle(data, NOW, len(data)) == TAKEN
    assert CoreStore(core, ROOTS).bundle(data, NOW, len(data) - 1) == ("malformed", [])
    assert MAX_SIZE == 1 << 24  # HP_MAX_BUNDLE


def test_a_scanner_that_moves_remembers_what_was_shown(core: Core) -> None:
    store = CoreStore(core, ROOTS)
    store.bundle(_bundle(), NOW)
    gate = CoreVerifier(store)
    assert gate.ask(DECIDE, show_own(1, audience=PLACE), now=NOW).refusal == 24
    gate.move(make_place())
    assert gate.ask(DECIDE, show_own(1, audience=PLACE), now=NOW)[:2] == (1, 0)
    gate.move(make_place(registrar=REVOKER))
    assert gate.ask(DECIDE, show_own(2, audience=PLACE), now=NOW).refusal == 24
    gate.move(make_place(issued=NOW - 2 * DAY, expires=NOW + DAY))
    assert gate.ask(DECIDE, show_own(1, audience=PLACE), now=NOW).refusal == 17
