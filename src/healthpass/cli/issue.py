"""`healthpass issue`: the platform recognises an attestation and signs its claims."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.clocks import acts
from healthpass.cli.context import FOLDER, IN_FILE, OUT_FILE, clock, json_option, read, say, write
from healthpass.cli.platform import open_issuer
from healthpass.formats.batch import encode_batch

_LONG = 500
"""Claims from which on a progress bar is worth drawing (about 20 ms)."""


@click.command()
@click.argument("attestation", type=IN_FILE)
@click.option("--platform", type=FOLDER, required=True, help="The folder with window keys, rules.toml and the ledger.")
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the batch for the wallet.")
@acts(platform="platform")
@json_option
def issue(attestation: Path, platform: Path, out: Path, fixed: int | None, as_json: bool) -> None:
    """Issue the claims that an attestation asks for. The same attestation again gives the same batch."""
    with open_issuer(platform) as issuer:
        batch = issuer.prepare(read(attestation), now=clock(fixed))
    with click.progressbar(batch, length=len(batch), label="Signing", hidden=len(batch) < _LONG or as_json) as bar:
        claims = list(bar)
    write(out, encode_batch(claims))
    say({"claims": len(claims), "batch": str(out)}, as_json)
