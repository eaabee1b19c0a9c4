"""What a revocation key signs: snapshots, which name a filter for each kid, and deltas, which add slots to a snapshot.

Both are a COSE_Sign1. The payload of a snapshot is the map

    1 format   2 version   3 issued   4 expires   5 [[kid, digest, length]]

with a filter's SHA-512 digest (the first 32 bytes) and its length in bytes for every kid that the key may revoke under,
those of future windows too. The payload of a delta is

    1 format   2 version   3 issued   4 expires   5 version of its snapshot   6 [[kid, slots]]

with all the slots that were revoked since that snapshot, ascending, 4 bytes each in one byte string. So one delta is
enough to catch up, however many came before it. Kids are in ascending order.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.trust_list import MAX_WINDOWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from healthpass.formats.cbor import Value

FORMAT = 1
DIGEST_SIZE = 32
MAX_SNAPSHOT_SIZE = 131_072
"""Bytes of a whole snapshot; one of 2,048 kids has about 90,000."""
MAX_DELTA_SIZE = 1_048_576
"""Bytes of a whole delta; that is 260,000 slots, where a new snapshot has long been cheaper."""
MAX_FILTER_SIZE = 67_108_864
"""Bytes of a filter; one of 16,777,216 slots has at most about 2,100,000."""


@typed
class Snapshot:
    """Which filter holds for each kid.

    Attributes:
        version: rises with every snapshot and delta of a key, 1 to 2^32 - 1.
        issued, expires: seconds since 1970 UTC.
        filters: kid -> (digest, 32 bytes; length in bytes).
    """

    __slots__ = ("expires", "filters", "issued", "version")

    def __init__(self, version: int, issued: int, expires: int, filters: Mapping[bytes, tuple[bytes, int]]) -> None:
        self.version = fields.uint(version, "version", least=1)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        self.filters = dict(filters)

    def __repr__(self) -> str:
        return f"Snapshot(version={self.version}, kids={len(self.filters)})"


@typed
class Delta:
    """What was revoked since a snapshot.

    Attributes:
        version: rises with every snapshot and delta of a key.
        issued, expires: seconds since 1970 UTC.
        base: the version of the snapshot that it adds to, lower than its own.
        slots: kid -> slots, 4 bytes each, big-endian, ascending, in one byte string.
    """

    __slots__ = ("base", "expires", "issued", "slots", "version")

    def __init__(self, version: int, issued: int, expires: int, base: int, slots: Mapping[bytes, bytes]) -> None:
        self.version = fields.uint(version, "version", least=2)
        self.issued = fields.uint(issued, "issued", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=issued + 1)
        self.base = fields.uint(base, "snapshot", least=1, most=version - 1)
        self.slots = dict(slots)

    def contains(self, kid: bytes, slot: int) -> bool:
        """Whether the delta revokes this slot: a search in place."""
        return fields.holds(self.slots.get(kid, b""), slot)

    def __repr__(self) -> str:
        return f"Delta(version={self.version}, base={self.base})"


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The payload's bytes, deterministic."""
    listed: list[Value] = [[kid, digest, length] for kid, (digest, length) in sorted(snapshot.filters.items())]
    return cbor.encode({1: FORMAT, 2: snapshot.version, 3: snapshot.issued, 4: snapshot.expires, 5: listed})


@typed
def parse_snapshot(payload: bytes) -> Snapshot:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(
        cbor.decode(payload, 4 * MAX_WINDOWS + cbor.FEW_ITEMS), "snapshot", frozenset(range(1, 6))
    )
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    entries = fields.array(content[5], "filters", _entry, MAX_WINDOWS)
    _ascending([kid for kid, _ in entries])
    return Snapshot(
        fields.uint(content[2], "version"),
        fields.uint(content[3], "issued"),
        fields.uint(content[4], "expires"),
        dict(entries),
    )


def encode_delta(delta: Delta) -> bytes:
    """The payload's bytes, deterministic."""
    listed: list[Value] = [[kid, slots] for kid, slots in sorted(delta.slots.items())]
    return cbor.encode({1: FORMAT, 2: delta.version, 3: delta.issued, 4: delta.expires, 5: delta.base, 6: listed})


@typed
def parse_delta(payload: bytes) -> Delta:
    """The content of a payload. Raises `FormatError` if anything in it is not as above."""
    content = fields.labelled(cbor.decode(payload, 3 * MAX_WINDOWS + cbor.FEW_ITEMS), "delta", frozenset(range(1, 7)))
    fields.uint(content[1], "format", least=FORMAT, most=FORMAT)
    entries = fields.array(content[6], "slots", _slots, MAX_WINDOWS)
    _ascending([kid for kid, _ in entries])
    return Delta(
        fields.uint(content[2], "version"),
        fields.uint(content[3], "issued"),
        fields.uint(content[4], "expires"),
        fields.uint(content[5], "snapshot"),
        dict(entries),
    )


def _entry(value: Value, name: str) -> tuple[bytes, tuple[bytes, int]]:
    kid, digest, length = fields.record(value, name, 3)
    size = fields.uint(length, "length", most=MAX_FILTER_SIZE)
    return fields.byte_string(kid, "kid", 4), (fields.byte_string(digest, "digest", DIGEST_SIZE), size)


def _slots(value: Value, name: str) -> tuple[bytes, bytes]:
    kid, joined = fields.record(value, name, 2)
    if type(joined) is not bytes or not joined or len(joined) % 4:
        raise FormatError("slots: 4 bytes each, at least one")
    if not fields.is_ascending(joined):
        raise FormatError("slots: out of order or repeated")
    return fields.byte_string(kid, "kid", 4), joined


def _ascending(kids: list[bytes]) -> None:
    if any(kids[n - 1] >= kids[n] for n in range(1, len(kids))):
        raise FormatError("kids: out of order or repeated")
