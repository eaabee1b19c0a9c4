"""What cannot be used is misuse: one line on standard error, exit code 2, no traceback, and nothing of the input."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.main import main
from tests.cli.terminal import NOW, Terminal


@pytest.mark.parametrize("now", ["-1", "0", "4294967295", "4294967296", "1.5", "noon"])
@pytest.mark.parametrize("command", [["demo"], ["verify", "HP1:"], ["windows", "x"], ["present", "x"]], ids=" ".join)
def test_a_time_that_is_none(terminal: Terminal, command: list[str], now: str) -> None:
    options = ["--roots", terminal.path("roots.txt")] if command[0] == "verify" else []
    words = [terminal.path("x") if word == "x" else word for word in command]
    assert "--now" in terminal.run(*words, *options, "--now", now, code=2)


def test_an_empty_passphrase(terminal: Terminal) -> None:
    runner = CliRunner(env={"HEALTHPASS_PASSPHRASE": ""})
    for words in (["keygen", terminal.path("k"), "--seal"], ["present", terminal.path("me.wallet")]):
        result = runner.invoke(main, words)
        assert result.exit_code == 2
        assert "HEALTHPASS_PASSPHRASE" in result.stderr


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"junk" * 300], ids=["text", "junk"])
def test_a_ledger_that_is_none(terminal: Terminal, content: bytes) -> None:
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        Path(terminal.path(f"platform/{name}")).unlink(missing_ok=True)
    Path(terminal.path("platform/ledger.sqlite")).write_bytes(content)
    words = ["issue", terminal.path("request.cbor"), "--platform", terminal.path("platform"), "--now", str(NOW)]
    assert terminal.run(*words, "--out", terminal.path("out"), code=2).startswith("error")


def test_a_ledger_that_cannot_be_opened(terminal: Terminal) -> None:
    """A folder is where SQLite keeps its log."""
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        Path(terminal.path(f"platform/{name}")).unlink(missing_ok=True)
    Path(terminal.path("platform/ledger.sqlite-wal")).mkdir()
    words = ["issue", terminal.path("request.cbor"), "--platform", terminal.path("platform"), "--now", str(NOW)]
    said = terminal.run(*words, "--out", terminal.path("out"), code=2)
    sentence = "the ledger's file cannot be opened; see who may read and write it and its folder"
    assert said == f"error (ledger-unreachable): {sentence}\n"
    assert not Path(terminal.path("out")).exists()


def test_a_foreign_certificate_is_not_repeated(terminal: Terminal) -> None:
    text = "HC1:JANE-DOE-" + "X" * 400
    result = CliRunner().invoke(main, ["verify", text, *terminal.scanner()])
    assert (result.exit_code, result.stdout) == (1, "REFUSE: NOT_A_PASS\n")
    assert "JANE" not in result.stderr
    result = CliRunner().invoke(main, ["inspect", text])
    assert result.exit_code == 2
    assert "JANE" not in result.output


def test_a_mistyped_picture_is_not_a_pass_that_was_refused(terminal: Terminal) -> None:
    terminal.run("verify", terminal.path("pas.png"), *terminal.scanner(), code=2)


def test_only_green_is_admitted_without_a_policy(terminal: Terminal) -> None:
    words = ["--key", terminal.path("region.key"), "--trust-list", terminal.path("trust-list.cbor"), "--now", str(NOW)]
    offer, answer, out = terminal.path("o"), terminal.path("a"), terminal.path("t")
    terminal.run("attest", "offer", *words, "--roots", terminal.path("roots.txt"), "--out", offer)
    terminal.run(
        "wallet", "answer", terminal.path("me.wallet"), offer, "--name", "other", "--out", answer, "--now", str(NOW)
    )
    signing = ["--offer", offer, "--answer", answer, "--color", "amber", "--out", out, "--now", str(NOW)]
    listed = ["--trust-list", terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt")]
    terminal.run("attest", "sign", "--key", terminal.path("region.key"), *listed, *signing)
    batch = ["--platform", terminal.path("platform"), "--out", terminal.path("b"), "--now", str(NOW)]
    terminal.run("issue", out, *batch)
    terminal.run("wallet", "accept", terminal.path("me.wallet"), terminal.path("b"), "--now", str(NOW))
    text = terminal.present("--name", "other")["text"]
    said = terminal.json("verify", text, *terminal.scanner(), code=1)
    assert (said["colors"], said["code"], said["decision"]) == (["YELLOW"], None, "REFUSE")


def test_control_characters_do_not_reach_the_terminal(terminal: Terminal) -> None:
    words = ["--key", terminal.path("region.key"), "--offer", terminal.path("offer.cbor"), "--now", str(NOW)]
    words += ["--answer", terminal.path("answer.cbor"), "--out", terminal.path("evil")]
    words += ["--trust-list", terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt")]
    terminal.run("attest", "sign", *words, "--color", "\x1b]0;owned\x07\x1b[2J")
    assert "\x1b" not in terminal.run("inspect", terminal.path("evil"))
