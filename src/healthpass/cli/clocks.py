"""Has the clock jumped? Each program keeps the newest time that it has acted at, and stops if the clock is far from it.

What a wrong clock makes is signed, published and believed long after the clock was set right. So commands that keep
state compare the clock with that record first: `clock.txt` in a platform's folder, FILE.clock beside the private key of
a region, a station, a registrar or a risk office. Making and publishing trust lists compares with the list before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from healthpass._files import read_capped
from healthpass.cli.context import clock, now_option, rewrite
from healthpass.cli.output import when
from healthpass.errors import BadInput
from healthpass.trust.updates import CLOCK_SKEW, Floor, floor_of

if TYPE_CHECKING:
    from healthpass.trust.updates import Dated

AHEAD = 26 * 3600
"""Seconds by which the clock may be past the record: who acts once a day may be two hours late."""
BEHIND = 3600
"""And behind it: the largest skew that a reader of ours may have. What was made so much too early does no harm."""
STEP = 60
"""A record is written anew when it is so many seconds old, so that a busy program does not write it each time."""
PLATFORM_FILE = "clock.txt"
KEY_SUFFIX = ".clock"
FOLDER = "HEALTHPASS_CLOCKS"
"""The environment variable that names a folder for the records of keys whose own folders cannot be written."""
_FIRST_LINE = b"healthpass clock 1\n"
_MAX_SIZE = 64

confirm_option = click.option(
    "--confirm-clock", "confirmed", is_flag=True, help="After `clock-jump`: the clock is right, go on by it."
)


def acts(
    platform: str | None = None, key: str | None = None, *, tell: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds `--now` and `--confirm-clock` to a command, which gets the first as `fixed`, and runs only if the clock has
    not jumped.

    Args:
        platform: which parameter has the platform's folder, in which a record is kept.
        key: which parameter has a private key file, beside which one is kept.
        tell: whether the command also gets `confirmed`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def checked(*args: Any, fixed: int | None, confirmed: bool, **others: Any) -> Any:
            now = clock(fixed)
            records = [] if platform is None else [others[platform] / PLATFORM_FILE]
            if key is not None and others[key] is not None:
                records.append(record_beside(others[key]))
            for record in records:
                begin(record, now, confirmed)
            told = {"confirmed": confirmed} if tell else {}
            try:
                result = command(*args, fixed=fixed, **others, **told)
            except click.exceptions.Exit:  # it has done what it was asked, though not with the wished-for end
                keep(records, now)
                raise
            keep(records, now)
            return result

        return now_option(confirm_option(checked))

    return decorate


def begin(record: Path, now: int, confirmed: bool) -> None:
    """Stop if the clock has jumped since the time in a record, unless somebody confirms it, which is kept at once.

    Raises:
        BadInput: "clock-jump", or "clock-record": it cannot be read or kept. Where its folder is not there yet, nothing
            was done there either.
    """
    if not record.parent.is_dir() and record.name == PLATFORM_FILE:
        return
    if not os.access(record.parent, os.W_OK):
        said = f"the time of this use cannot be kept in {record.name}: make its folder writable, or set {FOLDER}"
        raise BadInput("clock-record", said)
    if confirmed:
        _write(record, now)
    else:
        check(recorded(record), now, False)


def keep(records: Iterable[Path], now: int) -> None:
    """Something was done at this time: a newer one than a record has takes its place."""
    for record in records:
        newest = recorded(record)
        if newest is None or now >= newest + STEP:
            _write(record, now)


def _write(record: Path, now: int) -> None:
    rewrite(record, _FIRST_LINE + b"%d\n" % now)


def check(newest: int | None, now: int, confirmed: bool) -> None:
    """Compare the clock with the newest time that is known, if there is one. Raises `BadInput` ("clock-jump")."""
    if confirmed or newest is None or newest - BEHIND <= now <= newest + AHEAD:
        return
    raise BadInput(
        "clock-jump",
        f"the clock says {when(now)}, and the last use was at {when(newest)}: set the clock, or, if it is right, say so"
        " with --confirm-clock",
    )


def floor_by(content: Dated, data: bytes, now: int, confirmed: bool) -> Floor:
    """What the next list or table may not fall below, where this one is. One that is dated in the future, by a clock
    that somebody has confirmed, counts with its version alone: nobody with a right clock has taken it."""
    floor = floor_of(content, data)
    if confirmed and content.issued > now + CLOCK_SKEW:
        return Floor(floor.version, 0, floor.digest)
    return floor


def record_beside(key: Path) -> Path:
    """Where the record of a private key file is."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return key.with_name(key.name + KEY_SUFFIX)
    return Path(folder) / f"{key.name}.{sha256(os.fsencode(key.resolve())).hexdigest()[:16]}{KEY_SUFFIX}"


def recorded(record: Path) -> int | None:
    """The newest time in a record; None where there is none. Raises `BadInput` ("clock-record")."""
    data = read_capped(str(record), _MAX_SIZE)
    if data is None:
        return None
    digits = data.removeprefix(_FIRST_LINE).removesuffix(b"\n")
    if not data.startswith(_FIRST_LINE) or not digits.isdigit() or len(digits) > 10:
        said = f"{record.name} is not what was kept of the last use: check the clock, and say --confirm-clock"
        raise BadInput("clock-record", said)
    return int(digits)
