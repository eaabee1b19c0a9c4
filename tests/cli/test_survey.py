"""`healthpass station form` and `station survey`, and the page about them."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli.main import main
from healthpass.paper.fonts import MAX_FONT_BYTES
from healthpass.station.survey import check_grounds, parse_answers, parse_answers_file
from healthpass.station.survey_form import form_from_toml, shipped_form
from tests.cli.terminal import NOW, Terminal
from tests.stations import STATION, vouch

PAGE = Path(__file__).parents[2] / "docs" / "situations" / "survey.md"
FORM = form_from_toml(shipped_form())
TYPED = "n\n36.6\n2 3\n2027-1-3\n2\nn\nn\nn\nn\nn\n\n4\n"
WRONG_FIRST = TYPED.replace("36.6\n2 3", "hot\n99\n36.6\n1 2\n2 3")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def survey(terminal: Terminal, *options: str) -> list[str]:
    return ["station", "survey", "--out", terminal.path("answers"), "--now", str(NOW), *options]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_survey(terminal: Terminal, language: str) -> None:
    said = terminal.json(*survey(terminal, "--language", language), stdin=TYPED)
    path = Path(terminal.path("answers"))
    assert path.stat().st_mode & 0o777 == 0o600
    data = path.read_bytes()
    answers = parse_answers(FORM, parse_answers_file(data)[0])
    assert (answers["fever"], answers["symptoms"], answers["people"]) == (False, ["cough", "sore-throat"], "4")
    assert "places" not in answers
    assert said["answers"] == len(answers) == 11
    assert check_grounds(data, bytes.fromhex(said["grounds"]))


def test_the_same_answers_have_another_digest_each_time(terminal: Terminal) -> None:
    digests = set()
    for _ in range(3):
        digests.add(terminal.json(*survey(terminal), stdin=TYPED)["grounds"])
        Path(terminal.path("answers")).unlink()
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("language", "errors"),
    [
        ("en", ["A number from 30 to 45", "Option 1 cannot be combined with others."]),
        ("zh", ["请输入30至45之间的数字", "第1项不能与其他选项同时选择。"]),
    ],
)
def test_a_wrong_answer_is_asked_again(terminal: Terminal, language: str, errors: list[str]) -> None:
    words = survey(terminal, "--language", language)
    result = CliRunner().invoke(main, words, input=WRONG_FIRST)
    assert result.exit_code == 0
    told = result.stderr.splitlines()
    wrong = [line for line in told if line.startswith("!!")]
    assert [error in line for line in wrong for error in errors] == [True, False, True, False, False, True]
    assert all(any(field.label[language] in line for line in told) for field in FORM.fields)
    assert set(result.stdout.split()) & {"answers", "grounds"} == {"answers", "grounds"}


def test_what_is_not_finished_is_not_kept(terminal: Terminal) -> None:
    for lines in range(TYPED.count("\n")):
        terminal.run(*survey(terminal), stdin="".join(TYPED.splitlines(keepends=True)[:lines]), code=2)
        assert not Path(terminal.path("answers")).exists()


def test_answers_are_not_overwritten(terminal: Terminal) -> None:
    Path(terminal.path("answers")).write_text("somebody's")
    assert "exists already" in terminal.run(*survey(terminal), stdin=TYPED, code=2)
    assert Path(terminal.path("answers")).read_text() == "somebody's"


def test_a_form_of_ones_own(terminal: Terminal) -> None:
    path = Path(terminal.path("form.toml"))
    path.write_text('[[field]]\nid = "a"\nkind = "text"\nlabel = { fr = "Où ?" }\n', encoding="utf-8")
    own = ("--form", str(path), "--language", "fr")
    assert terminal.json(*survey(terminal, *own), stdin="Lyon\n")["answers"] == 1
    terminal.run("station", "form", *own, "--out", terminal.path("form.pdf"))
    assert Path(terminal.path("form.pdf")).read_bytes().startswith(b"%PDF-")
    assert "these languages: fr" in terminal.run("station", "form", *own[:2], "--out", terminal.path("x"), code=2)
    for content in (b"\xff", b"", b"x" * 300_000):
        path.write_bytes(content)
        for words in (survey(terminal, *own), ["station", "form", *own, "--out", terminal.path("x")]):
            assert "error" in terminal.run(*words, code=2)
    assert not Path(terminal.path("x")).exists()


def test_a_font_is_read_up_to_a_limit(terminal: Terminal) -> None:
    with open(terminal.path("font"), "wb") as file:
        file.truncate(MAX_FONT_BYTES + 1)
    said = terminal.run("station", "form", "--font", terminal.path("font"), "--out", terminal.path("x"), code=2)
    assert f"over {MAX_FONT_BYTES} bytes" in said
    assert not Path(terminal.path("x")).exists()


@pytest.fixture
def kept(terminal: Terminal) -> list[str]:
    """The words of the command, on answers and what a station signed on their grounds."""
    said = terminal.json(*survey(terminal), stdin=TYPED)
    Path(terminal.path("vouched")).write_bytes(vouch(grounds=bytes.fromhex(said["grounds"])))
    return ["station", "check", terminal.path("answers"), "--attestation", terminal.path("vouched")]


def test_the_grounds_of_a_vouching(terminal: Terminal, kept: list[str]) -> None:
    said = terminal.json(*kept)
    assert said == {
        "grounds_fit": True,
        "issued": 1_800_000_000,
        "key": STATION.public_key.hex(),
    }
    path = Path(terminal.path("answers"))
    path.write_text(path.read_text().replace('"fever": false', '"fever": true'))
    assert terminal.json(*kept, code=1)["grounds_fit"] is False
    Path(terminal.path("vouched")).write_bytes(vouch())
    assert "NOT THESE ANSWERS" in terminal.run(*kept, code=1)


def test_what_is_no_vouching_or_no_answers(terminal: Terminal, kept: list[str]) -> None:
    attestation = Path(terminal.path("vouched"))
    data = attestation.read_bytes()
    attestation.write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))
    assert "bad-signature" in terminal.run(*kept, code=2)
    attestation.write_bytes(b"\x00" + data)
    assert "malformed" in terminal.run(*kept, code=2)
    attestation.write_bytes(data)
    other = Path(terminal.path("form.toml"))
    other.write_text(shipped_form() + "\n# another edition\n", encoding="utf-8")
    assert "they answer another form" in terminal.run(*kept, "--form", str(other), code=2)
    answers = Path(terminal.path("answers"))
    answers.write_text(answers.read_text().replace("survey answers 1", "survey answers 2"))
    assert "not a file of answers" in terminal.run(*kept, code=2)


def test_without_reportlab(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "reportlab"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "reportlab", None)
    said = terminal.run("station", "form", "--out", terminal.path("form.pdf"), code=2)
    assert "pip install 'healthpass[paper]'" in said
    assert not Path(terminal.path("form.pdf")).exists()
    terminal.run(*survey(terminal), stdin=TYPED)


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands, its form and its program run, in their order, in one folder."""
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)
    ran = []
    said: dict[str, str] = {}
    for language, block in re.findall(r"```(console|toml|py)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        if language == "toml":
            Path("form.toml").write_text(block, encoding="utf-8")
            continue
        if language == "py":
            exec(block.replace("GROUNDS", said["grounds"]), {})
            ran.append("py")
            continue
        for line in block.splitlines():
            words = shlex.split(line)
            Path("vouched.cbor").write_bytes(vouch(grounds=bytes.fromhex(said.get("grounds", "00" * 32))))
            if words[1] == "pdftoppm":  # what made the picture
                continue
            assert words[:2] == ["$", "healthpass"]
            if words[3] == "survey" and "--form" not in words:
                said = terminal.json(*words[2:], stdin=TYPED)
            else:
                terminal.run(*words[2:])
            ran.append(words[3])
    assert {"form", "survey", "check", "py"} <= set(ran)
