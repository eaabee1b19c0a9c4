"""`healthpass windows` and `healthpass hold`: the platform's window keys, and the trust list by which they may go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from healthpass.cli.clocks import acts, floor_by
from healthpass.cli.context import FOLDER, IN_FILE, checked, clock, hex_bytes, json_option, read, read_roots, rewrite
from healthpass.cli.locks import alone_in
from healthpass.cli.output import Moment, echo, say
from healthpass.cli.platform import (
    LEDGER_FILE,
    POSTGRES_FILE,
    PUBLIC_FILE,
    SECOND_PLACE_FILE,
    held_list,
    open_ledger,
    read_window_keys,
)
from healthpass.cli.sealing import erase_over, hand_in_of, keep_and_hand_in, read_sealing_keys, renewed
from healthpass.cli.trust_changes import parse_kid
from healthpass.errors import FormatError
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.trust_list import MAX_SIZE
from healthpass.issuer.issuer import forget
from healthpass.issuer.platform import KEYS_FILE, TRUST_LIST_FILE
from healthpass.issuer.sealing_keys import SealingKeys
from healthpass.issuer.window_keys import CAPACITY, DAY, WindowKey, WindowKeys, encode_window_keys
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import Floor, check_list_times, check_not_older, floor_of

START_HOUR = 4
"""Windows run from 04:00 to 04:00: few people are out then."""


@click.command()
@click.argument("platform", type=FOLDER)
@click.option(
    "--days", default=14, show_default=True, type=click.IntRange(1, 366), help="How many days to have keys for."
)
@click.option("--spares", default=0, show_default=True, type=click.IntRange(0, 8), help="Further kids for each day.")
@click.option("--capacity", default=CAPACITY, show_default=True, help="Claims under one kid: a power of four.")
@click.option("--utc-offset", default=8.0, show_default=True, help="Hours; a day runs from 04:00 to 04:00 there.")
@click.option("--drop", "stolen", multiple=True, metavar="KID", help="A stolen key to give up; repeatable.")
@click.option(
    "--second-place",
    type=click.Path(file_okay=False, path_type=Path),
    help="From now on the folder of the ledger's marks, best on another disk. Move what is in the one before.",
)
@click.option("--document-key-id", help="8 hexadecimal digits; also lets the windows bind claims to documents.")
@acts(platform="platform")
@json_option
def windows(
    platform: Path,
    days: int,
    spares: int,
    capacity: int,
    utc_offset: float,
    stolen: tuple[str, ...],
    second_place: Path | None,
    document_key_id: str | None,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Make the platform's window keys and sealing keys for the coming days, and forget those that are over.

    Writes PLATFORM/windows.cbor and PLATFORM/sealing.keys (both secret; `healthpass sealing` says more of the second)
    and PLATFORM/platform.pub.cbor, which `healthpass root draft` takes, and prints that file's digest: the platform
    reads it out to the roots, who see it before they sign. Days that have a window
    already keep it; a day whose key is given up gets another. Keys and ledger entries go for good once the platform
    holds a trust list (`healthpass hold`) that was issued more than an hour after their window's end.
    """
    now = clock(fixed)
    document_key = None if document_key_id is None else _four_bytes(document_key_id)
    start = _start_of_day(now, utc_offset)
    platform.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone_in(platform):
        if second_place is not None:
            rewrite(platform / SECOND_PLACE_FILE, f"{second_place.resolve()}\n".encode())
        keys = _without_stolen(read_window_keys(platform), stolen)
        known = {key.window.valid_from for key in keys}
        missing = [day for day in range(start, start + days * DAY, DAY) if day not in known]
        made = [_new(day, capacity, document_key) for day in missing for _ in range(1 + spares)]
        keys = WindowKeys([*keys, *made], keys.given_up)
        sealing = renewed(read_sealing_keys(platform, keys), now, days)
        digest = _keep(platform, keys, sealing, now)
        keys, forgotten = _forget(platform, keys)
    live = keys.live(now)
    fields = {
        "windows": len(live),
        "covered_until": Moment(max(key.window.expires for key in live)),
        "sealing_keys": len(sealing.live(now)),
        "digest": digest,
        "forgotten": forgotten,
        "over_and_kept": len(keys) - len(live),
        "written": [platform / PUBLIC_FILE],
    }
    say(fields, as_json)
    others = len({key.window.valid_from for key in live if key.window.document_key_id != document_key})
    if document_key is not None and others:
        echo(
            f"{others} days had windows before and keep them: these do not go by this document key, later ones will."
            " If nothing was issued yet, --drop KID makes a day's window anew; `healthpass inspect` shows the kids.",
            err=True,
        )


