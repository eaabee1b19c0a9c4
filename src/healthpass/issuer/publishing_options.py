"""How a publisher hides who is in a delta, and how long its publications are good for."""

from __future__ import annotations

from dataclasses import dataclass

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.issuer.window_keys import DAY


@typed
@dataclass(frozen=True, slots=True)
class PublishingOptions:
    """How a publisher hides who is in a delta, and for how long its publications are good.

    Attributes:
        attestations: a delta waits until so many more attestations are revoked,
        longest_wait: but no longer than so many seconds after the first of them.
        least_slots: under each kid with anything newly revoked, at least so many slots are: numbers are burnt to fill
            up, though never more than an eighth of those that the kid has left.
        lifetime: seconds for which a snapshot or delta is good.

    Raises:
        FormatError: a value is out of range.
    """

    attestations: int = 8
    longest_wait: int = 4 * 3600
    least_slots: int = 256
    lifetime: int = DAY

    def __post_init__(self) -> None:
        if self.attestations < 1 or self.longest_wait < 0 or self.least_slots < 0 or self.lifetime < 1:
            raise FormatError("publishing options: a value is out of range")
