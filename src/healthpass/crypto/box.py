"""What sealed boxes need of libsodium, found in the three places of `healthpass.crypto.ed25519`."""

from __future__ import annotations

from healthpass.crypto import ed25519

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from healthpass._secret import Secret

KEY_SIZE = 32
OVERHEAD = 48
"""Bytes by which a sealed box is longer than what is in it."""


class Box:
    """The functions of libsodium that an opener needs, on sizes that the caller has checked. But for `bindings`, which
    takes nothing but `bytes`, they work on the very bytes of a private key.

    Attributes:
        fill: puts random bytes into a private key.
        public_key: of a private key.
        open: what is in a sealed box, for its bytes, the public and the private key; None where it does not open.
    """

    __slots__ = ("fill", "open", "public_key")

    def __init__(
        self,
        fill: Callable[[Secret], None],
        public_key: Callable[[Secret], bytes],
        open: Callable[[bytes, bytes, Secret], bytes | None],
    ) -> None:
        self.fill = fill
        self.public_key = public_key
        self.open = open


def _load_pynacl() -> Box:
    from nacl import _sodium

    ffi, lib = _sodium.ffi, _sodium.lib
    base, seal_open, random = lib.crypto_scalarmult_base, lib.crypto_box_seal_open, lib.randombytes
    if lib.sodium_init() < 0:
        raise ImportError("libsodium does not start")

    def fill(secret: Secret) -> None:
        random(ffi.from_buffer("unsigned char[]", secret), len(secret))

    def public_key(secret: Secret) -> bytes:
        out = ffi.new("unsigned char[32]")
        base(out, ffi.from_buffer("unsigned char[]", secret))
        return bytes(ffi.buffer(out))

    def open(sealed: bytes, public_key: bytes, secret: Secret) -> bytes | None:
        size = len(sealed) - OVERHEAD
        out = ffi.new("unsigned char[]", max(1, size))
        if seal_open(out, sealed, len(sealed), public_key, ffi.from_buffer("unsigned char[]", secret)) != 0:
            return None
        return bytes(ffi.buffer(out, size))

    return Box(fill, public_key, open)


def _load_bindings() -> Box:
    from nacl.bindings import crypto_box_seal_open, crypto_scalarmult_base
    from nacl.exceptions import CryptoError
    from nacl.utils import random

    def fill(secret: Secret) -> None:
        secret[:] = random(len(secret))

    def public_key(secret: Secret) -> bytes:
        return crypto_scalarmult_base(bytes(secret))

    def open(sealed: bytes, public_key: bytes, secret: Secret) -> bytes | None:
        try:
            return crypto_box_seal_open(sealed, public_key, bytes(secret))
        except CryptoError:
            return None

    return Box(fill, public_key, open)


def _load_system() -> Box:
    import ctypes

    library = ed25519.system_library(ctypes.CDLL)
    library.crypto_box_seal_open.argtypes = (
        ctypes.c_char_p,
        ctypes.c_char_p,
        ctypes.c_ulonglong,
        ctypes.c_char_p,
        ctypes.c_void_p,
    )
    library.crypto_scalarmult_base.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    library.randombytes_buf.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    library.randombytes_buf.restype = None
    key = ctypes.c_char * KEY_SIZE
    if library.sodium_init() < 0:
        raise ImportError("libsodium does not start")

    def fill(secret: Secret) -> None:
        library.randombytes_buf(key.from_buffer(secret), len(secret))

    def public_key(secret: Secret) -> bytes:
        out = ctypes.create_string_buffer(KEY_SIZE)
        library.crypto_scalarmult_base(out, key.from_buffer(secret))
        return out.raw

    def open(sealed: bytes, public_key: bytes, secret: Secret) -> bytes | None:
        out = ctypes.create_string_buffer(max(1, len(sealed) - OVERHEAD))
        if library.crypto_box_seal_open(out, sealed, len(sealed), public_key, key.from_buffer(secret)) != 0:
            return None
        return out.raw[: len(sealed) - OVERHEAD]

    return Box(fill, public_key, open)


_LOADERS = dict(zip(ed25519.NAMES, (_load_pynacl, _load_bindings, _load_system), strict=True))
_loaded: Box | None = None


def load_box(name: str | None = None) -> Box:
    """The functions from the named place (one of `healthpass.crypto.ed25519.NAMES`), or the first that is here.

    Raises:
        ImportError: it is not here.
    """
    for each in ed25519.NAMES if name is None else (name,):
        try:
            return _LOADERS[each]()
        except (ImportError, AttributeError, KeyError, OSError):
            continue
    raise ImportError("sealed boxes need libsodium: install PyNaCl, or the system's libsodium (Debian: libsodium23)")


def box() -> Box:
    """The functions that are in use: the first that this machine has."""
    global _loaded
    if _loaded is None:
        _loaded = load_box()
    return _loaded
