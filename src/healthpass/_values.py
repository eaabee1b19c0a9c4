"""The values that everybody shares, and the time that everybody is given."""

from __future__ import annotations

from healthpass._intenum import LightIntEnum
from healthpass._typed import wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import NoReturn

    Time = int | datetime


_TIME = "an int (seconds since 1970 UTC) or an aware datetime"


class Color(LightIntEnum):
    """What a pass says. One byte on the wire, so its length tells nothing."""

    GREEN = 1
    YELLOW = 2
    RED = 3


class Decision(LightIntEnum):
    """What happens at the gate. Compare it with `is`: it is neither true nor false."""

    ADMIT = 1
    """Let in: every check has passed, and the rules of the place admit everybody who was shown."""
    REFUSE = 2
    """Turn away: something is wrong with the pass, or the rules do not admit its colour."""
    ASSIST = 3
    """The green channel: a person is helped on the spot, not turned away. It never means "let in"."""
    NO_CHECK = 4
    """Signed data in force say that nobody is checked here: ask nobody for a pass."""
    ASK = 5
    """Ask for the document that the pass belongs to, and decide again with it."""

    def __bool__(self) -> NoReturn:
        raise TypeError("a decision is neither true nor false: compare it, as in `is Decision.ADMIT`")


class DocumentCheck(LightIntEnum):
    """Whether a scanner has compared a person's document with the pass."""

    NOT_BOUND = 1
    """The pass is bound to a phone alone: there is nothing to compare."""
    COMPARED = 2
    NOT_COMPARED = 3
    """The pass is bound to a document that nobody asked for: it may be somebody else's."""


class Verdict:
    """Everything that a scanner learns from an accepted presentation. It has no room for an identifier.

    Attributes:
        colors: one `Color` per person shown, in the order of the presentation (1 to 8).
        expires: when the pass stops being accepted, in seconds since 1970 UTC: the end of its window.
        stale: how far the scanner's trust data has degraded: 0 is fresh, otherwise the seconds since it last was.
        documents: one `DocumentCheck` per person; `NOT_BOUND` for all by default.
    """

    __slots__ = ("colors", "documents", "expires", "stale")

    colors: tuple[Color, ...]
    expires: int
    stale: int
    documents: tuple[DocumentCheck, ...]

    def __init__(
        self,
        colors: tuple[Color, ...],
        expires: int,
        stale: int = 0,
        documents: tuple[DocumentCheck, ...] | None = None,
    ) -> None:  # one is made for each pass: so it checks its types by hand
        if type(colors) is not tuple:
            raise wrong("colors", "a tuple of Color", colors)
        for color in colors:
            if type(color) is not Color:
                raise wrong("colors", "a tuple of Color", color)
        if type(expires) is not int:
            raise wrong("expires", "an int (seconds since 1970 UTC)", expires)
        if type(stale) is not int:
            raise wrong("stale", "an int (seconds)", stale)
        if documents is not None:
            if type(documents) is not tuple:
                raise wrong("documents", "a tuple of DocumentCheck or None", documents)
            for check in documents:
                if type(check) is not DocumentCheck:
                    raise wrong("documents", "a tuple of DocumentCheck or None", check)
        object.__setattr__(self, "colors", colors)
        object.__setattr__(self, "expires", expires)
        object.__setattr__(self, "stale", stale)
        object.__setattr__(self, "documents", documents or (DocumentCheck.NOT_BOUND,) * len(colors))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a verdict does not change")

    def _parts(self) -> tuple[tuple[Color, ...], int, int, tuple[DocumentCheck, ...]]:
        return self.colors, self.expires, self.stale, self.documents

    def __reduce__(self) -> tuple[type[Verdict], tuple[tuple[Color, ...], int, int, tuple[DocumentCheck, ...]]]:
        return Verdict, self._parts()

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is no decision: a red pass has one too; see Verifier.decide")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Verdict):
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        colors, documents = (", ".join(each.name for each in many) for many in (self.colors, self.documents))
        return f"Verdict(colors=({colors}), expires={self.expires}, stale={self.stale}, documents=({documents}))"


def seconds(now: Time) -> int:
    """The `now` argument as whole seconds since 1970 UTC.

    Raises:
        TypeError: not an `int` or a `datetime`. A float or a bool is a mistake worth hearing of.
        ValueError: a `datetime` without a time zone, or a time that does not fit 32 bits unsigned.
    """
    if type(now) is not int:
        now = _from_datetime(now)
    if not 0 <= now <= 0xFFFFFFFF:
        raise ValueError("the time must lie between 1970 and 2106")
    return now


def _from_datetime(now: object) -> int:
    if not hasattr(now, "tzinfo"):
        raise wrong("now", _TIME, now)
    if now.tzinfo is None:
        raise ValueError("a datetime needs a time zone: use datetime.now(timezone.utc)")
    if not hasattr(now, "timestamp"):
        raise wrong("now", _TIME, now)
    return int(now.timestamp() // 1)
