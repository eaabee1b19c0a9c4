"""Which document keys a scanner takes and keeps, in a folder, with others, and when the disk fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from healthpass import _files
from healthpass.authority import Registrar
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import BadInput
from healthpass.formats.trust_list import TrustList
from healthpass.trust.updates import MAX_FIRST_VERSION, MAX_VERSION_STEP
from healthpass.verifier import TrustStore
from tests.documents import (
    DOCUMENT_KEY,
    KEYS,
    NEXT_KEY,
    OTHER_REGISTRAR,
    OTHER_SCANNER,
    REGISTRAR,
    SCANNER,
    deliver,
    documents_list,
)
from tests.faults import ERROR, KINDS, QuickDisk, failing
from tests.making import DAY, NOW, ROOTS, STRANGER, files, sign_trust_list
from tests.raising import raises
from tests.trusting import FLOORS, GENERATION

BOTH_KEYS = {b"doc0": DOCUMENT_KEY, b"doc1": NEXT_KEY}
DELIVERED = "keys.cbor"


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "os", QuickDisk())


def open_store(folder: Path, trust_list: TrustList | None = None, now: int = NOW) -> TrustStore:
    store = TrustStore.open(folder, roots=ROOTS, sealing_key=SCANNER)
    if trust_list is not None:
        store.update_trust_list(sign_trust_list(trust_list), now=now)
    return store


def keys_of(store: TrustStore) -> list[bytes | None]:
    return [store.document_key(key_id) for key_id in (b"doc0", b"doc1")]


OLD, BOTH, NEW = [DOCUMENT_KEY, None], [DOCUMENT_KEY, NEXT_KEY], [None, NEXT_KEY]


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    """A scanner that believes two registrars, and has version 5 by the first."""
    store = open_store(tmp_path, documents_list())
    store.update_document_keys(deliver(5), now=NOW)
    return store


def kept(folder: Path) -> dict[str, bytes]:
    """What is in the files of the folder and of those beneath it."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def assert_refused(store: TrustStore, folder: Path, data: bytes, code: str, now: int = NOW) -> None:
    """With that code; keys and files are as before."""
    before = keys_of(store), kept(folder)
    with pytest.raises(BadInput) as caught:
        store.update_document_keys(data, now=now)
    assert caught.value.code == code
    assert (keys_of(store), kept(folder)) == before


def test_what_is_kept(store: TrustStore, tmp_path: Path) -> None:
    """As it came, sealed: the disk alone gives nobody a key."""
    folder = tmp_path / "documents"
    assert files(folder).keys() == {DELIVERED}
    assert all(os.stat(folder / name).st_mode & 0o077 == 0 for name in files(folder))
    assert not any(DOCUMENT_KEY in content for content in (*files(folder).values(), *files(tmp_path).values()))
    before = files(folder)
    assert keys_of(open_store(tmp_path)) == OLD
    assert keys_of(TrustStore.open(tmp_path, roots=ROOTS, sealing_key=OTHER_SCANNER)) == [None, None]
    assert keys_of(TrustStore.open(tmp_path, roots=ROOTS)) == [None, None]
    assert files(folder) == before


def test_without_a_folder() -> None:
    store = TrustStore(ROOTS, sealing_key=SCANNER)
    store.update_trust_list(sign_trust_list(documents_list()), now=NOW)
    store.update_document_keys(deliver(), now=NOW)
    assert keys_of(store) == OLD
    assert store.document_key(None) is None


def test_rotation(store: TrustStore, tmp_path: Path) -> None:
    """Old and new together while windows name either; then the new one alone."""
    store.update_document_keys(deliver(6, BOTH_KEYS), now=NOW)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == BOTH
    store.update_document_keys(deliver(7, {b"doc1": NEXT_KEY}), now=NOW)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == NEW
    assert_refused(store, tmp_path, deliver(6, BOTH_KEYS), "rollback")


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    store, data = open_store(tmp_path, documents_list()), deliver(5)
    store.update_document_keys(data, now=NOW)
    before = files(tmp_path / "documents")
    for each in (store, open_store(tmp_path)):
        each.update_document_keys(data, now=NOW)
    assert files(tmp_path / "documents") == before
    assert keys_of(store) == OLD


