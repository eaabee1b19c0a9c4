"""The region's log of assisted queries: which station asked, when, what became of it, and no document number.

The law that lets a desk ask about a person also lets the person ask who did. `AuditLog` writes an entry before the
answer leaves; `check_log` finds, with the checkpoints that were signed and given away, whether any entry was changed,
moved, added in between or taken out; `find_entries` finds those about one document, for its owner.

`healthpass.attester.audit.entry` has the file's form, `healthpass.attester.audit.note` that of a checkpoint.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.attester.audit.check import ClockSet, Problem, Report, check_log
from healthpass.attester.audit.entry import (
    CLOCK,
    FAILED,
    KEY_SIZE,
    KINDS,
    NO_MARK,
    NOBODY,
    NOT_KNOWN,
    PASS,
    AuditError,
    Chain,
    LogEntry,
    check_key,
    entry_content,
    head_content,
    key_check,
    mark_of,
    walk,
)
from healthpass.attester.audit.file import LogFile
from healthpass.attester.audit.mend import mend
from healthpass.attester.audit.note import Checkpoint, open_checkpoint, sign_checkpoint
from healthpass.attester.audit.reading import checkpoint_of, entries_about, find_entries
from healthpass.formats import fields

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.crypto.signer import Signer
    from healthpass.formats.document import Document

__all__ = [
    "CLOCK",
    "FAILED",
    "KEY_SIZE",
    "KINDS",
    "NOT_KNOWN",
    "PASS",
    "AuditError",
    "AuditLog",
    "Checkpoint",
    "ClockSet",
    "LogEntry",
    "Problem",
    "Report",
    "check_log",
    "checkpoint_of",
    "find_entries",
    "open_checkpoint",
]

CLOCK_STEP = 60
"""Seconds by which a clock may be set back; the entry then has the time of the one before."""


@typed
class AuditLog:
    """An audit log that is open for writing. One object in one process has it at a time; its threads may share it.

    `open` makes one. It is a context manager, and closes at the end.
    """

    __slots__ = ("_chain", "_file", "_key", "_lock", "cut")

    cut: int
    """Bytes of a line that was never finished, which `open` took away. That line's answer was never given."""

    def __init__(self, file: LogFile, key: bytes) -> None:
        self._file: LogFile | None = file
        self._key = key
        self._lock = Lock()
        self._chain = Chain()
        self.cut = 0

    @classmethod
    @guarded
    def open(cls, path: str | os.PathLike[str], *, key: bytes, create: bool = True) -> AuditLog:
        """The log at `path`, read to its end and found whole. Its last line is mended if a power cut has torn it.

        Args:
            path: of a file on a file system with locks.
            key: the region's audit key, 32 bytes: the same for as long as the log goes on.
            create: begin a new log if there is none.

        Raises:
            AuditError: "audit-key": not 32 bytes, or not the key that this log was begun with; "no-log"; "in-use":
                another writer has it; "moved": it went from its path meanwhile; "damaged": the file is not as it was
                written, see `check_log`, and stays as it is.
            OSError: it cannot be read, made, mended or locked.
        """
        key_check(key)
        file = LogFile(os.fspath(path), create)
        try:
            log = cls(file, key)
            log._read(file)
        except BaseException:
            file.close()
            raise
        return log

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._chain.size

    @guarded
    def record(self, *, station: str, now: Time, kind: str, document: Document) -> None:
        """Write an entry. When this returns it is on the disk, and the answer may leave.

        Args:
            station: its id, 16 lower-case hexadecimal digits.
            now: seconds since 1970 UTC, or an aware `datetime`.
            kind: `PASS`, `NOT_KNOWN` or `FAILED`.
            document: whom was asked about.

        Raises:
            AuditError: "station", "kind"; "clock-behind": `now` is over a minute before the last entry; "closed": it
                is, or writing has failed before. Nothing is written. "moved": the file is no longer at its path, so
                that nobody would find the entry; the log is then closed.
            ValueError: the document was wiped, or `now` is no time. Nothing is written.
            OSError: it may be written or not, so the answer must not leave. The log is then closed; open it again.
        """
        if not fields.is_id(station):
            raise AuditError(
                "station", "a station id is 16 lower-case hexadecimal digits; take it from its certificate"
            )
        if kind not in KINDS:
            raise AuditError("kind", f"a kind of answer is one of {', '.join(KINDS)}")
        time = seconds(now)
        with self._lock:
            self._check_clock(time)
            number = self._chain.size + 1
            mark = mark_of(self._key, number, document)
            entry = LogEntry(number, max(time, self._chain.time), station, kind, mark)
            self._add(entry_content(entry))

    def set_clock(self, *, now: Time) -> int:
        """Go on at `now` although the last entry is later: the clock was ahead when that was written. An entry says so,
        for good, and everybody who checks the log is shown it.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`. Somebody has made sure that it is right.

        Returns:
            The time of the last entry, which was in the future.

        Raises:
            AuditError: "clock-fits": `now` is not over a minute before the last entry, so there is nothing to say;
                "closed" or "moved", as in `record`.
            OSError: as in `record`.
        """
        time = seconds(now)
        with self._lock:
            self._writable()
            before = self._chain.time
            if time >= before - CLOCK_STEP:
                raise AuditError("clock-fits", "the clock is not behind the audit log: nothing was written")
            self._add(entry_content(LogEntry(self._chain.size + 1, time, NOBODY, CLOCK, NO_MARK)))
            return before

    def check(self, *, now: Time) -> None:
        """Whether an entry could be written now, as far as that can be known before. Nothing is written.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            AuditError: "clock-behind", "closed" or "moved", as in `record`; "disk-full": there is no room for an entry.
            OSError: the file cannot be asked about.
        """
        time = seconds(now)
        with self._lock:
            self._check_clock(time)
            try:
                self._writable().check()
            except AuditError as error:
                if error.code == "moved":
                    self._shut()
                raise

    def checkpoint(self, signer: Signer, origin: str) -> str:
        """A signed statement of all that is in the log now. Give it to somebody whom you cannot make forget it.

        Args:
            signer: the key that signs the checkpoints of this log.
            origin: the log's name, 1 to 200 characters without spaces and plus signs; always the same.

        Raises:
            AuditError: "origin", "closed".
        """
        with self._lock:
            self._writable()
            return sign_checkpoint(Checkpoint(origin, self._chain.size, self._chain.tree.root()), signer)

    @guarded
    def find(self, document: Document) -> list[LogEntry]:
        """The entries about `document`, for the person's own request. Raises as `find_entries` does."""
        with self._lock, self._writable().reading() as file:
            return entries_about(file, self._key, document)

    def close(self) -> None:
        """Close the file, which lets other writers in."""
        with self._lock:
            self._shut()

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"AuditLog(size={self.size})"

    def _read(self, file: LogFile) -> None:
        with file.reading() as content:
            for _ in walk(content, self._chain):
                pass
        check_key(self._chain, self._key)
        self.cut = mend(file, self._chain, self._key)
        if self._chain.end == 0:
            self._add(head_content(self._key))

    def _add(self, content: bytes) -> None:
        line = self._chain.line(content)
        try:
            self._writable().append(line + b"\n")
            self._chain.take(line)
        except BaseException:  # what is in the file and what is known of it may differ now
            self._shut()
            raise

    def _check_clock(self, time: int) -> None:
        self._writable()
        if time < self._chain.time - CLOCK_STEP:
            said = "set the clock, or, if it is right, say so with `healthpass audit set-clock`"
            raise AuditError("clock-behind", f"the clock is behind the last entry of the audit log: {said}")

    def _writable(self) -> LogFile:
        if self._file is None:
            raise AuditError("closed", "the audit log is closed, or writing it has failed: open it again")
        return self._file

    def _shut(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
