"""docs/venues.md: every command of the page runs, in its order, with a list that names the offices."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from healthpass.formats import cose
from healthpass.formats.place import Place, parse_place
from healthpass.formats.text import decode_place_text
from tests.cli.terminal import NOW, Terminal

PAGE = (Path(__file__).parents[2] / "docs" / "venues.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[2:] for line in re.findall(r"^ *(\$ healthpass .*)$", PAGE, re.MULTILINE)]


def poster() -> Place:
    return parse_place(
        cose.decode_sign1(decode_place_text(Path("place.txt").read_text().strip()), cose.PLACE, 512).payload
    )


def name_the_offices(terminal: Terminal) -> None:
    """The trust list of the page: the next one, with a registrar, a risk office and the shipped policy."""
    for name in ("registrar.key", "risk.key"):
        terminal.run("keygen", name)
    offices = ["--registrar", "registrar.key.pub", "--risk-office", "risk.key.pub", "--policy", "default"]
    previous = ["--roots", "roots.txt", "--previous", "trust-list.cbor", "--now", str(NOW)]
    terminal.run("root", "draft", *previous, *offices, "--out", "draft")
    for n in (1, 3):
        terminal.run("root", "sign", "--yes", "draft", "--key", f"root{n}.key", "--out", f"draft.{n}")
    terminal.run("root", "combine", "draft", "draft.1", "draft.3", "--roots", "roots.txt", "--out", "trust-list.cbor")


def test_the_page(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(terminal.folder)
    name_the_offices(terminal)
    terminal.run("wallet", "update", "me.wallet", "--trust-list", "trust-list.cbor", "--now", str(NOW))
    certify, renew, table, verify, staff = COMMANDS
    terminal.run(*certify, "--now", str(NOW))
    assert (poster().place_class, poster().area) == (2, 110105)
    terminal.run(*renew, "--now", str(NOW + 60))
    assert (poster().id, poster().issued) == ("0123456789abcdef", NOW + 60)
    terminal.run(*table, "--now", str(NOW))
    terminal.run(*staff, "--now", str(NOW + 60))
    shown = terminal.present("--place", "place.txt")["text"]
    assert terminal.run(*verify, "--now", str(NOW), stdin=shown + "\r\n").startswith("ADMIT: GREEN until")


def test_its_classes_are_those_of_the_command() -> None:
    said = re.search(r"^Classes are (.*?)\. What", PAGE, re.MULTILINE | re.DOTALL)
    assert said
    names = ["ordinary", "hospital", "care-home", "transport-hub", "school", "special-workplace"]
    assert re.findall("`([a-z-]+)`", said[1]) == names
