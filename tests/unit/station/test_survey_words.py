"""The words of a survey: a file for each language, strict as a card's; one more language is one more file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import healthpass
from healthpass.errors import FormatError
from healthpass.station.survey_form import form_from_toml, shipped_form
from healthpass.station.survey_words import NAMES, _from_toml, shipped, words
from tests.raising import raises

FILES = resources.files("healthpass.station") / "languages"
ENGLISH = (FILES / "en.toml").read_text(encoding="utf-8")
ABOUT = "words of a survey: "


def test_the_shipped_form_is_in_the_shipped_languages() -> None:
    assert shipped() == form_from_toml(shipped_form()).languages == ("en", "zh")


@pytest.mark.parametrize("language", shipped())
def test_a_language(language: str) -> None:
    said = words(language)
    assert said.keys() == NAMES
    assert said == words(language.upper() + "-x") == _from_toml((FILES / f"{language}.toml").read_text("utf-8"))
    assert said["bad-alone"].format(number=3) != said["bad-alone"]


def test_another_language_has_english_words() -> None:
    assert words("fr") is words("en")
    assert words("../en") is words("en")
    assert words("zh") != words("en")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("yes = ", "not a TOML file"),
        ("#" * 8193, "at most 8192 characters"),
        (ENGLISH.replace('no = "No"\n', ""), "no is missing"),
        (ENGLISH + 'maybe = "Maybe"\n', "nothing but " + ", ".join(sorted(NAMES))),
        (ENGLISH.replace('"No"', "1"), "no is a text of 1 to 120 printable characters"),
        (ENGLISH.replace('"No"', '""'), "no is a text of 1 to 120 printable characters"),
        (ENGLISH.replace('"No"', f'"{"x" * 121}"'), "no is a text of 1 to 120 printable characters"),
        (ENGLISH.replace('"No"', '"N\\u0007o"'), "no is a text of 1 to 120 printable characters"),
        (ENGLISH.replace('"No"', '" No"'), "no begins or ends with a space"),
        (ENGLISH.replace('"No"', '"{no}"'), "no has other braces than are filled in (it has: none)"),
        (ENGLISH.replace('"No"', '"No}"'), "no has other braces than are filled in (it has: none)"),
        (ENGLISH.replace("{number}", "3"), "bad-alone has other braces than are filled in (it has: {number})"),
    ],
)
def test_no_words(text: str, sentence: str) -> None:
    with raises(FormatError, "malformed", ABOUT + sentence):
        _from_toml(text)


def test_one_more_language_is_one_file(tmp_path: Path) -> None:
    source = tmp_path / "healthpass"
    shutil.copytree(Path(healthpass.__file__).parent, source, ignore=shutil.ignore_patterns("__pycache__"))
    (source / "station/languages/fr.toml").write_text(ENGLISH.replace('"Yes"', '"Oui"'), encoding="utf-8")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.dont_write_bytecode = True\n"
        "from healthpass.station.survey_words import shipped, words\n"
        "print(*shipped(), words('fr-CA')['yes'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "en fr zh Oui\n"), done.stderr
