"""`healthpass attest`: a region offers an enrolment, and vouches for the keys that come back."""

from __future__ import annotations

from pathlib import Path
from secrets import choice

import click

from healthpass.attester import Attester, Person
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    clock,
    hex_bytes,
    json_option,
    now_option,
    read,
    read_roots,
    read_signer,
    say,
    when,
    write,
)
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats import cose
from healthpass.formats.attestation import MAX_SIZE, parse_attestation
from healthpass.formats.enrolment import encode_offer, parse_offer
from healthpass.formats.window import Window
from healthpass.formats.window_set import parse_windows
from healthpass.trust.signed import open_trust_list

_key_option = click.option("--key", type=IN_FILE, required=True, help="The region's private key file.")
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")


@click.group()
def attest() -> None:
    """Vouch for a person's keys, as a region: `offer`, then `sign` the wallet's answer. Or take it back: `revoke`."""


@attest.command()
@_key_option
@click.option("--trust-list", type=IN_FILE, required=True, help="Where the windows are listed.")
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@click.option("--windows", "windows_file", type=IN_FILE, help="Only these: a platform's windows.pub.cbor.")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 64), help="How many windows, from now on.")
@click.option("--showings", default=24, show_default=True, type=click.IntRange(1, 4096), help="Claims for each window.")
@_out_option
@now_option
@json_option
def offer(
    key: Path,
    trust_list: Path,
    roots_file: Path,
    windows_file: Path | None,
    days: int,
    showings: int,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Write an offer for a wallet to answer. For each day one of its kids is taken, by chance: if the platform says
    that a window is full, offer again."""
    now = clock(fixed)
    listed = open_trust_list(read(trust_list), read_roots(roots_file)).windows
    if windows_file is not None:
        mine = {window.kid for window in parse_windows(read(windows_file))}
        listed = {kid: window for kid, window in listed.items() if kid in mine}
    by_start: dict[int, list[Window]] = {}
    for window in listed.values():
        if window.expires > now:
            by_start.setdefault(window.valid_from, []).append(window)
    chosen = [choice(by_start[start]) for start in sorted(by_start)[:days]]
    made = Attester(read_signer(key)).offer(chosen, showings)
    write(out, encode_offer(made))
    say({"windows": len(chosen), "keys": len(made.kids), "until": when(chosen[-1].expires) if chosen else "-"}, as_json)


@attest.command()
@_key_option
@click.option("--offer", "offer_file", type=IN_FILE, required=True, help="What `attest offer` wrote.")
@click.option("--answer", type=IN_FILE, required=True, help="What the wallet answered.")
@click.option("--color", required=True, help="The region's own word for what the person is, such as 绿.")
@_out_option
@now_option
def sign(key: Path, offer_file: Path, answer: Path, color: str, out: Path, fixed: int | None) -> None:
    """Check the wallet's proofs of possession and write the attestation for the platform."""
    attester = Attester(read_signer(key))
    made = parse_offer(read(offer_file))
    write(out, attester.attest(made, read(answer), [Person(color)], now=clock(fixed)))


@attest.command("revoke")
@_key_option
@click.option("--attestation", type=IN_FILE, help="What is taken back: what `attest sign` wrote.")
@click.option("--reference", help="Instead: its reference, 32 hexadecimal digits.")
@_out_option
@now_option
def revoke_command(key: Path, attestation: Path | None, reference: str | None, out: Path, fixed: int | None) -> None:
    """Write a notice for the platform: every pass that it issued for this attestation is to be revoked."""
    attester = Attester(read_signer(key))
    if (attestation is None) == (reference is None):
        raise click.UsageError("one of --attestation and --reference says what is taken back")
    if attestation is not None:
        message = cose.decode_sign1(read(attestation, MAX_SIZE), cose.ATTESTATION, MAX_SIZE)
        if message.key != attester.public_key:
            raise AttestationRefused("other-attester", "the attestation was made with another region's key")
        name = parse_attestation(message.payload).reference
    else:
        name = _reference(reference or "")
    write(out, attester.revoke(name, now=clock(fixed)))


def _reference(text: str) -> bytes:
    reference = hex_bytes(text)
    if reference is None:
        raise FormatError("a reference is 32 hexadecimal digits")
    return reference
