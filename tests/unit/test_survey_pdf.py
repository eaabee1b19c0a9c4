"""The form on paper: it fits, nothing is left out, the same bytes come out each time, and a font without a character is
refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from healthpass.errors import FormatError
from healthpass.station.form_layout import HEIGHT, MARGIN, ROOM, Mark, pages_of, wrapped
from healthpass.station.form_pdf import form_pdf
from healthpass.station.survey_form import form_from_toml, shipped_form
from healthpass.station.survey_words import words

FORM = form_from_toml(shipped_form())
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def measure(text: str, size: float, bold: bool) -> float:
    """Half the size for a Latin character, the size for a wide one."""
    return sum(size if char >= "\u2e80" else size / 2 for char in text)


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
    for page in pages_of(FORM, language, measure):
        bottom = MARGIN
        for top, block in page:
            assert top >= bottom, "blocks do not overlap"
            bottom = top + block.height
            assert bottom <= HEIGHT - MARGIN
            for mark in block.marks:
                assert mark.x >= 0
                assert 0 <= mark.y <= block.height
                assert mark.y + mark.height <= block.height + 0.01
                assert mark.x + max(mark.width, measure(mark.text, mark.size, mark.bold)) <= ROOM + 0.01
    ticks = [each for each in marks_of(language) if each.width == each.height > 0]
    assert len(ticks) == sum(2 if f.kind == "yes-no" else len(f.options) for f in FORM.fields)
    written = "".join(mark.text for mark in marks_of(language)).replace(" ", "")
    for text in texts_of(language):
        assert text.replace(" ", "") in written


def marks_of(language: str) -> list[Mark]:
    return [mark for page in pages_of(FORM, language, measure) for _, block in page for mark in block.marks]


def test_no_box_covers_a_text() -> None:
    for page in pages_of(FORM, "en", measure):
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
        pages = pages_of(form, "en", measure)
        assert len(pages) > 1
        assert not any(page[-1][1].marks[-1].bold for page in pages)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("一二三四五六七八九", ["一二三四", "五六七八", "九"]),
        ("一二三四。五", ["一二三", "四。五"]),
        ("一二 two 三四", ["一二 two", "三四"]),
        ("anunbreakableword x", ["anunbreakableword", "x"]),
        ("", [""]),
    ],
)
def test_lines_are_broken_where_one_may(text: str, lines: list[str]) -> None:
    assert wrapped(text, 45, 10, False, measure) == lines


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_bytes(language: str) -> None:
    data = form_pdf(FORM, language)
    assert data.startswith(b"%PDF-")
    assert data == form_pdf(FORM, language)
    assert len(data) < 8000


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
    data = form_pdf(FORM, "en", str(DEJAVU))
    assert data == form_pdf(FORM, "en", str(DEJAVU))
    assert b"/FontFile2" in data
    assert b"/FontFile2" not in form_pdf(FORM, "en")
    assert "Epidemiological survey" in poppler("pdftotext", "-", "-", data=data).decode()
    with pytest.raises(FormatError, match="not all characters"):
        form_pdf(FORM, "zh", str(DEJAVU))


def test_what_is_no_font(tmp_path: Path) -> None:
    for content in (b"", b"OTTO" + bytes(100), bytes(1000), shipped_form().encode()):
        (tmp_path / "font").write_bytes(content)
        with pytest.raises(FormatError, match="TrueType"):
            form_pdf(FORM, "en", str(tmp_path / "font"))
    with pytest.raises(FileNotFoundError):
        form_pdf(FORM, "en", str(tmp_path / "none"))


def test_a_language_that_needs_a_font() -> None:
    def form(language: str, label: str) -> str:
        return f'[[field]]\nid = "t"\nkind = "text"\nlabel = {{ {language} = "{label}" }}\n'

    with pytest.raises(FormatError, match="not all characters"):
        form_pdf(form_from_toml(form("ar", "سؤال")), "ar")
    with pytest.raises(FormatError, match="not all characters"):
        form_pdf(form_from_toml(form("zh", "سؤال")), "zh")
    assert form_pdf(form_from_toml(form("fr", "Fièvre ?")), "fr")
    with pytest.raises(FormatError, match="en, zh"):
        form_pdf(FORM, "fr")
