"""What was answered a moment ago: a camera reads the code that is held before it several times a second."""

from __future__ import annotations

import os
from _thread import allocate_lock

from healthpass.crypto import ed25519
from healthpass.formats.base45 import MAX_CHARS
from healthpass.formats.presentation import SHAPE_BY_SIZE
from healthpass.formats.text import PASS_PREFIX, without_line_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Sequence

    from healthpass.formats.document import Document
    from healthpass.verifier.outcome import Outcome

SECONDS = 3
"""For so long the same text gets the same answer."""
CAPACITY = 64
"""Texts: far more than one scanner reads in that time. What there is no room for is verified again."""
_SHORTEST_SHOWING = len(PASS_PREFIX) + min(SHAPE_BY_SIZE) // 2 * 3
"""Characters: a shorter text is a pass on paper, or none, and answers no nonce."""
_TURNS = 16


class RecentAnswers:
    """Remembers the answers to the texts of the last three seconds. Safe to call from several threads.

    Of a text only a digest under a random key is kept, which dies with the process; of a document, two bytes of one,
    so that whoever reads them in memory is left with thousands of numbers. They are gone with the first call after
    those seconds.
    """

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._answers: dict[bytes, tuple[int, bytes, Outcome]] = {}
        self._lock = allocate_lock()
        self._turns = [allocate_lock() for _ in range(_TURNS)]

    def __len__(self) -> int:
        return len(self._answers)

    def digests(self, text: str | bytes, nonce: bytes | None, documents: Sequence[Document]) -> tuple[bytes, bytes]:
        """What stands for a text and the question that it answers, and for the documents; no bytes for no documents.

        A line end after the text is the transport's, and a document that was read twice counts once. A pass on paper
        answers no nonce, so another nonce is no other question. Of a text no more counts than of a longest code: what
        is longer has one answer, whatever it is.

        Raises:
            ValueError, TypeError: a document was wiped, or is none.
        """
        start = text[: MAX_CHARS + 3]
        if isinstance(start, str):
            data = without_line_end(start).encode("utf-8", "surrogatepass")
        else:
            data = without_line_end(bytes(start).decode("latin-1")).encode("latin-1")
        asked = b"\x00" if nonce is None or len(data) < _SHORTEST_SHOWING else b"\x01" + nonce
        digest = ed25519.sha512(self._key + asked + data)[:16]
        if not documents:
            return digest, b""
        from healthpass.verifier.documents import short_digest  # lazy: as everything that documents need

        return digest, b"".join(sorted({short_digest(self._key, each) for each in documents}))

    def turn(self, asked: bytes) -> LockType:
        """To be held from `find` to `keep`: of two cameras that read one text at once, the second gets the answer of
        the first. Some texts share one."""
        return self._turns[asked[0] % _TURNS]

    def find(self, asked: bytes, shown: bytes, now: int) -> Outcome | None:
        """The answer that this text got less than three seconds ago; None if it is to be verified.

        Documents that were not shown then are a new question.
        """
        found = self._answers.get(asked)
        if found is None or not _is_recent(found[0], now) or shown not in (b"", found[1]):
            return None
        return found[2]

    def keep(self, asked: bytes, shown: bytes, now: int, outcome: Outcome) -> None:
        """Remember an answer."""
        with self._lock:
            self._answers.pop(asked, None)  # so that they stay in the order of their times
            if len(self._answers) < CAPACITY:
                self._answers[asked] = now, shown, outcome

    def forget(self, now: int) -> None:
        """Forget what is over at `now`, in seconds since 1970 UTC."""
        with self._lock:
            while self._answers:
                oldest = next(iter(self._answers))
                if _is_recent(self._answers[oldest][0], now):
                    return
                del self._answers[oldest]


def _is_recent(at: int, now: int) -> bool:
    return 0 <= now - at < SECONDS
