"""Pictures as screens, scanners, phones and other programs make them: what is read in them, and what counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import click
import pytest
from PIL import Image, ImageOps

from healthpass.cli import pictures, qr
from healthpass.cli.picture_reader import MAX_PIXELS, reduced, shrinking, texts_of
from healthpass.cli.pictures import read_image, the_pass
from healthpass.errors import FormatError
from tests.cli.terminal import Terminal
from tests.raising import raises

PASS, OTHER, POSTER, MENU = (
    "HP1:" + "A1B2C3" * 27,
    "HP1:" + "X9Y8Z7" * 27,
    "HPL1:" + "ABC" * 20,
    "HTTPS://EXAMPLE.ORG/MENU",
)
NOT_READ = "not a picture that can be read; save it anew: PNG, JPEG, WebP, BMP, GIF and TIFF are read"
SEVERAL = "there are two different passes in the picture; cut it to one of them"


@cache
def symbol(text: str = PASS) -> Image.Image:
    return Image.open(BytesIO(qr.png(text))).convert("L")


def page(size: tuple[int, int], *placed: tuple[Image.Image, tuple[int, int]], ground: int = 255) -> Image.Image:
    sheet = Image.new("L", size, ground)
    for image, at in placed:
        sheet.paste(image, at)
    return sheet


def beside(*texts: str) -> Image.Image:
    """Codes in a row."""
    wide = symbol().width + 60
    return page((wide * len(texts), symbol().height), *((symbol(text), (wide * n, 0)) for n, text in enumerate(texts)))


def transparent(mode: str, ink: int) -> Image.Image:
    """A code in one colour whose light modules are not there."""
    alpha, plain = ImageOps.invert(symbol()), Image.new("L", symbol().size, ink)
    return Image.merge(mode, (*[plain] * (len(mode) - 1), alpha))


def bare() -> Image.Image:
    """Without its quiet zone."""
    return ImageOps.crop(symbol(), 24)


def dark(*texts: str) -> Image.Image:
    """A page in dark mode: a code without its quiet zone below a line of light text."""
    width, height = bare().width + 300, bare().height + 300
    line = Image.new("L", (180, 12), 230)
    return page((width, height), (line, (20, 20)), (bare(), (140, 160)), ground=18)


def deep(mode: str) -> Image.Image:
    """Sixteen bits of grey, as flatbed scanners save."""
    return symbol().convert("I").point(lambda value: value * 257).convert(mode)


def indexed() -> Image.Image:
    image = symbol().convert("P")
    image.info["transparency"] = 255
    return image


def fax() -> tuple[Image.Image, dict[str, object]]:
    cover = Image.new("1", (600, 600), 1)
    return cover, {"save_all": True, "append_images": [cover, symbol().convert("1")], "compression": "group4"}


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "plain.png": symbol,
    "inverted.png": lambda: ImageOps.invert(symbol()),
    "turned.png": lambda: symbol().rotate(33, expand=True, fillcolor=255),
    "mirrored.png": lambda: ImageOps.mirror(symbol()),
    "black-transparent-la.png": lambda: transparent("LA", 0),
    "black-transparent-rgba.png": lambda: transparent("RGBA", 0),
    "white-transparent-rgba.png": lambda: transparent("RGBA", 255),
    "transparent.webp": lambda: transparent("RGBA", 0),
    "transparent.tif": lambda: transparent("RGBA", 0),
    "palette.png": lambda: symbol().convert("P"),
    "palette-transparent.png": indexed,
    "palette-transparent.gif": indexed,
    "deep.png": lambda: deep("I;16"),
    "deep.tif": lambda: deep("I;16"),
    "plain.bmp": symbol,
    "plain.webp": symbol,
    "colour.jpg": lambda: symbol().convert("RGB"),
    "cmyk.jpg": lambda: symbol().convert("CMYK"),
    "cmyk.tif": lambda: symbol().convert("CMYK"),
    "screenshot.gif": symbol,
    "fax.tif": lambda: symbol().convert("1"),
    "no-quiet-zone.png": bare,
    "dark-page-no-quiet-zone.png": lambda: page(
        (bare().width + 200, bare().height + 200), (bare(), (124, 124)), ground=0
    ),
    "dark-mode-with-text.png": dark,
    "with-a-menu.png": lambda: beside(PASS, MENU),
    "the-same-twice.png": lambda: beside(PASS, PASS),
    "a4-at-600-dpi.png": lambda: page((4960, 7016), (symbol().resize((900, 900)), (500, 700))),
    "a4-at-600-dpi-colour.tif": lambda: page((4960, 7016), (symbol().resize((900, 900)), (500, 700))).convert("RGB"),
    "50-megapixels.jpg": lambda: page((8160, 6120), (symbol().resize((2500, 2500)), (900, 900))),
    "50-megapixels-small-code.jpg": lambda: page((8160, 6120), (symbol().resize((270, 270)), (7700, 5700))),
}


@pytest.mark.parametrize("name", PICTURES)
def test_read(tmp_path: Path, name: str) -> None:
    PICTURES[name]().save(tmp_path / name)
    assert read_image(tmp_path / name) == [PASS]


def test_small_codes_of_large_pictures_are_found_piece_by_piece() -> None:
    """One of 2 pixels a module, where the whole picture, made smaller, has less than one."""
    large = page((7000, 5000), (symbol().resize((106, 106), Image.Resampling.BOX), (6500, 4700)))
    whole = reduced(large, (0, 0, *large.size), shrinking(large))
    assert whole.width * whole.height <= MAX_PIXELS
    assert texts_of(whole) == []
    big = page((7000, 5000), (symbol().resize((318, 318), Image.Resampling.BOX), (6500, 4500)))
    assert texts_of(big) == [PASS]


def test_a_strip_is_made_smaller_as_the_whole() -> None:
    wide = beside(PASS, OTHER, PASS).resize((2901, 3001))
    assert reduced(wide, (0, 0, 2901, 3001), 3).tobytes() == wide.reduce(3).tobytes()
    assert reduced(wide, (300, 600, 2400, 2700), 2).tobytes() == wide.crop((300, 600, 2400, 2700)).reduce(2).tobytes()


def test_the_pages_of_a_fax(tmp_path: Path) -> None:
    cover, options = fax()
    cover.save(tmp_path / "fax.tif", **options)  # type: ignore[arg-type]
    assert read_image(tmp_path / "fax.tif") == [PASS]


def test_the_name_does_not_matter(tmp_path: Path) -> None:
    symbol().save(tmp_path / "pass.jpg", "PNG")
    symbol().save(tmp_path / "pass", "GIF")
    assert read_image(tmp_path / "pass.jpg") == read_image(tmp_path / "pass") == [PASS]


def test_codes_that_begin_with_hp_count(tmp_path: Path) -> None:
    for texts, found in (
        ((MENU, PASS), {PASS}),
        ((PASS, OTHER, MENU), {PASS, OTHER}),
        ((POSTER, PASS), {POSTER, PASS}),
        ((MENU,), {MENU}),
    ):
        beside(*texts).save(tmp_path / "page.png")
        assert set(read_image(tmp_path / "page.png")) == found


def test_one_pass_is_meant() -> None:
    assert the_pass([PASS]) == the_pass([PASS, PASS]) == the_pass([MENU, PASS]) == the_pass([POSTER, PASS]) == PASS
    assert the_pass([MENU, POSTER]) == MENU
    assert the_pass([]) == ""
    with raises(FormatError, "several-passes", SEVERAL):
        the_pass([PASS, MENU, OTHER])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"GIF89a" + b"\xff" * 30,
        b"RIFF",
        b"%PDF-1.7\n",
        bytes(9999),
    ],
)
def test_no_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with raises(FormatError, "not-a-picture", NOT_READ):
        read_image(tmp_path / "x.png")


def test_kinds_that_are_not_read(tmp_path: Path) -> None:
    """Phones save HEIC and AVIF: the error says what to save instead."""
    symbol().save(tmp_path / "pass.avif")
    symbol().save(tmp_path / "pass.jp2")
    (tmp_path / "pass.heic").write_bytes(bytes.fromhex("000000186674797068656963") + bytes(200))
    for name in ("pass.avif", "pass.jp2", "pass.heic"):
        with raises(FormatError, "not-a-picture", NOT_READ):
            read_image(tmp_path / name)


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(click.ClickException, match="no such file"):
            read_image(path)


def test_without_its_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    symbol().save(tmp_path / "pass.png")
    (tmp_path / "zxingcpp.py").write_text("raise ModuleNotFoundError(name='zxingcpp')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(click.ClickException, match=r"needs pillow and zxing-cpp; pip install 'healthpass\[cli\]'"):
        read_image(tmp_path / "pass.png")


def test_nothing_in_the_current_folder_passes_for_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    symbol().save(tmp_path / "pass.png")
    (tmp_path / "zxingcpp.py").write_text("raise SystemExit(0)\n")
    monkeypatch.chdir(tmp_path)
    assert read_image(Path("pass.png")) == [PASS]


def test_every_suffix_that_is_read_names_a_picture() -> None:
    assert {Path(name).suffix for name in PICTURES} < pictures.IMAGE_SUFFIXES


def test_verify(terminal: Terminal) -> None:
    shown = [Image.open(BytesIO(qr.png(terminal.present()["text"]))).convert("L") for _ in range(2)]
    side = shown[0].width
    two = page((3 * side, side), (shown[0], (0, 0)), (shown[1], (side, 0)), (symbol(MENU), (2 * side, 0)))
    two.save(terminal.path("two.png"))
    said = terminal.run("verify", terminal.path("two.png"), *terminal.scanner(), code=2)
    assert said == f"error (several-passes): {terminal.path('two.png')}: {SEVERAL}\n"
    one = page((4 * side, side), (shown[0], (0, 0)), (shown[0], (side, 0)), (symbol(MENU), (2 * side, 0)))
    one.save(terminal.path("one.gif"))
    assert terminal.run("verify", terminal.path("one.gif"), *terminal.scanner()).startswith("ADMIT: GREEN")
    symbol(MENU).save(terminal.path("menu.tif"))
    assert terminal.run("verify", terminal.path("menu.tif"), *terminal.scanner(), code=1) == "REFUSE: NOT_A_PASS\n"


def test_inspect(terminal: Terminal) -> None:
    picture = terminal.path("pass.png")
    text = terminal.present("--png", picture)["text"]
    assert terminal.json("inspect", picture) == terminal.json("inspect", text)
    Image.new("L", (90, 90), 255).save(terminal.path("white.png"))
    said = terminal.run("inspect", terminal.path("white.png"), code=2)
    assert said == f"error (malformed): {terminal.path('white.png')}: not a pass that can be read: NOT_A_PASS\n"
    beside(PASS, OTHER).save(terminal.path("two.png"))
    said = terminal.run("inspect", terminal.path("two.png"), code=2)
    assert said == f"error (several-passes): {terminal.path('two.png')}: {SEVERAL}\n"
