"""Which public keys may have a role: of prime order and canonical for holders, canonical and of large order for all."""

from __future__ import annotations

import nacl.bindings
import pytest
from vectors.generate.edwards import BASE, SMALL_ORDER, P, add, decode, encode, multiply

from healthpass.crypto import keys
from healthpass.crypto.ed25519 import is_canonical
from healthpass.crypto.keys import is_prime_order
from tests.making import signer

GOOD = [signer(n).public_key for n in range(20)] + [encode(multiply(n, BASE)) for n in (1, 2, 8)]
SMALL = [encode(point) for point in SMALL_ORDER]
# The same eight points in their other encodings: y not reduced, or the sign of x = 0.
SMALL_AGAIN = [
    (y | bit << 255).to_bytes(32, "little")
    for y in (0, 1, P - 1, P, P + 1)
    for bit in (0, 1)
    if (y | bit << 255).to_bytes(32, "little") not in SMALL
]
NOT_REDUCED = [
    (y + P | bit << 255).to_bytes(32, "little")
    for y in range(19)
    for bit in (0, 1)
    if decode((y | bit << 255).to_bytes(32, "little")) is not None
]
MIXED = [encode(add(multiply(n, BASE), torsion)) for n in (1, 5) for torsion in SMALL_ORDER[1:]]
OFF_THE_CURVE = [y.to_bytes(32, "little") for y in range(200) if decode(y.to_bytes(32, "little")) is None]
WRONG_SIZE = [b"", GOOD[0][:31], GOOD[0] + b"\x00", GOOD[0] * 2]


@pytest.mark.parametrize("key", GOOD, ids=bytes.hex)
def test_good_keys(key: bytes) -> None:
    assert is_canonical(key)
    assert is_prime_order(key)


@pytest.mark.parametrize("key", SMALL + SMALL_AGAIN + NOT_REDUCED + WRONG_SIZE, ids=bytes.hex)
def test_small_order_second_encodings_and_wrong_sizes(key: bytes) -> None:
    assert not is_canonical(key)
    assert not is_prime_order(key)


@pytest.mark.parametrize("key", MIXED + OFF_THE_CURVE, ids=bytes.hex)
def test_mixed_order_and_no_point_at_all(key: bytes) -> None:
    assert not is_prime_order(key)


def test_the_lists_above_are_what_they_say() -> None:
    assert len(set(SMALL)) == 8
    assert len(SMALL_AGAIN) >= 5
    assert len(NOT_REDUCED) > 10
    assert len(OFF_THE_CURVE) > 50
    assert not set(MIXED) & set(SMALL)


def test_a_libsodium_that_takes_mixed_orders_for_good_is_asked_in_a_second_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """libsodium up to 1.0.20 took some for good (CVE-2025-69277); here it takes all of them."""
    keys._self_test.cache_clear()
    monkeypatch.setattr(nacl.bindings, "crypto_core_ed25519_is_valid_point", lambda key: decode(key) is not None)
    of_order_two = [encode(add(multiply(n, BASE), (0, P - 1))) for n in (1, 5, 77)]
    assert all(decode(key) is not None for key in of_order_two)
    assert not any(is_prime_order(key) for key in of_order_two)
    assert all(is_prime_order(key) for key in GOOD)


@pytest.mark.parametrize("right", [True, False])
def test_a_libsodium_that_fails_the_self_test_is_not_used(right: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes everything for good, or nothing."""
    keys._self_test.cache_clear()
    monkeypatch.setattr(nacl.bindings, "crypto_core_ed25519_is_valid_point", lambda key: right)
    monkeypatch.setattr(nacl.bindings, "crypto_scalarmult_ed25519_noclamp", lambda scalar, key: key)
    with pytest.raises(
        RuntimeError, match=r"^this libsodium takes mixed\-order points for good keys: install a newer PyNaCl$"
    ):
        is_prime_order(GOOD[0])
    monkeypatch.undo()
    assert is_prime_order(GOOD[0])
