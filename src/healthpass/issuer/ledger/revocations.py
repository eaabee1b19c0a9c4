"""The part of a ledger in SQL that is about revocation: functions inside a transaction that the ledger has begun."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from healthpass.errors import RevocationRefused
from healthpass.issuer.ledger import entries, numbers, publications, revoked
from healthpass.issuer.ledger.protocol import Entry, Plan, Publication
from healthpass.issuer.ledger.revoked import Range
from healthpass.issuer.published import other_snapshot

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

_KID_SIZE = 4


def revoke_reference(db: Database, attester: bytes, reference: bytes, now: int, at_wish: bool) -> int:
    """Revoke what an attestation has, under the lock of publications. Returns how many numbers: 0 if it never came."""
    return _revoke(db, entries.of_attestation(db, attester, reference), now, at_wish)


def is_held(db: Database, attester: bytes, reference: bytes) -> bool:
    """See `Ledger.holds`."""
    return bool(entries.of_attestation(db, attester, reference))


def ranges(db: Database, kid: bytes, before: int, since: int) -> list[Entry]:
    """See `Ledger.revoked`."""
    return [Entry(kid, each.first, each.size) for each in revoked.of_kid(db, kid, since, before)]


def begin(db: Database, key: bytes, plan: Plan) -> Publication | None:
    """See `Turn.begin`."""
    db.lock_publications()
    own = _own(db, key)
    later = [row for row in own if row.issued > plan.issued]
    if later and not plan.clock_confirmed:
        said = "the publication before was issued later: set the clock; if it is right, confirm it with a snapshot"
        raise RevocationRefused("clock-behind", said)
    for row in later:  # so that the next ones need no confirmation
        publications.replace(db, row._replace(issued=plan.issued))
    base, kids = plan.base, tuple(plan.kids) if plan.base is None else _kids_of_base(own, plan)
    published = max((row.version for row in own if row.done), default=0)
    revoked.since_version(db, published)  # what decides below must be as it was written
    fresh = _fresh(db, published, plan.live & set(kids))
    if base is not None and _must_wait(db, published, fresh.keys(), plan):
        return None
    last = publications.last(db)
    for kid, count in sorted(fresh.items()):
        _burn(db, kid, plan.least_slots - count, last)
    if base is not None and sum(_counts(db, base, kids)) > plan.most_slots:
        raise RevocationRefused("too-many-slots", "too much is revoked for a delta: publish a snapshot")
    publications.insert(db, publications.Row(last + 1, key, plan.issued, base, b"".join(kids), None, 0))
    return Publication(last + 1, plan.issued, base, kids)


def signed(db: Database, key: bytes, version: int, digest: bytes) -> None:
    """See `Turn.signed`."""
    db.lock_publications()
    own = _own(db, key)
    if not own or own[-1].version != version:
        raise RevocationRefused("overtaken", "another publication has begun since: this one is not published")
    publications.replace(db, own[-1]._replace(digest=digest))


def published(db: Database, key: bytes, version: int, digest: bytes) -> bool:
    """See `Turn.published`."""
    db.lock_publications()
    if version > publications.last(db):
        raise RevocationRefused("ledger-behind", "a version is published that this ledger never took: is it a backup?")
    own = _own(db, key)
    found = [row for row in own if row.version == version and row.digest == digest]
    if not found or found[0].done:
        return bool(found)
    publications.replace(db, found[0]._replace(done=1))
    revoked.forget_times(db, _split(found[0].kids), version)
    snapshots = [row.version for row in own if row.base is None and (row.done or row.version == version)]
    publications.forget(db, [row for row in own if row.version < max(snapshots, default=0)])
    return True


def _revoke(db: Database, held: list[entries.Row], now: int, at_wish: bool) -> int:
    since = publications.last(db)
    revoked.insert(db, [Range(row.kid, row.first, row.size, since, now, int(at_wish)) for row in held])
    return sum(row.size for row in held)


def _own(db: Database, key: bytes) -> list[publications.Row]:
    return [row for row in publications.rows(db) if row.key == key]


def _kids_of_base(own: list[publications.Row], plan: Plan) -> tuple[bytes, ...]:
    """The kids of the snapshot that a delta adds to."""
    snapshots = [row for row in own if row.done and row.base is None]
    if not snapshots or snapshots[-1].version != plan.base:
        raise other_snapshot()
    kids = _split(snapshots[-1].kids)
    if not set(plan.kids) >= set(kids):  # a scanner would miss slots that an earlier delta had
        raise RevocationRefused("no-snapshot", "a window of the published snapshot is gone: publish a new snapshot")
    return kids


def _split(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[at : at + _KID_SIZE] for at in range(0, len(joined), _KID_SIZE))


def _counts(db: Database, since: int, kids: tuple[bytes, ...]) -> list[int]:
    """How many slots of each of these kids are revoked since that version."""
    rows = db.rows("SELECT kid, sum(count) FROM revocations WHERE since >= ? GROUP BY kid", since)
    return [int(count) for kid, count in rows if kid in kids]


def _fresh(db: Database, published: int, kids: Set[bytes]) -> dict[bytes, int]:
    """The kids with anything revoked that the last publication did not have, and how many slots of it hide the others:
    whoever wished it for passes of their own knows those."""
    rows = db.rows("SELECT kid, sum(count * (1 - wish)) FROM revocations WHERE since >= ? GROUP BY kid", published)
    return {kid: int(count) for kid, count in rows if kid in kids}


def _must_wait(db: Database, published: int, kids: Set[bytes], plan: Plan) -> bool:
    """Whether too few attestations are new, and none of them has waited long enough. If none is new: no.

    Those at a holder's wish are not counted: one attacker with seven of their own would single out an eighth person.
    """
    rows = db.rows(
        "SELECT r.kid, r.at, r.wish, e.attester, e.reference FROM revocations AS r JOIN entries AS e"
        " ON e.kid = r.kid AND e.first = r.first WHERE r.since >= ?",
        published,
    )
    new = [row for row in rows if row[0] in kids]
    if not new or len({(attester, name) for _, _, wish, attester, name in new if not wish}) >= plan.attestations:
        return False
    return all(at is not None and at > plan.issued - plan.longest_wait for _, at, *_ in new)


def _burn(db: Database, kid: bytes, count: int, since: int) -> None:
    """Take numbers and revoke them at once, so that no claim ever has them."""
    burnt = numbers.burn(db, kid, count)
    if burnt is not None:
        revoked.insert(db, [Range(kid, burnt.first, burnt.count, since, None, 0)])
