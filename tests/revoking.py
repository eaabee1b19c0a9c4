"""Snapshots, deltas and filters for tests of revocation, from fixed seeds, as `tests.making` is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from healthpass.crypto import ed25519
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import BadInput
from healthpass.formats import cose
from healthpass.formats.revocation.builder import build_filter
from healthpass.formats.revocation.messages import Delta, Snapshot, encode_delta, encode_snapshot
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.verifier import TrustStore, Verifier
from healthpass.verifier.revocation_stream import Stream
from tests.making import (
    DAY,
    NOW,
    ROOTS,
    TOMORROW,
    WINDOW,
    files,
    make_trust_list,
    show_own,
    sign_trust_list,
    signer,
)
from tests.placing import REGISTRAR, everywhere, make_place

REVOKER = signer(40)
OTHER_REVOKER = signer(41)
CAPACITY = WINDOW.capacity
NO_SLOTS: Mapping[Window, Iterable[int]] = {WINDOW: (), TOMORROW: ()}
"""What a snapshot says where a test says nothing."""


class Pieces(dict[str, bytes]):
    """Filters by digest, as a publisher has them. Keeps account of what was asked for."""

    def __init__(self, *filters: bytes) -> None:
        super().__init__({digest_of(each).hex(): each for each in filters})
        self.asked: list[str] = []

    def __call__(self, digest: str) -> bytes:
        self.asked.append(digest)
        return self[digest]


def digest_of(data: bytes) -> bytes:
    """As a snapshot names a filter."""
    return ed25519.sha512(data)[:32]


def revoking_list(version: int = 1, keys: Mapping[Signer, Iterable[Window]] | None = None, **more: Any) -> TrustList:
    """The content of a trust list whose windows are all the one revocation key's."""
    keys = {REVOKER: (WINDOW, TOMORROW)} if keys is None else keys
    named = {key.public_key: tuple(sorted(window.kid for window in windows)) for key, windows in keys.items()}
    return make_trust_list(version, revocation_keys=named, **more)


def lenient_list(version: int = 1, keys: Mapping[Signer, Iterable[Window]] | None = None, **more: Any) -> TrustList:
    """Such a list whose rules ask for no documents, for tests of what a pass is worth that is bound to one."""
    terms = {"policy": everywhere(audience=False), "registrar_keys": (REGISTRAR.public_key,)}
    return revoking_list(version, keys, **terms, **more)


def lenient(store: TrustStore) -> Verifier:
    """A scanner under such rules, at a place that nothing is made for."""
    return Verifier(store, place=make_place(place_id="f" * 16, issued=NOW - DAY, expires=NOW + 29 * DAY))


def filters_of(revoked: Mapping[Window, Iterable[int]]) -> dict[bytes, bytes]:
    """The filter of each kid."""
    return {window.kid: build_filter(window.capacity, slots) for window, slots in revoked.items()}


def sign_snapshot(
    filters: Mapping[bytes, bytes],
    version: int = 1,
    issued: int = NOW - 60,
    expires: int = NOW + DAY,
    by: Signer = REVOKER,
) -> bytes:
    """A snapshot that names these filters, whatever they are."""
    named = {kid: (digest_of(data), len(data)) for kid, data in filters.items()}
    return sign_message(by, cose.SNAPSHOT, encode_snapshot(Snapshot(version, issued, expires, named)))


def make_snapshot(
    version: int = 1, revoked: Mapping[Window, Iterable[int]] | None = None, **more: Any
) -> tuple[bytes, Pieces]:
    """A snapshot and its filters; windows that are not named have nothing revoked."""
    filters = filters_of({**NO_SLOTS, **(revoked or {})})
    return sign_snapshot(filters, version, **more), Pieces(*filters.values())


def make_delta(
    version: int = 2,
    revoked: Mapping[Window, Iterable[int]] | None = None,
    base: int = 1,
    issued: int = NOW - 60,
    expires: int = NOW + DAY,
    by: Signer = REVOKER,
) -> bytes:
    """A delta upon a snapshot."""
    slots = {w.kid: b"".join(slot.to_bytes(4, "big") for slot in sorted(each)) for w, each in (revoked or {}).items()}
    return sign_message(by, cose.DELTA, encode_delta(Delta(version, issued, expires, base, slots)))


def give(store: TrustStore, snapshot: tuple[bytes, Pieces], now: int = NOW) -> None:
    """A snapshot with its filters."""
    store.update_revocation(snapshot[0], now=now, fetch=snapshot[1])


def revoking_store(folder: Path | None = None, trust_list: TrustList | None = None, now: int = NOW) -> TrustStore:
    """A store, in memory unless there is a folder, that holds a list which names the revocation key."""
    store = TrustStore(ROOTS) if folder is None else TrustStore.open(folder, roots=ROOTS)
    store.update_trust_list(sign_trust_list(trust_list or revoking_list()), now=now)
    return store


def revoking_verifier(
    revoked: Mapping[Window, Iterable[int]] | None = None, delta: bytes | None = None, **more: Any
) -> Verifier:
    """A scanner with a snapshot and perhaps a delta, whose rules ask for no documents."""
    store = revoking_store(trust_list=lenient_list(**more))
    give(store, make_snapshot(1, revoked))
    if delta is not None:
        store.update_revocation(delta, now=NOW)
    return lenient(store)


def streams_of(store: TrustStore) -> Mapping[bytes, Stream]:
    """What the store has of each revocation key."""
    revocation = store.state().revocation
    assert revocation is not None
    return revocation.streams


def stream_of(store: TrustStore) -> Stream:
    """What it has of the one revocation key."""
    return streams_of(store)[REVOKER.public_key]


def stored(folder: Path, revoked: dict[Window, range | list[int]] | None = None, delta: bytes | None = None) -> None:
    store = revoking_store(folder)
    give(store, make_snapshot(1, revoked))
    if delta is not None:
        store.update_revocation(delta, now=NOW)


def again(folder: Path) -> Verifier:
    """The scanner after a reboot."""
    return Verifier(revoking_store(folder))


def accepts(verifier: Verifier, slot: int = 1, now: int = NOW) -> bool:
    return verifier.verify(show_own(slot, now // 15 * 15), now=now).stale == 0


def kept(folder: Path | None) -> dict[str, bytes]:
    """What the store has on its disk, by name."""
    if folder is None:
        return {}
    below = folder / "revocation"
    return {**files_of(folder), **(files(below) if below.exists() else {})}


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of the store itself."""
    return {f"/{each.name}": each.read_bytes() for each in folder.iterdir() if each.is_file()}


def assert_update_refused(
    store: TrustStore,
    data: bytes,
    code: str,
    folder: Path | None = None,
    now: int = NOW,
    fetch: Callable[[str], bytes] | None = None,
) -> None:
    """It is refused with this code, and the files are as they were."""
    before = kept(folder)
    with pytest.raises(BadInput) as caught:
        store.update_revocation(data, now=now, fetch=fetch)
    assert caught.value.code == code
    assert kept(folder) == before
