"""The ledger in one SQLite file: write-ahead log, synced at every commit, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from healthpass._files import read_capped
from healthpass.errors import AttestationRefused
from healthpass.issuer import sqlite_revocations
from healthpass.issuer.ledger import Entry, Plan, Publication, Request

_MAGIC = b"SQLite format 3\x00"
_VERSION = 2
_APPLICATION = int.from_bytes(b"HPlg", "big")
"""In the file's header, so that nobody takes it for another program's, nor the other way round."""
_SCHEMA = f"""
CREATE TABLE attesters (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE windows (
    kid BLOB PRIMARY KEY, capacity INTEGER NOT NULL, next INTEGER NOT NULL CHECK (next <= capacity)
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
    attester INTEGER NOT NULL, reference BLOB NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL,
    kid BLOB NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, recovery BLOB,
    PRIMARY KEY (attester, reference, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_by_recovery ON entries (recovery) WHERE recovery IS NOT NULL;
CREATE INDEX entries_by_kid ON entries (kid);
CREATE TABLE marks (kid BLOB NOT NULL, mark BLOB NOT NULL, PRIMARY KEY (kid, mark)) STRICT, WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
"""
"""Of version 1, which knew no revocation; a file of that version gets the rest when it is opened."""


class SQLiteLedger:
    """A `Ledger` in a file. Several threads and processes may use the same file.

    Args:
        path: the file; made if it is not there.
        wait: seconds to wait for another process that is writing.

    Raises:
        ValueError: the file is another program's, or of another version.
        sqlite3.Error, OSError: it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 30.0) -> None:
        self._lock = Lock()
        _check_file(path)
        if os.fspath(path) != ":memory:":
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would let everybody read it
        self._db = sqlite3.connect(os.fspath(path), timeout=wait, isolation_level=None, check_same_thread=False)
        try:
            self._version()  # before anything is written: another program's file stays as it is
            self._db.execute("PRAGMA journal_mode = WAL")
            # In WAL mode only FULL syncs at each commit: a power cut must not forget a number that was given.
            self._db.execute("PRAGMA synchronous = FULL")
            with self._writing():
                if (version := self._version()) < _VERSION:
                    self._bring_up(version)
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> SQLiteLedger:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def find(self, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
        """See `Ledger.find`."""
        with self._lock:
            return self._find(attester, reference, digest)

    def reserve(self, request: Request) -> list[Entry]:
        """See `Ledger.reserve`."""
        with self._lock, self._writing():
            known = self._find(request.attester, request.reference, request.digest)
            if known is not None:
                return known
            if request.marks:
                self._mark(request)
            entries = [self._take(kid, capacity, count) for kid, capacity, count in request.wanted]
            self._insert(request, entries)
            return entries

    def issued(self, kid: bytes) -> int:
        """See `Ledger.issued`."""
        with self._lock:
            row = self._db.execute("SELECT next FROM windows WHERE kid = ?", (kid,)).fetchone()
        return 0 if row is None else int(row[0])

    def drop(self, kid: bytes) -> None:
        """See `Ledger.drop`."""
        with self._lock, self._writing():
            self._db.execute("DELETE FROM entries WHERE kid = ?", (kid,))
            self._db.execute("DELETE FROM marks WHERE kid = ?", (kid,))
            self._db.execute("DELETE FROM revocations WHERE kid = ?", (kid,))
            self._db.execute("UPDATE windows SET next = capacity WHERE kid = ?", (kid,))

    def holds(self, attester: bytes, reference: bytes) -> bool:
        """See `Ledger.holds`."""
        with self._lock:
            return sqlite_revocations.held(self._db, attester, reference) > 0

    def revoke(self, attester: bytes, reference: bytes, *, now: int) -> int:
        """See `Ledger.revoke`."""
        with self._lock, self._writing():
            return sqlite_revocations.revoke_reference(self._db, attester, reference, now)

    def revoke_by_recovery(self, recovery_hash: bytes, *, now: int) -> int:
        """See `Ledger.revoke_by_recovery`."""
        with self._lock, self._writing():
            return sqlite_revocations.revoke_recovery(self._db, recovery_hash, now)

    def revoked(self, kid: bytes, *, before: int, since: int = 0) -> list[Entry]:
        """See `Ledger.revoked`."""
        with self._lock:
            return sqlite_revocations.ranges(self._db, kid, before, since)

    def begin(self, plan: Plan) -> Publication | None:
        """See `Ledger.begin`."""
        with self._lock, self._writing():
            return sqlite_revocations.begin(self._db, plan)

    def finish(self, version: int) -> None:
        """See `Ledger.finish`."""
        with self._lock, self._writing():
            sqlite_revocations.finish(self._db, version)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that has the write lock from its start, so that what it reads stays true until it commits."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a commit that failed for lack of space may have ended it already
                self._db.execute("ROLLBACK")
            raise

    def _bring_up(self, version: int) -> None:
        """From an empty file (0) or version 1 to the present one, inside a transaction."""
        for schema in (_SCHEMA, sqlite_revocations.SCHEMA)[version:]:
            for statement in schema.split(";\n"):
                self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _version(self) -> int:
        """The version of the file, 0 if it is empty. Raises `ValueError` if it is something else than a ledger."""
        application, version, tables = self._db.execute(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
            " FROM pragma_application_id, pragma_user_version"
        ).fetchone()  # in one statement, so that no other process makes the ledger in between
        if application == version == tables == 0:
            return 0
        if application != _APPLICATION or not 1 <= version <= _VERSION:
            raise ValueError("not a ledger of this version")
        return int(version)

    def _find(self, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
        rows = self._db.execute(
            "SELECT digest, kid, first, count FROM entries"
            " WHERE attester = (SELECT id FROM attesters WHERE key = ?) AND reference = ? ORDER BY position",
            (attester, reference),
        ).fetchall()
        if not rows:
            return None
        if any(row[0] != digest for row in rows):
            raise AttestationRefused(
                "other-content", "the reference is used: the attestation, or what its colours mean, has changed"
            )
        return [Entry(kid, first, count) for _, kid, first, count in rows]

    def _mark(self, request: Request) -> None:
        try:
            self._db.executemany("INSERT INTO marks (kid, mark) VALUES (?, ?)", request.marks)
        except sqlite3.IntegrityError:
            raise AttestationRefused(
                "repeated-key", "a holder key is bound to a document in another attestation already"
            ) from None

    def _take(self, kid: bytes, capacity: int, count: int) -> Entry:
        row = self._next(kid, capacity, count)
        if row is None:  # the kid's first claims, or too many
            self._db.execute("INSERT OR IGNORE INTO windows (kid, capacity, next) VALUES (?, ?, 0)", (kid, capacity))
            row = self._next(kid, capacity, count)
        if row is None:
            raise AttestationRefused("window-full", "a window has too few numbers left: ask under another of its kids")
        return Entry(kid, row[0] - count, count)

    def _next(self, kid: bytes, capacity: int, count: int) -> tuple[int] | None:
        row: tuple[int] | None = self._db.execute(
            "UPDATE windows SET next = next + ? WHERE kid = ? AND capacity = ? AND next + ? <= capacity RETURNING next",
            (count, kid, capacity, count),
        ).fetchone()
        return row

    def _attester(self, key: bytes) -> int:
        row = self._db.execute("SELECT id FROM attesters WHERE key = ?", (key,)).fetchone()
        if row is None:
            row = self._db.execute("INSERT INTO attesters (key) VALUES (?) RETURNING id", (key,)).fetchone()
        return int(row[0])

    def _insert(self, request: Request, entries: list[Entry]) -> None:
        attester = self._attester(request.attester)
        self._db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    attester,
                    request.reference,
                    n,
                    request.digest,
                    each.kid,
                    each.first,
                    each.count,
                    request.recovery_hash,
                )
                for n, each in enumerate(entries)
            ],
        )


def _check_file(path: str | os.PathLike[str]) -> None:
    """SQLite takes a file of less than a page for an empty database, whatever is in it, and writes over it."""
    start = read_capped(os.fspath(path), len(_MAGIC) - 1)
    if start and start != _MAGIC:
        raise ValueError("not a ledger, nor any other SQLite file")
