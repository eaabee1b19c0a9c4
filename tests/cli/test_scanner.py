"""`healthpass scanner-test`, and the page with the code to scan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli import scanner
from healthpass.cli.main import main
from healthpass.cli.scanner import SET_UP_TEXT, svg_of_code, what_to_set
from healthpass.errors import FormatError
from healthpass.formats.base45 import ALPHABET
from healthpass.formats.text import decode_text
from tests.raising import raises

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (SET_UP_TEXT.lower(), "turn Caps Lock off"),
        (SET_UP_TEXT.replace(":", "\u00d6"), "German, Swedish or Finnish"),
        (SET_UP_TEXT.replace("HP1:", "HP&M"), "French or Belgian"),
        (SET_UP_TEXT.replace("HP1:", "\u0420\u04171\u0416"), "Russian or Ukrainian"),
        ("".join(chr(ord(each) + 0xFEE0) for each in SET_UP_TEXT.replace(" ", "")), "input method"),
        (SET_UP_TEXT[3:], "the first characters are missing"),
        (SET_UP_TEXT.replace("K", ""), "more slowly"),
        ("4006381333931", "another code"),
    ],
)
def test_what_to_set(typed: str, says: str) -> None:
    assert says in str(what_to_set(typed))
    result = CliRunner().invoke(main, ["scanner-test"], input=f"{typed}\r]Q1{SET_UP_TEXT}\t\r\n")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert says in lines[1]
    assert lines[2:] == [f"arrived  {SET_UP_TEXT}", "to set   nothing: it is right"]


def test_never_right() -> None:
    result = CliRunner().invoke(main, ["scanner-test", "--json"], input="hp1:\n")
    assert (result.exit_code, json.loads(result.stdout)["arrived"]) == (2, "hp1:")
    assert "no line was right" in result.stderr


def test_the_code_has_every_character_and_is_no_pass() -> None:
    assert set(SET_UP_TEXT) == set(ALPHABET)
    with raises(FormatError, "malformed", "base45 text has a group over the largest value"):
        decode_text(SET_UP_TEXT)


def test_the_picture_is_the_one_of_the_page(tmp_path: Path) -> None:
    out = tmp_path / "code.svg"
    assert CliRunner().invoke(main, ["scanner-test", "--svg", str(out)]).exit_code == 0
    assert out.read_text() == svg_of_code() == (DOCS / "images/scanner-set-up.svg").read_text()
    page = (DOCS / "operations/scanner-set-up.md").read_text(encoding="utf-8")
    assert "../images/scanner-set-up.svg" in page
    assert SET_UP_TEXT in page
    for said in (scanner._CAPS, scanner._FULL, scanner._CUT, scanner._LOST):
        assert said in page
