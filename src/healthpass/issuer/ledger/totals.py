"""The part of a ledger in SQL that has one value of a name: functions inside a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacl.utils import random

from healthpass.issuer.ledger.seals import damaged, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

IDENTITY = b"identity"
"""Drawn when the ledger is made: 1 to 2**63 - 1."""
CHANGES = b"changes"
"""How often something was revoked, published or dropped. Changed under the lock on publications."""
VERSION = b"version"
"""The newest that was taken. This and the next are changed under the same lock."""
PUBLICATIONS = b"publications"
"""How many rows there are of them."""
MARKED = b"marked"
"""1 once there are marks in a second place."""

HOUR = b"hour"
"""Of the last recovery code that was tried: hours since 1970 UTC."""
ATTEMPTS = b"attempts"
"""How many were tried in that hour. Both are changed under the lock on publications."""
_NAMES = (CHANGES, VERSION, PUBLICATIONS, MARKED, HOUR, ATTEMPTS)


def create(db: Database) -> None:
    """In a new ledger."""
    identity = int.from_bytes(random(8), "big") >> 1 or 1
    for name, value in ((IDENTITY, identity), *((name, 0) for name in _NAMES)):
        db.run("INSERT INTO totals (name, value, seal) VALUES (?, ?, ?)", name, value, seal(name, value))


def get(db: Database, name: bytes) -> int:
    """The value. Raises `LedgerError`."""
    rows = db.rows("SELECT value, seal FROM totals WHERE name = ?", name)
    if len(rows) != 1 or rows[0][1] != seal(name, rows[0][0]):
        raise damaged()
    return int(rows[0][0])


def put(db: Database, name: bytes, value: int) -> None:
    """Another value."""
    db.run("UPDATE totals SET value = ?, seal = ? WHERE name = ?", value, seal(name, value), name)
