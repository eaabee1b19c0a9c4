"""Which claims this scanner has just seen: a small memory that forgets, and that holds no identifier in the clear."""

from __future__ import annotations

import os
from _thread import allocate_lock

from healthpass.crypto import ed25519
from healthpass.errors import RefusalCode, Refused


class ReplayMemory:
    """Remembers claims until a showing of them could no longer be fresh.

    What is kept is the start of a SHA-512 digest under a random key that dies with the process, so neither a memory
    dump's reader nor the issuer can tell which claims were here without that key.

    Args:
        capacity: the most claims to remember; a full memory refuses. About 200 bytes each.
    """

    def __init__(self, capacity: int = 4096) -> None:
        if capacity < 1:
            raise ValueError("a replay memory needs a capacity of at least 1")
        self._capacity = capacity
        self._key = os.urandom(32)
        self._until: dict[bytes, int] = {}
        self._forgotten = 0
        self._lock = allocate_lock()

    def __len__(self) -> int:
        return len(self._until)

    def remember(self, ids: list[bytes], until: int, now: int) -> None:
        """Remember all of `ids`, or none of them.

        Args:
            ids: kid and slot of each claim, 8 bytes, distinct.
            until: when to forget them, in seconds since 1970 UTC.
            now: the time.

        Raises:
            Refused: `REPLAYED`: one of them is remembered (with its index if there are several), there is no room, or
                they may have been forgotten already: the clock was ahead for a while.
        """
        digests = [ed25519.sha512(self._key + each)[:16] for each in ids]
        with self._lock:
            for index, digest in enumerate(digests):
                if self._until.get(digest, 0) > now:
                    raise Refused(RefusalCode.REPLAYED, index if len(ids) > 1 else None)
            if until <= self._forgotten:
                raise Refused(RefusalCode.REPLAYED)
            if len(self._until) + len(digests) > self._capacity:
                self._forgotten = max(self._forgotten, now)
                self._until = {digest: end for digest, end in self._until.items() if end > now}
                if len(self._until) + len(digests) > self._capacity:
                    raise Refused(RefusalCode.REPLAYED)
            for digest in digests:
                self._until[digest] = until
