"""`healthpass root`: the ceremony of a trust list, one step for each machine."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from healthpass._files import PUBLIC_FOLDER, make_folder
from healthpass._shown import digest_of
from healthpass.authority import RootSet, combine, describe_changes, draft, sign
from healthpass.cli.clocks import check as check_clock
from healthpass.cli.clocks import confirm_option, floor_by
from healthpass.cli.context import (
    FOLDER,
    IN_FILE,
    OUT_FILE,
    checked,
    clock,
    json_option,
    now_option,
    parsed,
    parsed_text,
    read_roots,
    write,
)
from healthpass.cli.context import publish as put
from healthpass.cli.groups import Listed
from healthpass.cli.hsm import open_signer, signer_options
from healthpass.cli.locks import alone_in
from healthpass.cli.output import Moment, say
from healthpass.cli.platform import open_ledger
from healthpass.cli.trust_changes import change_options, changed_list, parse_kid
from healthpass.crypto.keyfile import encode_roots, parse_public_key
from healthpass.errors import FormatError
from healthpass.formats import cose
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.trust_list import MAX_SIZE, TrustList, parse_trust_list
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import Floor, check_not_older, check_times, floor_of

NEWEST = "trust-list.cbor"
_SIGNATURE_SIZE = 96
"""Bytes of a root's signature on a draft, with its key."""

_draft_argument = click.argument("draft_file", metavar="DRAFT", type=IN_FILE)
_list_argument = click.argument("list_file", metavar="TRUST_LIST", type=IN_FILE)
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")
_roots_option = click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
_windows_option = click.option(
    "--windows", type=IN_FILE, multiple=True, help="What a platform has handed in, to compare with; repeatable."
)
_previous_option = click.option("--previous", type=IN_FILE, help="The trust list before, to say what changes.")


@click.group(cls=Listed)
def root() -> None:
    """Make a trust list: pin, draft, sign on each root's machine, combine, check, publish."""


@root.command()
@click.argument("public_keys", type=IN_FILE, nargs=-1, required=True)
@click.option("--threshold", type=click.IntRange(1, 16), required=True, help="How many of them must sign.")
@_out_option
@json_option
def pin(public_keys: tuple[Path, ...], threshold: int, out: Path, as_json: bool) -> None:
    """Write the file of roots that scanners and wallets are built with, from public key files."""
    roots = RootSet(threshold, tuple(parsed_text(path, parse_public_key) for path in public_keys))
    text = encode_roots(roots)
    put(out, text)
    say(
        {"threshold": threshold, "roots": list(roots.keys), "digest": digest_of(text.encode()), "written": [out]},
        as_json,
    )


@root.command("draft")
@_roots_option
@click.option("--previous", type=IN_FILE, help="The trust list before this one; left out for the first.")
@change_options
@click.option(
    "--allow-gap",
    is_flag=True,
    help="In an emergency: although some moment of the list's life and grace has no window or no sealing key.",
)
@_out_option
@now_option
@confirm_option
@json_option
def draft_command(
    roots_file: Path,
    previous: Path | None,
    allow_gap: bool,
    out: Path,
    fixed: int | None,
    confirmed: bool,
    as_json: bool,
    **changes: Any,
) -> None:
    """Write the draft that every root signs, and say what it changes. What is not named stays as it is.

    The clock is compared with the issue of the list before; with --confirm-clock, that may be dated in the future.
    """
    roots, now = read_roots(roots_file), clock(fixed)
    before = None if previous is None else parsed(previous, lambda data: open_trust_list(data, roots))
    check_clock(None if before is None else before.issued, now, confirmed)
    content = changed_list(roots, before, now, clock_confirmed=confirmed, **changes)
    if previous is None and not changes["windows"]:
        raise click.UsageError("the first list needs --windows: the platform.pub.cbor of each platform")
    payload = draft(content, allow_gap=allow_gap)
    write(out, payload)
    say(_summary(payload, before, changes["windows"]) | {"written": [out]}, as_json)


