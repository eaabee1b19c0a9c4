"""`healthpass station vouch` and `revoke`: what a station signs for the platform after a survey by hand."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass import Color
from healthpass.cli.clocks import acts
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    clock,
    hex_bytes,
    json_option,
    read,
    read_signer,
    say,
    when,
    wish_option,
    write,
)
from healthpass.cli.desk import certificate_option, document_option, key_option
from healthpass.cli.documents import document_number
from healthpass.cli.trust_options import TrustOptions, trust_options
from healthpass.errors import FormatError, StationRefused
from healthpass.formats import cose
from healthpass.formats.claim import DOCUMENT
from healthpass.formats.document import Document
from healthpass.formats.station import MAX_SIZE as MAX_CERTIFICATE
from healthpass.formats.station_attestation import MAX_SIZE, StationAttestation, parse_station_attestation
from healthpass.formats.window import Window
from healthpass.formats.window_set import parse_windows
from healthpass.station import Voucher
from healthpass.station.survey import MAX_FILE as MAX_ANSWERS
from healthpass.station.survey import grounds_digest, parse_answers_file
from healthpass.trust.assisted import fresh_list
from healthpass.trust.roles import check_no_role
from healthpass.trust.stations import open_station
from healthpass.verifier import TrustStore

COLORS = {each.name.lower(): each for each in Color}

windows_option = click.option(
    "--windows", type=IN_FILE, help="Only these: the platform's windows.pub.cbor, if there is more than one platform."
)
kid_option = click.option("--kid", help="8 hexadecimal digits: which window of now the platform offers, if several.")


@click.command("vouch")
@key_option
@certificate_option
@click.option("--color", type=click.Choice(list(COLORS)), required=True, help="What the survey gave: a person decides.")
@click.option("--answers", type=IN_FILE, required=True, help="What `station survey` has kept. It stays here.")
@document_option
@windows_option
@kid_option
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the attestation, for the platform.")
@trust_options(document_keys=True)
@acts(key="key")
@json_option
def vouch_command(
    key: Path,
    certificate: Path,
    color: str,
    answers: Path,
    kind: str,
    windows: Path | None,
    kid: str | None,
    out: Path,
    trust: TrustOptions,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Vouch for somebody after a survey by hand: for one document, and for today. `station issue` makes it a pass."""
    now = clock(fixed)
    store = trust.open(now)
    window = window_of_now(store, windows, kid, now)
    with Document(kind, document_number()) as document:
        data = vouch(store, window, document, key=key, certificate=certificate, color=color, answers=answers, now=now)
    write(out, data)
    made = content_of(data)
    say({"reference": made.reference, "kid": made.kid, "until": when(window.expires)}, as_json)


@click.command("revoke")
@key_option
@click.option("--attestation", type=IN_FILE, required=True, help="What is taken back: what `station vouch` wrote.")
@wish_option
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the notice.")
@acts(key="key")
def revoke_command(key: Path, attestation: Path, at_wish: bool, out: Path, fixed: int | None) -> None:
    """Write a notice for the platform: the pass that it issued for this attestation is to be revoked."""
    data = read(attestation, MAX_SIZE)
    voucher = Voucher(read_signer(key), content_of(data).certificate)
    write(out, voucher.revoke(data, now=clock(fixed), at_wish=at_wish))


def window_of_now(store: TrustStore, windows: Path | None, kid: str | None, now: int) -> Window:
    """The window under which a station may vouch.

    Raises:
        FormatError: the kid or the file of windows has not its form.
        StationRefused: "no-trust-list", or "no-window": none is open now for paper passes, or none of that kid.
        click.UsageError: there are several to choose from.
    """
    wanted = None if kid is None else hex_bytes(kid, 4)
    if kid is not None and wanted is None:
        raise FormatError("a kid is 8 hexadecimal digits")
    listed = fresh_list(store, now).windows
    mine = listed.keys() if windows is None else {window.kid for window in parse_windows(read(windows))}
    found = [
        window
        for window in listed.values()
        if window.kid in mine and window.is_open(now) and window.bindings & DOCUMENT and wanted in (None, window.kid)
    ]
    if not found:
        raise StationRefused("no-window", "the trust list has no such window that is open now for paper passes")
    if len(found) > 1:
        raise click.UsageError("several windows are open now: --kid says which of them the platform offers")
    return found[0]


def vouch(
    store: TrustStore,
    window: Window,
    document: Document,
    *,
    key: Path,
    certificate: Path,
    color: str,
    answers: Path,
    now: int,
) -> bytes:
    """The station's attestation, with the digest of the answers as its grounds."""
    document_key = store.document_key(window.document_key_id)
    if document_key is None:
        raise StationRefused("no-document-key", "the document key of the window is not here: fetch the keys")
    grounds = grounds_digest(*parse_answers_file(read(answers, MAX_ANSWERS)))
    signer, data = read_signer(key), read(certificate, MAX_CERTIFICATE)
    listed = fresh_list(store, now)
    if open_station(data, listed, now).key != signer.public_key:
        raise StationRefused("other-key", "the station's certificate is for another key")
    check_no_role(signer.public_key, listed)
    return Voucher(signer, data).vouch(document, COLORS[color], window, document_key, grounds, now=now)


def content_of(attestation: bytes) -> StationAttestation:
    """What a station's attestation says. The signature is not checked."""
    return parse_station_attestation(cose.decode_sign1(attestation, cose.STATION_ATTESTATION, MAX_SIZE).payload)
