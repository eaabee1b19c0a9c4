"""Everything secret of one enrolment, derived from 32 random bytes that are made for it and erased with it.

    blinder       BLAKE2b(secret; label)
    answer key    BLAKE2b(secret; label): an X25519 private key
    holder key    BLAKE2b(secret; label || index): an Ed25519 seed

BLAKE2b (RFC 7693) is keyed with the secret. No two enrolments have a secret in common, so no key is ever used for two;
and nothing that a wallet keeps for longer leads back to a secret that is gone.
"""

from __future__ import annotations

from hashlib import blake2b

from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner

SECRET_SIZE = 32
_BLINDER_LABEL = b"healthpass blinder v1\x00"
_ANSWER_LABEL = b"healthpass answer key v1\x00"
_KEY_LABEL = b"healthpass holder key v1\x00"


def blinder(secret: bytes) -> bytes:
    """The 32 bytes that hide what the wallet commits to, and that decide its kids."""
    return _derived(secret, _BLINDER_LABEL)


def answer_key(secret: bytes) -> SealingKey:
    """The key pair that the batch is sealed to."""
    return SealingKey(_derived(secret, _ANSWER_LABEL))


def holder_signer(secret: bytes, index: int) -> SoftwareSigner:
    """The key pair behind one showing; `index` counts through all periods of the offer."""
    return SoftwareSigner(_derived(secret, _KEY_LABEL + index.to_bytes(4, "big")))


def holder_keys(secret: bytes, count: int) -> list[bytes]:
    """The public keys of the first `count` showings."""
    return [holder_signer(secret, index).public_key for index in range(count)]


def _derived(secret: bytes, message: bytes) -> bytes:
    return blake2b(message, key=secret, digest_size=SECRET_SIZE).digest()
