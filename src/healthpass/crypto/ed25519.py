"""Ed25519 verification (RFC 8032) and SHA-512, by libsodium.

Where Ed25519 implementations disagree (small-order and mixed-order keys, non-canonical encodings) the verdict is
libsodium's, whichever backend gives it.
"""

from __future__ import annotations

from healthpass._typed import hold, typed
from healthpass.crypto import backends

KEY_SIZE = 32
SIGNATURE_SIZE = 64

_P = 2**255 - 19
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
# The y coordinates of the eight points of small order: of order 1, 2, 4 and 8.
_SMALL_ORDER_Y = frozenset((1, _P - 1, 0, _ORDER_8, _P - _ORDER_8))

_backend = backends.load()


@typed
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
    if type(key) is not bytes or type(message) is not bytes or type(signature) is not bytes:
        hold(verify, key, message, signature)
    if len(key) != KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    return _backend.open_signed(signature + message, key)


def sha512(data: bytes) -> bytes:
    """The 64-byte SHA-512 digest of `data`."""
    if type(data) is not bytes:
        hold(sha512, data)
    return _backend.sha512(data)


def is_canonical(key: bytes) -> bool:
    """Whether these are 32 bytes with a reduced y coordinate that no point of small order has. Costs no arithmetic.

    Enough to refuse every key under which a signature could hold for many messages; says nothing of mixed order.
    """
    if type(key) is not bytes:
        hold(is_canonical, key)
    if len(key) != KEY_SIZE:
        return False
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    return y < _P and y not in _SMALL_ORDER_Y
