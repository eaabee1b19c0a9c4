"""The bare figure: `crypto_sign_verify_detached` of libsodium at the speed of C.

A small C loop, compiled when the benchmark runs, calls the very function that the library's backend ends in, of the
same build of libsodium: PyNaCl's own (it is inside PyNaCl's extension module) or the system's. It verifies the very
signatures that the library is timed on. Where there is no C compiler or the symbol is hidden, calls from Python stand
in, with the cost of a call that does nothing measured in each round and subtracted.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import thread_time_ns

from benchmarks._measure import Round
from benchmarks._model import NotMeasured

Check = tuple[bytes, bytes, bytes]
"""Public key, message, signature."""

_C_LOOP = """
#include <stddef.h>
typedef int (*verify_fn)(const unsigned char *sig, const unsigned char *msg, unsigned long long len,
                         const unsigned char *key);
size_t verify_all(verify_fn verify, const unsigned char *keys, const unsigned char *msgs, const size_t *ends,
                  const unsigned char *sigs, size_t count)
{
    size_t good = 0, start = 0, i;
    for (i = 0; i < count; i++) {
        good += verify(sigs + 64 * i, msgs + start, ends[i] - start, keys + 32 * i) == 0;
        start = ends[i];
    }
    return good;
}
"""
_SONAMES = ("libsodium.so.23", "libsodium.so.26", "libsodium.so", "libsodium.dylib")


@dataclass(frozen=True, slots=True)
class Bare:
    """One round over all checks, and how it was measured."""

    one_round: Round
    how: str


def bare(library: str, checks: list[Check], compiler: bool = True) -> Bare:
    """Bare verification of `checks` by the libsodium of the backend `library` ("pynacl" or "system").

    Raises:
        NotMeasured: there is no such libsodium.
    """
    lib = open_library(library)
    loop = _c_loop() if compiler else None
    if loop is not None and hasattr(lib, "crypto_sign_verify_detached"):
        return Bare(_in_c(loop, lib, checks), "a loop in C")
    if library == "pynacl":
        return Bare(_by_cffi(checks), "calls through cffi, their overhead subtracted")
    return Bare(_by_ctypes(lib, checks), "calls through ctypes, their overhead subtracted")


@cache
def open_library(library: str) -> ctypes.CDLL:
    """The shared object with this backend's libsodium, ready for use."""
    if library == "pynacl":
        from nacl import _sodium

        _sodium.lib.sodium_init()
        return ctypes.CDLL(_sodium.__file__)
    for soname in _SONAMES:
        try:
            lib = ctypes.CDLL(soname)
        except OSError:
            continue
        lib.sodium_init()
        return lib
    raise NotMeasured("no libsodium of the system")


@cache
def _c_loop() -> ctypes.CDLL | None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "loop.c"), Path(folder, "loop.so")
        source.write_text(_C_LOOP)
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(made), str(source)], check=True)
        loop = ctypes.CDLL(str(made))
    loop.verify_all.restype = ctypes.c_size_t
    return loop


def _in_c(loop: ctypes.CDLL, lib: ctypes.CDLL, checks: list[Check]) -> Round:
    function = ctypes.cast(lib.crypto_sign_verify_detached, ctypes.c_void_p)
    keys = b"".join(key for key, _, _ in checks)
    messages = b"".join(message for _, message, _ in checks)
    signatures = b"".join(signature for _, _, signature in checks)
    ends, end = (ctypes.c_size_t * len(checks))(), 0
    for i, (_, message, _) in enumerate(checks):
        end += len(message)
        ends[i] = end
    count = ctypes.c_size_t(len(checks))

    def one_round() -> int:
        start = thread_time_ns()
        good = loop.verify_all(function, keys, messages, ends, signatures, count)
        took = thread_time_ns() - start
        assert good == len(checks)
        return took

    return one_round


def _by_cffi(checks: list[Check]) -> Round:
    from nacl import _sodium

    null, lib = _sodium.ffi.NULL, _sodium.lib
    signed = [(signature + message, key) for key, message, signature in checks]

    def one_round() -> int:
        verify, no_op, good = lib.crypto_sign_open, lib.crypto_sign_bytes, 0
        start = thread_time_ns()
        for data, key in signed:
            good += verify(null, null, data, len(data), key) == 0
        middle = thread_time_ns()
        for data, _ in signed:
            good += no_op() == len(data)
        took = middle - start - (thread_time_ns() - middle)
        assert good >= len(checks)
        return took

    return one_round


def _by_ctypes(lib: ctypes.CDLL, checks: list[Check]) -> Round:
    bytes_, size = ctypes.c_char_p, ctypes.c_ulonglong
    lib.crypto_sign_verify_detached.argtypes = (bytes_, bytes_, size, bytes_)
    lib.sodium_memcmp.argtypes = (bytes_, bytes_, ctypes.c_size_t)  # of no bytes: as much work as a call costs

    def one_round() -> int:
        verify, no_op, good = lib.crypto_sign_verify_detached, lib.sodium_memcmp, 0
        start = thread_time_ns()
        for key, message, signature in checks:
            good += verify(signature, message, len(message), key) == 0
        middle = thread_time_ns()
        for key, message, _ in checks:
            good += no_op(key, message, 0) != 0
        took = middle - start - (thread_time_ns() - middle)
        assert good == len(checks)
        return took

    return one_round