EARLIER = NOW - 1
BAD = {
    "nobody's": (deliver(6, registrar=Registrar(STRANGER)), "not-a-registrar", NOW),
    "an altered signature": (deliver(6)[:-1] + b"\x00\x00", "malformed", NOW),
    "for another": (deliver(6, recipient=OTHER_SCANNER), "other-recipient", NOW),
    "older": (deliver(4), "rollback", NOW),
    "same version, sealed again": (deliver(5), "rollback", NOW),
    "newer version, issued earlier": (deliver(6, now=EARLIER), "rollback", NOW),
    "by the other registrar, issued earlier": (deliver(9, registrar=OTHER_REGISTRAR, now=EARLIER), "rollback", NOW),
    "a jump": (deliver(6 + MAX_VERSION_STEP), "version-step", NOW),
    "a first version without room above": (
        deliver(MAX_FIRST_VERSION + 1, registrar=OTHER_REGISTRAR),
        "version-step",
        NOW,
    ),
    "from the future": (deliver(6, now=NOW + 61), "from-the-future", NOW),
    "expired": (deliver(6, lifetime=60), "expired", NOW + 60),
    "a clock behind the last one": (deliver(6), "clock-behind", NOW - 61),
    "nothing": (b"", "malformed", NOW),
    "a trust list": (sign_trust_list(documents_list(2)), "malformed", NOW),
}


@pytest.mark.parametrize(("data", "code", "now"), BAD.values(), ids=BAD)
def test_refused_and_the_next_honest_one_is_taken(
    data: bytes, code: str, now: int, store: TrustStore, tmp_path: Path
) -> None:
    for each in (store, open_store(tmp_path)):
        assert_refused(each, tmp_path, data, code, now)
        assert keys_of(each) == OLD
    store.update_document_keys(deliver(6, BOTH_KEYS), now=NOW)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == BOTH


def test_without_a_trust_list_or_a_sealing_key(tmp_path: Path) -> None:
    assert_refused(open_store(tmp_path), tmp_path, deliver(), "no-trust-list")
    plain = TrustStore(ROOTS)
    plain.update_trust_list(sign_trust_list(documents_list()), now=NOW)
    with pytest.raises(BadInput) as caught:
        plain.update_document_keys(deliver(), now=NOW)
    assert caught.value.code == "sealing-key-required"
    assert plain.document_key(b"doc0") is None


def test_a_clock_behind_the_trust_list(tmp_path: Path) -> None:
    long_ago = NOW - 365 * DAY
    store = open_store(tmp_path, documents_list())
    assert_refused(store, tmp_path, deliver(now=long_ago), "clock-behind", long_ago)


def test_a_delivery_that_is_over_still_serves_the_windows_that_name_it(tmp_path: Path) -> None:
    """It says when it may be taken, not until when its keys are good: the trust list's windows say that."""
    store = open_store(tmp_path, documents_list())
    data = deliver(5, lifetime=60)
    store.update_document_keys(data, now=NOW + 59)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD
    store.update_trust_list(sign_trust_list(documents_list(2, issued=NOW + DAY)), now=NOW + DAY)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD
    assert_refused(store, tmp_path, data, "expired", NOW + DAY)


# ---- Registrars come and go ---------------------------------------------------------------------------------------


def test_a_removed_registrars_keys_are_used_no_more(store: TrustStore, tmp_path: Path) -> None:
    """Who has stolen its key may have given scanners a document key under which an impostor fits."""
    store.update_trust_list(sign_trust_list(documents_list(2, OTHER_REGISTRAR, issued=NOW)), now=NOW)
    for each in (store, open_store(tmp_path)):
        assert keys_of(each) == [None, None]
        assert_refused(each, tmp_path, deliver(6), "not-a-registrar")
    store.update_document_keys(deliver(1, registrar=OTHER_REGISTRAR), now=NOW)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD


