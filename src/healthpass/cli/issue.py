"""`healthpass issue`: the platform recognises what a region vouches for, and signs its claims."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.clocks import acts
from healthpass.cli.context import FOLDER, IN_FILE, OUT_FILE, clock, json_option, parsed, write
from healthpass.cli.output import say
from healthpass.cli.platform import open_issuer
from healthpass.cli.sealing import erase_over
from healthpass.formats.enrolment import MAX_SIZE

_LONG = 500
"""Claims from which on a progress bar is worth drawing (about 20 ms)."""


@click.command()
@click.argument("request", type=IN_FILE)
@click.option("--platform", type=FOLDER, required=True, help="The folder with window keys, rules.toml and the ledger.")
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the batch, for the wallet or to print.")
@acts(platform="platform")
@json_option
def issue(request: Path, platform: Path, out: Path, fixed: int | None, as_json: bool) -> None:
    """Issue what REQUEST asks for, which `healthpass attest` has made. The same request again gives the same claims.

    For a wallet the batch is sealed: the region hands it on, and cannot read it. On paper it is plain.

    PLATFORM/rules.toml says which regions are recognised, by their public keys, and what their words mean:

    \b
      [[attester]]
      region = "North"
      key = "what `healthpass inspect north.key.pub` shows"
      bindings = ["device"]    # and "document", "both"
      [attester.scale]
      "绿" = "green"
    """
    now = clock(fixed)
    erase_over(platform, now)
    with open_issuer(platform) as issuer:
        batch = parsed(request, lambda data: issuer.prepare(data, now=now), MAX_SIZE)
    with click.progressbar(batch, length=len(batch), label="Signing", hidden=len(batch) < _LONG or as_json) as bar:
        claims = list(bar)
    write(out, batch.message(claims))
    say({"claims": len(claims), "written": [out]}, as_json)
