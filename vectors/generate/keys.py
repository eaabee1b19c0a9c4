"""Keys that are no secret: each from a seed that is the digest of its name."""

from __future__ import annotations

import hashlib
import hmac

from nacl import bindings


class Key:
    """An Ed25519 key pair.

    Attributes:
        seed: the first 32 bytes of SHA-512("healthpass vectors: " and the name).
        public: 32 bytes.
    """

    def __init__(self, name: str) -> None:
        self.seed = digest(f"healthpass vectors: {name}".encode())
        self.public, self._secret = bindings.crypto_sign_seed_keypair(self.seed)
        self._signed: dict[bytes, bytes] = {}

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        found = self._signed.get(message)
        if found is None:
            found = self._signed[message] = bindings.crypto_sign(message, self._secret)[:64]
        return found


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """libsodium's verdict: the one that every implementation gives."""
    try:
        bindings.crypto_sign_open(signature + message, key)
    except Exception:  # noqa: BLE001  # whatever it is called in this version
        return False
    return True


def digest(data: bytes) -> bytes:
    """The first 32 bytes of SHA-512."""
    return hashlib.sha512(data).digest()[:32]


def seed_of_document(key: bytes, begins: int, ends: int, type: str, number: str) -> bytes:
    """Of a document in a period, see "Document tag" in docs/protocol.md."""
    message = b"healthpass document tag v2\x00" + begins.to_bytes(4, "big") + ends.to_bytes(4, "big")
    return hmac.digest(key, message + type.encode() + b"\x00" + number.encode(), "sha512")[:32]


def tag_of(seed: bytes, kid: bytes, slot: int) -> bytes:
    """Of a claim."""
    return hmac.digest(seed, kid + slot.to_bytes(4, "big"), "sha512")[:2]
