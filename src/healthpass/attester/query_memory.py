"""Which queries a region has answered, and how many of each station and key: bounded, in memory, all or nothing."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from threading import Lock

from healthpass.errors import StationRefused

HOUR = 3600
QUERIES_PER_HOUR = 60
"""How many queries of one station, and with one key, are answered within any hour, by default: more than a desk needs,
and too few to go through a city's numbers with a stolen key."""


class QueryMemory:
    """It remembers a query for as long as that would be fresh.

    Args:
        capacity: the most queries to remember; a full memory refuses. About 350 bytes each.
        per_hour: the most queries within any hour of one station id, whatever its keys, and of one key, whatever its
            ids: a registrar may have certified it several times.
    """

    def __init__(self, capacity: int = 65_536, per_hour: int = QUERIES_PER_HOUR) -> None:
        if capacity < 1 or per_hour < 1:
            raise ValueError("a query memory has room for at least one query, and allows one an hour")
        self._capacity = capacity
        self._per_hour = per_hour
        self._known: set[tuple[str, bytes]] = set()
        self._ends: list[tuple[int, tuple[str, bytes]]] = []
        self._forgotten = 0
        self._times: dict[str | bytes, deque[int]] = {}
        self._swept = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._known)

    def take(self, station: str, key: bytes, nonce: bytes, *, until: int, now: int) -> None:
        """Remember and count a query.

        Args:
            station: who asks: the id in the certificate.
            key: whose signature the query has: the station's public key.
            nonce: of the query.
            until: when it is no longer fresh, in seconds since 1970 UTC.
            now: the time.

        Raises:
            StationRefused: "replayed": it came before, or may have and is forgotten, since the clock was ahead for a
                while; "memory-full"; "too-many-queries". Nothing is remembered or counted of what is refused.
        """
        query = station, nonce
        with self._lock:
            if query in self._known or until <= self._forgotten:
                raise StationRefused("replayed", "the query came before")
            self._forget(now)
            if len(self._known) >= self._capacity:
                raise StationRefused("memory-full", "too many queries at a time: ask again in a few minutes")
            asked = {each: _within_the_hour(self._times.get(each, deque()), now) for each in (station, key)}
            if any(len(times) >= self._per_hour for times in asked.values()):
                raise StationRefused("too-many-queries", f"a station may ask {self._per_hour} times an hour")
            for each, times in asked.items():
                times.append(now)
                self._times[each] = times
            self._known.add(query)
            heappush(self._ends, (until, query))

    def _forget(self, now: int) -> None:
        """Queries that are no longer fresh; and once an hour, stations and keys that have not asked for an hour."""
        while self._ends and self._ends[0][0] <= now:
            end, query = heappop(self._ends)
            self._known.discard(query)
            self._forgotten = max(self._forgotten, end)
        if now >= self._swept + HOUR:
            self._swept = now
            self._times = {each: times for each, times in self._times.items() if _within_the_hour(times, now)}


def _within_the_hour(times: deque[int], now: int) -> deque[int]:
    """The same, without those that are an hour old."""
    while times and times[0] <= now - HOUR:
        times.popleft()
    return times
