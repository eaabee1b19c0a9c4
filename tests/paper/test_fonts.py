"""Every character that is set has a glyph, or nothing is printed; what letters alone cannot write is refused."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.paper import SHIPPED, Language, card, sheet, system_fonts, to_pdf, to_svg
from healthpass.paper.fonts import Face, face_for
from healthpass.paper.scripts import check_script
from healthpass.station.survey_form import form_from_toml, shipped_form
from tests.paper.fonts import CHINESE, chinese, vera, with_letters
from tests.paper.printing import SHANGHAI, passes
from tests.paper.test_page import ENGLISH_FILE, text_of
from tests.raising import raises

NO_FONT = (
    "no font of this system has all letters of this language; install {} (Debian), {} (Fedora), "
    "or give a TrueType font (--font)"
)
NO_CHINESE = NO_FONT.format("fonts-droid-fallback or fonts-wqy-zenhei", "wqy-zenhei-fonts")
REFUSED = "words that cannot be set right: {}; print in a language whose letters stand one after the other"
ARABIC = ENGLISH_FILE.replace("Health pass", "تصريح صحي")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose a.ttf and b.ttf are looked into; empty."""
    monkeypatch.setattr(system_fonts, "PLACES", (tmp_path / "a.ttf", tmp_path / "b.ttf"))
    return tmp_path


def to_pdf_of(face: Face) -> bytes:
    return bytes(face.own.face._ttf_data)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("تصريح صحي", "Arabic is joined, stacked or set from right to left"),
        ("תו בריאות", "Hebrew is joined, stacked or set from right to left"),
        ("स्वास्थ्य पास", "Devanagari is joined, stacked or set from right to left"),
        ("স্বাস্থ্য", "Bengali is joined, stacked or set from right to left"),
        ("ஆரோக்கிய", "Tamil is joined, stacked or set from right to left"),
        ("บัตรสุขภาพ", "Thai is joined, stacked or set from right to left"),
        ("ក្រដាស", "Khmer is joined, stacked or set from right to left"),
        ("ကျန်းမာရေး", "Myanmar is joined, stacked or set from right to left"),
        ("གསོ་རིག", "Tibetan is joined, stacked or set from right to left"),
        ("ᠮᠣᠩᠭᠣᠯ", "Mongolian is joined, stacked or set from right to left"),
        ("ߒߞߏ", "Nko is joined, stacked or set from right to left"),
        ("q̇ass", "a mark stands on a letter that has no character of its own with it"),
    ],
)
@pytest.mark.parametrize("font", [None, "chinese"])
def test_scripts_that_cannot_be_set_right(words: str, why: str, font: str | None) -> None:
    """With a custom font as without, as a card and as a sheet: so neither PDF nor SVG is made."""
    language = Language.from_toml(ENGLISH_FILE.replace("Health pass", words))
    given = None if font is None else with_letters((0x80, 0x1FFFF))
    for make in (card, sheet):
        with raises(FormatError, "script-not-supported", REFUSED.format(why)):
            make(passes(1), language, SHANGHAI, font=given)


@given(st.characters(categories=("L", "N", "P", "S")))
def test_what_runs_from_right_to_left_is_never_set(char: str) -> None:
    if unicodedata.bidirectional(char) in ("R", "AL", "AN"):
        with pytest.raises(FormatError) as caught:
            check_script(char)
        assert caught.value.code == "script-not-supported"


@given(st.characters(categories=("Mn", "Mc", "Me", "Cf")))
def test_marks_and_directions_are_never_set(char: str) -> None:
    with pytest.raises(FormatError) as caught:
        check_script("a" + char)
    assert caught.value.code == "script-not-supported"


@pytest.mark.parametrize(
    "words",
    [
        "Health pass",
        "Laissez-passer santé",
        "Справка",
        "Υγειονομικό",
        "健康通行证",
        "健康パス",
        "건강 통행증",
        "Հայերեն",
        "የጤና",
    ],
)
def test_scripts_whose_letters_stand_one_after_the_other(words: str) -> None:
    check_script(words)


