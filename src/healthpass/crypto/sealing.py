"""Sealed boxes: bytes that only one recipient can read, from a sender who is not named (libsodium's `crypto_box_seal`).

A sealed box says nothing about who made it: whatever must be believed is signed inside or around it. Opening is for
scanners, and works wherever verification does (see `healthpass.crypto.backends`); sealing and making keys need PyNaCl.
"""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass._secret import Secret
from healthpass._typed import typed
from healthpass.crypto.box import KEY_SIZE, OVERHEAD, box
from healthpass.crypto.x25519 import is_weak as is_weak  # who seals asks it too
from healthpass.errors import BadInput, FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Opener(Protocol):
        """An X25519 key pair that can open what is sealed to it; in memory, or in a secure element."""

        @property
        def public_key(self) -> bytes:
            """The public key, 32 bytes."""
            ...

        def open(self, sealed: bytes) -> bytes:
            """What was sealed to this key. Raises `BadInput` ("not-for-us") if nothing was."""
            ...


@typed
class SealingKey:
    """An X25519 key pair in memory.

    Args:
        secret: the 32-byte private key; by default a fresh random one. A `Secret` is taken over, not copied.

    It can be neither copied nor pickled: a copy would outlive `erase`.

    Raises:
        FormatError: the secret is not 32 bytes, or all zero.
    """

    __slots__ = ("_public_key", "_secret")

    @guarded
    def __init__(self, secret: bytes | Secret | None = None) -> None:
        if secret is not None and (type(secret) not in (bytes, Secret) or len(secret) != KEY_SIZE or not any(secret)):
            raise FormatError("a sealing key is 32 bytes, not all zero")
        self._secret = secret if isinstance(secret, Secret) else Secret(KEY_SIZE if secret is None else secret)
        if secret is None:
            box().fill(self._secret)
        self._public_key = box().public_key(self._secret)

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return self._public_key

    @property
    def secret(self) -> bytes:
        """The private key, 32 bytes, for writing it to a key file. Raises `ValueError` if it was erased."""
        self._check()
        return bytes(self._secret)

    def copy_into(self, place: memoryview) -> None:
        """The private key into 32 bytes that the caller wipes. Raises `ValueError` if it was erased."""
        self._check()
        place[:] = self._secret

    @property
    def is_erased(self) -> bool:
        """Whether `erase` was called."""
        return self._secret.is_wiped

    @guarded
    def open(self, sealed: bytes) -> bytes:
        """What was sealed to this key.

        Raises:
            BadInput: "not-for-us": sealed to another key, or changed on the way.
            ValueError: the key was erased.
        """
        self._check()
        data = None
        if len(sealed) >= OVERHEAD:
            data = box().open(bytes(sealed), self._public_key, self._secret)
            _cover(self._public_key)
        if data is None:
            raise BadInput(
                "not-for-us", "sealed to another key, or changed on the way; have it sent again, to the right key"
            )
        return data

    def erase(self) -> None:
        """Overwrite the private key: what was sealed to it can be opened no more."""
        self._secret.wipe()

    def _check(self) -> None:
        if self._secret.is_wiped:
            raise ValueError("the sealing key was erased")

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a sealing key is not copied")

    def __repr__(self) -> str:
        return "SealingKey(...)"


def _cover(public_key: bytes) -> None:
    """Open what cannot be opened: libsodium leaves a private key on this thread's stack, where nobody can wipe it, and
    the same computation with another one puts that in its place."""
    box().open(bytes(OVERHEAD), public_key, Secret(b"\x01" * KEY_SIZE))


@typed
@guarded
def seal(public_key: bytes, data: bytes) -> bytes:
    """A box with `data` that only the holder of `public_key` (32 bytes) can open; 48 bytes longer.

    Raises:
        FormatError: not a public key, or one of small order, which anybody could open for.
    """
    from nacl.bindings import crypto_box_seal
    from nacl.exceptions import CryptoError

    if type(public_key) is bytes and len(public_key) == KEY_SIZE and not is_weak(public_key):
        try:
            return crypto_box_seal(data, public_key)
        except CryptoError:
            pass
    raise FormatError("a public sealing key is 32 bytes, and not of small order")