@click.command()
@click.argument("platform", type=FOLDER)
@click.argument("list_file", metavar="TRUST_LIST", type=IN_FILE)
@click.option("--roots", "roots_file", type=IN_FILE, help="The file of pinned roots: for the first list, or new pins.")
@acts(platform="platform", tell=True)
@json_option
def hold(
    platform: Path, list_file: Path, roots_file: Path | None, fixed: int | None, confirmed: bool, as_json: bool
) -> None:
    """Let the platform hold a published trust list, as PLATFORM/trust-list.cbor, after checking it as a scanner would.

    Windows are over when this list says so, whatever the platform's clock says. The first list is checked by --roots,
    later ones by the roots that the one before names; lists that change the roots are held in their order. With
    --confirm-clock it may follow a list that was dated in the future.
    """
    now = clock(fixed)
    platform.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone_in(platform):
        before = held_list(platform)
        if roots_file is None and before is None:
            raise click.UsageError("--roots says who must have signed the first list")
        roots = before.roots if before is not None and roots_file is None else read_roots(roots_file)  # type: ignore[arg-type]  # one of the two is there
        data = checked(list_file, lambda data: open_trust_list(data, roots), MAX_SIZE)
        content, floor = open_trust_list(data, roots), Floor()
        if before is not None:
            floor = floor_by(before, read(platform / TRUST_LIST_FILE, MAX_SIZE), now, confirmed)
        check_not_older(floor_of(content, data), floor)
        check_list_times(content, roots, floor, now)
        rewrite(platform / TRUST_LIST_FILE, data)
    erase_over(platform, now)
    say({"version": content.version, "issued": Moment(content.issued)}, as_json)


def _without_stolen(keys: WindowKeys, stolen: Sequence[str]) -> WindowKeys:
    """A mistyped kid must not leave a stolen key in use; one that was given up before is no mistake."""
    kids = {parse_kid(kid) for kid in stolen}
    if kids - {key.window.kid for key in keys} - {window.kid for window in keys.given_up}:
        raise click.ClickException("--drop: the platform has no window of this kid; `inspect` shows those it has")
    return keys.giving_up(kids)


def _keep(platform: Path, keys: WindowKeys, sealing: SealingKeys, now: int) -> bytes:
    """Write all three files. Returns the digest of the public one."""
    hand_in_of(keys, sealing, now)  # first: it refuses days that overlap others
    rewrite(platform / KEYS_FILE, encode_window_keys(keys))
    return keep_and_hand_in(platform, keys, sealing, now)


def _forget(platform: Path, keys: WindowKeys) -> tuple[WindowKeys, int]:
    """What stays when all is forgotten that may be, and how many windows that were.

    The ledger forgets first. Should that not be finished, the keys are still there to say what is left to do.
    """
    content = held_list(platform)
    finished: Sequence[bytes] = () if content is None else keys.finished(content)
    if not finished:
        return keys, 0
    left = keys.without(finished)
    if any((platform / name).exists() for name in (LEDGER_FILE, POSTGRES_FILE)):
        with open_ledger(platform) as ledger:
            forget(ledger, finished, left)
    rewrite(platform / KEYS_FILE, encode_window_keys(left))
    return left, len(finished)


def _new(valid_from: int, capacity: int, document_key_id: bytes | None) -> WindowKey:
    bindings = DEVICE if document_key_id is None else DEVICE | DOCUMENT | BOTH
    return WindowKey.new(
        valid_from, valid_from + DAY, capacity=capacity, bindings=bindings, document_key_id=document_key_id
    )


def _start_of_day(now: int, utc_offset: float) -> int:
    """The last 04:00, at that offset, that is not after `now`."""
    if not -14 <= utc_offset <= 14:
        raise FormatError("a UTC offset lies between -14 and 14 hours")
    since = (now + round(utc_offset * 3600) - START_HOUR * 3600) % DAY
    return now - since


def _four_bytes(text: str) -> bytes:
    data = hex_bytes(text, 4)
    if data is None:
        raise FormatError("a document key id is 8 hexadecimal digits")
    return data
