"""The tests' own arithmetic, so that what is built on it is what it says."""

from __future__ import annotations

from vectors.generate.edwards import BASE, IDENTITY, SMALL_ORDER, L, add, decode, encode, multiply, sign

from healthpass.crypto.signer import SoftwareSigner
from tests.making import signer


def test_orders() -> None:
    assert multiply(L, BASE) == IDENTITY
    assert len(set(SMALL_ORDER)) == 8
    assert [multiply(8, point) for point in SMALL_ORDER] == [IDENTITY] * 8
    assert multiply(4, SMALL_ORDER[1]) == (0, 2**255 - 20) != IDENTITY


def test_encoding() -> None:
    for n in (1, 2, 3, 12345):
        key = signer(n).public_key
        point = decode(key)
        assert point is not None
        assert encode(point) == key
        assert encode(add(point, IDENTITY)) == key


def test_signature_as_libsodium_makes_it() -> None:
    from hashlib import sha512

    ours = SoftwareSigner(bytes(32))
    digest = sha512(bytes(32)).digest()
    secret = (int.from_bytes(digest[:32], "little") & (1 << 255) - 8 & ~(1 << 255)) | 1 << 254
    nonce = int.from_bytes(sha512(digest[32:] + b"message").digest(), "little") % L
    assert encode(multiply(secret, BASE)) == ours.public_key
    r = encode(multiply(nonce, BASE))
    assert sign(secret, ours.public_key, b"message", r, nonce) == ours.sign(b"message")
