"""Ed25519 verification (RFC 8032) and SHA-512, by libsodium.

Where Ed25519 implementations disagree (small-order and mixed-order keys, non-canonical encodings) the verdict is
libsodium's, whichever backend gives it.
"""

from __future__ import annotations

from healthpass.crypto import backends

KEY_SIZE = 32
SIGNATURE_SIZE = 64

_backend = backends.load()


def use_backend(name: str | None) -> str:
    """Switch to one backend ("pynacl", "bindings" or "system"), or with None to the first that this machine has.

    Returns:
        The name of the backend in use from now on, in the whole process.

    Raises:
        ImportError: it is not there; nothing changes.
    """
    global _backend
    _backend = backends.load(name)
    return _backend.name


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is good for the public key `key`.

    A key that is not 32 bytes or a signature that is not 64 is simply not good.
    """
    if len(key) != KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    return _backend.open_signed(signature + message, key)


def sha512(data: bytes) -> bytes:
    """The 64-byte SHA-512 digest of `data`."""
    return _backend.sha512(data)
