"""`healthpass bundle`: one file with what scanners without a network need."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.authority.bundles import is_delta_of, make_bundle
from healthpass.cli.context import FOLDER, IN_FILE, OUT_FILE, checked, json_option, parsed, publish, read, read_poster
from healthpass.cli.describe_documents import delivery_fields
from healthpass.cli.describe_platform import trust_list_fields
from healthpass.cli.describe_revocation import delta_fields, snapshot_fields
from healthpass.cli.output import echo, say
from healthpass.formats import cose
from healthpass.formats.area_table import MAX_SIZE as MAX_TABLE
from healthpass.formats.bundle import MAX_SIZE
from healthpass.formats.text import decode_place_text
from healthpass.issuer.published_folder import DELTA_FILE, SNAPSHOT_FILE
from healthpass.verifier import TrustStore


@click.command()
@click.option("--trust-list", type=IN_FILE, required=True, help="The newest trust list.")
@click.option("--rotation", type=IN_FILE, multiple=True, help="A trust list that changed the roots; oldest first.")
@click.option("--area-table", type=IN_FILE, help="The area table of today.")
@click.option("--place", type=IN_FILE, multiple=True, help="A place: the text of its poster, in a file; repeatable.")
@click.option(
    "--revocation",
    type=FOLDER,
    multiple=True,
    help="A folder that `healthpass snapshot` writes: snapshot, delta and filters; one for each revocation key.",
)
@click.option("--document-keys", type=IN_FILE, multiple=True, help="A delivery, sealed to one scanner; repeatable.")
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")
@json_option
def bundle(
    trust_list: Path,
    rotation: tuple[Path, ...],
    area_table: Path | None,
    place: tuple[Path, ...],
    revocation: tuple[Path, ...],
    document_keys: tuple[Path, ...],
    out: Path,
    as_json: bool,
) -> None:
    """Put what scanners need into one file, for a cable, a stick or an SD card: `healthpass verify --bundle` takes it.

    Nothing in a bundle is believed for being in it: a scanner checks each part as if it had come by itself.
    """

    def piece(name: str) -> bytes:
        found = [path for folder in revocation if (path := folder / f"{name}.filter").exists()]
        if not found:
            raise KeyError
        return read(found[0], 67_108_864)

    data = make_bundle(
        checked(trust_list, trust_list_fields),
        rotations=[checked(path, trust_list_fields) for path in rotation],
        area_table=None if area_table is None else checked(area_table, _check_area_table),
        places=[decode_place_text(read_poster(path)) for path in place],
        revocations=[_published(folder) for folder in revocation],
        filters=piece,
        document_keys=[checked(path, delivery_fields) for path in document_keys],
    )
    publish(out, data)
    say({"bytes": len(data), "written": [out]}, as_json)


def _check_area_table(data: bytes) -> None:
    cose.decode_sign1(data, cose.AREA_TABLE, MAX_TABLE)


def _published(folder: Path) -> tuple[bytes, bytes | None]:
    snapshot, path = checked(folder / SNAPSHOT_FILE, snapshot_fields), folder / DELTA_FILE
    delta = checked(path, delta_fields) if path.exists() else None
    return snapshot, delta if delta is not None and is_delta_of(delta, snapshot) else None


def take_bundle(store: TrustStore, path: Path, now: int) -> bytes | None:
    """Take a bundle, say what of it was refused, and give the certificate of the one place in it, if it is one."""
    report = parsed(path, lambda data: store.update_bundle(data, now=now), MAX_SIZE)
    for name, error in report.refused:
        echo(f"{path}: {name}: refused ({error.code}): {error}", err=True)
    return report.places[0] if len(report.places) == 1 else None
