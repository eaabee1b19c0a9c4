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
from healthpass.verifier.revocation_stream import DELTA, SNAPSHOT, Stream, file_name, newest_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.revocation.filter import RevocationFilter
    from healthpass.formats.revocation.messages import Delta, Snapshot
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.updates import Floors
    from healthpass.verifier.filter_files import Fetch, Piece
    from healthpass.verifier.state import Files, State
    from healthpass.verifier.state_folder import StateFolder

FOLDER = "revocation"


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

    def pieces(self, path: str | None) -> Pieces:
        """The filters that are here, in the folder at `path` or in memory."""
        return Pieces(path, ((each.snapshot, each.filters) for each in self.streams.values()))

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
    held: Revocations | None, trust_list: TrustList, floors: Floors, files: Files, lost: bool
) -> tuple[Revocations, Floors]:
    """What is known under a list, and the floors with it. See `healthpass.verifier.state.under`."""
    held = held or Revocations({}, trust_list)
    pieces, streams = held.pieces(files.beneath(FOLDER)), {}
    for key in trust_list.revocation_keys:
        stream, floors = newest_stream(key, held.streams.get(key), trust_list, floors, files, pieces, lost)
        if stream is not None:
            streams[key] = stream
    return Revocations(streams, trust_list), floors


def take_revocation(
    state: State, data: bytes, now: int, fetch: Fetch | None, folder: StateFolder, grace: int = 0
) -> State:
    """The state with a snapshot or a delta, whose files are written; see `TrustStore.update_revocation`. For `grace`
    see `healthpass.trust.updates.check_times`."""
    trust_list, revocation = state.trust_list, state.revocation
    if trust_list is None or revocation is None:
        raise RevocationRefused("not-a-revoker", "the trust list names no revocation keys; fetch the newest one")
    if cose.type_of(data) == cose.DELTA:
        return _take_delta(state, revocation, data, trust_list, now, folder, grace)
    return _take_snapshot(state, revocation, data, trust_list, now, fetch, folder, grace)


def _take_snapshot(
    state: State,
    revocation: Revocations,
    data: bytes,
    trust_list: TrustList,
    now: int,
    fetch: Fetch | None,
    folder: StateFolder,
    grace: int,
) -> State:
    key, snapshot = _known_snapshot(revocation, data) or open_snapshot(data, trust_list)
    new, newest = floor_of(snapshot, data), state.floors.revocations.get(key, Floor())
    again = new == state.floors.snapshots.get(key)  # perhaps below a delta: then it can only mend what is lost
    if not again:
        check_not_older(new, newest)
    check_times_under(trust_list, snapshot, newest, now, grace)
    old, live = revocation.streams.get(key), live_kids(key, trust_list, now)
    mends = again and (old is None or old.base == new)
    if mends and old is not None and snapshot.filters.keys() & trust_list.windows.keys() <= old.filters.keys():
        folder.write(file_name(key, SNAPSHOT), data)
        return state
    pieces = revocation.pieces(folder.beneath(FOLDER))
    filters, fetched = _collected(snapshot, None if mends else old, live, pieces, trust_list, fetch)
    if fetched:
        folder.touched()
    folder.write(file_name(key, SNAPSHOT), data)
    if not again:
        stream, floors = Stream(snapshot, new, filters), state.floors.changed("snapshots", key, new)
        floors = floors.changed("revocations", key, new)
    elif old is not None and mends:
        stream, floors = old.changed(filters, old.complete), state.floors
    else:  # with its delta, if that is there
        found, floors = newest_stream(key, old, trust_list, state.floors, folder, pieces, False)
        if found is None:  # written, and cannot be read
            raise OSError("the snapshot is not where it was written")
        stream = found
    revocation = revocation.with_stream(key, stream, trust_list)
    pieces.drop_all_but(each.snapshot for each in revocation.streams.values())
    return state.changed(revocation=revocation, floors=floors)


def _collected(
    snapshot: Snapshot,
    old: Stream | None,
    live: list[bytes],
    pieces: Pieces,
    trust_list: TrustList,
    fetch: Fetch | None,
) -> tuple[dict[bytes, RevocationFilter], bool]:
    """The filters of a snapshot that says no less than `old`, and whether any of them was written."""
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
    return filters, bool(written)


def _take_delta(
    state: State,
    revocation: Revocations,
    data: bytes,
    trust_list: TrustList,
    now: int,
    folder: StateFolder,
    grace: int,
) -> State:
    known = _known_delta(revocation, data)
    key, delta = known or open_delta(data, trust_list)
    new, newest = floor_of(delta, data), state.floors.revocations.get(key, Floor())
    old = revocation.streams.get(key)
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
    folder.write(file_name(key, DELTA), data)  # the same again too, should it be lost
    if known is not None:
        return state
    stream = Stream(old.snapshot, old.base, old.filters, delta, new)
    floors = state.floors.changed("revocations", key, new)
    return state.changed(revocation=revocation.with_stream(key, stream, trust_list), floors=floors)


def _known_snapshot(revocation: Revocations, data: bytes) -> tuple[bytes, Snapshot] | None:
    """The signer and content of bytes that were taken before: nothing in them need be looked at again."""
    return next(((key, each.snapshot) for key, each in revocation.streams.items() if is_same(data, each.base)), None)


def _known_delta(revocation: Revocations, data: bytes) -> tuple[bytes, Delta] | None:
    for key, each in revocation.streams.items():
        if each.delta is not None and is_same(data, each.floor):
            return key, each.delta
    return None
