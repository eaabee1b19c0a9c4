"""The part of a ledger in SQL that says which numbers an attestation has: functions inside a transaction that the
ledger has begun, or, where they only read, of one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from healthpass.issuer.ledger import Entry, Request
from healthpass.issuer.ledger_seals import damaged, name_of_attestation, name_of_code, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger_sql import Database

COLUMNS = "attester, reference, position, digest, kid, first, count, recovery"
_ROWS = (
    f"SELECT 0, {COLUMNS}, seal FROM entries WHERE {{}}"  # noqa: S608  # one of two constants
    " UNION ALL SELECT 1, NULL, NULL, NULL, NULL, kid, NULL, entries, NULL, NULL FROM names WHERE name = ?"
)
"""In one statement, so that nothing is given or dropped between the two halves."""
_BY_REFERENCE = _ROWS.format("attester = (SELECT id FROM attesters WHERE key = ?) AND reference = ?")
_BY_RECOVERY = _ROWS.format("recovery = ?")


class Row(NamedTuple):
    """One row of `entries`, apart from its seal."""

    attester: int
    reference: bytes
    position: int
    digest: bytes
    kid: bytes
    first: int
    size: int
    recovery: bytes | None


def of_attestation(db: Database, attester: bytes, reference: bytes) -> list[Row]:
    """The rows of an attestation, in the order of its windows. Raises `LedgerError`."""
    rows = db.rows(_BY_REFERENCE, attester, reference, name_of_attestation(attester, reference))
    return sorted(_whole(rows), key=lambda row: row.position)


def of_code(db: Database, recovery_hash: bytes) -> list[Row]:
    """The rows of every attestation with this recovery hash. Raises `LedgerError`."""
    return _whole(db.rows(_BY_RECOVERY, recovery_hash, name_of_code(recovery_hash)))


def insert(db: Database, request: Request, entries: list[Entry]) -> None:
    """Write down what an attestation has got."""
    attester = _attester(db, request.attester)
    rows = [
        Row(attester, request.reference, n, request.digest, each.kid, each.first, each.count, request.recovery_hash)
        for n, each in enumerate(entries)
    ]
    db.run_each(
        f"INSERT INTO entries ({COLUMNS}, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # a constant
        [(*row, seal(*row)) for row in rows],
    )
    names = [name_of_attestation(request.attester, request.reference)]
    if request.recovery_hash is not None:
        names.append(name_of_code(request.recovery_hash))
    db.run_each(
        "INSERT INTO names (name, kid, entries) VALUES (?, ?, 1)"
        " ON CONFLICT (name, kid) DO UPDATE SET entries = names.entries + 1",
        [(name, each.kid) for name in names for each in sorted(entries, key=lambda entry: entry.kid)],
    )


def check_seal(values: Iterable[Any]) -> Row:
    """A row with its seal, without it. Raises `LedgerError`."""
    *content, sealed = values
    if sealed != seal(*content):
        raise damaged()
    return Row(*content)


def _whole(found: list[Any]) -> list[Row]:
    rows = [check_seal(values) for kind, *values in found if kind == 0]
    counted = {values[4]: values[6] for kind, *values in found if kind == 1}
    if Counter(row.kid for row in rows) != counted:
        raise damaged()
    return rows


def _attester(db: Database, key: bytes) -> int:
    query = "SELECT id FROM attesters WHERE key = ?"
    rows = db.rows(query, key)
    if not rows:
        db.run("INSERT INTO attesters (key) VALUES (?) ON CONFLICT DO NOTHING", key)
        rows = db.rows(query, key)
    return int(rows[0][0])
