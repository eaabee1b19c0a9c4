"""The part of a ledger in SQL that counts: how many numbers are given for each name, in the step that gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass.errors import AttestationRefused
from healthpass.issuer.ledger.seals import damaged, seal

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database
    from healthpass.issuer.ledger.protocol import Request

_COUNTED = b"counted"
"""Instead of an attester, for the locks of names that are counted; they are taken after that of the attestation."""


def count(db: Database, request: Request) -> None:
    """Count the numbers for each name of the request's limits. Raises `AttestationRefused`: a limit's own refusal."""
    if not request.limits:
        return
    wanted = {kid: count for kid, _, count in request.wanted}
    given = {name: _given(db, name) for name in sorted({name for each in request.limits for name in each.names})}
    for limit in request.limits:
        asked = sum(wanted.get(kid, 0) for kid in limit.kids)
        for name in limit.names:
            if sum(given[name].get(kid, 0) for kid in limit.kids) + asked > limit.most:
                raise AttestationRefused(limit.code, limit.why)
    counted = {(name, kid) for each in request.limits for name in each.names for kid in each.kids if kid in wanted}
    rows = [(name, kid, given[name].get(kid, 0) + wanted[kid]) for name, kid in sorted(counted)]
    db.run_each(
        "INSERT INTO counts (name, kid, used, seal) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name, kid) DO UPDATE SET used = excluded.used, seal = excluded.seal",
        [(*row, seal(*row)) for row in rows],
    )


def _given(db: Database, name: bytes) -> dict[bytes, int]:
    """How many numbers of each kid, and from now to the end of the transaction nobody else counts more of them."""
    db.lock_attestation(_COUNTED, name)
    rows = db.rows("SELECT kid, used, seal FROM counts WHERE name = ?", name)
    if any(sealed != seal(name, kid, used) for kid, used, sealed in rows):
        raise damaged()
    return {kid: used for kid, used, _ in rows}
