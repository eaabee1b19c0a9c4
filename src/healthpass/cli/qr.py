"""QR codes: drawn for the terminal and as PNG by segno, read back from images by zxing-cpp."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image, UnidentifiedImageError

from healthpass.cli.context import read
from healthpass.errors import FormatError
from healthpass.paper.qr import QUIET_ZONE, draw

MAX_IMAGE_BYTES = 33_554_432
MAX_PIXELS = 25_000_000
"""A photograph of 5,800 x 4,300 pixels."""
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")

__all__ = ["QUIET_ZONE", "draw", "png", "read_image", "read_picture"]


def png(text: str, scale: int = 6) -> bytes:
    """The symbol as a PNG file, `scale` pixels for each module."""
    out = BytesIO()
    draw(text).save(out, kind="png", scale=scale, border=QUIET_ZONE)
    return out.getvalue()


def read_image(path: Path) -> list[str]:
    """The texts of all QR codes in an image file.

    Raises:
        FormatError: not an image, not PNG, JPEG, WebP or BMP, or larger than 32 MiB or 25 million pixels.
    """
    read(path, MAX_IMAGE_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise FormatError(f"an image over {MAX_PIXELS:,} pixels is not read")
                return read_picture(image.convert("L"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("not an image that can be read") from None


def read_picture(image: Image.Image) -> list[str]:
    """The texts of all QR codes in a picture of shades of grey."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in zxingcpp.read_barcodes(image, formats=formats)]
