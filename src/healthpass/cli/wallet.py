"""`healthpass wallet` and `healthpass present`: a phone in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from healthpass.cli import qr
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
    read_text,
    small_option,
    write,
)
from healthpass.cli.output import Moment, echo, hours, say, when
from healthpass.cli.verify import parse_nonce
from healthpass.crypto.passphrase import INTERACTIVE, MODERATE
from healthpass.holder import Showing, Wallet

_MAX_LINE = 256
"""Characters: a line is nothing but Enter."""
_wallet_argument = click.argument("file", metavar="WALLET", type=OUT_FILE)
_trust_list_option = click.option("--trust-list", type=IN_FILE, help="A trust list to take first.")
_name_option = click.option("--name", default="me", show_default=True, help="Whose pass; a name that stays in here.")


def _opened(file: Path, trust_list: Path | None, fixed: int | None) -> Wallet:
    """The wallet in a file, once it has taken the list."""
    with about(file):
        held = Wallet.open(file, passphrase(), now=clock(fixed))
    if trust_list is not None:
        parsed(trust_list, lambda data: held.update_trust_list(data, now=clock(fixed)))
    return held


@click.group()
def wallet() -> None:
    """Keep passes: `new`, `answer` a region's offer, `accept` the platform's batch. Then `healthpass present`."""


@wallet.command()
@_wallet_argument
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
@_wallet_argument
@click.argument("offer", type=IN_FILE)
@click.option("--out", type=OUT_FILE, required=True, help="Where to write the answer for the region.")
@_trust_list_option
@_name_option
@now_option
@json_option
def answer(
    file: Path, offer: Path, out: Path, trust_list: Path | None, name: str, fixed: int | None, as_json: bool
) -> None:
    """Answer a region's offer with fresh keys, sealed to the platform. Prints the recovery code of the name: write it
    down, once; it stays the same."""
    held = _opened(file, trust_list, fixed)
    write(out, parsed(offer, lambda data: held.answer(data, now=clock(fixed), name=name)))
    say({"recovery_code": held.recovery_code(name), "written": [out]}, as_json)


@wallet.command()
@_wallet_argument
@click.argument("batch", type=IN_FILE)
@_trust_list_option
@now_option
@json_option
def accept(file: Path, batch: Path, trust_list: Path | None, fixed: int | None, as_json: bool) -> None:
    """Open the platform's batch, check it claim by claim, and keep it."""
    held = _opened(file, trust_list, fixed)
    say({"showings": parsed(batch, lambda data: held.accept(data, now=clock(fixed)))}, as_json)


@wallet.command()
@_wallet_argument
@click.option("--trust-list", type=IN_FILE, help="A newer trust list.")
@click.option("--area-table", type=IN_FILE, help="A newer area table.")
@now_option
@json_option
def update(file: Path, trust_list: Path | None, area_table: Path | None, fixed: int | None, as_json: bool) -> None:
    """Take a newer trust list or area table, and erase what is over."""
    held = _opened(file, trust_list, fixed)
    if area_table is not None:
        parsed(area_table, lambda data: held.update_area_table(data, now=clock(fixed)))
    say({"trust_list": trust_list, "area_table": area_table}, as_json)


@wallet.command()
@_wallet_argument
@_name_option
@click.option("--used", is_flag=True, help="It was used: remove what it took back, and make the next one.")
@now_option
@json_option
def code(file: Path, name: str, used: bool, fixed: int | None, as_json: bool) -> None:
    """Print the recovery code of a name, which takes back all of its passes."""
    held = _opened(file, None, fixed)
    say({"recovery_code": held.recovery_used(name) if used else held.recovery_code(name)}, as_json)


@click.command()
@_wallet_argument
@_name_option
@click.option("--place", type=IN_FILE, help="The place that asks: the text of its poster, in a file.")
@click.option("--audience", help="Instead of a poster, the id of the place: 16 lower-case hexadecimal digits.")
@click.option("--anywhere", is_flag=True, help="Show it although there is no poster, or the list is too old.")
@click.option("--works-here", is_flag=True, help="At a workplace of special personnel: say that you work there.")
@click.option("--nonce", help="The scanner's challenge, 32 hexadecimal digits.")
@click.option("--person", "people", type=click.IntRange(1, 8), multiple=True, help="In a family: who is here (1 to 8).")
@click.option("--reuse", is_flag=True, help="When all claims are used: show one again. Scanners can link the two.")
@click.option("--png", type=OUT_FILE, help="Also write the QR code as an image.")
@click.option("--redraw", is_flag=True, help="Stay, and draw the same pass afresh at each Enter, for ten minutes.")
@now_option
@json_option
def present(
    file: Path,
    name: str,
    place: Path | None,
    audience: str | None,
    anywhere: bool,
    works_here: bool,
    nonce: str | None,
    people: tuple[int, ...],
    reuse: bool,
    png: Path | None,
    redraw: bool,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Show the next pass of WALLET as a QR code, and as the text behind it. Each is good for one showing."""
    showing = _opened(file, None, fixed).present(
        now=clock(fixed),
        name=name,
        place=None if place is None else read_text(place).strip(),
        audience=audience,
        anywhere=anywhere,
        works_here=works_here,
        nonce=None if nonce is None else parse_nonce(nonce),
        people=[person - 1 for person in people] or None,
        reuse=reuse,
    )
    _draw(showing, png, as_json)
    if not as_json:
        _remarks(showing)
    if redraw:
        echo("Enter draws the same pass afresh.", err=True)
        while sys.stdin.readline(_MAX_LINE):
            _draw(showing.redraw(clock(fixed)), png, as_json)


def _draw(showing: Showing, png: Path | None, as_json: bool) -> None:
    if png is not None:
        write(png, qr.png(showing.text))
    if as_json:
        fields = {
            "text": showing.text,
            "fresh_until": Moment(showing.fresh_until),
            "expires": Moment(showing.expires),
            "unused": showing.unused,
            "reused": showing.reused,
            "stale": showing.stale,
            "written": [] if png is None else [png],
        }
        say(fields, True)
        return
    qr.draw(showing.text).terminal(border=qr.QUIET_ZONE, compact=True)
    echo(showing.text)


def _remarks(showing: Showing) -> None:
    echo(f"until {when(showing.expires)}; {showing.unused} more showings", err=True)
    if showing.stale:
        echo(f"The wallet's trust list expired {hours(showing.stale)} ago: fetch a newer one.", err=True)
    if showing.reused:
        echo("This pass was shown before: who saw both showings can link them.", err=True)
