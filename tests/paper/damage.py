"""What happens to paper, on a rendered page: out of focus, grain, a crease, a stain. Sizes in millimetres of the paper.

The limits are what docs/situations/paper.md states. Everything comes from a seed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from healthpass.cli.picture_reader import texts_of
from healthpass.paper.layout import MODULE, Page
from healthpass.paper.qr import QUIET_ZONE

BLUR_MM = 0.25
"""Standard deviation of the blur: more than a third of a module."""
NOISE = 0.30
"""How much of each pixel is random grey."""
CREASE_MM = 0.7
"""Width of a white line across the code, along its rows or columns, between the squares in its corners: a module."""
WORN_CREASE_MM, WORN_CREASE = 0.5, 0.5
"""The same anywhere, through the squares as well, where half of the ink is still there and the camera is not sharp."""
WORN_BLUR_MM = 0.15
STAIN_MM, STAIN = 4.0, 0.4
"""Diameter and opacity of a blot, anywhere on the code."""
TOGETHER_CREASE_MM, TOGETHER_STAIN_MM, TOGETHER_STAIN, TOGETHER_BLUR_MM, TOGETHER_NOISE = 0.5, 3.0, 0.3, 0.10, 0.10
"""All four at once: a white crease, a blot, a blur and noise."""
STAIN_GREY = 90
MM_PER_INCH = 25.4
POINTS_PER_INCH = 72


def require_poppler(program: str) -> None:
    """Skips the test where this program of poppler is not installed, or fails it where HEALTHPASS_REQUIRE_POPPLER=1."""
    if shutil.which(program) is None:
        if os.environ.get("HEALTHPASS_REQUIRE_POPPLER") == "1":
            pytest.fail("poppler is not installed")
        pytest.skip("poppler is not installed: apt-get install poppler-utils")


def render(pdf: bytes, dpi: int, folder: Path) -> Image.Image:
    """The first page in grey, by poppler; see `require_poppler`."""
    require_poppler("pdftoppm")
    file = folder / "page.pdf"
    file.write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", str(file), str(folder / "page")],
        check=True,
        capture_output=True,
    )
    with Image.open(folder / "page.pgm") as image:
        return image.convert("L")


def read(image: Image.Image) -> list[str]:
    """The texts of all codes in the picture, as `healthpass verify` finds them, but in this process."""
    return texts_of(image)


def blurred(image: Image.Image, dpi: int, mm: float = BLUR_MM) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(mm * dpi / MM_PER_INCH))


def noisy(image: Image.Image, seed: int, share: float = NOISE) -> Image.Image:
    grain = Image.frombytes("L", image.size, Random(seed).randbytes(image.width * image.height))
    return Image.blend(image, grain, share)


def symbols(page: Page, dpi: int) -> list[tuple[float, float, float]]:
    """The codes without their quiet zones: left, top and side, in pixels."""
    scale = dpi / POINTS_PER_INCH
    quiet = QUIET_ZONE * MODULE
    return [((each.x + quiet) * scale, (each.y + quiet) * scale, each.modules * MODULE * scale) for each in page.codes]


def creased(
    image: Image.Image, page: Page, dpi: int, seed: int, mm: float = CREASE_MM, opacity: float = 1.0, first: int = 10
) -> Image.Image:
    """A white line through every code, along its rows or its columns, at a slant of up to a tenth.

    Args:
        opacity: how much of the ink is gone.
        first: the line keeps this many modules away from the sides that it runs along; the squares have seven.
    """
    random, mask = Random(seed), Image.new("L", image.size, 0)
    pen, width = ImageDraw.Draw(mask), max(1, round(mm * dpi / MM_PER_INCH))
    for left, top, side in symbols(page, dpi):
        away = first * MODULE * dpi / POINTS_PER_INCH
        start = random.uniform(away, side - away)
        end = min(max(start + random.uniform(-0.1, 0.1) * side, away), side - away)
        if random.random() < 0.5:
            ends = [(left - 5, top + start), (left + side + 5, top + end)]
        else:
            ends = [(left + start, top - 5), (left + end, top + side + 5)]
        pen.line(ends, fill=round(255 * opacity), width=width)
    return Image.composite(Image.new("L", image.size, 255), image, mask)


def stained(
    image: Image.Image, page: Page, dpi: int, seed: int, mm: float = STAIN_MM, opacity: float = STAIN
) -> Image.Image:
    """A round dark blot on every code, its middle anywhere on it."""
    random, mask = Random(seed), Image.new("L", image.size, 0)
    pen, radius = ImageDraw.Draw(mask), mm / 2 * dpi / MM_PER_INCH
    for left, top, side in symbols(page, dpi):
        x, y = left + random.random() * side, top + random.random() * side
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=round(255 * opacity))
    return Image.composite(Image.new("L", image.size, STAIN_GREY), image, mask)


def worn(image: Image.Image, page: Page, dpi: int, seed: int) -> Image.Image:
    """A crease anywhere that has taken half of the ink, seen not quite sharply."""
    return blurred(creased(image, page, dpi, seed, WORN_CREASE_MM, WORN_CREASE, 0), dpi, WORN_BLUR_MM)


def together(image: Image.Image, page: Page, dpi: int, seed: int) -> Image.Image:
    """Crease, stain, blur and noise."""
    paper = creased(image, page, dpi, seed, TOGETHER_CREASE_MM)
    paper = stained(paper, page, dpi, seed + 1, TOGETHER_STAIN_MM, TOGETHER_STAIN)
    return noisy(blurred(paper, dpi, TOGETHER_BLUR_MM), seed + 2, TOGETHER_NOISE)
