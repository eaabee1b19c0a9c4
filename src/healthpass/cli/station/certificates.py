"""`healthpass station certify`, `certify-region` and `issue`: what the registrar and the platform do for stations."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass._shown import digest_of
from healthpass.authority import Registrar
from healthpass.cli import qr
from healthpass.cli.clocks import acts
from healthpass.cli.context import FOLDER, IN_FILE, OUT_FILE, clock, json_option, parsed, parsed_text, publish, write
from healthpass.cli.listed_keys import listed_option, read_registrar
from healthpass.cli.output import Moment, say
from healthpass.cli.platform import open_ledger
from healthpass.cli.trust_options import TrustOptions, trust_options
from healthpass.crypto.keyfile import parse_public_key
from healthpass.formats import cose
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import parse_claim
from healthpass.formats.station import MAX_SIZE, parse_region, parse_station
from healthpass.formats.station_attestation import MAX_SIZE as MAX_ATTESTATION
from healthpass.formats.text import encode_text
from healthpass.formats.trust_list import TrustList
from healthpass.issuer import Issuer, PlatformFolder, StationIssuer
from healthpass.trust.assisted import fresh_list

DAY = 86_400
_registrar_option = click.option("--key", type=IN_FILE, required=True, help="The registrar's private key file.")
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")


@click.command("certify")
@_registrar_option
@click.option("--station", "public", type=IN_FILE, required=True, help="The station's public key file.")
@click.option("--area", type=click.IntRange(0, 0xFFFFFFFF), required=True, help="The code of its area.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 30), help="How long it is certified.")
@click.option("--renew", "station_id", help="To renew: the station's id so far, 16 lower-case hexadecimal digits.")
@_out_option
@acts(key="key")
@listed_option
@json_option
def certify_command(
    key: Path,
    public: Path,
    area: int,
    days: int,
    station_id: str | None,
    out: Path,
    listed: TrustList | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """As a registrar: write a station's certificate, good for at most 30 days."""
    registrar, station = Registrar(read_registrar(key, listed)), parsed_text(public, parse_public_key)
    lifetime = days * DAY
    data = registrar.certify_station(station, area, now=clock(fixed), lifetime=lifetime, station_id=station_id)
    publish(out, data)
    made = parse_station(cose.decode_sign1(data, cose.STATION, MAX_SIZE).payload)
    said = {"station_id": made.id, "key": station, "area": area, "expires": Moment(made.expires)}
    say({**said, "registrar": registrar.public_key, "digest": digest_of(data), "written": [out]}, as_json)


@click.command("certify-region")
@_registrar_option
@click.option("--region", "public", type=IN_FILE, required=True, help="The public key file of the region's attester.")
@click.option("--name", required=True, help="The region's name, for people at the desk.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 366), help="How long it is certified.")
@_out_option
@acts(key="key")
@listed_option
@json_option
def certify_region_command(
    key: Path, public: Path, name: str, days: int, out: Path, listed: TrustList | None, fixed: int | None, as_json: bool
) -> None:
    """As a registrar: write a region's certificate, by which stations know whom they ask."""
    registrar, region = Registrar(read_registrar(key, listed)), parsed_text(public, parse_public_key)
    data = registrar.certify_region(region, name, now=clock(fixed), lifetime=days * DAY)
    publish(out, data)
    made = parse_region(cose.decode_sign1(data, cose.REGION, MAX_SIZE).payload)
    said = {"name": made.name, "key": region, "expires": Moment(made.expires)}
    say({**said, "registrar": registrar.public_key, "digest": digest_of(data), "written": [out]}, as_json)


@click.command("issue")
@click.argument("attestation", type=IN_FILE)
@click.option(
    "--platform", type=FOLDER, required=True, help="The folder with window keys, stations.toml and the ledger."
)
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the pass: the text of its code.")
@click.option("--png", type=OUT_FILE, help="Also write the code as an image.")
@trust_options(document_keys=False)
@acts(platform="platform")
@json_option
def issue_command(
    attestation: Path,
    platform: Path,
    out: Path,
    png: Path | None,
    trust: TrustOptions,
    fixed: int | None,
    as_json: bool,
) -> None:
    """As the platform: issue the paper pass that a station vouches for. The same attestation gives the same pass.

    The station must be in PLATFORM/stations.toml, which `station add` writes; it also says how many passes it may have.
    """
    now = clock(fixed)
    store, folder = trust.open(now), PlatformFolder(platform)
    fresh_list(store, now)  # before a ledger is made
    if not len(folder.windows):
        raise click.ClickException(f"{platform}: no window keys; make some with `healthpass windows {platform}`")
    with open_ledger(platform, new=True) as ledger:
        # Of the regions' rules only the keys matter, which no station may have; they need not be there.
        issuer = Issuer.of_folder(folder, ledger)
        stations = StationIssuer(issuer, ledger, store)
        batch = parsed(attestation, lambda data: stations.issue(data, now=now), MAX_ATTESTATION)
    (claim,) = parse_batch(batch)
    text = encode_text(claim)
    write(out, text + "\n")
    if png is not None:
        write(png, qr.png(text))
    made = parse_claim(claim)
    written = [out] if png is None else [out, png]
    say({"color": made.color, "expires": Moment(made.exp), "written": written}, as_json)
