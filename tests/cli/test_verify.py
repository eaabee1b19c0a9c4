"""`healthpass verify`: sources, exit codes, and what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.cli.terminal import DAY, NOW, Terminal

PLACE = "0123456789abcdef"


def test_text(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    assert terminal.run("verify", text, *terminal.scanner()).startswith("ADMIT: GREEN until 20")


def test_json(terminal: Terminal) -> None:
    shown = terminal.present()
    said = terminal.json("verify", shown["text"], *terminal.scanner())
    assert said == {
        "verdict": "ACCEPTED",
        "colors": ["GREEN"],
        "expires": shown["expires"],
        "stale": 0,
        "decision": "ADMIT",
    }


def test_a_refusal_prints_its_name_and_exits_with_1(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    assert terminal.run("verify", text, *terminal.scanner(now=NOW + 120), code=1) == "PRESENTATION_STALE\n"
    said = terminal.json("verify", text, *terminal.scanner(now=NOW + 2 * DAY), code=1)
    assert (said["verdict"], said["code"], said["number"], said["index"]) == ("REFUSED", "EXPIRED", 10, None)


@pytest.mark.parametrize("text", ["HP1:", "hp1:abc", "HP2:ABC", "HC1:NCFOXN", " HP1:00", "https://example.org/", "HP"])
def test_other_texts_are_refused(terminal: Terminal, text: str) -> None:
    code = {"HP2:ABC": "UNSUPPORTED_VERSION", "HC1:NCFOXN": "NOT_A_PASS", "https://example.org/": "NOT_A_PASS"}
    expected = code.get(text, "NOT_A_PASS" if text == "HP" else "MALFORMED")
    assert terminal.run("verify", text, *terminal.scanner(), code=1) == expected + "\n"


def test_image(terminal: Terminal) -> None:
    picture = terminal.path("pass.png")
    terminal.present("--png", picture)
    assert terminal.run("verify", picture, *terminal.scanner()).startswith("ADMIT: GREEN")


def test_image_without_a_code_is_not_a_pass(terminal: Terminal) -> None:
    Image.new("L", (300, 300), 255).save(terminal.path("white.png"))
    assert terminal.run("verify", terminal.path("white.png"), *terminal.scanner(), code=1) == "NOT_A_PASS\n"


def test_image_with_two_codes_is_misuse(terminal: Terminal) -> None:
    pictures = []
    for n in range(2):
        terminal.present("--png", terminal.path(f"{n}.png"))
        pictures.append(Image.open(terminal.path(f"{n}.png")).convert("L"))
    both = Image.new("L", (2 * pictures[0].width, pictures[0].height), 255)
    for n, picture in enumerate(pictures):
        both.paste(picture, (n * picture.width, 0))
    both.save(terminal.path("both.png"))
    assert "more than one" in terminal.run("verify", terminal.path("both.png"), *terminal.scanner(), code=2)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(40), b"GIF89a" + b"\xff" * 30])
def test_a_file_that_is_no_image_is_misuse(terminal: Terminal, content: bytes) -> None:
    Path(terminal.path("x.png")).write_bytes(content)
    assert "image" in terminal.run("verify", terminal.path("x.png"), *terminal.scanner(), code=2)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_lines_of_a_keyboard_wedge_scanner(terminal: Terminal, end: str) -> None:
    texts = [terminal.present()["text"] for _ in range(2)]
    lines = end.join([texts[0], "HC1:NCF", texts[0], texts[1], "A" * 5000, ""])
    out = terminal.run("verify", "-", *terminal.scanner(), code=1, stdin=lines).splitlines()
    assert [line.split()[0] for line in out] == ["ADMIT:", "NOT_A_PASS", "REPLAYED", "ADMIT:", "NOT_A_PASS"]


def test_lines_that_are_all_accepted_exit_with_0(terminal: Terminal) -> None:
    lines = "".join(terminal.present()["text"] + "\r\n" for _ in range(2))
    assert terminal.run("verify", "-", *terminal.scanner(), stdin=lines).count("GREEN") == 2


def test_a_line_of_no_encoding(terminal: Terminal) -> None:
    out = terminal.run("verify", "-", *terminal.scanner(), code=1, stdin=b"HP1:\xff\xfe\nHP1:\x00\n")
    assert out == "MALFORMED\nMALFORMED\n"


def test_nothing_to_verify_is_misuse(terminal: Terminal) -> None:
    assert "nothing" in terminal.run("verify", "-", *terminal.scanner(), code=2, stdin="")


def test_audience_and_nonce(terminal: Terminal) -> None:
    nonce = "00" * 15 + "ff"
    text = terminal.present("--audience", PLACE, "--nonce", nonce)["text"]
    scanner = terminal.scanner("--audience", PLACE)
    assert terminal.run("verify", text, *scanner, code=1) == "WRONG_NONCE\n"
    assert terminal.run("verify", text, *terminal.scanner("--nonce", nonce), code=1) == "WRONG_AUDIENCE\n"
    assert terminal.run("verify", text, *scanner, "--nonce", nonce).startswith("ADMIT: GREEN")


@pytest.mark.parametrize("options", [["--audience", "HERE"], ["--nonce", "12"], ["--nonce", "xyz"], ["--unknown"]])
def test_bad_options_are_misuse(terminal: Terminal, options: list[str]) -> None:
    terminal.run("verify", "HP1:00", *terminal.scanner(), *options, code=2)


def test_without_a_trust_list_nothing_is_accepted(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    assert terminal.run("verify", text, "--roots", terminal.path("roots.txt"), "--now", str(NOW), code=1) == (
        "TRUST_LIST_EXPIRED\n"
    )


def test_state_is_kept(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    terminal.run("verify", "HP1:00", *terminal.scanner(), code=1)
    kept = ["--roots", terminal.path("roots.txt"), "--state", terminal.path("scanner"), "--now", str(NOW)]
    assert terminal.run("verify", text, *kept).startswith("ADMIT: GREEN")


def test_a_damaged_trust_list_is_misuse_and_changes_nothing(terminal: Terminal) -> None:
    text = terminal.present()["text"]
    terminal.run("verify", "HP1:00", *terminal.scanner(), code=1)
    before = {path.name: path.read_bytes() for path in Path(terminal.path("scanner")).iterdir()}
    trust_list = Path(terminal.path("trust-list.cbor"))
    trust_list.write_bytes(trust_list.read_bytes()[:-1])
    assert "malformed" in terminal.run("verify", text, *terminal.scanner(), code=2)
    assert {path.name: path.read_bytes() for path in Path(terminal.path("scanner")).iterdir()} == before
