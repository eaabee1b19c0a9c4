"""Everything secret of one enrolment, derived from 32 random bytes that are made for it.

    blinder         BLAKE2b(secret; label)
    answer key      BLAKE2b(secret; label): an X25519 private key
    period secret   BLAKE2b(secret; label || number of the period)
    holder key      BLAKE2b(period secret; label || number of the showing): an Ed25519 seed

BLAKE2b (RFC 7693) is keyed with the secret. No two enrolments have a secret in common, so no key is ever used for two.
What was accepted keeps the secret of each period with its claims, and they are erased together; the enrolment's own
goes with the first of them. So nothing that a wallet keeps leads back to a period that is over.
"""

from __future__ import annotations

from hashlib import blake2b

from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner

SECRET_SIZE = 32
_BLINDER_LABEL = b"healthpass blinder v1\x00"
_ANSWER_LABEL = b"healthpass answer key v1\x00"
_PERIOD_LABEL = b"healthpass period secret v1\x00"
_KEY_LABEL = b"healthpass holder key v1\x00"


def blinder(secret: bytes) -> bytes:
    """The 32 bytes that hide what the wallet commits to, and that decide its kids."""
    return _derived(secret, _BLINDER_LABEL)


def answer_key(secret: bytes) -> SealingKey:
    """The key pair that the batch is sealed to."""
    return SealingKey(_derived(secret, _ANSWER_LABEL))


def period_secret(secret: bytes, number: int) -> bytes:
    """The 32 bytes from which the holder keys of one period derive; `number` is its place in the offer."""
    return _derived(secret, _PERIOD_LABEL + number.to_bytes(4, "big"))


def holder_signer(of_period: bytes, number: int) -> SoftwareSigner:
    """The key pair behind one showing of a period, by the period's secret."""
    return SoftwareSigner(_derived(of_period, _KEY_LABEL + number.to_bytes(4, "big")))


def holder_keys(of_period: bytes, count: int) -> list[bytes]:
    """The public keys of the first `count` showings of a period."""
    return [holder_signer(of_period, number).public_key for number in range(count)]


def _derived(secret: bytes, message: bytes) -> bytes:
    return blake2b(message, key=secret, digest_size=SECRET_SIZE).digest()
