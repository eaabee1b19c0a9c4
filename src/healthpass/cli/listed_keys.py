"""Which trust list a command checks its key with, before it signs what nobody would believe."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from healthpass.cli.context import IN_FILE, clock, read_signer
from healthpass.cli.platform import held_list
from healthpass.cli.trust_options import list_in_force
from healthpass.crypto.signer import Signer
from healthpass.formats.trust_list import TrustList
from healthpass.trust.roles import check_registrar

_OPTIONS = (
    click.option("--roots", "roots_file", type=IN_FILE, help="With --trust-list: the file of pinned roots."),
    click.option("--trust-list", "list_file", type=IN_FILE, help="The trust list that must name the key."),
)


def listed_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--trust-list` and `--roots` to a command with `now_option`, which gets the list that they name, if it is in
    force, as `listed`; None without them."""

    @wraps(command)
    def with_list(*args: Any, list_file: Path | None, roots_file: Path | None, **others: Any) -> Any:
        if (list_file is None) != (roots_file is None):
            raise click.UsageError("--trust-list and --roots go together")
        listed = None
        if list_file is not None and roots_file is not None:
            listed = list_in_force(list_file, roots_file, clock(others["fixed"]))
        return command(*args, listed=listed, **others)

    named: Callable[..., Any] = with_list
    for option in _OPTIONS:
        named = option(named)
    return named


def list_of_platform(platform: Path, listed: TrustList | None) -> TrustList:
    """The list that was named, or the one that the platform holds; without both, an error that says what to do."""
    found = held_list(platform) if listed is None else listed
    if found is None:
        raise click.ClickException(
            f"{platform}: no trust list to check the key with; name one with --trust-list and --roots"
        )
    return found


def read_registrar(path: Path, listed: TrustList | None) -> Signer:
    """A registrar's key file; where a list is at hand, one that it names. Raises `TrustListRefused`."""
    signer = read_signer(path)
    if listed is not None:
        check_registrar(signer.public_key, listed)
    return signer
