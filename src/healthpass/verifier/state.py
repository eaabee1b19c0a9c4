"""What a scanner goes by at one moment, as one value that never changes; and how files and updates make the next one.

Pure: files come in as bytes, by a function that reads them, and what is to be written goes out. A part is in force if
its signer still stands in the trust list and nothing newer was accepted; what is damaged, lost or overtaken is absent,
and every step that needs it refuses.
"""

from __future__ import annotations

from healthpass.errors import BadInput, RefusalCode, Refused
from healthpass.formats.trust_list import MAX_SIZE
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import CLOCK_SKEW, Floor, Floors, check_not_rolled_back, floor_of, is_same, seconds_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from healthpass.crypto.sealing import Opener
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import RootSet, Window
    from healthpass.verifier.document_state import DocumentKeys
    from healthpass.verifier.revocation_state import Revocations
    from healthpass.verifier.state_folder import Mark

    Area = tuple[bytes, AreaTable, Floor]
    """The risk office that signed a table, the table, and the floor that it has set."""

    class Files(Protocol):
        """Where the files are; `healthpass.verifier.state_folder.StateFolder` is it."""

        def read(self, name: str, most: int) -> bytes:
            """A file; no bytes if it is not there, or longer. Raises `OSError`."""
            ...

        def beneath(self, name: str) -> str | None:
            """The path of a folder; None if there is none."""
            ...


TRUST_LIST = "trust-list.cbor"
ROTATIONS = "rotations.cbor"
AREA_TABLE = "area-table.cbor"
MAX_ROTATIONS_SIZE = 4_194_304
"""Bytes of all lists that have changed the roots, which are kept in memory and in one file."""
_MAX_AREA_TABLE_SIZE = 1_048_576
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


def loaded(old: State, found: Floors | None, files: Files, opener: Opener | None) -> State:
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


def _with_rotations(old: State, files: Files) -> State:
    data = files.read(ROTATIONS, MAX_ROTATIONS_SIZE)
    if not data:
        return old
    from healthpass.verifier.root_chain import follow_all  # lazy: only where the roots have changed

    return follow_all(old, data)


def followed(state: State, content: TrustList, data: bytes) -> State:
    """The roots after an accepted list: the same, unless the list changes them.

    Raises:
        TrustListRefused: "too-many-rotations": the way could not be read again.
    """
    if content.roots == state.roots:
        return state
    from healthpass.verifier.root_chain import longer  # lazy: as above

    return longer(state, content, data)


def under(state: State, content: TrustList, new: Floor, files: Files, opener: Opener | None) -> State:
    """The state under a list: what its signers have said, in memory or in the files, as far as it still counts.

    A signer that it does not name takes its part along; one that is new is looked for in the files.
    """
    floors, lost = state.floors.under(content, new), state.lost
    area, revocation, documents = _area(state.area, content, floors, files, lost), None, None
    if area is not None:
        floors = floors.changed("areas", area[0], area[2])
    if content.revocation_keys:
        from healthpass.verifier.revocation_state import load_revocations  # lazy: only a list that names revokers

        revocation, floors = load_revocations(state.revocation, content, floors, files, lost)
    if opener is not None:
        from healthpass.verifier.document_state import load_document_keys  # lazy: only who compares documents

        documents, floors = load_document_keys(state.documents, content, floors, files, opener, lost)
    parts = {"area": area, "revocation": revocation, "documents": documents}
    return state.changed(trust_list=content, floors=floors, lost=False, **parts)


def _area(held: Area | None, content: TrustList, floors: Floors, files: Files, lost: bool) -> Area | None:
    data, found = files.read(AREA_TABLE, _MAX_AREA_TABLE_SIZE), None
    if held is not None and held[0] not in content.risk_keys:
        held = None
    if held is not None and is_same(data, held[2]):
        found = held
    elif data:
        from healthpass.trust.areas import open_area_table  # lazy: not every scanner has a use for area tables

        try:
            key, table = open_area_table(data, content)
        except BadInput:
            pass
        else:
            found = key, table, floor_of(table, data)
    for each in (found, None if lost else held):
        if each is not None and stands(each[0], each[2], floors.areas):
            return each
    return None


def stands(signer: bytes, floor: Floor, floors: Mapping[bytes, Floor]) -> bool:
    """Whether an object with this floor is still the newest, of its signer and of all of them."""
    own = floors.get(signer, Floor())
    is_newest = floor == own or floor.version > own.version
    return is_newest and all(floor.issued >= each.issued for each in floors.values())
