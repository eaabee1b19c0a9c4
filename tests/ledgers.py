"""What the tests of a ledger ask of it."""

from __future__ import annotations

from collections.abc import Callable

from healthpass.issuer import Request, SQLiteLedger

Open = Callable[[], SQLiteLedger]
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
