"""What a region's desk answers with: the region's own people, the platform, and the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from healthpass.attester.attester import Person
from healthpass.formats.document import Document

LookUp = Callable[[Document], Person | None]
"""Who has this document, with the document's seeds (`Person.seeds`); None if the region does not know. The
document is wiped after the answer: keep no part of it."""
Issue = Callable[[bytes], bytes]
"""From the issue request of one paper pass to the batch with it: the platform. Keep the request before you send it: its
reference (`Attester.reference`) is what takes the pass back (`Attester.revoke`), whether or not an answer has left, and
whether or not the platform has it yet: a notice that comes first is kept, and nothing is issued then."""


class AuditSink(Protocol):
    """Where the region writes down about whom it was asked: `healthpass.attester.audit.log.AuditLog`."""

    def check(self, *, now: int) -> None:
        """Raise what `record` would raise now, as far as that can be known: then nobody is looked up, and no pass is
        issued for an answer that could not leave. Write nothing.

        Args:
            now: seconds since 1970 UTC.
        """
        ...

    def record(self, *, station: str, now: int, kind: str, document: Document) -> None:
        """Write an entry, before the answer leaves. If this raises, nothing is answered.

        Args:
            station: the station's id, 16 hexadecimal digits.
            now: seconds since 1970 UTC.
            kind: "pass", "not-known", or "failed": the look-up, or what came after it, has failed; nothing is answered.
            document: whom the query was about. It is wiped afterwards: keep a keyed hash of it at most.
        """
        ...
