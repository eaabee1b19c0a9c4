"""Filters from a folder, as `healthpass snapshot` writes them: what is asked for, and what may lie there instead."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.crypto.signer import sign_message
from healthpass.errors import RevocationRefused
from healthpass.formats import cose
from healthpass.formats.claim import DEVICE
from healthpass.formats.revocation import Snapshot, encode_snapshot
from healthpass.formats.window import Window
from healthpass.verifier import TrustStore, Verifier
from tests.making import ISSUER, NOW, WINDOW, assert_refused, make_claim, show
from tests.revoking import (
    REVOKER,
    Pieces,
    accepts,
    digest_of,
    filters_of,
    give,
    kept,
    make_snapshot,
    revoking_list,
    revoking_store,
)

OLD, NEW = {WINDOW: [1]}, {WINDOW: range(1, 30_000, 2)}
SNAPSHOT, PIECES = make_snapshot(2, NEW)
NAME = f"{digest_of(filters_of(NEW)[WINDOW.kid]).hex()}.filter"
WHOLE = filters_of(NEW)[WINDOW.kid]


def published(folder: Path, pieces: Pieces) -> Path:
    folder.mkdir()
    for digest, data in pieces.items():
        (folder / f"{digest}.filter").write_bytes(data)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    """Slot 1 is revoked."""
    store = revoking_store(tmp_path / "scanner")
    give(store, make_snapshot(1, OLD))
    return store


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder(kind: type[str] | type[Path], store: TrustStore, tmp_path: Path) -> None:
    out = published(tmp_path / "out", PIECES)
    store.update_revocation(SNAPSHOT, now=NOW, fetch=kind(out))
    for each in (store, revoking_store(tmp_path / "scanner")):
        assert_refused(Verifier(each), show(make_claim(29_999)), RefusalCode.REVOKED)
        assert accepts(Verifier(each), 2)


def test_only_what_has_changed_need_be_there(store: TrustStore, tmp_path: Path) -> None:
    out = published(tmp_path / "out", PIECES)
    for each in out.iterdir():
        if each.name != NAME:
            each.unlink()
    store.update_revocation(SNAPSHOT, now=NOW, fetch=out)
    (out / NAME).unlink()
    again, _ = make_snapshot(3, NEW)
    store.update_revocation(again, now=NOW, fetch=out)
    assert_refused(Verifier(store), show(make_claim(3)), RefusalCode.REVOKED)


def put(path: Path, what: str) -> None:
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "far too long":
        path.touch()
        os.truncate(path, 2**33)
    elif what != "nothing":
        data = {"cut": WHOLE[:-1], "longer": WHOLE + b"\0", "empty": b"", "altered": b"\0" + WHOLE[1:]}[what]
        path.write_bytes(data)


INSTEAD = {
    "nothing": "missing-filter",
    "a folder": "missing-filter",
    "cut": "digest",
    "longer": "digest",
    "far too long": "digest",
    "empty": "digest",
    "altered": "digest",
}


@pytest.mark.parametrize(("what", "code"), INSTEAD.items(), ids=INSTEAD)
def test_what_may_lie_there_instead(what: str, code: str, store: TrustStore, tmp_path: Path) -> None:
    out = published(tmp_path / "out", PIECES)
    put(out / NAME, what)
    before = kept(tmp_path / "scanner")
    tracemalloc.start()
    with pytest.raises(RevocationRefused) as caught:
        store.update_revocation(SNAPSHOT, now=NOW, fetch=out)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == code
    assert kept(tmp_path / "scanner") == before
    assert most < 1_000_000
    assert_refused(Verifier(store), show(make_claim(1)), RefusalCode.REVOKED)
    assert accepts(Verifier(store), 3)


def test_there_is_no_folder(store: TrustStore, tmp_path: Path) -> None:
    with pytest.raises(RevocationRefused) as caught:
        store.update_revocation(SNAPSHOT, now=NOW, fetch=tmp_path / "out")
    assert caught.value.code == "missing-filter"


def test_a_declared_length_takes_no_memory(tmp_path: Path) -> None:
    """4 MB are declared, and 20 bytes are there."""
    large = Window(b"kid0", ISSUER.public_key, WINDOW.valid_from, WINDOW.expires, 4**12, DEVICE, b"doc0")
    store = revoking_store(trust_list=revoking_list(windows=(large,), keys={REVOKER: (large,)}))
    named = {large.kid: (bytes(32), 4**11)}
    data = sign_message(REVOKER, cose.SNAPSHOT, encode_snapshot(Snapshot(1, NOW, NOW + 60, named)))
    (tmp_path / f"{bytes(32).hex()}.filter").write_bytes(bytes(20))
    tracemalloc.start()
    with pytest.raises(RevocationRefused) as caught:
        store.update_revocation(data, now=NOW, fetch=tmp_path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "digest"
    assert most < 1_000_000


def test_something_that_is_no_source_at_all(store: TrustStore, tmp_path: Path) -> None:
    before = kept(tmp_path / "scanner")
    with pytest.raises(TypeError, match=r"^fetch: a function, a str or a path or None, not an int$"):
        store.update_revocation(SNAPSHOT, now=NOW, fetch=7)  # type: ignore[arg-type]
    assert kept(tmp_path / "scanner") == before
