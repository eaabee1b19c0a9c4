"""The part of a ledger in SQL that counts: functions inside a transaction that the ledger has begun.

The numbers of a kid are given from 0 upwards without a gap: to attestations (`entries`), or to nobody, and then they
are revoked (`revocations`). So the next number is where the last range ends, or the capacity of a dropped window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healthpass.errors import AttestationRefused
from healthpass.issuer.ledger import Entry
from healthpass.issuer.ledger_seals import damaged, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger_sql import Database

_END = "(SELECT first + count FROM {} WHERE kid = ? ORDER BY first DESC LIMIT 1)"
_OF_WINDOW = "(SELECT {} FROM windows WHERE kid = ?)"
_STATE = "SELECT " + ", ".join(
    [*map(_OF_WINDOW.format, ("next", "capacity", "seal")), *map(_END.format, ("entries", "revocations"))]
)
"""In one statement, so that nobody gives a number in between."""


def take(db: Database, kid: bytes, capacity: int, count: int) -> Entry:
    """The next numbers of a kid, for good. Raises `AttestationRefused`: "window-full"."""
    rows = _advance(db, kid, capacity, count)
    if not rows:
        if issued(db, kid) == 0:  # the kid's first claims, or too many, or another capacity
            db.run(
                "INSERT INTO windows (kid, capacity, next, seal) VALUES (?, ?, 0, ?) ON CONFLICT DO NOTHING",
                kid,
                capacity,
                seal(kid, capacity),
            )
        rows = _advance(db, kid, capacity, count)
    if not rows:
        raise AttestationRefused("window-full", "a window has too few numbers left: ask under another of its kids")
    first = rows[0][0] - count
    if _issued(kid, db.rows(_STATE, *[kid] * 5)[0], taken=count) != first:
        raise damaged()
    return Entry(kid, first, count)


def burn(db: Database, kid: bytes, most: int) -> Entry | None:
    """Numbers for nobody: at most so many, and never more than an eighth of those that the kid has left. None if none.

    Whoever calls it writes them down as revoked in the same transaction.
    """
    # An update, though of nothing, so that nobody takes the same numbers meanwhile.
    rows = db.rows("UPDATE windows SET next = next WHERE kid = ? RETURNING capacity", kid)
    if not rows or most <= 0:
        return None
    first = issued(db, kid)
    count = min(most, (rows[0][0] - first) // 8)
    if count <= 0:
        return None
    db.run("UPDATE windows SET next = next + ? WHERE kid = ?", count, kid)
    return Entry(kid, first, count)


def issued(db: Database, kid: bytes) -> int:
    """How many numbers of a kid are given away. Raises `LedgerError` where that is not what its ranges say."""
    return _issued(kid, db.rows(_STATE, *[kid] * 5)[0])


def check_counters(db: Database) -> None:
    """Hold every counter to its ranges. Raises `LedgerError`."""
    for (kid,) in db.rows("SELECT kid FROM windows"):
        issued(db, kid)


def _advance(db: Database, kid: bytes, capacity: int, count: int) -> list[Any]:
    return db.rows(
        "UPDATE windows SET next = next + ? WHERE kid = ? AND capacity = ? AND next + ? <= capacity RETURNING next",
        count,
        kid,
        capacity,
        count,
    )


def _issued(kid: bytes, row: Any, taken: int = 0) -> int:
    """The counter before so many were taken that no range says yet."""
    counter, capacity, sealed, *ends = row
    last = max(end or 0 for end in ends)
    if counter is None:
        if last:
            raise damaged()
        return 0
    if sealed != seal(kid, capacity):
        raise damaged()
    dropped = ends == [None, None] and counter == capacity and not taken
    if counter - taken != last and not dropped:
        raise damaged()
    return int(counter) - taken
