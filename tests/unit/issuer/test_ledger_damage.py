"""A row that was altered or lost behind the ledger's back, in either database: it says so, and does nothing."""

from __future__ import annotations

import pytest

from healthpass.errors import LedgerError
from healthpass.issuer import Ledger
from healthpass.issuer.ledger import Plan, Request
from tests.ledgers import CAPACITY, KID, OTHER_KID, REGION, AnyLedger, Open, begun, published

CODE = b"\x07" * 32
ASKED = Request(REGION, bytes(16), bytes(32), [(KID, CAPACITY, 3), (OTHER_KID, CAPACITY, 3)], [CODE])
PLAN = Plan(1000, (KID, OTHER_KID), frozenset((KID, OTHER_KID)), least_slots=6)
ALTERED = {
    "a first number": "UPDATE entries SET first = first + 64 WHERE position = 0",
    "a count": "UPDATE entries SET count = count + 1 WHERE position = 0",
    "a digest": "UPDATE entries SET digest = seal WHERE position = 0",
    "a reference": "UPDATE entries SET reference = digest WHERE position = 0",
    "a recovery hash": "UPDATE codes SET hash = digest FROM entries",
    "whom a recovery hash finds": "UPDATE codes SET reference = hash",
    "a recovery hash that is lost": "DELETE FROM codes",
    "one that is lost in its second place": "DELETE FROM coded",
    "whose attestation one finds": "DELETE FROM attesters",
    "a region": "UPDATE attesters SET key = reference FROM entries",
    "a row that is lost": "DELETE FROM entries WHERE position = 1",
    "a counter": "UPDATE windows SET next = next - 1",
    "a counter that is ahead": "UPDATE windows SET next = next + 1",
    "a capacity": "UPDATE windows SET capacity = capacity * 4",
    "a window that is lost": "DELETE FROM windows",
    "a name that is lost": "DELETE FROM names",
    "a revoked range": "UPDATE revocations SET count = count + 1",
    "a revocation that is lost": "DELETE FROM revocations",
    "one that counts as published": "UPDATE revocations SET since = since - 1",
    "a publication": "UPDATE publications SET issued = issued + 1",
    "a publication that is lost": "DELETE FROM publications",
    "a version": "UPDATE totals SET value = value - 1",
}


def use(ledger: Ledger) -> list[object]:
    """All that may be asked about `ASKED`."""
    return [
        ledger.find(ASKED.attester, ASKED.reference, ASKED.digest),
        ledger.issued(KID),
        ledger.issued(OTHER_KID),
        ledger.revoked(KID, before=100),
        ledger.revoked(OTHER_KID, before=100),
        ledger.revoke_by_recovery([CODE], now=1000),
        begun(ledger, PLAN),
    ]


def filled(reopen: Open) -> AnyLedger:
    ledger = reopen()
    ledger.reserve(ASKED)
    published(ledger, PLAN)
    ledger.revoke(ASKED.attester, ASKED.reference, now=1000)
    published(ledger, PLAN)
    return ledger


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_row(statement: str, reopen: Open) -> None:
    """Also under a ledger that is open."""
    ledger = filled(reopen)
    with ledger._writing() as db:
        db.run(statement)
    with pytest.raises(LedgerError) as caught:
        use(ledger)
    assert caught.value.code == "damaged-ledger"


@pytest.mark.parametrize("name", ["a counter", "a counter that is ahead", "a capacity"])
def test_counters_are_held_when_it_is_opened(name: str, reopen: Open) -> None:
    ledger = filled(reopen)
    with ledger._writing() as db:
        db.run(ALTERED[name])
    with pytest.raises(LedgerError) as caught:
        reopen()
    assert caught.value.code == "damaged-ledger"


def test_nothing_is_altered(reopen: Open) -> None:
    filled(reopen)
    assert len(use(reopen())) == 7


def test_a_number_is_in_one_range(reopen: Open) -> None:
    """What would give it twice is refused by the tables, or by the counter."""
    ledger = filled(reopen)
    with ledger._writing() as db:
        db.run("UPDATE windows SET next = 0")
        db.run("DELETE FROM revocations")
    for count in (1, 3, CAPACITY):
        with pytest.raises(LedgerError) as caught:
            ledger.reserve(Request(REGION, b"\x01" * 16, bytes(32), [(KID, CAPACITY, count)]))
        assert caught.value.code == "damaged-ledger"
