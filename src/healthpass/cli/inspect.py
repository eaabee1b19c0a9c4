"""`healthpass inspect`: any of our files or texts in readable form. Nothing that it prints has been verified."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass import Refused
from healthpass.cli.context import json_option, read, say
from healthpass.cli.describe import describe
from healthpass.errors import FormatError
from healthpass.formats.text import PLACE_PREFIX, decode_place_text, decode_text


@click.command()
@click.argument("source")
@json_option
def inspect(source: str, as_json: bool) -> None:
    """Describe SOURCE: a file of ours, or the text of a pass or a poster. No signature is checked, no secret shown."""
    say({**describe(_bytes_of(source)), "signatures": "not checked"}, as_json)


def _bytes_of(source: str) -> bytes:
    if source.startswith("HP"):
        return _pass(source)
    path = Path(source)
    if not path.is_file():
        raise click.UsageError("neither a file nor the text of a pass")
    data = read(path)
    return _pass(data.decode("ascii").rstrip("\r\n")) if data.startswith(b"HP") and data.isascii() else data


def _pass(text: str) -> bytes:
    if text.startswith(PLACE_PREFIX):
        return decode_place_text(text)
    try:
        return decode_text(text)
    except Refused as refusal:
        raise FormatError(f"not a pass that can be read: {refusal.code.name}") from None
