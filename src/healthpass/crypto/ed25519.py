"""Ed25519 verification (RFC 8032) and SHA-512, by libsodium, found in one of three places:

    pynacl    PyNaCl's own build, through the thin layer below its bindings: a tenth of their import time
    bindings  the same through `nacl.bindings`, should that thin layer ever change its shape
    system    the system's shared library through ctypes, where PyPI has no wheel of PyNaCl (32-bit ARM)

Where Ed25519 implementations disagree (small-order and mixed-order keys, non-canonical encodings) the verdict is
libsodium's, whichever of them gives it.
"""

from __future__ import annotations

from healthpass._typed import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KEY_SIZE = 32
SIGNATURE_SIZE = 64

_P = 2**255 - 19
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
# The y coordinates of the eight points of small order: of order 1, 2, 4 and 8.
_SMALL_ORDER_Y = frozenset((1, _P - 1, 0, _ORDER_8, _P - _ORDER_8))

NAMES = ("pynacl", "bindings", "system")
_SONAMES = ("libsodium.so.23", "libsodium.so.26", "libsodium.so", "libsodium.dylib")


class Backend:
    """The libsodium functions that verification needs.

    Attributes:
        name: one of `NAMES`.
        open_signed: whether a 64-byte signature followed by its message is good for a 32-byte public key:
            `crypto_sign_open`, libsodium's verdict in every disputed case. The caller has checked the sizes.
        sha512: the 64-byte digest.
    """

    __slots__ = ("name", "open_signed", "sha512")

    def __init__(
        self, name: str, open_signed: Callable[[bytes, bytes], bool], sha512: Callable[[bytes], bytes]
    ) -> None:
        self.name = name
        self.open_signed = open_signed
        self.sha512 = sha512


def load(name: str | None = None) -> Backend:
    """The named backend, or the first one that this machine has.

    Raises:
        ImportError: it is not there; the message says what to install.
    """
    for each in NAMES if name is None else (name,):
        try:
            return _LOADERS[each]()
        except (ImportError, AttributeError, KeyError, OSError):
            continue
    raise ImportError("healthpass needs libsodium: install PyNaCl, or the system's libsodium (Debian: libsodium23)")


def _load_pynacl() -> Backend:
    from nacl import _sodium

    ffi, lib = _sodium.ffi, _sodium.lib
    null = ffi.NULL
    crypto_sign_open = lib.crypto_sign_open
    crypto_hash = lib.crypto_hash_sha512
    if lib.sodium_init() < 0:
        raise ImportError("libsodium does not start")

    def open_signed(signed: bytes, key: bytes) -> bool:
        # No output buffer: libsodium then only verifies.
        return bool(crypto_sign_open(null, null, signed, len(signed), key) == 0)

    def sha512(data: bytes) -> bytes:
        out = ffi.new("unsigned char[64]")
        crypto_hash(out, data, len(data))
        return bytes(ffi.buffer(out))

    return Backend("pynacl", open_signed, sha512)


def _load_bindings() -> Backend:
    from nacl.bindings import crypto_hash_sha512, crypto_sign_open
    from nacl.exceptions import BadSignatureError

    def open_signed(signed: bytes, key: bytes) -> bool:
        try:
            crypto_sign_open(signed, key)
        except BadSignatureError:
            return False
        return True

    return Backend("bindings", open_signed, crypto_hash_sha512)


def _load_system() -> Backend:
    import ctypes

    lib = system_library(ctypes.CDLL)
    crypto_sign_open = lib.crypto_sign_open
    crypto_sign_open.argtypes = (
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_ulonglong,
        ctypes.c_char_p,
    )
    crypto_hash = lib.crypto_hash_sha512
    crypto_hash.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulonglong)
    if lib.sodium_init() < 0:
        raise ImportError("libsodium does not start")

    def open_signed(signed: bytes, key: bytes) -> bool:
        return bool(crypto_sign_open(None, None, signed, len(signed), key) == 0)

    def sha512(data: bytes) -> bytes:
        out = ctypes.create_string_buffer(64)
        crypto_hash(out, data, len(data))
        return out.raw

    return Backend("system", open_signed, sha512)


def system_library(open_library: Callable[[str], object]):  # type: ignore[no-untyped-def]  # a ctypes.CDLL
    """The system's libsodium, opened by `open_library`. Raises `ImportError` if there is none."""
    for soname in _SONAMES:
        try:
            return open_library(soname)
        except OSError:
            continue
    raise ImportError("no libsodium on this system")


_LOADERS = {"pynacl": _load_pynacl, "bindings": _load_bindings, "system": _load_system}

_backend = load()


@typed
def use_backend(name: str | None) -> str:
    """Switch to one backend ("pynacl", "bindings" or "system"), or with None to the first that this machine has.

    Returns:
        The name of the backend in use from now on, in the whole process.

    Raises:
        ImportError: it is not there; nothing changes.
    """
    global _backend
    _backend = load(name)
    return _backend.name


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is good for the public key `key`.

    A key that is not 32 bytes or a signature that is not 64 is simply not good.
    """
    if len(key) != KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    return _backend.open_signed(signature + message, key)


def sha512(data: bytes) -> bytes:
    """The 64-byte SHA-512 digest of `data`."""
    return _backend.sha512(data)


def is_canonical(key: bytes) -> bool:
    """Whether these are 32 bytes with a reduced y coordinate that no point of small order has. Costs no arithmetic.

    Enough to refuse every key under which a signature could hold for many messages; says nothing of mixed order.
    """
    if len(key) != KEY_SIZE:
        return False
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    return y < _P and y not in _SMALL_ORDER_Y
