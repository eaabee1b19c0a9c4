"""What ledgers in SQL databases have in common: everything but connecting, locking and making the tables.

The statements are in the SQL that SQLite and PostgreSQL share, with `?` for a value. They are right whether a
transaction has the whole database for itself (SQLite) or only what it has locked (PostgreSQL, each statement seeing
what is committed when it begins). For the latter, everybody takes locks in one order, so that nobody waits in a circle:
the publications, the attestation, names that are counted in order, windows in the order of their kids, marks
in order, the attester.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, Self

from healthpass._typed import typed
from healthpass.errors import AttestationRefused
from healthpass.issuer import (
    ledger_codes,
    ledger_entries,
    ledger_limits,
    ledger_marks,
    ledger_notices,
    ledger_numbers,
    ledger_recovery,
    ledger_revocations,
)
from healthpass.issuer.ledger import MAX_ATTEMPTS, MAX_NOTICES, Entry, Plan, Publication, Request, Turn
from healthpass.issuer.ledger_recovery import Recovered
from healthpass.issuer.number_marks import NumberMarks
from healthpass.issuer.revoking import unknown_attestation

Value = bytes | int | None


class Database(Protocol):
    """What a ledger does with its database inside a transaction."""

    def rows(self, query: str, *values: Value) -> list[Any]:
        """All rows of the answer."""
        ...

    def run(self, statement: str, *values: Value) -> None:
        """For a statement without an answer."""
        ...

    def run_each(self, statement: str, values: Iterable[Sequence[Value]]) -> int:
        """The statement for each of the values. Returns how many rows it has changed altogether."""
        ...

    def lock_attestation(self, attester: bytes, reference: bytes) -> None:
        """Wait until no other transaction reserves for the same attestation; until the end, none then does."""
        ...

    def lock_publications(self) -> None:
        """The same for revoking, publishing and dropping."""
        ...


Transaction = Callable[[], AbstractContextManager[Database]]
"""What begins one."""


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
            found = _find(db, attester, reference, digest)
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
                ledger_marks.compare(db, self._marks)
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
            raise ledger_marks.no_mark()
        with self._writing() as db:
            done = ledger_recovery.recover(db, self._marks, published, version)
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
                ledger_marks.write_anew(db, self._marks)

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
                ledger_marks.count_change(db)
            noted = None if self._marks is None else ledger_marks.write_ahead(db, self._marks, numbers)
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
            known = _find(db, request.attester, request.reference, request.digest)
            if known is not None:
                return known
            ledger_notices.check(db, request)
            ledger_limits.count(db, request)
            taken = {
                kid: ledger_numbers.take(db, kid, capacity, count) for kid, capacity, count in sorted(request.wanted)
            }
            entries = [taken[kid] for kid, _, _ in request.wanted]
            _mark(db, request)
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
            ledger_codes.forget(db)

    def holds(self, attester: bytes, reference: bytes) -> bool:
        """See `Ledger.holds`."""
        with self._reading() as db:
            return ledger_revocations.is_held(db, attester, reference)

    def has_room(self, attester: bytes, reference: bytes) -> bool:
        """See `Ledger.has_room`."""
        with self._writing() as db:
            return ledger_notices.has_room(db, attester, reference, self.most_notices)

    def revoke(
        self, attester: bytes, reference: bytes, *, now: int, at_wish: bool = False, until: int | None = None
    ) -> int:
        """See `Ledger.revoke`."""
        with self._changing() as db:
            db.lock_publications()
            db.lock_attestation(attester, reference)
            revoked = ledger_revocations.revoke_reference(db, attester, reference, now, at_wish)
            if not revoked:
                ledger_notices.keep(db, attester, reference, until, self.most_notices)
            return revoked

    def revoke_by_recovery(self, hashes: Sequence[bytes], *, now: int) -> int:
        """See `Ledger.revoke_by_recovery`."""
        self.check()
        with self._writing() as db:
            ledger_codes.count_attempt(db, now, self.most_attempts)
        with self._reading() as db:  # which takes long, and locks nothing
            found = ledger_codes.attestations(db, hashes)
        if not found:
            raise unknown_attestation()
        with self._changing() as db:
            db.lock_publications()
            numbers = sum(ledger_revocations.revoke_reference(db, *each, now, at_wish=True) for each in found)
            if not numbers:  # dropped meanwhile
                raise unknown_attestation()
            return numbers

    def forget_notices(self, *, before: int) -> None:
        """See `Ledger.forget_notices`."""
        with self._writing() as db:
            db.lock_publications()
            ledger_notices.forget(db, before)

    def revoked(self, kid: bytes, *, before: int, since: int = 0) -> list[Entry]:
        """See `Ledger.revoked`."""
        with self._reading() as db:
            return ledger_revocations.ranges(db, kid, before, since)

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
            return ledger_revocations.begin(db, self._key, plan)

    def signed(self, version: int, digest: bytes) -> None:
        with self._writing() as db:
            ledger_revocations.signed(db, self._key, version, digest)

    def published(self, version: int, digest: bytes) -> bool:
        with self._writing() as db:
            return ledger_revocations.published(db, self._key, version, digest)


def _find(db: Database, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
    rows = ledger_entries.of_attestation(db, attester, reference)
    if not rows:
        return None
    if any(row.digest != digest for row in rows):
        raise AttestationRefused(
            "other-content", "the reference is used: the attestation, or what its colours mean, has changed"
        )
    return [Entry(row.kid, row.first, row.size) for row in rows]


def _mark(db: Database, request: Request) -> None:
    if not request.marks:
        return
    new = db.run_each("INSERT INTO marks (kid, mark) VALUES (?, ?) ON CONFLICT DO NOTHING", sorted(request.marks))
    if new != len(request.marks):
        raise AttestationRefused(
            "repeated-key", "a holder key is bound to a document in another attestation already; make a new offer"
        )
