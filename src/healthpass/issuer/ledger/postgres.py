"""The ledger in a PostgreSQL database, for platforms of more than one machine.

Needs the package psycopg: `pip install 'healthpass[postgres]'`. Nothing else of healthpass imports this module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache
from threading import Lock
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import LedgerError
from healthpass.issuer.ledger import database, marks, numbers, seals, totals
from healthpass.issuer.ledger import schema as ledger_schema
from healthpass.issuer.ledger.database import Value
from healthpass.issuer.ledger.sql import SqlLedger
from healthpass.issuer.number_marks import NumberMarks
from healthpass.issuer.turns import under_way

_STATEMENTS = [
    "CREATE TABLE healthpass_ledger (version INTEGER NOT NULL)",  # its one row is what revoking and publishing lock
    *ledger_schema.postgres(),
]
_VERSION = ledger_schema.version(_STATEMENTS)
_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_PUBLISHING = b" publishing"
"""After the schema's name: what whoever publishes has locked."""
_KEEPALIVE = (("tcp_keepalives_idle", "30"), ("tcp_keepalives_interval", "10"), ("tcp_keepalives_count", "3"))
"""So that the server finds out, and lets go of what was locked, when a machine is gone without a word."""
_IDLE = "60s"
"""After so long without a statement inside a transaction the server gives up on us: a machine that is gone holds no
lock for longer."""


@typed
class PostgresLedger(SqlLedger):
    """A `Ledger` in a PostgreSQL database. Many machines may use the same one.

    If the connection is lost, the call that finds it out raises `LedgerError` ("ledger-unreachable"), and the next one
    connects again. Whether the lost call still took effect is then not known: call it again. If it did, `reserve`,
    `revoke` and `drop` change nothing more. A turn to publish has a connection of its own, and ends with that. If a
    lock does not come within `wait`, that is "ledger-busy".

    Threads that share a ledger take turns; give each its own for more. A process that forks must not use it on both
    sides. A pooler between it and the server must give it a session of its own.

    Args:
        conninfo: how to connect, `postgresql://…` or `host=… dbname=…`; what is not in it comes from libpq's
            environment variables (`PGHOST`, …). Leave the password to `PGPASSWORD`, `PGPASSFILE` or `~/.pgpass`.
        schema: where the tables are: 1 to 63 of a to z, 0 to 9 and _, no digit first. It is made if it is not there.
        wait: seconds to wait for a lock that another process holds.
        second_place: as for `SQLiteLedger`; one folder for all machines that use the ledger.

    Raises:
        ValueError: not a connection string, or not a name for a schema.
        LedgerError: "not-a-ledger": the schema has something else in it than a ledger of this version; "no-sync": the
            server does not sync to its disk (`fsync` is off); or what every method may raise: "damaged-ledger",
            "ledger-busy", "ledger-full", "ledger-unreachable" (it does not answer, or does not let us in),
            "ledger-closed" or "ledger-failed".
    """

    def __init__(
        self,
        conninfo: str = "",
        *,
        schema: str = "healthpass",
        wait: float = 30.0,
        second_place: str | os.PathLike[str] | None = None,
    ) -> None:
        if not _SCHEMA_NAME.fullmatch(schema):
            raise ValueError("a schema's name is 1 to 63 of a to z, 0 to 9 and _, and begins with no digit")
        try:
            conninfo_to_dict(conninfo)
        except psycopg.ProgrammingError:  # which would show it, and it may have a password in it
            raise ValueError("not a connection string for PostgreSQL") from None
        self._conninfo = conninfo
        self._schema = f'"{schema}"'  # it may be a word of SQL
        self._wait = f"{max(1, round(wait * 1000))}ms"  # for the server, 0 is for ever
        self._marks = None if second_place is None else NumberMarks(second_place)
        self._lock = Lock()
        self._closed = False
        with errors_told():
            self._db = self._connect(new=True)

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._db.close()

    @contextmanager
    def _alone(self) -> Iterator[Callable[[], AbstractContextManager[_Connection]]]:
        """A connection of its own that holds a lock of the server, and makes the transactions under it: whoever has
        lost the lock, because the connection is lost, can write nothing any more."""
        if self._closed:
            raise database.closed()
        with errors_told():
            db = self._connect(new=False)
        with closing(db):
            with errors_told():
                name = _number(self._schema.encode() + _PUBLISHING)
                has_it = db.execute("SELECT pg_try_advisory_lock(%s::bigint)", (name,)).fetchone() == (True,)
            if not has_it:
                raise under_way()
            yield lambda: self._transaction(db)

    @contextmanager
    def _transaction(self, db: psycopg.Connection[Any]) -> Iterator[_Connection]:
        with errors_told(), db.transaction():
            yield _Connection(db, self._schema)

    @contextmanager
    def _reading(self) -> Iterator[_Connection]:
        with self._lock, errors_told():
            yield _Connection(self._connected(), self._schema)

    @contextmanager
    def _writing(self) -> Iterator[_Connection]:
        with self._lock, errors_told(), self._transaction(self._connected()) as connection:
            yield connection

    def _connected(self) -> psycopg.Connection[Any]:
        """The connection, or a new one if that is lost, or if some failure left it inside a transaction."""
        if self._closed:
            raise database.closed()
        if self._db.info.transaction_status != TransactionStatus.IDLE:
            self._db.close()
            self._db = self._connect(new=False)
        return self._db

    def _connect(self, *, new: bool) -> psycopg.Connection[Any]:
        db = psycopg.connect(self._conninfo, autocommit=True, client_encoding="UTF8")
        try:
            # Whatever the server's defaults are. What waited for a lock sees, with its next statement, what it waited
            # for; and a commit that returns is on disk: a power cut must not forget a number that was given.
            db.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            for name, value in (
                ("search_path", self._schema),
                ("synchronous_commit", "on"),
                ("lock_timeout", self._wait),
                ("idle_in_transaction_session_timeout", _IDLE),
                *_KEEPALIVE,
            ):
                db.execute("SELECT set_config(%s, %s, false)", (name, value))
            if db.info.server_version >= 140_000:  # a turn to publish is silent while filters are built
                db.execute("SELECT set_config('idle_session_timeout', '0', false)")
            if db.execute("SHOW fsync").fetchone() != ("on",):
                raise LedgerError(
                    "no-sync", "a power cut could make the server forget what it was told; switch its fsync on"
                )
            with db.transaction():
                self._bring_up(db, new=new)
                own = _Connection(db, self._schema)
                numbers.check_counters(own)
                if self._compared:  # it may be another server, which lacks something
                    marks.compare(own, self._marks)
        except BaseException:
            db.close()
            raise
        return db

    def _bring_up(self, db: psycopg.Connection[Any], *, new: bool) -> None:
        """Make the tables where there is nothing, if it may be a new ledger. Raises `LedgerError` where it is none."""
        _wait_for(db, self._schema.encode())  # two that make a schema at once would get in each other's way
        there = db.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(%s)", (self._schema,)
        ).fetchone()
        if there == (0,) and new:
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}".encode())
            for statement in _STATEMENTS:
                db.execute(statement.encode())
            db.execute("INSERT INTO healthpass_ledger VALUES (%s)", (_VERSION,))
            totals.create(_Connection(db, self._schema))
            return
        try:
            versions = db.execute("SELECT version FROM healthpass_ledger").fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            versions = []
        if versions != [(_VERSION,)]:
            raise database.not_a_ledger("the schema is not a ledger of this version of healthpass; name another one")


