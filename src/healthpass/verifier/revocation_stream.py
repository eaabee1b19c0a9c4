"""What one revocation key has said, and how it is found again on the disk."""

from __future__ import annotations

from healthpass.errors import BadInput
from healthpass.formats.revocation.messages import MAX_DELTA_SIZE, MAX_SNAPSHOT_SIZE
from healthpass.trust.revocations import read_delta, read_snapshot
from healthpass.trust.updates import CLOCK_SKEW, Floor, check_not_rolled_back, floor_of, is_same, seconds_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.revocation.filter import RevocationFilter
    from healthpass.formats.revocation.messages import Delta, Snapshot
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.updates import Floors
    from healthpass.verifier.filter_files import Pieces
    from healthpass.verifier.state_folder import StateFolder

SNAPSHOT, DELTA = "snapshot", "delta"


class Stream:
    """What one revocation key has said. Never changed.

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

    def changed(self, filters: dict[bytes, RevocationFilter], complete: bool) -> Stream:
        """The same with other filters, and as complete as that."""
        return Stream(self.snapshot, self.base, filters, self.delta, self.floor, complete)

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


def newest_stream(
    key: bytes, there: list[Stream], trust_list: TrustList, floors: Floors, pieces: Pieces, lost: bool
) -> tuple[Stream, Floors]:
    """Of what is in the files and in memory the newest, and the floors with it.

    It is complete if it is what the floors say was accepted last, or newer: then a power cut came before the floors.
    Where they do not know the key, nothing was accepted from it before. Where they are lost, anything may have been:
    then it is not complete, and the floor that is set has no digest, so that only something newer will be.

    Args:
        there: what is in the files, and in memory; one of them at least.
        lost: whether no floors could be read.
    """
    highest = max((each.floor for each in there), key=lambda floor: floor.version)
    newest = floors.revocations.get(key)
    if lost and (newest is None or highest.version >= newest.version):
        newest = Floor(highest.version, highest.issued)
    elif lost and newest is not None:
        newest = Floor(newest.version, newest.issued)
    whole = [each for each in there if newest is None or each.floor == newest or each.floor.version > newest.version]
    chosen = whole[0] if whole else next(each for each in there if each.floor == highest)
    chosen = chosen.changed(pieces.stored(chosen.snapshot, trust_list), bool(whole))
    base = floors.snapshots.get(key, Floor())
    if chosen.base.version >= base.version:
        floors = floors.changed("snapshots", key, chosen.base)
    return chosen, floors.changed("revocations", key, chosen.floor if whole or newest is None else newest)


def stored_stream(
    key: bytes, held: Stream | None, trust_list: TrustList, floors: Floors, files: StateFolder
) -> Stream | None:
    """What the files have of a key, without filters: nothing without the newest snapshot."""
    data = files.read(file_name(key, SNAPSHOT), MAX_SNAPSHOT_SIZE)
    if not data:
        return None
    try:
        if held is not None and is_same(data, held.base):
            snapshot, base = held.snapshot, held.base
        else:
            signer, snapshot = read_snapshot(data, trust_list)
            base = floor_of(snapshot, data)
            if signer != key:
                return None
        check_not_rolled_back(base, floors.snapshots.get(key, Floor()))
    except BadInput:
        return None
    return with_delta(key, Stream(snapshot, base, {}), held, trust_list, files)


def with_delta(key: bytes, bare: Stream, held: Stream | None, trust_list: TrustList, files: StateFolder) -> Stream:
    """A stream of a snapshot alone, with the delta upon it that the files have, if there is one."""
    data = files.read(file_name(key, DELTA), MAX_DELTA_SIZE)
    if not data:
        return bare
    try:
        if held is not None and held.delta is not None and is_same(data, held.floor):
            delta, floor = held.delta, held.floor
        else:
            signer, delta = read_delta(data, trust_list)
            floor = floor_of(delta, data)
            if signer != key:
                return bare
    except BadInput:
        return bare
    return Stream(bare.snapshot, bare.base, {}, delta, floor) if delta.base == bare.snapshot.version else bare


def file_name(key: bytes, kind: str) -> str:
    """Of a key's snapshot or delta."""
    return f"revocation/{key.hex()[:16]}.{kind}.cbor"
