"""A scanner's updater is killed at any moment: what it said that it had taken is there, and nothing older ever is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from healthpass.verifier import TrustStore
from tests.making import NOW
from tests.raising import raises_one_of
from tests.scenario.store_process import PER_ROOTS, list_of, table_of
from tests.trusting import open_store, root_set, table_version, version_of

ROOT_FOLDER = Path(__file__).parents[2]
LINES = (0, 1, 2, 3, 5, 7, 11, 16, 22, 31, 44, 48, 49, 50, 51, 97)
"""After so many of its lines it is killed; two to a version, so that some are around a change of the roots."""


def killed_after(folder: Path, lines: int) -> tuple[int, int]:
    """The versions of the last list and table that it said it had taken, before it was killed after so many lines."""
    command = [sys.executable, "-m", "tests.scenario.store_process", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT_FOLDER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()  # what it had still put into the pipe
    taken = {"list": 0, "table": 0}
    for line in said:
        if line.endswith("\n"):
            taken[line.split()[0]] = int(line.split()[1])
    return taken["list"], taken["table"]


def assert_older_is_refused(store: TrustStore, version: int) -> None:
    for update, older in ((store.update_trust_list, list_of), (store.update_area_table, table_of)):
        with raises_one_of("rollback", "threshold"):
            update(older(version), now=NOW + 2000)


@pytest.mark.slow
def test_what_was_taken_is_there(tmp_path: Path) -> None:
    lists = tables = 0
    for lines in LINES:
        said_list, said_table = killed_after(tmp_path, lines)
        lists, tables = max(lists, said_list), max(tables, said_table)
        store = open_store(tmp_path)
        assert lists <= version_of(store) <= lists + 1
        assert tables <= table_version(store, NOW + 2000) <= max(tables, version_of(store))
        assert store.roots == root_set(version_of(store) // PER_ROOTS)
        lists, tables = version_of(store), table_version(store, NOW + 2000)
        if tables > 1:
            assert_older_is_refused(store, tables - 1)
    store.update_trust_list(list_of(lists + 1), now=NOW + 2000)
    store.update_area_table(table_of(lists + 1), now=NOW + 2000)
    assert version_of(open_store(tmp_path)) == lists + 1 > 200
