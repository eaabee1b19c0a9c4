"""What waits for what in the PostgreSQL ledger.

A test holds a transaction open, so that the order is always the same: what must wait is seen to wait, and then it gets
what is right after that transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

import psycopg
import pytest

from healthpass.errors import AttestationRefused, LedgerError, RevocationRefused
from healthpass.issuer.ledger import Entry, Plan, Publication, Request, numbers, publications, revoked
from healthpass.issuer.ledger import entries as ledger_entries
from healthpass.issuer.ledger.database import Database
from healthpass.issuer.ledger.postgres import PostgresLedger
from tests.ledgers import CAPACITY, KID, OTHER_KID, OTHER_REGION, REGION, REVOKER, begun, published, request_for
from tests.postgres import Postgres

T = TypeVar("T")
FIRST = (1).to_bytes(16, "big")


class Stage:
    """Ledgers that are used at the same time, and a transaction of somebody else that is held open."""

    def __init__(self, name: str, opened: ExitStack) -> None:
        schema, _, conninfo = name.partition("@")
        self.ledgers = [opened.enter_context(PostgresLedger(conninfo, schema=schema)) for _ in range(2)]
        self.impatient = opened.enter_context(PostgresLedger(conninfo, schema=schema, wait=0))
        self.other = opened.enter_context(psycopg.connect(conninfo, autocommit=True, client_encoding="UTF8"))
        self.other.execute("SELECT set_config('search_path', %s, false)", (schema,))
        self._observer = opened.enter_context(psycopg.connect(conninfo, autocommit=True, client_encoding="UTF8"))
        self._pool = opened.enter_context(ThreadPoolExecutor(2))
        opened.callback(self.other.close)  # before the pool waits for its threads

    def run(self, statement: str, *values: object) -> None:
        self.other.execute(statement.encode(), values)

    def waiting(self, call: Callable[[], T]) -> Future[T]:
        """The call in another thread, once it waits for a lock."""
        before = self._count()
        future = self._pool.submit(call)
        while self._count() == before:
            assert not future.done(), "it did not wait"
        return future

    def _count(self) -> int:
        """How many wait for a lock."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return int(self._observer.execute(query).fetchone()[0])  # type: ignore[index]  # it is a count


@pytest.fixture
def stage(postgres: Postgres) -> Iterator[Stage]:
    with ExitStack() as opened:
        yield Stage(postgres.new_ledger(), opened)


def give(db: Database, request: Request) -> None:
    """What `reserve` does inside its transaction."""
    entries = [numbers.take(db, *wanted) for wanted in request.wanted]
    ledger_entries.insert(db, request, entries)


def rows(ledger: PostgresLedger, query: str) -> list[Any]:
    with ledger._reading() as db:
        return db.rows(query)


@pytest.mark.parametrize("kids", [(KID, OTHER_KID), (OTHER_KID, KID)])
def test_windows_are_locked_in_one_order(kids: tuple[bytes, ...], stage: Stage) -> None:
    """Whoever waits for the first of two has not locked the second, so two cannot wait for each other."""
    one, other = stage.ledgers
    one.reserve(request_for(1, 3, kids))
    stage.run("BEGIN")
    stage.run("SELECT FROM windows WHERE kid = %s FOR UPDATE", KID)
    future = stage.waiting(lambda: one.reserve(request_for(2, 3, kids)))
    assert other.reserve(request_for(3, 3, (OTHER_KID,))) == [Entry(OTHER_KID, 3, 3)], "it does not wait"
    stage.run("COMMIT")
    assert sorted((each.kid, each.first) for each in future.result()) == [(KID, 3), (OTHER_KID, 6)]


def test_two_windows_in_opposite_orders(stage: Stage) -> None:
    def reserve(number: int) -> list[Entry]:
        kids = (KID, OTHER_KID) if number % 2 else (OTHER_KID, KID)
        return stage.ledgers[number % 2].reserve(request_for(number, 1, kids, capacity=4**5))

    with ThreadPoolExecutor(2) as pool:
        given = [entry for entries in pool.map(reserve, range(200)) for entry in entries]
    for kid in (KID, OTHER_KID):
        assert sorted(entry.first for entry in given if entry.kid == kid) == list(range(200))


