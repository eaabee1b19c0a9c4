"""`healthpass recover`: a platform's ledger that came back from a backup is made usable again."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.context import FOLDER, json_option
from healthpass.cli.locks import alone_in
from healthpass.cli.output import say
from healthpass.cli.platform import open_ledger, read_window_keys
from healthpass.issuer.published_folder import PublishedFolder
from healthpass.issuer.recovering import published_numbers


@click.command()
@click.option("--platform", type=FOLDER, required=True, help="The folder with keys and ledger.")
@click.option(
    "--published",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="The folder that scanners fetch from; repeatable, one for each revocation key.",
)
@click.option("--nothing-published", is_flag=True, help="There is none: nothing was ever published.")
@click.option("--marks-lost", is_flag=True, help="Instead: the ledger is whole, and its second place is not.")
@json_option
def recover(
    platform: Path, published: tuple[Path, ...], nothing_published: bool, marks_lost: bool, as_json: bool
) -> None:
    """Make an old copy of a ledger usable again, or write the marks of a whole one anew.

    After a restore from a backup, `issue` and `revoke` say `ledger-behind`. This command gives up every number that may
    have been given since: nobody gets it any more, and it is revoked. It revokes again what is published as revoked,
    and lets versions go on above the published ones. Then make a snapshot, hand in the notices and codes since the
    backup, and have the regions vouch again. Run again, it does no harm.

    With --marks-lost nothing is given up. Never use it after a restore: nothing would tell any more what is lost.
    """
    if bool(published) + nothing_published + marks_lost != 1:
        raise click.UsageError("one of --published, --nothing-published and --marks-lost")
    with alone_in(platform), open_ledger(platform) as ledger:
        if marks_lost:
            ledger.write_marks_anew()
            say({"marks": "written anew"}, as_json)
            return
        found = published_numbers(map(PublishedFolder, published), read_window_keys(platform))
        done = ledger.recover(found.numbers, version=found.version)
    said: dict[str, object] = {
        "given_up": done.given_up,
        "windows": done.windows,
        "revoked_again": done.revoked_again,
        "version": done.version,
        "without_key": sorted(found.without_key),
    }
    say(said, as_json)
