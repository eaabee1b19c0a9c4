"""`healthpass revoke` and `healthpass snapshot`: the platform takes passes back, and tells scanners."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass import issuer
from healthpass._files import PUBLIC_FOLDER, make_folder, remove
from healthpass.cli.context import FOLDER, IN_FILE, clock, json_option, now_option, publish, read, say
from healthpass.cli.hsm import open_signer, signer_options
from healthpass.cli.platform import open_ledger, read_window_keys
from healthpass.cli.publishing import (
    PIECE_SUFFIX,
    builders,
    pieces_named,
    publishing_options,
    remove_pieces_but,
    workers_option,
)
from healthpass.formats.notice import MAX_SIZE

SNAPSHOT_FILE = "snapshot.cbor"
DELTA_FILE = "delta.cbor"
_platform_option = click.option("--platform", type=FOLDER, required=True, help="The folder with keys and ledger.")


@click.command()
@_platform_option
@click.option("--notice", type=IN_FILE, help="A region's notice, from `attest revoke`.")
@click.option("--code", help="Instead: the recovery code of somebody whose phone is lost.")
@now_option
@json_option
def revoke(platform: Path, notice: Path | None, code: str | None, fixed: int | None, as_json: bool) -> None:
    """Take passes back for good. Scanners learn of it by the next snapshot or delta."""
    if (notice is None) == (code is None):
        raise click.UsageError("one of --notice and --code says what is revoked")
    with open_ledger(platform) as ledger:
        if notice is not None:
            count = issuer.revoke(ledger, read(notice, MAX_SIZE), now=clock(fixed))
        else:
            count = issuer.revoke_by_code(ledger, code or "", now=clock(fixed))
    say({"claims revoked": count}, as_json)


@click.command()
@_platform_option
@signer_options
@click.option("--out", type=FOLDER, required=True, help="The folder to publish.")
@click.option("--delta", is_flag=True, help="Only what was revoked since the snapshot that is in the folder.")
@publishing_options
@workers_option
@now_option
@json_option
def snapshot(
    platform: Path,
    key: Path | None,
    module: Path | None,
    token: str | None,
    key_label: str | None,
    out: Path,
    delta: bool,
    options: issuer.PublishingOptions,
    workers: int,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Publish what is revoked, signed by the revocation key.

    Writes OUT/snapshot.cbor and the filters that it names, OUT/DIGEST.filter; with --delta, OUT/delta.cbor, unless too
    few people are in it: then it waits for more, though not for ever, and the delta that is there stays. Filters that
    neither this snapshot names nor the one before it are removed. Run one of these at a time for a folder.
    """
    now = clock(fixed)
    keys = read_window_keys(platform)
    if not len(keys):
        raise click.ClickException(f"{platform}: no window keys")
    make_folder(str(out), PUBLIC_FOLDER)
    with open_ledger(platform) as ledger, open_signer(key, module, token, key_label) as signer:
        publisher = issuer.RevocationPublisher(keys, ledger, signer, options)
        say(_delta(publisher, out, now) if delta else _snapshot(publisher, out, now, workers), as_json)


def _delta(publisher: issuer.RevocationPublisher, out: Path, now: int) -> dict[str, object]:
    if not (out / SNAPSHOT_FILE).exists():
        raise click.ClickException(f"{out}: there is no snapshot yet; make one without --delta")
    made = publisher.delta(now)
    if made is None:
        return {"delta": "waits for more", "bytes": 0}
    publish(out / DELTA_FILE, made)
    return {"delta": str(out / DELTA_FILE), "bytes": len(made)}


def _snapshot(publisher: issuer.RevocationPublisher, out: Path, now: int, workers: int) -> dict[str, object]:
    with builders(workers) as executor:
        made, pieces = publisher.snapshot(now, executor)
    names = {digest + PIECE_SUFFIX: data for digest, data in pieces.items()}
    before = pieces_named(out / SNAPSHOT_FILE)
    for name, data in names.items():  # first: nobody fetches a snapshot whose filters are not there
        publish(out / name, data)
    publish(out / SNAPSHOT_FILE, made)
    remove(str(out / DELTA_FILE))  # if it stays, scanners refuse it: it adds to the snapshot before
    # Last: whoever has begun to fetch by the snapshot before this still finds its filters, until the next.
    removed = 0 if before is None else remove_pieces_but(out, before | names.keys())
    return {
        "snapshot": str(out / SNAPSHOT_FILE),
        "bytes": len(made),
        "filters": len(pieces),
        "bytes of filters": sum(map(len, pieces.values())),
        "filters removed": removed,
    }
