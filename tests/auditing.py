"""Audit logs for tests: fixed keys, fixed stations, and a log with a few entries in it."""

from __future__ import annotations

from pathlib import Path

from healthpass.attester.audit.log import NOT_KNOWN, PASS, AuditLog
from healthpass.formats.document import OTHER, PASSPORT, RESIDENT_ID, Document
from tests.making import NOW, signer

AUDIT_KEY = bytes(range(32))
SIGNER = signer(71)
ORIGIN = "audit.north.example/2027"
STATIONS = ("00000000000000aa", "00000000000000bb")
CARD, TRAVELLER, NEIGHBOUR = (RESIDENT_ID, "11010519491231002X"), (PASSPORT, "L898902C3"), (OTHER, "A 1234")
PEOPLE = (CARD, TRAVELLER, CARD, NEIGHBOUR)


def open_log(path: Path, key: bytes = AUDIT_KEY, create: bool = True) -> AuditLog:
    return AuditLog.open(path, key=key, create=create)


def record(log: AuditLog, n: int) -> None:
    """The n-th query of a fixed story, from 0."""
    kind = NOT_KNOWN if n % 3 == 2 else PASS
    with Document(*PEOPLE[n % len(PEOPLE)]) as document:
        log.record(station=STATIONS[n % 2], now=NOW + 10 * (n // 2), kind=kind, document=document)


def a_log(path: Path, size: int = 4) -> list[str]:
    """A log of so many entries, and its checkpoints after 0, 1, 2 ... of them."""
    with open_log(path) as log:
        notes = [log.checkpoint(SIGNER, ORIGIN)]
        for n in range(size):
            record(log, n)
            notes.append(log.checkpoint(SIGNER, ORIGIN))
    return notes
