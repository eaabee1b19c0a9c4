"""One of two processes of a platform: to one come attestations, to the other the notices that take them back.
`test_keeping_crashes` kills them.

    python -m tests.scenario.keeping_process LEDGER RUN COUNT WHAT

LEDGER is a name for `tests.ledgers.open_named`, WHAT is "attestations" or "notices". The process waits for a line on
stdin and then prints, for each number of its run, "issued N" or "refused N", or "revoked N" or "kept N", in hexadecimal
digits.
"""

from __future__ import annotations

import sys

from healthpass.attester import Attester
from healthpass.errors import AttestationRefused
from healthpass.issuer import Issuer
from tests.issuing import REGION, attest, device_passes, make_issuer
from tests.ledgers import open_named
from tests.making import NOW

PER_RUN = 1000
"""Numbers of a run; those of two runs differ."""


def come(issuer: Issuer, number: int) -> str:
    """The attestation of that number comes."""
    data = attest(device_passes(2, first_key=5 * number), ["绿"], number)
    try:
        issuer.issue(data, now=NOW)
    except AttestationRefused as refused:
        if refused.code != "revoked-before":
            raise
        return "refused"
    return "issued"


def take_back(issuer: Issuer, number: int) -> str:
    """Its notice comes."""
    return issuer.revoke(Attester(REGION).revoke(number.to_bytes(16, "big"), now=NOW), now=NOW).answer


def main(name: str, run: int, count: int, what: str) -> None:
    """So many of that run."""
    sys.stdin.readline()
    ledger = open_named(name)
    issuer = make_issuer(ledger)
    for number in range(run * PER_RUN, run * PER_RUN + count):
        print(f"{(come if what == 'attestations' else take_back)(issuer, number)} {number:x}", flush=True)
    ledger.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
