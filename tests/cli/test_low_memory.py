"""A device without the memory that a passphrase takes: one clear error everywhere, and a way to do with less."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from healthpass.crypto.passphrase import INTERACTIVE, MODERATE
from tests.cli.terminal import NOW, Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process's memory")
SMALL = 300_000
"""Kilobytes of addresses: enough for Python and 64 MiB, not for 256."""


def small(*words: str) -> tuple[int, str]:
    """Exit code and standard error of a command with little memory."""
    command = f'ulimit -v {SMALL}; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-m", "healthpass", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HEALTHPASS_PASSPHRASE": "grandmother's tea", "OPENBLAS_NUM_THREADS": "1"},
    )
    return done.returncode, done.stderr


@pytest.mark.slow
def test_too_little(terminal: Terminal) -> None:
    path = terminal.path
    terminal.run("keygen", path("sealed.key"), "--seal")
    before = sorted(terminal.folder.iterdir())
    roots, now = ("--roots", path("roots.txt")), ("--now", str(NOW))
    for words, name in (
        (["present", path("me.wallet"), "--anywhere", *now], "me.wallet"),
        (["wallet", "update", path("me.wallet"), *now], "me.wallet"),
        (["root", "sign", path("draft.cbor"), "--yes", "--key", path("sealed.key"), "--out", path("s")], "sealed.key"),
        (["keygen", path("new.key"), "--seal"], "new.key"),
        (["wallet", "new", path("new.wallet"), *roots], "new.wallet"),
    ):
        code, errors = small(*words)
        said = f"error (memory): {path(name)}: not enough memory: a passphrase of this kind takes 256 MiB; "
        assert (code, errors.startswith(said), errors.count("\n")) == (2, True, 1), errors
    assert sorted(each for each in terminal.folder.iterdir() if each.name != ".healthpass.lock") == before


def test_with_less(terminal: Terminal) -> None:
    path = terminal.path
    assert small("wallet", "new", path("new.wallet"), "--roots", path("roots.txt"), "--small-device") == (0, "")
    assert small("wallet", "update", path("new.wallet"), "--now", str(NOW)) == (0, "")
    assert small("keygen", path("new.key"), "--seal", "--small-device") == (0, "")
    assert Path(path("new.wallet")).read_bytes()[4] == INTERACTIVE
    assert Path(path("me.wallet")).read_bytes()[4] == MODERATE
