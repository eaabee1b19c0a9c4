"""Text files that went through Windows, an editor or a mail program are read as they were written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass._texts import text_of, tidy
from healthpass.cli import memory
from healthpass.errors import FormatError
from tests.cli.terminal import NOW, Terminal
from tests.faults_of_commands.bench import Bench
from tests.faults_of_commands.rows import ROWS, Row
from tests.faults_of_commands.world import build
from tests.raising import raises

UTF_16 = "this is UTF-16 text, or none; save it as UTF-8"
HOW: dict[str, Callable[[bytes], bytes]] = {
    "CR LF": lambda data: data.replace(b"\n", b"\r\n"),
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "blank line": lambda data: data + b"\n",
    "blanks": lambda data: data.replace(b"\n", b" \t\n"),
    "no end of the last line": lambda data: data.rstrip(b"\n"),
    "all of it": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b" \r\n") + b"\r\n \r\n",
}


@given(st.text(alphabet="ab\n\r \t\ufeff"))
def test_tidy(text: str) -> None:
    tidied = tidy(text)
    assert tidy(tidied) == tidied
    assert not re.search(r"\r|[ \t]\n|\n\n$", tidied)
    assert tidied == "" or tidied.endswith("\n")


@pytest.mark.parametrize("how", HOW)
def test_what_was_written_is_read(how: str) -> None:
    written = "绿 = 1\n\n[x]\n"
    assert text_of(HOW[how](written.encode())) == written


def test_what_is_no_text() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        with raises(FormatError, "malformed", UTF_16):
            text_of("threshold: 2\n".encode(encoding))
    with raises(FormatError, "malformed", "rules: not a text file; check which file it is, and that it is UTF-8"):
        text_of(b"abcd\xff", "rules")


# ---- Every command, with every text file changed ------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def no_ram() -> Iterator[None]:
    """`verify` remembers nothing from one row to the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "ram_folders", lambda runtime: ())
        yield


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(build(tmp_path_factory.mktemp("country")), tmp_path_factory.mktemp("scratch"))


def text_files(folder: Path) -> list[Path]:
    """What people keep, copy and edit; not what programs alone write into folders of their own, and a log's lines."""
    found = [path for path in folder.rglob("*") if path.suffix in (".key", ".pub", ".seal", ".toml", ".txt")]
    found += [folder / "checkpoint-1"]
    own = {folder / each for each in ("scanner", "desk", "region", "published")}
    return [path for path in found if path.name != "clock.txt" and not own & {*path.parents}]


def test_the_text_files_of_the_country(bench: Bench) -> None:
    names = {path.relative_to(bench.folder).as_posix() for path in text_files(bench.folder)}
    assert names >= {
        *("roots.txt", "root1.key", "root1.key.pub", "gate.seal", "gate.seal.pub", "document.key", "audit.key"),
        *("platform/rules.toml", "stations.toml", "people.toml", "hospital.txt", "answers.txt", "checkpoint-1"),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub("[^a-z]+", "-", row.name))
def test_every_command(bench: Bench, row: Row) -> None:
    bench.restore()
    undisturbed = bench.run(row).code
    bench.restore()
    for path in text_files(bench.folder):
        path.write_bytes(HOW["all of it"](path.read_bytes()))
    ran = bench.run(row)
    assert ran.code == undisturbed, ran.errors


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub("[^a-z]+", "-", row.name))
def test_every_command_with_utf_16(bench: Bench, row: Row) -> None:
    bench.restore()
    undisturbed = bench.run(row).code
    bench.restore()
    for path in text_files(bench.folder):
        path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    ran = bench.run(row)
    assert ran.code == undisturbed or (ran.code == 2 and UTF_16 in ran.errors), ran.errors


# ---- Names and texts -----------------------------------------------------------------------------------------------


def test_a_file_that_is_there_wins(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(terminal.folder)
    text = terminal.present("--png", "HPpass.png")["text"]
    assert terminal.run("verify", "HPpass.png", *terminal.scanner()).startswith("ADMIT")
    Path("HPlist.cbor").write_bytes(Path("trust-list.cbor").read_bytes())
    assert terminal.json("inspect", "HPlist.cbor")["kind"] == "trust list"
    assert terminal.json("inspect", "HPpass.png")["kind"] == "presentation"
    assert terminal.json("inspect", text)["kind"] == "presentation"
    assert "no-such" in terminal.run("verify", "HPno-such.png", *terminal.scanner(), code=2)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["pass.txt", "pass", "HPpass"])
def test_a_pass_in_a_text_file(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, how: str, name: str) -> None:
    monkeypatch.chdir(terminal.folder)
    text = terminal.present()["text"]
    Path(name).write_bytes(HOW[how](text.encode() + b"\n"))
    assert terminal.run("verify", name, *terminal.scanner()).startswith("ADMIT")
    assert terminal.json("inspect", name)["kind"] == "presentation"


def test_a_pass_in_utf_16(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(terminal.folder)
    Path("pass.txt").write_bytes("HP1:00\r\n".encode("utf-16"))
    said = terminal.run("verify", "pass.txt", "--roots", "roots.txt", "--now", str(NOW), code=2)
    assert said == f"error (malformed): pass.txt: {UTF_16}\n"
