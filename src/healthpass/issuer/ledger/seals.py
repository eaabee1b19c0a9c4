"""How a ledger finds out that its disk has changed it.

* Each row that decides something has a seal: eight bytes of BLAKE2b over the others.
* What is found by a name is counted once more in a table of its own, so that a row that is lost, or that is found no
  more because the way to it is damaged, does not look like one that never came.
* The counter of a kid is where its last range ends (`healthpass.issuer.ledger.numbers`).

All of this is against accidents. Whoever can write to the ledger can make seals.
"""

from __future__ import annotations

from hashlib import blake2b

from healthpass.errors import LedgerError

_ATTESTATION, _WINDOW = b"hp attestation", b"hp window"


def seal(*values: bytes | int | None) -> bytes:
    """8 bytes over the values of a row, in an order of the caller's."""
    return blake2b(repr(values).encode(), digest_size=8).digest()


def name_of_attestation(attester: bytes, reference: bytes) -> bytes:
    """16 bytes."""
    return blake2b(attester + reference, digest_size=16, person=_ATTESTATION).digest()


def name_of_window(kid: bytes) -> bytes:
    """16 bytes."""
    return blake2b(kid, digest_size=16, person=_WINDOW).digest()


def damaged() -> LedgerError:
    """The one error for all that cannot be as it is in a ledger that is whole."""
    return LedgerError(
        "damaged-ledger", "the ledger is damaged, and nothing is done with it: restore it from a backup, then recover"
    )
