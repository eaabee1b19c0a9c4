"""The part of a ledger in SQL that is about its second place (`healthpass.issuer.number_marks`).

Before a ledger gives numbers beyond a mark, it raises the mark; a program that is killed between the two has given none
of them. After the numbers are on the ledger's disk, it notes how far it is; a program that is killed before has noted
less than it gave. So a ledger that has given less than is noted has lost something, and only then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthpass.errors import LedgerError
from healthpass.issuer.ledger import totals
from healthpass.issuer.number_marks import LEDGER, Mark, NumberMarks

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database

_BLOCK, _LEAST_BLOCK, _SHARE = 16_384, 64, 1024


def block(capacity: int) -> int:
    """How far ahead of what is given a window's mark is: 64 to 16,384 numbers, a 1,024th of the window between."""
    return min(_BLOCK, max(_LEAST_BLOCK, capacity // _SHARE))


def compare(db: Database, place: NumberMarks | None) -> None:
    """Hold a ledger to its marks. One that had none so far gets some, if there is a place for them. What a program that
    was killed, or could not write there, has given and not noted is noted now.

    Raises:
        LedgerError: as `held_to`.
    """
    late = held_to(db, place)
    if place is None:
        return
    if not totals.get(db, totals.MARKED):
        db.lock_publications()
        if not totals.get(db, totals.MARKED):  # nor has somebody else written some meanwhile
            write_anew(db, place)
            return
        late = held_to(db, place)
    if late:
        place.note(late)


def held_to(db: Database, place: NumberMarks | None) -> dict[bytes, int]:
    """What `compare` finds, without writing anything.

    Returns:
        What was given and not noted: up to which number, by kid.

    Raises:
        LedgerError: "ledger-behind": it has given less than is noted; "no-mark": it has written further ahead than the
            marks say, so they are another ledger's or an old copy, or it was not told where they are; or as
            `NumberMarks` does.
    """
    marked = bool(totals.get(db, totals.MARKED))
    if place is None:
        if marked:
            raise no_mark()
        return {}
    noted = {kid: place.read(kid) for kid in place.kids()}  # before the ledger is read: others go on giving
    identity, changes = totals.get(db, totals.IDENTITY), totals.get(db, totals.CHANGES)
    windows = {row[0]: row[1:] for row in db.rows("SELECT kid, capacity, next, mark FROM windows ORDER BY kid")}
    late = {}
    for kid, mark in noted.items():
        given = changes if kid == LEDGER else windows[kid][1] if kid in windows else 0
        if mark is not None and (mark.ledger != identity or mark.given > given):
            raise behind()
        if mark is not None and mark.given < given:
            late[kid] = given
    if not marked:
        return late
    if place.read(LEDGER) is None:
        raise no_mark()
    for kid, (capacity, following, ahead) in windows.items():
        if ahead and following < capacity:
            found = place.read(kid)
            if found is None or found.ahead < ahead:
                raise no_mark()
    return late


def write_anew(db: Database, place: NumberMarks) -> None:
    """Marks of all that the ledger has, whatever is in their place. For a ledger that is whole."""
    db.lock_publications()
    identity = totals.get(db, totals.IDENTITY)
    for kid, capacity, following in db.rows("SELECT kid, capacity, next FROM windows ORDER BY kid"):
        if following < capacity:
            ahead = min(capacity, following + block(capacity))
            place.write_anew(kid, Mark(identity, capacity, ahead, following))
            db.run("UPDATE windows SET mark = ? WHERE kid = ?", ahead, kid)
    place.write_anew(LEDGER, Mark(identity, 0, _version(db), totals.get(db, totals.CHANGES)))
    totals.put(db, totals.MARKED, 1)


def count_change(db: Database) -> None:
    """Something that no window's counter tells was changed, under the lock on publications."""
    totals.put(db, totals.CHANGES, totals.get(db, totals.CHANGES) + 1)


def write_ahead(db: Database, place: NumberMarks, kids: Sequence[bytes] | None) -> dict[bytes, int]:
    """Raise the marks that a transaction has passed, before it ends.

    Args:
        kids: whose numbers it gave; None if it has changed something else.

    Returns:
        What `NumberMarks.note` is told when it is on the disk.
    """
    noted: dict[bytes, int] = {}
    if kids is None:
        noted[LEDGER] = totals.get(db, totals.CHANGES)
        _raise_version(db, place)
        # Whatever the mark of versions says: a program that was killed may have raised it, and numbers are taken now.
        kids = [kid for (kid,) in db.rows("SELECT kid FROM windows WHERE next < capacity ORDER BY kid")]
    for kid in kids:
        capacity, noted[kid], ahead = db.rows("SELECT capacity, next, mark FROM windows WHERE kid = ?", kid)[0]
        if noted[kid] > ahead:
            before = place.read(kid)
            if before is None and ahead:
                raise no_mark()
            before = before or Mark(totals.get(db, totals.IDENTITY), capacity, 0, 0)
            ahead = max(before.ahead, min(capacity, noted[kid] + block(capacity)))
            place.write_ahead(kid, Mark(before.ledger, capacity, ahead, before.given))
            db.run("UPDATE windows SET mark = ? WHERE kid = ?", ahead, kid)
    return noted


def _raise_version(db: Database, place: NumberMarks) -> None:
    before, version = place.read(LEDGER), _version(db)
    if before is None:
        raise no_mark()
    if version > before.ahead:
        place.write_ahead(LEDGER, Mark(before.ledger, 0, version, before.given))


def behind() -> LedgerError:
    """An old copy of a ledger."""
    return LedgerError(
        "ledger-behind", "the ledger has lost what it gave: it is an old copy. Nothing is done with it until `recover`"
    )


def no_mark() -> LedgerError:
    return LedgerError(
        "no-mark", "the second place lacks marks of this ledger: is it the right one, and mounted? Nothing is given"
    )


def _version(db: Database) -> int:
    return totals.get(db, totals.VERSION)
