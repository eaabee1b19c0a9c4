"""Recovery codes: what the holder of a lost phone reads from a slip of paper to revoke the passes on it.

A code is 16 random bytes and a 12-bit checksum in Crockford's base32, in seven groups of four. It is written down once,
for all enrolments of a person. Each enrolment carries a hash of the code and of two random bytes, so that whoever reads
the hashes can neither revoke nor see which of them belong to one code. Whoever uses the code tries all 65,536 salts.
"""

from __future__ import annotations

from hashlib import sha512

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import FormatError
from healthpass.formats import fields
from healthpass.formats.typed import joined, marked

CODE_SIZE = 16
HASH_SIZE = 32
MAX_CHARS = 256
"""Characters of a code as people write it, spaces and dashes included."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARS = 28
_GROUP = 4
_CHECK_BITS = 12
_VALUES = {char: value for value, char in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
SALT_SIZE = 2
_HASH_LABEL = b"healthpass recovery v2\x00"
_CHECK_LABEL = b"healthpass recovery checksum v1\x00"


def new_recovery_code() -> str:
    """A fresh random code, for a person who is to be able to take back what a relative's phone carries.

    It is made at the desk and given to the person on paper; its hash goes to `healthpass.attester.Attester.attest`.
    """
    return recovery_code_from(random(CODE_SIZE))


@typed
@guarded
def recovery_code_from(secret: bytes) -> str:
    """The code of 16 secret bytes: `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`.

    Raises:
        FormatError: not 16 bytes.
    """
    if len(secret) != CODE_SIZE:
        raise FormatError("a recovery code is made from 16 bytes")
    number = int.from_bytes(secret, "big") << _CHECK_BITS | _checksum(secret)
    chars = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_CHARS)))
    return "-".join(chars[at : at + _GROUP] for at in range(0, _CHARS, _GROUP))


@typed
@guarded
def recovery_hash(code: str, salt: bytes) -> bytes:
    """The 32-byte hash of a code for one enrolment: SHA-512 under a label, cut short.

    Case, blanks and dashes of every kind, and a full stop at the end do not matter, nor does whether the characters are
    full-width ones (NFKC). O is read as 0, I and L as 1.

    Args:
        code: as it is written down.
        salt: 2 bytes that were not used with this code.

    Raises:
        FormatError: not a code, or one with a slip of the pen in it; or not a salt.
    """
    return ed25519.sha512(_HASH_LABEL + _secret_of(code) + fields.byte_string(salt, "salt", SALT_SIZE))[:HASH_SIZE]


@typed
@guarded
def recovery_hashes(code: str) -> list[bytes]:
    """All 65,536 hashes that enrolments with this code may have, in the order of their salts: some 0.05 s.

    Raises:
        FormatError: not a code, or one with a slip of the pen in it.
    """
    start = _HASH_LABEL + _secret_of(code)
    salts = (salt.to_bytes(SALT_SIZE, "big") for salt in range(1 << 8 * SALT_SIZE))
    return [sha512(start + salt).digest()[:HASH_SIZE] for salt in salts]  # a third of the time of libsodium's by cffi


def _secret_of(code: str) -> bytes:
    if not isinstance(code, str) or len(code) > MAX_CHARS:
        raise FormatError("a recovery code has 28 letters and digits")
    chars = joined(marked(code))
    if len(chars) != _CHARS or not _VALUES.keys() >= set(chars):
        raise FormatError("a recovery code has 28 letters and digits")
    number = 0
    for char in chars:
        number = number << 5 | _VALUES[char]
    secret = (number >> _CHECK_BITS).to_bytes(CODE_SIZE, "big")
    if number & (1 << _CHECK_BITS) - 1 != _checksum(secret):
        raise FormatError("a letter or digit of the recovery code is wrong")
    return secret


def _checksum(secret: bytes) -> int:
    return int.from_bytes(ed25519.sha512(_CHECK_LABEL + secret)[:2], "big") >> 16 - _CHECK_BITS
