"""A period: the time for which passes are asked, and how many. A region names periods; it never sees a kid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass.errors import FormatError
from healthpass.formats import fields
from healthpass.formats.claim import MIN_TIME

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

MAX_PERIODS = 64
MAX_KEYS = 4096
"""Holder keys in all periods together."""


@dataclass(frozen=True, slots=True)
class Period:
    """So many showings from one time to another.

    Attributes:
        valid_from, expires: the bounds of the windows that are meant, in seconds since 1970 UTC.
        count: holder keys, so showings, 1 to 4,096; 1 on paper.

    Raises:
        FormatError: any of that does not hold.
    """

    valid_from: int
    expires: int
    count: int

    def __post_init__(self) -> None:
        fields.uint(self.valid_from, "beginning of a period", least=MIN_TIME)
        fields.uint(self.expires, "end of a period", least=self.valid_from + 1)
        fields.uint(self.count, "number of keys", least=1, most=MAX_KEYS)


def check_periods(periods: Sequence[Period], most: int = MAX_KEYS) -> None:
    """1 to 64 periods, ascending, which do not overlap, with 1 to `most` keys in all.

    Raises:
        FormatError: any of that does not hold.
    """
    if not 1 <= len(periods) <= MAX_PERIODS:
        raise FormatError(f"periods: not 1 to {MAX_PERIODS}")
    end = MIN_TIME
    for period in periods:
        if period.valid_from < end:
            raise FormatError("periods: not in ascending order, or they overlap")
        end = period.expires
    if sum(period.count for period in periods) > most:
        raise FormatError(f"periods: over {most} keys in all")


def parse_periods(value: Value, name: str) -> tuple[Period, ...]:
    """The periods of a decoded message. Raises `FormatError` if `check_periods` does."""
    periods = tuple(fields.array(value, name, _period, MAX_PERIODS, 1))
    check_periods(periods)
    return periods


def period_values(periods: Sequence[Period]) -> list[Value]:
    """The periods as they are encoded."""
    return [[period.valid_from, period.expires, period.count] for period in periods]


def _period(value: Value, name: str) -> Period:
    valid_from, expires, count = (fields.uint(each, name) for each in fields.record(value, name, 3))
    return Period(valid_from, expires, count)
