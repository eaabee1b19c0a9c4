"""The audit log's form: a line that begins it, and a line for each assisted query for which somebody was looked up.

    healthpass audit log 1 KEYCHECK HASH
    NUMBER TIME STATION KIND MARK HASH

KEYCHECK (8 bytes) tells whether an audit key is this log's. NUMBER counts from 1; TIME is in seconds since 1970 UTC;
STATION is a station id; KIND is "pass", "not-known" or "failed"; MARK (16 bytes) says, to who has the audit key,
whether the entry is about a given document. TIME never goes back, but at an entry of the KIND "clock", which is about
nobody (STATION and MARK are zeros): the clock was ahead, and from here on goes on at TIME. HASH chains the lines: the
first 32 bytes of a SHA-512 over a label, the hash of the line above (32 zero bytes for the first line) and what stands
before it in its own line. Bytes are in lower-case hexadecimal digits, numbers have no leading zeros, fields are divided
by one space, and a line ends with a newline.

A line without its hash and newline has one form for one content, so the file has too. The leaves of the tree that
checkpoints name (`healthpass.attester.audit.note`) are the entries' lines without their newlines.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from healthpass.attester.audit.tree import Tree
from healthpass.crypto import ed25519
from healthpass.errors import BadInput
from healthpass.formats.document import Document

KEY_SIZE = 32
PASS = "pass"  # noqa: S105  # no password
"""What became of a query: a pass was answered."""
NOT_KNOWN = "not-known"
"""What became of a query: it was answered that the person is not known."""
FAILED = "failed"
"""What became of a query: the person was looked up, and no answer left. Otherwise a station could learn from the
silence who is known, and nobody could learn that it asked."""
KINDS = (PASS, NOT_KNOWN, FAILED)
CLOCK = "clock"
"""The clock was set back here, which everybody is to see: the only entry whose time is before that of the one above."""
NOBODY, NO_MARK = "0" * 16, bytes(16)
"""Station and mark of an entry of that kind."""
MAX_LINE = 192
"""Bytes of a line, with its newline; the longest has 147."""
_TIME_MAX = 0xFFFFFFFF
_CHAIN_LABEL = b"healthpass audit chain v1\x00"
_MARK_LABEL = b"healthpass audit mark v1\x00"
_KEY_LABEL = b"healthpass audit key v1\x00"
_HEAD = re.compile(rb"(healthpass audit log 1 ([0-9a-f]{16})) ([0-9a-f]{64})")
_ENTRY = re.compile(
    rb"(([1-9][0-9]{0,9}) (0|[1-9][0-9]{0,9}) ([0-9a-f]{16}) (pass|not-known|failed|clock) ([0-9a-f]{32}))"
    rb" ([0-9a-f]{64})"
)


class AuditError(BadInput):
    """An audit log, its key or a checkpoint cannot be used; the log has not changed."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One query for which somebody was looked up, or a clock that was set back.

    Attributes:
        number: from 1, without gaps.
        time: seconds since 1970 UTC.
        station: the id of the station that asked, 16 hexadecimal digits.
        kind: "pass", "not-known", "failed" or "clock".
        mark: 16 bytes, see `mark_of`.
    """

    number: int
    time: int
    station: str
    kind: str
    mark: bytes


class Chain:
    """What is known of a log after reading or writing it up to some line.

    Attributes:
        key_check: 8 bytes; empty before the first line.
        time: of the last entry; 0 before the first.
        tree: of the entries.
        end: bytes of the lines that were taken.
        rest: what `walk` found behind the last complete line: nothing, or a line that was never finished.
    """

    __slots__ = ("_hash", "end", "key_check", "rest", "time", "tree")

    def __init__(self) -> None:
        self.key_check = b""
        self.time = 0
        self.tree = Tree()
        self.end = 0
        self.rest = b""
        self._hash = bytes(32)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.tree.size

    def line(self, content: bytes) -> bytes:
        """The next line, without its newline: `content` and the hash that chains it to what is there."""
        return content + b" " + _linked(self._hash, content).hex().encode()

    def take(self, line: bytes) -> LogEntry | None:
        """Take the next line, without its newline. It gives the entry, or None for the line that begins a log.

        Raises:
            AuditError: "damaged": it cannot follow here, and says why. Nothing is taken.
        """
        entry = self._begin(line) if self.end == 0 else self._entry(line)
        self.end += len(line) + 1
        return entry

    def _begin(self, line: bytes) -> LogEntry | None:
        head = _HEAD.fullmatch(line)
        if head is None:
            raise damaged("the first line is not that of an audit log")
        self._link(head[1], head[3])
        self.key_check = _unhex(head[2])
        return None

    def _entry(self, line: bytes) -> LogEntry:
        match = _ENTRY.fullmatch(line)
        if match is None:
            raise damaged("not an entry")
        entry = LogEntry(int(match[2]), int(match[3]), match[4].decode(), match[5].decode(), _unhex(match[6]))
        if entry.number != self.size + 1:
            raise damaged(f"it has the number of entry {entry.number}")
        set_back = entry.time < self.time
        if entry.time > _TIME_MAX or set_back != (entry.kind == CLOCK):
            raise damaged("its time is before that of the entry above though no clock was set back, or after 2106")
        if entry.kind == CLOCK and (entry.station, entry.mark) != (NOBODY, NO_MARK):
            raise damaged("it says that the clock was set back, and names somebody")
        self._link(match[1], match[7])
        self.tree.add(line)
        self.time = entry.time
        return entry

    def _link(self, content: bytes, stated: bytes) -> None:
        linked = _linked(self._hash, content)
        if linked.hex().encode() != stated:
            raise damaged("its hash does not follow from it and the line above: one of them was changed")
        self._hash = linked


def walk(file: BinaryIO, chain: Chain) -> Iterator[LogEntry]:
    """Take the lines of a log from its beginning, and give its entries. Memory does not grow with the log.

    A last line without its newline, or with the NUL bytes that a file system leaves where nothing was written, was not
    finished: it is left in `chain.rest`.

    Raises:
        AuditError: "damaged", at the line after those that `chain` has taken.
    """
    line = file.readline(MAX_LINE + 1)
    while line:
        following = file.readline(MAX_LINE + 1)
        if not following and (not line.endswith(b"\n") or b"\x00" in line):
            chain.rest = line
            return
        if not line.endswith(b"\n"):
            raise damaged("a line that is too long")
        entry = chain.take(line[:-1])
        if entry is not None:
            yield entry
        line = following


def head_content(key: bytes) -> bytes:
    """What stands in the first line of the log of an audit key, before its hash."""
    return b"healthpass audit log 1 " + key_check(key).hex().encode()


def entry_content(entry: LogEntry) -> bytes:
    """What stands in an entry's line before its hash."""
    return f"{entry.number} {entry.time} {entry.station} {entry.kind} {entry.mark.hex()}".encode("ascii")


