"""What stands on a page: in SVG and PDF the same, the right codes, the words and nothing else, at stated sizes."""

from __future__ import annotations

import re
import subprocess
from importlib import resources
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from healthpass.errors import FormatError
from healthpass.formats.text import decode_text
from healthpass.paper import SHIPPED, Language, Page, card, sheet, to_pdf, to_svg
from healthpass.paper.layout import CELL, COLUMNS, DATE_LEAST, MARGIN, MM, MODULE, NEEDED_SIZE
from healthpass.paper.qr import QUIET_ZONE, dark_runs, draw
from healthpass.paper.typesetting import Line
from tests.making import DAY
from tests.paper.damage import require_poppler
from tests.paper.fonts import vera
from tests.paper.pictures import IMAGES, pictures
from tests.paper.printing import SHANGHAI, START, passes

ENGLISH, CHINESE = Language.shipped("en"), Language.shipped("zh")
FONT = vera()
ENGLISH_FILE = (resources.files("healthpass.paper") / "languages" / "en.toml").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"
PAGES = {
    f"{kind} {name}": (make, name, many)
    for kind, make, many in (("card", card, 1), ("sheet", sheet, 14))
    for name in SHIPPED
}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Page:
    make, name, many = PAGES[request.param]
    return make(passes(many), Language.shipped(name), SHANGHAI)


def words(page: Page) -> str:
    return " ".join(each.text for each in page.texts)


def text_of(pdf: bytes, folder: Path) -> str:
    """What `pdftotext` reads, with single spaces."""
    require_poppler("pdftotext")
    (folder / "page.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", str(folder / "page.pdf"), "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().split())


def test_sizes() -> None:
    """The figures of docs/situations/paper.md."""
    one = card(passes(1), ENGLISH, SHANGHAI)
    assert one.width / MM == pytest.approx(85.60)
    assert one.height / MM == pytest.approx(53.98)
    assert len(one.codes[0].runs) > 100
    assert one.codes[0].modules == 45
    assert round(MODULE / MM, 3) == 0.677
    assert pytest.approx(8) == MODULE * 300 / 72
    assert round((45 + 2 * QUIET_ZONE) * MODULE / MM, 1) == 35.9
    whole = sheet(passes(14), ENGLISH, SHANGHAI)
    assert (round(whole.width / MM), round(whole.height / MM)) == (210, 297)


def test_the_symbol_is_of_level_m_and_follows_from_the_text() -> None:
    for each in passes(14):
        assert draw(each.text, "m").designator == "7-M"
        assert draw(each.text, "m").matrix == draw(each.text, "m").matrix


def test_type_is_large(page: Page) -> None:
    """The day in 14 points or more, what people need in 12; nothing below 9."""
    for language in (ENGLISH, CHINESE):
        for line in language.day(START, SHANGHAI):
            assert all(each.size >= DATE_LEAST >= 14 for each in page.texts if each.text == line)
    small = {text for each in (ENGLISH, CHINESE) for text in (each.withdraw, each.title, each.check)}
    for each in page.texts:
        assert each.size >= NEEDED_SIZE >= 12 or each.text in small or each.y > 800
        assert each.size >= 9


def test_everything_is_on_the_page_and_off_the_codes(page: Page) -> None:
    side = (45 + 2 * QUIET_ZONE) * MODULE
    for text in page.texts:
        assert text.x >= 0
        assert text.x + text.width <= page.width
        assert text.y + 0.25 * text.size <= page.height
        for code in page.codes:
            above, below = text.y + 0.25 * text.size <= code.y, text.y - 0.75 * text.size >= code.y + side
            beside = text.x >= code.x + side or text.x + text.width <= code.x
            assert above or below or beside
    for line in page.lines:
        for code in page.codes:
            assert not (
                line.x1 == line.x2 and code.x < line.x1 < code.x + side and code.y < line.y2 and line.y1 < code.y
            )
            inside = (code.x < each < code.x + side for each in (line.x1, line.x2))
            assert not any(inside) or not code.y < line.y1 < code.y + side


def gap(line: Line, left: float, top: float, right: float, bottom: float) -> float:
    """How far a line to cut along is from what is inside a box; negative if it runs through it."""
    if line.x1 == line.x2:
        passes_by = min(line.y1, line.y2) < bottom and max(line.y1, line.y2) > top
        return max(left - line.x1, line.x1 - right) if passes_by else 99.0
    passes_by = min(line.x1, line.x2) < right and max(line.x1, line.x2) > left
    return max(top - line.y1, line.y1 - bottom) if passes_by else 99.0


def test_nothing_touches_a_line_to_cut_along(page: Page) -> None:
    """Nor the edge of the paper: codes with their quiet zones, and letters from accent to descender."""
    side = (45 + 2 * QUIET_ZONE) * MODULE
    boxes = [(code.x, code.y, code.x + side, code.y + side) for code in page.codes]
    boxes += [(t.x, t.y - 0.92 * t.size, t.x + t.width, t.y + 0.25 * t.size) for t in page.texts]
    assert all(line.x1 == line.x2 or line.y1 == line.y2 for line in page.lines)
    assert len(page.lines) >= 4
    edges = [Line(x, 0, x, page.height) for x in (0, page.width)] + [
        Line(0, y, page.width, y) for y in (0, page.height)
    ]
    assert min(gap(line, *box) for line in [*page.lines, *edges] for box in boxes) >= 0.7 * MM


def test_the_guard_is_told_in_one_line(page: Page) -> None:
    """On every pass: to scan it, and to compare the document."""
    (language,) = (each for each in (ENGLISH, CHINESE) if each.title in words(page))
    assert language.check in ("Guard: scan, compare the document.", "查验人员：请扫码并核对证件。")  # noqa: RUF001  # Chinese
    said = [each for each in page.texts if each.text == language.check]
    assert len(said) == len(page.codes)


def test_texts_do_not_run_into_each_other(page: Page) -> None:
    columns: dict[float, list[float]] = {}
    for text in page.texts:
        columns.setdefault(text.x, []).append(text.y)
    for ys in columns.values():
        assert ys == sorted(ys)
        assert all(below - above >= 9 for above, below in pairwise(ys))


def test_each_day_of_a_sheet_is_in_its_own_cell() -> None:
    page = sheet(passes(14)[::-1], ENGLISH, SHANGHAI)
    for number, each in enumerate(passes(14)):
        left = MARGIN[0] + number % COLUMNS * CELL[0]
        top = MARGIN[1] + number // COLUMNS * CELL[1]
        code = page.codes[number]
        assert code.runs == dark_runs(draw(each.text, "m"))
        assert left <= code.x
        assert top <= code.y
        cell = [t.text for t in page.texts if left <= t.x < left + CELL[0] and top <= t.y < top + CELL[1]]
        day = ENGLISH.day(START + number * DAY, SHANGHAI)
        assert [text for text in cell if text in day] == day


@pytest.mark.parametrize("many", [1, 2, 13])
def test_a_sheet_with_empty_places(many: int) -> None:
    page = sheet(passes(many), ENGLISH, SHANGHAI)
    assert len(page.codes) == many
    assert words(page).count(ENGLISH.title) == many


def test_the_svg_has_the_very_modules(page: Page) -> None:
    root = ElementTree.fromstring(to_svg(page))
    assert root.get("width") == f"{page.width / MM:.2f}mm"
    drawn = [path for path in root.iter(f"{SVG}path") if path.get("shape-rendering") == "crispEdges"]
    assert len(drawn) == len(page.codes)
    for path, each in zip(drawn, passes(len(drawn)), strict=True):
        matrix = [[0] * 45 for _ in range(45)]
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.get("d", "")):
            matrix[int(y)][int(x) : int(x) + int(length)] = [1] * int(length)
        assert matrix == [list(row) for row in draw(each.text, "m").matrix]
        assert path.get("fill") == "#000"


