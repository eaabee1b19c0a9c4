"""What the doctor finds, and what every examination goes by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from healthpass.cli.output import Moment
from healthpass.trust.updates import CLOCK_SKEW, seconds_late

if TYPE_CHECKING:
    from healthpass.crypto.sealing import Opener
    from healthpass.formats.window import RootSet
    from healthpass.trust.updates import Lasting

    class Signed(Lasting, Protocol):
        """What signed messages have in common that count for a while."""

        @property
        def issued(self) -> int:
            """In seconds since 1970 UTC."""
            ...


WELL, SOON, WRONG = "well", "soon", "wrong"
STATES = (WELL, SOON, WRONG)
"""From the best to the worst."""
DAY = 86_400
LONGEST = 7 * DAY
"""Seconds before its end from which on a thing runs out soon, where nobody says how many days: a quarter of its life,
and at most this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table.

    Attributes:
        what: of which thing.
        file: where it is.
        state: `WELL`, `SOON` or `WRONG`.
        says: how it is.
        to_do: what to do about it; None where nothing is.
        until: when it runs out, in seconds since 1970 UTC; None where it does not.
    """

    what: str
    file: Path
    state: str
    says: str
    to_do: str | None = None
    until: int | None = None

    def fields(self) -> dict[str, Any]:
        """As `say` prints it."""
        until = None if self.until is None else Moment(self.until)
        return {
            "state": self.state,
            "what": self.what,
            "file": str(self.file),
            "until": until,
            "says": self.says,
            "to_do": self.to_do,
        }


@dataclass(frozen=True, slots=True)
class Round:
    """What every examination goes by.

    Attributes:
        now: the time, in seconds since 1970 UTC.
        days: within how many days what runs out does so soon; None: each thing by its own life.
        roots: the pinned roots, to check a scanner's list by; None: it is not checked.
        opener: the sealing key of a scanner that compares documents; None: its document keys are not looked at.
        passphrase: of wallets; None: they are not opened.
    """

    now: int
    days: int | None = None
    roots: RootSet | None = None
    opener: Opener | None = None
    passphrase: str | None = None

    def has_come(self, moment: int) -> bool:
        """Whether it is that time, or later, by the clock: the one comparison by which all is told."""
        return self.now >= moment

    def lasts(self, what: str, file: Path, until: int, life: int, to_do: str, says: str = "in force") -> Finding:
        """A thing that lasts until then.

        Args:
            what, file, to_do, says: as `Finding`; what to do is said where it runs out soon, or has.
            until: in seconds since 1970 UTC.
            life: of how many seconds from its beginning on.
        """
        limit = min(life // 4, LONGEST) if self.days is None else self.days * DAY
        if self.has_come(until):
            return Finding(what, file, WRONG, "has run out", to_do, until)
        if self.has_come(until - limit):
            return Finding(what, file, SOON, says, to_do, until)
        return Finding(what, file, WELL, says, None, until)

    def dated(self, what: str, file: Path, content: Signed, to_do: str, grace: int = 0) -> Finding:
        """What was signed: by a clock that is not behind that, and past its expiry for as long as its grace lasts."""
        if not self.has_come(content.issued - CLOCK_SKEW):
            said = f"the clock is behind its issue, {Moment(content.issued)}"
            return Finding(what, file, WRONG, said, "set the clock; if it is right, somebody's else was not")
        late = seconds_late(content, grace, self.now)
        if late:
            return Finding(what, file, SOON, "has run out; its grace time lasts", to_do, content.expires + grace)
        until = content.expires + (grace if late is None else 0)
        return self.lasts(what, file, until, content.expires - content.issued, to_do)


def worst(findings: Iterable[Finding]) -> str:
    """The worst state of them; `WELL` of none."""
    return STATES[max((STATES.index(each.state) for each in findings), default=0)]


def wrong(what: str, file: Path, says: str, to_do: str) -> Finding:
    """One that somebody has to see to now."""
    return Finding(what, file, WRONG, says, to_do)
