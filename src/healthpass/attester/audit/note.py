"""Checkpoints of an audit log: signed notes that say how long the log is, and with which content.

A checkpoint is what C2SP tlog-checkpoint describes, in the form of C2SP signed-note:

    ORIGIN
    SIZE
    ROOT, in base64

    — ORIGIN SIGNATURE, in base64

ROOT is the Merkle tree hash of RFC 6962 over the first SIZE entries. The signature is 4 bytes of key id, the first of
SHA-256 over the key's name (the origin), a newline, the byte 1 and the public key; and then 64 bytes of Ed25519 over
the three lines with their newlines. Programs that read the checkpoints of other logs read these; others may add lines
with their signatures, which are not looked at here.

No message in COSE can be taken for a checkpoint, nor the other way round: what is signed there begins with a byte with
which no text does.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from healthpass._texts import tidy
from healthpass.attester.audit.entry import AuditError
from healthpass.attester.audit.tree import HASH_SIZE
from healthpass.crypto import ed25519

if TYPE_CHECKING:
    from healthpass.crypto.signer import Signer

MAX_NOTE = 131_072
"""Bytes of a checkpoint with all of its signatures."""
MAX_SIGNATURES = 64
MAX_ORIGIN = 200
"""Characters."""
_ED25519 = b"\x01"
_SIGNATURE = re.compile("\u2014 ([^ +]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile("0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says.

    Attributes:
        origin: the name of the log, such as "audit.north.example/2027".
        size: how many entries it is about.
        root: the root of the tree of these, 32 bytes.
    """

    origin: str
    size: int
    root: bytes


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a signed note.

    Raises:
        AuditError: "origin": it is not 1 to 200 printable characters without spaces and plus signs.
    """
    origin = checkpoint.origin
    if not _is_name(origin):
        raise AuditError("origin", f"an origin has 1 to {MAX_ORIGIN} characters, none of them a space or a plus sign")
    text = f"{origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
    signature = key_id(origin, signer.public_key) + signer.sign(text.encode())
    return f"{text}\n\u2014 {origin} {b64encode(signature).decode()}\n"


def open_checkpoint(note: str | bytes, key: bytes) -> Checkpoint:
    """What a checkpoint says that `key` (32 bytes) has signed under its origin's name.

    Raises:
        AuditError: "not-a-checkpoint"; "other-signer": no signature is by this key; "bad-signature": one says that it
            is, and does not hold.
    """
    text, signatures = _taken_apart(note)
    checkpoint = _parsed(text)
    name, mine = checkpoint.origin, key_id(checkpoint.origin, key)
    ours = [each[4:] for by, each in signatures if by == name and each[:4] == mine]
    if not ours:
        raise AuditError("other-signer", "no signature of the checkpoint is by this key; give its signer's")
    if not all(ed25519.verify(key, text.encode(), each) for each in ours):
        raise AuditError("bad-signature", "the checkpoint's signature does not hold; fetch it again")
    return checkpoint


def key_id(name: str, key: bytes) -> bytes:
    """The 4 bytes that stand for an Ed25519 public key of that name in a signed note."""
    return sha256(name.encode() + b"\n" + _ED25519 + key).digest()[:4]


def _taken_apart(note: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text, and the signatures with the names of their keys."""
    if len(note) > MAX_NOTE:
        raise _not_one()
    try:
        whole = note.decode("utf-8") if isinstance(note, bytes) else note
        whole = tidy(whole)
        whole.encode("utf-8")  # no half of a surrogate pair
    except UnicodeError:
        raise _not_one() from None
    text, gap, below = whole.rpartition("\n\n")
    lines = below.split("\n")
    if not gap or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise _not_one()
    if any(each < " " and each != "\n" for each in whole):
        raise _not_one()
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE.fullmatch(line)
    if match is None or any(each.isspace() for each in match[1]):
        raise _not_one()
    return match[1], _unbase64(match[2])


def _parsed(text: str) -> Checkpoint:
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or "" in lines:  # lines after the third are extensions, which say nothing to us
        raise _not_one()
    origin, size, root = lines[:3]
    hashed = _unbase64(root)
    if not _is_name(origin) or not _SIZE.fullmatch(size) or len(hashed) != HASH_SIZE:
        raise _not_one()
    return Checkpoint(origin, int(size), hashed)


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= MAX_ORIGIN and text.isprintable() and not any(c.isspace() or c == "+" for c in text)


def _unbase64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise _not_one() from None
    if b64encode(data).decode() != text:
        raise _not_one()
    return data


def _not_one() -> AuditError:
    return AuditError("not-a-checkpoint", "not a checkpoint of an audit log; name the right file")
