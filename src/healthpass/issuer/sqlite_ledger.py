"""The ledger in one SQLite file: write-ahead log, synced at every commit, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from threading import Lock
from typing import Any

from healthpass._files import PRIVATE, naming, read_capped
from healthpass._typed import typed
from healthpass.issuer import ledger_numbers, ledger_schema, ledger_seals, ledger_totals
from healthpass.issuer.ledger_sql import SqlLedger, Value
from healthpass.issuer.number_marks import NumberMarks
from healthpass.issuer.turns import held, locked

_MAGIC = b"SQLite format 3\x00"
_STATEMENTS = ledger_schema.sqlite()
_VERSION = ledger_schema.version(_STATEMENTS)
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_TOOBIG,
}
PUBLISHING_SUFFIX = "-publishing"
"""After the ledger's name: the empty file that whoever publishes has locked."""
_APPLICATION = int.from_bytes(b"HPlg", "big")
"""In the file's header, so that nobody takes it for another program's, nor the other way round."""


@typed
class SQLiteLedger(SqlLedger):
    """A `Ledger` in a file. Several threads and processes may use the same file.

    Args:
        path: the file; made if it is not there.
        wait: seconds to wait for another process that is writing.
        second_place: a folder on another disk that finds out an old copy of the file: see
            `healthpass.issuer.number_marks`. Without one, nothing does.

    Raises:
        ValueError: the file is another program's, or of another version.
        LedgerError: "damaged-ledger".
        sqlite3.Error, OSError: it cannot be opened.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        wait: float = 30.0,
        second_place: str | os.PathLike[str] | None = None,
    ) -> None:
        self._lock = Lock()
        self._turn = Lock()
        in_memory = os.fspath(path) == ":memory:"
        self._turns = None if in_memory else os.path.realpath(path) + PUBLISHING_SUFFIX
        self._marks = None if second_place is None else NumberMarks(second_place)
        _check_file(path)
        if os.fspath(path) != ":memory:":
            _make_private(path)  # SQLite would let everybody read it
        self._db = sqlite3.connect(os.fspath(path), timeout=wait, isolation_level=None, check_same_thread=False)
        self._db.text_factory = _text
        self._database = _Connection(self._db)
        try:
            with _damage_told():
                self._open()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _open(self) -> None:
        self._version()  # before anything is written: another program's file stays as it is
        self._db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode only FULL syncs at each commit: a power cut must not forget a number that was given.
        self._db.execute("PRAGMA synchronous = FULL")
        with self._writing() as db:
            if not self._version():
                self._make_tables()
            ledger_numbers.check_counters(db)

    @contextmanager
    def _alone(self) -> Iterator[Callable[[], AbstractContextManager[_Connection]]]:
        """Holds a lock on a file beside the ledger's, which is free meanwhile for who issues and revokes."""
        with locked(self._turns) if self._turns is not None else held(self._turn):
            yield self._writing

    @contextmanager
    def _reading(self) -> Iterator[_Connection]:
        with self._lock, _damage_told():
            yield self._database

    @contextmanager
    def _writing(self) -> Iterator[_Connection]:
        """A transaction that has the write lock from its start, so that what it reads stays true until it commits."""
        with self._lock, _damage_told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a commit that failed for lack of space may have ended it already
                    self._db.execute("ROLLBACK")
                raise

    def _make_tables(self) -> None:
        """In an empty file, inside a transaction."""
        for statement in _STATEMENTS:
            self._db.execute(statement)
        ledger_totals.create(self._database)
        self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _version(self) -> int:
        """The version of the file, 0 if it is empty. Raises `ValueError` if it is not a ledger that we can use."""
        application, version, tables = self._db.execute(
            "SELECT application_id, user_version, (SELECT group_concat(sql, x'0a') FROM sqlite_schema)"
            " FROM pragma_application_id, pragma_user_version"
        ).fetchone()  # in one statement, so that no other process makes the ledger in between
        if application == version == 0 and tables is None:
            return 0
        ours = (application == _APPLICATION) + (version == _VERSION) + (tables == _tables())
        if ours == 2:  # of three that say the same
            raise ledger_seals.damaged()
        if application != _APPLICATION:
            raise ValueError("not a ledger, but another program's file: name another one")
        if version != _VERSION:
            raise ValueError("not a ledger of this version of healthpass: use the version that made it, or a new file")
        return _VERSION


def _text(data: bytes) -> str:
    """No row of a ledger has text; one that is damaged may have any, and not even UTF-8."""
    return data.decode(errors="surrogateescape")


@cache
def _tables() -> str:
    """How SQLite remembers the statements that have made the tables."""
    db = sqlite3.connect(":memory:")
    for statement in _STATEMENTS:
        db.execute(statement)
    (tables,) = db.execute("SELECT group_concat(sql, x'0a') FROM sqlite_schema").fetchone()
    db.close()
    assert isinstance(tables, str)
    return tables


@contextmanager
def _damage_told() -> Iterator[None]:
    """What SQLite says of a file that it cannot make sense of, and of rows that the schema forbids, becomes ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            raise ledger_seals.damaged() from None
        raise
    except UnicodeDecodeError:  # in what SQLite says of it
        raise ledger_seals.damaged() from None


class _Connection:
    """`Database` over a connection. A transaction here has the whole file, so there is nothing else to lock."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def rows(self, query: str, *values: Value) -> list[Any]:
        return self._db.execute(query, values).fetchall()

    def run(self, statement: str, *values: Value) -> None:
        self._db.execute(statement, values)

    def run_each(self, statement: str, values: Iterable[Sequence[Value]]) -> int:
        return self._db.executemany(statement, values).rowcount

    def lock_attestation(self, attester: bytes, reference: bytes) -> None:
        pass

    def lock_publications(self) -> None:
        pass


def _make_private(path: str | os.PathLike[str]) -> None:
    """Make an empty file, if there is none; not one that a link at the path only promises."""
    with naming(os.fspath(path)):
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
        except FileExistsError:
            os.close(os.open(path, os.O_RDWR))


def _check_file(path: str | os.PathLike[str]) -> None:
    """SQLite takes a file of less than a page for an empty database, whatever is in it, and writes over it."""
    start = read_capped(os.fspath(path), len(_MAGIC) - 1)
    if start and start != _MAGIC:
        raise ValueError("not a ledger, nor any other SQLite file")
