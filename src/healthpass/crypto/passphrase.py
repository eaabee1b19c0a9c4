"""Bytes under a passphrase: Argon2id (RFC 9106) and XSalsa20-Poly1305, both libsodium's.

    "HPS1" | level, 1 byte | salt, 16 bytes | nonce, 24 bytes | ciphertext with its 16-byte tag

The passphrase is taken as RFC 8265 says (OpaqueString), in UTF-8. The level names one of three fixed pairs of limits,
so a file cannot ask for more memory than those.
"""

from __future__ import annotations

from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.crypto.precis import opaque_string
from healthpass.errors import KeyFileError

MAGIC = b"HPS1"
SALT_SIZE = 16
_HEAD = len(MAGIC) + 1 + SALT_SIZE
_LEVELS = (
    (argon2id.OPSLIMIT_INTERACTIVE, argon2id.MEMLIMIT_INTERACTIVE),
    (argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE),
    (argon2id.OPSLIMIT_SENSITIVE, argon2id.MEMLIMIT_SENSITIVE),
)
INTERACTIVE, MODERATE, SENSITIVE = range(3)
"""64 MiB, 256 MiB and 1 GiB of memory."""


@typed
class PassphraseBox:
    """A derived key, kept so that a file can be written again without asking for the passphrase.

    Args:
        passphrase: any text that RFC 8265 allows as one, in any Unicode form; an empty one is refused.
        level: `INTERACTIVE`, `MODERATE` or `SENSITIVE`.
        salt: 16 bytes; fresh random ones by default.

    Raises:
        ValueError: an empty passphrase, or no such level.
        KeyFileError: "passphrase-character": a character that a passphrase cannot have; "memory": the system does not
            give what the level takes.
    """

    __slots__ = ("_box", "_head")

    @guarded
    def __init__(self, passphrase: str, level: int = MODERATE, salt: bytes | None = None) -> None:
        if not passphrase:
            raise ValueError("a passphrase cannot be empty")
        if level not in range(len(_LEVELS)):
            raise ValueError("no such level")
        salt = random(SALT_SIZE) if salt is None else salt
        ops, memory = _LEVELS[level]
        secret = opaque_string(passphrase)
        try:
            key = crypto_pwhash_alg(SecretBox.KEY_SIZE, secret, salt, ops, memory, crypto_pwhash_ALG_ARGON2ID13)
        except (RuntimeError, MemoryError):  # all else that it refuses has been looked at
            said = f"not enough memory: a passphrase of this kind takes {memory >> 20} MiB; close other programs"
            raise KeyFileError("memory", said + ", or choose a lower level when the file is made") from None
        self._box = SecretBox(key)
        self._head = MAGIC + bytes((level,)) + salt

    @guarded
    def seal(self, data: bytes) -> bytes:
        """`data` encrypted under a fresh random nonce."""
        return self._head + bytes(self._box.encrypt(data))

    @guarded
    def open_again(self, sealed: bytes) -> bytes:
        """What is in bytes that this box, or another of the same passphrase and salt, has sealed.

        Raises:
            KeyFileError: "passphrase": sealed by another box, or damaged.
        """
        try:
            if sealed[:_HEAD] != self._head:
                raise ValueError
            return self._box.decrypt(sealed[_HEAD:])
        except (CryptoError, ValueError, TypeError):
            raise KeyFileError(
                "passphrase",
                "the passphrase is another one now, or the file is damaged; try again, or restore it from a copy",
            ) from None

    @classmethod
    @guarded
    def open(cls, sealed: bytes, passphrase: str) -> tuple[PassphraseBox, bytes]:
        """The box that sealed these bytes, and what is in them.

        Raises:
            KeyFileError: "not-ours", "passphrase" (wrong, or the bytes are damaged: nobody can tell which), or
                "passphrase-character": none that a file can have; or "memory": the system does not give what the file's
                level takes.
        """
        if not is_sealed(sealed) or len(sealed) < _HEAD or sealed[4] >= len(_LEVELS):
            raise KeyFileError("not-ours", "not a file sealed with a passphrase; name the right file")
        if not passphrase:
            raise KeyFileError("passphrase", "this file needs its passphrase; give it")
        box = cls(passphrase, sealed[4], sealed[5:_HEAD])
        try:
            return box, box._box.decrypt(sealed[_HEAD:])
        except (CryptoError, ValueError, TypeError):
            raise KeyFileError(
                "passphrase", "the passphrase is wrong, or the file is damaged; try again, or restore it from a copy"
            ) from None

    def __repr__(self) -> str:
        return "PassphraseBox(...)"


@typed
def is_sealed(data: bytes) -> bool:
    """Whether these bytes begin as a sealed file does."""
    return data.startswith(MAGIC)
