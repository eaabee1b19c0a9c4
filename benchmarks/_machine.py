"""What the figures were measured on."""

from __future__ import annotations

import ctypes
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks._bare import open_library
from benchmarks._model import NotMeasured

PACKAGES = (
    "healthpass",
    "PyNaCl",
    "cbor2",
    "cryptography",
    "cwt",
    "sd-jwt",
    "base45",
    "segno",
    "numpy",
    "pyfusefilter",
)


def facts() -> dict[str, str]:
    """Names and versions, without a date or a host's name."""
    found = {
        "CPU": _cpu(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "libsodium of PyNaCl": f"built into PyNaCl {_version('PyNaCl')}",
        "libsodium of the system": _system_libsodium(),
    }
    return found | {f"package {name}": _version(name) for name in PACKAGES}


def file_system(path: Path) -> str:
    """The type of the file system that a file or folder is on, as the system calls it."""
    found = "unknown"
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return found
    longest = -1
    for line in lines:
        _, where, kind, *_ = line.split(" ")
        if path.resolve().is_relative_to(where) and len(where) >= longest:
            longest, found = len(where), kind
    return found


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() in ("model name", "Model", "Hardware"):
                    return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _system_libsodium() -> str:
    try:
        function = open_library("system").sodium_version_string
    except NotMeasured:
        return "none"
    function.restype = ctypes.c_char_p
    return str(function().decode())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
