"""Exit codes and errors: one table, one line, the file as it was typed; and nothing that steers a terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass import Decision
from healthpass.authority import Registrar
from healthpass.cli import exits, output
from healthpass.cli.failing import failure
from healthpass.cli.main import main
from healthpass.cli.output import clean, json_line
from healthpass.cli.verify import EXIT_CODES
from healthpass.crypto.signer import SoftwareSigner
from tests.cli.terminal import NOW, Terminal

PAGE = Path(__file__).parents[2] / "docs/cli.md"
STEERING = "\x1b[2J\x07\x9b31m\u202e\u2066\u200e\u200f\u061c\ufeff\u2028\x7f\r"
BAD = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def run(*words: str, **named: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    result = CliRunner(env={"HEALTHPASS_PASSPHRASE": "grandmother's tea", **named}).invoke(main, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


# ---- Exit codes ---------------------------------------------------------------------------------------------------


def test_the_table_is_what_commands_do() -> None:
    """The decisions here; the other rows in `test_station`, `test_survey` and `test_audit`."""
    rows = re.findall(r"^\| (\d) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8").split("## ")[0], re.MULTILINE)
    decisions = {(code, meaning) for code, of, meaning in rows if of == "`verify`"}
    wanted = {(str(code), f"`{decision.name}`") for decision, code in EXIT_CODES.items()}
    assert decisions == wanted - {("0", "`ADMIT`")}
    assert EXIT_CODES[Decision.ADMIT] == exits.DONE
    others = {(code, of) for code, of, _ in rows if of != "`verify`"}
    assert others == {
        (str(exits.DONE), "every command"),
        (str(exits.REFUSED), "`audit check`"),
        (str(exits.REFUSED), "`station check`"),
        (str(exits.REFUSED), "`vectors run`"),
        (str(exits.MISUSE), "`doctor`"),
        (str(exits.ASSIST), "`doctor`"),
        (str(exits.MISUSE), "every command"),
        (str(exits.ASSIST), "`station ask`, `station desk`"),
    }


# ---- One line ------------------------------------------------------------------------------------------------------

USAGE = {
    "no such option": (["issue", "--nunber", "1"], "no such option"),
    "an option is missing": (["issue", "x"], "issue"),
    "a value is none of the choices": (["place", "certify", "--class", "moon"], "moon"),
    "a number out of range": (["windows", "p", "--days", "0"], "--days"),
    "no such command": (["isue"], "no such command"),
    "no such command of a group": (["root", "sgin"], "no such command"),
    "no such file": (["inspect", "no-such-file"], "neither a file nor the text of a pass"),
    "one of two": (["revoke", "--platform", "p"], "one of --notice and --code"),
    "a choice that is missing": (["station", "vouch"], "missing option"),
}


@pytest.mark.parametrize("name", USAGE)
def test_a_usage_error_is_one_line(name: str) -> None:
    words, says = USAGE[name]
    code, out, errors = run(*words)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"error: [^\n]+; `[a-z -]+ --help` explains the options\n", errors), errors
    assert says in errors
    code, out, errors = run(*words, "--json")
    assert (code, out) == (2, "")
    said = json.loads(errors)
    assert (said["error"], says in said["message"]) == ("usage", True)


def test_help_is_not_an_error() -> None:
    code, _, errors = run()
    assert code == 2
    assert "To begin with:" in errors
    code, out, errors = run("issue", "--help")
    assert (code, errors) == (0, "")
    assert "Usage:" in out


def test_the_file_as_it_was_typed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(terminal.folder)
    Path("bad").mkdir()
    Path("bad/key").write_text("no key")
    Path("bad/list").write_bytes(b"no list")
    Path("bad/big").write_bytes(bytes(70_000))
    own = ("--trust-list", "trust-list.cbor", "--roots", "roots.txt", "--out", "x", "--now", str(NOW))
    for words, path in (
        (["attest", "offer", "--key", "bad/key", *own], "bad/key"),
        (["attest", "offer", "--key", "bad/big", *own], "bad/big"),
        (["verify", "HP1:", "--roots", "bad/key"], "bad/key"),
        (["verify", "HP1:", "--roots", "roots.txt", "--trust-list", "bad/list"], "bad/list"),
        (["wallet", "accept", "me.wallet", "bad/list", "--now", str(NOW)], "bad/list"),
        (["present", "bad/list", "--now", str(NOW)], "bad/list"),
        (["issue", "bad/list", "--platform", "platform", "--out", "x", "--now", str(NOW)], "bad/list"),
        (["root", "check", "trust-list.cbor", "--roots", "roots.txt", "--windows", "bad/list"], "bad/list"),
        (["issue", "request.cbor", "--platform", "platform", "--out", "no/such/x", "--now", str(NOW)], "no/such/x"),
        (["keygen", "region.key"], "region.key.pub"),
    ):
        code, _, errors = run(*words)
        assert code == 2, words
        assert re.match(rf"error(?: \([a-z-]+\))?: {path}[: ]", errors.splitlines()[-1]), errors
        code, _, errors = run(*words, "--json")
        assert code == 2
        said = json.loads(errors.splitlines()[-1])
        assert said["message"].startswith(path), said


def test_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("healthpass.cli.keys.SoftwareSigner", stop)
    key = str(tmp_path / "key")
    assert run("keygen", key) == (2, "", "interrupted\n")
    assert json.loads(run("keygen", key, "--json")[2]) == {"error": "interrupted", "message": "interrupted"}


def test_an_error_of_the_system_says_what_to_do() -> None:
    assert failure(PermissionError(13, "Permission denied", "a/b")) == (
        "system",
        "a/b: Permission denied; see who may read and write it",
        False,
    )


# ---- Nothing steers the terminal ------------------------------------------------------------------------------------


def test_one_way_out() -> None:
    """What is printed passes `clean`; but for the demonstration, which has data of its own alone, in
    colours, and for a program that writes into a pipe of ours."""
    for path in Path(output.__file__).parent.glob("*.py"):
        if path.name not in ("output.py", "demo.py", "story.py", "picture_reader.py"):
            assert not re.search(
                r"\b(click\.s?echo|print|sys\.std(out|err)\.write)\(", path.read_text(encoding="utf-8")
            ), path


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_clean(text: str) -> None:
    assert not BAD.search(clean(text))
    line = json_line({"name": text})
    assert not BAD.search(line)
    assert json.loads(line)["name"] == re.sub("[\ud800-\udfff]", "\ufffd", text)


@pytest.mark.parametrize("text", ["绿", "grün 黄", "e\u0301", "\u3000a", "\u06a9\u200c\u06be", "👩\u200d👧"])
def test_what_people_write_stays(text: str) -> None:
    assert clean(text) == text


def certificate(folder: Path) -> Path:
    """A region certificate whose name steers a terminal, in a file whose name does too."""
    path = folder / ("region" + STEERING)
    registrar = Registrar(SoftwareSigner())
    path.write_bytes(registrar.certify_region(SoftwareSigner().public_key, "North" + STEERING, now=NOW))
    return path


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_names_that_steer(tmp_path: Path, as_json: tuple[str, ...]) -> None:
    path = certificate(tmp_path)
    for words in (
        ["inspect", str(path)],
        ["inspect", str(path) + "x"],
        ["verify", "HP1:", "--roots", str(path)],
        ["keygen", str(path)],
        ["keygen", str(path) + STEERING + "/x"],
        ["demo" + STEERING],
        ["demo", "--" + STEERING],
        ["place", "certify", "--class", STEERING],
    ):
        _, out, errors = run(*words, *as_json)
        assert not BAD.search(out), words
        assert not BAD.search(errors), words
        assert out or errors


@pytest.mark.skipif(sys.platform != "linux", reason="names of files that are no text")
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp1252", "ascii"])
@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_every_encoding(tmp_path: Path, encoding: str, as_json: tuple[str, ...]) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe-\xe7\xbb\xbf"
    words = [sys.executable.encode(), b"-m", b"healthpass"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for more in ([b"keygen", path], [b"inspect", path + b".pub"], [b"inspect", path + b"no"], [b"keygen", path]):
        done = subprocess.run([*words, *more, *map(str.encode, as_json)], capture_output=True, env=environment)
        text = done.stdout.decode(encoding) + done.stderr.decode(encoding)
        assert "Traceback" not in text, text
        assert not BAD.search(text)
        if as_json:
            json.loads(text)
