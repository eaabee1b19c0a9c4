"""Ed25519 where implementations disagree: the verdict is libsodium's, and the same from every backend.

Each case below is a signature that some implementation in use accepts and another refuses. `tests/hostile/
test_published_vectors.py` runs the published collections, where they are at hand.
"""

from __future__ import annotations

import hashlib

import pytest
from vectors.generate.edwards import BASE, IDENTITY, SMALL_ORDER, L, P, Point, add, challenge, encode, multiply, sign

from healthpass.crypto import ed25519

SECRET, SCALAR = 0x1234567890ABCDEF << 100, 0x0FEDCBA987654321 << 90
KEY_POINT, R_POINT = multiply(SECRET, BASE), multiply(SCALAR, BASE)
KEY, R = encode(KEY_POINT), encode(R_POINT)
GOOD = sign(SECRET, KEY, b"message", R, SCALAR)
EIGHTH, HALF = SMALL_ORDER[1], SMALL_ORDER[4]

Case = tuple[bytes, bytes, bytes]


def raw(y: int, sign_bit: int = 0) -> bytes:
    """An encoding whose y need not be reduced."""
    return (y | sign_bit << 255).to_bytes(32, "little")


def with_scalar(signature: bytes, scalar: int) -> bytes:
    return signature[:32] + scalar.to_bytes(32, "little")


def by_mixed_key(torsion: Point, order: int, holds: bool) -> Case:
    """A key with a part of small order. The signature holds, without the cofactor, for one message in `order`."""
    key = encode(add(KEY_POINT, torsion))
    messages = (b"message %d" % n for n in range(1000))
    message = next(each for each in messages if (challenge(R, key, each) % order == 0) is holds)
    return key, message, sign(SECRET, key, message, R, SCALAR)


def for_anything(key: bytes) -> Case:
    """Under a key of order 1, S = r satisfies the equation for each message."""
    return key, b"any message", R + SCALAR.to_bytes(32, "little")


def good_s(signature: bytes) -> int:
    return int.from_bytes(signature[32:], "little")


CASES: dict[str, tuple[Case, bool]] = {
    "good": ((KEY, b"message", GOOD), True),
    "good, empty message": ((KEY, b"", sign(SECRET, KEY, b"", R, SCALAR)), True),
    "another message": ((KEY, b"Message", GOOD), False),
    "S + L": ((KEY, b"message", with_scalar(GOOD, good_s(GOOD) + L)), False),
    "S + 8 L": ((KEY, b"message", with_scalar(GOOD, good_s(GOOD) + 8 * L)), False),
    "S with its top bit set": ((KEY, b"message", with_scalar(GOOD, good_s(GOOD) | 1 << 255)), False),
    "S = 0": ((KEY, b"message", with_scalar(GOOD, 0)), False),
    "S = L": ((KEY, b"message", with_scalar(GOOD, L)), False),
    "all zero": ((bytes(32), b"message", bytes(64)), False),
    "key of order 1": (for_anything(encode(IDENTITY)), False),
    "key of order 1, y = p + 1": (for_anything(raw(P + 1)), False),
    "key of order 1, sign of zero": (for_anything(raw(1, 1)), False),
    "key of order 2": ((raw(P - 1), b"message", R + SCALAR.to_bytes(32, "little")), False),
    "key of order 4": ((raw(0), b"message", R + SCALAR.to_bytes(32, "little")), False),
    "key of order 4, y = p": ((raw(P), b"message", R + SCALAR.to_bytes(32, "little")), False),
    "key of order 8": ((encode(EIGHTH), b"message", R + SCALAR.to_bytes(32, "little")), False),
    "R of order 1": ((KEY, b"message", sign(SECRET, KEY, b"message", encode(IDENTITY), 0)), False),
    "R of order 1, y = p + 1": ((KEY, b"message", sign(SECRET, KEY, b"message", raw(P + 1), 0)), False),
    "R with a part of order 2": (
        (KEY, b"message", sign(SECRET, KEY, b"message", encode(add(R_POINT, HALF)), SCALAR)),
        False,
    ),
    "R with a part of order 8": (
        (KEY, b"message", sign(SECRET, KEY, b"message", encode(add(R_POINT, EIGHTH)), SCALAR)),
        False,
    ),
    # A mixed-order key is not of small order, so libsodium takes it where the equation happens to hold.
    "key with a part of order 2, holds": (by_mixed_key(HALF, 2, True), True),
    "key with a part of order 2, holds with the cofactor only": (by_mixed_key(HALF, 2, False), False),
    "key with a part of order 8, holds": (by_mixed_key(EIGHTH, 8, True), True),
    "key with a part of order 8, holds with the cofactor only": (by_mixed_key(EIGHTH, 8, False), False),
    "key not on the curve": ((raw(2), b"message", GOOD), False),
    "key of all ones": ((b"\xff" * 32, b"message", GOOD), False),
    "R of all ones": ((KEY, b"message", b"\xff" * 32 + GOOD[32:]), False),
    "signature of 63 bytes": ((KEY, b"message", GOOD[:63]), False),
    "signature of 65 bytes": ((KEY, b"message", GOOD + b"\x00"), False),
    "signature shifted into the message": ((KEY, b"essage", GOOD + b"m"), False),
    "empty signature": ((KEY, b"message", b""), False),
    "key of 31 bytes": ((KEY[:31], b"message", GOOD), False),
    "key of 33 bytes": ((KEY + b"\x00", b"message", GOOD), False),
    "empty key": ((b"", b"message", GOOD), False),
}


