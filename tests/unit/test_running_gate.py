"""A gate that runs sees by the next call what another program has written, and each call sees one state."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from healthpass import Color, Decision, RefusalCode, Refused
from healthpass.formats.place import PlaceClass
from healthpass.verifier import TrustStore, Verifier
from healthpass.verifier.state_folder import FLOORS, GENERATION, StateFolder
from tests.documents import NEXT_KEY, SCANNER, deliver, documents_list
from tests.making import (
    NOW,
    PLACE,
    ROOTS,
    TOMORROW,
    WINDOW,
    files,
    make_claim,
    show,
    show_own,
    sign_trust_list,
)
from tests.placing import AREA, everywhere, make_area_table, make_place, placed_list, placed_store
from tests.raising import raises_one_of
from tests.revoking import REVOKER, give, make_delta, make_snapshot, revoking_list, revoking_store
from tests.trusting import LIST, a_list, open_store, root_set, version_of

EXPIRED, STALE, REVOKED = (
    RefusalCode.TRUST_LIST_EXPIRED,
    RefusalCode.REVOCATION_DATA_STALE,
    RefusalCode.REVOKED,
)


YELLOW = make_claim(7, color=Color.YELLOW)


def answer(verifier: Verifier, slot: int = 7, audience: str | None = None) -> str:
    """What a showing of that slot gets; its verifier may be asked again and again."""
    try:
        return "accepted" if verifier.verify(show_own(slot, audience=audience), now=NOW).colors else ""
    except Refused as refused:
        return refused.code.name


# ---- What another program has written -----------------------------------------------------------------------------


def test_a_delta_and_a_snapshot(tmp_path: Path) -> None:
    running = revoking_store(tmp_path)
    other = TrustStore.open(tmp_path, roots=ROOTS)
    assert answer(Verifier(running)) == STALE.name
    give(other, make_snapshot(1))
    assert answer(Verifier(running)) == "accepted"
    other.update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    assert answer(Verifier(running)) == REVOKED.name
    give(other, make_snapshot(3, {WINDOW: range(7, 20_000, 2)}))
    for slot in (7, 19_999):
        assert answer(Verifier(running), slot) == REVOKED.name
    assert answer(Verifier(running), 8) == "accepted"


def test_a_window_key_that_the_roots_take_away(tmp_path: Path) -> None:
    running = open_store(tmp_path, a_list(1))
    other = open_store(tmp_path)
    assert answer(Verifier(running)) == "accepted"
    other.update_trust_list(a_list(2, windows=[TOMORROW]), now=NOW)
    assert answer(Verifier(running)) == RefusalCode.UNKNOWN_ISSUER_KEY.name
    assert version_of(running) == 2


def test_an_area_table_and_a_policy(tmp_path: Path) -> None:
    running, other = (TrustStore.open(tmp_path, roots=ROOTS) for _ in range(2))
    other.update_trust_list(sign_trust_list(placed_list()), now=NOW)
    other.update_area_table(make_area_table(high=[AREA]), now=NOW)
    gate = Verifier(running, place=make_place(PlaceClass.ORDINARY))
    assert answer(gate, audience=PLACE) == "accepted"
    other.update_area_table(make_area_table(2), now=NOW)
    assert answer(gate, 8, PLACE) == RefusalCode.CHECK_NOT_PERMITTED.name
    with pytest.raises(Refused) as caught:
        gate.policy(now=NOW)
    assert caught.value.code is RefusalCode.CHECK_NOT_PERMITTED
    permits = everywhere(audience=True)
    other.update_trust_list(sign_trust_list(placed_list(2, policy=permits)), now=NOW)
    assert answer(gate, 9, PLACE) == "accepted"
    assert gate.policy(now=NOW).audience


def test_document_keys(tmp_path: Path) -> None:
    running = TrustStore.open(tmp_path, roots=ROOTS, sealing_key=SCANNER)
    other = TrustStore.open(tmp_path, roots=ROOTS, sealing_key=SCANNER)
    assert running.document_key(b"doc0") is None
    other.update_trust_list(sign_trust_list(documents_list()), now=NOW)
    other.update_document_keys(deliver(5), now=NOW)
    assert running.document_key(b"doc0") == other.document_key(b"doc0") is not None
    other.update_document_keys(deliver(6, {b"doc0": NEXT_KEY}), now=NOW)
    assert running.document_key(b"doc0") == NEXT_KEY


def test_a_store_that_compares_no_documents_keeps_their_floors(tmp_path: Path) -> None:
    keys = TrustStore.open(tmp_path, roots=ROOTS, sealing_key=SCANNER)
    keys.update_trust_list(sign_trust_list(documents_list()), now=NOW)
    keys.update_document_keys(deliver(5), now=NOW)
    plain = TrustStore.open(tmp_path, roots=ROOTS)
    plain.update_trust_list(sign_trust_list(documents_list(2)), now=NOW)
    (tmp_path / "documents" / "keys.cbor").unlink()
    with raises_one_of("rollback"):
        TrustStore.open(tmp_path, roots=ROOTS, sealing_key=SCANNER).update_document_keys(deliver(4), now=NOW)


def test_nothing_is_read_again_while_nothing_changes(tmp_path: Path) -> None:
    revoking_store(tmp_path)
    running = TrustStore.open(tmp_path, roots=ROOTS)
    give(TrustStore.open(tmp_path, roots=ROOTS), make_snapshot(1))
    first = running.state()
    assert all(running.state() is first for _ in range(3))
    give(TrustStore.open(tmp_path, roots=ROOTS), make_snapshot(1))  # the same again
    assert running.state() is first


def test_what_did_not_change_is_not_opened_again(tmp_path: Path) -> None:
    """Another generation: its trust list, snapshot and filters are the ones that are here."""
    running = revoking_store(tmp_path)
    give(running, make_snapshot(1, {WINDOW: [1]}))
    before = running.state()
    TrustStore.open(tmp_path, roots=ROOTS).update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    after = running.state()
    assert after is not before
    assert after.trust_list is before.trust_list
    assert before.revocation is not None
    assert after.revocation is not None
    key = REVOKER.public_key
    old, new = before.revocation.streams[key], after.revocation.streams[key]
    assert new.snapshot is old.snapshot
    assert new.filters[WINDOW.kid] is old.filters[WINDOW.kid]
    assert (old.delta, new.delta is not None) == (None, True)


def test_a_program_that_goes_to_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    running = open_store(Path("state"), a_list(1))
    monkeypatch.chdir(tmp_path / "elsewhere")
    open_store(tmp_path / "state", a_list(2))
    assert version_of(running) == 2
    running.update_trust_list(a_list(3), now=NOW)
    assert version_of(open_store(tmp_path / "state")) == 3
    assert list((tmp_path / "elsewhere").iterdir()) == []


# ---- One state for all steps of a call ----------------------------------------------------------------------------


def at_each_line(call: Callable[[], object], act: Callable[[], None], at: int) -> bool:
    """Run `call`, and `act` before the `at`-th line of the verifier that it comes to. Whether it came so far."""
    left = [at]

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.endswith(
            (
                "verifier.py",
                "steps.py",
                "outcome.py",
                "gate.py",
                "trust_store.py",
                "keeping.py",
                "state.py",
                "policy.py",
            )
        ):
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                sys.settrace(None)
                act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except Refused:
        pass
    finally:
        sys.settrace(before)
    return left[0] <= 0


def test_a_first_list_that_arrives_between_two_steps_lets_nothing_in() -> None:
    """Nobody may be checked at this place; without a list nobody can be. Whenever it comes, one of both is said."""
    for at in range(1, 200):
        store = TrustStore(ROOTS)
        gate = Verifier(store, place=make_place(PlaceClass.ORDINARY))
        told: list[str] = []

        def arrive(store: TrustStore = store) -> None:
            store.update_trust_list(sign_trust_list(placed_list()), now=NOW)
            store.update_area_table(make_area_table(), now=NOW)

        def ask(gate: Verifier = gate, told: list[str] = told) -> None:
            told.append(answer(gate))

        came = at_each_line(ask, arrive, at)
        assert told[0] in ("TRUST_LIST_EXPIRED", "CHECK_NOT_PERMITTED")
        if not came:
            break
    assert 5 < at < 199


def test_a_pass_is_verified_and_decided_by_one_state() -> None:
    """Yellow is admitted by the first list and not by the second, which comes at any line of the call."""
    decisions = []
    green, yellow = (everywhere(admitted=admitted, audience=False) for admitted in (1, 3))
    for at in range(1, 400):
        store = placed_store(placed_list(policy=yellow))
        gate = Verifier(store, place=make_place(PlaceClass.ORDINARY))
        told: list[tuple[bool, Decision]] = []

        def decide(gate: Verifier = gate, told: list[tuple[bool, Decision]] = told) -> None:
            outcome = gate.decide(show(YELLOW), now=NOW)
            told.append((version_of(gate._store) == 1, outcome.decision))

        def arrive(store: TrustStore = store) -> None:
            store.update_trust_list(sign_trust_list(placed_list(2, policy=green)), now=NOW)

        came = at_each_line(decide, arrive, at)
        decisions.append(told[0])
        if not came:
            break
    assert 20 < at < 399
    assert (True, Decision.REFUSE) not in decisions
    assert decisions[0] == (False, Decision.REFUSE), "it came before anything was looked at"
    assert (False, Decision.ADMIT) in decisions, "it came when the rules were taken, which it does not undo"


# ---- The generation file ------------------------------------------------------------------------------------------


def mark_of(folder: Path) -> tuple[int, int, int]:
    found = StateFolder(str(folder)).mark()
    assert found is not None
    return found


def test_no_two_generations_look_the_same(tmp_path: Path) -> None:
    """However fast they follow each other: the time is chosen, and rises by what the coarsest file system can keep."""
    store = open_store(tmp_path)
    times = []
    for version in range(1, 12):
        store.update_trust_list(a_list(version), now=NOW)
        times.append(mark_of(tmp_path)[2] // 10**9)
    assert all(later - earlier == 2 for earlier, later in pairwise(times))


def test_a_folder_that_begins_again_does_not_look_the_same(tmp_path: Path) -> None:
    """The numbers begin again, and an inode may come back with them; what is random in the time does not."""
    times = set()
    for _ in range(8):
        open_store(tmp_path / "state", a_list(1))
        times.add(mark_of(tmp_path / "state")[2])
        shutil.rmtree(tmp_path / "state")
    assert len(times) == 8


def test_the_same_update_twice_is_one_generation(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(1))
    before = mark_of(tmp_path)
    store.update_trust_list(a_list(1), now=NOW)
    open_store(tmp_path, a_list(1))
    assert mark_of(tmp_path) == before


def test_a_refused_update_is_none(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(2))
    before = mark_of(tmp_path), files(tmp_path)
    for bad in (a_list(1), b"nothing"):
        with raises_one_of("rollback", "malformed"):
            store.update_trust_list(bad, now=NOW)
    assert (mark_of(tmp_path), files(tmp_path)) == before


def unfinished(folder: Path, names: tuple[str, ...]) -> TrustStore:
    """A gate on the folder, to which a killed program has written version 5 but for these files."""
    running = open_store(folder, a_list(1))
    shutil.copytree(folder, folder.parent / "copy")
    open_store(folder.parent / "copy", a_list(5))
    for name in (LIST, FLOORS, GENERATION):
        if name not in names:
            os.replace(folder.parent / "copy" / name, folder / name)
    assert version_of(running) == 1
    return running


@pytest.mark.parametrize("names", [(GENERATION,), (FLOORS, GENERATION)])
def test_what_a_killed_update_has_left_is_finished_by_the_next_opening(names: tuple[str, ...], tmp_path: Path) -> None:
    running = unfinished(tmp_path / "state", names)
    assert version_of(open_store(tmp_path / "state")) == 5
    assert version_of(running) == 5
    assert files(tmp_path / "state")[FLOORS] == files(tmp_path / "state")[GENERATION]


@pytest.mark.parametrize("names", [(GENERATION,), (FLOORS, GENERATION)])
def test_or_by_the_next_update_of_a_program_that_runs(names: tuple[str, ...], tmp_path: Path) -> None:
    running = unfinished(tmp_path / "state", names)
    with raises_one_of("rollback"):
        running.update_trust_list(a_list(4), now=NOW)
    assert version_of(running) == 5
    running.update_trust_list(a_list(5), now=NOW)  # the same again, as its updater offers it
    assert files(tmp_path / "state")[FLOORS] == files(tmp_path / "state")[GENERATION]


def test_an_opening_does_not_wait_for_a_program_that_is_writing(tmp_path: Path) -> None:
    open_store(tmp_path, a_list(1))
    other = StateFolder(str(tmp_path))
    with other:
        assert version_of(open_store(tmp_path)) == 1


def test_a_folder_that_can_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished(tmp_path / "state", (GENERATION,))
    before = files(tmp_path / "state")

    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("healthpass.verifier.state_folder.write_atomically", read_only)
    running = open_store(tmp_path / "state")
    assert version_of(running) == 5
    assert answer(Verifier(running)) == "accepted"
    with pytest.raises(OSError, match="Read-only"):
        running.update_trust_list(a_list(6), now=NOW)
    assert (version_of(running), files(tmp_path / "state")) == (5, before)


# ---- A folder that something happens to ---------------------------------------------------------------------------


def revoked_at(folder: Path) -> TrustStore:
    """A gate that knows that slot 7 is revoked, by a delta."""
    store = revoking_store(folder)
    give(store, make_snapshot(1))
    store.update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    return store


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def test_an_emptied_folder_changes_nothing_until_somebody_writes_to_it(tmp_path: Path) -> None:
    running = revoked_at(tmp_path / "state")
    emptied(tmp_path / "state")
    assert [answer(Verifier(running), slot) for slot in (7, 8)] == [REVOKED.name, "accepted"]
    begins_again = revoking_store(tmp_path / "state")  # the same list, and no revocation data yet
    assert [answer(Verifier(running), slot) for slot in (7, 8)] == [REVOKED.name, "accepted"]
    give(begins_again, make_snapshot(1))
    assert answer(Verifier(begins_again)) == "accepted", "it has never heard of the delta"
    assert answer(Verifier(running)) == REVOKED.name
    begins_again.update_revocation(make_delta(3, {WINDOW: [7, 9]}), now=NOW)
    for each in (begins_again, running):
        assert [answer(Verifier(each), slot) for slot in (7, 9)] == [REVOKED.name] * 2
        assert answer(Verifier(each), 8) == "accepted"


def test_an_older_copy_put_in_the_place_of_the_folder(tmp_path: Path) -> None:
    give(revoking_store(tmp_path / "state"), make_snapshot(1))
    shutil.copytree(tmp_path / "state", tmp_path / "older")
    running = revoked_at(tmp_path / "state")
    os.rename(tmp_path / "state", tmp_path / "gone")
    os.rename(tmp_path / "older", tmp_path / "state")
    assert [answer(Verifier(running), slot) for slot in (7, 8)] == [REVOKED.name, "accepted"]
    give(running, make_snapshot(3, {WINDOW: [7]}))
    assert answer(Verifier(TrustStore.open(tmp_path / "state", roots=ROOTS))) == REVOKED.name


def gone(folder: Path) -> None:
    os.rename(folder, folder.parent / "away")


def a_file_instead(folder: Path) -> None:
    gone(folder)
    folder.write_bytes(b"")


def a_folder_instead_of_the_list(folder: Path) -> None:
    """So that a file cannot be read, whoever runs the test."""
    shutil.copytree(folder, folder.parent / "away")
    TrustStore.open(folder, roots=ROOTS).update_revocation(make_delta(3, {WINDOW: [7, 9]}), now=NOW)
    (folder / LIST).unlink()
    (folder / LIST).mkdir()


@pytest.mark.parametrize(
    ("happens", "error"),
    [
        (gone, FileNotFoundError),
        (a_file_instead, NotADirectoryError),
        (a_folder_instead_of_the_list, IsADirectoryError),
    ],
)
def test_a_folder_that_cannot_be_read_is_as_good_as_no_list(
    happens: Callable[[Path], None], error: type[OSError], tmp_path: Path
) -> None:
    """Nobody knows what another program has written; once it can be read again, all is as it was."""
    folder = tmp_path / "state"
    running = revoked_at(folder)
    verifier = Verifier(running)
    happens(folder)
    for slot in (7, 8):
        assert answer(verifier, slot) == EXPIRED.name
    with pytest.raises(Refused) as caught:
        verifier.policy(now=NOW)
    assert caught.value.code is EXPIRED
    assert running.trust_list is None
    with pytest.raises(error):
        running.update_revocation(make_delta(4, {WINDOW: [7, 9]}), now=NOW)
    shutil.rmtree(folder) if folder.is_dir() else folder.unlink(missing_ok=True)
    os.rename(folder.parent / "away", folder)
    assert [answer(verifier, slot) for slot in (7, 8)] == [REVOKED.name, "accepted"]


@pytest.mark.parametrize("damage", [None, b"", b"damaged"], ids=repr)
@pytest.mark.parametrize(("what", "code"), [("trust-list.cbor", EXPIRED), (".delta.cbor", STALE)])
def test_a_newer_state_that_is_damaged_is_not_the_older_one(
    what: str, code: RefusalCode, damage: bytes | None, tmp_path: Path
) -> None:
    """The gate does not go on by what was overtaken, and nothing that was revoked is forgotten."""
    running = revoked_at(tmp_path)
    other = TrustStore.open(tmp_path, roots=ROOTS)
    other.update_trust_list(sign_trust_list(revoking_list(2)), now=NOW)
    other.update_revocation(make_delta(3, {WINDOW: [7, 9]}), now=NOW)
    path = next(each for each in tmp_path.rglob("*") if each.name.endswith(what))
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    for slot in (7, 8, 9):
        assert answer(Verifier(running), slot) == code.name
    if code is EXPIRED:
        running.update_trust_list(sign_trust_list(revoking_list(2)), now=NOW)
    with raises_one_of("rollback"):
        running.update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    running.update_revocation(make_delta(3, {WINDOW: [7, 9]}), now=NOW)
    for each in (running, TrustStore.open(tmp_path, roots=ROOTS)):
        assert [answer(Verifier(each), slot) for slot in (7, 8, 9)] == [REVOKED.name, "accepted", REVOKED.name]


def test_nothing_that_happens_to_the_folder_moves_a_floor_down(tmp_path: Path) -> None:
    running = open_store(tmp_path / "state", a_list(5))
    emptied(tmp_path / "state")
    open_store(tmp_path / "state", a_list(3))
    assert version_of(running) == 5
    with raises_one_of("rollback"):
        running.update_trust_list(a_list(4), now=NOW)
    running.update_trust_list(a_list(6), now=NOW)
    assert version_of(open_store(tmp_path / "state")) == version_of(running) == 6
    assert running.roots == root_set(0)
