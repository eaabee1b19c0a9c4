"""What keyboard-wedge and serial scanners type: the text of the code comes out, at once, and nothing else."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Decision, RefusalCode
from healthpass.formats.base45 import MAX_CHARS
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text
from healthpass.verifier import Sentences, TrustStore, Verifier, reading, readings
from tests.making import NOW, ROOTS, make_claim, make_trust_list, show, sign_trust_list

PASS, OTHER = show(make_claim()), show(make_claim(7))
PAPER = encode_text(make_claim(binding=Binding.DOCUMENT))
AROUND = {
    "nothing": "{}",
    "LF": "{}\n",
    "CR": "{}\r",
    "CR LF": "{}\r\n",
    "CR LF twice": "{}\r\n\r\n",
    "a blank line before": "\n \n{}\n",
    "tab": "{}\t\n",
    "tab alone": "{}\t",
    "spaces": "{}   \n",
    "a symbology identifier": "]Q1{}\n",
    "another one": "]Q3{}\r",
    "STX and ETX": "\x02{}\x03\n",
    "STX and ETX alone": "\x02{}\x03",
    "a byte order mark": "\ufeff{}\n",
    "all of it": "\ufeff\x02]Q1{} \t\x03\r\n",
    "the other way round": "]Q1\x02{}\x03\r\n",
}


@pytest.mark.parametrize("form", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("text", [PASS, PAPER], ids=["device", "paper"])
def test_what_is_typed_around_a_code(form: str, text: str) -> None:
    line = form.format(text)
    assert reading(line) == reading(line.encode()) == text
    typed = line + form.format(OTHER) if line[-1] in "\r\n\t\x03" else line
    expected = [text, OTHER] if typed != line else [text]
    assert list(readings(io.StringIO(typed, newline=""))) == expected
    assert list(readings(io.BytesIO(typed.encode()))) == expected
    assert list(readings(io.TextIOWrapper(io.BytesIO(typed.encode())))) == expected


def test_a_byte_order_mark_that_was_read_as_characters() -> None:
    assert reading("\u00ef\u00bb\u00bf" + PASS) == PASS


@pytest.mark.parametrize("line", ["", "\n", " \t\r\n", "\x02\x03", "]Q1", "]Q1\r", "\ufeff"], ids=ascii)
def test_blank_lines(line: str) -> None:
    assert reading(line) == ""
    assert list(readings(io.StringIO(f"{line}\r{line}", newline=""))) == []


@pytest.mark.parametrize("text", ["hp1:6bf", "HP1\u00d66BF", "]X1", "a b", "HP1: A", "\u4e2d"], ids=ascii)
def test_what_is_inside_stays_as_it_is(text: str) -> None:
    assert reading(f"{text}\r\n") == text


def test_bytes_that_are_no_text() -> None:
    assert reading(b"HP1:\xff\xfe\n") == "HP1:\ufffd\ufffd"


@pytest.mark.parametrize("make", [lambda fd: os.fdopen(fd, "rb"), lambda fd: os.fdopen(fd, encoding="utf-8")])
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\t", b"\x03"])
def test_each_comes_as_soon_as_its_end_is_typed(make: Callable[[int], Any], end: bytes) -> None:
    """Nothing more is typed, and the line is open: who waited for another key would wait for ever."""
    out, into = os.pipe()
    with make(out) as stream, os.fdopen(into, "wb", buffering=0) as scanner:
        waiting = readings(stream)
        for text in (PASS, OTHER):
            scanner.write(text.encode() + end)
            found: list[str] = []
            reader = threading.Thread(target=lambda found=found: found.append(next(waiting)), daemon=True)
            reader.start()
            reader.join(5)
            assert found == [text]


class Endless(io.RawIOBase):
    """A scanner on whose key something lies."""

    def __init__(self, most: int) -> None:
        self.left = most

    def read(self, size: int = -1) -> bytes:
        self.left -= 1
        return b"A" if self.left >= 0 else b""


def test_a_line_without_an_end() -> None:
    assert list(readings(Endless(200_000))) == ["A" * (MAX_CHARS + 1)]  # type: ignore[arg-type]
    assert reading("A" * 200_000) == "A" * (MAX_CHARS + 1)


def test_the_longest_code_with_all_around_it() -> None:
    text = "HP1:" + "A" * (MAX_CHARS - 4)
    assert list(readings(io.StringIO(f"\ufeff\x02]Q1{text} \x03\r\n", newline=""))) == [text]


def test_a_stream_that_does_not_wait() -> None:
    out, into = os.pipe()
    os.set_blocking(out, False)
    stops = pytest.raises(ValueError, match=r"^nothing was there to read: open the stream so that it waits")
    with os.fdopen(out, "rb", buffering=0) as stream, os.fdopen(into, "wb"), stops:
        next(readings(stream))


@given(st.text(max_size=40), st.sampled_from(sorted(AROUND.values())))
def test_twice_is_once_and_a_pass_in_any_text_is_no_other(text: str, form: str) -> None:
    once = reading(form.format(text))
    assert reading(once + "\n") == reading(once)
    assert list(readings(io.StringIO(form.format(PASS), newline=""))) == [PASS]


# ---- How a scanner is set up is not the person's fault --------------------------------------------------------------

GERMAN = str.maketrans("YZ:*+/-", "ZY\u00d6(`-\u00df")
FRENCH = str.maketrans("1234567890:AQWZ", "&\u00e9\"'(-\u00e8_\u00e7\u00e0MQAZW")
WRONG = {
    "Caps Lock": PASS.lower(),
    "German": PASS.translate(GERMAN),
    "German and Caps Lock": PASS.translate(GERMAN).lower(),
    "French": PASS.translate(FRENCH),
    "Russian": "\u0420\u04171\u0416" + PASS[4:],
    "Serbian": "\u0425\u041f1\u0427" + PASS[4:],
    "Greek": "\u0397\u03a11\u00a8" + PASS[4:],
    "Arabic": "\u0623\u061b1:" + PASS[4:],
    "Thai": "\u0e47\u0e0d\u0e45\u0e0b" + PASS[4:],
    "Dvorak": "DL1S" + PASS[4:],
    "Colemak": "H:1O" + PASS[4:],
    "Japanese": PASS.replace(":", "+"),
    "Shift Lock": "HP!:" + PASS[4:],
    "an input method": "".join(chr(ord(each) + 0xFEE0) if each != " " else "\u3000" for each in PASS),
    "small letters inside": "HP1:" + PASS[4:].lower(),
    "what was not taken off": "]Q1" + PASS,
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_the_scanners_set_up_is_named(text: str) -> None:
    store = TrustStore(ROOTS)
    store.update_trust_list(sign_trust_list(make_trust_list()), now=NOW)
    outcome = Verifier(store).decide(text, now=NOW)
    assert outcome.decision is Decision.ASSIST
    assert outcome.refusal is not None
    assert outcome.refusal.code in (RefusalCode.NOT_A_PASS, RefusalCode.MALFORMED)
    for language in ("en", "zh"):
        said = outcome.sentence(language)
        assert said == outcome.again().sentence(language)
        assert f'set-up = "{said}"' in Sentences.shipped(language).to_toml()


@pytest.mark.parametrize("text", [PASS[1:], PASS[:40], "HP1:", "HC1:NCF", "HP1234", "DL1234", "H:10", "P1:AB", "HELLO"])
def test_what_is_not_the_set_up(text: str) -> None:
    store = TrustStore(ROOTS)
    store.update_trust_list(sign_trust_list(make_trust_list()), now=NOW)
    assert "set up" not in Verifier(store).decide(text, now=NOW).sentence()
