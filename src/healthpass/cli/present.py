"""`healthpass present`: a pass is shown as a code in the terminal, as a picture, and as the text behind it.

A pass that is marked as shown, and was not, is lost. So what can fail is tried first: 1. the picture's place takes a
file, 2. somebody reads the output. Then 3. the pass is taken and marked, and 4. drawn. What fails in 4 stops nothing
else of it, and the error has the text of the showing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from healthpass._files import check_writable
from healthpass.cli import qr
from healthpass.cli.context import IN_FILE, OUT_FILE, clock, json_option, now_option, read_poster, write
from healthpass.cli.failing import failure
from healthpass.cli.output import Fields, Moment, check_open, echo, hours, say, when
from healthpass.cli.verify import parse_nonce
from healthpass.cli.wallet import name_option, opened, wallet_argument
from healthpass.errors import WalletError
from healthpass.holder import Showing

_MAX_LINE = 256
"""Characters: a line is nothing but Enter."""
_PICTURE_SIZE = 16_384
"""Bytes that a disk must have room for: more than any picture of a code has."""


class _NotShown(click.ClickException):
    """A pass was marked as shown, and not all of it was. `more` is for programs."""

    def __init__(self, error: OSError, showing: Showing) -> None:
        self.more: Fields = {"text": showing.text, "fresh_until": Moment(showing.fresh_until)}
        said = failure(error).message
        super().__init__(f"{said}; this pass is marked as shown: show this text of it, within a minute: {showing.text}")


@click.command()
@wallet_argument
@name_option
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
    """Show the next pass of WALLET as a QR code, and as the text behind it. Each is good for one showing.

    Whether it can be shown at all is found out before the pass is marked as shown. What fails then nevertheless, such
    as a disk that is full a moment later, is said with the text of this very showing, which is good for a minute yet;
    with --redraw, and at a terminal, Enter draws it again.
    """
    held = opened(file, None, fixed)
    if png is not None:
        check_writable(str(png), _PICTURE_SIZE)  # 1
    check_open()  # 2
    poster, challenge = None if place is None else read_poster(place), None if nonce is None else parse_nonce(nonce)
    with _options_named():
        showing = held.present(  # 3
            now=clock(fixed),
            name=name,
            place=poster,
            audience=audience,
            anywhere=anywhere,
            works_here=works_here,
            nonce=challenge,
            people=[person - 1 for person in people] or None,
            reuse=reuse,
        )
    failed = _draw(showing, png, as_json)  # 4
    if not as_json and failed is None:
        _remarks(showing)
    if redraw or (failed is not None and sys.stdin.isatty()):
        failed = _redraw(showing, failed, png, fixed, as_json)
    if failed is not None:
        raise failed


_IN_OPTIONS = {
    "place-required": "there is a check policy, and no place is named; name the file with the text of its poster"
    " (--place), or show the pass without one (--anywhere)",
    "no-such-people": "these are not people of this pass; choose them with --person by their numbers from 1 on, each"
    " once, in order",
}
"""What an application would ask for otherwise than by options."""


@contextmanager
def _options_named() -> Iterator[None]:
    try:
        yield
    except WalletError as error:
        error.args = (_IN_OPTIONS.get(error.code, str(error)),)
        raise


def _redraw(
    showing: Showing, failed: _NotShown | None, png: Path | None, fixed: int | None, as_json: bool
) -> _NotShown | None:
    """Draw it at each Enter; returns what has failed the last time."""
    if failed is not None:
        echo(failed.message, err=True)
    echo("Enter draws the same pass afresh.", err=True)
    while sys.stdin.readline(_MAX_LINE):
        failed = _draw(showing.redraw(clock(fixed)), png, as_json)
        if failed is not None:
            echo(failed.message, err=True)
    return failed


def _draw(showing: Showing, png: Path | None, as_json: bool) -> _NotShown | None:
    """Show it in every way that was asked for; returns what has failed of it."""
    failed: _NotShown | None = None
    written = []
    if png is not None:
        try:
            write(png, qr.png(showing.text))
            written.append(png)
        except OSError as error:
            failed = _NotShown(error, showing)
    try:
        if as_json:
            say(_fields(showing, written), True)
        else:
            qr.show(showing.text)
        sys.stdout.flush()
    except OSError as error:
        failed = _NotShown(error, showing)
    return failed


def _fields(showing: Showing, written: list[Path]) -> Fields:
    return {
        "text": showing.text,
        "fresh_until": Moment(showing.fresh_until),
        "expires": Moment(showing.expires),
        "unused": showing.unused,
        "reused": showing.reused,
        "stale": showing.stale,
        "written": written,
    }


def _remarks(showing: Showing) -> None:
    echo(f"until {when(showing.expires)}; {showing.unused} more showings", err=True)
    if showing.stale:
        echo(f"The wallet's trust list expired {hours(showing.stale)} ago: fetch a newer one.", err=True)
    if showing.reused:
        echo("This pass was shown before: who saw both showings can link them.", err=True)
