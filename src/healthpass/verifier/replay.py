"""What this scanner has just seen: a small memory that forgets, and that holds no identifier in the clear."""

from __future__ import annotations

import os
from _thread import allocate_lock

from healthpass._typed import checks_itself, typed, wrong
from healthpass.crypto import ed25519
from healthpass.errors import RefusalCode, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Replay(Protocol):
        """What a verifier asks of a memory: `ReplayMemory`, or one that processes share."""

        def forget(self, now: int) -> None: ...

        def remember(self, key: bytes, *, until: int, now: int, earliest: int | None) -> None: ...


AWAY = 3600
"""Seconds by which a clock may step, or a scanner be idle without `forget`, before its memory begins anew."""
FASTEST_GATE = 30
"""Showings a second that there is room for: the pictures that a camera takes, each with another code."""
DIGEST_SIZE = 16
NEVER = 1 << 32
"""Later than any time."""


def room_for(skew: int) -> int:
    """How many showings the fastest gate takes while one of them may be fresh: 4,050 with a skew of 60 seconds."""
    return FASTEST_GATE * (2 * skew + 15)


def check_capacity(capacity: int) -> int:
    """`capacity`, which must be at least 1. Raises `ValueError`."""
    if capacity < 1:
        raise ValueError("a replay memory needs a capacity of at least 1")
    return capacity


def check_can_tell(until: int, lost: int, earliest: int | None, since: int | None) -> None:
    """A showing that is not remembered: would it be, if it had been shown before?

    Args:
        until: when it is over.
        lost: the end of the last one that was forgotten: those that were over by then are not known.
        earliest: when it could be shown for the first time; None if it answers a nonce, so cannot be older than that.
        since: since when the memory has everything; None for always.

    Raises:
        Refused: `REPLAY_UNKNOWN`: the clock went back, or the memory began too recently.
    """
    if until <= lost:
        raise Refused(RefusalCode.REPLAY_UNKNOWN)
    if since is not None and earliest is not None and earliest < since:
        raise Refused(RefusalCode.REPLAY_UNKNOWN)


@typed
class ReplayMemory:
    """Remembers each showing, by its holder key, until it could no longer be fresh.

    What is kept is the start of a SHA-512 digest under a random key that dies with the process, so neither a memory
    dump's reader nor the issuer can tell who was here without that key.

    A memory has everything *since* some time, and says `REPLAY_UNKNOWN` of what could have been shown before. What is
    over by the newest time that it was told is forgotten, and stays refused if the clock goes back, so that makes
    nothing new. More than an hour back, the memory begins anew: since the time that it is told then. So it does more
    than an hour ahead, for what it counts since may have been a wrong clock's time; where it counts always, it was not.

    Args:
        capacity: the most showings to remember; a full memory refuses. About 200 bytes each.
        since: seconds since 1970 UTC; None for always.
    """

    def __init__(self, capacity: int = room_for(60), since: int | None = None) -> None:
        self._capacity = check_capacity(capacity)
        self._key = os.urandom(32)
        self._until: dict[bytes, int] = {}
        self._next = NEVER  # when the first of them is to be forgotten
        self._since = since
        self._newest = 0 if since is None else since
        self._lost = 0
        self._lock = allocate_lock()

    def __len__(self) -> int:
        return len(self._until)

    @checks_itself
    def forget(self, now: int) -> None:
        """Forget what is no longer fresh.

        Args:
            now: the time, in seconds since 1970 UTC.
        """
        if type(now) is not int:
            raise wrong("now", "an int", now)
        with self._lock:
            self._see(now)

    @checks_itself
    def remember(self, key: bytes, *, until: int, now: int, earliest: int | None) -> None:
        """Remember a showing, which must be new.

        Args:
            key: the holder key, 32 bytes.
            until: when it stops being fresh: the time to forget it, in seconds since 1970 UTC.
            now: the time.
            earliest: the first second at which it could be shown; None if it answers this scanner's nonce.

        Raises:
            Refused: `REPLAYED`: the key is remembered. `REPLAY_UNKNOWN`: nobody can tell, or there is no room.
        """
        if type(key) is not bytes:
            raise wrong("key", "bytes", key)
        if type(until) is not int or type(now) is not int or (type(earliest) is not int and earliest is not None):
            _look_at_times(until, now, earliest)
        digest = ed25519.sha512(self._key + key)[:DIGEST_SIZE]
        with self._lock:
            self._see(now)
            if digest in self._until:
                raise Refused(RefusalCode.REPLAYED)
            check_can_tell(until, self._lost, earliest, self._since)
            if len(self._until) >= self._capacity:
                raise Refused(RefusalCode.REPLAY_UNKNOWN)
            self._until[digest] = until
            if until < self._next:
                self._next = until

    def _see(self, now: int) -> None:
        if now > self._newest:
            if self._since is not None and now > self._newest + AWAY:
                self._since = now
            self._newest = now
        elif now < self._newest - AWAY:
            if self._since is not None or self._until or self._lost:
                self._since = now
            self._until, self._next, self._lost, self._newest = {}, NEVER, 0, now
        if now >= self._next:
            self._lost = max(self._lost, *(end for end in self._until.values() if end <= now))
            self._until = {digest: end for digest, end in self._until.items() if end > now}
            self._next = min(self._until.values(), default=NEVER)


def _look_at_times(until: object, now: object, earliest: object) -> None:
    for name, value in (("until", until), ("now", now)):
        if type(value) is not int:
            raise wrong(name, "an int", value)
    raise wrong("earliest", "an int or None", earliest)
