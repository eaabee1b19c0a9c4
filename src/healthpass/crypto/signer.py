"""Who signs: a protocol of two members, so that a key may live in memory, in an HSM or behind a KMS."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair
from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import BadInput, FormatError
from healthpass.formats import cose


@runtime_checkable
class Signer(Protocol):
    """An Ed25519 key pair that can be used and not seen."""

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature (RFC 8032, not pre-hashed) over `message`."""
        ...


@typed
class SoftwareSigner:
    """An Ed25519 key in memory.

    Args:
        seed: the 32-byte private key (RFC 8032); by default a fresh random one. Of a PyNaCl `SigningKey` it is
            `bytes(key)`.

    Raises:
        FormatError: the seed is not 32 bytes.
    """

    __slots__ = ("_public_key", "_secret_key")

    @guarded
    def __init__(self, seed: bytes | None = None) -> None:
        if seed is None:
            seed = random(32)
        if len(seed) != 32:
            raise FormatError("an Ed25519 seed is 32 bytes")
        self._public_key, self._secret_key = crypto_sign_seed_keypair(seed)

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return self._public_key

    @property
    def seed(self) -> bytes:
        """The private key, 32 bytes, for writing it to a key file."""
        return self._secret_key[:32]

    @guarded
    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`."""
        return crypto_sign(message, self._secret_key)[:64]

    def __repr__(self) -> str:
        return "SoftwareSigner(...)"


@typed
def sign_message(signer: Signer, typ: str, payload: bytes) -> bytes:
    """`payload` in a COSE_Sign1 of type `typ` (one of the names in `healthpass.formats.cose`)."""
    signature = signer.sign(cose.sign1_signed_part(typ, signer.public_key, payload))
    return cose.encode_sign1(typ, signer.public_key, payload, signature)


@typed
def open_message(data: bytes, typ: str, max_size: int) -> tuple[bytes, bytes]:
    """The signer's public key (32 bytes) and the payload of a COSE_Sign1 whose signature holds.

    Whether that signer may say such a thing is for the caller to decide.

    Raises:
        FormatError: not a message of type `typ`, or larger than `max_size` bytes.
        BadInput: "bad-signature".
    """
    message = cose.decode_sign1(data, typ, max_size)
    if not ed25519.verify(message.key, message.signed, message.signature):
        raise BadInput("bad-signature", "the message's signature does not hold; have it sent again")
    return message.key, message.payload
