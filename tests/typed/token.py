"""A PKCS#11 token for one test, with one key: SoftHSM (Debian's softhsm2), where it and python-pkcs11 are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from healthpass.crypto.pkcs11 import Pkcs11Token

PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
KEY, _TOKEN, _PIN = "a key", "the token of a test", "4711-0815"
_CONFIG = "SOFTHSM2_CONF"
_opened: dict[Path, Pkcs11Token] = {}


def of_test(folder: Path) -> Pkcs11Token:
    """The token that lies in the folder of a test; `put_away` afterwards."""
    if folder not in _opened:
        pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
        module = next((place for place in PLACES if Path(place).exists()), None)
        if module is None or shutil.which("softhsm2-util") is None:
            pytest.skip("SoftHSM is not installed: apt-get install softhsm2")
        (folder / "tokens").mkdir()
        config = folder / "softhsm2.conf"
        config.write_text(f"directories.tokendir = {folder / 'tokens'}\n", encoding="utf-8")
        os.environ[_CONFIG] = str(config)
        command = ["softhsm2-util", "--init-token", "--free", "--label", _TOKEN, "--pin", _PIN, "--so-pin", _PIN]
        subprocess.run(command, check=True, capture_output=True)
        _opened[folder] = Pkcs11Token(module, _TOKEN, _PIN, writable=True)
        _opened[folder].generate(KEY)
    return _opened[folder]


def put_away() -> None:
    """Close the token, and unload what has read where it lies."""
    for opened in _opened.values():
        import pkcs11

        opened.close()
        pkcs11.unload(next(place for place in PLACES if Path(place).exists()))
        del os.environ[_CONFIG]
    _opened.clear()
