"""`healthpass audit`: the key, checkpoints, the check and the person's own question; and the page about it."""

from __future__ import annotations

import base64
import os
import pty
import re
import shlex
import sys
from pathlib import Path

import pytest

from healthpass.attester.audit.log import FAILED, AuditLog
from healthpass.cli.audit import parse_audit_key
from healthpass.cli.context import read_text
from healthpass.crypto.keyfile import encode_private_key, encode_public_key
from healthpass.formats.document import Document
from tests.auditing import CARD, NEIGHBOUR, ORIGIN, SIGNER, STATIONS, record
from tests.cli.terminal import Terminal
from tests.making import NOW, signer

PAGE = Path(__file__).parents[2] / "docs" / "situations" / "audit.md"


@pytest.fixture
def region(tmp_path: Path) -> Terminal:
    """A folder with a log of four entries, its keys, and checkpoints after two and four."""
    terminal = Terminal(tmp_path)
    (tmp_path / "sign.key").write_text(encode_private_key(SIGNER))
    (tmp_path / "sign.pub").write_text(encode_public_key(SIGNER.public_key))
    (tmp_path / "other.pub").write_text(encode_public_key(signer(72).public_key))
    terminal.run("audit", "key", terminal.path("audit.key"))
    key = parse_audit_key(read_text(tmp_path / "audit.key"))
    for size in (2, 4):
        with AuditLog.open(tmp_path / "log", key=key) as log:
            for n in range(log.size, size):
                record(log, n)
        checkpoint(terminal, "--out", terminal.path(f"at-{size}"))
    return terminal


def checkpoint(terminal: Terminal, *options: str, code: int = 0) -> str:
    words = ["audit", "checkpoint", terminal.path("log"), "--key", terminal.path("sign.key"), "--origin", ORIGIN]
    return terminal.run(*words, *options, code=code)


def check(terminal: Terminal, *names: str, key: str = "sign.pub") -> list[str]:
    notes = [word for name in names for word in ("--checkpoint", terminal.path(name))]
    return ["audit", "check", terminal.path("log"), *notes, "--key", terminal.path(key)]


def find(terminal: Terminal, kind: str) -> list[str]:
    return ["audit", "find", terminal.path("log"), "--audit-key", terminal.path("audit.key"), "--document", kind]


def test_a_key_is_its_owners_and_is_not_overwritten(region: Terminal) -> None:
    path = region.folder / "audit.key"
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "exists already" in region.run("audit", "key", str(path), code=2)
    assert path.read_bytes() == before
    region.run("audit", "key", region.path("another.key"))
    assert (region.folder / "another.key").read_bytes() != before


def test_a_sound_log(region: Terminal) -> None:
    said = region.json(*check(region, "at-2", "at-4"))
    root = base64.b64decode((region.folder / "at-4").read_text().splitlines()[2])
    assert said == {"sound": True, "size": 4, "covered": 4, "root": root.hex(), "clocks": [], "problems": []}
    assert region.json(*check(region, "at-2"))["covered"] == 2
    assert "sound" in region.run("audit", "check", region.path("log"))
    assert checkpoint(region, "--previous", region.path("at-2")) == (region.folder / "at-4").read_text()


def test_an_entry_that_was_changed(region: Terminal) -> None:
    path = region.folder / "log"
    path.write_text(path.read_text().replace(STATIONS[1], STATIONS[0], 1))
    said = region.json(*check(region, "at-2", "at-4"), code=1)
    assert said["sound"] is False
    assert [(each["code"], each["entry"], each["checkpoint"]) for each in said["problems"]] == [
        ("too-short", 2, region.path("at-2")),
        ("too-short", 2, region.path("at-4")),
        ("damaged", 2, None),
    ]
    assert "entry: 2" in region.run(*check(region, "at-2"), code=1)
    assert "damaged" in checkpoint(region, code=2)


def test_entries_that_were_taken_away(region: Terminal) -> None:
    path = region.folder / "log"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    region.run("audit", "check", region.path("log"))
    (problem,) = region.json(*check(region, "at-4"), code=1)["problems"]
    assert (problem["code"], problem["entry"], problem["checkpoint"]) == ("too-short", 4, region.path("at-4"))
    refused = checkpoint(region, "--previous", region.path("at-4"), "--out", region.path("new"), code=2)
    assert "too-short" in refused
    assert not (region.folder / "new").exists()


