"""What of the core has a Python counterpart that no scanner test reaches: documents, sentences, signatures; and how it
is built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass import Decision, RefusalCode, Refused, Verdict
from healthpass._values import Color
from healthpass.errors import SENTENCES, FormatError
from healthpass.verifier import Document, Outcome
from tests.documents import NUMBERS
from tests.firmware import figures
from tests.firmware.core import FIRMWARE, WARNINGS, Core, build, expected, sources
from tests.firmware.mutation import run

_TYPES = ("resident-id", "passport", "other")
_NUMBERS = st.sampled_from([*NUMBERS, "E12345678", "A1234", "AB12<", "1234567890", "A" * 40])


def _normal(kind: str, number: str) -> str | None:
    try:
        return bytes(Document(kind, number).number).decode()
    except FormatError:
        return None


@settings(deadline=None)
@given(st.sampled_from(_TYPES), _NUMBERS | st.text("0123456789ABXx -/<", max_size=44))
def test_documents_are_taken_in_their_normal_form(core: Core, kind: str, number: str) -> None:
    """Anything else a reader's software has to make one of first."""
    normal = _normal(kind, number)
    assert core.document(kind, number) == (number if normal == number else None)
    if normal is not None:
        assert core.document(kind, normal) == normal


@settings(deadline=None)
@given(st.sampled_from(NUMBERS), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_a_wrong_digit_of_a_resident_id(core: Core, number: str, at: int, digit: str) -> None:
    other = number[:at] + digit + number[at + 1 :]
    assert core.document("resident-id", other) == _normal("resident-id", other)


def test_what_is_said_of_each_refusal(core: Core) -> None:
    for code, sentence in SENTENCES.items():
        assert core.lib.hp_refusal_sentence(code).decode() == sentence
    assert core.lib.hp_refusal_sentence(25) == core.lib.hp_refusal_sentence(0) == b""


def test_what_is_said_at_a_gate(core: Core) -> None:
    verdict = Verdict((Color.GREEN,), 1)
    outcomes = [Outcome(decision, verdict) for decision in Decision] + [Outcome(Decision.ASSIST)]
    for code in RefusalCode:
        for decision in Decision:
            for excused, set_up in ((False, False), (True, False), (True, decision is Decision.ASSIST)):
                outcomes.append(Outcome(decision, refusal=Refused(code), _not_checked=excused, _set_up=set_up))
    for outcome in outcomes:
        assert core.sentence(expected(outcome)) == outcome.sentence(), outcome


def test_mutated_texts_and_updates(core: Core) -> None:
    counts = run(core, seed=1, rounds=600, each=60)
    reached = {what.split()[0]: 0 for what in counts}
    for what, count in counts.items():
        reached[what.split()[0]] += count
    assert reached.keys() == {"text", "list", "table", "revocation"}
    assert min(reached.values()) > 50
    assert len(counts) > 40  # so many different answers


def test_nothing_is_read_or_written_beyond(tools: None, tmp_path: Path) -> None:
    """The same with AddressSanitizer and UndefinedBehaviorSanitizer in the core, which has exact blocks."""
    path = build(tmp_path, "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    found = subprocess.run(["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = {**os.environ, "LD_PRELOAD": found.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"}
    command = [sys.executable, "-m", "tests.firmware.mutation", str(path), "--rounds", "300", "--seed", "7"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=FIRMWARE.parent)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "text" in done.stdout


@pytest.mark.parametrize(("name", "level"), [("gcc", "-O2"), ("clang", "-Os"), ("clang-14", "-Os")])
def test_no_compiler_warns(tools: None, tmp_path: Path, name: str, level: str) -> None:
    if which(name) is None:
        pytest.skip(f"no {name} on this machine")
    for source in [*sources(), FIRMWARE / "ports" / "sodium.c"]:
        includes = [f"-I{FIRMWARE / 'include'}"]
        command = [name, *WARNINGS, level, *includes, "-c", str(source), "-o", str(tmp_path / "out.o")]
        subprocess.run(command, check=True)  # a compiler


def test_there_is_no_state_of_its_own_and_no_heap(tools: None, tmp_path: Path) -> None:
    """Nothing that is written to at run time but what the caller lends, and of a C library no more than is said."""
    subprocess.run(["make", "-s", "-C", str(FIRMWARE), f"BUILD={tmp_path}", "CFLAGS=-Os -fno-pic"], check=True)
    listed = subprocess.run(["nm", str(tmp_path / "libhealthpass.a")], capture_output=True, text=True, check=True)
    symbols = [line.split() for line in listed.stdout.splitlines() if line and not line.endswith(":")]
    kinds = {each[-2] for each in symbols}
    assert kinds <= set("TtRrU"), kinds  # code, constants, and what others give
    defined = {each[-1] for each in symbols if each[-2] in "TtRr"}
    wanted = {each[-1] for each in symbols if each[-2] == "U"} - defined
    allowed = {"memcmp", "memcpy", "memmove", "memset", "hp_ed25519_verify", "hp_sha512"}
    assert wanted <= allowed | {"__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}, wanted


def test_the_figures_are_those_of_the_compiler(tools: None) -> None:
    if which("arm-none-eabi-gcc") is None:
        pytest.skip("no arm-none-eabi-gcc on this machine")
    if f"arm-none-eabi-gcc {figures.version()}," not in figures.PAGE.read_text("utf-8"):
        pytest.skip("another version than that of FIGURES.md")
    shown = figures.PAGE.read_text("utf-8")
    if f"arm-none-eabi-gcc {figures.version()}," not in shown:
        pytest.skip("another compiler than the page's")
    assert shown == figures.page(), "python -m tests.firmware.figures"


def test_each_source_fits_its_head(tools: None) -> None:
    """Short files, none of which asks for memory or calls itself."""
    for source in sources():
        text = source.read_text()
        assert text.count("\n") <= 300, source.name
        assert not {"malloc", "float", "double"} & set(text.split())
