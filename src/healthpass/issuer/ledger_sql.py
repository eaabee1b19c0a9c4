"""What ledgers in SQL databases have in common: everything but connecting, locking and making the tables.

The statements are in the SQL that SQLite and PostgreSQL share, with `?` for a value. They are right whether a
transaction has the whole database for itself (SQLite) or only what it has locked (PostgreSQL, each statement seeing
what is committed when it begins). For the latter, everybody takes locks in one order, so that nobody waits in a circle:
the attestation or the publications, names that are counted in order, windows in the order of their kids, marks in
order, the attester.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, Self

from healthpass.errors import AttestationRefused
from healthpass.issuer import ledger_entries, ledger_limits, ledger_numbers, ledger_revocations
from healthpass.issuer.ledger import Entry, Plan, Publication, Request, Turn

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


class SqlLedger(ABC):
    """A `Ledger` over a `Database`. See `Ledger` for its methods."""

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
    def _alone(self) -> AbstractContextManager[Callable[[], AbstractContextManager[Database]]]:
        """Holds the one lock on publishing, and gives what begins a transaction. Raises `turns.under_way()`."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Database]:
        """A transaction: at its end on disk, or, if an exception leaves it, never begun."""

    def find(self, attester: bytes, reference: bytes, digest: bytes) -> list[Entry] | None:
        """See `Ledger.find`."""
        with self._reading() as db:
            return _find(db, attester, reference, digest)

    def reserve(self, request: Request) -> list[Entry]:
        """See `Ledger.reserve`."""
        with self._writing() as db:
            db.lock_attestation(request.attester, request.reference)
            known = _find(db, request.attester, request.reference, request.digest)
            if known is not None:
                return known
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
        with self._writing() as db:
            db.lock_publications()
            db.run("UPDATE windows SET next = capacity WHERE kid = ?", kid)  # first: nothing is added after that
            for table in ("entries", "names", "marks", "counts", "revocations"):
                db.run(f"DELETE FROM {table} WHERE kid = ?", kid)  # noqa: S608  # one of five constants

    def holds(self, attester: bytes, reference: bytes) -> bool:
        """See `Ledger.holds`."""
        with self._reading() as db:
            return ledger_revocations.is_held(db, attester, reference)

    def revoke(self, attester: bytes, reference: bytes, *, now: int, at_wish: bool = False) -> int:
        """See `Ledger.revoke`."""
        with self._writing() as db:
            return ledger_revocations.revoke_reference(db, attester, reference, now, at_wish)

    def revoke_by_recovery(self, recovery_hash: bytes, *, now: int) -> int:
        """See `Ledger.revoke_by_recovery`."""
        with self._writing() as db:
            return ledger_revocations.revoke_recovery(db, recovery_hash, now)

    def revoked(self, kid: bytes, *, before: int, since: int = 0) -> list[Entry]:
        """See `Ledger.revoked`."""
        with self._reading() as db:
            return ledger_revocations.ranges(db, kid, before, since)

    @contextmanager
    def publishing(self, key: bytes) -> Iterator[Turn]:
        """See `Ledger.publishing`."""
        with self._alone() as writing:
            yield _Turn(writing, key)


class _Turn:
    """`Turn` with one key."""

    def __init__(self, writing: Callable[[], AbstractContextManager[Database]], key: bytes) -> None:
        self._writing = writing
        self._key = key

    def begin(self, plan: Plan) -> Publication | None:
        with self._writing() as db:
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
        raise AttestationRefused("repeated-key", "a holder key is bound to a document in another attestation already")
