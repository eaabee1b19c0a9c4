"""The part of a ledger in SQL that has the revoked ranges: functions inside a transaction, or, where they only read, of
one statement.

How many ranges were revoked at a version stands once more in a table of its own, so that none can be lost unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from healthpass.issuer.ledger.seals import damaged, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

_COLUMNS = "kid, first, count, since, at, wish"
_ROWS = (
    f"SELECT 0, {_COLUMNS}, seal FROM revocations WHERE {{0}}"  # noqa: S608  # one of two constants
    " UNION ALL SELECT 1, kid, NULL, ranges, since, NULL, NULL, NULL FROM revoked WHERE {0}"
)
_WITH_TIME = f"SELECT {_COLUMNS}, seal FROM revocations WHERE kid = ? AND since < ? AND at IS NOT NULL"  # noqa: S608  # a constant
_OF_KID = _ROWS.format("kid = ? AND since >= ? AND since < ?")
_SINCE = _ROWS.format("since >= ?")


class Range(NamedTuple):
    """A row of `revocations`, apart from its seal."""

    kid: bytes
    first: int
    size: int
    since: int
    at: int | None
    wish: int


def insert(db: Database, ranges: Sequence[Range]) -> int:
    """Revoke ranges. What is revoked already stays as it is. Returns how many were not."""
    statement = f"INSERT INTO revocations ({_COLUMNS}, seal) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608  # a constant
    new = [each for each in ranges if db.run_each(statement, [(*each, seal(*each))])]
    db.run_each(
        "INSERT INTO revoked (kid, since, ranges) VALUES (?, ?, ?)"
        " ON CONFLICT (kid, since) DO UPDATE SET ranges = revoked.ranges + excluded.ranges",
        [
            (kid, since, count)
            for (kid, since), count in sorted(Counter((each.kid, each.since) for each in new).items())
        ],
    )
    return len(new)


def of_kid(db: Database, kid: bytes, since: int, before: int) -> list[Range]:
    """The ranges of a kid that were revoked from one version up to another, in the order of their numbers.

    Raises:
        LedgerError: not all of them are there as they were written.
    """
    return sorted(_whole(db.rows(_OF_KID, kid, since, before, kid, since, before)))


def since_version(db: Database, since: int) -> list[Range]:
    """Those of every kid that were revoked from a version on. Raises the same."""
    return sorted(_whole(db.rows(_SINCE, since, since)))


def forget_times(db: Database, kids: Iterable[bytes], before: int) -> None:
    """When something was revoked is nobody's business once a version has it."""
    rows = [row for kid in kids for row in db.rows(_WITH_TIME, kid, before)]
    past = [each._replace(at=None) for each in map(_range, rows)]
    db.run_each(
        "UPDATE revocations SET at = NULL, seal = ? WHERE kid = ? AND first = ?",
        [(seal(*each), each.kid, each.first) for each in past],
    )


def _whole(found: list[Any]) -> list[Range]:
    ranges = [_range(values) for kind, *values in found if kind == 0]
    counted = {(values[0], values[3]): values[2] for kind, *values in found if kind == 1}
    if Counter((each.kid, each.since) for each in ranges) != counted:
        raise damaged()
    return ranges


def _range(values: Sequence[Any]) -> Range:
    *content, sealed = values
    if sealed != seal(*content):
        raise damaged()
    return Range(*content)
