"""One file of a scanner's state is damaged, or any two: nothing older is believed, nothing revoked is forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from healthpass import RefusalCode, Refused, _files
from healthpass.verifier import TrustStore, Verifier
from tests.documents import DOCUMENT_KEY, NEXT_KEY, REGISTRAR, SCANNER, deliver
from tests.faults import QuickDisk
from tests.making import NOW, TOMORROW, WINDOW, make_claim, show
from tests.raising import raises_one_of
from tests.revoking import REVOKER, give, make_delta, make_snapshot
from tests.trusting import OFFICE, a_list, a_rotation, a_table, follow, root_set

NAMES: dict[str, Any] = {
    "risk_keys": (OFFICE.public_key,),
    "registrar_keys": (REGISTRAR.public_key,),
    "revocation_keys": {REVOKER.public_key: tuple(sorted((WINDOW.kid, TOMORROW.kid)))},
}
MANY = range(1000, 6000, 2)
"""Always revoked."""
REVOKED_THEN = (1000, 7)
"""By the older snapshot and the older delta."""
REVOKED = (*REVOKED_THEN, 9, 11)
"""By the newer ones too, which are in force."""
HONEST = 20
WAY = [a_list(1, **NAMES), a_rotation(2, 0, 1, **NAMES), a_list(3, by=1, **NAMES), a_rotation(4, 1, 2, **NAMES)]
SNAPSHOTS = {
    1: make_snapshot(1, {WINDOW: MANY}),
    3: make_snapshot(3, {WINDOW: [*MANY, 7, 9]}),
    5: make_snapshot(5, {WINDOW: [*MANY, 7, 9, 11]}),
}
DELTAS = {2: make_delta(2, {WINDOW: [7]}), 4: make_delta(4, {WINDOW: [11]}, 3)}
KEYS = {version: deliver(version, {b"doc0": NEXT_KEY if version == 1 else DOCUMENT_KEY}) for version in (1, 2, 3)}
TABLES = {version: a_table(version) for version in (1, 2, 3)}
OLDER_LIST, NEWER_LIST = a_list(3, by=2, **NAMES), a_list(5, by=2, **NAMES)
TEXTS = {slot: show(make_claim(slot)) for slot in (*REVOKED, HONEST, 13)}


def open_store(folder: Path) -> TrustStore:
    return TrustStore.open(folder, roots=root_set(0), sealing_key=SCANNER)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The folder of a scanner, and what the same folder was before: of every file there is an older version."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_files, "os", QuickDisk())
        newest, older = (tmp_path_factory.mktemp(name) for name in ("newest", "older"))
        shutil.rmtree(older)
        store = open_store(newest)
        for version, lists in enumerate((WAY[:2], WAY[2:])):
            if version:
                shutil.copytree(newest, older)
            for data in lists:
                store.update_trust_list(data, now=NOW)
            store.update_area_table(TABLES[1 + version], now=NOW)
            give(store, SNAPSHOTS[1 + 2 * version])
            store.update_revocation(DELTAS[2 + 2 * version], now=NOW)
            store.update_document_keys(KEYS[1 + version], now=NOW)
        yield newest, older


REFUSALS = ("rollback", "threshold", "no-trust-list")
"""Of what is older: by its floor, by the roots of today, or because there is no list to believe it by."""
KINDS = ("missing", "empty", "cut", "a bit", "older")
BOTH_KINDS = [
    *((kind, kind) for kind in KINDS),
    *((one, "older") for one in ("missing", "a bit")),
    *(("older", other) for other in ("missing", "a bit")),
]
"""Of two files: both alike, or an older version beside one that is lost."""
FILES = (
    *("trust-list.cbor", "rotations.cbor", "area-table.cbor", "floors.txt", "generation.txt"),
    *("snapshot", "delta", "filter", "documents/keys.cbor"),
)


def path_of(folder: Path, name: str) -> Path:
    """Of the file; of the filters the large one."""
    if name in ("snapshot", "delta"):
        return folder / "revocation" / f"{REVOKER.public_key.hex()[:16]}.{name}.cbor"
    if name == "filter":
        return max((folder / "revocation").glob("*.filter"), key=lambda path: path.stat().st_size)
    return folder / name


def damage(folder: Path, older: Path, name: str, kind: str) -> None:
    path = path_of(folder, name)
    data = path.read_bytes()
    middle = len(data) // 2
    path.unlink()
    if kind == "older":
        path.write_bytes(path_of(older, name).read_bytes())
    elif kind != "missing":
        flipped = data[:middle] + bytes((data[middle] ^ 16,)) + data[middle + 1 :]
        path.write_bytes({"empty": b"", "cut": data[: middle + 3], "a bit": flipped}[kind])


def answer(store: TrustStore, slot: int) -> str:
    try:
        Verifier(store).verify(TEXTS[slot], now=NOW)
    except Refused as refused:
        return refused.code.name
    return "accepted"


def assert_nothing_older(store: TrustStore) -> None:
    """What is in force is the newest, or nothing."""
    state = store.state()
    assert state.trust_list is None or state.trust_list.version == 4
    table = store.area_table(NOW)
    assert table is None or table.version == 2
    assert store.document_key(b"doc0") in (None, DOCUMENT_KEY)
    for slot in REVOKED:
        assert answer(store, slot) in ("REVOKED", "REVOCATION_DATA_STALE", "TRUST_LIST_EXPIRED")


def assert_older_is_refused(store: TrustStore) -> None:
    """Also where it comes signed, from whoever has kept it."""
    offers = [
        (store.update_trust_list, OLDER_LIST),
        (store.update_area_table, TABLES[1]),
        (store.update_document_keys, KEYS[1]),
        (store.update_revocation, DELTAS[2]),
    ]
    for update, data in offers:
        with raises_one_of(*REFUSALS):
            update(data, now=NOW)
    with raises_one_of(*REFUSALS):
        give(store, SNAPSHOTS[1])
    assert_nothing_older(store)


def assert_healed_by_what_is_newer(folder: Path) -> None:
    store = open_store(folder)
    follow(store, [*WAY, NEWER_LIST])
    store.update_area_table(TABLES[3], now=NOW)
    give(store, SNAPSHOTS[5])
    store.update_document_keys(KEYS[3], now=NOW)
    for each in (store, open_store(folder)):
        assert [answer(each, slot) for slot in REVOKED] == ["REVOKED"] * len(REVOKED)
        assert answer(each, HONEST) == "accepted"
        assert each.state().trust_list is not None
        assert each.area_table(NOW) is not None
        assert each.document_key(b"doc0") == DOCUMENT_KEY


def assert_withstood(states: tuple[Path, Path], folder: Path, *damages: tuple[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(states[0], folder)
    running = open_store(folder)
    for name, kind in damages:
        damage(folder, states[1], name, kind)
    for store in (running, open_store(folder)):
        assert_nothing_older(store)
    assert_older_is_refused(store)
    assert_healed_by_what_is_newer(folder)
    assert [answer(running, slot) for slot in REVOKED] == ["REVOKED"] * len(REVOKED)
    assert answer(running, HONEST) == "accepted"


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "os", QuickDisk())


def test_nothing_is_damaged(states: tuple[Path, Path], tmp_path: Path) -> None:
    store = open_store(shutil.copytree(states[0], tmp_path / "state"))
    assert [answer(store, slot) for slot in REVOKED] == ["REVOKED"] * len(REVOKED)
    assert answer(store, HONEST) == "accepted"
    older = open_store(shutil.copytree(states[1], tmp_path / "older"))
    assert [answer(older, slot) for slot in REVOKED_THEN] == ["REVOKED"] * len(REVOKED_THEN)
    assert answer(older, 9) == "accepted", "so an older state that was believed would be seen"


@pytest.mark.parametrize("name", FILES)
def test_one_file(name: str, states: tuple[Path, Path], tmp_path: Path) -> None:
    for kind in KINDS:
        assert_withstood(states, tmp_path / "state", (name, kind))


@pytest.mark.parametrize(("one", "other"), list(combinations(FILES, 2)))
def test_two_files(one: str, other: str, states: tuple[Path, Path], tmp_path: Path) -> None:
    for kinds in BOTH_KINDS:
        assert_withstood(states, tmp_path / "state", (one, kinds[0]), (other, kinds[1]))


@pytest.mark.parametrize("kind", KINDS)
def test_without_floors_revocation_waits_for_something_newer(
    kind: str, states: tuple[Path, Path], tmp_path: Path
) -> None:
    """The newest that is here may not be the newest that was accepted. Offered again it changes nothing."""
    folder = shutil.copytree(states[0], tmp_path / "state")
    for name in ("floors.txt", "generation.txt"):
        damage(folder, states[1], name, "missing" if kind == "older" else kind)
    for _ in range(2):
        store = open_store(folder)
        give(store, SNAPSHOTS[3])
        store.update_revocation(DELTAS[4], now=NOW)
        assert [answer(store, slot) for slot in (*REVOKED, HONEST)] == [RefusalCode.REVOCATION_DATA_STALE.name] * 5
    store.update_revocation(make_delta(5, {WINDOW: [11, 13]}, 3), now=NOW)
    for each in (store, open_store(folder)):
        assert [answer(each, slot) for slot in (*REVOKED, 13)] == ["REVOKED"] * 5
        assert answer(each, HONEST) == "accepted"


@pytest.mark.parametrize("list_too", [False, True])
def test_a_delta_that_is_lost_with_the_floors_is_not_taken_for_none(
    list_too: bool, states: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(states[0], tmp_path / "state")
    for name in ("floors.txt", "generation.txt", "delta", *["trust-list.cbor"] * list_too):
        damage(folder, states[1], name, "missing")
    for _ in range(2):  # nothing that an opening writes lets it forget
        store = open_store(folder)
    follow(store, WAY)
    give(store, SNAPSHOTS[3])
    for each in (store, open_store(folder)):
        assert answer(each, 11) == answer(each, HONEST) == RefusalCode.REVOCATION_DATA_STALE.name
    store.update_revocation(DELTAS[4], now=NOW)
    for each in (store, open_store(folder)):
        assert answer(each, 11) == "REVOKED"
        assert answer(each, HONEST) == "accepted"
