"""What a database says leaves a ledger as a `LedgerError`, whichever call finds it out. Nothing has then changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from healthpass.errors import LedgerError
from healthpass.issuer import SQLiteLedger
from healthpass.issuer.ledger import Entry, Plan, Request
from healthpass.issuer.ledger.look import look_at_postgres, look_at_sqlite
from healthpass.issuer.ledger.postgres import PostgresLedger
from tests.ledgers import CAPACITY, KID, OTHER_KID, REGION, REVOKER, AnyLedger, begun, open_named, request_for
from tests.making import files
from tests.postgres import Postgres
from tests.raising import raises

FIRST, OTHER = (1).to_bytes(16, "big"), (2).to_bytes(16, "big")
RECOVERY = bytes(32)
WRITING: dict[str, Callable[[AnyLedger], object]] = {
    "reserve": lambda ledger: ledger.reserve(request_for(2)),
    "drop": lambda ledger: ledger.drop(KID),
    "forget_notices": lambda ledger: ledger.forget_notices(before=1 << 40),
    "has_room": lambda ledger: ledger.has_room(REGION, OTHER),
    "revoke": lambda ledger: ledger.revoke(REGION, FIRST, now=5),
    "revoke_by_recovery": lambda ledger: ledger.revoke_by_recovery([RECOVERY], now=5),
    "publishing": lambda ledger: begun(ledger, Plan(1000, (KID,), frozenset((KID,))), REVOKER),
    "check": lambda ledger: ledger.check(),
    "recover": lambda ledger: ledger.recover({}, version=0),
    "write_marks_anew": lambda ledger: ledger.write_marks_anew(),
}
READING: dict[str, Callable[[AnyLedger], object]] = {
    "find": lambda ledger: ledger.find(REGION, FIRST, bytes(32)),
    "issued": lambda ledger: ledger.issued(KID),
    "holds": lambda ledger: ledger.holds(REGION, FIRST),
    "revoked": lambda ledger: ledger.revoked(KID, before=1),
}
EACH = {**WRITING, **READING}
CLOSED = "the ledger is closed; open it again"
BUSY = "another program holds the ledger; try again when that has ended"
FULL = "the disk of the ledger is full; make room, and try again"
FAILED = "SQLite cannot read or write the ledger; look after its disk, and try again"
DAMAGED = "the ledger is damaged, and nothing is done with it: restore it from a backup, then recover"
CLOSED_FILE = "the ledger's file cannot be opened; see who may read and write it and its folder"


def test_every_public_call_is_here() -> None:
    public = {name for name in dir(SQLiteLedger) if not name.startswith("_")}
    assert public - {"close", "most_notices", "most_attempts"} == EACH.keys()


@pytest.mark.parametrize("call", EACH.values(), ids=EACH.keys())
def test_a_ledger_that_is_closed(call: Callable[[AnyLedger], object], ledger_name: str, tmp_path: Path) -> None:
    ledger = open_named(ledger_name, tmp_path / "marks")
    ledger.close()
    for _ in range(2):
        with raises(LedgerError, "ledger-closed", CLOSED):
            call(ledger)


class File:
    """A ledger in a file with one attestation, and the same opened by who does not wait."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with SQLiteLedger(path, second_place=f"{path}.marks") as ledger:
            ledger.reserve(request_for(1))
        self.ledger = SQLiteLedger(path, wait=0, second_place=f"{path}.marks")

    def content(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as db:
            return list(db.iterdump())


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    made = File(tmp_path / "ledger")
    with made.ledger:
        yield made


@pytest.mark.parametrize("call", WRITING.values(), ids=WRITING.keys())
def test_a_file_that_another_program_writes(call: Callable[[AnyLedger], object], file: File) -> None:
    before = file.content()
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with raises(LedgerError, "ledger-busy", BUSY) as caught:
            call(file.ledger)
        other.execute("ROLLBACK")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert file.content() == before


def test_a_full_disk(file: File) -> None:
    """SQLite is told that its file may not grow, which it takes for a full disk."""
    (pages,) = file.ledger._db.execute("PRAGMA page_count").fetchone()
    file.ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    given = 2

    def give() -> list[Entry]:
        return file.ledger.reserve(request_for(given, 1, (OTHER_KID,), capacity=1 << 20))

    with raises(LedgerError, "ledger-full", FULL) as caught:
        while given < 10_000:
            give()
            given += 1
    assert given > 3, "there was room for a few"
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert file.ledger.find(REGION, given.to_bytes(16, "big"), bytes(32)) is None
    assert file.ledger.issued(OTHER_KID) == given - 2
    file.ledger._db.execute("PRAGMA max_page_count = 1000000")
    assert give() == [Entry(OTHER_KID, given - 2, 1)]


@pytest.mark.parametrize("call", EACH.values(), ids=EACH.keys())
def test_a_disk_that_fails(call: Callable[[AnyLedger], object], file: File) -> None:
    """SQLite is told to refuse each statement; that is none of the errors that it knows of files and locks."""
    before = file.content()
    file.ledger._db.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    with raises(LedgerError, "ledger-failed", FAILED) as caught:
        call(file.ledger)
    file.ledger._db.set_authorizer(None)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)
    assert file.content() == before
    assert file.ledger.reserve(request_for(2)) == [Entry(KID, 3, 3)]


