"""Sealed boxes: bytes that only one recipient can read, from a sender who is not named (libsodium's `crypto_box_seal`).

A sealed box says nothing about who made it: whatever must be believed is signed inside or around it. Opening is for
scanners, and works wherever verification does (see `healthpass.crypto.backends`); sealing and making keys need PyNaCl.
"""

from __future__ import annotations

from healthpass.crypto import backends
from healthpass.errors import BadInput, FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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


KEY_SIZE = 32
OVERHEAD = 48
"""Bytes by which a sealed box is longer than what is in it."""

_P = 2**255 - 19
# The u coordinates of the points of small order, of Curve25519 and of its twist (https://cr.yp.to/ecdh.html#validate).
_ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
_SMALL_ORDER_U = frozenset((0, 1, _P - 1, *_ORDER_8))


class SealingKey:
    """An X25519 key pair in memory.

    Args:
        secret: the 32-byte private key; by default a fresh random one.

    It can be neither copied nor pickled: a copy would outlive `erase`.

    Raises:
        FormatError: the secret is not 32 bytes, or all zero.
    """

    __slots__ = ("_public_key", "_secret")

    def __init__(self, secret: bytes | None = None) -> None:
        if secret is None:
            from nacl.utils import random

            secret = random(KEY_SIZE)
        if type(secret) is not bytes or len(secret) != KEY_SIZE or not any(secret):
            raise FormatError("a sealing key is 32 bytes, not all zero")
        self._secret = bytearray(secret)
        self._public_key = _box().public_key(secret)

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return self._public_key

    @property
    def secret(self) -> bytes:
        """The private key, 32 bytes, for writing it to a key file. Raises `ValueError` if it was erased."""
        if not any(self._secret):
            raise ValueError("the sealing key was erased")
        return bytes(self._secret)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed to this key.

        Raises:
            BadInput: "not-for-us": sealed to another key, or changed on the way.
            ValueError: the key was erased.
        """
        data = None
        if len(sealed) >= OVERHEAD:
            data = _box().open(bytes(sealed), self._public_key, self.secret)
        if data is None:
            raise BadInput("not-for-us", "sealed to another key, or changed on the way")
        return data

    def erase(self) -> None:
        """Overwrite the private key: what was sealed to it can be opened no more."""
        self._secret[:] = bytes(KEY_SIZE)

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a sealing key is not copied")

    def __repr__(self) -> str:
        return "SealingKey(...)"


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
            pass  # and not raised from here: that error's frames hold `data`
    del data  # what reports an error with the values of its frames finds nothing secret in ours
    raise FormatError("a public sealing key is 32 bytes, and not of small order")


def is_weak(public_key: bytes) -> bool:
    """Whether a public key of 32 bytes is of small order: what is sealed to it, anybody could open."""
    # As RFC 7748 section 5 reads it: without the highest bit, and modulo p.
    return (int.from_bytes(public_key, "little") & (1 << 255) - 1) % _P in _SMALL_ORDER_U


class Box:
    """The two functions of libsodium that an opener needs, on sizes that the caller has checked.

    Attributes:
        public_key: of a private key.
        open: what is in a sealed box, for its bytes, the public and the private key; None where it does not open.
    """

    __slots__ = ("open", "public_key")

    def __init__(
        self, public_key: Callable[[bytes], bytes], open: Callable[[bytes, bytes, bytes], bytes | None]
    ) -> None:
        self.public_key = public_key
        self.open = open


def _load_pynacl() -> Box:
    from nacl import _sodium

    ffi, lib = _sodium.ffi, _sodium.lib
    base, seal_open = lib.crypto_scalarmult_base, lib.crypto_box_seal_open
    if lib.sodium_init() < 0:
        raise ImportError("libsodium does not start")

    def public_key(secret: bytes) -> bytes:
        out = ffi.new("unsigned char[32]")
        base(out, secret)
        return bytes(ffi.buffer(out))

    def open(sealed: bytes, public_key: bytes, secret: bytes) -> bytes | None:
        size = len(sealed) - OVERHEAD
        out = ffi.new("unsigned char[]", max(1, size))
        if seal_open(out, sealed, len(sealed), public_key, secret) != 0:
            return None
        return bytes(ffi.buffer(out, size))

    return Box(public_key, open)


def _load_bindings() -> Box:
    from nacl.bindings import crypto_box_seal_open, crypto_scalarmult_base
    from nacl.exceptions import CryptoError

    def open(sealed: bytes, public_key: bytes, secret: bytes) -> bytes | None:
        try:
            return crypto_box_seal_open(sealed, public_key, secret)
        except CryptoError:
            return None

    return Box(crypto_scalarmult_base, open)


def _load_system() -> Box:
    import ctypes

    library = backends.system_library(ctypes.CDLL)
    library.crypto_box_seal_open.argtypes = (
        ctypes.c_char_p,
        ctypes.c_char_p,
        ctypes.c_ulonglong,
        ctypes.c_char_p,
        ctypes.c_char_p,
    )
    library.crypto_scalarmult_base.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
    if library.sodium_init() < 0:
        raise ImportError("libsodium does not start")

    def public_key(secret: bytes) -> bytes:
        out = ctypes.create_string_buffer(KEY_SIZE)
        library.crypto_scalarmult_base(out, secret)
        return out.raw

    def open(sealed: bytes, public_key: bytes, secret: bytes) -> bytes | None:
        out = ctypes.create_string_buffer(max(1, len(sealed) - OVERHEAD))
        if library.crypto_box_seal_open(out, sealed, len(sealed), public_key, secret) != 0:
            return None
        return out.raw[: len(sealed) - OVERHEAD]

    return Box(public_key, open)


_LOADERS = dict(zip(backends.NAMES, (_load_pynacl, _load_bindings, _load_system), strict=True))
_loaded: Box | None = None


def load_box(name: str | None = None) -> Box:
    """The functions from the named place (one of `healthpass.crypto.backends.NAMES`), or the first that is here.

    Raises:
        ImportError: it is not here.
    """
    for each in backends.NAMES if name is None else (name,):
        try:
            return _LOADERS[each]()
        except (ImportError, AttributeError, KeyError, OSError):
            continue
    raise ImportError("sealed boxes need libsodium: install PyNaCl, or the system's libsodium (Debian: libsodium23)")


def _box() -> Box:
    global _loaded
    if _loaded is None:
        _loaded = load_box()
    return _loaded
