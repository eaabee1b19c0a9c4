"""Which X25519 public keys nobody should seal to. No arithmetic, and no library."""

from __future__ import annotations

KEY_SIZE = 32
_P = 2**255 - 19
# The u coordinates of the points of small order, of Curve25519 and of its twist (https://cr.yp.to/ecdh.html#validate).
_ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
_SMALL_ORDER_U = frozenset((0, 1, _P - 1, *_ORDER_8))


def is_weak(public_key: bytes) -> bool:
    """Whether a public key of 32 bytes is of small order: what is sealed to it, anybody could open."""
    # As RFC 7748 section 5 reads it: without the highest bit, and modulo p.
    return (int.from_bytes(public_key, "little") & (1 << 255) - 1) % _P in _SMALL_ORDER_U


def is_canonical(public_key: bytes) -> bool:
    """Whether a public key of 32 bytes is written in the one reduced way, and not of small order."""
    return int.from_bytes(public_key, "little") < _P and not is_weak(public_key)