def test_the_svg_has_the_words_and_needs_nothing_else(page: Page) -> None:
    svg = to_svg(page)
    root = ElementTree.fromstring(svg)
    assert [text.text for text in root.iter(f"{SVG}text")] == [each.text for each in page.texts]
    assert "href" not in svg
    assert "url(" not in svg
    assert {element.tag for element in root.iter()} == {f"{SVG}{tag}" for tag in ("svg", "title", "path", "g", "text")}


def test_markup_in_a_language_is_text() -> None:
    language = Language.from_toml(ENGLISH_FILE.replace("Health pass", "<b>&amp;'"))
    root = ElementTree.fromstring(to_svg(card(passes(1), language, SHANGHAI)))
    assert next(root.iter(f"{SVG}text")).text == "<b>&amp;'"


def test_the_pdf_says_the_day_and_nothing_that_is_in_the_code(page: Page, tmp_path: Path) -> None:
    said = text_of(to_pdf(page), tmp_path)
    language = CHINESE if "年" in words(page) else ENGLISH
    for number, each in enumerate(passes(len(page.codes))):
        for line in language.day(START + number * DAY, SHANGHAI):
            assert line in said
        assert each.text not in said.replace(" ", "")
        data = decode_text(each.text)
        for secret in (data[8:12], data[27:31], data[-66:-64], data[-64:]):
            assert secret.hex() not in said.lower()
    for word in ("green", "yellow", "red", "绿", "黄", "红", "HP1", "kid", "GREEN"):
        assert re.search(rf"\b{word}\b", said) is None
    assert set(re.findall(r"\d+", said)) <= {str(n) for n in range(1, 32)} | {"04", "00", "2026"}


