"""The form on paper: it fits, nothing is left out, the same bytes come out each time, and a font without a character is
refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from healthpass.errors import FormatError
from healthpass.paper.fonts import MAX_FONT_BYTES
from healthpass.paper.form import form_pdf
from healthpass.paper.form_layout import HEIGHT, MARGIN, ROOM, TICK, Mark, pages_of
from healthpass.paper.typesetting import broken
from healthpass.station.survey_form import Form, form_from_toml, shipped_form
from healthpass.station.survey_words import words
from tests.raising import raises

FORM = form_from_toml(shipped_form())
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


class Halves:
    """Half the size for a Latin character, the size for a wide one."""

    def width(self, text: str, size: float, bold: bool) -> float:
        return sum(size if char >= "\u2e80" else size / 2 for char in text)


NOT_SET = (
    "words that cannot be set right: {} is joined, stacked or set from right to left; "
    "print in a language whose letters stand one after the other"
)
NO_FONT = (
    "no font of this system has all letters of this language; install fonts-nanum (Debian), "
    "naver-nanum-gothic-fonts (Fedora), or give a TrueType font (--font)"
)
FACE = Halves()
measure = FACE.width


def poppler(program: str, *words: str, data: bytes) -> bytes:
    if shutil.which(program) is None:
        pytest.skip(f"{program} (Debian's poppler-utils) is not installed")
    return subprocess.run([program, *words], input=data, capture_output=True, check=True).stdout


def texts_of(language: str) -> list[str]:
    """Every text that must be on paper in that language."""
    texts = [words(language)["must"]]
    for field in FORM.fields:
        texts += [field.label[language], *([field.help[language]] if field.help else [])]
        texts += [option[language] for option in field.options.values()]
    return texts


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_is_on_the_page_once(language: str) -> None:
    assert_in_the_margins(FORM, language)
    ticks = [each for each in marks_of(language) if each.width == each.height > 0]
    assert len(ticks) == sum(2 if f.kind == "yes-no" else len(f.options) for f in FORM.fields)
    written = "".join(mark.text for mark in marks_of(language)).replace(" ", "")
    for text in texts_of(language):
        assert text.replace(" ", "") in written


def assert_in_the_margins(form: Form, language: str) -> None:
    for page in pages_of(form, language, FACE):
        bottom = MARGIN
        for top, block in page:
            assert top >= bottom, "blocks do not overlap"
            bottom = top + block.height
            assert bottom <= HEIGHT - MARGIN + 0.01
            for mark in block.marks:
                assert mark.x >= 0
                assert 0 <= mark.y <= block.height
                assert mark.y + mark.height <= block.height + 0.01
                assert mark.x + max(mark.width, measure(mark.text, mark.size, mark.bold)) <= ROOM + 0.01


def marks_of(language: str, form: Form = FORM) -> list[Mark]:
    return [mark for page in pages_of(form, language, FACE) for _, block in page for mark in block.marks]


def choice_of(options: list[str]) -> Form:
    listed = ", ".join(f'{{ id = "o{n}", en = "{text}" }}' for n, text in enumerate(options))
    return form_from_toml(f'[[field]]\nid = "a"\nkind = "choice"\nlabel = {{ en = "A" }}\noptions = [{listed}]\n')


def text_of(label: str) -> Form:
    return form_from_toml(f'[[field]]\nid = "a"\nkind = "text"\nlabel = {{ en = "{label}" }}\n')


def test_a_question_that_is_taller_than_a_page_goes_on_on_the_next() -> None:
    options = [f"{n:02} " + "word " * 39 + "xy" for n in range(30)]
    form = choice_of(options)
    assert {len(text) for text in options} == {200}
    assert_in_the_margins(form, "en")
    pages = pages_of(form, "en", FACE)
    assert len(pages) == 4
    marks = marks_of("en", form)
    assert [each.height for each in marks if each.height] == [TICK] * 30
    written = " ".join(each.text for each in marks if each.text)
    assert written.endswith(" ".join(options))
    for page in pages:  # a box stands beside the first line of its text
        for _, block in page:
            for box in (each for each in block.marks if each.height):
                (first,) = (each for each in block.marks if each.text and box.y < each.y < box.y + box.height)
                assert first.text[:2].isdigit()
    read = poppler("pdftotext", "-", "-", data=form_pdf(form, "en")).decode()
    assert all("".join(text.split()) in "".join(read.split()) for text in options)


def test_a_tall_question_after_a_heading_begins_below_it() -> None:
    heading = '[[field]]\nid = "h"\nkind = "heading"\nlabel = { en = "A heading" }\n'
    options = ", ".join(f'{{ id = "o{n}", en = "{"word " * 39}x" }}' for n in range(30))
    tall = f'[[field]]\nid = "a"\nkind = "choice"\nlabel = {{ en = "A" }}\noptions = [{options}]\n'
    pages = pages_of(form_from_toml(heading + tall), "en", FACE)
    assert [len(page) for page in pages] == [2, 1, 1]


@pytest.mark.parametrize("label", ["W" * 200, "a " + "W" * 198, "测" * 200, "。" * 200])
def test_a_word_that_is_wider_than_the_page_is_cut_in_lines(label: str) -> None:
    form = text_of(label)
    assert_in_the_margins(form, "en")
    marks = [each for each in marks_of("en", form) if each.text]
    assert len(marks) > 2
    assert "".join(each.text for each in marks).replace(" ", "") == "1." + label.replace(" ", "")
    choice = choice_of([label, "W" * 200])
    assert_in_the_margins(choice, "en")
    assert "".join(each.text for each in marks_of("en", choice)).count("W") == label.count("W") + 200


def test_letters_that_are_wider_than_the_page() -> None:
    class Wide(Halves):
        def width(self, text: str, size: float, bold: bool) -> float:
            return 100 * super().width(text, size, bold)

    with pytest.raises(FormatError, match="does not fit"):
        pages_of(FORM, "en", Wide())

    class Wider(Halves):
        def width(self, text: str, size: float, bold: bool) -> float:
            return super().width(text, size, bold) * (40 if text == "day" else 1)

    with pytest.raises(FormatError, match="too wide for the form"):
        pages_of(FORM, "en", Wider())


def test_no_box_covers_a_text() -> None:
    for page in pages_of(FORM, "en", FACE):
        for _, block in page:
            boxes = [mark for mark in block.marks if mark.width and mark.height]
            for text in (mark for mark in block.marks if mark.text):
                for box in boxes:
                    apart = text.x >= box.x + box.width or text.x + measure(text.text, text.size, False) <= box.x
                    assert apart or text.y < box.y or text.y - text.size > box.y + box.height


def test_a_heading_is_not_left_alone_at_the_end_of_a_page() -> None:
    label = 'label = { en = "a question" }\n'
    for lines in range(1, 13):
        one = f'[[field]]\nid = "hN"\nkind = "heading"\n{label}'
        one += f'[[field]]\nid = "tN"\nkind = "text"\nlines = {lines}\n{label}'
        form = form_from_toml("".join(one.replace("N", str(n)) for n in range(12)))
        pages = pages_of(form, "en", FACE)
        assert len(pages) > 1
        assert not any(page[-1][1].marks[-1].bold for page in pages)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("一二三四五六七八九", ["一二三四", "五六七八", "九"]),
        ("一二三四。五", ["一二三", "四。五"]),
        ("一二 two 三四", ["一二 two", "三四"]),
        ("anunbreakableword x", ["anunbreak", "ableword", "x"]),
        ("  one  ", ["one"]),
        ("", []),
    ],
)
def test_lines_are_broken_where_one_may(text: str, lines: list[str]) -> None:
    assert broken(FACE, text, 10, False, 45, cut=True) == lines


def test_words_of_a_card_are_not_cut() -> None:
    with pytest.raises(FormatError, match="does not fit"):
        broken(FACE, "anunbreakableword x", 10, False, 45)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_bytes(language: str) -> None:
    data = form_pdf(FORM, language)
    assert data.startswith(b"%PDF-")
    assert data == form_pdf(FORM, language)
    assert len(data) < 60_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_reader_reads(language: str) -> None:
    read = poppler("pdftotext", "-", "-", data=form_pdf(FORM, language)).decode()
    plain = "".join(read.split())
    for text in texts_of(language):
        assert "".join(text.split()) in plain


def test_it_is_printed_on_a4_and_not_to_the_edge() -> None:
    image = poppler("pdftoppm", "-gray", "-r", "50", "-f", "1", "-singlefile", "-", data=form_pdf(FORM, "en"))
    head, rest = image.split(b"\n255\n", 1)
    width, height = map(int, head.split()[1:3])
    assert (width, height) == (414, 585)
    rows = [rest[n * width : (n + 1) * width] for n in range(height)]
    edge = 18
    assert all(set(row) == {255} for row in [*rows[:edge], *rows[-edge:]])
    assert all(set(row[:edge] + row[-edge:]) == {255} for row in rows)
    dark = sum(each < 128 for each in rest) / len(rest)
    assert 0.01 < dark < 0.2


def test_with_a_font_of_ones_own() -> None:
    if not DEJAVU.exists():
        pytest.skip("DejaVu Sans (Debian's fonts-dejavu-core) is not installed")
    font = DEJAVU.read_bytes()
    data = form_pdf(FORM, "en", font)
    assert data == form_pdf(FORM, "en", font)
    assert b"/FontFile2" in data
    assert b"/FontFile2" not in form_pdf(FORM, "en")
    assert "Epidemiological survey" in poppler("pdftotext", "-", "-", data=data).decode()
    with pytest.raises(FormatError, match="the font lacks") as caught:
        form_pdf(FORM, "zh", font)
    assert caught.value.code == "font-lacks-letters"


def test_what_is_no_font() -> None:
    for content in (b"", b"OTTO" + bytes(100), bytes(1000), shipped_form().encode()):
        with pytest.raises(FormatError, match="TrueType"):
            form_pdf(FORM, "en", content)
    with pytest.raises(FormatError, match="at most 33554432 bytes"):
        form_pdf(FORM, "en", bytes(MAX_FONT_BYTES + 1))


def test_a_language_that_needs_a_font() -> None:
    def form(language: str, label: str) -> str:
        return f'[[field]]\nid = "t"\nkind = "text"\nlabel = {{ {language} = "{label}" }}\n'

    for language in ("ar", "zh"):
        with raises(FormatError, "script-not-supported", NOT_SET.format("Arabic")):
            form_pdf(form_from_toml(form(language, "سؤال")), language)
    with raises(FormatError, "no-font", NO_FONT):
        form_pdf(form_from_toml(form("ko", "질문")), "ko")
    assert form_pdf(form_from_toml(form("fr", "Fièvre ?")), "fr")
    with pytest.raises(FormatError, match="en, zh"):
        form_pdf(FORM, "fr")
