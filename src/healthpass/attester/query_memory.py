"""Which queries a region has answered, and how many of whom: bounded, all or nothing, by one process at a time."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from threading import Lock
from typing import TYPE_CHECKING

from healthpass._typed import typed
from healthpass.attester.query_log import Counted, QueryLog
from healthpass.errors import StationRefused

if TYPE_CHECKING:
    import os

    from healthpass.formats.station import Station
    from healthpass.trust.station_list import Most

HOUR = 3600


@typed
class QueryMemory:
    """It remembers a query for as long as that would be fresh, and counts those of the last hour.

    One process answers for a region: two would each have a limit of their own. So the folder is locked for as long as
    this object, or its process, lives. The counts are written there too, and a process that starts again goes on with
    them. What it has forgotten are the nonces, of queries that were sealed to keys which are gone as well (see
    `DailyKeys`).

    Args:
        folder: of this region alone, on a file system with locks; made if it is not there. None keeps everything in
            memory: for tests and for trying out, since nothing then stops a second process, nor a restart, from
            beginning to count anew.
        capacity: the most queries to remember; a full memory refuses. About 350 bytes each.

    Raises:
        FolderError: "in-use": another process answers for this region. "unreadable-file": its counts are damaged.
        OSError: the folder cannot be used or locked.
    """

    def __init__(self, folder: str | os.PathLike[str] | None, capacity: int = 65_536) -> None:
        if capacity < 1:
            raise ValueError("a query memory has room for at least one query")
        self._log = None if folder is None else QueryLog(folder)
        self._capacity = capacity
        self._known: set[tuple[str, bytes]] = set()
        self._ends: list[tuple[int, tuple[str, bytes]]] = []
        self._forgotten = 0
        self._times: dict[bytes, deque[int]] = {}
        self._swept = 0
        self._lock = Lock()
        for each in [] if self._log is None else self._log.counted:
            for name in _names(each):
                self._times.setdefault(name, deque()).append(each.time)

    def close(self) -> None:
        """Let another process answer for this region. Nothing can be counted here any more."""
        with self._lock:
            if self._log is not None:
                self._log.close()

    def __len__(self) -> int:
        return len(self._known)

    def take(self, station: Station, registrar: bytes, nonce: bytes, most: Most, *, until: int, now: int) -> None:
        """Remember and count a query.

        Args:
            station: who asks, by a certificate.
            registrar: the public key of whoever has signed that, 32 bytes.
            nonce: of the query.
            most: how many queries are answered within any hour: of this station (its id, whatever its keys; and its
                key, whatever its ids: a registrar may have certified it several times), of all stations of its
                registrar, and of all stations.
            until: when it is no longer fresh, in seconds since 1970 UTC.
            now: the time.

        Raises:
            OSError: the count cannot be written, or this is closed. Nothing is remembered or counted then either.
            StationRefused: "replayed": it came before, or may have and is forgotten, since the clock was ahead for a
                while; "memory-full"; "too-many-queries". Nothing is remembered or counted of what is refused.
        """
        query = station.id, nonce
        counted = Counted(now, station.id, station.key, registrar)
        each_most = (most.per_station, most.per_station, most.per_registrar, most.in_all)
        limits = dict(zip(_names(counted), each_most, strict=True))
        with self._lock:
            if query in self._known or until <= self._forgotten:
                raise StationRefused("replayed", "the query came before; do not answer")
            self._forget(now)
            if len(self._known) >= self._capacity:
                raise StationRefused("memory-full", "too many queries at a time: ask again in a few minutes")
            asked = {name: _within_the_hour(self._times.get(name, deque()), now) for name in limits}
            if any(len(asked[name]) >= limits[name] for name in limits):
                raise StationRefused(
                    "too-many-queries", "no more queries are answered within this hour; ask again in the next one"
                )
            if self._log is not None:
                self._log.append(counted)  # first: what cannot be counted is not answered
            for name, times in asked.items():
                times.append(now)
                self._times[name] = times
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
            if self._log is not None:
                self._log.drop_until(now - HOUR)


def _names(query: Counted) -> tuple[bytes, bytes, bytes, bytes]:
    """Under which names a query counts: the station by its id and by its key, its registrar, all."""
    return b"id " + query.station.encode(), b"key " + query.key, b"registrar " + query.registrar, b"all"


def _within_the_hour(times: deque[int], now: int) -> deque[int]:
    """The same, without those that are an hour old."""
    while times and times[0] <= now - HOUR:
        times.popleft()
    return times
