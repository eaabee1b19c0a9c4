"""Document keys on their way to a region or a scanner. A COSE_Sign1 by a registrar; its payload is the map below.

    1 format   2 version   3 issued   4 expires   5 the recipient's public sealing key, 32 bytes   6 sealed

Sealed to the recipient (libsodium's `crypto_box_seal`) are 36 bytes for each key, in ascending order of ids: the id by
which windows of the trust list name it, 4 bytes, and the key, 32 bytes. A delivery replaces the one before, so keys
rotate by a delivery with the old one and the new one, and later one without the old.
"""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
MAX_SIZE = 2048
"""Bytes of the whole message; one with 16 keys has 839."""
MAX_KEYS = 16
ID_SIZE = 4
KEY_SIZE = 32
_ENTRY_SIZE = ID_SIZE + KEY_SIZE
_SEAL_SIZE = 48


@typed
class DocumentKeyDelivery:
    """A delivery, still sealed.

    Attributes:
        version: rises with every delivery of a registrar to the same recipient, 1 to 2^32 - 1.
        issued, expires: seconds since 1970 UTC; when it may be taken. The keys stay good for windows that name them.
        recipient: the public sealing key that it is for, 32 bytes.
        sealed: the keys, for that recipient alone.
    """

    __slots__ = ("expires", "issued", "recipient", "sealed", "version")

    def __init__(self, version: int, issued: int, expires: int, recipient: bytes, sealed: bytes) -> None:
        self.version = fields.uint(version, "version", least=1)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        self.recipient = fields.byte_string(recipient, "recipient", KEY_SIZE)
        size = len(sealed) - _SEAL_SIZE if type(sealed) is bytes else 0
        if size not in range(_ENTRY_SIZE, MAX_KEYS * _ENTRY_SIZE + 1, _ENTRY_SIZE):
            raise FormatError(f"sealed keys: not 1 to {MAX_KEYS} keys")
        self.sealed = sealed

    def __repr__(self) -> str:
        return f"DocumentKeyDelivery(version={self.version})"


@typed
def encode_delivery(delivery: DocumentKeyDelivery) -> bytes:
    """The payload's bytes, deterministic."""
    return cbor.encode(
        {
            1: FORMAT,
            2: delivery.version,
            3: delivery.issued,
            4: delivery.expires,
            5: delivery.recipient,
            6: delivery.sealed,
        }
    )


@typed
def parse_delivery(payload: bytes) -> DocumentKeyDelivery:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, cbor.FEW_ITEMS), "document keys", frozenset(range(1, 7)), additions=False
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    sealed = content[6]
    if type(sealed) is not bytes:
        raise FormatError("sealed keys: not a byte string")
    return DocumentKeyDelivery(
        fields.uint(content[2], "version"),
        fields.uint(content[3], "issued"),
        fields.uint(content[4], "expires"),
        fields.byte_string(content[5], "recipient", KEY_SIZE),
        sealed,
    )


@typed
@guarded
def encode_keys(keys: Mapping[bytes, bytes]) -> bytes:
    """What is to be sealed: ids (4 bytes each) and keys (32 bytes each). Raises `FormatError`: none, too many, or no
    such sizes."""
    if not 1 <= len(keys) <= MAX_KEYS:
        raise FormatError(f"1 to {MAX_KEYS} document keys")
    for key_id, key in keys.items():
        fields.byte_string(key_id, "document key id", ID_SIZE)
        fields.byte_string(key, "document key", KEY_SIZE)
    return b"".join(key_id + keys[key_id] for key_id in sorted(keys))


@typed
@guarded
def parse_keys(data: bytes) -> dict[bytes, bytes]:
    """The keys by their ids. Raises `FormatError` if these are not 36 bytes for each, ids ascending."""
    entries = [data[at : at + _ENTRY_SIZE] for at in range(0, len(data), _ENTRY_SIZE)]
    ids = [entry[:ID_SIZE] for entry in entries]
    if not 1 <= len(entries) <= MAX_KEYS or len(entries[-1]) != _ENTRY_SIZE or ids != sorted(set(ids)):
        raise FormatError("document keys: 36 bytes each, in ascending order of ids")
    return {entry[:ID_SIZE]: entry[ID_SIZE:] for entry in entries}
