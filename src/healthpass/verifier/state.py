"""What a scanner goes by at one moment, as one value that never changes; and how files and updates make the next one.

Pure: files come in as bytes, by a function that reads them, and what is to be written goes out. A part is in force if
its signer still stands in the trust list and nothing newer was accepted; what is damaged, lost or overtaken is absent,
and every step that needs it refuses.

The list is here. The parts under it have a module each, of one shape, that knows nothing of `State`:

    load_…(held, trust_list, floors, files, lost) -> part, floors             of the files and what is held, the newest
    take_…(held, data, trust_list, floors, now) -> part, floors, writes       something newer, or an error of ours
"""

from __future__ import annotations

from healthpass.errors import BadInput, RefusalCode, Refused, TrustListRefused
from healthpass.formats.trust_list import MAX_SIZE
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import (
    CLOCK_SKEW,
    Floor,
    Floors,
    check_list_times,
    check_not_older,
    check_not_rolled_back,
    floor_of,
    is_same,
    seconds_late,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass.crypto.sealing import Opener
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import RootSet, Window
    from healthpass.verifier.area_state import Area
    from healthpass.verifier.document_state import DocumentKeys
    from healthpass.verifier.revocation_state import Revocations
    from healthpass.verifier.state_folder import Mark, StateFolder, Writes

TRUST_LIST = "trust-list.cbor"
ROTATIONS = "rotations.cbor"
AREA_TABLE = "area-table.cbor"
MAX_ROTATIONS_SIZE = 4_194_304
"""Bytes of all lists that have changed the roots, which are kept in memory and in one file."""
_PARTS = ("pinned", "roots", "rotations", "rotated", "trust_list", "area", "revocation", "documents", "floors", "lost")


class State:
    """Never changed, so who holds one needs no lock, and all that it says belongs together.

    Attributes:
        pinned, roots: the roots that are built in, and whom the next trust list must be signed by.
        rotations, rotated: the lists that led from the one to the other, and the version of the last; 0 for none.
        trust_list: the list in force, or None.
        area: the area table in force and who signed it, or None.
        revocation: what the list's revocation keys have said; None as long as no list has named any.
        documents: the document keys, or None: this scanner compares no documents.
        floors: what the next object of each signer may not fall below. That of every part in force is its own.
        lost: whether the floors could not be read, and there was no list to say whose they were.
        number, mark: of the generation file that it was read at.
    """

    __slots__ = (*_PARTS, "mark", "number")

    pinned: RootSet
    roots: RootSet
    rotations: tuple[bytes, ...]
    rotated: int
    trust_list: TrustList | None
    area: Area | None
    revocation: Revocations | None
    documents: DocumentKeys | None
    floors: Floors
    lost: bool
    number: int
    mark: Mark | None

    def __init__(self, pinned: RootSet) -> None:
        self.pinned = self.roots = pinned
        self.rotations, self.rotated = (), 0
        self.trust_list = self.area = self.revocation = self.documents = self.mark = None
        self.floors = Floors()
        self.lost = False
        self.number = 0

    def changed(self, **parts: object) -> State:
        """The same with other parts."""
        other = State.__new__(State)
        for name in State.__slots__:
            setattr(other, name, parts[name] if name in parts else getattr(self, name))
        return other

    def taken(self, name: str, part: object, floors: Floors, writes: Writes) -> tuple[State, Writes]:
        """The same with one part newer, as its module gives it; and what is to be written."""
        return self.changed(**{name: part}, floors=floors), writes

    def list_for(self, what: str) -> TrustList:
        """The list in force. Raises `TrustListRefused` if there is none; `what` begins the sentence."""
        if self.trust_list is None:
            raise TrustListRefused("no-trust-list", f"{what} checked against a trust list; fetch one first")
        return self.trust_list

    def fresh(self, now: int) -> tuple[TrustList, int]:
        """See `TrustStore.fresh`."""
        trust_list = self.trust_list
        if trust_list is None or now < self.floors.newest_issue - CLOCK_SKEW:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        stale = seconds_late(trust_list, trust_list.grace, now)
        if stale is None:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        return trust_list, stale

    def area_table(self, now: int) -> AreaTable | None:
        """See `TrustStore.area_table`."""
        area = self.area
        return None if area is None or now >= area[1].expires else area[1]

    def document_key(self, key_id: bytes | None) -> bytes | None:
        """See `TrustStore.document_key`."""
        return None if self.documents is None or key_id is None else self.documents.keys.get(key_id)

    def check_documents(self, claims: Sequence[Claim], documents: Sequence[Document], window: Window) -> None:
        """See `TrustStore.check_documents`."""
        key = self.document_key(window.document_key_id)
        if key is None:
            raise Refused(RefusalCode.DOCUMENT_KEY_MISSING)
        from healthpass.verifier.documents import check_documents  # loaded with the keys

        check_documents(claims, documents, key, window)


def loaded(old: State, found: Floors | None, files: StateFolder, opener: Opener | None) -> State:
    """What the files say, upon what is known already: of each part the newest, and nothing that was overtaken.

    Args:
        old: what is known; when a folder is opened, the pinned roots alone.
        found: what the files say of floors; None if neither copy is whole. Then nobody knows what was accepted last:
            what is in memory alone is believed no more, and revocation data not until something newer comes.
        files: the others.
        opener: the scanner's sealing key, if it compares documents.

    Raises:
        OSError: a file cannot be read.
    """
    floors = old.floors if found is None else old.floors.merged(found)
    state = _with_rotations(old, files).changed(floors=floors, lost=old.lost or found is None)
    data = files.read(TRUST_LIST, MAX_SIZE)
    try:
        content = old.trust_list if state.roots is old.roots and is_same(data, old.floors.roots) else None
        content = content or open_trust_list(data, state.roots)
        new = floor_of(content, data)
        check_not_rolled_back(new, floors.roots)
        state = followed(state, content, data)
    except BadInput:
        if old.trust_list is None or found is None or state.roots is not old.roots or old.floors.roots != floors.roots:
            return state.changed(trust_list=None)
        content, new = old.trust_list, floors.roots
    return under(state, content, new, files, opener)


def _with_rotations(old: State, files: StateFolder) -> State:
    data = files.read(ROTATIONS, MAX_ROTATIONS_SIZE)
    if not data:
        return old
    from healthpass.verifier.root_chain import encode_rotations, follow_all  # lazy: only where the roots have changed

    if data == encode_rotations(old.rotations):
        return old

    roots, rotations, rotated = follow_all(old.pinned, data, MAX_ROTATIONS_SIZE)
    if rotated <= old.rotated:
        return old
    return old.changed(roots=roots, rotations=rotations, rotated=rotated)


def followed(state: State, content: TrustList, data: bytes) -> State:
    """The roots after an accepted list: the same, unless the list changes them.

    Raises:
        TrustListRefused: "too-many-rotations": the way could not be read again.
    """
    if content.roots == state.roots:
        return state
    from healthpass.verifier.root_chain import longer  # lazy: as above

    rotations = longer(state.rotations, data, MAX_ROTATIONS_SIZE)
    return state.changed(roots=content.roots, rotations=rotations, rotated=content.version)


def under(state: State, content: TrustList, new: Floor, files: StateFolder, opener: Opener | None) -> State:
    """The state under a list: what its signers have said, in memory or in the files, as far as it still counts.

    A signer that it does not name takes its part along; one that is new is looked for in the files.
    """
    floors, lost = state.floors.under(content, new), state.lost
    area, revocation, documents = None, None, None
    if state.area is not None or files.has(AREA_TABLE):
        from healthpass.verifier.area_state import load_area  # lazy: not every scanner has a use for area tables

        area, floors = load_area(state.area, content, floors, files, lost)
    if content.revocation_keys:
        from healthpass.verifier.revocation_state import load_revocations  # lazy: only a list that names revokers

        revocation, floors = load_revocations(state.revocation, content, floors, files, lost)
    if opener is not None:
        from healthpass.verifier.document_state import load_document_keys  # lazy: only who compares documents

        documents, floors = load_document_keys(state.documents, content, floors, files, lost, opener)
    parts = {"area": area, "revocation": revocation, "documents": documents}
    return state.changed(trust_list=content, floors=floors, lost=False, **parts)


def take_list(
    state: State, data: bytes, now: int, files: StateFolder, opener: Opener | None, late: bool = False
) -> tuple[State, Writes]:
    """The state with a newer list, and what is to be written; `late`: within its grace time too. See
    `TrustStore.update_trust_list`, whose numbers these are."""
    from_before = state.trust_list is not None and is_same(data, state.floors.roots)
    content = (state.trust_list if from_before else None) or open_trust_list(data, state.roots)  # 1
    new, old, after = floor_of(content, data), state.floors.roots, followed(state, content, data)
    if state.trust_list is None and state.rotated < after.rotated < old.version:
        # One step of a way that was lost; at its end the stored list counts again.
        return loaded(after, files.floors()[0], files, opener), _way(after)
    check_not_older(new, old)  # 2
    check_list_times(content, state.roots, old, now, content.grace if late else 0)  # 3
    # 4. The list before the longer way, for a list that changes the roots is signed by the old ones too; and before it
    # the way so far, in case a cut came after the list that made it so long.
    return under(after, content, new, files, opener), (*_way(state), (TRUST_LIST, data), *_way(after))


def _way(state: State) -> Writes:
    if not state.rotations:
        return ()
    from healthpass.verifier.root_chain import encode_rotations  # lazy: as above

    return ((ROTATIONS, encode_rotations(state.rotations)),)
