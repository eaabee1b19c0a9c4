"""Which trust list a command checks its key with, before it signs what nobody would believe."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from healthpass.cli.context import IN_FILE, read, read_roots
from healthpass.cli.platform import held_list
from healthpass.formats.trust_list import TrustList
from healthpass.trust.signed import open_trust_list

_OPTIONS = (
    click.option("--roots", "roots_file", type=IN_FILE, help="With --trust-list: the file of pinned roots."),
    click.option("--trust-list", "list_file", type=IN_FILE, help="The trust list that must name the key."),
)


def listed_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--trust-list` and `--roots`; the command gets the list that they name as `listed`, None without them."""

    @wraps(command)
    def with_list(*args: Any, list_file: Path | None, roots_file: Path | None, **others: Any) -> Any:
        if (list_file is None) != (roots_file is None):
            raise click.UsageError("--trust-list and --roots go together")
        listed = None
        if list_file is not None and roots_file is not None:
            listed = open_trust_list(read(list_file), read_roots(roots_file))
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
