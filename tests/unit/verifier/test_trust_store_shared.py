"""Several programs on one folder: each update is upon the newest of any of them, and nothing goes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from healthpass.verifier import TrustStore
from tests.making import NOW, files
from tests.trusting import (
    AREAS,
    FLOORS,
    LIST,
    OFFICE,
    OTHER_OFFICE,
    ROTATIONS,
    a_list,
    a_rotation,
    a_table,
    assert_refused,
    open_store,
    root_set,
    table_version,
    version_of,
    with_offices,
)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[TrustStore, TrustStore]:
    """Two stores that opened the same folder."""
    open_store(tmp_path, with_offices(1, OFFICE))
    return open_store(tmp_path), open_store(tmp_path)


def test_an_older_list_does_not_replace_the_other_programs(pair: tuple[TrustStore, TrustStore], tmp_path: Path) -> None:
    one, other = pair
    other.update_trust_list(a_list(7), now=NOW)
    written = files(tmp_path)
    with pytest.raises(ValueError, match="newer"):
        one.update_trust_list(a_list(6), now=NOW)
    assert files(tmp_path) == written
    assert version_of(one) == version_of(open_store(tmp_path)) == 7
    one.update_trust_list(a_list(8), now=NOW)
    other.update_trust_list(a_list(9), now=NOW)
    assert version_of(open_store(tmp_path)) == 9


def test_the_same_list_twice(pair: tuple[TrustStore, TrustStore], tmp_path: Path) -> None:
    for store in pair:
        store.update_trust_list(a_list(7), now=NOW)
    assert version_of(pair[0]) == version_of(pair[1]) == 7


def test_a_rotation_by_the_other_program(pair: tuple[TrustStore, TrustStore], tmp_path: Path) -> None:
    one, other = pair
    other.update_trust_list(a_rotation(2, 0, 1), now=NOW)
    one.update_trust_list(a_list(3, by=1), now=NOW)
    one.update_trust_list(a_rotation(4, 1, 2), now=NOW)
    other.update_trust_list(a_list(5, by=2), now=NOW)
    assert version_of(open_store(tmp_path)) == 5


def test_an_area_table_by_the_other_program(pair: tuple[TrustStore, TrustStore], tmp_path: Path) -> None:
    one, other = pair
    other.update_area_table(a_table(5), now=NOW)
    with pytest.raises(ValueError, match="newer"):
        one.update_area_table(a_table(4), now=NOW)
    assert table_version(one) == 5
    one.update_trust_list(with_offices(2, OFFICE, OTHER_OFFICE), now=NOW)
    other.update_area_table(a_table(1, OTHER_OFFICE), now=NOW)
    assert (version_of(other), table_version(open_store(tmp_path))) == (2, 1)


@pytest.mark.parametrize("lost", [LIST, FLOORS, AREAS, ROTATIONS])
@pytest.mark.parametrize("damage", [None, b"", b"damaged"], ids=repr)
def test_what_is_damaged_under_a_running_program_does_not_set_it_back(
    lost: str, damage: bytes | None, tmp_path: Path
) -> None:
    store = open_store(tmp_path, a_rotation(2, 0, 1), a_list(5, by=1, risk_keys=(OFFICE.public_key,)))
    store.update_area_table(a_table(5), now=NOW)
    (tmp_path / lost).unlink()
    if damage is not None:
        (tmp_path / lost).write_bytes(damage)
    with pytest.raises(ValueError, match="newer"):
        store.update_trust_list(a_list(4, by=1), now=NOW)
    with pytest.raises(ValueError, match="newer"):
        store.update_area_table(a_table(4), now=NOW)
    assert (version_of(store), table_version(store), store.roots) == (5, 5, root_set(1))


def test_lost_files_are_written_again_by_the_next_update(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_rotation(2, 0, 1), a_list(5, by=1))
    for each in tmp_path.iterdir():
        each.unlink()
    store.update_trust_list(a_list(6, by=1), now=NOW)
    again = open_store(tmp_path)
    assert (version_of(again), again.roots) == (6, root_set(1))


def test_an_older_copy_put_back_under_a_running_program(tmp_path: Path) -> None:
    store = open_store(tmp_path, a_list(1))
    backup = files(tmp_path)
    store.update_trust_list(a_list(5), now=NOW)
    for name, content in backup.items():
        (tmp_path / name).write_bytes(content)
    assert_refused(store.update_trust_list, a_list(4), "rollback")
    store.update_trust_list(a_list(6), now=NOW)
    assert version_of(open_store(tmp_path)) == 6


def test_the_folder_is_gone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "state", a_list(1))
    for each in (tmp_path / "state").iterdir():
        each.unlink()
    (tmp_path / "state").rmdir()
    with pytest.raises(FileNotFoundError):
        store.update_trust_list(a_list(2), now=NOW)
    assert version_of(store) == 0  # what another program does cannot be seen


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(FileExistsError):
        open_store(tmp_path / "state")
    with pytest.raises(OSError, match="state"):
        open_store(tmp_path / "state" / "below")


UPDATE_ALL = """
import sys
from pathlib import Path
from tests.trusting import NOW, a_list, open_store
from healthpass.errors import TrustListRefused
store = open_store(Path(sys.argv[1]))
for version in range(int(sys.argv[2]), 60, 2):
    try:
        store.update_trust_list(a_list(version), now=NOW)
    except TrustListRefused as refused:
        assert refused.code == "rollback"
    print(store.trust_list.version)
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPDATE_ALL, str(tmp_path), str(first)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        for first in (1, 2)
    ]
    for process in processes:
        said = [int(line) for line in process.communicate()[0].split()]
        assert process.returncode == 0
        assert said == sorted(said)
    assert version_of(open_store(tmp_path)) == 59
