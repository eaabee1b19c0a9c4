"""The options of `healthpass root draft` that say what the next trust list changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from healthpass.authority import RootSet, TrustListBuilder
from healthpass.authority.policy_file import policy_from_toml
from healthpass.cli.context import IN_FILE, hex_bytes, parsed, parsed_text, read_roots
from healthpass.crypto.keyfile import parse_public_key
from healthpass.errors import FormatError
from healthpass.formats.check_policy import CheckPolicy, default_policy
from healthpass.formats.hand_in import parse_hand_in
from healthpass.formats.trust_list import TrustList

_OPTIONS = (
    click.option(
        "--windows",
        type=IN_FILE,
        multiple=True,
        help="A platform's platform.pub.cbor: windows to add, and its sealing keys from now on; repeatable.",
    ),
    click.option(
        "--revoked-by",
        type=IN_FILE,
        multiple=True,
        help="Where several may revoke: the public key file of who may under the windows of a --windows; one for each.",
    ),
    click.option("--remove-window", multiple=True, metavar="KID", help="A stolen window key to take out; repeatable."),
    click.option("--next-roots", type=IN_FILE, help="Rotate: the file of roots who sign from the next list on."),
    click.option("--registrar", type=IN_FILE, multiple=True, help="Public key file; all of those that are named."),
    click.option("--risk-office", type=IN_FILE, multiple=True, help="Public key file; all of those that are named."),
    click.option(
        "--revocation-key",
        type=IN_FILE,
        help="Public key file: who alone may revoke, under every window. A single key gets new windows without this.",
    ),
    click.option("--policy", help="'default', 'none', or a TOML file: where people may be checked, and how."),
)


def change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that `changed_list` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def changed_list(
    roots: RootSet,
    before: TrustList | None,
    now: int,
    *,
    clock_confirmed: bool = False,
    windows: tuple[Path, ...],
    revoked_by: tuple[Path, ...],
    remove_window: Iterable[str],
    next_roots: Path | None,
    registrar: tuple[Path, ...],
    risk_office: tuple[Path, ...],
    revocation_key: Path | None,
    policy: str | None,
) -> TrustList:
    """The next trust list.

    Raises:
        click.UsageError: `revoked_by` does not go with the windows, or with a single revocation key.
        BadInput: a file cannot be used, or what it says cannot be in this list.
    """
    if revoked_by and (len(revoked_by) != len(windows) or revocation_key is not None):
        raise click.UsageError("--revoked-by: one for each --windows, in their order, and without --revocation-key")
    builder = TrustListBuilder(
        roots if next_roots is None else read_roots(next_roots), before, clock_confirmed=clock_confirmed
    )
    for path, key in zip_longest(windows, revoked_by):
        builder.add_hand_in(parsed(path, parse_hand_in), revoked_by=None if key is None else _public_key(key))
    for kid in remove_window:
        builder.remove_window(parse_kid(kid))
    if registrar:
        builder.set_registrars(map(_public_key, registrar))
    if risk_office:
        builder.set_risk_offices(map(_public_key, risk_office))
    if policy is not None:
        builder.set_policy(_policy(policy))
    if revocation_key is not None:
        builder.set_revocation_keys({_public_key(revocation_key): ()})
    return builder.build(now=now)


def _public_key(path: Path) -> bytes:
    return parsed_text(path, parse_public_key)


def _policy(name: str) -> CheckPolicy | None:
    if name in ("default", "none"):
        return default_policy() if name == "default" else None
    if not Path(name).is_file():
        raise click.UsageError("--policy: 'default', 'none', or a file")
    return parsed_text(Path(name), policy_from_toml)


def parse_kid(text: str) -> bytes:
    """The 4 bytes of a kid in hexadecimal digits. Raises `FormatError`."""
    kid = hex_bytes(text)
    if kid is None:
        raise FormatError("a kid is 8 hexadecimal digits")
    return kid
