"""`healthpass revoke` and `healthpass snapshot`: the platform takes passes back, and tells scanners."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass import issuer
from healthpass._files import PUBLIC_FOLDER, make_folder
from healthpass.cli.clocks import acts
from healthpass.cli.context import FOLDER, IN_FILE, clock, json_option, parsed
from healthpass.cli.hsm import open_signer, signer_options
from healthpass.cli.listed_keys import list_of_platform, listed_option
from healthpass.cli.output import Told, echo, say
from healthpass.cli.platform import held_list, open_ledger, read_window_keys
from healthpass.cli.publishing import builders, keep_dated_ahead, publishing_options, workers_option
from healthpass.formats.notice import MAX_SIZE
from healthpass.formats.trust_list import TrustList
from healthpass.issuer.published_folder import DELTA_FILE, SNAPSHOT_FILE, PublishedFolder

_platform_option = click.option("--platform", type=FOLDER, required=True, help="The folder with keys and ledger.")

_CODE_IS_SPENT = (
    "The code is used up. The person strikes it out on the slip and writes down the next, which `healthpass wallet code"
    " --used` prints; who has no wallet gets one from the region with new passes."
)


@click.command()
@_platform_option
@click.option("--notice", type=IN_FILE, help="A region's notice, from `attest revoke`.")
@click.option("--code", help="Instead: the recovery code of somebody whose phone is lost.")
@acts(platform="platform")
@json_option
def revoke(platform: Path, notice: Path | None, code: str | None, fixed: int | None, as_json: bool) -> None:
    """Take passes back for good. Scanners learn of it by the next snapshot or delta.

    The answer is "revoked"; or "kept": nothing was issued for it so far, and nothing will be. Should what it takes back
    come later, the platform refuses it.
    """
    if (notice is None) == (code is None):
        raise click.UsageError("one of --notice and --code says what is revoked")
    now = clock(fixed)
    state = issuer.PlatformFolder(platform).state()
    with open_ledger(platform, new=bool(len(state.windows))) as ledger:
        if notice is not None:
            done = parsed(notice, lambda data: issuer.revoke(ledger, data, state, now=now), MAX_SIZE)
        else:
            done = issuer.revoke_by_code(ledger, code or "", now=now)
    say({"answer": done.answer, "claims": done.claims}, as_json)
    if code is not None:
        echo(_CODE_IS_SPENT, err=True)
    _warn_of_gaps(platform, now)


def _warn_of_gaps(platform: Path, now: int) -> None:
    """A revocation is kept, whatever the list says; but somebody must hear that no scanner would learn of it."""
    listed = held_list(platform)
    if listed is None:
        return
    covered = {kid for kids in listed.revocation_keys.values() for kid in kids}
    live = [key.window.kid for key in read_window_keys(platform) if not key.window.is_over(now)]
    missing = sum(kid in listed.windows and kid not in covered for kid in live)
    if missing:
        echo(
            f"warning: the trust list names no revocation key for {missing} of the platform's windows:"
            " until one does, no scanner learns what is revoked under them",
            err=True,
        )


@click.command()
@_platform_option
@signer_options
@click.option("--out", type=FOLDER, required=True, help="The folder to publish.")
@click.option("--delta", is_flag=True, help="Only what was revoked since the snapshot that is in the folder.")
@acts(platform="platform", tell=True)
@listed_option
@publishing_options
@workers_option
@json_option
def snapshot(
    platform: Path,
    key: Path | None,
    module: Path | None,
    token: str | None,
    key_label: str | None,
    out: Path,
    delta: bool,
    listed: TrustList | None,
    options: issuer.PublishingOptions,
    workers: int,
    fixed: int | None,
    confirmed: bool,
    as_json: bool,
) -> None:
    """Publish what is revoked, signed by the revocation key.

    Writes OUT/snapshot.cbor and the filters that it names, OUT/DIGEST.filter; with --delta, OUT/delta.cbor, unless too
    few people are in it: then it waits for more, though not for ever, and the delta that is there stays. Filters that
    neither this snapshot names nor the one before it are removed.

    The trust list must name the key: the one that the platform holds, or that --trust-list names. What is in OUT
    decides what comes next: a snapshot or delta that scanners would refuse after it is not published, and what an
    earlier run has left half done is finished or taken back. Of two that run at once, the second is refused.

    With --confirm-clock, a snapshot takes the place of one that was dated in the future, which no scanner with a right
    clock has taken; what it replaces stays as OUT/dated-ahead-VERSION.cbor, for everybody to see.
    """
    now = clock(fixed)
    keys = read_window_keys(platform)
    if not len(keys):
        raise click.ClickException(f"{platform}: no window keys; make some with `healthpass windows`")
    believed = list_of_platform(platform, listed)
    make_folder(str(out), PUBLIC_FOLDER)
    folder = PublishedFolder(out)
    with open_ledger(platform) as ledger, open_signer(key, module, token, key_label) as signer:
        publisher = issuer.RevocationPublisher(keys, ledger, signer, folder, believed, options)
        if delta:
            said = _delta(publisher, out, now)
        else:
            ahead = keep_dated_ahead(out, now) if confirmed else []
            said = _snapshot(publisher, now, workers, confirmed)
            said |= {"filters_removed": folder.removed, "dated_ahead": ahead, "written": [out / SNAPSHOT_FILE]}
    say(said, as_json)


def _delta(publisher: issuer.RevocationPublisher, out: Path, now: int) -> dict[str, object]:
    made = publisher.delta(now)
    if made is None:
        return {"bytes": 0, "written": [], "waits": Told(True, "for more")}
    return {"bytes": len(made), "written": [out / DELTA_FILE], "waits": False}


def _snapshot(publisher: issuer.RevocationPublisher, now: int, workers: int, confirmed: bool) -> dict[str, object]:
    with builders(workers) as executor:
        made, pieces = publisher.snapshot(now, executor, clock_confirmed=confirmed)
    return {
        "bytes": len(made),
        "filters": len(pieces),
        "filter_bytes": sum(map(len, pieces.values())),
    }
