"""What one revocation key has said, and how it is found again on the disk."""

from __future__ import annotations

from healthpass.errors import BadInput
from healthpass.formats.revocation import MAX_DELTA_SIZE, MAX_SNAPSHOT_SIZE
from healthpass.trust.revocations import read_delta, read_snapshot
from healthpass.trust.updates import CLOCK_SKEW, Floor, check_not_rolled_back, floor_of, seconds_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.revocation import Delta, Snapshot
    from healthpass.formats.revocation_filter import RevocationFilter
    from healthpass.formats.trust_list import TrustList
    from healthpass.verifier.pieces import Pieces
    from healthpass.verifier.state_folder import Floors, StateFolder

SNAPSHOT, DELTA = "snapshot", "delta"
OF_SNAPSHOT = b"snapshot"
"""Behind a key: the floor of its snapshots; the key alone has that of snapshots and deltas together."""


class Stream:
    """What one revocation key has said. Never changed, so that who reads it needs no lock.

    Attributes:
        snapshot, base: the newest one, and the floor that it has set.
        filters: by kid; a kid whose piece is missing is not in it.
        delta: what was revoked since, or None.
        floor: of the newest of the two.
        complete: whether that is the newest that was ever accepted. If not, a delta is lost, and with it revocations.
    """

    __slots__ = ("base", "complete", "delta", "filters", "floor", "snapshot")

    def __init__(
        self,
        snapshot: Snapshot,
        base: Floor,
        filters: dict[bytes, RevocationFilter],
        delta: Delta | None = None,
        floor: Floor | None = None,
        complete: bool = True,
    ) -> None:
        self.snapshot = snapshot
        self.base = base
        self.filters = filters
        self.delta = delta
        self.floor = floor or base
        self.complete = complete

    def with_filters(self, filters: dict[bytes, RevocationFilter]) -> Stream:
        """The same with other filters."""
        return Stream(self.snapshot, self.base, filters, self.delta, self.floor, self.complete)

    def age(self, grace: int, now: int) -> int | None:
        """Seconds past its due time (0: not at all); None if it cannot be used."""
        newest = self.delta or self.snapshot
        if not self.complete or now < newest.issued - CLOCK_SKEW:
            return None
        return seconds_late(newest, grace, now)

    def is_revoked(self, kid: bytes, slot: int) -> bool:
        """Whether a slot of a kid in `filters` is revoked. Raises `FormatError` if the filter is damaged."""
        if self.delta is not None and self.delta.contains(kid, slot):
            return True
        return self.filters[kid].contains(slot)


def stored_stream(
    key: bytes, folder: StateFolder, pieces: Pieces, trust_list: TrustList, floors: Floors
) -> Stream | None:
    """What the folder has of a key: nothing without the newest snapshot, and perhaps not complete."""
    try:
        data = folder.read(file_name(key, SNAPSHOT), MAX_SNAPSHOT_SIZE)
        signer, snapshot = read_snapshot(data, trust_list)
        base = floor_of(snapshot, data)
        check_not_rolled_back(base, floors.get(key + OF_SNAPSHOT, Floor()))
        if signer != key:
            return None
    except (BadInput, OSError):
        return None
    delta, floor = None, base
    try:
        data = folder.read(file_name(key, DELTA), MAX_DELTA_SIZE)
        signer, found = read_delta(data, trust_list)
        if signer == key and found.base == snapshot.version:
            delta, floor = found, floor_of(found, data)
    except (BadInput, OSError):
        pass
    newest = floors.get(key, Floor())
    complete = floor == newest or floor.version > newest.version
    return Stream(snapshot, base, pieces.stored(snapshot, trust_list), delta, floor, complete)


def file_name(key: bytes, kind: str) -> str:
    """Of a key's snapshot or delta."""
    return f"{key.hex()[:16]}.{kind}.cbor"
