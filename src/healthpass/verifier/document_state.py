"""A scanner's document keys, as they came: signed by a registrar and sealed to this scanner."""

from __future__ import annotations

from healthpass.formats.document_keys import MAX_SIZE
from healthpass.trust.document_keys import check_document_keys_update, open_document_keys
from healthpass.trust.updates import Floor, floor_of, is_same, stands
from healthpass.verifier import documents as documents  # so that nothing is loaded when the first is shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.crypto.sealing import Opener
    from healthpass.formats.trust_list import TrustList
    from healthpass.trust.updates import Floors
    from healthpass.verifier.state_folder import StateFolder, Writes

DOCUMENT_KEYS = "documents/keys.cbor"


class DocumentKeys:
    """What one registrar has delivered. Never changed.

    Attributes:
        signer: the registrar.
        floor: that the delivery has set.
        keys: by their ids, 32 bytes each.
    """

    __slots__ = ("floor", "keys", "signer")

    def __init__(self, signer: bytes, floor: Floor, keys: dict[bytes, bytes]) -> None:
        self.signer = signer
        self.floor = floor
        self.keys = keys


def load_document_keys(
    held: DocumentKeys | None,
    trust_list: TrustList,
    floors: Floors,
    files: StateFolder,
    lost: bool,
    opener: Opener,
) -> tuple[DocumentKeys | None, Floors]:
    """The keys in force under a list, and the floors with theirs. See `healthpass.verifier.state.under`."""
    data, found = files.read(DOCUMENT_KEYS, MAX_SIZE), None
    if held is not None and held.signer not in trust_list.registrar_keys:
        held = None
    if held is not None and is_same(data, held.floor):
        found = held
    elif data:
        try:
            signer, delivery, keys = open_document_keys(data, trust_list, opener)
        except ValueError:  # a `BadInput`, or the sealing key was erased: then there are no keys
            pass
        else:
            found = DocumentKeys(signer, floor_of(delivery, data), keys)
    for each in (found, None if lost else held):
        if each is not None and stands(each.signer, each.floor, floors.documents):
            return each, floors.changed("documents", each.signer, each.floor)
    return None, floors


def take_document_keys(
    data: bytes, trust_list: TrustList, floors: Floors, now: int, opener: Opener
) -> tuple[DocumentKeys, Floors, Writes]:
    """A newer delivery, in place of whatever is held; see `TrustStore.update_document_keys`."""
    signer, keys, new = check_document_keys_update(data, trust_list, opener, floors.documents, now)
    held = DocumentKeys(signer, new, keys)
    return held, floors.changed("documents", signer, new), ((DOCUMENT_KEYS, data),)
