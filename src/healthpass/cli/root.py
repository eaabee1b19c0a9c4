"""`healthpass root`: the ceremony of a trust list, one step for each machine."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.authority import RootSet, TrustListBuilder, combine, draft, sign
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    clock,
    json_option,
    now_option,
    read,
    read_roots,
    read_signer,
    read_text,
    say,
    when,
    write,
)
from healthpass.crypto.keyfile import encode_roots, parse_public_key
from healthpass.formats.trust_list import parse_trust_list
from healthpass.formats.window_set import parse_windows
from healthpass.trust.signed import open_trust_list

_draft_argument = click.argument("draft_file", metavar="DRAFT", type=IN_FILE)
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")
_roots_option = click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")


@click.group()
def root() -> None:
    """Make a trust list: pin, draft, sign on each root's machine, combine."""


@root.command()
@click.argument("public_keys", type=IN_FILE, nargs=-1, required=True)
@click.option("--threshold", type=click.IntRange(1, 16), required=True, help="How many of them must sign.")
@_out_option
def pin(public_keys: tuple[Path, ...], threshold: int, out: Path) -> None:
    """Write the file of roots that scanners and wallets are built with, from public key files."""
    keys = [parse_public_key(read_text(path)) for path in public_keys]
    write(out, encode_roots(RootSet(threshold, tuple(keys))))


@root.command("draft")
@_roots_option
@click.option("--windows", "windows_file", type=IN_FILE, required=True, help="The platform's windows.pub.cbor.")
@click.option("--previous", type=IN_FILE, help="The trust list before this one; left out for the first.")
@_out_option
@now_option
@json_option
def draft_command(
    roots_file: Path, windows_file: Path, previous: Path | None, out: Path, fixed: int | None, as_json: bool
) -> None:
    """Write the draft that every root signs."""
    roots = read_roots(roots_file)
    before = None if previous is None else open_trust_list(read(previous), roots)
    builder = TrustListBuilder(roots, before).add_windows(parse_windows(read(windows_file)))
    payload = draft(builder.build(now=clock(fixed)))
    write(out, payload)
    say(_summary(payload), as_json)


@root.command("sign")
@_draft_argument
@click.option("--key", type=IN_FILE, required=True, help="This root's private key file.")
@_out_option
@json_option
def sign_command(draft_file: Path, key: Path, out: Path, as_json: bool) -> None:
    """Sign a draft with one root's key, on that root's machine. Prints what is signed."""
    payload = read(draft_file)
    say(_summary(payload), as_json)
    write(out, sign(payload, read_signer(key)))


@root.command("combine")
@_draft_argument
@click.argument("signatures", type=IN_FILE, nargs=-1, required=True)
@_roots_option
@_out_option
def combine_command(draft_file: Path, signatures: tuple[Path, ...], roots_file: Path, out: Path) -> None:
    """Put draft and signatures together, check the result as a scanner would, and write the trust list."""
    write(out, combine(read(draft_file), [read(path) for path in signatures], read_roots(roots_file)))


def _summary(payload: bytes) -> dict[str, object]:
    content = parse_trust_list(payload)
    return {
        "version": content.version,
        "issued": when(content.issued),
        "expires": when(content.expires),
        "roots": repr(content.roots),
        "windows": len(content.windows),
        "covered until": when(max(window.expires for window in content.windows.values())),
    }
