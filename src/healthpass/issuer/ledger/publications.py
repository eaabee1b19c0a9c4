"""The part of a ledger in SQL that has the versions that were taken: functions under the lock on publications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from healthpass.issuer.ledger import totals
from healthpass.issuer.ledger.seals import damaged, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

_COLUMNS = "version, key, issued, base, kids, digest, done"
_ALL = f"SELECT {_COLUMNS}, seal FROM publications ORDER BY version"  # noqa: S608  # a constant
_INSERT = f"INSERT INTO publications ({_COLUMNS}, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # a constant


class Row(NamedTuple):
    """A row of `publications`, apart from its seal. Signed when it has a digest; `done` is 1 once it is known to be
    published."""

    version: int
    key: bytes
    issued: int
    base: int | None
    kids: bytes
    digest: bytes | None
    done: int


def last(db: Database) -> int:
    """The newest version that was taken, 0 for none."""
    return totals.get(db, totals.VERSION)


def rows(db: Database) -> list[Row]:
    """Those that are kept, in order: for each key from its newest published snapshot on.

    Raises:
        LedgerError: not all of them are there as they were written.
    """
    found = []
    for *content, sealed in db.rows(_ALL):
        if sealed != seal(*content):
            raise damaged()
        found.append(Row(*content))
    if len(found) != totals.get(db, totals.PUBLICATIONS) or (found and found[-1].version > last(db)):
        raise damaged()
    return found


def insert(db: Database, row: Row) -> None:
    """A version that is taken now."""
    db.run(_INSERT, *row, seal(*row))
    totals.put(db, totals.VERSION, row.version)
    totals.put(db, totals.PUBLICATIONS, totals.get(db, totals.PUBLICATIONS) + 1)


def replace(db: Database, row: Row) -> None:
    """What is known of it has changed: its digest, whether it is done, or that its time was in the future."""
    statement = "UPDATE publications SET issued = ?, digest = ?, done = ?, seal = ? WHERE version = ?"
    db.run(statement, row.issued, row.digest, row.done, seal(*row), row.version)


def forget(db: Database, gone: Sequence[Row]) -> None:
    """Versions that nobody will ask about any more."""
    db.run_each("DELETE FROM publications WHERE version = ?", [(row.version,) for row in gone])
    totals.put(db, totals.PUBLICATIONS, totals.get(db, totals.PUBLICATIONS) - len(gone))
