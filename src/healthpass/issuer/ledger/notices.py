"""The part of a ledger in SQL that keeps notices that came before what they take back: functions inside a
transaction that the ledger has begun.

A notice and its attestation may come at once. Each side takes the lock of the name first and looks for the other under
it, so that exactly one finds the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass.errors import AttestationRefused
from healthpass.issuer.ledger.seals import damaged, name_of_attestation, seal
from healthpass.issuer.revoking import too_many_notices, unknown_attestation

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database
    from healthpass.issuer.ledger.protocol import Request


def check(db: Database, request: Request) -> None:
    """Raises `AttestationRefused`: "revoked-before": a notice that takes it back came first."""
    if _kept_until(db, request.attester, request.reference) is not None:
        raise AttestationRefused(
            "revoked-before", "the attestation was taken back before it came: the region vouches anew, if it still does"
        )


def keep(db: Database, author: bytes, what: bytes, until: int | None, most: int) -> None:
    """Keep a notice of this author until no window that ends by `until` is left; longer if it is already.

    Raises:
        AttestationRefused: "unknown-attestation": nothing is expected, so `until` is None; or "too-many-notices": so
            many are kept for this author.
    """
    if until is None:
        raise unknown_attestation()
    if not has_room(db, author, what, most):
        raise too_many_notices()
    until = max(until, _kept_until(db, author, what) or 0)
    db.run(
        "INSERT INTO notices (author, what, until, seal) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (author, what) DO UPDATE SET until = excluded.until, seal = excluded.seal",
        author,
        what,
        until,
        seal(author, what, until),
    )
    db.run(
        "INSERT INTO noticed (name, until) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until = excluded.until",
        name_of_attestation(author, what),
        until,
    )


def has_room(db: Database, author: bytes, what: bytes, most: int) -> bool:
    """Whether `keep` would keep it."""
    kept = db.rows("SELECT count(*) FROM notices WHERE author = ?", author)[0][0]
    return int(kept) < most or _kept_until(db, author, what) is not None


def forget(db: Database, before: int) -> None:
    """Forget those that were kept for windows which end earlier than this."""
    for table in ("notices", "noticed"):
        db.run(f"DELETE FROM {table} WHERE until < ?", before)  # noqa: S608  # one of two constants


def _kept_until(db: Database, author: bytes, what: bytes) -> int | None:
    """Until when something is kept; None if it is not. Raises `LedgerError`: the two tables do not say the same."""
    rows = db.rows(
        "SELECT until, seal FROM notices WHERE author = ? AND what = ?"
        " UNION ALL SELECT until, NULL FROM noticed WHERE name = ?",
        author,
        what,
        name_of_attestation(author, what),
    )
    if not rows:
        return None
    until = rows[0][0]
    whole = {(until, seal(author, what, until)), (until, None)}
    if {tuple(row) for row in rows} != whole:
        raise damaged()
    return int(until)