def test_other_windows_do_not_wait(stage: Stage) -> None:
    one, other = stage.ledgers
    one.reserve(request_for(1))
    with one._writing() as db:
        db.run("UPDATE windows SET next = next WHERE kid = ?", KID)
        assert other.reserve(request_for(2, kids=(OTHER_KID,))) == [Entry(OTHER_KID, 0, 3)]
        assert (other.issued(KID), other.find(REGION, FIRST, bytes(32))) == (3, [Entry(KID, 0, 3)]), "nor do readers"


def test_the_first_numbers_of_a_window(stage: Stage) -> None:
    one, other = stage.ledgers
    with other._writing() as db:
        give(db, request_for(2, 5, attester=OTHER_REGION))
        future = stage.waiting(lambda: one.reserve(request_for(1)))
    assert future.result() == [Entry(KID, 5, 3)]


def test_the_first_attestation_of_a_region(stage: Stage) -> None:
    one, _ = stage.ledgers
    stage.run("BEGIN")
    stage.run("INSERT INTO attesters (key) VALUES (%s)", REGION)
    future = stage.waiting(lambda: one.reserve(request_for(1)))
    stage.run("COMMIT")
    assert future.result() == one.find(REGION, FIRST, bytes(32)) == [Entry(KID, 0, 3)]


def test_a_mark_that_somebody_is_writing(stage: Stage) -> None:
    one, _ = stage.ledgers
    request = request_for(1, marks=((KID, bytes(16)),))
    stage.run("BEGIN")
    stage.run("INSERT INTO marks VALUES (%s, %s)", KID, bytes(16))
    future = stage.waiting(lambda: one.reserve(request))
    stage.run("COMMIT")
    with pytest.raises(AttestationRefused) as caught:
        future.result()
    assert caught.value.code == "repeated-key"
    assert one.issued(KID) == 0


@pytest.mark.parametrize(
    ("digest", "kids"),
    [(bytes(32), (KID,)), (b"\x01" * 32, (KID,)), (b"\x01" * 32, (OTHER_KID,))],
    ids=["the same", "other content", "another window"],
)
def test_one_reference_at_once(digest: bytes, kids: tuple[bytes, ...], stage: Stage) -> None:
    """The second waits for the first, whatever it asks for: the same is given the same, all else is refused."""
    one, other = stage.ledgers
    one.reserve(request_for(9))
    stage.run("BEGIN")
    stage.run("SELECT FROM windows WHERE kid = %s FOR UPDATE", KID)
    first = stage.waiting(lambda: one.reserve(request_for(1)))
    second = stage.waiting(lambda: other.reserve(request_for(1, digest=digest, kids=kids)))
    stage.run("COMMIT")
    assert first.result() == [Entry(KID, 3, 3)]
    if digest == bytes(32):
        assert second.result() == first.result()
    else:
        with pytest.raises(AttestationRefused) as caught:
            second.result()
        assert caught.value.code == "other-content"
    assert (one.issued(KID), one.issued(OTHER_KID)) == (6, 0)
    assert one.reserve(request_for(1, attester=OTHER_REGION)) == [Entry(KID, 6, 3)]


def test_what_is_revoked_during_a_publication_comes_after_it(stage: Stage) -> None:
    one, other = stage.ledgers
    one.reserve(request_for(1))
    with other._writing() as db:
        db.lock_publications()
        future = stage.waiting(lambda: one.revoke(REGION, FIRST, now=5))
        publications.insert(db, publications.Row(7, REVOKER, 1000, None, KID, None, 0))
    assert future.result() == 3
    assert (one.revoked(KID, before=7), one.revoked(KID, before=8)) == ([], [Entry(KID, 0, 3)])


