"""What a scanner knows of revocation: for each revocation key a snapshot, the filters that it names, and a delta.

Files are written in the order filters, snapshot, or delta; and what has been accepted goes into the floors after them.
So after a cut there is the old state or the new one. Filters that nobody names any more are removed last.
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
from healthpass.trust.updates import Floor, check_not_older, check_times_under, floor_of, is_same
from healthpass.verifier.filter_files import Pieces
from healthpass.verifier.revocation_stream import (
    DELTA,
    SNAPSHOT,
    Stream,
    file_name,
    newest_stream,
    stored_stream,
    with_delta,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.revocation.filter import RevocationFilter
    from healthpass.formats.revocation.messages import Delta, Snapshot
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.updates import Floors
    from healthpass.verifier.filter_files import Fetch, Piece
    from healthpass.verifier.state_folder import StateFolder, Writes


class Revocations:
    """What the revocation keys of a trust list have said. Never changed.

    What was revoked is not forgotten while its window lives: a snapshot or delta that says less than the one before is
    refused, and what is lost on the disk is not taken for "not revoked".

    Attributes:
        streams: by revocation key, those of which there is something.
    """

    __slots__ = ("_key_of", "streams")

    def __init__(self, streams: dict[bytes, Stream], trust_list: TrustList) -> None:
        self.streams = streams
        self._key_of = {kid: key for key, kids in trust_list.revocation_keys.items() for kid in kids}

    def with_stream(self, key: bytes, stream: Stream, trust_list: TrustList) -> Revocations:
        """The same with another stream of one key."""
        return Revocations({**self.streams, key: stream}, trust_list)

    def pieces(self, files: StateFolder) -> Pieces:
        """The filters that are here, in the files or in memory."""
        return Pieces(files, ((each.snapshot, each.filters) for each in self.streams.values()))

    def check_fresh(self, trust_list: TrustList, now: int) -> None:
        """Whether any pass can be checked at all: cheap, and before a pass is looked at.

        Raises:
            Refused: `REVOCATION_DATA_STALE`: no revocation key's data is there and young enough.
        """
        streams = self.streams
        if not any(
            key in streams and streams[key].age(trust_list.grace, now) is not None for key in trust_list.revocation_keys
        ):
            raise Refused(RefusalCode.REVOCATION_DATA_STALE)

    def check(self, kid: bytes, slots: list[int], trust_list: TrustList, now: int) -> int:
        """By how many seconds the data that says "not revoked" is past its due time (0: not at all).

        Raises:
            Refused: `REVOCATION_DATA_STALE`: there is none, for want of a revocation key for this kid too, or it is too
                old even for its grace time; `REVOKED`, with the index if there are several slots.
        """
        key = self._key_of.get(kid)
        stream = None if key is None else self.streams.get(key)
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


def load_revocations(
    held: Revocations | None, trust_list: TrustList, floors: Floors, files: StateFolder, lost: bool
) -> tuple[Revocations, Floors]:
    """What is known under a list, and the floors with it. See `healthpass.verifier.state.under`."""
    held = held or Revocations({}, trust_list)
    pieces, streams = held.pieces(files), {}
    for key in trust_list.revocation_keys:
        mine = held.streams.get(key)
        there = [each for each in (stored_stream(key, mine, trust_list, floors, files), mine) if each is not None]
        if there:
            streams[key], floors = newest_stream(key, there, trust_list, floors, pieces, lost)
    return Revocations(streams, trust_list), floors


def take_revocation(
    held: Revocations | None,
    data: bytes,
    trust_list: TrustList,
    floors: Floors,
    now: int,
    files: StateFolder,
    fetch: Fetch | None = None,
    grace: int = 0,
) -> tuple[Revocations, Floors, Writes]:
    """A newer snapshot or delta; see `TrustStore.update_revocation`. Its filters alone are written here, as they come:
    together they would not fit into memory, and until the snapshot is written nobody looks for them.

    Args:
        held, trust_list, floors, files: as in `load_revocations`.
        data: of the snapshot or delta.
        now: seconds since 1970 UTC.
        fetch: where the filters come from.
        grace: see `healthpass.trust.updates.check_times`.
    """
    if held is None:
        raise RevocationRefused("not-a-revoker", "the trust list names no revocation keys; fetch the newest one")
    if cose.type_of(data) == cose.DELTA:
        return _take_delta(held, data, trust_list, floors, now, grace)
    return _take_snapshot(held, data, trust_list, floors, now, files, fetch, grace)


def _take_snapshot(
    held: Revocations,
    data: bytes,
    trust_list: TrustList,
    floors: Floors,
    now: int,
    files: StateFolder,
    fetch: Fetch | None,
    grace: int,
) -> tuple[Revocations, Floors, Writes]:
    key, snapshot = _known_snapshot(held, data) or open_snapshot(data, trust_list)
    new, newest = floor_of(snapshot, data), floors.revocations.get(key, Floor())
    again = new == floors.snapshots.get(key)  # perhaps below a delta: then it can only mend what is lost
    if not again:
        check_not_older(new, newest)
    check_times_under(trust_list, snapshot, newest, now, grace)
    old, live = held.streams.get(key), live_kids(key, trust_list, now)
    mends = again and (old is None or old.base == new)
    writes: Writes = ((file_name(key, SNAPSHOT), data),)
    if mends and old is not None and snapshot.filters.keys() & trust_list.windows.keys() <= old.filters.keys():
        return held, floors, writes
    pieces = held.pieces(files)
    filters = _collected(snapshot, None if mends else old, live, pieces, trust_list, fetch)
    if not again:
        stream = Stream(snapshot, new, filters)
        floors = floors.changed("snapshots", key, new).changed("revocations", key, new)
    elif old is not None and mends:
        stream = old.changed(filters, old.complete)
    else:  # with its delta, if that is there
        found = with_delta(key, Stream(snapshot, new, {}), old, trust_list, files)
        there = [found] if old is None else [found, old]
        stream, floors = newest_stream(key, there, trust_list, floors, pieces, False)
    held = held.with_stream(key, stream, trust_list)
    return held, floors, writes + pieces.unnamed(each.snapshot for each in held.streams.values())


def _collected(
    snapshot: Snapshot,
    old: Stream | None,
    live: list[bytes],
    pieces: Pieces,
    trust_list: TrustList,
    fetch: Fetch | None,
) -> dict[bytes, RevocationFilter]:
    """The filters of a snapshot that says no less than `old`."""
    written: list[Piece] = []
    try:
        if old is not None:
            check_keeps_kids(snapshot, old.snapshot, live)
        filters = pieces.collect(snapshot, trust_list, fetch, written)
        if old is not None:
            check_keeps_revoked(filters, old.filters, old.snapshot, old.delta, live)
    except BaseException:
        pieces.remove(written)
        raise
    return filters


def _take_delta(
    held: Revocations, data: bytes, trust_list: TrustList, floors: Floors, now: int, grace: int
) -> tuple[Revocations, Floors, Writes]:
    known = _known_delta(held, data)
    key, delta = known or open_delta(data, trust_list)
    new, newest = floor_of(delta, data), floors.revocations.get(key, Floor())
    old = held.streams.get(key)
    if known is None or newest.digest:
        check_not_older(new, newest)
    check_times_under(trust_list, delta, newest, now, grace)
    if old is None or delta.base != old.snapshot.version:
        raise RevocationRefused("other-snapshot", "the delta adds to another snapshot: fetch that first")
    if known is None:
        if not delta.slots.keys() <= old.snapshot.filters.keys():
            raise RevocationRefused(
                "other-kid", "the delta revokes under a kid that its snapshot does not have; fetch the newest snapshot"
            )
        if old.delta is not None:
            check_keeps_slots(delta, old.delta, live_kids(key, trust_list, now))
    writes: Writes = ((file_name(key, DELTA), data),)  # of the same again too, should it be lost
    if known is not None:
        return held, floors, writes
    stream = Stream(old.snapshot, old.base, old.filters, delta, new)
    return held.with_stream(key, stream, trust_list), floors.changed("revocations", key, new), writes


def _known_snapshot(revocation: Revocations, data: bytes) -> tuple[bytes, Snapshot] | None:
    """The signer and content of bytes that were taken before: nothing in them need be looked at again."""
    return next(((key, each.snapshot) for key, each in revocation.streams.items() if is_same(data, each.base)), None)


def _known_delta(revocation: Revocations, data: bytes) -> tuple[bytes, Delta] | None:
    for key, each in revocation.streams.items():
        if each.delta is not None and is_same(data, each.floor):
            return key, each.delta
    return None
