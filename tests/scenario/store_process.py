"""A scanner's updater in a process of its own, which takes one update after the other. `test_store_killed` kills it.

    python -m tests.scenario.store_process FOLDER

It prints "list N" and "table N" once the store has taken version N. Every 25th list changes the roots.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from tests.making import NOW
from tests.trusting import OFFICE, a_list, a_rotation, a_table, open_store, version_of

PER_ROOTS = 25
ENOUGH = 1500
"""Of versions: then it ends by itself, should nobody kill it."""


def list_of(version: int) -> bytes:
    """The list of that version."""
    number, more = version // PER_ROOTS, {"issued": NOW + version, "risk_keys": (OFFICE.public_key,)}
    if version % PER_ROOTS == 0:
        return a_rotation(version, number - 1, number, **more)
    return a_list(version, by=number, **more)


def table_of(version: int) -> bytes:
    """The area table of that version."""
    return a_table(version, now=NOW + version)


def main(folder: str) -> None:
    """Go on from where the store is."""
    store = open_store(Path(folder))
    for version in count(version_of(store) + 1):
        if version > ENOUGH:
            break
        store.update_trust_list(list_of(version), now=NOW + version)
        print("list", version, flush=True)
        store.update_area_table(table_of(version), now=NOW + version)
        print("table", version, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
