"""What a scanner knows of revocation: for each revocation key a snapshot, the filters that it names, and a delta.

In a folder of its own:

    KEY.snapshot.cbor, KEY.delta.cbor   the newest of each, byte for byte; KEY is the start of the revocation key
    DIGEST.filter                       a filter, by the digest that a snapshot names it with; mapped, not read
    floors.txt                          for each key the newest version accepted, and the newest snapshot accepted

They are written in the order filters, snapshot, floors, or delta, floors; so after a cut there is the old state or the
new one. Filters that nobody names any more are removed last.
"""

from __future__ import annotations

from healthpass.errors import FormatError, RefusalCode, Refused, RevocationRefused
from healthpass.formats import cose
from healthpass.trust.revocations import (
    check_keeps_kids,
    check_keeps_revoked,
    check_keeps_slots,
    live_kids,
    open_delta,
    open_snapshot,
)
from healthpass.trust.updates import Floor, check_not_older, check_times_under, floor_of
from healthpass.verifier.pieces import Pieces
from healthpass.verifier.revocation_stream import DELTA, OF_SNAPSHOT, SNAPSHOT, Stream, file_name, stored_stream
from healthpass.verifier.state_folder import StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList
    from healthpass.verifier.pieces import Fetch, Piece
    from healthpass.verifier.state_folder import Floors


