"""`healthpass station vouch` and `revoke`: what a station signs for the platform after a survey by hand."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass import Color
from healthpass.cli.clocks import acts
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    checked,
    clock,
    json_option,
    parsed,
    read_signer,
    wish_option,
    write,
)
from healthpass.cli.describe_documents import station_fields
from healthpass.cli.desk import certificate_option, document_option, key_option
from healthpass.cli.documents import document_number
from healthpass.cli.output import Moment, say
from healthpass.cli.trust_options import TrustOptions, trust_options
from healthpass.formats import cose
from healthpass.formats.document import Document
from healthpass.formats.station import MAX_SIZE as MAX_CERTIFICATE
from healthpass.formats.station_attestation import MAX_SIZE, StationAttestation, parse_station_attestation
from healthpass.station import Voucher
from healthpass.station.survey import MAX_FILE as MAX_ANSWERS
from healthpass.station.survey import grounds_digest, parse_answers_file
from healthpass.station.vouching import notice_for
from healthpass.verifier import TrustStore

COLORS = {each.name.lower(): each for each in Color}

platform_option = click.option(
    "--platform-name", help="Which platform is to issue, by its name in the trust list, if there are several."
)


@click.command("vouch")
@key_option
@certificate_option
@click.option("--color", type=click.Choice(list(COLORS)), required=True, help="What the survey gave: a person decides.")
@click.option("--answers", type=IN_FILE, required=True, help="What `station survey` has kept. It stays here.")
@document_option
@platform_option
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
    platform_name: str | None,
    out: Path,
    trust: TrustOptions,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Vouch for somebody after a survey by hand: for one document, and for today. `station issue` makes it a pass."""
    now = clock(fixed)
    voucher = open_voucher(key, certificate, trust.open(now), platform_name)
    grounds = grounds_digest(*parsed(answers, parse_answers_file, MAX_ANSWERS))
    with Document(kind, document_number(kind)) as document:
        data = voucher.vouch(document, COLORS[color], grounds, now=now)
    write(out, data)
    made = content_of(data)
    say({"reference": made.reference, "expires": Moment(made.expires), "written": [out]}, as_json)


@click.command("revoke")
@key_option
@click.option("--attestation", type=IN_FILE, required=True, help="What is taken back: what `station vouch` wrote.")
@wish_option
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the notice.")
@acts(key="key")
@json_option
def revoke_command(key: Path, attestation: Path, at_wish: bool, out: Path, fixed: int | None, as_json: bool) -> None:
    """Write a notice for the platform: the pass that it issued for this attestation is to be revoked."""
    data = checked(attestation, content_of, MAX_SIZE)
    write(out, notice_for(read_signer(key), data, now=clock(fixed), at_wish=at_wish))
    say({"reference": content_of(data).reference, "written": [out]}, as_json)


def open_voucher(key: Path, certificate: Path, store: TrustStore, platform_name: str | None) -> Voucher:
    """The station with its key and certificate."""
    certified = checked(certificate, station_fields, MAX_CERTIFICATE)
    return Voucher(read_signer(key), certified, store, platform_name)


def content_of(attestation: bytes) -> StationAttestation:
    """What a station's attestation says. The signature is not checked."""
    return parse_station_attestation(cose.decode_sign1(attestation, cose.STATION_ATTESTATION, MAX_SIZE).payload)
