"""The core as a shared library, built once."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from tests.firmware.core import Core, build, compiler


@pytest.fixture(scope="session")
def tools() -> None:
    """A C compiler and the system's libsodium; without them the tests of the core are skipped, unless they must run."""
    missing = [] if compiler() else ["no C compiler (cc, gcc or clang)"]
    try:
        ctypes.CDLL("libsodium.so.23")
    except OSError:
        missing.append("no libsodium.so.23")
    if missing:
        assert "HEALTHPASS_REQUIRE_CC" not in os.environ, missing
        pytest.skip(f"{' and '.join(missing)} on this machine: the C core is not tested")


@pytest.fixture(scope="session")
def core_path(tools: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="session")
def core(core_path: Path) -> Core:
    return Core(core_path)
