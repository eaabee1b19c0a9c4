"""libsodium, found in one of three places, with the same verdicts from each.

    pynacl    PyNaCl's own build, through the thin layer below its bindings: a tenth of their import time
    bindings  the same through `nacl.bindings`, should that thin layer ever change its shape
    system    the system's shared library through ctypes, where PyPI has no wheel of PyNaCl (32-bit ARM)

Each gives the two functions that a scanner needs.
"""

from __future__ import annotations

from healthpass._typed import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("pynacl", "bindings", "system")
_SONAMES = ("libsodium.so.23", "libsodium.so.26", "libsodium.so", "libsodium.dylib")


@typed
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


@typed
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


@typed
def system_library(open_library: Callable[[str], object]):  # type: ignore[no-untyped-def]  # a ctypes.CDLL
    """The system's libsodium, opened by `open_library`. Raises `ImportError` if there is none."""
    for soname in _SONAMES:
        try:
            return open_library(soname)
        except OSError:
            continue
    raise ImportError("no libsodium on this system")


_LOADERS = {"pynacl": _load_pynacl, "bindings": _load_bindings, "system": _load_system}
