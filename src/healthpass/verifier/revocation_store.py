"""What a scanner knows of revocation: for each revocation key a snapshot, the filters that it names, and a delta.

In a folder of its own:

    KEY.snapshot.cbor, KEY.delta.cbor   the newest of each, byte for byte; KEY is the start of the revocation key
    DIGEST.filter                       a filter, by the digest that a snapshot names it with; mapped, not read
    floors.txt                          the newest version accepted from each key: what is older is never used again
"""

from __future__ import annotations

from healthpass.errors import BadInput, RefusalCode, Refused, RevocationRefused
from healthpass.formats import cose
from healthpass.trust.revocations import (
    check_keeps_kids,
    check_keeps_slots,
    live_kids,
    open_delta,
    open_snapshot,
)
from healthpass.trust.updates import CLOCK_SKEW, Floor, check_not_older, check_times, floor_of
from healthpass.verifier.pieces import Pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from healthpass.formats.revocation import Delta, Snapshot
    from healthpass.formats.revocation_filter import RevocationFilter
    from healthpass.formats.trust_list import TrustList

    Fetch = Callable[[str], bytes]


class Stream:
    """What one revocation key has said.

    Attributes:
        snapshot: the newest one.
        filters: by kid; a kid whose piece is missing is not in it.
        delta: what was revoked since, or None.
    """

    __slots__ = ("delta", "filters", "snapshot")

    def __init__(self, snapshot: Snapshot, filters: dict[bytes, RevocationFilter], delta: Delta | None) -> None:
        self.snapshot = snapshot
        self.filters = filters
        self.delta = delta

    @property
    def newest(self) -> Snapshot | Delta:
        """The delta, or the snapshot if there is none: how fresh the stream is."""
        return self.delta or self.snapshot

    def is_revoked(self, kid: bytes, slot: int) -> bool:
        """Whether a slot of a kid in `filters` is revoked."""
        if self.delta is not None and self.delta.contains(kid, slot):
            return True
        return self.filters[kid].contains(slot)


