"""A look at a ledger that changes nothing, not even the files that SQLite keeps beside it: for whoever watches over it.

The processes that issue go on meanwhile, and what is seen is what they had committed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from healthpass.errors import LedgerError
from healthpass.issuer.ledger import marks, numbers
from healthpass.issuer.ledger import publications as ledger_publications
from healthpass.issuer.ledger.database import unreachable
from healthpass.issuer.ledger.seals import damaged, seal
from healthpass.issuer.ledger.sqlite import errors_told
from healthpass.issuer.number_marks import NumberMarks

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Value
    from healthpass.issuer.ledger.publications import Row

_LOG, _INDEX = "-wal", "-shm"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a ledger has at one moment.

    Attributes:
        issued: how many numbers of each kid are given away; a kid of which nothing is, is not in it.
        counts: the same by whom they are counted for, and kid; see `healthpass.issuer.ledger.protocol.Limit`.
        publications: the versions that were taken since the newest published snapshot of each key, oldest first.
        problem: what holding the ledger to its second place has found, or None.
    """

    issued: dict[bytes, int]
    counts: dict[tuple[bytes, bytes], int]
    publications: list[Row]
    problem: LedgerError | None


def look_at_sqlite(path: Path, second_place: Path) -> Seen:
    """A ledger in a file.

    Raises:
        LedgerError: what `SQLiteLedger` raises: it is damaged, is none, or cannot be read.
    """
    before = _is_open(path)
    try:
        return _look_at_file(path, second_place, in_use=before)
    except LedgerError:
        if before or not _is_open(path):
            raise
        return _look_at_file(path, second_place, in_use=True)  # somebody has begun to write meanwhile


def look_at_postgres(conninfo: str, second_place: Path, schema: str = "healthpass") -> Seen:
    """A ledger in a PostgreSQL database, in the tables of a schema. Raises `LedgerError`, as
    `PostgresLedger` does."""
    import psycopg  # lazy: the library is an extra

    from healthpass.issuer.ledger.postgres import errors_told

    with errors_told(), psycopg.connect(conninfo, autocommit=True, client_encoding="UTF8") as db:
        db.execute("SELECT set_config('default_transaction_read_only', 'on', false)")
        db.execute("SELECT set_config('search_path', %s, false)", (f'"{schema}"',))
        return _seen(
            lambda query, *given: db.execute(query.replace("?", "%s").encode(), given).fetchall(), second_place
        )


def _is_open(path: Path) -> bool:
    """Whether a program has the file open, or was killed with it: then its newest rows are in the log beside it."""
    try:
        return os.stat(f"{path}{_LOG}").st_size > 0
    except FileNotFoundError:
        return False


def _look_at_file(path: Path, second_place: Path, *, in_use: bool) -> Seen:
    """SQLite would make the log's index where that is not, and write in it where it is: it is told to do neither."""
    if in_use and not os.path.exists(f"{path}{_INDEX}"):
        raise unreachable("the ledger's log has no index; any command that issues or publishes makes it anew")
    how = "mode=ro&readonly_shm=1" if in_use else "mode=ro&immutable=1"
    name = f"file:{quote(os.path.abspath(path))}?{how}"
    with errors_told(), closing(sqlite3.connect(name, uri=True, isolation_level=None)) as db:
        return _seen(lambda query, *values: db.execute(query, values).fetchall(), second_place)


def _seen(rows: Callable[..., list[Any]], second_place: Path) -> Seen:
    db = _Looking(rows)
    problem = None
    try:
        marks.held_to(db, NumberMarks(second_place))
    except LedgerError as error:
        if error.code == "damaged-ledger":
            raise
        problem = error
    issued = {kid: numbers.issued(db, kid) for (kid,) in db.rows("SELECT kid FROM windows")}
    counts = {}
    for name, kid, used, sealed in db.rows("SELECT name, kid, used, seal FROM counts"):
        if sealed != seal(name, kid, used):
            raise damaged()
        counts[name, kid] = used
    return Seen(issued, counts, ledger_publications.rows(db), problem)


class _Looking:
    """`Database` for who only reads."""

    def __init__(self, rows: Callable[..., list[Any]]) -> None:
        self._rows = rows

    def rows(self, query: str, *values: Value) -> list[Any]:
        return self._rows(query, *values)

    def run(self, statement: str, *values: Value) -> None:
        raise TypeError("nothing is written")

    def run_each(self, statement: str, values: Iterable[Sequence[Value]]) -> int:
        raise TypeError("nothing is written")

    def lock_attestation(self, attester: bytes, reference: bytes) -> None:
        raise TypeError("nothing is locked")

    def lock_publications(self) -> None:
        raise TypeError("nothing is locked")
