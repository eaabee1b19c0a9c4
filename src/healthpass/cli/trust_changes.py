"""The options of `healthpass root draft` that say what the next trust list changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from healthpass.authority import RootSet, TrustListBuilder
from healthpass.authority.policy_file import policy_from_toml
from healthpass.cli.context import IN_FILE, hex_bytes, read, read_roots, read_text
from healthpass.crypto.keyfile import parse_public_key
from healthpass.errors import FormatError
from healthpass.formats.check_policy import CheckPolicy, default_policy
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window_set import parse_windows

_OPTIONS = (
    click.option("--windows", type=IN_FILE, help="The platform's windows.pub.cbor: windows to add."),
    click.option("--remove-window", multiple=True, metavar="KID", help="A stolen window key to take out; repeatable."),
    click.option("--next-roots", type=IN_FILE, help="Rotate: the file of roots who sign from the next list on."),
    click.option("--registrar", type=IN_FILE, multiple=True, help="Public key file; all of those that are named."),
    click.option("--risk-office", type=IN_FILE, multiple=True, help="Public key file; all of those that are named."),
    click.option("--revocation-key", type=IN_FILE, help="Public key file: who may revoke, under every listed window."),
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
    windows: Path | None,
    remove_window: Iterable[str],
    next_roots: Path | None,
    registrar: tuple[Path, ...],
    risk_office: tuple[Path, ...],
    revocation_key: Path | None,
    policy: str | None,
) -> TrustList:
    """The next trust list."""
    builder = TrustListBuilder(roots if next_roots is None else read_roots(next_roots), before)
    if windows is not None:
        builder.add_windows(parse_windows(read(windows)))
    for kid in remove_window:
        builder.remove_window(parse_kid(kid))
    if registrar:
        builder.set_registrars(parse_public_key(read_text(path)) for path in registrar)
    if risk_office:
        builder.set_risk_offices(parse_public_key(read_text(path)) for path in risk_office)
    if policy is not None:
        builder.set_policy(_policy(policy))
    return _with_revoker(builder, before, now, revocation_key)


def _with_revoker(builder: TrustListBuilder, before: TrustList | None, now: int, path: Path | None) -> TrustList:
    """The list with one revocation key for all of its windows: the one that is named, or the only one so far, which
    so gets new windows too. Of several nobody can say whose a new window is; they stay as they are."""
    content = builder.build(now=now)
    keys = list(before.revocation_keys) if before is not None else []
    if path is not None:
        keys = [parse_public_key(read_text(path))]
    if len(keys) != 1 or not content.windows:
        return content
    return builder.set_revocation_keys({keys[0]: tuple(sorted(content.windows))}).build(now=now)


def _policy(name: str) -> CheckPolicy | None:
    if name in ("default", "none"):
        return default_policy() if name == "default" else None
    if not Path(name).is_file():
        raise click.UsageError("--policy: 'default', 'none', or a file")
    return policy_from_toml(read_text(Path(name)))


def parse_kid(text: str) -> bytes:
    """The 4 bytes of a kid in hexadecimal digits. Raises `FormatError`."""
    kid = hex_bytes(text)
    if kid is None:
        raise FormatError("a kid is 8 hexadecimal digits")
    return kid