class _Connection:
    """`Database` over a connection."""

    def __init__(self, db: psycopg.Connection[Any], schema: str) -> None:
        self._db = db
        self._schema = schema

    def rows(self, query: str, *values: Value) -> list[Any]:
        return self._db.execute(_translated(query), values).fetchall()

    def run(self, statement: str, *values: Value) -> None:
        self._db.execute(_translated(statement), values)

    def run_each(self, statement: str, values: Iterable[Sequence[Value]]) -> int:
        with self._db.cursor() as cursor:
            cursor.executemany(_translated(statement), values)
            return cursor.rowcount

    def lock_attestation(self, attester: bytes, reference: bytes) -> None:
        _wait_for(self._db, self._schema.encode() + attester + reference)

    def lock_publications(self) -> None:
        self._db.execute("SELECT FROM healthpass_ledger FOR UPDATE")


@contextmanager
def errors_told() -> Iterator[None]:
    """What the server or psycopg says becomes a `LedgerError`: of pages that it cannot make sense of, of rows that the
    tables forbid, of locks, of its disk, and of a server that is gone."""
    try:
        yield
    except (psycopg.IntegrityError, psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted):
        raise seals.damaged() from None  # for the server quotes the row
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
        raise database.busy() from error
    except psycopg.errors.DiskFull as error:
        raise database.full() from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        said = (str(error).splitlines() or ["lost"])[0]  # of no row: it is about the connection, or the whole server
        raise database.unreachable(f"PostgreSQL: {said}; see that it runs and lets us in, and try again") from error
    except psycopg.Error as error:
        raise database.failed(f"PostgreSQL fails ({type(error).__name__}); its log says why") from error


@cache
def _translated(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


def _wait_for(db: psycopg.Connection[Any], name: bytes) -> None:
    """Lock a name until the transaction ends. That two names share a lock is unlikely, and only makes one wait."""
    db.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (_number(name),))


def _number(name: bytes) -> int:
    return int.from_bytes(ed25519.sha512(name)[:8], "big", signed=True)