def test_a_removed_registrars_floor_goes_with_it(tmp_path: Path) -> None:
    """It had signed far ahead of time, as far as the skew lets it; the one that stays is not held to that."""
    store = open_store(tmp_path, documents_list())
    store.update_document_keys(deliver(MAX_FIRST_VERSION, now=NOW + 60), now=NOW)
    assert_refused(store, tmp_path, deliver(1, registrar=OTHER_REGISTRAR), "rollback")
    store.update_trust_list(sign_trust_list(documents_list(2, OTHER_REGISTRAR, issued=NOW)), now=NOW)
    for version, each in enumerate((open_store(tmp_path), store), 1):
        each.update_document_keys(deliver(version, {b"doc1": NEXT_KEY}, registrar=OTHER_REGISTRAR), now=NOW)
        assert keys_of(each) == NEW


def test_one_who_comes_back_finds_its_delivery_where_it_was(store: TrustStore, tmp_path: Path) -> None:
    store.update_trust_list(sign_trust_list(documents_list(2, OTHER_REGISTRAR, issued=NOW)), now=NOW)
    store.update_trust_list(sign_trust_list(documents_list(3, REGISTRAR, issued=NOW)), now=NOW)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD


def test_an_old_list_whose_grace_is_over_does_not_lose_the_keys(store: TrustStore, tmp_path: Path) -> None:
    """Step 2 of verification refuses then; the keys are there again with the next list."""
    late = NOW + 30 * DAY
    store.update_trust_list(sign_trust_list(documents_list(2, issued=late, expires=late + DAY)), now=late)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD


# ---- Damage, and other programs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [None, b"", b"damaged", b"\xff" * 4000], ids=["gone", "empty", "other", "long"])
@pytest.mark.parametrize("lost", [f"documents/{DELIVERED}", FLOORS, GENERATION])
def test_a_damaged_file(lost: str, damage: bytes | None, tmp_path: Path) -> None:
    data = deliver(5)
    open_store(tmp_path, documents_list()).update_document_keys(data, now=NOW)
    path = tmp_path / lost
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    store = open_store(tmp_path)
    assert keys_of(store) == ([None, None] if DELIVERED in lost else OLD)
    assert_refused(store, tmp_path, deliver(4), "rollback")
    store.update_document_keys(data, now=NOW)
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD
    assert_refused(open_store(tmp_path), tmp_path, deliver(4), "rollback")


def test_every_bit_of_what_is_stored(tmp_path: Path) -> None:
    open_store(tmp_path, documents_list()).update_document_keys(deliver(5), now=NOW)
    path = tmp_path / "documents" / DELIVERED
    data = path.read_bytes()
    for at in range(0, len(data), 3):
        path.write_bytes(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :])
        assert keys_of(open_store(tmp_path)) == [None, None]
    path.write_bytes(data)
    assert keys_of(open_store(tmp_path)) == OLD


def test_the_other_programs_delivery_is_not_undone(store: TrustStore, tmp_path: Path) -> None:
    other = open_store(tmp_path)
    other.update_document_keys(deliver(7, BOTH_KEYS), now=NOW)
    with pytest.raises(BadInput) as caught:
        store.update_document_keys(deliver(6), now=NOW)
    assert caught.value.code == "rollback"
    assert keys_of(store) == keys_of(open_store(tmp_path)) == BOTH
    store.update_document_keys(deliver(8, {b"doc1": NEXT_KEY}), now=NOW)
    other.update_document_keys(deliver(9, BOTH_KEYS), now=NOW)
    assert keys_of(other) == keys_of(open_store(tmp_path)) == BOTH


def test_a_trust_list_by_the_other_program(store: TrustStore, tmp_path: Path) -> None:
    other = open_store(tmp_path)
    other.update_trust_list(sign_trust_list(documents_list(2, OTHER_REGISTRAR, issued=NOW)), now=NOW)
    with pytest.raises(BadInput) as caught:
        store.update_document_keys(deliver(6), now=NOW)
    assert caught.value.code == "not-a-registrar"
    assert keys_of(store) == [None, None]


