"""What people read aloud to each other and compare: at least 128 bits, in groups of four hexadecimal digits.

With 128 bits nobody finds other keys or files that look like given ones: 2^128 tries for one, 2^124 for any of sixteen.
With the 32 bits of eight digits it is an afternoon.
"""

from __future__ import annotations

import hashlib

COMPARED = 16
"""Bytes: 128 bits, eight groups."""
_ID_SIZE = 8


def groups(data: bytes) -> str:
    """All of it in hexadecimal digits: `5bd1 e995 …`."""
    digits = data.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def compared(key: bytes) -> str:
    """A public key by its first 128 bits, as it is compared."""
    return groups(key[:COMPARED])


def digest_of(data: bytes) -> bytes:
    """The first 16 bytes of a file's SHA-512, by which it is compared: `sha512sum FILE | cut -c -32` is the same."""
    return hashlib.sha512(data).digest()[:COMPARED]


def shown(data: bytes) -> str:
    """Bytes for people: an id of at most 8 bytes in one piece, for commands take it so; anything longer in groups."""
    return data.hex() if len(data) <= _ID_SIZE else groups(data)
