"""`healthpass document-key`: make the key of document tags, and give it to regions and scanners, sealed to each."""

from __future__ import annotations

import os
from pathlib import Path

import click

from healthpass.authority import Registrar
from healthpass.cli.clocks import acts
from healthpass.cli.context import IN_FILE, OUT_FILE, clock, hex_bytes, json_option, parsed_text, write, write_new
from healthpass.cli.groups import Listed
from healthpass.cli.listed_keys import listed_option, read_registrar
from healthpass.cli.output import Moment, say
from healthpass.crypto.keyfile import encode_document_key, parse_document_key, parse_sealing_public_key
from healthpass.errors import FormatError
from healthpass.formats.document_keys import ID_SIZE, KEY_SIZE
from healthpass.formats.trust_list import TrustList

DAY = 86_400


@click.group("document-key", cls=Listed)
def document_key() -> None:
    """The key that ties passes to documents: `new`, and `deliver` it to each region and scanner."""


@document_key.command()
@click.argument("file", type=OUT_FILE)
@click.option("--id", "key_id", help="8 hexadecimal digits by which windows name it; random by default.")
@json_option
def new(file: Path, key_id: str | None, as_json: bool) -> None:
    """Make a document key: FILE, which is secret. Its id is printed, for `healthpass windows --document-key-id`."""
    named = os.urandom(ID_SIZE) if key_id is None else hex_bytes(key_id, ID_SIZE)
    if named is None:
        raise FormatError("a document key id is 8 hexadecimal digits")
    write_new(file, encode_document_key(named, os.urandom(KEY_SIZE)))
    say({"document_key_id": named, "written": [file]}, as_json)


@document_key.command()
@click.option("--key", type=IN_FILE, required=True, help="The registrar's private key file.")
@click.option("--to", "recipient", type=IN_FILE, required=True, help="The public sealing key of a region or scanner.")
@click.option("--keys", "files", type=IN_FILE, multiple=True, required=True, help="A document key file; repeatable.")
@click.option("--version", type=click.IntRange(1), required=True, help="Higher than in any delivery to it before.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="Within which it is taken.")
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the delivery.")
@acts(key="key")
@listed_option
@json_option
def deliver(
    key: Path,
    recipient: Path,
    files: tuple[Path, ...],
    version: int,
    days: int,
    out: Path,
    listed: TrustList | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Seal document keys to one region or scanner, in place of all that it was given before.

    To rotate: deliver the old key and the new one, and once no window names the old one, the new one alone.
    """
    now, keys = clock(fixed), [parsed_text(path, parse_document_key) for path in files]
    by_id = dict(keys)
    if len(by_id) < len(keys):
        raise FormatError("two document keys have one id")
    to = parsed_text(recipient, parse_sealing_public_key)
    made = Registrar(read_registrar(key, listed)).deliver_document_keys(
        by_id, to, version=version, now=now, lifetime=days * DAY
    )
    write(out, made)
    expires = Moment(now + days * DAY)
    say({"recipient": to, "keys": len(by_id), "version": version, "expires": expires, "written": [out]}, as_json)
