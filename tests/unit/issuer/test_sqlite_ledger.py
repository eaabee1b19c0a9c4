"""The ledger's file: what it does not take for its own, and what never stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass.errors import LedgerError
from healthpass.issuer import SQLiteLedger
from healthpass.issuer.ledger import Plan
from healthpass.issuer.ledger.schema import sqlite, version
from tests.issuing import (
    attest,
    issued,
    list_issued,
    make_issuer,
)
from tests.ledgers import KID, REGION, issue_much, published, request_for
from tests.making import NOW, WINDOW, files
from tests.raising import raises


def another_program(path: Path) -> None:
    run(path, "CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('mine')")


def another_program_with_our_version(path: Path) -> None:
    run(path, "CREATE TABLE notes (text)", "PRAGMA user_version = 1")


def an_older_version(path: Path) -> None:
    SQLiteLedger(path).close()
    run(path, "PRAGMA user_version = 1", "DROP TABLE names")


def other_tables(path: Path) -> None:
    SQLiteLedger(path).close()
    more = "CREATE TABLE more (kid BLOB)"
    run(path, more, f"PRAGMA user_version = {version([*sqlite(), more])}")


def a_file_made_for_another_program(path: Path) -> None:
    run(path, "PRAGMA application_id = 1")


def a_ledger_with_another_header(path: Path) -> None:
    SQLiteLedger(path).close()
    path.write_bytes(b"s" + path.read_bytes()[1:])


def run(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


WRONG: dict[str, Callable[[Path], object]] = {
    "another program's file": another_program,
    "another program's file with our version": another_program_with_our_version,
    "another program's empty file": a_file_made_for_another_program,
    "a ledger of an older version": an_older_version,
    "a ledger with other tables": other_tables,
    "a ledger with another header": a_ledger_with_another_header,
    "one character": lambda path: path.write_bytes(b"g"),
    "a short text": lambda path: path.write_text("threshold: 1\n" * 20),
    "a long text": lambda path: path.write_text("threshold: 1\n" * 2000),
    "the start of a header": lambda path: path.write_bytes(b"SQLite format 3"),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
def test_a_file_that_is_no_ledger_stays_as_it_is(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / "file")
    before = files(tmp_path)
    with pytest.raises(LedgerError, match="not a ledger") as caught:
        SQLiteLedger(tmp_path / "file")
    assert caught.value.code == "not-a-ledger"
    assert files(tmp_path) == before


def test_a_damaged_ledger(tmp_path: Path) -> None:
    SQLiteLedger(tmp_path / "file").close()
    data = (tmp_path / "file").read_bytes()
    (tmp_path / "file").write_bytes(data[:100] + bytes(len(data) - 100))
    with pytest.raises(LedgerError) as caught:
        SQLiteLedger(tmp_path / "file")
    assert caught.value.code == "damaged-ledger"


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger = SQLiteLedger(tmp_path / "file")
    assert make_issuer(ledger).issue(attest(), now=NOW)
    ledger.close()
    assert (tmp_path / "file").read_bytes()[68:72] == b"HPlg"


def test_a_folder_or_a_path_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "file"):
        with pytest.raises(OSError, match=r"Is a directory|No such file"):
            SQLiteLedger(path)
    assert files(tmp_path) == {}


def test_who_cannot_get_the_lock_gives_no_number(tmp_path: Path) -> None:
    ledger, other = SQLiteLedger(tmp_path / "file"), sqlite3.connect(tmp_path / "file", isolation_level=None)
    impatient = SQLiteLedger(tmp_path / "file", wait=0)
    other.execute("BEGIN IMMEDIATE")
    with raises(LedgerError, "ledger-busy", "another program holds the ledger; try again when that has ended"):
        make_issuer(impatient).issue(attest(), now=NOW)
    other.execute("ROLLBACK")
    assert impatient.issued(WINDOW.kid) == 0
    assert issued(make_issuer(impatient), attest()) == issued(make_issuer(ledger), attest())
    for each in (ledger, impatient, other):
        each.close()


def test_nothing_about_a_person_or_a_secret_is_in_the_file(tmp_path: Path) -> None:
    """While it is open (the write-ahead log too), after it is closed, and after its windows are dropped."""
    ledger = SQLiteLedger(tmp_path / "file")
    issuer, secrets = issue_much(ledger)

    def assert_clean() -> int:
        held = b"".join(files(tmp_path).values())
        assert not [secret for secret in secrets if secret in held]
        return len(held)

    assert {"file", "file-wal"} <= files(tmp_path).keys()
    assert assert_clean() > 4096
    assert (3).to_bytes(16, "big") in b"".join(files(tmp_path).values()), "references are found if they are there"
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    assert_clean()
    ledger.close()
    assert assert_clean() > 4096


def test_times_are_forgotten_without_looking_at_all_that_is_revoked(tmp_path: Path) -> None:
    """Of all the queries of `Turn.published`, the one that would take longer with each snapshot of a day."""
    with SQLiteLedger(tmp_path / "file") as ledger:
        ledger.reserve(request_for())
        ledger.revoke(REGION, (1).to_bytes(16, "big"), now=NOW)
        statements: list[str] = []
        ledger._db.set_trace_callback(statements.append)
        published(ledger, Plan(NOW, (KID,), frozenset((KID,))))
        ledger._db.set_trace_callback(None)
        (query,) = (each for each in statements if "at IS NOT NULL" in each)
        plan = ledger._db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert [row[3] for row in plan] == ["SEARCH revocations USING INDEX revocations_with_time (kid=? AND since<?)"]
