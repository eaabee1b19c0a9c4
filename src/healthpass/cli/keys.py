"""`healthpass keygen` and `healthpass windows`: keys for roots and regions, and the platform's windows."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.context import (
    FOLDER,
    OUT_FILE,
    clock,
    hex_bytes,
    json_option,
    now_option,
    passphrase,
    publish,
    rewrite,
    say,
    when,
    write_new,
)
from healthpass.cli.platform import LEDGER_FILE, POSTGRES_FILE, PUBLIC_FILE, open_ledger, read_window_keys
from healthpass.cli.trust_changes import parse_kid
from healthpass.crypto.keyfile import (
    encode_private_key,
    encode_public_key,
    encode_sealing_key,
    encode_sealing_public_key,
)
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import FormatError
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.window_set import encode_windows
from healthpass.issuer.platform import KEYS_FILE
from healthpass.issuer.window_keys import CAPACITY, DAY, WindowKey, WindowKeys, WindowState, encode_window_keys

START_HOUR = 4
"""Windows run from 04:00 to 04:00: few people are out then."""


@click.command()
@click.argument("file", type=OUT_FILE)
@click.option(
    "--seal", is_flag=True, help="Seal the private key with a passphrase (asked for, or HEALTHPASS_PASSPHRASE)."
)
@click.option("--sealing", is_flag=True, help="An X25519 key instead, to which document keys are sealed.")
@json_option
def keygen(file: Path, seal: bool, sealing: bool, as_json: bool) -> None:
    """Make an Ed25519 key for a root or a region: FILE (private) and FILE.pub (public), both PEM."""
    if sealing:
        _sealing_key(file, seal, as_json)
        return
    signer = SoftwareSigner()
    write_new(file, encode_private_key(signer, passphrase(confirm=True) if seal else None))
    publish(file.with_name(file.name + ".pub"), encode_public_key(signer.public_key))
    say({"public key": signer.public_key.hex(), "private key file": str(file)}, as_json)


def _sealing_key(file: Path, with_passphrase: bool, as_json: bool) -> None:
    if with_passphrase:
        raise click.UsageError("a sealing key has no passphrase: a scanner starts with nobody there to type it")
    key = SealingKey()
    write_new(file, encode_sealing_key(key))
    publish(file.with_name(file.name + ".pub"), encode_sealing_public_key(key.public_key))
    say({"public sealing key": key.public_key.hex(), "private key file": str(file)}, as_json)


@click.command()
@click.argument("platform", type=FOLDER)
@click.option(
    "--days", default=14, show_default=True, type=click.IntRange(1, 366), help="How many days to have keys for."
)
@click.option("--spares", default=0, show_default=True, type=click.IntRange(0, 8), help="Further kids for each day.")
@click.option("--capacity", default=CAPACITY, show_default=True, help="Claims under one kid: a power of four.")
@click.option("--utc-offset", default=8.0, show_default=True, help="Hours; a day runs from 04:00 to 04:00 there.")
@click.option("--drop", "stolen", multiple=True, metavar="KID", help="A stolen key to give up; repeatable.")
@click.option("--document-key-id", help="8 hexadecimal digits; also lets the windows bind claims to documents.")
@now_option
@json_option
def windows(
    platform: Path,
    days: int,
    spares: int,
    capacity: int,
    utc_offset: float,
    stolen: tuple[str, ...],
    document_key_id: str | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Make the platform's window keys for the coming days, and forget those that are over.

    Writes PLATFORM/windows.cbor (secret) and PLATFORM/windows.pub.cbor, which `healthpass root draft` takes. Days that
    have a window already keep it; a day whose key is given up gets another. Windows that are over leave the ledger too.
    """
    now = clock(fixed)
    platform.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = read_window_keys(platform)
    given_up = {parse_kid(kid) for kid in stolen}
    keys = [key for key in before.live(now) if key.window.kid not in given_up]
    known = {key.window.valid_from for key in keys}
    document_key = None if document_key_id is None else _four_bytes(document_key_id)
    start = _start_of_day(now, utc_offset)
    for valid_from in range(start, start + days * DAY, DAY):
        if valid_from not in known:
            keys += [_new(valid_from, capacity, document_key) for _ in range(1 + spares)]
    listed = WindowKeys(keys)
    rewrite(platform / KEYS_FILE, encode_window_keys(listed))
    publish(platform / PUBLIC_FILE, encode_windows(key.window for key in listed))
    _forget(platform, [key.window.kid for key in before if key.state(now) is WindowState.OVER])
    until = max(key.window.expires for key in listed)
    say({"windows": len(listed), "until": when(until), "for the roots": str(platform / PUBLIC_FILE)}, as_json)


def _forget(platform: Path, kids: list[bytes]) -> None:
    if kids and any((platform / name).exists() for name in (LEDGER_FILE, POSTGRES_FILE)):
        with open_ledger(platform) as ledger:
            for kid in kids:
                ledger.drop(kid)


def _new(valid_from: int, capacity: int, document_key_id: bytes | None) -> WindowKey:
    bindings = DEVICE if document_key_id is None else DEVICE | DOCUMENT | BOTH
    return WindowKey.new(
        valid_from, valid_from + DAY, capacity=capacity, bindings=bindings, document_key_id=document_key_id
    )


def _start_of_day(now: int, utc_offset: float) -> int:
    """The last 04:00, at that offset, that is not after `now`."""
    if not -14 <= utc_offset <= 14:
        raise FormatError("a UTC offset lies between -14 and 14 hours")
    since = (now + round(utc_offset * 3600) - START_HOUR * 3600) % DAY
    return now - since


def _four_bytes(text: str) -> bytes:
    data = hex_bytes(text, 4)
    if data is None:
        raise FormatError("a document key id is 8 hexadecimal digits")
    return data
