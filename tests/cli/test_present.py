"""`present` uses up no pass that it does not show, and draws on terminals of every encoding."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from healthpass.cli import qr
from healthpass.cli.context import write
from healthpass.cli.main import main
from healthpass.cli.pictures import read_image
from tests.cli.terminal import NOW, Terminal

PASSPHRASE = {"HEALTHPASS_PASSPHRASE": "grandmother's tea"}
FULL = 8
"""Showings in the wallet for the day."""


def unused(terminal: Terminal) -> int:
    """How many are left; this uses one."""
    return int(terminal.present()["unused"]) + 1


def words(terminal: Terminal, *more: str) -> list[str]:
    return [sys.executable, "-m", "healthpass", "present", terminal.path("me.wallet"), "--now", str(NOW), *more]


def encoded(encoding: str) -> dict[str, str]:
    return {**os.environ, **PASSPHRASE, "PYTHONIOENCODING": encoding}


# ---- Before the mark --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["no/such/folder/pass.png", "full/pass.png", "closed/pass.png"])
def test_a_picture_that_cannot_be_written(terminal: Terminal, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(terminal.folder)
    for name in ("full", "closed"):
        Path(name).mkdir()
    if where.startswith("closed"):
        if os.geteuid() == 0:
            pytest.skip("an administrator writes everywhere")
        Path("closed").chmod(0o500)
    if where.startswith("full"):

        def no_room(handle: int, data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("healthpass._files.write_all", no_room)
    before = Path("me.wallet").read_bytes()
    result = CliRunner(env=PASSPHRASE).invoke(main, ["present", "me.wallet", "--png", where, "--now", str(NOW)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {where}: ")
    assert result.stderr.count("\n") == 1
    monkeypatch.undo()
    assert Path(terminal.path("me.wallet")).read_bytes() == before
    assert not list(terminal.folder.rglob(".healthpass-*.new"))
    assert unused(terminal) == FULL


@pytest.mark.skipif(sys.platform != "linux", reason="pipes that are polled")
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_nobody_reads_the_output(terminal: Terminal, more: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        words(terminal, *more), stdout=writer, stderr=subprocess.PIPE, env=encoded("utf-8"), text=True, check=False
    )
    os.close(writer)
    assert done.returncode == 2
    assert "standard output: nobody reads it" in done.stderr
    assert "HP1:" not in done.stderr
    assert unused(terminal) == FULL


# ---- After the mark -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_the_output_is_full(terminal: Terminal, more: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            words(terminal, *more), stdout=full, stderr=subprocess.PIPE, env=encoded("utf-8"), text=True, check=False
        )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "standard output: No space left on device" in line
    assert "this pass is marked as shown" in line
    text = json.loads(line)["text"] if more else line.split("minute: ")[1]
    assert terminal.run("verify", text, *terminal.scanner()).startswith("ADMIT")
    assert unused(terminal) == FULL - 1


def fails_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full just after it was tried."""
    left = [1]

    def written(path: Path, data: bytes) -> None:
        if left:
            left.pop()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, data)

    monkeypatch.setattr("healthpass.cli.present.write", written)


def test_a_picture_fails_and_the_terminal_shows_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_once(monkeypatch)
    picture = terminal.path("pass.png")
    options = ["present", terminal.path("me.wallet"), "--png", picture, "--now", str(NOW)]
    result = CliRunner(env=PASSPHRASE).invoke(main, options)
    text = result.stdout.splitlines()[-1]
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {picture}: No space left on device; ")
    assert result.stderr.endswith(f": {text}\n")
    assert terminal.run("verify", text, *terminal.scanner()).startswith("ADMIT")
    assert not Path(picture).exists()


def test_it_is_drawn_again(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_once(monkeypatch)
    picture = terminal.path("pass.png")
    options = ["present", terminal.path("me.wallet"), "--png", picture, "--redraw", "--json", "--now", str(NOW)]
    result = CliRunner(env=PASSPHRASE).invoke(main, options, input="\n")
    assert result.exit_code == 0, result.stderr
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["written"], second["written"]) == ([], [picture])
    assert first["text"] == second["text"]
    assert read_image(Path(picture)) == [second["text"]]
    assert unused(terminal) == FULL - 1


# ---- Encodings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp1252", "ascii", "cp437"])
def test_every_terminal_draws_a_code_that_can_be_read(terminal: Terminal, encoding: str, tmp_path: Path) -> None:
    done = subprocess.run(words(terminal), capture_output=True, env=encoded(encoding), check=True)
    *drawn, text = done.stdout.decode(encoding).splitlines()
    assert not done.stdout.count(b"\\u")
    dark = [[each == "#" for each in line] for line in drawn]
    if encoding in ("utf-8", "cp437", "gbk") and "#" not in drawn[8]:
        halves = {" ": (1, 1), "\u2580": (0, 1), "\u2584": (1, 0), "\u2588": (0, 0)}
        dark = [[bool(halves[each][row]) for each in line for _ in "xx"] for line in drawn for row in (0, 1)]
    width = max(map(len, dark))
    image = Image.new("L", (width * 4, len(dark) * 8), 255)
    for row, line in enumerate(dark):
        for column, each in enumerate(line):
            if each:
                image.paste(0, (column * 4, row * 8, column * 4 + 4, row * 8 + 8))
    image.save(tmp_path / "seen.png")
    assert read_image(tmp_path / "seen.png") == [text]
    inspected = subprocess.run(
        [sys.executable, "-m", "healthpass", "inspect", text], capture_output=True, env=encoded(encoding), check=True
    )
    assert b"presentation" in inspected.stdout


def test_half_blocks_are_for_those_who_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    qr.show("HP1:00")
    assert "\u2580" in capsys.readouterr().out
