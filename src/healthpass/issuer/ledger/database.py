"""What a ledger in SQL asks of its database inside a transaction, and what it says when that fails.

The statements are in the SQL that SQLite and PostgreSQL share, with `?` for a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from healthpass.errors import LedgerError

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


def not_a_ledger(what: str) -> LedgerError:
    """What is there is something else. `what` says what, and what to do."""
    return LedgerError("not-a-ledger", what)


def closed() -> LedgerError:
    """It was closed before."""
    return LedgerError("ledger-closed", "the ledger is closed; open it again")


def busy() -> LedgerError:
    """A lock did not come in time. Nothing has changed."""
    return LedgerError("ledger-busy", "another program holds the ledger; try again when that has ended")


def full() -> LedgerError:
    """Nothing has changed."""
    return LedgerError("ledger-full", "the disk of the ledger is full; make room, and try again")


def unreachable(what: str) -> LedgerError:
    """The database cannot be opened or reached, or was lost. `what` says which, and what to do."""
    return LedgerError("ledger-unreachable", what)


def failed(what: str) -> LedgerError:
    """Anything else that a database says. `what` says what, and what to do."""
    return LedgerError("ledger-failed", what)