def test_a_letter_and_its_mark_become_one_character() -> None:
    apart = unicodedata.normalize("NFD", "Vé Ế Ặ й")
    assert len(apart) > 8
    assert Language.from_toml(ENGLISH_FILE.replace("Health pass", apart)).title == "Vé Ế Ặ й"


@pytest.mark.parametrize("language", SHIPPED)
def test_every_character_of_the_shipped_languages_has_a_glyph(language: str) -> None:
    """In whatever is set: the words of cards and sheets on any date, and of the shipped form."""
    words = Language.shipped(language)
    text = "".join((words.title, words.show, words.check, words.withdraw, words.sheet, *words.months, *words.weekdays))
    form = form_from_toml(shipped_form())
    text += "".join(field.label[language] + field.help.get(language, "") for field in form.fields) + "0123456789: "
    face = face_for(text)
    if face.own is None:
        assert face.regular == "Helvetica"
        assert text.encode("cp1252")
    else:
        letters, outlines = face.own.face.charToGlyph, face.own.face.glyphPos
        for char in set(text):
            assert letters[ord(char)] > 0
            assert char == " " or outlines[letters[ord(char)] + 1] > outlines[letters[ord(char)]]


def test_chinese_is_embedded(places: Path, tmp_path: Path) -> None:
    (places / "a.ttf").write_bytes(chinese())
    pdf = to_pdf(card(passes(1), Language.shipped("zh"), SHANGHAI))
    assert b"/FontFile2" in pdf
    assert pdf == to_pdf(card(passes(1), Language.shipped("zh"), SHANGHAI, font=chinese()))
    assert "查验人员：请扫码并核对证件。" in text_of(pdf, tmp_path)  # noqa: RUF001  # Chinese


def test_without_a_font_nothing_is_printed(places: Path) -> None:
    (places / "a.ttf").write_bytes(vera())
    for make in (card, sheet):
        with raises(FormatError, "no-font", NO_CHINESE):
            make(passes(1), Language.shipped("zh"), SHANGHAI)
    assert to_svg(card(passes(1), Language.shipped("en"), SHANGHAI))


@pytest.mark.parametrize(
    ("words", "debian", "fedora"),
    [
        ("健康パス", "fonts-ipafont-gothic", "ipa-gothic-fonts"),
        ("건강 통행증", "fonts-nanum", "naver-nanum-gothic-fonts"),
        ("Здоровье", "fonts-dejavu-core", "dejavu-sans-fonts"),
    ],
)
def test_what_to_install(places: Path, words: str, debian: str, fedora: str) -> None:
    with raises(FormatError, "no-font", NO_FONT.format(debian, fedora)):
        card(passes(1), Language.from_toml(ENGLISH_FILE.replace("Health pass", words)), SHANGHAI)


def test_the_first_font_that_has_everything_is_taken(places: Path) -> None:
    """Not one that is damaged, that lacks a letter, or whose letter is empty."""
    empty = with_letters(*CHINESE, glyph=1)  # a glyph without an outline
    no_glyph = with_letters(*CHINESE, glyph=0)  # the box for what a font does not have
    (places / "b.ttf").write_bytes(chinese())
    for other in (b"", bytes(999), vera(), with_letters((0x5065, 0x5065)), empty, no_glyph):
        (places / "a.ttf").write_bytes(other)
        assert to_pdf_of(face_for("健康")) == chinese()
    (places / "a.ttf").unlink()
    (places / "a.ttf").mkdir()
    assert to_pdf_of(face_for("健康")) == chinese()


@pytest.mark.parametrize("glyph", [0, 1])
def test_a_given_font_with_boxes_or_nothing_for_letters(glyph: int) -> None:
    said = "the font lacks 2 of the characters of this language; give another one"
    with raises(FormatError, "font-lacks-letters", said):
        face_for("健康 ok", with_letters(*CHINESE, glyph=glyph))


def test_a_font_that_is_too_large_is_not_looked_into(places: Path) -> None:
    (places / "a.ttf").write_bytes(chinese())
    assert list(system_fonts.fonts_of_the_system(len(chinese()))) == [chinese()]
    assert list(system_fonts.fonts_of_the_system(len(chinese()) - 1)) == []
