"""`healthpass keygen`: a private key and its public half, in two files that are there together or not at all."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.context import OUT_FILE, about, json_option, passphrase, publish, read_text, small_option, write_new
from healthpass.cli.locks import alone_in
from healthpass.cli.output import say
from healthpass.crypto.keyfile import (
    encode_private_key,
    encode_public_key,
    encode_sealing_key,
    encode_sealing_public_key,
    is_sealed_key,
    parse_private_key,
    parse_sealing_key,
)
from healthpass.crypto.passphrase import INTERACTIVE, MODERATE
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner

Key = SoftwareSigner | SealingKey


@click.command()
@click.argument("file", type=OUT_FILE)
@click.option(
    "--seal", is_flag=True, help="Seal the private key with a passphrase (asked for, or HEALTHPASS_PASSPHRASE)."
)
@click.option("--sealing", is_flag=True, help="An X25519 key instead, to which document keys are sealed.")
@small_option
@json_option
def keygen(file: Path, seal: bool, sealing: bool, small: bool, as_json: bool) -> None:
    """Make an Ed25519 key for a root or a region: FILE (private) and FILE.pub (public), both PEM.

    FILE comes first and FILE.pub last, so whoever has seen a public key can be sure that its private key is kept. If
    only FILE is there, because this command was interrupted, the same command again adds the FILE.pub that is its own.
    """
    if seal and sealing:
        raise click.UsageError("a sealing key has no passphrase: a scanner starts with nobody there to type it")
    word = passphrase(confirm=True) if seal else None
    public = file.with_name(file.name + ".pub")
    with alone_in(file.parent):
        if public.exists():
            other = "there already; it is not overwritten" if file.exists() else "another key's: choose another name"
            raise click.ClickException(f"{public} is {other}")
        if file.exists():
            key = _kept(file, sealing, word)
        else:
            key = SealingKey() if sealing else SoftwareSigner()
            with about(file):
                text = _private_text(key, word, INTERACTIVE if small else MODERATE)
            write_new(file, text)
        publish(public, _public_text(key))
    say({"public_key": key.public_key, "written": [file, public]}, as_json)


def _kept(file: Path, sealing: bool, word: str | None) -> Key:
    """The private key of a run that was interrupted before it wrote the public one."""
    text = read_text(file)
    if is_sealed_key(text) != (word is not None):
        raise click.ClickException(f"{file} is there already, {'without' if word else 'with'} a passphrase")
    with about(file):
        return parse_sealing_key(text) if sealing else parse_private_key(text, word)


def _private_text(key: Key, word: str | None, level: int) -> str:
    return encode_sealing_key(key) if isinstance(key, SealingKey) else encode_private_key(key, word, level)


def _public_text(key: Key) -> str:
    encode = encode_sealing_public_key if isinstance(key, SealingKey) else encode_public_key
    return encode(key.public_key)