class RevocationStore:
    """Holds the newest revocation data, in memory or in a folder. `TrustStore.revocation` is one, and holds its lock
    over `use` and `update`; the checks need none.

    Args:
        folder: where to keep it; None keeps it in memory alone.

    What is refused changes nothing, and nothing that was revoked is forgotten while its window lives: a snapshot or
    delta that says less than the one before is refused, and what is lost on the disk is not taken for "not revoked".
    Raises `OSError`: the folder cannot be made or read.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._folder = StateFolder(folder)
        self._pieces = Pieces(folder)
        self._floors: Floors = self._folder.read_floors()
        self._streams: dict[bytes, Stream] = {}

    def use(self, trust_list: TrustList) -> None:
        """Go by another trust list: a key that it does not name is forgotten, one that is new is looked for on the
        disk, and a window that is new has its filter if a snapshot already knew of it."""
        keys = trust_list.revocation_keys
        floors = {key: floor for key, floor in self._floors.items() if key[:32] in keys}
        streams = {}
        for key in keys:
            old = self._streams.get(key)
            if old is None:
                stream = stored_stream(key, self._folder, self._pieces, trust_list, floors)
            else:
                stream = old.with_filters(self._pieces.stored(old.snapshot, trust_list))
            if stream is not None:
                streams[key] = stream
                floors[key + OF_SNAPSHOT] = stream.base
                if stream.complete:
                    floors[key] = stream.floor
        self._become(streams, floors)

    def update(self, data: bytes, trust_list: TrustList, now: int, fetch: Fetch | None) -> None:
        """Take a snapshot or a delta; see `TrustStore.update_revocation`."""
        self._catch_up(trust_list)
        if cose.is_sign1(data, cose.DELTA):
            self._take_delta(data, trust_list, now)
        else:
            self._take_snapshot(data, trust_list, now, fetch)

    def check_fresh(self, trust_list: TrustList, now: int) -> None:
        """Whether any pass can be checked at all: cheap, and before a pass is looked at.

        Raises:
            Refused: `REVOCATION_DATA_STALE`: no revocation key's data is there and young enough.
        """
        streams = self._streams
        if not any(
            key in streams and streams[key].age(trust_list.grace, now) is not None for key in trust_list.revocation_keys
        ):
            raise Refused(RefusalCode.REVOCATION_DATA_STALE)

    def check(self, kid: bytes, slots: list[int], trust_list: TrustList, now: int) -> int:
        """By how many seconds the data that says "not revoked" is past its due time (0: not at all).

        Raises:
            Refused: `REVOCATION_DATA_STALE`: there is none, or it is too old even for its grace time; `REVOKED`, with
                the index if there are several slots.
        """
        key = next((key for key, kids in trust_list.revocation_keys.items() if kid in kids), None)
        if key is None:
            return 0  # the roots have named nobody who could revoke it
        stream = self._streams.get(key)
        age = None if stream is None else stream.age(trust_list.grace, now)
        if age is None or stream is None or kid not in stream.filters:
            raise Refused(RefusalCode.REVOCATION_DATA_STALE)
        for index, slot in enumerate(slots):
            try:
                revoked = stream.is_revoked(kid, slot)
            except FormatError:  # damaged since it was mapped
                raise Refused(RefusalCode.REVOCATION_DATA_STALE) from None
            if revoked:
                raise Refused(RefusalCode.REVOKED, index if len(slots) > 1 else None)
        return age

    def _take_snapshot(self, data: bytes, trust_list: TrustList, now: int, fetch: Fetch | None) -> None:
        key, snapshot = open_snapshot(data, trust_list)
        new, newest = floor_of(snapshot, data), self._floors.get(key, Floor())
        again = new == self._floors.get(key + OF_SNAPSHOT)  # perhaps below a delta: then it can only mend what is lost
        if not again:
            check_not_older(new, newest)
        check_times_under(trust_list, snapshot, newest, now)
        old = self._streams.get(key)
        known = snapshot.filters.keys() & trust_list.windows.keys()
        if again and old is not None and known <= old.filters.keys():
            self._folder.write_floors(self._floors)  # in case a cut came before them
            return
        live = live_kids(key, trust_list, now)
        if old is not None and not again:
            check_keeps_kids(snapshot, old.snapshot, live)
        written: list[Piece] = []
        try:
            filters = self._pieces.collect(snapshot, trust_list, fetch, written)
            if old is not None and not again:
                check_keeps_revoked(filters, old.filters, old.snapshot, old.delta, live)
        except BaseException:
            self._pieces.remove(written)
            raise
        self._folder.write(file_name(key, SNAPSHOT), data)
        if again:
            stream = old and old.with_filters(filters)
            stream = stream or stored_stream(key, self._folder, self._pieces, trust_list, self._floors)
            if stream is None:  # written, and cannot be read
                raise OSError("the snapshot is not where it was written")
        else:
            stream = Stream(snapshot, new, filters)
        self._remember(key, stream)
        self._pieces.drop_all_but(each.snapshot for each in self._streams.values())

    def _take_delta(self, data: bytes, trust_list: TrustList, now: int) -> None:
        key, delta = open_delta(data, trust_list)
        new, newest = floor_of(delta, data), self._floors.get(key, Floor())
        check_not_older(new, newest)
        check_times_under(trust_list, delta, newest, now)
        old = self._streams.get(key)
        if old is None or delta.base != old.snapshot.version:
            raise RevocationRefused("other-snapshot", "the delta adds to another snapshot: fetch that first")
        if any(kid not in old.snapshot.filters for kid in delta.slots):
            raise RevocationRefused("other-kid", "the delta revokes under a kid that its snapshot does not have")
        if old.delta is not None:
            check_keeps_slots(delta, old.delta, live_kids(key, trust_list, now))
        if new != newest or not old.complete:
            self._folder.write(file_name(key, DELTA), data)
            old = Stream(old.snapshot, old.base, old.filters, delta, new)
        self._remember(key, old)  # the same again too, in case a cut came before the floors

    def _remember(self, key: bytes, stream: Stream) -> None:
        floors = {**self._floors, key + OF_SNAPSHOT: stream.base}
        if stream.complete:
            floors[key] = stream.floor
        self._folder.write_floors(floors)
        self._become({**self._streams, key: stream}, floors)

    def _become(self, streams: dict[bytes, Stream], floors: Floors) -> None:
        self._pieces.keep([each.snapshot for each in streams.values()], [each.filters for each in streams.values()])
        self._floors, self._streams = floors, streams

    def _catch_up(self, trust_list: TrustList) -> None:
        """If another program has updated the folder since, its state is ours, but nothing that is older than ours."""
        theirs = self._folder.changed_floors()
        if theirs is None:
            return
        other = RevocationStore(self._folder.path)
        for key, floor in self._floors.items():
            if floor.version > other._floors.get(key, Floor()).version:
                other._floors[key] = floor
        other.use(trust_list)
        streams = dict(other._streams)
        for key, ours in self._streams.items():
            if ours.floor == other._floors.get(key) and (key not in streams or not streams[key].complete):
                streams[key] = ours
        self._folder, self._pieces = other._folder, other._pieces
        self._become(streams, other._floors)
