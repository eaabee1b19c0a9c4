"""What kind of file of ours a file is, for whoever has named the wrong one; and the bytes behind a text of ours."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from pathlib import Path

from healthpass._files import read_capped
from healthpass._texts import text_of
from healthpass.cli.inspect.describe import describe
from healthpass.cli.pictures import IMAGE_SUFFIXES
from healthpass.errors import BadInput
from healthpass.formats.text import PLACE_PREFIX, decode_place_text, decode_text

PICTURE = "picture"
_TEXT = re.compile(rb"HP[0-9A-Z]{1,5}:")
"""What a text of ours begins with; files of ours may begin with HP too, and are no texts."""


def kind_of(path: Path, most: int) -> str | None:
    """The kind of file that `healthpass inspect` would say it is; None for one that is none of ours, damaged,
    or longer than `most` bytes."""
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return PICTURE
    try:
        data = read_capped(str(path), most)
        return None if data is None else str(describe(bytes_of(data))["kind"])
    except (BadInput, OSError):
        return None


def bytes_of(data: bytes) -> bytes:
    """A file's bytes; of a file with the text of a pass or a poster, the bytes behind that. Raises `FormatError`."""
    return bytes_behind(text_of(data).strip()) if _TEXT.match(data.removeprefix(BOM_UTF8)) else data


def bytes_behind(text: str) -> bytes:
    """The bytes behind the text of a pass or a poster. Raises `FormatError`."""
    return decode_place_text(text) if text.startswith(PLACE_PREFIX) else decode_text(text)
