"""Textbook arithmetic on edwards25519 (RFC 8032, section 5.1), to make the points that honest keys never are.

Slow and not constant-time: for tests only.
"""

from __future__ import annotations

from hashlib import sha512

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P
    return x, y


def multiply(scalar: int, point: Point) -> Point:
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Point | None:
    """The point, or None if there is none with that y. Takes a y that is not reduced."""
    number = int.from_bytes(data, "little")
    y = (number & (1 << 255) - 1) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return (P - x if x & 1 != number >> 255 else x) % P, y


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(sha512(r + key + message).digest(), "little") % L


def sign(secret: int, key: bytes, message: bytes, r: bytes, nonce: int) -> bytes:
    """A signature whose R and key may be other encodings, or other points, than the scalars belong to."""
    return r + ((nonce + challenge(r, key, message) * secret) % L).to_bytes(32, "little")


IDENTITY: Point = (0, 1)
_BASE = decode(bytes.fromhex("58" + "66" * 31))
assert _BASE is not None
BASE: Point = _BASE
_EIGHTH = decode(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))
assert _EIGHTH is not None
SMALL_ORDER: list[Point] = [multiply(n, _EIGHTH) for n in range(8)]
"""The eight points of small order; the n-th is n times one of order eight."""
