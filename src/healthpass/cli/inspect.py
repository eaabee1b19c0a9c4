"""`healthpass inspect`: any of our files or texts in readable form. Nothing that it prints has been verified."""

from __future__ import annotations

import os

import click

from healthpass.cli.context import about, json_option, parsed
from healthpass.cli.describe import describe
from healthpass.cli.kinds import bytes_behind, bytes_of
from healthpass.cli.output import Fields, say
from healthpass.cli.pictures import IMAGE_SUFFIXES, file_named, picture_options, read_image, the_pass


@click.command()
@click.argument("source")
@picture_options
@json_option
def inspect(source: str, picture_seconds: int, picture_memory: int, as_json: bool) -> None:
    """Describe SOURCE: a file of ours, the text of a pass or a poster, or a picture of its code.

    No signature is checked, no secret shown.
    """
    say({**_described(source, picture_seconds, picture_memory), "signatures": "not checked"}, as_json)


def _described(source: str, seconds: int, memory: int) -> Fields:
    path = file_named(source)
    if path is None and source.startswith("HP"):
        return describe(bytes_behind(source))
    if path is None or not path.is_file():
        if os.path.isdir(source):  # a text that is too long for a name, or has a NUL, is no folder
            raise click.UsageError(f"{source}: a folder; `healthpass doctor` looks at all of it")
        raise click.UsageError("neither a file nor the text of a pass; check the name")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        with about(path, picture=True):
            return describe(bytes_behind(the_pass(read_image(path, seconds=seconds, memory=memory))))
    return parsed(path, lambda data: describe(bytes_of(data)))
