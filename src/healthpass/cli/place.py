"""`healthpass place`: the registrar's certificates for venues, and the risk office's area table."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass._files import PUBLIC_FOLDER, make_folder
from healthpass._shown import digest_of
from healthpass.authority import Registrar, RiskOffice
from healthpass.cli import qr
from healthpass.cli.clocks import acts, check, confirm_option, floor_by
from healthpass.cli.context import (
    FOLDER,
    IN_FILE,
    OUT_FILE,
    checked,
    clock,
    json_option,
    now_option,
    publish,
    read,
    read_signer,
)
from healthpass.cli.groups import Listed
from healthpass.cli.listed_keys import listed_option, read_registrar
from healthpass.cli.locks import alone_in
from healthpass.cli.output import Moment, member, say
from healthpass.cli.trust_options import verified_list
from healthpass.errors import BadInput
from healthpass.formats import cose
from healthpass.formats.area_table import MAX_SIZE as MAX_TABLE
from healthpass.formats.area_table import AreaTable
from healthpass.formats.place import MAX_SIZE, PlaceClass, parse_place
from healthpass.formats.text import encode_place_text
from healthpass.formats.trust_list import TrustList
from healthpass.trust.areas import check_area_update, open_area_table
from healthpass.trust.roles import check_risk_office

CLASSES = {each.name.lower().replace("_", "-"): int(each) for each in PlaceClass}
DAY = 86_400
AREA_TABLE = "area-table.cbor"
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")


@click.group(cls=Listed)
def place() -> None:
    """Certify places where people may be checked, and publish the risk of areas."""


@place.command()
@click.option("--key", type=IN_FILE, required=True, help="The registrar's private key file.")
@click.option(
    "--class", "class_name", type=click.Choice(list(CLASSES)), required=True, help="What kind of place it is."
)
@click.option("--area", type=click.IntRange(0, 0xFFFFFFFF), required=True, help="The code of its area.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 30), help="How long it is certified.")
@click.option("--renew", "place_id", help="To renew: the place's id so far, 16 lower-case hexadecimal digits.")
@click.option("--png", type=OUT_FILE, help="Also write the poster's code as an image.")
@_out_option
@acts(key="key")
@listed_option
@json_option
def certify(
    key: Path,
    class_name: str,
    area: int,
    days: int,
    place_id: str | None,
    png: Path | None,
    out: Path,
    listed: TrustList | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Write the text of a venue's poster: its place certificate, good for at most 30 days."""
    registrar = Registrar(read_registrar(key, listed))
    data = registrar.certify(CLASSES[class_name], area, now=clock(fixed), lifetime=days * DAY, place_id=place_id)
    text = encode_place_text(data)
    publish(out, text + "\n")
    if png is not None:
        publish(png, qr.png(text, scale=10))
    made = parse_place(cose.decode_sign1(data, cose.PLACE, MAX_SIZE).payload)
    said = {
        "place_id": made.id,
        "place_class": member(PlaceClass, made.place_class),
        "area": area,
        "expires": Moment(made.expires),
    }
    written = [out] if png is None else [out, png]
    say({**said, "registrar": registrar.public_key, "digest": digest_of(data), "written": written}, as_json)


@place.command()
@click.option("--key", type=IN_FILE, required=True, help="The risk office's private key file.")
@click.option(
    "--version", type=click.IntRange(1, 0xFFFFFFFF), required=True, help="Higher than that of the last table."
)
@click.option("--medium", type=int, multiple=True, help="The code of an area of medium risk; may be repeated.")
@click.option("--high", type=int, multiple=True, help="The code of an area of high risk; may be repeated.")
@click.option("--days", default=2, show_default=True, type=click.IntRange(1, 30), help="How long it is good for.")
@_out_option
@acts(key="key")
@listed_option
@json_option
def table(
    key: Path,
    version: int,
    medium: tuple[int, ...],
    high: tuple[int, ...],
    days: int,
    out: Path,
    listed: TrustList | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Write an area table. Areas that it does not name are of low risk."""
    signer = read_signer(key)
    if listed is not None:
        check_risk_office(signer.public_key, listed)
    office = RiskOffice(signer)
    data = office.publish(version, now=clock(fixed), medium=medium, high=high, lifetime=days * DAY)
    publish(out, data)
    said = {"version": version, "medium": sorted(set(medium)), "high": sorted(set(high))}
    say({**said, "risk_office": office.public_key, "digest": digest_of(data), "written": [out]}, as_json)


@place.command("publish")
@click.argument("table_file", metavar="TABLE", type=IN_FILE)
@click.option("--trust-list", type=IN_FILE, required=True, help="The newest trust list: whom to believe.")
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@click.option("--to", "folder", type=FOLDER, required=True, help="The folder that everybody fetches from.")
@now_option
@confirm_option
@json_option
def publish_command(
    table_file: Path,
    trust_list: Path,
    roots_file: Path,
    folder: Path,
    fixed: int | None,
    confirmed: bool,
    as_json: bool,
) -> None:
    """Put an area table where everybody fetches it, in one step and for everybody to read.

    Refuses what scanners would refuse after the table that is there now. With --confirm-clock it may follow one that
    was dated in the future.
    """
    now, listed = clock(fixed), verified_list(trust_list, roots_file)
    data = checked(table_file, lambda data: open_area_table(data, listed), MAX_TABLE)
    newest = folder / AREA_TABLE
    make_folder(str(folder), PUBLIC_FOLDER)
    with alone_in(folder):  # of two at once, the older table must not come last
        floors = {}
        found = _table_there(newest, listed)
        if found is not None:
            signer, before, there = found
            check(before.issued, now, confirmed)
            floors[signer] = floor_by(before, there, now, confirmed)
        _, content, _ = check_area_update(data, listed, floors, now)
        publish(newest, data)
    say({"version": content.version, "expires": Moment(content.expires), "written": [newest]}, as_json)


def _table_there(newest: Path, listed: TrustList) -> tuple[bytes, AreaTable, bytes] | None:
    """Who signed the table that is published, its content and its bytes; None without one that scanners believe: of an
    office that is not listed any more, or damaged."""
    if not newest.exists():
        return None
    there = read(newest, MAX_TABLE)
    try:
        return *open_area_table(there, listed), there
    except BadInput:
        return None