@root.command("sign")
@_draft_argument
@signer_options
@_previous_option
@_windows_option
@click.option("--yes", is_flag=True, help="Do not ask before signing: for a program, after somebody has read it.")
@_out_option
@json_option
def sign_command(
    draft_file: Path,
    key: Path | None,
    module: Path | None,
    token: str | None,
    key_label: str | None,
    previous: Path | None,
    windows: tuple[Path, ...],
    yes: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Sign a draft with one root's key, on that root's machine, after saying what it changes and asking.

    Only a root that the draft names signs it, or one that --previous names, if the roots change. Without a terminal
    nobody can be asked, and nothing is signed unless --yes is given.
    """
    payload = checked(draft_file, parse_trust_list)
    before = None if previous is None else parsed(previous, _content)
    say(_summary(payload, before, windows), as_json)
    if not yes:
        _ask()
    with open_signer(key, module, token, key_label) as signer:
        write(out, sign(payload, signer, roots=None if before is None else before.roots))


def _ask() -> None:
    if not sys.stdin.isatty():
        raise click.ClickException("nothing is signed: there is no terminal to ask at; a program gives --yes")
    if not click.confirm("Sign this?", err=True):
        raise click.ClickException("nothing is signed: it was not confirmed")


@root.command("combine")
@_draft_argument
@click.argument("signatures", type=IN_FILE, nargs=-1, required=True)
@_roots_option
@_out_option
@json_option
def combine_command(draft_file: Path, signatures: tuple[Path, ...], roots_file: Path, out: Path, as_json: bool) -> None:
    """Put draft and signatures together, check the result as a scanner would, and write the trust list."""
    payload = checked(draft_file, parse_trust_list)
    signed = [checked(path, _check_signature) for path in signatures]
    put(out, combine(payload, signed, read_roots(roots_file)))
    say({"version": parse_trust_list(payload).version, "digest": digest_of(payload), "written": [out]}, as_json)


@root.command()
@_list_argument
@_roots_option
@_previous_option
@_windows_option
@json_option
def check(list_file: Path, roots_file: Path, previous: Path | None, windows: tuple[Path, ...], as_json: bool) -> None:
    """Check a trust list as a scanner with these roots would, and say what it changes."""
    roots = read_roots(roots_file)
    data = checked(list_file, lambda data: open_trust_list(data, roots), MAX_SIZE)
    say(_summary(_payload(data), None if previous is None else parsed(previous, _content), windows), as_json)


@root.command()
@_list_argument
@_roots_option
@click.option("--to", "folder", type=FOLDER, required=True, help="The folder that everybody fetches from.")
@now_option
@confirm_option
@json_option
def publish(list_file: Path, roots_file: Path, folder: Path, fixed: int | None, confirmed: bool, as_json: bool) -> None:
    """Put a checked trust list where everybody fetches it, in one step, and keep it there under its version.

    Refuses what scanners would refuse after the list that is there now. A list that changes the roots is also kept as
    rotation-VERSION.cbor, for scanners that were away. With --confirm-clock it may follow a list that was dated in the
    future, which stays under its version, for everybody to see.
    """
    roots = read_roots(roots_file)
    data = checked(list_file, lambda data: open_trust_list(data, roots), MAX_SIZE)
    content = _content(data)
    make_folder(str(folder), PUBLIC_FOLDER)
    with alone_in(folder):  # of two at once, the older list must not come last
        written = _publish(folder, data, content, clock(fixed), confirmed)
    say(
        {
            "version": content.version,
            "digest": digest_of(_payload(data)),
            "written": [folder / name for name in written],
        },
        as_json,
    )


def _publish(folder: Path, data: bytes, content: TrustList, now: int, confirmed: bool) -> list[str]:
    """The names of the files that were written; the newest list last, so that whoever sees it finds the others."""
    newest = folder / NEWEST
    before, floor = None, Floor()
    if newest.exists():
        there = checked(newest, _content, MAX_SIZE)
        before = _content(there)
        check_clock(before.issued, now, confirmed)
        floor = floor_by(before, there, now, confirmed)
    check_not_older(floor_of(content, data), floor)
    check_times(content, floor, now)
    written = [f"trust-list-{content.version}.cbor", NEWEST]
    if before is not None and before.roots != content.roots:
        written.insert(0, f"rotation-{content.version}.cbor")
    for name in written:
        put(folder / name, data)
    return written


@root.command()
@_list_argument
@click.argument("kid")
@click.option("--platform", type=FOLDER, help="The platform's folder, to count the claims that are issued.")
@now_option
@json_option
def impact(list_file: Path, kid: str, platform: Path | None, fixed: int | None, as_json: bool) -> None:
    """Say what removing the window KID (8 hexadecimal digits) would touch: its passes, and those of no other kid."""
    content, now = parsed(list_file, _content), clock(fixed)
    window = content.windows.get(parse_kid(kid))
    if window is None:
        raise click.ClickException("the trust list has no window of this kid; `inspect` shows those it has")
    period = (window.valid_from, window.expires)
    same = [each for each in content.windows.values() if (each.valid_from, each.expires) == period]
    fields: dict[str, object] = {
        "live_windows": int(not window.is_over(now)),
        "valid_from": Moment(window.valid_from),
        "expires": Moment(window.expires),
        "key": window.key,
        "other_kids": len(same) - 1,
        "claims": None,
    }
    if platform is not None:
        with open_ledger(platform, new=True) as ledger:
            fields["claims"] = ledger.issued(window.kid)
    say(fields, as_json)


def _check_signature(data: bytes) -> None:
    if len(data) != _SIGNATURE_SIZE:
        raise FormatError("not a root's signature on a draft, as `healthpass root sign` writes it")


def _content(data: bytes) -> TrustList:
    """What a trust list says; whoever uses this has it from a place that they trust, or only wants to look."""
    return parse_trust_list(_payload(data))


def _payload(data: bytes) -> bytes:
    return cose.decode_sign(data, cose.TRUST_LIST, MAX_SIZE).payload


def _summary(payload: bytes, before: TrustList | None, handed_in: Iterable[Path]) -> dict[str, object]:
    """What a signer reads; its digest is the same for all who have the same draft, or the list that is made of it."""
    content = parse_trust_list(payload)
    files = [parsed(path, parse_hand_in) for path in handed_in]
    return {
        "digest": digest_of(payload),
        "version": content.version,
        "issued": Moment(content.issued),
        "expires": Moment(content.expires),
        "threshold": content.roots.threshold,
        "roots": list(content.roots.keys),
        "windows": len(content.windows),
        "sealing_keys": len(content.sealing_keys()),
        "covered_until": Moment(max((window.expires for window in content.windows.values()), default=content.issued)),
        "changes": describe_changes(content, before, files),
    }
