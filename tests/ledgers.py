"""What the tests of a ledger ask of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from healthpass.issuer import Request, SQLiteLedger
from healthpass.issuer.postgres_ledger import PostgresLedger

AnyLedger = SQLiteLedger | PostgresLedger
Open = Callable[[], AnyLedger]
KINDS = ["sqlite", "postgres"]
KID, OTHER_KID = b"kid0", b"kid1"
CAPACITY = 64
REGION, OTHER_REGION = bytes(32), bytes(range(32))


def request_for(
    reference: int = 1,
    count: int = 3,
    kids: tuple[bytes, ...] = (KID,),
    attester: bytes = REGION,
    digest: bytes = bytes(32),
    capacity: int = CAPACITY,
    marks: tuple[tuple[bytes, bytes], ...] = (),
) -> Request:
    wanted = [(kid, capacity, count) for kid in kids]
    return Request(attester, reference.to_bytes(16, "big"), digest, wanted, marks=marks)


def open_named(name: str) -> AnyLedger:
    """The ledger of a name that processes can give each other: a file's path, or "SCHEMA@CONNINFO"."""
    schema, at, conninfo = name.partition("@")
    return PostgresLedger(conninfo, schema=schema) if at else SQLiteLedger(Path(name))
