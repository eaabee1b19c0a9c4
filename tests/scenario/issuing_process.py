"""A platform in a process of its own, which issues in a loop and says what it does. `test_issuing_crashes` kills it.

    python -m tests.scenario.issuing_process LEDGER RUN COUNT

LEDGER is a name for `tests.ledgers.open_named`. The process waits for a line on stdin and then prints, for each
attestation of its run, "asked N" and, once it has the claims, "given N DIGEST SLOTS", everything in hexadecimal digits.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from healthpass.crypto import ed25519
from healthpass.formats.claim import parse_claim
from tests.issuing import BOTH_DAYS, TODAY, attest, both_passes, device_passes, issued, make_issuer
from tests.ledgers import open_named

PER_RUN = 1000
"""Attestations of a run; the numbers of two runs differ."""


def attestation(number: int) -> bytes:
    """The issue request of that number: one to five keys in one or two windows, or a family of three."""
    windows = TODAY if number % 3 else BOTH_DAYS
    if number % 4 == 0:
        return attest(both_passes(3, 1 + number % 3, windows, 20 * number), ["绿", "amber", "绿"], number)
    return attest(device_passes(1 + number % 5, windows, 20 * number), ["绿"], number)


def line_of(number: int, claims: Sequence[bytes]) -> str:
    """What is printed for a batch: the digest of its bytes, and each claim's kid and slot."""
    digest = ed25519.sha512(b"".join(claims))[:16].hex()
    slots = ",".join(
        parse_claim(claim).kid.hex() + parse_claim(claim).slot.to_bytes(4, "big").hex() for claim in claims
    )
    return f"given {number:x} {digest} {slots}"


def main(name: str, run: int, count: int) -> None:
    """Issue so many attestations of that run."""
    sys.stdin.readline()
    ledger = open_named(name)
    issuer = make_issuer(ledger)
    for number in range(run * PER_RUN, run * PER_RUN + count):
        data = attestation(number)
        print(f"asked {number:x}", flush=True)
        print(line_of(number, issued(issuer, data)), flush=True)
    ledger.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
