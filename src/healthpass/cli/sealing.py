"""`healthpass sealing`: the platform's sealing keys, and the file that it hands in to the roots."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from healthpass._files import read_secret
from healthpass._shown import digest_of
from healthpass.cli.clocks import acts
from healthpass.cli.context import FOLDER, clock, hex_bytes, json_option, publish, rewrite
from healthpass.cli.locks import alone_in
from healthpass.cli.output import Moment, say
from healthpass.cli.platform import PUBLIC_FILE, held_list, read_window_keys
from healthpass.errors import FormatError
from healthpass.formats.hand_in import encode_hand_in
from healthpass.issuer import SealingKeys, WindowKeys
from healthpass.issuer.platform import SEALING_FILE
from healthpass.issuer.sealing_keys import LATE, MAX_FILE_SIZE, MOST_DAYS, encode_sealing_keys, parse_sealing_keys

EVERY = "all"


@click.command()
@click.argument("platform", type=FOLDER)
@click.option("--name", help="The platform's in the trust list; 'national' by default. It stays once a list has it.")
@click.option(
    "--days", default=14, show_default=True, type=click.IntRange(1, MOST_DAYS), help="How many days to have keys for."
)
@click.option(
    "--drop", "stolen", multiple=True, metavar="KEY", help="A stolen or lost key to give up, or 'all'; repeatable."
)
@acts(platform="platform")
@json_option
def sealing(
    platform: Path, name: str | None, days: int, stolen: tuple[str, ...], fixed: int | None, as_json: bool
) -> None:
    """Make the platform's sealing keys for the coming days, and erase those that are over.

    Wallets seal to them what no region may read. A key begins each day at 00:00 UTC and lives 96 hours; an hour later
    its private half is erased. Writes PLATFORM/sealing.keys (secret) and PLATFORM/platform.pub.cbor, which
    `healthpass root draft` takes, and prints that file's digest. `healthpass windows` makes these keys too. A key that
    is given up is replaced, and what was sealed to it can be opened no more: regions make new offers.
    """
    now = clock(fixed)
    platform.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone_in(platform):
        windows = read_window_keys(platform)
        before = _named(platform, read_sealing_keys(platform, windows), name)
        keys = renewed(_without_stolen(before, stolen), now, days)
        digest = keep_and_hand_in(platform, windows, keys, now)
    live = keys.live(now)
    fields = {
        "name": keys.name,
        "sealing_keys": len(live),
        "covered_until": Moment(max(each.expires for each in live)),
        "digest": digest,
        "erased": len(set(before.entries) - set(keys.entries)),
        "written": [platform / PUBLIC_FILE],
    }
    say(fields, as_json)


def read_sealing_keys(platform: Path, windows: WindowKeys) -> SealingKeys:
    """The sealing keys in the folder. If there is no file yet: none, and the name under which the trust list that the
    platform holds has its windows."""
    data = read_secret(str(platform / SEALING_FILE), MAX_FILE_SIZE)
    if data is not None:
        return parse_sealing_keys(data)
    kids, content = {key.window.kid for key in windows}, held_list(platform)
    names = () if content is None else [each.name for each in content.platforms if kids.intersection(each.kids)]
    return SealingKeys.new(*names[:1])


def renewed(keys: SealingKeys, now: int, days: int) -> SealingKeys:
    """Without what is over, and with a key for each of the coming days, as many of them as may be listed."""
    return keys.erased(now).renewed(now, min(days, MOST_DAYS))


def keep_and_hand_in(platform: Path, windows: WindowKeys, keys: SealingKeys, now: int) -> bytes:
    """Write the sealing keys, then the public file. Returns the digest of that."""
    public = hand_in_of(windows, keys, now)
    keep_sealing_keys(platform, keys)
    publish(platform / PUBLIC_FILE, public)
    return digest_of(public)


def hand_in_of(windows: WindowKeys, keys: SealingKeys, now: int) -> bytes:
    """The file for the roots: what is not over. Raises `FormatError` for windows that no list may have."""
    return encode_hand_in(keys.name, (key.window for key in windows.live(now)), keys.live(now))


def keep_sealing_keys(platform: Path, keys: SealingKeys) -> None:
    """Write the file of private halves in the place of the one before."""
    rewrite(platform / SEALING_FILE, encode_sealing_keys(keys))


def erase_over(platform: Path, now: int) -> None:
    """Erase the private halves whose time is over, as every command does that is about to use or renew them."""
    none = WindowKeys([])
    if all(now < each.expires + LATE for each in read_sealing_keys(platform, none).entries):
        return
    with alone_in(platform):
        keep_sealing_keys(platform, read_sealing_keys(platform, none).erased(now))


def _named(platform: Path, keys: SealingKeys, name: str | None) -> SealingKeys:
    """The same under this name, unless a trust list knows the platform by another one."""
    if name in (None, keys.name):
        return keys
    content = held_list(platform)
    if content is not None and content.platform(keys.name) is not None:
        raise click.ClickException(
            "--name: the trust list has this platform under another name; another platform has a folder of its own"
        )
    return keys.named(str(name))


def _without_stolen(keys: SealingKeys, stolen: Iterable[str]) -> SealingKeys:
    """A mistyped key must not leave a stolen one in use."""
    named = set(stolen)
    if EVERY in named:
        return keys.dropping([each.key for each in keys.entries])
    return keys.dropping([_key(each) for each in named]) if named else keys


def _key(text: str) -> bytes:
    data = hex_bytes(text, 32)
    if data is None:
        raise FormatError("--drop: a sealing key is 64 hexadecimal digits, as `inspect` shows it, or 'all'")
    return data
