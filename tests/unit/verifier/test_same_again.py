"""What comes again, as updaters bring it all day, is known by its digest: nothing in it is opened or compared."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from healthpass.verifier import TrustStore
from tests.making import DAY, NOW, ROOTS, WINDOW, make_trust_list, sign_trust_list
from tests.placing import RISK_OFFICE, make_area_table
from tests.raising import raises_one_of
from tests.revoking import REVOKER, Pieces, make_delta, make_snapshot, revoking_list

LIST = sign_trust_list(
    make_trust_list(revocation_keys=revoking_list().revocation_keys, risk_keys=(RISK_OFFICE.public_key,))
)
SNAPSHOT, PIECES = make_snapshot(1, {WINDOW: range(100, 9000, 2)})
DELTA = make_delta(2, {WINDOW: range(1, 9000, 2)})
TABLE = make_area_table(high=range(500))
OPENING = {
    *("parse_trust_list", "parse_area_table", "parse_snapshot", "parse_delta", "decode", "decode_sign", "decode_sign1"),
    *("verify", "is_ascending", "unpacked", "includes", "are_apart", "covers", "lists", "check_filter", "collect"),
}


def take(store: TrustStore, what: str, now: int = NOW) -> None:
    updates: dict[str, Callable[[], None]] = {
        "list": lambda: store.update_trust_list(LIST, now=now),
        "table": lambda: store.update_area_table(TABLE, now=now),
        "snapshot": lambda: store.update_revocation(SNAPSHOT, now=now, fetch=Pieces()),
        "delta": lambda: store.update_revocation(DELTA, now=now),
    }
    updates[what]()


@pytest.fixture(params=["memory", "folder", "reopened"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TrustStore:
    """A store that has all four."""
    folder = None if request.param == "memory" else str(tmp_path)
    store = TrustStore(ROOTS, folder)
    take(store, "list")
    take(store, "table")
    store.update_revocation(SNAPSHOT, now=NOW, fetch=PIECES)
    take(store, "delta")
    return TrustStore(ROOTS, folder) if request.param == "reopened" else store


def called(act: Callable[[], None]) -> set[str]:
    """The names of the functions of ours that run."""
    names: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and "healthpass" in frame.f_code.co_filename:
            names.add(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return names


@pytest.mark.parametrize("what", ["list", "table", "snapshot", "delta"])
def test_nothing_is_opened(what: str, store: TrustStore) -> None:
    before = store.state()
    assert not called(lambda: take(store, what)) & OPENING
    assert store.state().mark == before.mark
    assert store.state().floors.roots == before.floors.roots


def test_what_is_new_is_opened() -> None:
    """So the names above are those that matter."""
    store = TrustStore(ROOTS)
    found = called(lambda: take(store, "list")) | called(lambda: take(store, "table"))
    found |= called(lambda: store.update_revocation(SNAPSHOT, now=NOW, fetch=PIECES))
    found |= called(lambda: take(store, "delta"))
    found |= called(lambda: store.update_revocation(make_delta(3, {WINDOW: range(1, 9002, 2)}), now=NOW))
    snapshot, pieces = make_snapshot(4, {WINDOW: range(9002)})
    found |= called(lambda: store.update_revocation(snapshot, now=NOW, fetch=pieces))
    assert found >= OPENING


@pytest.mark.parametrize("what", ["list", "table", "snapshot", "delta"])
def test_the_clock_is_still_compared(what: str, store: TrustStore) -> None:
    """It says "expired" or "clock-behind" as it would of another one."""
    with raises_one_of("expired"):
        take(store, what, NOW + 60 * DAY)
    with raises_one_of("clock-behind"):
        take(store, what, NOW - DAY)


def test_after_a_newer_one_it_is_an_older_one(store: TrustStore) -> None:
    store.update_revocation(make_delta(3, {WINDOW: range(1, 9002, 2)}), now=NOW)
    with raises_one_of("rollback"):
        take(store, "delta")
    revocation = store.state().revocation
    assert revocation is not None
    assert revocation.streams[REVOKER.public_key].floor.version == 3
