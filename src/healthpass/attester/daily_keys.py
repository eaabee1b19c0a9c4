"""A region's sealing keys: a new one each day, and none to open yesterday's queries with."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.attester.query_memory import QueryMemory
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import BadInput, StationRefused
from healthpass.formats import cose, fields
from healthpass.formats.assisted import DailyKey, encode_daily_key

if TYPE_CHECKING:
    from healthpass._values import Time

DAY = 86_400
AHEAD = 3600
"""Seconds before its day at which a key is made and published, so that stations have it in time."""
GRACE = 300
"""Seconds after its day for which a key still opens queries that are on their way; then it is erased."""


@typed
class DailyKeys:
    """Makes, publishes and erases the keys to which stations seal their queries. They are in memory alone.

    A restart makes other keys, so that nothing sealed before it can be opened after it, by a thief or by us; stations
    fetch the new key and ask again. That is also why the nonces of queries need not survive: what has been forgotten in
    a restart can no longer be opened. What must survive, how many queries were answered within the hour, is written
    down by `memory`, and one process at a time has that. Do not copy these keys into another one (`fork` does).

    Args:
        signer: the region's key, the one that signs its attestations.
        memory: of the queries that are sealed to these keys: `QueryMemory(folder)`.
        begins: when its day begins, in seconds after midnight UTC.

    Raises:
        FormatError: `begins` is not within a day.
    """

    def __init__(self, signer: Signer, memory: QueryMemory, *, begins: int = 0) -> None:
        self._signer = signer
        self._begins = fields.uint(begins, "beginning of the day", most=DAY - 1)
        self.memory = memory
        self._keys: dict[int, tuple[SealingKey, bytes]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """How many keys are held: one or two."""
        return len(self._keys)

    @property
    def region(self) -> bytes:
        """The region's public key, 32 bytes."""
        return self._signer.public_key

    @guarded
    def rotate(self, *, now: Time) -> list[bytes]:
        """Erase what is over, make what is missing, and give what stations should have.

        Call it at the start, and then at least once an hour.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            The signed message with the key of today, and in the hour before the next day also with that day's.
        """
        time = seconds(now)
        with self._lock:
            self._erase_over(time)
            wanted = sorted({self._day(time), self._day(time + AHEAD)})
            for day in wanted:
                if day not in self._keys:
                    self._keys[day] = self._make(day)
            return [self._keys[day][1] for day in wanted]

    @guarded
    def open(self, public_key: bytes, sealed: bytes, *, now: int) -> bytes:
        """What was sealed to one of the keys. What is over is erased first, even where nobody has called `rotate`.

        Args:
            public_key: which of them, 32 bytes.
            sealed: the sealed box.
            now: seconds since 1970 UTC.

        Raises:
            StationRefused: "unknown-sealing-key": it is not, or no longer, one of ours; "not-for-us": it does not open.
        """
        with self._lock:
            self._erase_over(now)
            for key, _ in self._keys.values():
                if key.public_key == public_key:
                    return _open(key, sealed)
        raise StationRefused(
            "unknown-sealing-key",
            "the query is sealed to a key that is over or lost: the station fetches the newest, and asks again",
        )

    def erase(self) -> None:
        """Erase all keys: nothing that was sealed to them can be opened any more."""
        with self._lock:
            for key, _ in self._keys.values():
                key.erase()
            self._keys.clear()

    def _day(self, now: int) -> int:
        """The beginning of the day of `now`."""
        return max(0, now - (now - self._begins) % DAY)

    def _make(self, day: int) -> tuple[SealingKey, bytes]:
        key = SealingKey()
        payload = encode_daily_key(DailyKey(day, day + DAY, key.public_key))
        return key, sign_message(self._signer, cose.SEALING_KEY, payload)

    def _erase_over(self, now: int) -> None:
        """Also what is for a day that has not come: the clock was ahead when it was made."""
        for day in list(self._keys):
            if not day - AHEAD <= now < day + DAY + GRACE:
                self._keys.pop(day)[0].erase()

    def __repr__(self) -> str:
        return f"DailyKeys({len(self)})"


def _open(key: SealingKey, sealed: bytes) -> bytes:
    try:
        return key.open(sealed)
    except BadInput:
        raise StationRefused("not-for-us", "the query is not sealed to the key that it names; do not answer") from None
