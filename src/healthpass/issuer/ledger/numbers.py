"""The part of a ledger in SQL that counts: functions inside a transaction that the ledger has begun.

The numbers of a kid are given from 0 upwards without a gap: to attestations (`entries`), or to nobody, and then they
are revoked (`revocations`). So the next number is where the last range ends, or the capacity of a dropped window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from healthpass.errors import AttestationRefused
from healthpass.issuer.ledger.protocol import Entry
from healthpass.issuer.ledger.seals import damaged, name_of_window, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

_END = "(SELECT first + count FROM {} WHERE kid = ? ORDER BY first DESC LIMIT 1)"
_OF_WINDOW = "(SELECT {} FROM windows WHERE kid = ?)"
_ENDS = "SELECT " + ", ".join(map(_END.format, ("entries", "revocations")))
_NAMED = "(SELECT entries FROM names WHERE name = ?)"
_STATE = "SELECT " + ", ".join(
    [*map(_OF_WINDOW.format, ("next", "capacity", "seal")), *map(_END.format, ("entries", "revocations")), _NAMED]
)
"""In one statement, so that nobody gives a number in between."""


def take(db: Database, kid: bytes, capacity: int, count: int) -> Entry:
    """The next numbers of a kid, for good. Raises `AttestationRefused`: "window-full"."""
    rows = _advance(db, kid, capacity, count)
    if not rows:
        if issued(db, kid) == 0:  # the kid's first claims, or too many, or another capacity
            add_window(db, kid, capacity)
        rows = _advance(db, kid, capacity, count)
    if not rows:
        raise AttestationRefused(
            "window-full", "a window has too few numbers left: the region makes a new offer, and chance decides anew"
        )
    first = rows[0][0] - count
    if first != max(end or 0 for end in _checked(db.rows(_ENDS, kid, kid)[0])):
        raise damaged()
    return Entry(kid, first, count)


def add_window(db: Database, kid: bytes, capacity: int) -> None:
    """A window of which nothing is given, if it is not there. Also by name, so that one that is lost is not new."""
    sealed = seal(kid, capacity)
    values = "VALUES (?, ?, 0, 0, ?) ON CONFLICT DO NOTHING"
    if db.run_each(f"INSERT INTO windows (kid, capacity, next, mark, seal) {values}", [(kid, capacity, sealed)]):
        db.run("INSERT INTO names (name, kid, entries) VALUES (?, ?, 0)", name_of_window(kid), b"")


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
    counter, capacity, sealed, *ends, named = db.rows(_STATE, *[kid] * 5, name_of_window(kid))[0]
    last = max(end or 0 for end in _checked([counter, *ends])[1:])
    if (counter is None) != (named is None) or (counter is None and last):
        raise damaged()
    if counter is None:
        return 0
    dropped = ends == [None, None] and counter == capacity
    if sealed != seal(kid, capacity) or (counter != last and not dropped):
        raise damaged()
    return int(counter)


def check_counters(db: Database) -> None:
    """Hold every counter to its ranges. Raises `LedgerError`."""
    for (kid,) in db.rows("SELECT kid FROM windows"):
        if not isinstance(kid, bytes):  # a damaged file may have anything
            raise damaged()
        issued(db, kid)


def _advance(db: Database, kid: bytes, capacity: int, count: int) -> list[Any]:
    return db.rows(
        "UPDATE windows SET next = next + ? WHERE kid = ? AND capacity = ? AND next + ? <= capacity RETURNING next",
        count,
        kid,
        capacity,
        count,
    )


def _checked(values: Sequence[Any]) -> Sequence[int | None]:
    """A damaged file may have anything."""
    if not all(value is None or isinstance(value, int) for value in values):
        raise damaged()
    return values
