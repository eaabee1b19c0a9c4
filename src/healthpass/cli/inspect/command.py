"""`healthpass inspect`: any of our files or texts in readable form. Nothing that it prints has been verified."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

import click

from healthpass._texts import text_of
from healthpass.cli.context import about, json_option, read
from healthpass.cli.inspect.describe import describe
from healthpass.cli.output import say
from healthpass.cli.pictures import IMAGE_SUFFIXES, file_named, picture_options, read_image, the_pass
from healthpass.formats.text import PLACE_PREFIX, decode_place_text, decode_text

_TEXT = re.compile(rb"HP[0-9A-Z]{1,5}:")
"""What a text of ours begins with; files of ours may begin with HP too, and are no texts."""


@click.command()
@click.argument("source")
@picture_options
@json_option
def inspect(source: str, picture_seconds: int, picture_memory: int, as_json: bool) -> None:
    """Describe SOURCE: a file of ours, the text of a pass or a poster, or a picture of its code.

    No signature is checked, no secret shown.
    """
    data = _bytes_of(source, picture_seconds, picture_memory)
    say({**describe(data), "signatures": "not checked"}, as_json)


def _bytes_of(source: str, seconds: int, memory: int) -> bytes:
    path = file_named(source)
    if path is None and source.startswith("HP"):
        return _pass(source)
    if path is None or not path.is_file():
        raise click.UsageError("neither a file nor the text of a pass; check the name")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _pass(the_pass(read_image(path, seconds=seconds, memory=memory)))
    data = read(path)
    with about(path):
        return _pass(text_of(data).strip()) if _TEXT.match(data.removeprefix(BOM_UTF8)) else data


def _pass(text: str) -> bytes:
    return decode_place_text(text) if text.startswith(PLACE_PREFIX) else decode_text(text)
