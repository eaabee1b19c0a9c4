"""The part of a ledger in SQL that finds attestations by a recovery code: functions inside a transaction that the
ledger has begun, or, where they only read, of one statement.

Each enrolment has a hash of its own, so a code is looked for under all 65,536 hashes that it may have, in one statement
that goes through them in order, as the table does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthpass.errors import AttestationRefused
from healthpass.issuer.ledger import totals
from healthpass.issuer.ledger.seals import damaged, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

HOUR = 3600
_SIZE = 32
_AMONG = "n CROSS JOIN {0} AS c {1} WHERE c.hash = substr(?, n.i * 32 + 1, 32)"
_FIND = (
    "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"  # noqa: S608  # constants
    " SELECT 0, c.hash, c.attester, c.reference, c.seal, a.key FROM "
    + _AMONG.format("codes", "LEFT JOIN attesters AS a ON a.id = c.attester")
    + " UNION ALL SELECT 1, c.hash, c.attester, c.reference, NULL, NULL FROM "
    + _AMONG.format("coded", "")
)
"""In one statement, so that nothing is issued or dropped between the two halves."""


def insert(db: Database, hashes: Sequence[bytes], attester: int, reference: bytes) -> None:
    """Write down by which hashes an attestation is found."""
    rows = [(each, attester, reference) for each in sorted(hashes)]
    db.run_each(
        "INSERT INTO codes (hash, attester, reference, seal) VALUES (?, ?, ?, ?)",
        [(*row, seal(*row)) for row in rows],
    )
    db.run_each("INSERT INTO coded (hash, attester, reference) VALUES (?, ?, ?)", rows)


def attestations(db: Database, hashes: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """The attestations (attester's key, reference) that have any of these hashes. Raises `LedgerError`."""
    listed = sorted(set(hashes))
    joined = b"".join(listed)
    if not listed or len(joined) != _SIZE * len(listed):
        return []
    rows = db.rows(_FIND, len(listed), joined, joined)
    found = {
        (digest, attester, reference): (sealed, key)
        for kind, digest, attester, reference, sealed, key in rows
        if not kind
    }
    again = {tuple(row[1:4]) for row in rows if row[0]}
    if found.keys() != again or any(sealed != seal(*row) or key is None for row, (sealed, key) in found.items()):
        raise damaged()
    for key, attester in {(key, attester) for (_, attester, _), (_, key) in found.items()}:
        if db.rows("SELECT id FROM attesters WHERE key = ?", key) != [(attester,)]:  # as their index has it
            raise damaged()
    return sorted({(key, reference) for (_, _, reference), (_, key) in found.items()})


def count_attempt(db: Database, now: int, most: int) -> None:
    """Count one more code that is tried. Raises `AttestationRefused`: "too-many-attempts"."""
    db.lock_publications()
    hour = now // HOUR
    used = totals.get(db, totals.ATTEMPTS) if totals.get(db, totals.HOUR) == hour else 0
    if used >= most:
        raise AttestationRefused(
            "too-many-attempts", "more recovery codes were tried than may be in an hour: try again in the next one"
        )
    totals.put(db, totals.HOUR, hour)
    totals.put(db, totals.ATTEMPTS, used + 1)


def forget(db: Database) -> None:
    """Forget the hashes of attestations that have no entry any more."""
    for table in ("codes", "coded"):
        db.run(
            f"DELETE FROM {table} WHERE NOT EXISTS"  # noqa: S608  # one of two constants
            f" (SELECT 1 FROM entries AS e WHERE e.attester = {table}.attester AND e.reference = {table}.reference)"
        )
