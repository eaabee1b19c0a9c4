"""The doctor as a test asks it, in a country that has everything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from healthpass.cli.context import PASSPHRASE
from healthpass.cli.main import main
from tests.cli.terminal import NOW, Terminal
from tests.faults_of_commands.world import build, in_folder

SECRET = "grandmother's tea"
_EXIT = {"well": 0, "soon": 3, "wrong": 2}
_NAMES = {"state", "what", "file", "until", "says", "to_do"}


def country(folder: Path) -> Path:
    """The country of tests/faults_of_commands with a scanner that has all that there is, and nothing that is wrong."""
    build(folder)
    with in_folder(folder) as terminal:
        shutil.rmtree("restored")
        Path("ahead.log").unlink()
        Path("asked").chmod(0o755)
        at = ("--now", str(NOW))
        verify = ("--roots", "roots.txt", "--trust-list", "trust-list.cbor", "--area-table", "areas.cbor", *at)
        gate = ("--sealing-key", "gate.seal", "--document-keys", "gate.keys", "--place", "hospital.txt")
        fetched = ("--revocation", "published/snapshot.cbor", "--pieces", "published", "--state", "scanner")
        terminal.run("verify", "HP1:", *verify, *gate, *fetched, code=3)
        days = ("--days", "14", "--capacity", "1024", "--document-key-id", b"doc0".hex())
        terminal.run("windows", "platform", *days, *at)
    return folder


@dataclass
class Doctor:
    """Asks the doctor in a folder."""

    folder: Path
    terminal: Terminal

    def __call__(self, *words: str, now: int = NOW, secret: str = "") -> tuple[int, list[dict[str, Any]]]:
        """The exit code and the findings, which agree with each other."""
        env = {PASSPHRASE: secret} if secret else {}
        ran = CliRunner(env=env).invoke(main, ["doctor", *words, "--now", str(now), "--json"])
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        said = json.loads(ran.stdout)
        assert said.keys() == {"state", "findings"}
        assert all(each.keys() == _NAMES for each in said["findings"])
        states = [each["state"] for each in said["findings"]]
        assert states == sorted(states, key=("wrong", "soon", "well").index)
        assert said["state"] == states[0]
        assert ran.exit_code == _EXIT[said["state"]]
        assert all((each["to_do"] is None) == (each["state"] == "well") for each in said["findings"])
        return ran.exit_code, said["findings"]

    def bad(self, *words: str, now: int = NOW, secret: str = "") -> list[tuple[str, str]]:
        """State and thing of all that is not well, in the order that they are told in."""
        return [(each["state"], each["what"]) for each in self(*words, now=now, secret=secret)[1] if each["to_do"]]

    def one(self, what: str, *words: str, now: int = NOW, secret: str = "") -> dict[str, Any]:
        """The only finding of a thing."""
        (found,) = (each for each in self(*words, now=now, secret=secret)[1] if each["what"] == what)
        return found


@contextmanager
def asked_in(made: Path, folder: Path) -> Iterator[Doctor]:
    """In a copy of the country."""
    shutil.copytree(made, folder, symlinks=True)
    with in_folder(folder) as terminal:
        yield Doctor(folder, terminal)


def every_file(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Mode, time of change, and content of every file and folder."""
    return {
        str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (folder, *sorted(folder.rglob("*")))
    }
