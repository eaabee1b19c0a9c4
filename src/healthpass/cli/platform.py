"""The platform's folder: its window keys, its ledger, its recognition rules, and the trust list that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from healthpass.cli.context import parsed, read_text
from healthpass.formats.trust_list import MAX_SIZE, TrustList
from healthpass.issuer import Issuer, PlatformFolder, SQLiteLedger, WindowKeys
from healthpass.issuer.ledger_sql import SqlLedger
from healthpass.issuer.platform import KEYS_FILE, RULES_FILE, TRUST_LIST_FILE, parse_held_list
from healthpass.issuer.window_keys import MAX_FILE_SIZE, parse_window_keys

PUBLIC_FILE = "platform.pub.cbor"
LEDGER_FILE = "ledger.sqlite"
POSTGRES_FILE = "ledger.postgres"
SECOND_PLACE_FILE = "second-place.txt"
MARKS_SUFFIX = ".marks"


def read_window_keys(platform: Path) -> WindowKeys:
    """The window keys in the folder; none if there is no file yet."""
    path = platform / KEYS_FILE
    return parsed(path, parse_window_keys, MAX_FILE_SIZE) if path.exists() else WindowKeys([])


def held_list(platform: Path) -> TrustList | None:
    """The trust list that `healthpass hold` has put into the folder, after it had checked it; None without one."""
    path = platform / TRUST_LIST_FILE
    if not path.exists():
        return None
    return parsed(path, parse_held_list, MAX_SIZE)


@contextmanager
def open_ledger(platform: Path, *, new: bool = False) -> Iterator[SqlLedger]:
    """The platform's ledger: in the database that PLATFORM/ledger.postgres says how to connect to, if there is that
    file, else in PLATFORM/ledger.sqlite. Not an option of the commands: one that is forgotten once would count anew.

    Args:
        platform: the folder.
        new: whether ledger.sqlite is made if it is not there; otherwise that is an error.
    """
    database, path = platform / POSTGRES_FILE, platform / LEDGER_FILE
    if database.exists() and path.exists():
        raise click.ClickException(f"{platform}: both {POSTGRES_FILE} and {LEDGER_FILE}; which is its ledger?")
    if database.exists():
        with _open_postgres(read_text(database).strip(), second_place(platform)) as ledger:
            yield ledger
    elif new or path.exists():
        with SQLiteLedger(path, second_place=second_place(platform)) as ledger:
            yield ledger
    else:
        raise click.ClickException(f"{platform}: no ledger, nothing was issued here yet; check the folder")


def second_place(platform: Path) -> Path:
    """Where the ledger's marks are: the folder that PLATFORM/second-place.txt names, from PLATFORM on, else the one
    beside PLATFORM whose name has `.marks` at its end. Not an option of each command, for the same reason."""
    named = platform / SECOND_PLACE_FILE
    if named.exists():
        text = read_text(named).strip()
        if not text:
            raise click.ClickException(f"{named}: it names no folder; write one into it")
        return platform / text
    whole = platform.resolve()
    return whole.with_name(whole.name + MARKS_SUFFIX)


@contextmanager
def _open_postgres(conninfo: str, marks: Path) -> Iterator[SqlLedger]:
    try:
        import psycopg  # here: the library is an extra

        from healthpass.issuer.postgres_ledger import PostgresLedger
    except ImportError:
        raise click.ClickException("the ledger needs psycopg: pip install 'healthpass[postgres]'") from None
    try:
        with PostgresLedger(conninfo, second_place=marks) as ledger:
            yield ledger
    except psycopg.Error as error:
        raise click.ClickException(f"PostgreSQL: {(str(error).splitlines() or ['failed'])[0]}") from None


@contextmanager
def open_issuer(platform: Path) -> Iterator[Issuer]:
    """The issuer that goes by what is in the folder, now and as long as it is used."""
    rules = platform / RULES_FILE
    if not rules.exists():
        raise click.ClickException(
            f"{rules}: no such file; write the rules of recognition into it, as `healthpass issue --help` shows them"
        )
    folder = PlatformFolder(platform)
    if not len(folder.state().windows):
        raise click.ClickException(f"{platform}: no window keys; make some with `healthpass windows {platform}`")
    with open_ledger(platform, new=True) as ledger:
        ledger.check()
        yield Issuer.of_folder(folder, ledger)
