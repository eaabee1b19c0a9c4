"""The platform's folder: its window keys, its ledger and its recognition rules."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.context import read, read_text
from healthpass.issuer import Issuer, RecognitionRules, SQLiteLedger, WindowKeys
from healthpass.issuer.window_keys import MAX_FILE_SIZE, parse_window_keys

KEYS_FILE = "windows.cbor"
PUBLIC_FILE = "windows.pub.cbor"
LEDGER_FILE = "ledger.sqlite"
RULES_FILE = "rules.toml"


def read_window_keys(platform: Path) -> WindowKeys:
    """The window keys in the folder; none if there is no file yet."""
    path = platform / KEYS_FILE
    return parse_window_keys(read(path, MAX_FILE_SIZE)) if path.exists() else WindowKeys([])


def open_ledger(platform: Path) -> SQLiteLedger:
    """The ledger in the folder, which must be there: nothing was issued without it."""
    path = platform / LEDGER_FILE
    if not path.exists():
        raise click.ClickException(f"{platform}: no ledger; nothing was issued here yet")
    return SQLiteLedger(path)


def open_issuer(platform: Path) -> Issuer:
    """The issuer with what is in the folder."""
    rules = platform / RULES_FILE
    if not rules.exists():
        raise click.ClickException(f"{rules}: write the recognition rules first; see the documentation for their form")
    keys = read_window_keys(platform)
    if not len(keys):
        raise click.ClickException(f"{platform}: no window keys; make some with `healthpass windows {platform}`")
    return Issuer(keys, RecognitionRules.from_toml(read_text(rules)), SQLiteLedger(platform / LEDGER_FILE))
