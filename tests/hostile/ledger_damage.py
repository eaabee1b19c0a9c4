"""A ledger with something of everything in it, and all that may be asked of it, for tests that damage its file."""

from __future__ import annotations

from pathlib import Path

from healthpass.errors import AttestationRefused, BadInput
from healthpass.issuer import SQLiteLedger
from healthpass.issuer.ledger import Entry, Plan, Request
from tests.ledgers import begun, published

NOW = 1_800_000_000
REGIONS = [bytes([n]) * 32 for n in range(3)]
KIDS = [b"kid%d" % n for n in range(4)]
"""The last one is over, and dropped."""
LIVE = KIDS[:3]
CAPACITY = 4**6
ATTESTATIONS = 100

KEPT = range(200, 230)
"""Notices of what has not come."""
CODES = [n.to_bytes(32, "big") for n in range(20)]


def request(n: int) -> Request:
    """Of one to four windows; some have a recovery code, some share it, some mark their holder keys."""
    kids = [KIDS[(n + m) % 4] for m in range(1 + n % 4)]
    return Request(
        attester=REGIONS[n % 3],
        reference=(n * 7919).to_bytes(16, "big"),
        digest=(n * 104_729).to_bytes(32, "big"),
        wanted=[(kid, CAPACITY, 1 + n % 5) for kid in kids],
        recovery_hashes=[CODES[n // 3]] if n < 3 * len(CODES) else (),
        marks=[(kids[0], n.to_bytes(16, "big"))] if n % 6 == 0 else (),
    )


NEWEST_SNAPSHOT = 4
"""Its version, of the five that `fill` publishes."""


def plan(issued: int, base: int | None = None) -> Plan:
    return Plan(issued, KIDS, frozenset(LIVE), base, least_slots=20)


def fill(path: Path) -> None:
    """Issue, revoke, publish, and drop a window."""
    with SQLiteLedger(path) as ledger:
        for n in range(ATTESTATIONS):
            ledger.reserve(request(n))
            if n % 4 == 1:
                asked = request(n)
                ledger.revoke(asked.attester, asked.reference, now=NOW + n)
            if n % 20 == 9:
                ledger.revoke_by_recovery([CODES[n // 10]], now=NOW + n)
            if n % 20 == 0:
                published(ledger, plan(NOW + n, None if n % 60 == 0 else 1 + n // 60 * 3))
        for n in KEPT:
            asked = request(n)
            ledger.revoke(asked.attester, asked.reference, now=NOW, until=NOW + n)
        ledger.drop(KIDS[-1])


def answers(ledger: SQLiteLedger) -> list[object]:
    """All that an issuer and a publisher may ask of it. What changes it comes last."""
    said: list[object] = [ledger.issued(kid) for kid in KIDS]
    for n in range(ATTESTATIONS + 2):
        asked = request(n)
        said.append(ledger.find(asked.attester, asked.reference, asked.digest))
    said += [ledger.revoked(kid, before=100) for kid in LIVE]
    for n in (0, 1, ATTESTATIONS):
        said.append(ledger.holds(request(n).attester, request(n).reference))
    said += [_attempt(ledger, request(n)) for n in (3, ATTESTATIONS, ATTESTATIONS + 1, *KEPT)]
    said += [ledger.revoke_by_recovery([code], now=NOW + 1000) for code in CODES[::2]]
    said.append(begun(ledger, plan(NOW + 2000, NEWEST_SNAPSHOT)))
    said += [ledger.revoked(kid, before=100, since=since) for kid in LIVE for since in (0, 10)]
    return said


def _attempt(ledger: SQLiteLedger, asked: Request) -> list[Entry] | str:
    try:
        return ledger.reserve(asked)
    except AttestationRefused as refused:
        return refused.code


def outcome(path: Path) -> list[object] | str:
    """The answers of the ledger in this file, or the code of the error with which it stops."""
    try:
        with SQLiteLedger(path) as ledger:
            ledger._db.execute("PRAGMA synchronous = OFF")  # a test's files need not survive a power cut
            return answers(ledger)
    except BadInput as error:
        return error.code
    except ValueError as error:
        return str(error)
