"""A scanner's updater in a process of its own, which takes revocation data. `test_revocation_killed` kills it.

    python -m tests.hostile.revocation_process FOLDER

It goes on from where the store is, and prints N once the store has taken version N, which revokes slot 2 N + 1 too.
Every fourth version is a snapshot, whose filter comes from a folder; the others are deltas upon it.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from healthpass.verifier import TrustStore
from tests.making import NOW, WINDOW
from tests.revoking import REVOKER, make_delta, make_snapshot, revoking_store, streams_of

MANY = range(0, 20_000, 2)
"""Always revoked; so many that the filter is a mapped file."""
PER_SNAPSHOT = 4
ENOUGH = 2000
"""Of versions: then it ends by itself, should nobody kill it."""


def added(version: int) -> range:
    """What is revoked besides up to a version."""
    return range(3, 2 * version + 2, 2)


def version_in(store: TrustStore) -> int:
    """Of the newest that the store has; 0 if it has nothing."""
    stream = streams_of(store).get(REVOKER.public_key)
    return 0 if stream is None else stream.floor.version


def take(store: TrustStore, version: int, out: Path) -> None:
    """The update of that version."""
    base = version - (version - 1) % PER_SNAPSHOT
    if version != base:
        slots = added(version)[base:]
        store.update_revocation(make_delta(version, {WINDOW: slots}, base), now=NOW)
        return
    snapshot, pieces = make_snapshot(version, {WINDOW: [*MANY, *added(version)]})
    for digest, data in pieces.items():
        (out / f"{digest}.filter").write_bytes(data)
    store.update_revocation(snapshot, now=NOW, fetch=out)


def main(folder: Path) -> None:
    """Go on from where the store is."""
    store = revoking_store(folder / "scanner")
    out = folder / "out"
    out.mkdir(exist_ok=True)
    for version in count(version_in(store) + 1):
        if version > ENOUGH:
            break
        take(store, version, out)
        print(version, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