def test_the_same_page_gives_the_same_bytes(page: Page) -> None:
    first, second = to_pdf(page), to_pdf(page)
    assert first == second
    assert to_svg(page) == to_svg(page)
    assert b"/PrintScaling /None" in first
    assert b"D:2000" in first  # reportlab's fixed date, and not the clock's


def test_a_font_is_embedded(tmp_path: Path) -> None:
    page = card(passes(1), ENGLISH, SHANGHAI, font=FONT)
    pdf = to_pdf(page)
    assert pdf == to_pdf(card(passes(1), ENGLISH, SHANGHAI, font=FONT))
    assert b"/FontFile2" in pdf
    assert "25 November 2026" in text_of(pdf, tmp_path)
    assert b"/FontFile2" not in to_pdf(card(passes(1), ENGLISH, SHANGHAI))


def other_widths(font: bytes, width: int) -> bytes:
    """The font with this advance width for each glyph, and its name as it was."""
    tables = {font[n : n + 4]: int.from_bytes(font[n + 8 : n + 12], "big") for n in range(12, 12 + 16 * font[5], 16)}
    data = bytearray(font)
    many = int.from_bytes(font[tables[b"hhea"] + 34 : tables[b"hhea"] + 36], "big")
    for n in range(many):
        at = tables[b"hmtx"] + 4 * n
        data[at : at + 2] = width.to_bytes(2, "big")
    return bytes(data)


def test_letters_without_a_width() -> None:
    with pytest.raises(FormatError, match="gives letters no width"):
        card(passes(1), ENGLISH, SHANGHAI, font=other_widths(FONT, 0))


def test_no_font_is_kept_and_none_is_taken_for_another() -> None:
    from reportlab.pdfbase import pdfmetrics

    first = to_pdf(card(passes(1), ENGLISH, SHANGHAI, font=FONT))
    kept = (len(pdfmetrics._fonts), len(pdfmetrics._dynFaceNames))
    drawn = {to_pdf(card(passes(1), ENGLISH, SHANGHAI, font=other_widths(FONT, 900 + n))) for n in range(10)}
    assert len(drawn | {first}) == 11
    one, two = (card(passes(1), ENGLISH, SHANGHAI, font=font) for font in (FONT, other_widths(FONT, 900)))
    assert to_pdf(two) in drawn
    assert to_pdf(one) == first
    assert (len(pdfmetrics._fonts), len(pdfmetrics._dynFaceNames)) == kept


@pytest.mark.slow
def test_a_damaged_font_is_refused_or_drawn() -> None:
    """Where the table of letters is damaged, it is found when they are drawn."""
    said = set()
    choice = Random(5)
    for _ in range(200):
        font = bytearray(FONT)
        for _ in range(choice.choice((1, 5, 50, 2000))):
            font[choice.randrange(len(font))] = choice.randrange(256)
        try:
            page = card(passes(1), ENGLISH, SHANGHAI, font=bytes(font))
        except FormatError:
            continue
        try:
            to_pdf(page)
        except FormatError as error:
            said.add(str(error))
    assert said == {"not a TrueType font that can be embedded (OpenType with CFF outlines cannot)"}


@pytest.mark.parametrize("text", ["Health  pass", "Health pass " + " " * 80 + "x"])
def test_no_line_is_empty(text: str) -> None:
    page = card(passes(1), Language.from_toml(ENGLISH_FILE.replace("Health pass", text)), SHANGHAI)
    assert all(each.text == each.text.strip() and each.text and each.width > 0 for each in page.texts)
    assert to_pdf(page)


@pytest.mark.parametrize(
    "data", [b"", b"OTTO" + bytes(100), bytes(1000), b"\x00\x01\x00\x00\xff\xff" + bytes(10)], ids=len
)
def test_no_font(data: bytes) -> None:
    with pytest.raises(FormatError, match="not a TrueType font"):
        card(passes(1), ENGLISH, SHANGHAI, font=data)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Health pass", "x" * 60, "a word of this language does not fit"),
        ("Show it together with your identity document.", "Show it" + " show it" * 14, "do not fit: shorten"),
        ("Wednesday", "Wednesday-which-is-in-the-middle", "a word of this language does not fit"),
    ],
)
@pytest.mark.parametrize("make", [card, sheet])
def test_words_that_do_not_fit_are_not_cut_off(make: object, old: str, new: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        make(passes(1), Language.from_toml(ENGLISH_FILE.replace(old, new)), SHANGHAI)  # type: ignore[operator]  # card, sheet


@pytest.mark.parametrize("name", pictures())
def test_the_pictures_of_the_documentation(name: str) -> None:
    """`python -m tests.paper.pictures` draws them anew."""
    assert (IMAGES / name).read_text(encoding="utf-8") == pictures()[name]
