"""Whom a station, its region or the platform believes: the trust list, and the document keys, by options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from healthpass.cli.context import FOLDER, IN_FILE, about, parsed, parsed_text, read_roots
from healthpass.crypto.keyfile import parse_sealing_key
from healthpass.errors import TrustListRefused
from healthpass.formats.trust_list import TrustList
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import CLOCK_SKEW, seconds_late
from healthpass.verifier import TrustStore


@dataclass(frozen=True, slots=True)
class TrustOptions:
    """What the options name; `open` reads it."""

    roots: Path
    state: Path | None
    trust_list: Path | None
    sealing_key: Path | None = None
    document_keys: Path | None = None

    def open(self, now: int) -> TrustStore:
        """The store, with what was given to it first.

        Raises:
            click.UsageError: there is nothing to take a trust list from.
            BadInput: a file cannot be used, or the store does not take it.
        """
        if self.state is None and self.trust_list is None:
            raise click.UsageError("one of --state and --trust-list says whom to believe")
        key = None if self.sealing_key is None else parsed_text(self.sealing_key, parse_sealing_key)
        folder = None if self.state is None else str(self.state)
        store = TrustStore(read_roots(self.roots), folder, sealing_key=key)
        if self.trust_list is not None:
            parsed(self.trust_list, lambda data: store.update_trust_list(data, now=now))
        if self.document_keys is not None:
            parsed(self.document_keys, lambda data: store.update_document_keys(data, now=now))
        return store


def list_in_force(trust_list: Path, roots: Path, now: int) -> TrustList:
    """A trust list from a file, for a command that keeps none.

    Raises:
        FormatError, TrustListRefused: as `open_trust_list`; "trust-list-expired" (past its grace time: what the
            roots have taken out since still stands in it) or "clock-behind".
    """
    content = verified_list(trust_list, roots)
    with about(trust_list):
        if now < content.issued - CLOCK_SKEW:
            raise TrustListRefused("clock-behind", "the clock is behind the trust list: set the clock")
        if seconds_late(content, content.grace, now) is None:
            raise TrustListRefused("trust-list-expired", "the trust list is past its grace time: fetch the one of now")
    return content


def verified_list(trust_list: Path, roots: Path) -> TrustList:
    """A trust list from a file that these roots have signed, in force or not. Raises as `open_trust_list`."""
    pinned = read_roots(roots)
    return parsed(trust_list, lambda data: open_trust_list(data, pinned))


_TRUST_LIST = (
    click.option("--trust-list", type=IN_FILE, help="A trust list to take first."),
    click.option("--state", type=FOLDER, help="The folder where it is kept. Without it, nothing is kept."),
    click.option("--roots", type=IN_FILE, required=True, help="The file of pinned roots."),
)
_DOCUMENT_KEYS = (
    click.option("--document-keys", type=IN_FILE, help="A delivery of document keys to take first."),
    click.option("--sealing-key", type=IN_FILE, help="The private key file to which document keys are sealed."),
)


def trust_options(*, document_keys: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the options for a trust list and, if wanted, document keys; the command gets a `TrustOptions` as `trust`."""
    options = _DOCUMENT_KEYS + _TRUST_LIST if document_keys else _TRUST_LIST

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_trust(
            *args: Any,
            roots: Path,
            state: Path | None,
            trust_list: Path | None,
            sealing_key: Path | None = None,
            document_keys: Path | None = None,
            **others: Any,
        ) -> Any:
            trust = TrustOptions(roots, state, trust_list, sealing_key, document_keys)
            return command(*args, trust=trust, **others)

        named: Callable[..., Any] = with_trust
        for option in options:
            named = option(named)
        return named

    return decorate
