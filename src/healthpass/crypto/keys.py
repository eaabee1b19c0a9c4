"""Which public keys are fit for use.

Small-order and mixed-order points and second encodings of a point are where Ed25519 implementations disagree, so a
key that is any of these is not given a role. RFC 8032 section 5.1.3 has the encoding.
"""

from __future__ import annotations

from functools import lru_cache

from healthpass._typed import typed
from healthpass.crypto.ed25519 import is_canonical

# The sum of a point of prime order (the base point) and the point (0, -1) of order two. libsodium up to 1.0.20 takes it
# for a point of prime order (CVE-2025-69277).
_MIXED_ORDER = bytes.fromhex("9599999999999999999999999999999999999999999999999999999999999999")
_BASE_POINT = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")
# The order of the base point and one: times this, a point of prime order is itself, and any other is not.
_ONE_AROUND = (2**252 + 27742317777372353535851937790883648493 + 1).to_bytes(32, "little")


@typed
def is_prime_order(key: bytes) -> bool:
    """Whether `key` is the canonical encoding of a point of the prime-order group, as a holder's key must be.

    Asked in two ways, for older builds of libsodium (such as that in PyNaCl up to 1.6.1) answer the first one wrongly
    for some points. Both are libsodium's arithmetic.

    Raises:
        RuntimeError: this libsodium fails the self-test with a mixed-order point.
    """
    _self_test()
    return is_canonical(key) and _goes_around(key)


def _goes_around(key: bytes) -> bool:
    """Whether a canonical point of no small order is of prime order; False for no point at all."""
    from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_scalarmult_ed25519_noclamp
    from nacl.exceptions import RuntimeError  # not Python's own

    if not crypto_core_ed25519_is_valid_point(key):
        return False
    try:
        return bool(crypto_scalarmult_ed25519_noclamp(_ONE_AROUND, key) == key)
    except RuntimeError:  # libsodium does not multiply what it knows to be of another order
        return False


@lru_cache(maxsize=1)
def _self_test() -> None:
    """Once in a process; a failure is not remembered, and raised again."""
    if _goes_around(_MIXED_ORDER) or not _goes_around(_BASE_POINT):
        raise RuntimeError("this libsodium takes mixed-order points for good keys: install a newer PyNaCl")