def test_an_older_copy_put_back_under_a_running_program(tmp_path: Path) -> None:
    store = open_store(tmp_path, documents_list())
    store.update_document_keys(deliver(4, {b"doc1": NEXT_KEY}), now=NOW)
    backup = files(tmp_path / "documents")
    newest = deliver(5)
    store.update_document_keys(newest, now=NOW)
    for name, content in backup.items():
        (tmp_path / "documents" / name).write_bytes(content)
    with raises(BadInput, "rollback", "a newer one was accepted before; fetch the newest"):
        store.update_document_keys(deliver(4), now=NOW)
    assert keys_of(store) == OLD
    store.update_document_keys(newest, now=NOW)  # the same again, and the disk has it again
    assert keys_of(store) == keys_of(open_store(tmp_path)) == OLD


def test_the_folder_cannot_be_made(tmp_path: Path) -> None:
    store = open_store(tmp_path, documents_list())
    (tmp_path / "documents").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        store.update_document_keys(deliver(), now=NOW)
    with pytest.raises(NotADirectoryError):
        open_store(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [True, False], ids=["the first delivery", "another delivery"])
def test_at_every_operation(first: bool, kind: str, tmp_path: Path) -> None:
    """The power goes or the disk fails: old keys or new ones, never older ones, and the update can be made again."""
    update, old = deliver(6, BOTH_KEYS), [None, None] if first else OLD
    before = open_store(tmp_path / "before", documents_list())
    if not first:
        before.update_document_keys(deliver(5), now=NOW)
    seen = []
    for at in range(60):
        folder = tmp_path / str(at)
        shutil.copytree(tmp_path / "before", folder)
        store = open_store(folder)
        with failing(folder, kind, at) as disk:
            store.update_document_keys(update, now=NOW)
        if not disk.happened:
            break
        assert keys_of(store) in (old, BOTH)  # the new ones: only the last file's folder was not synced
        again = open_store(folder)
        assert keys_of(again) in (old, BOTH)
        seen.append(keys_of(again))
        if not first:
            assert_refused(again, folder, deliver(4), "rollback")
        again.update_document_keys(update, now=NOW)
        assert keys_of(again) == keys_of(open_store(folder)) == BOTH
        if kind == ERROR:  # the program that has seen the error goes on
            store.update_document_keys(deliver(7, {b"doc1": NEXT_KEY}), now=NOW)
            assert keys_of(store) == keys_of(open_store(folder)) == NEW
    assert at > 5
    assert old in seen
    assert BOTH in seen
    assert keys_of(store) == keys_of(open_store(folder)) == BOTH


def test_errors_say_nothing_of_the_keys(store: TrustStore) -> None:
    for data, _, now in BAD.values():
        with pytest.raises(BadInput) as caught:
            store.update_document_keys(data, now=now)
        assert DOCUMENT_KEY.hex() not in repr(caught.value)
    assert KEYS[b"doc0"].hex() not in repr(store.state().documents) + repr(SCANNER)


@pytest.mark.parametrize(
    ("update", "sentence"),
    [
        ("update_trust_list", "a message of another type, or with other headers"),
        ("update_document_keys", "not a COSE_Sign1"),
    ],
)
def test_what_the_other_program_took_is_seen_with_the_next_update(
    update: str, store: TrustStore, tmp_path: Path, sentence: str
) -> None:
    """Also with one that is refused: it is what the other has accepted, not what is refused here, that counts."""
    open_store(tmp_path).update_document_keys(deliver(7, {b"doc0": NEXT_KEY}), now=NOW)
    with raises(BadInput, "malformed", sentence):
        getattr(store, update)(b"nothing", now=NOW)
    assert store.document_key(b"doc0") == NEXT_KEY


def test_a_sealing_key_that_was_erased(tmp_path: Path) -> None:
    open_store(tmp_path, documents_list()).update_document_keys(deliver(), now=NOW)
    key = SealingKey(SCANNER.secret)
    key.erase()
    store = TrustStore.open(tmp_path, roots=ROOTS, sealing_key=key)
    assert store.trust_list is not None
    assert keys_of(store) == [None, None]
