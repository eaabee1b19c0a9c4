"""`healthpass verify`: sources, exit codes, and what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from healthpass.verifier import Sentences
from tests.cli.terminal import DAY, NOW, Terminal

PLACE = "0123456789abcdef"


def test_text(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    assert terminal.run("verify", text, *terminal.scanner()).startswith("ADMIT: GREEN until 20")


def test_json(terminal: Terminal) -> None:
    shown = terminal.present()
    said = terminal.json("verify", shown["text"], *terminal.scanner())
    assert said == {
        "decision": "ADMIT",
        "repeated": False,
        "colors": ["GREEN"],
        "expires": shown["expires"],
        "stale": 0,
        "documents": ["NOT_BOUND"],
        "look_at": None,
        "code": None,
        "number": None,
        "index": None,
        "sentence": "Please go in.",
        "memory": "shared",
    }


def test_a_refusal_prints_what_happens_and_why(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    assert terminal.run("verify", text, *terminal.scanner(now=NOW + 120), code=3) == "ASSIST: PRESENTATION_STALE\n"
    said = terminal.json("verify", text, *terminal.scanner(now=NOW + 3 * DAY), code=1)
    assert [said[name] for name in ("decision", "code", "number", "index")] == ["REFUSE", "EXPIRED", 10, None]
    assert [said[name] for name in ("colors", "expires", "stale")] == [None, None, None]
    assert said["sentence"] == "This pass has expired. Show the pass of today."


@pytest.mark.parametrize("text", ["HP1:", "hp1:abc", "HP2:ABC", "HC1:NCFOXN", " HP1:00", "https://example.org/", "HP"])
def test_other_texts_are_refused(terminal: Terminal, text: str) -> None:
    code = {"HP2:ABC": "UNSUPPORTED_VERSION", "HC1:NCFOXN": "NOT_A_PASS", "https://example.org/": "NOT_A_PASS"}
    expected = code.get(text, "NOT_A_PASS" if text == "HP" else "MALFORMED")
    decision, exit_code = ("REFUSE", 1) if expected == "NOT_A_PASS" and text != "HP" else ("ASSIST", 3)
    assert terminal.run("verify", text, *terminal.scanner(), code=exit_code) == f"{decision}: {expected}\n"


def test_image(terminal: Terminal) -> None:
    picture = terminal.path("pass.png")
    terminal.present("--png", picture)
    assert terminal.run("verify", picture, *terminal.scanner()).startswith("ADMIT: GREEN")


def test_image_without_a_code_is_not_a_pass(terminal: Terminal) -> None:
    Image.new("L", (300, 300), 255).save(terminal.path("white.png"))
    assert terminal.run("verify", terminal.path("white.png"), *terminal.scanner(), code=3) == "ASSIST: NOT_A_PASS\n"


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(40), b"GIF89a" + b"\xff" * 30])
def test_a_file_that_is_no_image_is_misuse(terminal: Terminal, content: bytes) -> None:
    Path(terminal.path("x.png")).write_bytes(content)
    said = terminal.run("verify", terminal.path("x.png"), *terminal.scanner(), code=2)
    assert said.startswith("error (not-a-picture): ")


@pytest.mark.parametrize(
    "end", ["\n", "\r\n", "\r\r\n", "\r", "\t\n", "\t", " \n", "\x03\r\n\x02", "\r\n]Q1", "\n\ufeff"]
)
def test_lines_of_a_keyboard_wedge_scanner(terminal: Terminal, end: str) -> None:
    texts = [terminal.present()["text"] for _ in range(2)]
    lines = end.join([texts[0], "HC1:NCF", texts[0], texts[1], "A" * 5000, ""])
    out = terminal.run("verify", "-", *terminal.scanner(), code=1, stdin=lines).splitlines()
    green = out[0].removeprefix("ADMIT: ")
    assert out == [
        f"ADMIT: {green}",
        "REFUSE: NOT_A_PASS",
        f"ADMIT: {green} (again)",
        f"ADMIT: {green}",
        "REFUSE: NOT_A_PASS",
    ]


def test_lines_that_are_all_accepted_exit_with_0(terminal: Terminal) -> None:
    lines = "".join(terminal.present()["text"] + "\r\n" for _ in range(2))
    assert terminal.run("verify", "-", *terminal.scanner(), stdin=lines).count("GREEN") == 2


def test_a_line_of_no_encoding(terminal: Terminal) -> None:
    out = terminal.run("verify", "-", *terminal.scanner(), code=3, stdin=b"HP1:\xff\xfe\nHP1:\x00\n")
    assert out == "ASSIST: MALFORMED\nASSIST: MALFORMED\n"


def test_exit_codes_of_a_stream(terminal: Terminal) -> None:
    """0 if everybody may go on, else 1 if anybody is turned away, else 3; one of a stream is a stream."""
    admitted, refused, assisted = (lambda: terminal.present()["text"]), (lambda: "HC1:NCF"), (lambda: "HP2:ABC")
    for texts, code in (
        ((admitted,), 0),
        ((assisted,), 3),
        ((admitted, assisted), 3),
        ((assisted, refused), 1),
        ((refused, admitted), 1),
    ):
        lines = "".join(each() + "\n" for each in texts)
        terminal.run("verify", "-", *terminal.scanner(), code=code, stdin=lines)


def test_what_is_said_in_another_language(terminal: Terminal) -> None:
    words = ["verify", "HC1:NCF", *terminal.scanner()]
    assert terminal.json(*words, "--language", "zh", code=1)["sentence"] == "这不是健康码。请出示健康码。"
    own = Path(terminal.path("words.toml"))
    own.write_text(
        Sentences.shipped("en")
        .to_toml()
        .replace("This is not a health pass. Show the health pass.", "Das ist kein Pass.")
    )
    assert terminal.json(*words, "--sentences", str(own), code=1)["sentence"] == "Das ist kein Pass."
    own.write_text("[refused]\n")
    assert "admit is missing" in terminal.run(*words, "--sentences", str(own), code=2)
    terminal.run(*words, "--language", "de", code=2)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, EOFError])
def test_an_interruption_is_no_refusal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    def interrupted(*_: object) -> str:
        raise interrupt

    monkeypatch.setattr("healthpass.cli.verify.clock", interrupted)
    assert "interrupted" in terminal.run("verify", "HC1:NCF", *terminal.scanner(), code=2)


def test_nothing_to_verify_is_misuse(terminal: Terminal) -> None:
    assert "nothing" in terminal.run("verify", "-", *terminal.scanner(), code=2, stdin="")


def test_audience_and_nonce(terminal: Terminal) -> None:
    nonce = "00" * 15 + "ff"
    text = terminal.present("--audience", PLACE, "--nonce", nonce)["text"]
    scanner = terminal.scanner("--audience", PLACE)
    assert terminal.run("verify", text, *scanner, code=1) == "REFUSE: WRONG_NONCE\n"
    assert terminal.run("verify", text, *terminal.scanner("--nonce", nonce), code=1) == "REFUSE: WRONG_AUDIENCE\n"
    assert terminal.run("verify", text, *scanner, "--nonce", nonce).startswith("ADMIT: GREEN")


@pytest.mark.parametrize("options", [["--audience", "HERE"], ["--nonce", "12"], ["--nonce", "xyz"], ["--unknown"]])
def test_bad_options_are_misuse(terminal: Terminal, options: list[str]) -> None:
    terminal.run("verify", "HP1:00", *terminal.scanner(), *options, code=2)


def test_without_a_trust_list_nothing_is_accepted(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    assert terminal.run("verify", text, "--roots", terminal.path("roots.txt"), "--now", str(NOW), code=3) == (
        "ASSIST: TRUST_LIST_EXPIRED\n"
    )


def test_state_is_kept(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    terminal.run("verify", "HP1:00", *terminal.scanner(), code=3)
    kept = ["--roots", terminal.path("roots.txt"), "--state", terminal.path("scanner"), "--now", str(NOW)]
    assert terminal.run("verify", text, *kept).startswith("ADMIT: GREEN")


def test_a_damaged_trust_list_is_misuse_and_changes_nothing(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    terminal.run("verify", "HP1:00", *terminal.scanner(), code=3)
    before = {path.name: path.read_bytes() for path in Path(terminal.path("scanner")).iterdir()}
    trust_list = Path(terminal.path("trust-list.cbor"))
    trust_list.write_bytes(trust_list.read_bytes()[:-1])
    assert "malformed" in terminal.run("verify", text, *terminal.scanner(), code=2)
    assert {path.name: path.read_bytes() for path in Path(terminal.path("scanner")).iterdir()} == before


def test_a_text_file_that_is_not_there(terminal: Terminal) -> None:
    said = terminal.run("verify", terminal.path("nothing.txt"), *terminal.scanner(), code=2)
    assert said == f"error: {terminal.path('nothing.txt')}: no such file; check the name\n"
