"""A ledger with a second place, and backups that are put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg

from healthpass.issuer.ledger import Entry
from healthpass.issuer.ledger.marks import block
from healthpass.issuer.number_marks import Mark, NumberMarks
from tests.ledgers import KID, AnyLedger, open_named, request_for

CAPACITY = 4**9
"""Marks are 256 numbers ahead."""
BLOCK = block(CAPACITY)
TABLES = (
    *("attesters", "windows", "entries", "names", "marks", "counts"),
    *("revocations", "revoked", "publications", "totals", "notices", "noticed"),
)


class Platform:
    """A ledger that is opened and closed, its second place, and backups of it."""

    def __init__(self, name: str, folder: Path, opened: ExitStack) -> None:
        self.name, self.place, self._opened = name, folder / "other-disk", opened

    @property
    def kind(self) -> str:
        return "postgres" if "@" in self.name else "sqlite"

    def open(self, second_place: Path | None = None) -> AnyLedger:
        ledger = open_named(self.name, second_place=second_place or self.place)
        self._opened.callback(ledger.close)
        return ledger

    def give(self, number: int, count: int = 24, kids: tuple[bytes, ...] = (KID,)) -> list[Entry]:
        with open_named(self.name, second_place=self.place) as ledger:
            return ledger.reserve(request_for(number, count, kids, capacity=CAPACITY))

    def backup(self) -> Callable[[], None]:
        """What puts the ledger back as it is now."""
        if "@" not in self.name:
            data = _sqlite_copy(self.name)
            return lambda: _put_back(Path(self.name), data)
        schema, _, conninfo = self.name.partition("@")
        with psycopg.connect(conninfo, autocommit=True) as db:
            db.execute(f"DROP SCHEMA IF EXISTS {schema}_old CASCADE".encode())
            db.execute(f"CREATE SCHEMA {schema}_old".encode())
            for table in TABLES:
                db.execute(f"CREATE TABLE {schema}_old.{table} AS TABLE {schema}.{table}".encode())
        return lambda: _put_tables_back(schema, conninfo)

    def mark(self, kid: bytes = KID) -> Mark:
        found = NumberMarks(self.place).read(kid)
        assert found is not None
        return found


def _sqlite_copy(name: str) -> bytes:
    with closing(sqlite3.connect(name)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(name).read_bytes()


def _put_back(path: Path, data: bytes) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(data)


def _put_tables_back(schema: str, conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as db:
        for table in TABLES:
            db.execute(f"DELETE FROM {schema}.{table}".encode())
            overriding = "OVERRIDING SYSTEM VALUE" if table == "attesters" else ""
            db.execute(f"INSERT INTO {schema}.{table} {overriding} TABLE {schema}_old.{table}".encode())