def test_another_signer_or_origin(region: Terminal) -> None:
    (problem,) = region.json(*check(region, "at-4", key="other.pub"), code=1)["problems"]
    assert problem["code"] == "other-signer"
    (problem,) = region.json(*check(region, "at-4"), "--origin", "elsewhere", code=1)["problems"]
    assert problem["code"] == "other-origin"
    assert "--key" in region.run("audit", "check", region.path("log"), "--checkpoint", region.path("at-4"), code=2)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_person_finds_out(region: Terminal, end: str) -> None:
    said = region.json(*find(region, CARD[0]), stdin=CARD[1] + end)
    assert said["found"] == 2
    assert said["entries"][0] == {
        "entry": 1,
        "time": NOW,
        "station_id": STATIONS[0],
        "answer": "pass",
    }
    assert region.json(*find(region, NEIGHBOUR[0]), stdin="Z 9999\n") == {"found": 0, "entries": []}


def test_a_person_finds_a_look_up_without_an_answer(region: Terminal) -> None:
    key = parse_audit_key(read_text(region.folder / "audit.key"))
    with AuditLog.open(region.folder / "log", key=key) as log, Document(*CARD) as document:
        log.record(station=STATIONS[1], now=NOW + 60, kind=FAILED, document=document)
    said = region.json(*find(region, CARD[0]), stdin=CARD[1] + "\n")
    assert [each["answer"] for each in said["entries"]][-1] == "failed"
    assert region.json(*check(region, "at-2", "at-4"))["sound"] is True


def test_a_number_that_cannot_be_is_not_repeated(region: Terminal) -> None:
    wrong = CARD[1][:-1] + "1"
    for text in (wrong, "\n", "1" * 5000):
        said = region.run(*find(region, CARD[0]), stdin=text, code=2)
        assert "error (malformed)" in said
        assert wrong not in said
    assert "standard input has no line" in region.run(*find(region, CARD[0]), stdin="", code=2)
    assert "no such option" in region.run(*find(region, CARD[0]), "--number", CARD[1], code=2)


@pytest.mark.parametrize("text", ["", "healthpass audit key 1\n", "healthpass audit key 1\n00\n", "x\n" + "00" * 32])
def test_what_is_no_audit_key(region: Terminal, text: str) -> None:
    (region.folder / "audit.key").write_text(text)
    assert "audit key file" in region.run(*find(region, CARD[0]), stdin=CARD[1], code=2)


def test_another_audit_key(region: Terminal) -> None:
    (region.folder / "audit.key").unlink()
    region.run("audit", "key", region.path("audit.key"))
    assert "error (audit-key)" in region.run(*find(region, CARD[0]), stdin=CARD[1], code=2)


def test_a_number_that_is_typed_is_not_shown(region: Terminal) -> None:
    """In a real terminal: what is read from it afterwards has the answer, and not the number."""
    pid, handle = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "healthpass", *find(region, CARD[0])])
    shown = b""
    asked = False
    while True:
        try:
            read = os.read(handle, 1000)
        except OSError:  # Linux says so when the other side is closed
            break
        if not read:
            break
        shown += read
        if not asked and b"Document number: " in shown:
            asked = True
            os.write(handle, CARD[1].encode() + b"\n")
    os.close(handle)
    assert os.waitpid(pid, 0)[1] == 0
    assert asked
    assert b"found" in shown
    assert STATIONS[0].encode() in shown
    assert CARD[1].encode() not in shown


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands and programs run, in their order, in one folder; and what they print is what the page says."""
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    namespace: dict[str, object] = {}
    ran = 0
    for language, block in re.findall(r"```(console|py)\n(.*?)```", page, re.DOTALL):
        if language == "py":
            exec(block, namespace)
            continue
        for line in block.splitlines():
            if not line.startswith("$ "):
                continue
            words = shlex.split(line)
            assert words[:2] == ["$", "healthpass"]
            bad = "tampered.log" in words
            terminal.run(*words[2:], code=1 if bad else 0, stdin="110105 19491231 002X\n" if "find" in words else None)
            ran += 1
    assert ran > 5


def test_the_table_of_problems_is_whole() -> None:
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    sources = Path(str(sys.modules["healthpass.attester.audit.log"].__file__)).parent
    text = "".join((sources / f"{name}.py").read_text(encoding="utf-8") for name in ("check", "note", "entry"))
    raised = set(re.findall(r'(?:AuditError|Problem)\("([a-z-]+)"', text)) - {"origin", "audit-key"}
    assert listed == raised
