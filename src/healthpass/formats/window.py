"""The two values that a trust list is made of: who signs it, and the issuer's keys. A kid is a validity window."""

from __future__ import annotations

from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats import fields
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT, MIN_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from healthpass.formats.cbor import Value

MAX_ROOTS = 16
LARGEST_SKEW = 3600
"""Seconds by which a scanner's clock may be off at most. A window is over so long after it expires, for everybody who
publishes, revokes or keeps; and nobody issues or prints under it once it has expired."""
_ANY_BINDING = DEVICE | DOCUMENT | BOTH
_CAPACITIES = frozenset(4**n for n in range(1, 17))


@typed
class RootSet:
    """The keys that may sign a trust list, and how many of them must.

    Attributes:
        threshold: signatures by distinct keys that are needed, at least 1.
        keys: public keys, 32 bytes each, in ascending order, distinct.

    Raises:
        FormatError: a threshold below 1 or above the number of keys, a key twice, more than 16 keys.
    """

    __slots__ = ("keys", "threshold")

    def __init__(self, threshold: int, keys: tuple[bytes, ...]) -> None:
        for key in keys:
            fields.byte_string(key, "root key", 32)
        if not 1 <= threshold <= len(keys) <= MAX_ROOTS or len(set(keys)) != len(keys):
            raise FormatError(f"roots: 1 to {MAX_ROOTS} distinct keys, and a threshold from 1 to their number")
        self.threshold = threshold
        self.keys = tuple(sorted(keys))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RootSet):
            return NotImplemented
        return (self.threshold, self.keys) == (other.threshold, other.keys)

    def __hash__(self) -> int:
        return hash((self.threshold, self.keys))

    def __repr__(self) -> str:
        return f"RootSet({self.threshold} of {len(self.keys)})"


@typed
class Window:
    """A signing key of the issuer and what it may sign. The public half; the kid says nothing but this.

    Attributes:
        kid: 4 random bytes.
        key: the issuer's public key for this window, 32 bytes.
        valid_from: when claims under it begin to be accepted, in seconds since 1970 UTC.
        expires: their expiry, all of them; later than `valid_from`.
        capacity: slots are below this; a power of four from 4 to 2^32.
        bindings: the allowed binding kinds, as bits (`DEVICE`, `DOCUMENT`, `BOTH`).
        document_key_id: 4 bytes naming the key of its document tags, or None.
    """

    __slots__ = ("bindings", "capacity", "document_key_id", "expires", "key", "kid", "valid_from")

    def __init__(
        self,
        kid: bytes,
        key: bytes,
        valid_from: int,
        expires: int,
        capacity: int,
        bindings: int,
        document_key_id: bytes | None = None,
    ) -> None:
        self.kid = fields.byte_string(kid, "kid", 4)
        self.key = fields.byte_string(key, "window key", 32)
        self.valid_from = fields.uint(valid_from, "valid from", least=MIN_TIME)
        self.expires = fields.uint(expires, "expires", least=valid_from + 1)
        self.capacity = check_capacity(capacity)
        self.bindings = fields.uint(bindings, "binding kinds", least=1, most=_ANY_BINDING)
        self.document_key_id = document_key_id
        if document_key_id is not None:
            fields.byte_string(document_key_id, "document key id", 4)
        elif bindings & (DOCUMENT | BOTH):
            raise FormatError("a window that binds to documents names their key")

    def is_open(self, now: int) -> bool:
        """Whether its claims count at `now`, in seconds since 1970 UTC. Scanners allow for their skew at both ends."""
        return self.valid_from <= now < self.expires

    def is_over(self, now: int) -> bool:
        """Whether no scanner accepts claims under it any more, also if its clock is as far behind as clocks may be.
        Until then they are revoked and published as those of any window."""
        return now >= self.expires + LARGEST_SKEW

    def values(self) -> list[Value]:
        """The fields in the order of the wire."""
        return [getattr(self, name) for name in _WINDOW_FIELDS]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Window):
            return NotImplemented
        return self.values() == other.values()

    def __hash__(self) -> int:
        return hash((self.kid, self.key))

    def __repr__(self) -> str:
        return f"Window(valid_from={self.valid_from}, expires={self.expires}, capacity={self.capacity})"


_WINDOW_FIELDS = ("kid", "key", "valid_from", "expires", "capacity", "bindings", "document_key_id")


@typed
def check_capacity(capacity: Value) -> int:
    """The capacity, if it is a power of four from 4 to 2^32. Raises `FormatError` otherwise."""
    if type(capacity) is not int or capacity not in _CAPACITIES:
        raise FormatError("capacity: not a power of four from 4 to 2^32")
    return capacity


@typed
def check_periods(windows: Iterable[Window]) -> None:
    """Windows that share a binding kind have the same bounds, or do not overlap: they may touch, end to beginning.

    So all kids of one time form one group, whose size everybody can count, and a kid that is one second off cannot be
    given to one person unnoticed.

    Raises:
        FormatError: "overlapping-windows".
    """
    listed = list(windows)
    for kind in (DEVICE, DOCUMENT, BOTH):
        # In ascending order some two overlap exactly if two neighbours do.
        end = 0
        for valid_from, expires in sorted({(each.valid_from, each.expires) for each in listed if each.bindings & kind}):
            if valid_from < end:
                raise FormatError(
                    "windows of one binding kind overlap without the same beginning and end; make them alike",
                    code="overlapping-windows",
                )
            end = expires


@typed
def parse_window(value: Value) -> Window:
    """A window from its decoded array. Raises `FormatError` if any field is out of range."""
    kid, key, valid_from, expires, capacity, bindings, document_key_id = fields.record(value, "window", 7)
    return Window(
        kid=fields.byte_string(kid, "kid", 4),
        key=fields.byte_string(key, "window key", 32),
        valid_from=fields.uint(valid_from, "valid from"),
        expires=fields.uint(expires, "expires"),
        capacity=check_capacity(capacity),
        bindings=fields.uint(bindings, "binding kinds"),
        document_key_id=None if document_key_id is None else fields.byte_string(document_key_id, "document key id", 4),
    )
