"""`healthpass wallet`: a phone in the terminal; `healthpass.cli.present` shows what it holds."""

from __future__ import annotations

from pathlib import Path

import click

from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    about,
    clock,
    json_option,
    now_option,
    parsed,
    passphrase,
    read_roots,
    small_option,
    write,
)
from healthpass.cli.groups import Listed
from healthpass.cli.output import say
from healthpass.crypto.passphrase import INTERACTIVE, MODERATE
from healthpass.errors import WalletError
from healthpass.holder import Wallet

wallet_argument = click.argument("file", metavar="WALLET", type=OUT_FILE)
_trust_list_option = click.option("--trust-list", type=IN_FILE, help="A trust list to take first.")
name_option = click.option("--name", default="me", show_default=True, help="Whose pass; a name that stays in here.")


def opened(file: Path, trust_list: Path | None, fixed: int | None) -> Wallet:
    """The wallet in a file, once it has taken the list."""
    with about(file):
        held = Wallet.open(file, passphrase(), now=clock(fixed))
    if trust_list is not None:
        parsed(trust_list, lambda data: held.update_trust_list(data, now=clock(fixed)))
    return held


@click.group(cls=Listed)
def wallet() -> None:
    """Keep passes: `new`, `answer` a region's offer, `accept` the platform's batch. Then `healthpass present`."""


@wallet.command()
@wallet_argument
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@small_option
@json_option
def new(file: Path, roots_file: Path, small: bool, as_json: bool) -> None:
    """Make a wallet file, sealed with a passphrase (asked for, or HEALTHPASS_PASSPHRASE)."""
    roots = read_roots(roots_file)
    with about(file):
        Wallet.create(file, passphrase(confirm=True), roots=roots, level=INTERACTIVE if small else MODERATE)
    say({"written": [file]}, as_json)


@wallet.command()
@wallet_argument
@click.argument("offer", type=IN_FILE)
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the answer for the region.")
@_trust_list_option
@name_option
@now_option
@json_option
def answer(
    file: Path, offer: Path, out: Path, trust_list: Path | None, name: str, fixed: int | None, as_json: bool
) -> None:
    """Answer a region's offer with fresh keys, sealed to the platform. Prints the recovery code of the name: write it
    down, once; it stays the same."""
    held = opened(file, trust_list, fixed)
    try:
        answered = parsed(offer, lambda data: held.answer(data, now=clock(fixed), name=name))
    except WalletError as error:
        if error.code == "no-trust-list":  # which is no fault of the offer's
            error.args = ("the wallet needs a trust list before it can answer an offer; give it one with --trust-list",)
        raise
    write(out, answered)
    say({"recovery_code": held.recovery_code(name), "written": [out]}, as_json)


@wallet.command()
@wallet_argument
@click.argument("batch", type=IN_FILE)
@_trust_list_option
@now_option
@json_option
def accept(file: Path, batch: Path, trust_list: Path | None, fixed: int | None, as_json: bool) -> None:
    """Open the platform's batch, check it claim by claim, and keep it."""
    held = opened(file, trust_list, fixed)
    say({"showings": parsed(batch, lambda data: held.accept(data, now=clock(fixed)))}, as_json)


@wallet.command()
@wallet_argument
@click.option("--trust-list", type=IN_FILE, help="A newer trust list.")
@click.option("--area-table", type=IN_FILE, help="A newer area table.")
@now_option
@json_option
def update(file: Path, trust_list: Path | None, area_table: Path | None, fixed: int | None, as_json: bool) -> None:
    """Take a newer trust list or area table, and erase what is over."""
    held = opened(file, trust_list, fixed)
    if area_table is not None:
        parsed(area_table, lambda data: held.update_area_table(data, now=clock(fixed)))
    say({"trust_list": trust_list, "area_table": area_table}, as_json)


@wallet.command()
@wallet_argument
@name_option
@click.option("--used", is_flag=True, help="It was used: remove what it took back, and make the next one.")
@now_option
@json_option
def code(file: Path, name: str, used: bool, fixed: int | None, as_json: bool) -> None:
    """Print the recovery code of a name, which takes back all of its passes."""
    held = opened(file, None, fixed)
    say({"recovery_code": held.recovery_used(name) if used else held.recovery_code(name)}, as_json)
