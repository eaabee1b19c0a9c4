"""Reading an audit log that somebody else may be writing: the entries about a document, and a checkpoint of all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.attester.audit.check import opened
from healthpass.attester.audit.entry import CLOCK, Chain, LogEntry, check_key, damaged, key_check, mark_of, walk
from healthpass.attester.audit.note import Checkpoint, sign_checkpoint

if TYPE_CHECKING:
    from typing import BinaryIO

    from healthpass.crypto.signer import Signer
    from healthpass.formats.document import Document


@typed
@guarded
def find_entries(log: str | os.PathLike[str] | bytes, *, key: bytes, document: Document) -> list[LogEntry]:
    """The entries about `document`. It needs no lock: the log may be being written.

    Args:
        log: the log's path, or its bytes.
        key: the audit key that the log was begun with, 32 bytes.

    Raises:
        AuditError: "audit-key"; "damaged", at whatever entry.
        ValueError: the document was wiped.
        OSError: the log cannot be read.
    """
    key_check(key)
    with opened(log) as file:
        return entries_about(file, key, document)


@typed
def checkpoint_of(log: str | os.PathLike[str], signer: Signer, origin: str) -> str:
    """A checkpoint of the finished lines of a log that another program may be writing.

    Raises:
        AuditError: "origin", "damaged".
        OSError: the log cannot be read or brought to the disk.
    """
    chain = Chain()
    with opened(log) as file:
        for _ in walk(file, chain):
            pass
        os.fsync(file.fileno())  # nothing is signed that a power cut could still take away
    if chain.end == 0:
        raise damaged("it has no first line")
    return sign_checkpoint(Checkpoint(origin, chain.size, chain.tree.root()), signer)


def entries_about(file: BinaryIO, key: bytes, document: Document) -> list[LogEntry]:
    """Those of a log that is read from its beginning. Raises `AuditError`, as `find_entries`."""
    chain = Chain()
    found = [
        entry
        for entry in walk(file, chain)
        if entry.kind != CLOCK and entry.mark == mark_of(key, entry.number, document)
    ]
    if chain.end == 0:
        raise damaged("it has no first line")
    check_key(chain, key)
    return found
