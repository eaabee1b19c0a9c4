"""The part of a ledger in SQL that makes an old copy usable again: one transaction, so it happened or it did not.

What was given after the copy was made is known by nobody but those who have it. So it counts as given to nobody: it is
revoked up to the mark, and regions vouch again. What was revoked and published since is revoked again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass.issuer.ledger import numbers as ledger_numbers
from healthpass.issuer.ledger import publications, revoked, totals
from healthpass.issuer.ledger.marks import no_mark
from healthpass.issuer.ledger.revoked import Range
from healthpass.issuer.number_marks import LEDGER, Mark, NumberMarks

if TYPE_CHECKING:
    from healthpass.issuer.ledger.database import Database


_NOBODY = b""
"""Instead of a revocation key: the version is taken, and nothing is published under it."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery has done.

    Attributes:
        given_up: numbers that were given after the copy was made, or written ahead; they are revoked.
        windows: how many windows had such numbers.
        revoked_again: ranges that were published as revoked, and that the copy did not know as such.
        version: the next publication has a higher one.
    """

    given_up: int
    windows: int
    revoked_again: int
    version: int


def recover(db: Database, place: NumberMarks, published: Mapping[bytes, Collection[int]], version: int) -> Recovered:
    """See `SqlLedger.recover`.

    1. Versions go on above every one that was taken or is published.
    2. Under each window, the numbers up to the mark are given to nobody, and revoked.
    3. What is published as revoked is revoked here.
    4. The ledger is the one of these marks.
    """
    db.lock_publications()
    marks = {kid: mark for kid in place.kids() if (mark := place.read(kid)) is not None}
    own = marks.pop(LEDGER, None)
    if own is None:
        raise no_mark()
    floor = _raise_version(db, max(own.ahead, version))  # 1
    given_up = again = windows = 0
    held = {row[0] for row in db.rows("SELECT kid FROM windows")}
    for kid in sorted(held | marks.keys() | published.keys()):
        numbers = sorted(published.get(kid, ()))
        lost = _give_up(db, kid, marks.get(kid), numbers, floor)  # 2
        given_up += lost
        windows += lost > 0
        again += _revoke_again(db, kid, numbers, floor)  # 3
    totals.put(db, totals.CHANGES, max(totals.get(db, totals.CHANGES), own.given) + 1)  # 4
    totals.put(db, totals.IDENTITY, own.ledger)
    totals.put(db, totals.MARKED, 1)
    return Recovered(given_up, windows, again, floor)


def _raise_version(db: Database, at_least: int) -> int:
    """What this copy knows as published is not what is published: only the last version and time count."""
    known = publications.rows(db)
    floor = max(publications.last(db), at_least)
    publications.forget(db, known)
    if floor:
        issued = max((row.issued for row in known), default=0)
        publications.insert(db, publications.Row(floor, _NOBODY, issued, None, b"", None, 0))
    return floor


def _give_up(db: Database, kid: bytes, mark: Mark | None, numbers: list[int], since: int) -> int:
    rows = db.rows("UPDATE windows SET next = next WHERE kid = ? RETURNING capacity, mark", kid)
    if not rows:
        if mark is None:
            if numbers:
                raise no_mark()
            return 0
        ledger_numbers.add_window(db, kid, mark.capacity)
        rows = [(mark.capacity, 0)]
    (capacity, ahead), first = rows[0], ledger_numbers.issued(db, kid)
    if first == capacity:
        return 0
    if mark is None and ahead:
        raise no_mark()
    end = max([first, mark.ahead if mark else 0, *(number + 1 for number in numbers[-1:])])
    if end > first:
        db.run("UPDATE windows SET next = ?, mark = ? WHERE kid = ?", end, mark.ahead if mark else 0, kid)
        revoked.insert(db, [Range(kid, first, end - first, since, None, 0)])
    return end - first


def _revoke_again(db: Database, kid: bytes, numbers: list[int], since: int) -> int:
    """The attestations, whole, that have these numbers."""
    if not numbers:
        return 0
    entries = db.rows("SELECT first, count FROM entries WHERE kid = ? ORDER BY first", kid)
    firsts = [first for first, _ in entries]
    found = {bisect_right(firsts, number) - 1: number for number in reversed(numbers)}  # the lowest number of each
    meant = [entries[at] for at, number in sorted(found.items()) if at >= 0 and number < sum(entries[at])]
    return revoked.insert(db, [Range(kid, first, size, since, None, 0) for first, size in meant])