@pytest.mark.parametrize(("case", "verdict"), CASES.values(), ids=CASES.keys())
def test_verdict(backend: str, case: Case, verdict: bool) -> None:
    assert ed25519.verify(*case) is verdict


def test_each_bit_of_key_and_signature_counts(backend: str) -> None:
    for bit in range(8 * 64):
        altered = (int.from_bytes(GOOD, "little") ^ 1 << bit).to_bytes(64, "little")
        assert not ed25519.verify(KEY, b"message", altered)
    for bit in range(8 * 32):
        altered = (int.from_bytes(KEY, "little") ^ 1 << bit).to_bytes(32, "little")
        assert not ed25519.verify(altered, b"message", GOOD)
    assert ed25519.verify(KEY, b"message", GOOD)


@pytest.mark.parametrize("message", [b"", b"\x00", b"a\x00b" * 50, bytes(1000), b"x" * 100_000], ids=len)
def test_messages_with_zeros_and_of_any_length(backend: str, message: bytes) -> None:
    assert ed25519.verify(KEY, message, sign(SECRET, KEY, message, R, SCALAR))
    assert not ed25519.verify(KEY, message + b"\x00", sign(SECRET, KEY, message, R, SCALAR))
    assert ed25519.sha512(message) == hashlib.sha512(message).digest()


def test_use_backend_says_which(backend: str) -> None:
    assert backend == ed25519.use_backend(backend)


def test_the_first_backend_is_the_default() -> None:
    assert ed25519.use_backend(None) == "pynacl"


def test_no_key_of_small_order_is_canonical() -> None:
    """None of the eight points, either sign, nor their y made larger by the modulus where that fits 255 bits."""
    for point in SMALL_ORDER:
        for y in (each for each in (point[1], point[1] + P) if each < 2**255):
            for sign_bit in (0, 1):
                assert not ed25519.is_canonical((y | sign_bit << 255).to_bytes(32, "little"))
    assert len({point[1] for point in SMALL_ORDER}) == 5


@pytest.mark.parametrize("y", [2, 3, P - 2, P - 3])
def test_the_neighbours_of_those_are_canonical(y: int) -> None:
    assert ed25519.is_canonical(y.to_bytes(32, "little"))