def test_a_file_that_is_damaged_under_way(file: File) -> None:
    """What SQLite says of it may quote it, so that is no cause that somebody would print."""
    file.ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with closing(sqlite3.connect(file.path)) as other:  # so that what SQLite remembers of the file does not count
        other.execute("PRAGMA user_version = 7")
    before = file.path.read_bytes()
    with raises(LedgerError, "damaged-ledger", DAMAGED) as caught:
        file.ledger.reserve(request_for(2))
    assert caught.value.__cause__ is None
    assert file.path.read_bytes() == before


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """A folder is where SQLite keeps its log."""
    SQLiteLedger(tmp_path / "ledger").close()
    (tmp_path / "ledger-wal").mkdir()
    before = files(tmp_path)
    with raises(LedgerError, "ledger-unreachable", CLOSED_FILE) as caught:
        SQLiteLedger(tmp_path / "ledger")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert files(tmp_path) == before


def test_a_look_at_a_file(tmp_path: Path, file: File) -> None:
    with raises(LedgerError, "ledger-unreachable", CLOSED_FILE):
        look_at_sqlite(tmp_path / "none", tmp_path / "marks")
    with closing(sqlite3.connect(tmp_path / "other")) as db:
        db.execute("CREATE TABLE notes (text)")
    with raises(LedgerError, "ledger-failed", FAILED):
        look_at_sqlite(tmp_path / "other", tmp_path / "marks")


SAID = {
    "55P03": ("ledger-busy", BUSY),
    "40P01": ("ledger-busy", BUSY),
    "53100": ("ledger-full", FULL),
    "57P01": ("ledger-unreachable", "PostgreSQL: no luck; see that it runs and lets us in, and try again"),
    "42501": ("ledger-failed", "PostgreSQL fails (InsufficientPrivilege); its log says why"),
    "XX000": ("ledger-failed", "PostgreSQL fails (InternalError_); its log says why"),
    "XX001": ("damaged-ledger", DAMAGED),
    "23505": ("damaged-ledger", DAMAGED),
}


@pytest.fixture
def server(postgres: Postgres) -> Iterator[tuple[PostgresLedger, psycopg.Connection[Any]]]:
    """A ledger with one attestation, and somebody else's connection."""
    name = postgres.new_ledger()
    schema, _, conninfo = name.partition("@")
    with PostgresLedger(conninfo, schema=schema, wait=0) as ledger, psycopg.connect(conninfo, autocommit=True) as db:
        ledger.reserve(request_for(1))
        db.execute("SELECT set_config('search_path', %s, false)", (schema,))
        yield ledger, db


@pytest.mark.parametrize("state", SAID)
def test_what_a_server_says(state: str, server: tuple[PostgresLedger, psycopg.Connection[Any]]) -> None:
    """A trigger says it, in the middle of a transaction."""
    ledger, db = server
    body = f"BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = '{state}'; END"
    db.execute(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $${body}$$".encode())
    db.execute("CREATE TRIGGER fails BEFORE INSERT ON entries EXECUTE FUNCTION fail()")
    code, sentence = SAID[state]
    with raises(LedgerError, code, sentence) as caught:
        ledger.reserve(request_for(2))
    assert isinstance(caught.value.__cause__, psycopg.Error) == (code != "damaged-ledger")
    db.execute("DROP FUNCTION fail CASCADE")
    assert ledger.reserve(request_for(2)) == [Entry(KID, 3, 3)]


@pytest.mark.parametrize("call", EACH.values(), ids=EACH.keys())
def test_a_server_that_goes(call: Callable[[AnyLedger], object], postgres: Postgres, tmp_path: Path) -> None:
    schema, _, conninfo = postgres.new_ledger().partition("@")
    with PostgresLedger(conninfo, schema=schema, second_place=tmp_path) as ledger:
        ledger.reserve(Request(REGION, FIRST, bytes(32), [(KID, CAPACITY, 3)], [RECOVERY]))
        ledger._compared = False
        with psycopg.connect(conninfo, autocommit=True) as db:
            db.execute("SELECT pg_terminate_backend(%s, 60000)", (ledger._db.info.backend_pid,))
        with pytest.raises(LedgerError) as caught:
            call(ledger)
        assert caught.value.code == "ledger-unreachable"
        assert str(caught.value).startswith("PostgreSQL: ")
        assert str(caught.value).endswith("; see that it runs and lets us in, and try again")
        assert isinstance(caught.value.__cause__, psycopg.OperationalError)
        assert ledger.issued(KID) == 3
        assert ledger.revoked(KID, before=1) == []


def test_a_look_at_a_server_that_is_not_there(postgres: Postgres, tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        look_at_postgres(f"host={postgres.folder}/none user=healthpass", tmp_path)
    assert caught.value.code == "ledger-unreachable"