def is_whole(rest: bytes) -> bool:
    """Whether a line that lacks its newline lacks nothing else."""
    return bool(_HEAD.fullmatch(rest) or _ENTRY.fullmatch(rest))


def key_check(key: bytes) -> bytes:
    """8 bytes that tell whether an audit key is a log's.

    Raises:
        AuditError: "audit-key": it is not 32 bytes.
    """
    if len(key) != KEY_SIZE:
        raise AuditError("audit-key", f"an audit key is {KEY_SIZE} bytes")
    return hmac.digest(key, _KEY_LABEL, "sha512")[:8]


def check_key(chain: Chain, key: bytes) -> None:
    """Raises `AuditError` ("audit-key") if the first line, as far as there is one, is of another audit key."""
    if chain.key_check not in (b"", key_check(key)):
        raise AuditError("audit-key", "the audit log was begun with another audit key; use that one")


def mark_of(key: bytes, number: int, document: Document) -> bytes:
    """The mark of a document in entry `number`: the first 16 bytes of an HMAC-SHA-512 (RFC 2104).

    It is over a label, the entry's number (8 bytes, big-endian), the type, a NUL and the normalised number. As it
    takes in the entry's number, two entries about one person do not look alike without the key.

    Raises:
        ValueError: the document was wiped.
    """
    message = bytearray(_MARK_LABEL + number.to_bytes(8, "big") + document.type.encode("ascii") + b"\x00")
    message += document.number
    try:
        return hmac.digest(key, message, "sha512")[:16]
    finally:
        message[:] = bytes(len(message))


def damaged(what: str) -> AuditError:
    """The error for a log that is not as it was written."""
    return AuditError("damaged", f"the audit log is not as it was written: {what}")


def _linked(previous: bytes, content: bytes) -> bytes:
    return ed25519.sha512(_CHAIN_LABEL + previous + content)[:32]


def _unhex(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode("ascii"))
