"""The clock against the records of when something was done last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from healthpass.attester.audit.check import opened
from healthpass.attester.audit.entry import Chain, walk
from healthpass.attester.audit.log import CLOCK_STEP
from healthpass.cli.clocks import check, recorded
from healthpass.cli.doctor.findings import SOON, WELL, Finding, Round, wrong
from healthpass.cli.output import Moment
from healthpass.errors import BadInput

_SET = "set the clock; if it is right, say so once with --confirm-clock"


def record_finding(path: Path, doctor: Round, *, daily: bool) -> Finding:
    """Of a platform's `clock.txt`, or of what is beside a private key.

    Args:
        path: of the record.
        doctor: has the time.
        daily: whether something is to be done each day by those whose it is.
    """
    newest = None
    try:
        newest = recorded(path)
        check(newest, doctor.now, False)
    except BadInput as error:
        if error.code != "clock-jump":
            return wrong("clock", path, str(error), "look at the clock, and say --confirm-clock")
        if newest is not None and not doctor.has_come(newest):
            return wrong("clock", path, f"is behind the last use, at {Moment(newest)}", _SET)
        said = f"the last use was at {Moment(newest or 0)}: the next one asks whether the clock is right"
        return Finding("clock", path, SOON if daily else WELL, said, _SET if daily else None)
    return Finding("clock", path, WELL, f"agrees with the last use, at {Moment(newest or 0)}")


def audit_clock(path: Path, doctor: Round) -> Iterator[Finding]:
    """Of an audit log whose last entry is ahead of the clock."""
    newest, chain = 0, Chain()
    with opened(path) as file:
        try:
            for entry in walk(file, chain):
                newest = entry.time
        except BadInput:  # which others tell of
            return
    if not doctor.has_come(newest - CLOCK_STEP):
        said = f"is behind the log's last entry, at {Moment(newest)}"
        yield wrong("clock", path, said, "set the clock; if it is right: `healthpass audit set-clock`")
