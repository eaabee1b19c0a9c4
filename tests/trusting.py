"""Trust lists under changing roots, area tables, and stores that refuse them: what the tests of trust are made of.

There are many sets of roots, numbered from 0; each has three keys of which two must sign, unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from healthpass.authority import RiskOffice
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import BadInput
from healthpass.formats.window import RootSet
from healthpass.verifier import TrustStore
from tests.making import NOW, files, make_trust_list, sign_trust_list, signer

LIST, ROTATIONS, AREAS = "trust-list.cbor", "rotations.cbor", "area-table.cbor"
FLOORS, GENERATION = "floors.txt", "generation.txt"
OFFICE, OTHER_OFFICE = RiskOffice(signer(191)), RiskOffice(signer(192))


def root_signers(number: int) -> list[SoftwareSigner]:
    """The three keys of that set of roots."""
    return [signer(1000 + 3 * number + n) for n in range(3)]


def root_set(number: int, threshold: int = 2) -> RootSet:
    return RootSet(threshold, tuple(each.public_key for each in root_signers(number)))


def a_list(version: int, by: int = 0, **more: Any) -> bytes:
    """A plain list, signed by two roots of the set that it names."""
    content = make_trust_list(version, roots=root_set(by), **{"issued": NOW - 60 + version, **more})
    return sign_trust_list(content, root_signers(by)[:2])


def a_rotation(version: int, old: int, new: int, **more: Any) -> bytes:
    """A list by which the roots of set `new` follow those of set `old`, signed by two of each."""
    content = make_trust_list(version, roots=root_set(new), **{"issued": NOW - 60 + version, **more})
    return sign_trust_list(content, [*root_signers(old)[:2], *root_signers(new)[:2]])


def with_offices(version: int, *offices: RiskOffice, **more: Any) -> bytes:
    """A plain list that names these risk offices."""
    return a_list(version, risk_keys=tuple(sorted(office.public_key for office in offices)), **more)


def a_table(version: int, office: RiskOffice = OFFICE, now: int = NOW, **more: Any) -> bytes:
    """An area table in which area 7 is of high risk."""
    return office.publish(version, now=now, **{"high": [7], **more})


def open_store(folder: Path, *lists: bytes, now: int = NOW) -> TrustStore:
    """The store of a folder, pinned to the first set of roots, after these lists."""
    store = TrustStore.open(folder, roots=root_set(0))
    for data in lists:
        store.update_trust_list(data, now=now)
    return store


def version_of(store: TrustStore) -> int:
    """0 without a list."""
    return store.trust_list.version if store.trust_list else 0


def table_version(store: TrustStore, now: int = NOW) -> int:
    """0 without a table that is in force."""
    table = store.area_table(now)
    return table.version if table else 0


def assert_refused(
    update: Callable[..., None], data: bytes, code: str, folder: Path | None = None, now: int = NOW
) -> None:
    """`update`, a method of a store, refuses with that code; list, roots, table and files are as before."""
    store: TrustStore = update.__self__  # type: ignore[attr-defined]  # a bound method
    before = store.trust_list, store.roots, store.area_table(now), files(folder) if folder else {}
    with pytest.raises(BadInput) as caught:
        update(data, now=now)
    assert caught.value.code == code
    after = store.trust_list, store.roots, store.area_table(now), files(folder) if folder else {}
    assert after == before


def follow(store: TrustStore, lists: Sequence[bytes], now: int = NOW) -> None:
    """What a scanner's updater does: offer every list that changed the roots and then the newest, in order."""
    for data in lists:
        try:
            store.update_trust_list(data, now=now)
        except BadInput:
            continue
