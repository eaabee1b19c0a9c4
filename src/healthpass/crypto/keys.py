"""Which public keys are fit for use.

Small-order and mixed-order points and second encodings of a point are where Ed25519 implementations disagree, so a
key that is any of these is not given a role. RFC 8032 section 5.1.3 has the encoding.
"""

from __future__ import annotations

from functools import lru_cache

from healthpass.crypto.ed25519 import is_canonical

# The sum of a point of prime order (the base point) and the point (0, -1) of order two. libsodium up to 1.0.20 took it
# for a point of prime order (CVE-2025-69277).
_MIXED_ORDER = bytes.fromhex("9599999999999999999999999999999999999999999999999999999999999999")
_BASE_POINT = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")


def is_prime_order(key: bytes) -> bool:
    """Whether `key` is the canonical encoding of a point of the prime-order group, as a holder's key must be.

    Raises:
        RuntimeError: this libsodium fails the self-test with a mixed-order point; PyNaCl 1.6.2 or newer passes.
    """
    from nacl.bindings import crypto_core_ed25519_is_valid_point

    _self_test()
    return is_canonical(key) and bool(crypto_core_ed25519_is_valid_point(key))


@lru_cache(maxsize=1)
def _self_test() -> None:
    """Once in a process; a failure is not remembered, and raised again."""
    from nacl.bindings import crypto_core_ed25519_is_valid_point

    if crypto_core_ed25519_is_valid_point(_MIXED_ORDER) or not crypto_core_ed25519_is_valid_point(_BASE_POINT):
        raise RuntimeError("this libsodium takes mixed-order points for good keys: install PyNaCl 1.6.2 or newer")
