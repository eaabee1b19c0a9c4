"""A platform in a process of its own, which issues, revokes and publishes in a loop. `test_revoking_crashes` kills it.

    python -m tests.scenario.revoking_process LEDGER RUN COUNT FOLDER

LEDGER is a name for `tests.ledgers.open_named`, FOLDER is where it publishes. The process waits for a line on stdin and
then prints, in hexadecimal digits, "begun N" before it revokes attestation N, "revoked N" after it, and
"published MESSAGE", a snapshot or delta, once it is published.
"""

from __future__ import annotations

import sys
from pathlib import Path

from healthpass.attester import Attester
from healthpass.errors import RevocationRefused
from healthpass.issuer import Ledger, PublishedFolder, PublishingOptions, RevocationPublisher, WindowKeys
from tests.issuing import BOTH_DAYS, REGION, STATE, TODAY_KEY, TOMORROW_KEY, attest, device_passes, make_issuer
from tests.ledgers import open_named
from tests.making import NOW, TOMORROW, WINDOW, make_trust_list, signer

PER_RUN = 1000
"""Attestations of a run; the numbers of two runs differ."""
REVOKER = signer(90)
LIST = make_trust_list(windows=(WINDOW, TOMORROW), revocation_keys={REVOKER.public_key: (WINDOW.kid, TOMORROW.kid)})


def attestation(number: int) -> bytes:
    """Four keys in two windows."""
    return attest(device_passes(2, BOTH_DAYS, 4 * number), reference=number)


def publisher(ledger: Ledger, folder: Path) -> RevocationPublisher:
    """One that waits for nobody, and fills up."""
    windows, options = WindowKeys([TODAY_KEY, TOMORROW_KEY]), PublishingOptions(attestations=1, least_slots=5)
    return RevocationPublisher(windows, ledger, REVOKER, PublishedFolder(folder), LIST, options)


def publish(mine: RevocationPublisher, *, snapshot: bool, attempts: int = 1_000_000) -> bytes | None:
    """What is published, when it is this one's turn; None if so many attempts find somebody else publishing."""
    for _ in range(attempts):
        try:
            return mine.snapshot(NOW)[0] if snapshot else mine.delta(NOW)
        except RevocationRefused as refused:
            if refused.code == "no-snapshot":
                snapshot = True
            elif refused.code != "publication-under-way":
                raise
    return None


def main(name: str, run: int, count: int, folder: Path) -> None:
    """Issue so many attestations of that run; revoke every second one, and publish after it."""
    sys.stdin.readline()
    ledger = open_named(name)
    issuer, mine = make_issuer(ledger), publisher(ledger, folder)
    for number in range(run * PER_RUN, run * PER_RUN + count):
        issuer.issue(attestation(number), now=NOW)
        if number % 2:
            print(f"begun {number:x}", flush=True)
            mine.revoke(Attester(REGION).revoke(number.to_bytes(16, "big"), now=NOW), STATE, now=NOW)
            print(f"revoked {number:x}", flush=True)
            made = publish(mine, snapshot=number % 7 == 0)
            assert made is not None
            print("published " + made.hex(), flush=True)
    ledger.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
