"""What ledgers in SQL databases have in common: everything but connecting, locking and making the tables.

The statements are right whether a transaction has the whole database for itself (SQLite) or only what it has locked
(PostgreSQL, each statement seeing what is committed when it begins). For the latter, everybody takes locks in one
order, so that nobody waits in a circle: the publications, the attestation, names that are counted in order, windows in
the order of their kids, marks in order, the attester.

Whatever a database says in one of its three contexts (`_reading`, `_writing`, `_alone`) leaves it as a `LedgerError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Self

from healthpass._typed import typed
from healthpass.issuer.ledger import codes, limits, marks, notices, recovery, revocations
from healthpass.issuer.ledger import entries as ledger_entries
from healthpass.issuer.ledger import numbers as ledger_numbers
from healthpass.issuer.ledger.database import Database, Transaction
from healthpass.issuer.ledger.protocol import MAX_ATTEMPTS, MAX_NOTICES, Entry, Plan, Publication, Request, Turn
from healthpass.issuer.ledger.recovery import Recovered
from healthpass.issuer.number_marks import NumberMarks
from healthpass.issuer.revoking import unknown_attestation


@typed
class SqlLedger(ABC):
    """A `Ledger` over a `Database`. See `Ledger` for its methods."""

    most_notices = MAX_NOTICES
    most_attempts = MAX_ATTEMPTS
    _marks: NumberMarks | None = None
    _compared = False
    """Whether this connection was held to the marks."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Database]:
        """For one statement that changes nothing."""

    @abstractmethod
    def _alone(self) -> AbstractContextManager[Transaction]:
        """Holds the one lock on publishing, and gives what begins a transaction. Raises `turns.under_way()`."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Database]:
        """A transaction: at its end on disk, or, if an exception leaves it, never begun."""

    def find(self, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
        """See `Ledger.find`."""
        with self._reading() as db:
            found = ledger_entries.find(db, attester, reference, digest)
        if found is not None:  # of a program, perhaps, that was killed before the second place had heard of them
            self.check()
        return found

    def check(self) -> None:
        """Hold the ledger to its second place, if it has one. Every method that changes the ledger does so once.

        Raises:
            LedgerError: "ledger-behind": it is an old copy; "no-mark", "damaged-mark" or "no-second-place": it cannot
                be known whether it is one.
        """
        if not self._compared:
            with self._writing() as db:
                marks.compare(db, self._marks)
            self._compared = True

    def recover(self, published: Mapping[bytes, Collection[int]], *, version: int) -> Recovered:
        """Make an old copy of a ledger usable again, by its second place and by what is published.

        No number up to the mark of its window is given to anybody any more; those that this copy does not know are
        revoked, and those who have them come again for others. What is published as revoked is revoked. Versions go on
        above all that were taken or are published, and the next publication must be a snapshot. Doing it twice does no
        harm.

        Args:
            published: the numbers under each kid that are published as revoked.
            version: of the newest publication that is known of, or 0.

        Raises:
            LedgerError: "no-mark": the ledger has no second place, or that lacks a mark; or as `check`.
        """
        if self._marks is None:
            raise marks.no_mark()
        with self._writing() as db:
            done = recovery.recover(db, self._marks, published, version)
        self._compared = False
        self.check()
        return done

    def write_marks_anew(self) -> None:
        """Write the marks in the second place anew, after that was lost or damaged.

        **Only for a ledger that is whole**, never for one from a backup: nothing would tell any more what it lacks.

        Raises:
            LedgerError: "no-second-place".
        """
        if self._marks is not None:
            with self._writing() as db:
                marks.write_anew(db, self._marks)

    @contextmanager
    def _changing(
        self, *, numbers: Sequence[bytes] | None = None, writing: Transaction | None = None
    ) -> Iterator[Database]:
        """A transaction that changes what a backup would not have, told to the second place before and after.

        Args:
            numbers: kids whose numbers are given; None if something else is changed, under the lock on publications.
            writing: makes the transaction; this connection if None.
        """
        self.check()
        with (writing or self._writing)() as db:
            yield db
            if numbers is None:
                marks.count_change(db)
            noted = None if self._marks is None else marks.write_ahead(db, self._marks, numbers)
        if self._marks is not None and noted is not None:
            try:
                self._marks.note(noted)
            except BaseException:
                self._compared = False  # what is not noted now is before anything of it is used
                raise

    def reserve(self, request: Request) -> list[Entry]:
        """See `Ledger.reserve`."""
        with self._changing(numbers=[kid for kid, _, _ in sorted(request.wanted)]) as db:
            db.lock_attestation(request.attester, request.reference)
            known = ledger_entries.find(db, request.attester, request.reference, request.digest)
            if known is not None:
                return known
            notices.check(db, request)
            limits.count(db, request)
            taken = {
                kid: ledger_numbers.take(db, kid, capacity, count) for kid, capacity, count in sorted(request.wanted)
            }
            entries = [taken[kid] for kid, _, _ in request.wanted]
            ledger_entries.mark_keys(db, request)
            ledger_entries.insert(db, request, entries)
            return entries

    def issued(self, kid: bytes) -> int:
        """See `Ledger.issued`."""
        with self._reading() as db:
            return ledger_numbers.issued(db, kid)

    def drop(self, kid: bytes) -> None:
        """See `Ledger.drop`."""
        with self._changing() as db:
            db.lock_publications()
            db.run(
                "UPDATE windows SET next = capacity, mark = capacity WHERE kid = ?", kid
            )  # first: nothing is added after that
            for table in ("entries", "names", "marks", "counts", "revocations", "revoked"):
                db.run(f"DELETE FROM {table} WHERE kid = ?", kid)  # noqa: S608  # one of six constants
            codes.forget(db)

    def holds(self, attester: bytes, reference: bytes) -> bool:
        """See `Ledger.holds`."""
        with self._reading() as db:
            return revocations.is_held(db, attester, reference)

    def has_room(self, attester: bytes, reference: bytes) -> bool:
        """See `Ledger.has_room`."""
        with self._writing() as db:
            return notices.has_room(db, attester, reference, self.most_notices)

    def revoke(
        self, attester: bytes, reference: bytes, *, now: int, at_wish: bool = False, until: int | None = None
    ) -> int:
        """See `Ledger.revoke`."""
        with self._changing() as db:
            db.lock_publications()
            db.lock_attestation(attester, reference)
            revoked = revocations.revoke_reference(db, attester, reference, now, at_wish)
            if not revoked:
                notices.keep(db, attester, reference, until, self.most_notices)
            return revoked

    def revoke_by_recovery(self, hashes: Sequence[bytes], *, now: int) -> int:
        """See `Ledger.revoke_by_recovery`."""
        self.check()
        with self._writing() as db:
            codes.count_attempt(db, now, self.most_attempts)
        with self._reading() as db:  # which takes long, and locks nothing
            found = codes.attestations(db, hashes)
        if not found:
            raise unknown_attestation()
        with self._changing() as db:
            db.lock_publications()
            numbers = sum(revocations.revoke_reference(db, *each, now, at_wish=True) for each in found)
            if not numbers:  # dropped meanwhile
                raise unknown_attestation()
            return numbers

    def forget_notices(self, *, before: int) -> None:
        """See `Ledger.forget_notices`."""
        with self._writing() as db:
            db.lock_publications()
            notices.forget(db, before)

    def revoked(self, kid: bytes, *, before: int, since: int = 0) -> list[Entry]:
        """See `Ledger.revoked`."""
        with self._reading() as db:
            return revocations.ranges(db, kid, before, since)

    @contextmanager
    def publishing(self, key: bytes) -> Iterator[Turn]:
        """See `Ledger.publishing`."""
        self.check()
        with self._alone() as writing:
            yield _Turn(writing, lambda: self._changing(writing=writing), key)


class _Turn:
    """`Turn` with one key."""

    def __init__(self, writing: Transaction, changing: Transaction, key: bytes) -> None:
        self._writing = writing
        self._changing = changing
        self._key = key

    def begin(self, plan: Plan) -> Publication | None:
        with self._changing() as db:
            return revocations.begin(db, self._key, plan)

    def signed(self, version: int, digest: bytes) -> None:
        with self._writing() as db:
            revocations.signed(db, self._key, version, digest)

    def published(self, version: int, digest: bytes) -> bool:
        with self._writing() as db:
            return revocations.published(db, self._key, version, digest)
