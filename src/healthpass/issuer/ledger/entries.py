"""The part of a ledger in SQL that says which numbers an attestation has: functions inside a transaction that the
ledger has begun, or, where they only read, of one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from healthpass.errors import AttestationRefused
from healthpass.issuer.ledger import codes
from healthpass.issuer.ledger.protocol import Entry, Request
from healthpass.issuer.ledger.seals import damaged, name_of_attestation, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

COLUMNS = "attester, reference, position, digest, kid, first, count"
_BY_REFERENCE = (
    f"SELECT 0, {COLUMNS}, seal FROM entries"  # noqa: S608  # a constant
    " WHERE attester = (SELECT id FROM attesters WHERE key = ?) AND reference = ?"
    " UNION ALL SELECT 1, NULL, NULL, NULL, NULL, kid, NULL, entries, NULL FROM names WHERE name = ?"
)
"""In one statement, so that nothing is given or dropped between the two halves."""


class Row(NamedTuple):
    """One row of `entries`, apart from its seal."""

    attester: int
    reference: bytes
    position: int
    digest: bytes
    kid: bytes
    first: int
    size: int


def of_attestation(db: Database, attester: bytes, reference: bytes) -> list[Row]:
    """The rows of an attestation, in the order of its windows. Raises `LedgerError`."""
    rows = db.rows(_BY_REFERENCE, attester, reference, name_of_attestation(attester, reference))
    return sorted(_whole(rows), key=lambda row: row.position)


def insert(db: Database, request: Request, entries: list[Entry]) -> None:
    """Write down what an attestation has got."""
    attester = _attester(db, request.attester)
    rows = [
        Row(attester, request.reference, n, request.digest, each.kid, each.first, each.count)
        for n, each in enumerate(entries)
    ]
    db.run_each(
        f"INSERT INTO entries ({COLUMNS}, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # a constant
        [(*row, seal(*row)) for row in rows],
    )
    name = name_of_attestation(request.attester, request.reference)
    db.run_each(
        "INSERT INTO names (name, kid, entries) VALUES (?, ?, 1)"
        " ON CONFLICT (name, kid) DO UPDATE SET entries = names.entries + 1",
        [(name, each.kid) for each in sorted(entries, key=lambda entry: entry.kid)],
    )
    if request.recovery_hashes:
        codes.insert(db, request.recovery_hashes, attester, request.reference)


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


def find(db: Database, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
    """See `Ledger.find`."""
    rows = of_attestation(db, attester, reference)
    if not rows:
        return None
    if any(row.digest != digest for row in rows):
        raise AttestationRefused(
            "other-content", "the reference is used: the attestation, or what its colours mean, has changed"
        )
    return [Entry(row.kid, row.first, row.size) for row in rows]


def mark_keys(db: Database, request: Request) -> None:
    """Mark the holder keys of a request. Raises `AttestationRefused` if one of them is marked already."""
    if not request.marks:
        return
    new = db.run_each("INSERT INTO marks (kid, mark) VALUES (?, ?) ON CONFLICT DO NOTHING", sorted(request.marks))
    if new != len(request.marks):
        raise AttestationRefused(
            "repeated-key", "a holder key is bound to a document in another attestation already; make a new offer"
        )
