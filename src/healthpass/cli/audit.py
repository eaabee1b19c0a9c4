"""`healthpass audit`: is a region's log of assisted queries as it was written, and was somebody asked about?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from nacl.utils import random

from healthpass.attester.audit import KEY_SIZE, AuditError, AuditLog, Problem, check_log, checkpoint_of, find_entries
from healthpass.attester.audit_note import MAX_NOTE
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    clock,
    hex_bytes,
    json_option,
    now_option,
    parsed_text,
    read,
    read_signer,
    write,
    write_new,
)
from healthpass.cli.documents import document_number
from healthpass.cli.exits import REFUSED
from healthpass.cli.groups import Listed
from healthpass.cli.output import Fields, Moment, Told, echo, say
from healthpass.crypto.keyfile import parse_public_key
from healthpass.errors import FormatError
from healthpass.formats.document import TYPES, Document

_FIRST_LINE = "healthpass audit key 1"


@click.group(cls=Listed)
def audit() -> None:
    """A region's log of assisted queries: `check` it, sign a `checkpoint`, `find` the entries about a document."""


@audit.command()
@click.argument("file", type=OUT_FILE)
@json_option
def key(file: Path, as_json: bool) -> None:
    """Make the audit key of a new log. Who has it can tell of any document number whether it was asked about."""
    write_new(file, f"{_FIRST_LINE}\n{random(KEY_SIZE).hex()}\n")
    say({"written": [file]}, as_json)


@audit.command()
@click.argument("log", type=IN_FILE)
@click.option("--checkpoint", "files", type=IN_FILE, multiple=True, help="One that was given away; repeatable.")
@click.option("--key", "key_file", type=IN_FILE, help="The public key file of who signs the log's checkpoints.")
@click.option("--origin", help="The log's name; by default what the first checkpoint says.")
@json_option
def check(log: Path, files: tuple[Path, ...], key_file: Path | None, origin: str | None, as_json: bool) -> None:
    """Read a log from its first line, and compare it with checkpoints. Exits with 1 if anything is wrong.

    Without checkpoints only damage is found, and not what somebody has done who can write the file.
    """
    if files and key_file is None:
        raise click.UsageError("--key says whose checkpoints these are")
    public = None if key_file is None else parsed_text(key_file, parse_public_key)
    report = check_log(log, checkpoints=[read(file, MAX_NOTE) for file in files], key=public, origin=origin)
    fields: Fields = {
        "sound": Told(report.sound, "yes" if report.sound else "NOT SOUND"),
        "size": report.size,
        "covered": report.covered,
        "root": report.root,
        "clocks": [
            {"entry": each.entry, "before": Moment(each.before), "time": Moment(each.time)} for each in report.clocks
        ],
        "problems": [_shown(problem, files) for problem in report.problems],
    }
    say(fields, as_json)
    if not report.sound:
        click.get_current_context().exit(REFUSED)


@audit.command()
@click.argument("log", type=IN_FILE)
@click.option("--key", "key_file", type=IN_FILE, required=True, help="The private key file that signs checkpoints.")
@click.option("--origin", required=True, help="The log's name, always the same, such as audit.north.example/2027.")
@click.option("--previous", "files", type=IN_FILE, multiple=True, help="An earlier checkpoint to agree with.")
@click.option("--out", type=OUT_FILE, help="Where to write it, instead of to standard output.")
@json_option
def checkpoint(
    log: Path, key_file: Path, origin: str, files: tuple[Path, ...], out: Path | None, as_json: bool
) -> None:
    """Sign what the log holds now. The log may be being written meanwhile."""
    signer = read_signer(key_file)
    earlier = [read(file, MAX_NOTE) for file in files]
    note = checkpoint_of(log, signer, origin)
    report = check_log(log, checkpoints=earlier, key=signer.public_key, origin=origin)
    problems = [problem for problem in report.problems if problem.code != "unfinished"]
    if problems:
        raise AuditError(problems[0].code, f"no checkpoint is signed: {problems[0].message}")
    if out is not None:
        write(out, note)
    if out is None and not as_json:
        for line in note.splitlines():
            echo(line)
    else:
        say({"note": note if out is None else None, "written": [] if out is None else [out]}, as_json)


@audit.command("set-clock")
@click.argument("log", type=IN_FILE)
@click.option("--audit-key", "key_file", type=IN_FILE, required=True, help="The key file that `audit key` made.")
@now_option
@json_option
def set_clock(log: Path, key_file: Path, fixed: int | None, as_json: bool) -> None:
    """Let a log go on whose last entry is in the future, because the clock was ahead when it was written.

    Make sure first that the clock is right now. The log says for good that its clock was set back, and when; everybody
    who checks it is shown that.
    """
    now = clock(fixed)
    with AuditLog.open(log, key=parsed_text(key_file, parse_audit_key), create=False) as opened:
        before = opened.set_clock(now=now)
        say({"entry": opened.size, "before": Moment(before), "time": Moment(now)}, as_json)


@audit.command()
@click.argument("log", type=IN_FILE)
@click.option("--audit-key", "key_file", type=IN_FILE, required=True, help="The key file that `audit key` made.")
@click.option("--document", "kind", type=click.Choice(TYPES), required=True, help="The type of the person's document.")
@json_option
def find(log: Path, key_file: Path, kind: str, as_json: bool) -> None:
    """Show when, and by which station, somebody was asked about. The number is typed unseen, or is a line of stdin.

    The answer is `pass`, `not-known`, or `failed`: the person was looked up, and no answer left.
    """
    secret = parsed_text(key_file, parse_audit_key)
    with Document(kind, document_number(kind)) as document:
        found = find_entries(log, key=secret, document=document)
    entries = [
        {"entry": each.number, "time": Moment(each.time), "station_id": each.station, "answer": each.kind}
        for each in found
    ]
    say({"found": len(entries), "entries": entries}, as_json)


def parse_audit_key(text: str) -> bytes:
    """The 32 bytes of an audit key file. Raises `FormatError` if it is none."""
    first, _, rest = text.partition("\n")
    secret = hex_bytes(rest.removesuffix("\n"), KEY_SIZE)
    if first != _FIRST_LINE or secret is None:
        raise FormatError("not an audit key file: `healthpass audit key` makes one")
    return secret


def _shown(problem: Problem, files: Sequence[Path]) -> dict[str, Any]:
    checkpoint = None if problem.checkpoint is None else files[problem.checkpoint]
    return {"code": problem.code, "entry": problem.entry, "checkpoint": checkpoint, "message": problem.message}
