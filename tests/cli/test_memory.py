"""`healthpass verify` remembers from one process to the next with its state folder, and says so where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli import memory
from healthpass.cli.main import main
from healthpass.verifier.replay_boot import Boot
from tests.cli.terminal import NOW, Terminal


def verify(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["verify", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def stateless(terminal: Terminal) -> list[str]:
    return ["--roots", terminal.path("roots.txt"), "--trust-list", terminal.path("trust-list.cbor"), "--now", str(NOW)]


def test_with_a_state_folder_the_next_process_refuses(terminal: Terminal, stateless: list[str]) -> None:
    text, state = terminal.present()["text"], ["--state", terminal.path("gate")]
    code, said, aside = verify(text, *stateless, *state)
    assert (code, said[:12], aside) == (0, "ADMIT: GREEN", "")
    code, said, _ = verify(text, *stateless, *state, "--json")
    assert code != 0
    assert (json.loads(said)["code"], json.loads(said)["memory"]) == ("REPLAYED", "shared")


def test_without_one_it_says_that_it_does_not_remember(terminal: Terminal, stateless: list[str]) -> None:
    text = terminal.present()["text"]
    for _ in range(2):
        code, said, aside = verify(text, *stateless)
        assert (code, said[:12], aside) == (0, "ADMIT: GREEN", memory.FORGETS + "\n")
    assert json.loads(verify(text, *stateless, "--json")[1])["memory"] == "none"


@pytest.mark.parametrize("missing", ["state", "boot", "ram"])
def test_require_memory_refuses_where_there_is_none(
    terminal: Terminal, stateless: list[str], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    text = terminal.present()["text"]
    state = [] if missing == "state" else ["--state", terminal.path("gate")]
    if missing == "boot":
        monkeypatch.setattr(memory, "this_boot", lambda: None)
    if missing == "ram":
        monkeypatch.setattr(memory, "ram_folders", lambda runtime: ())
    assert json.loads(verify(text, *stateless, *state, "--json")[1])["memory"] == "none"
    code, said, _ = verify(text, *stateless, *state, "--require-memory", "--json")
    assert (code, json.loads(said)["decision"]) == (3, "ASSIST")
    assert (json.loads(said)["code"], json.loads(said)["memory"]) == ("REPLAY_UNKNOWN", "none")


def test_require_memory_is_content_with_a_shared_one(terminal: Terminal, stateless: list[str]) -> None:
    text = terminal.present()["text"]
    assert verify(text, *stateless, "--state", terminal.path("gate"), "--require-memory")[0] == 0


def test_after_a_restart_of_the_machine_it_cannot_tell(
    terminal: Terminal, stateless: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, state = terminal.present()["text"], ["--state", terminal.path("gate")]
    assert verify(text, *stateless, *state)[0] == 0
    monkeypatch.setattr(memory, "this_boot", lambda: Boot(bytes(16), lambda: 20))
    code, said, _ = verify(text, *stateless, *state, "--json")
    assert (code, json.loads(said)["decision"]) == (3, "ASSIST")
    assert (json.loads(said)["code"], json.loads(said)["memory"]) == ("REPLAY_UNKNOWN", "shared")


def test_a_stream_remembers_while_it_runs(terminal: Terminal, stateless: list[str]) -> None:
    text = terminal.present()["text"]
    result = CliRunner().invoke(main, ["verify", "-", *stateless, "--json"], input=f"{text}\n{text}\n")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["decision"], first["repeated"], first["memory"]) == ("ADMIT", False, "process")
    assert (second["decision"], second["repeated"], second["memory"]) == ("ADMIT", True, "process")


def test_what_is_on_the_disk_is_the_note_alone(terminal: Terminal, stateless: list[str], ram: Path) -> None:
    text, state = terminal.present()["text"], terminal.path("gate")
    assert verify("HP1:", *stateless, "--state", state)[0] != 0
    before = {each: each.read_bytes() for each in Path(state).rglob("*") if each.is_file()}
    assert verify(text, *stateless, "--state", state)[0] == 0
    assert {each: each.read_bytes() for each in Path(state).rglob("*") if each.is_file()} == before
    assert len(list(ram.iterdir())) == 1
