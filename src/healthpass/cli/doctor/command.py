"""`healthpass doctor`: what runs out when, and what is wrong, in anybody's folder or file. It only reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from healthpass.cli.context import (
    IN_FILE,
    PASSPHRASE,
    clock,
    json_option,
    now_option,
    passphrase,
    read,
    read_roots,
    read_text,
)
from healthpass.cli.doctor.disk import folder_findings, unreadable
from healthpass.cli.doctor.files import file_findings
from healthpass.cli.doctor.findings import STATES, WRONG, Finding, Round, worst
from healthpass.cli.doctor.platform import is_platform, platform_findings
from healthpass.cli.doctor.published import is_archived, is_published, published_findings
from healthpass.cli.doctor.scanner import is_scanner, scanner_findings
from healthpass.cli.output import echo, say
from healthpass.crypto.keyfile import parse_sealing_key
from healthpass.crypto.passphrase import is_sealed

EXIT = dict(zip(STATES, (0, 3, 2), strict=True))
"""The exit codes: all is well, something runs out soon, something is wrong."""
_DEEPEST = 3
"""Folders in folders in the one that was named."""
Examination = Callable[[Path, Round], Iterator[Finding]]
_ROLES: tuple[tuple[Callable[[set[str]], bool], Callable[[str], bool], Examination], ...] = (
    (is_platform, {"trust-list.cbor"}.__contains__, platform_findings),
    (is_scanner, {"trust-list.cbor", "area-table.cbor", "revocation", "documents"}.__contains__, scanner_findings),
    (is_published, is_archived, published_findings),
)
"""How a role's folder is known, what in it is not for the examination of single files, and its own examination."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--days",
    type=click.IntRange(0, 366),
    help="What runs out within so many days does so soon. By default each thing by its own life: in its last quarter.",
)
@click.option("--roots", "roots_file", type=IN_FILE, help="The pinned roots, to check a scanner's trust list by.")
@click.option("--sealing-key", type=IN_FILE, help="A scanner's private sealing key, to look for document keys.")
@now_option
@json_option
@click.pass_context
def doctor(
    ctx: click.Context,
    paths: tuple[Path, ...],
    days: int | None,
    roots_file: Path | None,
    sealing_key: Path | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Say of each PATH what runs out when, and what is wrong: the folder of a scanner, a platform, a region or a
    station, what is published, a wallet, or any file of ours. Folders are looked through with those in them.

    Nothing is changed. Exits with 0 if all is well, 3 if something runs out soon, 2 if something is wrong.
    """
    word = None
    if os.environ.get(PASSPHRASE) or any(each.is_file() and is_sealed(read(each)) for each in paths):
        word = passphrase()
    made = Round(
        clock(fixed),
        days,
        None if roots_file is None else read_roots(roots_file),
        None if sealing_key is None else parse_sealing_key(read_text(sealing_key)),
        word,
    )
    found = [finding for path in paths for finding in _examined(path, made, 0)]
    if not found:
        raise click.UsageError("nothing of ours that could run out is there")
    found.sort(key=lambda each: -STATES.index(each.state))
    say({"state": worst(found), "findings": [each.fields() for each in found]}, as_json)
    if worst(found) == WRONG:
        echo(f"error: {_summary(found)}", err=True)
    ctx.exit(EXIT[worst(found)])


def _summary(found: list[Finding]) -> str:
    """One line of what is worst, for a log or a mail."""
    more = sum(each.state == WRONG for each in found) - 1
    first = found[0]
    return f"{first.file}: {first.what}: {first.says}; {first.to_do}" + (f" (and {more} more)" if more else "")


def _examined(path: Path, made: Round, depth: int) -> Iterator[Finding]:
    """Of a file, or of a folder and those in it. What cannot be read is a finding too."""
    try:
        yield from _of_folder(path, made, depth) if path.is_dir() else file_findings(path, made)
    except OSError as error:
        yield unreadable(path, error)


def _of_folder(folder: Path, made: Round, depth: int) -> Iterator[Finding]:
    yield from folder_findings(folder)
    inside = sorted(folder.iterdir())
    names = {each.name for each in inside}
    is_seen: Callable[[str], bool] = set[str]().__contains__
    for is_one, looked_at, examine in _ROLES:
        if is_one(names):
            yield from examine(folder, made)
            is_seen = looked_at
            break
    for each in inside:
        if is_seen(each.name):
            continue
        if each.is_dir() and not each.is_symlink():
            if depth < _DEEPEST and not each.name.startswith("."):
                yield from _examined(each, made, depth + 1)
        elif each.is_file():
            yield from _examined(each, made, depth)