class RevocationStore:
    """Holds the newest revocation data, in memory or in a folder. `TrustStore.revocation` is one.

    Args:
        folder: where to keep it; None keeps it in memory alone.

    What is refused changes nothing, and nothing that was revoked is forgotten while its window lives: a snapshot or
    delta that says less than the one before is refused.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._pieces = Pieces(folder)
        self._floors = self._pieces.folder.read_floors()
        self._streams: dict[bytes, Stream] = {}
        self._loaded: TrustList | None = None

    def update(self, data: bytes, trust_list: TrustList, now: int, fetch: Fetch | None) -> None:
        """Take a snapshot or a delta; see `TrustStore.update_revocation`."""
        self._load(trust_list)
        if cose.is_sign1(data, cose.DELTA):
            self._take_delta(data, trust_list, now)
        else:
            self._take_snapshot(data, trust_list, now, fetch)

    def check_fresh(self, trust_list: TrustList, now: int) -> None:
        """Whether any pass can be checked at all: cheap, and before a pass is looked at.

        Raises:
            Refused: `REVOCATION_DATA_STALE`: no revocation key's data is there and young enough.
        """
        self._load(trust_list)
        for key in trust_list.revocation_keys:
            if self._age(key, trust_list, now) is not None:
                return
        raise Refused(RefusalCode.REVOCATION_DATA_STALE)

    def check(self, kid: bytes, slots: list[int], trust_list: TrustList, now: int) -> int:
        """By how many seconds the data that says "not revoked" is past its due time (0: not at all).

        Raises:
            Refused: `REVOCATION_DATA_STALE`: there is none, or it is too old even for its grace time; `REVOKED`, with
                the index if there are several slots.
        """
        key = _key_for(kid, trust_list)
        if key is None:
            return 0  # the roots have named nobody who could revoke it
        age = self._age(key, trust_list, now)
        stream = self._streams.get(key)
        if age is None or stream is None or kid not in stream.filters:
            raise Refused(RefusalCode.REVOCATION_DATA_STALE)
        for index, slot in enumerate(slots):
            if stream.is_revoked(kid, slot):
                raise Refused(RefusalCode.REVOKED, index if len(slots) > 1 else None)
        return age

    def _age(self, key: bytes, trust_list: TrustList, now: int) -> int | None:
        """Seconds past the due time of a key's data; None if it cannot be used."""
        stream = self._streams.get(key)
        if stream is None or stream.newest.version < self._floors.get(key, Floor()).version:
            return None  # a newer delta was accepted once, and is lost
        if now < stream.newest.issued - CLOCK_SKEW:
            return None
        late = now - stream.newest.expires
        if late < 0:
            return 0
        return None if late >= trust_list.grace else late + 1

    def _take_snapshot(self, data: bytes, trust_list: TrustList, now: int, fetch: Fetch | None) -> None:
        key, snapshot = open_snapshot(data, trust_list)
        new, floor = floor_of(snapshot, data), self._floors.get(key, Floor())
        check_not_older(new, floor)
        check_times(snapshot, floor, now)
        old = self._streams.get(key)
        known = snapshot.filters.keys() & trust_list.windows.keys()
        if old is not None and new == floor and known <= old.filters.keys():
            return
        live = live_kids(key, trust_list, now)
        if old is not None:
            check_keeps_kids(snapshot, old.snapshot, live)
        filters = self._pieces.collect(snapshot, trust_list, fetch)
        if old is not None:
            _check_keeps_revoked(filters, old, live)
        self._pieces.folder.write(_name(key, "snapshot"), data)
        delta = old.delta if old is not None and new == floor else None
        self._remember(key, Stream(snapshot, filters, delta), new)
        self._pieces.drop_all_but(stream.snapshot for stream in self._streams.values())

    def _take_delta(self, data: bytes, trust_list: TrustList, now: int) -> None:
        key, delta = open_delta(data, trust_list)
        new, floor = floor_of(delta, data), self._floors.get(key, Floor())
        check_not_older(new, floor)
        check_times(delta, floor, now)
        stream = self._streams.get(key)
        if stream is None or delta.base != stream.snapshot.version:
            raise RevocationRefused("other-snapshot", "the delta adds to another snapshot: fetch that first")
        if any(kid not in stream.snapshot.filters for kid in delta.slots):
            raise RevocationRefused("other-kid", "the delta revokes under a kid that its snapshot does not have")
        if stream.delta is not None:
            check_keeps_slots(delta, stream.delta)
        if new != floor:
            self._pieces.folder.write(_name(key, "delta"), data)
            self._remember(key, Stream(stream.snapshot, stream.filters, delta), new)

    def _remember(self, key: bytes, stream: Stream, floor: Floor) -> None:
        self._floors = {**self._floors, key: floor}
        self._pieces.folder.write_floors(self._floors)
        self._streams = {**self._streams, key: stream}

    def _load(self, trust_list: TrustList) -> None:
        """What the folder has of the revocation keys of a list that is new to this store."""
        if self._loaded is trust_list:
            return
        keys = trust_list.revocation_keys
        self._floors = {key: floor for key, floor in self._floors.items() if key in keys}
        streams = {}
        for key in keys:
            stream = self._streams.get(key) or self._stored(key, trust_list)
            if stream is not None:  # a new list may have windows that a snapshot already knew of
                filters = self._pieces.stored(stream.snapshot, trust_list)
                streams[key] = Stream(stream.snapshot, filters, stream.delta)
        self._streams, self._loaded = streams, trust_list

    def _stored(self, key: bytes, trust_list: TrustList) -> Stream | None:
        read = self._pieces.folder.read
        try:
            signer, snapshot = open_snapshot(read(_name(key, "snapshot"), 131_072) or b"", trust_list)
            if signer != key:
                return None
            stream = Stream(snapshot, self._pieces.stored(snapshot, trust_list), None)
        except BadInput:
            return None
        try:
            signer, delta = open_delta(read(_name(key, "delta"), 1_048_576) or b"", trust_list)
            if signer == key and delta.base == snapshot.version:
                stream.delta = delta
        except BadInput:
            pass
        return stream


def _key_for(kid: bytes, trust_list: TrustList) -> bytes | None:
    """The revocation key of a kid."""
    for key, kids in trust_list.revocation_keys.items():
        if kid in kids:
            return key
    return None


def _check_keeps_revoked(filters: dict[bytes, RevocationFilter], old: Stream, live: list[bytes]) -> None:
    """Whatever was revoked under a live kid is revoked in the new filters too.

    Raises:
        RevocationRefused: "un-revokes".
    """
    for kid in live:
        if kid not in filters or kid not in old.filters:
            continue
        new = filters[kid]
        added = old.delta.slots.get(kid, b"") if old.delta is not None else b""
        slots = [int.from_bytes(added[at : at + 4], "big") for at in range(0, len(added), 4)]
        if not all(new.contains(slot) for slot in slots):
            raise RevocationRefused("un-revokes", "the snapshot has lost a slot that was revoked")
        if new is not old.filters[kid] and not all(new.contains(slot) for slot in old.filters[kid]):
            raise RevocationRefused("un-revokes", "the snapshot has lost a slot that was revoked")


def _name(key: bytes, kind: str) -> str:
    return f"{key.hex()[:16]}.{kind}.cbor"