PLAN = Plan(1000, (KID,), frozenset((KID,)), least_slots=8)
SERIAL: dict[str, Callable[[PostgresLedger], object]] = {
    "revoke": lambda ledger: ledger.revoke(REGION, FIRST, now=5),
    "revoke_by_recovery": lambda ledger: ledger.revoke_by_recovery([bytes(32)], now=5),
    "drop": lambda ledger: ledger.drop(KID),
}


@pytest.mark.parametrize("call", SERIAL.values(), ids=SERIAL.keys())
def test_revoking_publishing_and_dropping_take_turns(call: Callable[[PostgresLedger], object], stage: Stage) -> None:
    one, other = stage.ledgers
    one.reserve(Request(REGION, FIRST, bytes(32), [(KID, CAPACITY, 3)], [bytes(32)]))
    with other._writing() as db:
        db.lock_publications()
        future = stage.waiting(lambda: call(one))
        with pytest.raises(LedgerError, match="another program holds the ledger"):
            call(stage.impatient)
        assert rows(stage.impatient, "SELECT 1 FROM revocations UNION SELECT 2 FROM publications") == []
        assert stage.impatient.reserve(request_for(2)) == [Entry(KID, 3, 3)], "issuing goes on"
    future.result()
    call(stage.impatient)


def test_a_publication_begins_after_what_is_being_revoked(stage: Stage) -> None:
    one, other = stage.ledgers
    one.reserve(request_for(1))
    with other._writing() as db:
        db.lock_publications()
        future = stage.waiting(lambda: begun(one, PLAN))
        with pytest.raises(RevocationRefused) as caught:
            begun(stage.impatient, PLAN)
        assert caught.value.code == "publication-under-way"
        revoked.insert(db, [revoked.Range(KID, 0, 3, 0, 5, 0)])
    made = future.result()
    assert made is not None
    assert one.revoked(KID, before=made.version) == [Entry(KID, 0, 3), Entry(KID, 3, 5)]


def test_a_turn_ends_with_its_connection(stage: Stage) -> None:
    """The server notices that a publisher is gone, and the publisher that it has lost the turn."""
    one, other = stage.ledgers
    with one.publishing(REVOKER) as turn:
        assert turn.begin(PLAN) == Publication(1, 1000, None, (KID,))
        with pytest.raises(RevocationRefused) as caught:
            begun(other, PLAN)
        assert caught.value.code == "publication-under-way"
        query = "SELECT pg_terminate_backend(pid, 60000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        assert stage.other.execute(query).fetchall() == [(True,)]
        assert published(other, PLAN).version == 2
        with pytest.raises(LedgerError, match="see that it runs and lets us in"):
            turn.signed(1, bytes(32))


def test_padding_takes_no_number_that_is_being_given(stage: Stage) -> None:
    one, other = stage.ledgers
    one.reserve(request_for(1))
    one.revoke(REGION, FIRST, now=5)
    with other._writing() as db:
        give(db, request_for(2))
        future = stage.waiting(lambda: begun(one, PLAN))
    assert future.result() is not None
    assert one.revoked(KID, before=1) == [Entry(KID, 0, 3), Entry(KID, 6, 5)]
    assert one.issued(KID) == 11


def test_a_window_is_dropped_with_what_is_being_given(stage: Stage) -> None:
    one, other = stage.ledgers
    one.reserve(request_for(1))
    with other._writing() as db:
        give(db, request_for(2))
        future = stage.waiting(lambda: one.drop(KID))
    future.result()
    assert (rows(one, "SELECT * FROM entries"), one.issued(KID)) == ([], CAPACITY)


def test_who_cannot_get_the_lock_gives_no_number(stage: Stage) -> None:
    one, _ = stage.ledgers
    one.reserve(request_for(1))
    with one._writing() as db:
        db.run("UPDATE windows SET next = next WHERE kid = ?", KID)
        with pytest.raises(LedgerError, match="another program holds the ledger"):
            stage.impatient.reserve(request_for(2))
    assert stage.impatient.reserve(request_for(2)) == [Entry(KID, 3, 3)]
