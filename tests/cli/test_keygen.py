"""`healthpass keygen`: a pair is whole or can be made whole, whoever is interrupted and however many run at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.main import main
from healthpass.crypto.keyfile import (
    parse_private_key,
    parse_public_key,
    parse_sealing_key,
    parse_sealing_public_key,
)
from tests.cli.terminal import Terminal
from tests.faults import ERROR, KILL, LOST, RENAMED, TORN, failing
from tests.making import files

PASSPHRASE = "grandmother's tea"
KINDS: list[Sequence[str]] = [(), ("--seal",), ("--sealing",)]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    (tmp_path / "keys").mkdir()
    return Terminal(tmp_path / "keys")


def keygen(terminal: Terminal, *more: str, code: int = 0) -> str:
    return terminal.run("keygen", terminal.path("key"), *more, code=code)


def public_of(terminal: Terminal, more: Sequence[str]) -> bytes:
    """The public key of the private file."""
    text = Path(terminal.path("key")).read_text()
    return (parse_sealing_key(text) if "--sealing" in more else parse_private_key(text, PASSPHRASE)).public_key


def published(terminal: Terminal, more: Sequence[str]) -> bytes:
    """The public key of the public file."""
    parse = parse_sealing_public_key if "--sealing" in more else parse_public_key
    return parse(Path(terminal.path("key.pub")).read_text())


@pytest.mark.parametrize("more", [KINDS[0], KINDS[2]], ids=str)
@pytest.mark.parametrize("kind", [ERROR, KILL, TORN, LOST, RENAMED])
def test_ended_at_any_write(tmp_path: Path, kind: str, more: Sequence[str]) -> None:
    """What is there afterwards can be believed, the same command again makes it whole, and no key gets lost of which
    somebody may have the public half."""
    for n in range(100):
        terminal = Terminal(tmp_path / str(n))
        terminal.folder.mkdir()
        with failing(terminal.folder, kind, n) as disk:
            CliRunner().invoke(main, ["keygen", terminal.path("key"), *more])
        private, public = Path(terminal.path("key")).exists(), Path(terminal.path("key.pub")).exists()
        assert private or not public, "never a public key without its private one"
        before = public_of(terminal, more) if private else None
        keygen(terminal, *more, code=2 if public else 0)
        assert public_of(terminal, more) == published(terminal, more)
        assert before in (None, published(terminal, more)), "the key that was there is the one that is kept"
        if not disk.happened:
            break
    assert 8 < n < 99


def test_a_sealed_key_is_completed_with_its_passphrase(terminal: Terminal) -> None:
    keygen(terminal, "--seal")
    Path(terminal.path("key.pub")).unlink()
    before = files(terminal.folder)
    words = ["keygen", terminal.path("key"), "--seal"]
    wrong = CliRunner(env={"HEALTHPASS_PASSPHRASE": "another"}).invoke(main, words)
    assert (wrong.exit_code, "passphrase" in wrong.stderr) == (2, True)
    assert "with a passphrase" in keygen(terminal, code=2)
    assert files(terminal.folder) == before
    keygen(terminal, "--seal")
    assert public_of(terminal, words) == published(terminal, words)


def test_a_key_without_a_passphrase_is_not_taken_for_a_sealed_one(terminal: Terminal) -> None:
    keygen(terminal)
    Path(terminal.path("key.pub")).unlink()
    before = files(terminal.folder)
    assert "without a passphrase" in keygen(terminal, "--seal", code=2)
    assert "key file" in keygen(terminal, "--sealing", code=2)
    assert files(terminal.folder) == before


@pytest.mark.parametrize("more", KINDS, ids=str)
def test_nothing_is_overwritten(terminal: Terminal, more: Sequence[str]) -> None:
    keygen(terminal, *more)
    before = files(terminal.folder)
    for other in KINDS:
        assert "not overwritten" in keygen(terminal, *other, code=2)
    assert files(terminal.folder) == before


def test_the_public_key_of_somebody_else_stays(terminal: Terminal) -> None:
    """Its private half is in another place, in a token perhaps."""
    Path(terminal.path("key.pub")).write_text("somebody's")
    assert "another key's" in keygen(terminal, code=2)
    assert files(terminal.folder) == {"key.pub": b"somebody's"}


def test_several_at_once_make_one_pair(terminal: Terminal) -> None:
    words = [sys.executable, "-m", "healthpass", "keygen", terminal.path("key"), "--json"]
    at_once = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(4)]
    said = [each.communicate()[0] for each in at_once]
    assert sorted(each.returncode for each in at_once) == [0, 2, 2, 2]
    assert public_of(terminal, ()) == published(terminal, ())
    assert published(terminal, ()).hex() in "".join(said)
