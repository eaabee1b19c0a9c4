"""The part of the SQLite ledger that is about revocation: functions inside a transaction that the ledger has begun."""

from __future__ import annotations

import sqlite3
from collections.abc import Set

from healthpass.errors import RevocationRefused
from healthpass.issuer.ledger import Entry, Plan, Publication
from healthpass.issuer.revoking import unknown_attestation

SCHEMA = """
CREATE TABLE revocations (
    kid BLOB NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, since INTEGER NOT NULL, at INTEGER,
    PRIMARY KEY (kid, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_by_since ON revocations (since);
CREATE TABLE publications (
    version INTEGER PRIMARY KEY, issued INTEGER NOT NULL, base INTEGER, kids BLOB NOT NULL, done INTEGER NOT NULL
) STRICT;
DROP INDEX entries_by_kid;
CREATE INDEX entries_by_number ON entries (kid, first);
"""
"""A range is in every publication of a version above `since`. `at` is when it was revoked, until that is published."""
_KID_SIZE = 4
_BY_REFERENCE = "attester = (SELECT id FROM attesters WHERE key = ?) AND reference = ?"
_BY_RECOVERY = "recovery = ?"


def revoke_reference(db: sqlite3.Connection, attester: bytes, reference: bytes, now: int) -> int:
    """See `Ledger.revoke`."""
    return _revoke(db, _BY_REFERENCE, (attester, reference), now)


def revoke_recovery(db: sqlite3.Connection, recovery_hash: bytes, now: int) -> int:
    """See `Ledger.revoke_by_recovery`."""
    return _revoke(db, _BY_RECOVERY, (recovery_hash,), now)


def held(db: sqlite3.Connection, attester: bytes, reference: bytes) -> int:
    """How many numbers an attestation has."""
    return _count(db, _BY_REFERENCE, (attester, reference))


def ranges(db: sqlite3.Connection, kid: bytes, before: int, since: int) -> list[Entry]:
    """See `Ledger.revoked`."""
    rows = db.execute(
        "SELECT first, count FROM revocations WHERE kid = ? AND since >= ? AND since < ? ORDER BY first",
        (kid, since, before),
    )
    return [Entry(kid, first, count) for first, count in rows]


def begin(db: sqlite3.Connection, plan: Plan) -> Publication | None:
    """See `Ledger.begin`."""
    last, issued = _last(db), _number(db, "SELECT max(issued) FROM publications")
    if plan.issued < issued:
        raise RevocationRefused("clock-behind", "the publication before was issued later: set the clock")
    base, kids = _base(db, plan) if plan.delta else (None, tuple(plan.kids))
    published = _number(db, "SELECT max(version) FROM publications WHERE done")
    fresh = _fresh(db, published, plan.live & set(kids))
    if plan.delta and _must_wait(db, published, fresh.keys(), plan):
        return None
    for kid, count in fresh.items():
        _burn(db, kid, plan.least_slots - count, last)
    if base is not None and _number(db, "SELECT sum(count) FROM revocations WHERE since >= ?", base) > plan.most_slots:
        raise RevocationRefused("too-many-slots", "too much is revoked for a delta: publish a snapshot")
    made = Publication(last + 1, plan.issued, base, kids)
    db.execute("INSERT INTO publications VALUES (?, ?, ?, ?, 0)", (made.version, made.issued, base, b"".join(kids)))
    return made


def finish(db: sqlite3.Connection, version: int) -> None:
    """See `Ledger.finish`."""
    db.execute("UPDATE publications SET done = 1 WHERE version = ?", (version,))
    db.execute("UPDATE revocations SET at = NULL WHERE since < ? AND at IS NOT NULL", (version,))
    db.execute(
        "DELETE FROM publications WHERE version < (SELECT max(version) FROM publications WHERE done AND base IS NULL)"
    )


def _revoke(db: sqlite3.Connection, which: str, values: tuple[bytes, ...], now: int) -> int:
    count = _count(db, which, values)
    if not count:
        raise unknown_attestation()
    db.execute(
        f"INSERT OR IGNORE INTO revocations SELECT kid, first, count, ?, ? FROM entries WHERE {which}",  # noqa: S608  # one of two constants
        (_last(db), now, *values),
    )
    return count


def _count(db: sqlite3.Connection, which: str, values: tuple[bytes, ...]) -> int:
    return _number(db, f"SELECT sum(count) FROM entries WHERE {which}", *values)  # noqa: S608  # one of two constants


def _base(db: sqlite3.Connection, plan: Plan) -> tuple[int, tuple[bytes, ...]]:
    """The snapshot that a delta adds to, and its kids."""
    row = db.execute(
        "SELECT version, kids FROM publications WHERE done AND base IS NULL ORDER BY version DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise RevocationRefused("no-snapshot", "there is no snapshot that a delta could add to")
    version, joined = row
    kids = tuple(joined[at : at + _KID_SIZE] for at in range(0, len(joined), _KID_SIZE))
    if not set(plan.kids) >= set(kids):  # a scanner would miss slots that an earlier delta had
        raise RevocationRefused("no-snapshot", "a window of the last snapshot is gone: publish a new snapshot")
    return version, kids


def _fresh(db: sqlite3.Connection, published: int, kids: Set[bytes]) -> dict[bytes, int]:
    """How many slots of each kid are revoked that the last publication did not have."""
    rows = db.execute("SELECT kid, sum(count) FROM revocations WHERE since >= ? GROUP BY kid", (published,))
    return {kid: count for kid, count in rows if kid in kids}


def _must_wait(db: sqlite3.Connection, published: int, kids: Set[bytes], plan: Plan) -> bool:
    """Whether too few attestations are new, and none of them has waited long enough. If none is new: no."""
    rows = db.execute(
        "SELECT r.kid, r.at, e.attester, e.reference FROM revocations AS r JOIN entries AS e"
        " ON e.kid = r.kid AND e.first = r.first WHERE r.since >= ?",
        (published,),
    ).fetchall()
    new = [row for row in rows if row[0] in kids]
    if not new or len({row[2:] for row in new}) >= plan.attestations:
        return False
    return all(at is not None and at > plan.issued - plan.longest_wait for _, at, _, _ in new)


def _burn(db: sqlite3.Connection, kid: bytes, count: int, since: int) -> None:
    """Take numbers and revoke them at once, so that no claim ever has them."""
    row = db.execute("SELECT next, capacity FROM windows WHERE kid = ?", (kid,)).fetchone()
    if row is None:
        return
    first, capacity = row
    count = min(count, (capacity - first) // 8)
    if count > 0:
        db.execute("UPDATE windows SET next = next + ? WHERE kid = ?", (count, kid))
        db.execute("INSERT INTO revocations VALUES (?, ?, ?, ?, NULL)", (kid, first, count, since))


def _last(db: sqlite3.Connection) -> int:
    return _number(db, "SELECT max(version) FROM publications")


def _number(db: sqlite3.Connection, query: str, *values: bytes | int) -> int:
    value = db.execute(query, values).fetchone()[0]
    return 0 if value is None else int(value)
