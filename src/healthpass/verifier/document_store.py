"""A scanner's document keys, in a folder of their own, as they came: signed by a registrar and sealed to this scanner.

keys.cbor    the newest delivery, byte for byte; worth nothing without the scanner's sealing key
floors.txt   for each registrar the newest delivery accepted
"""

from __future__ import annotations

from healthpass.errors import RefusalCode, Refused
from healthpass.formats.document_keys import MAX_SIZE
from healthpass.trust.document_keys import check_document_keys_update, open_document_keys
from healthpass.trust.updates import Floor, check_not_rolled_back, floor_of
from healthpass.verifier.documents import check_documents
from healthpass.verifier.state_folder import StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass.crypto.sealing import Opener
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.trust_list import TrustList
    from healthpass.verifier.state_folder import Floors

_KEYS = "keys.cbor"


class DocumentKeyStore:
    """Holds the newest document keys, in memory or in a folder. `TrustStore.document_keys` is one, and holds its lock
    over `use` and `update`; `key` and `check` need none.

    Args:
        opener: the scanner's sealing key.
        folder: where to keep what was delivered; None keeps it in memory alone.

    Raises `OSError`: the folder cannot be made or read.
    """

    def __init__(self, opener: Opener, folder: str | None = None) -> None:
        self._opener = opener
        self._folder = StateFolder(folder)
        self._floors: Floors = self._folder.read_floors()
        self._signer = b""
        self._keys: dict[bytes, bytes] = {}

    def use(self, trust_list: TrustList) -> None:
        """Go by another trust list: what a registrar that it does not name has delivered is used no more."""
        self.catch_up(trust_list)
        listed = trust_list.registrar_keys
        self._floors = {key: floor for key, floor in self._floors.items() if key in listed}
        if self._signer not in listed:
            self._signer, self._keys = b"", {}
            self._load(trust_list)

    def update(self, data: bytes, trust_list: TrustList, now: int) -> None:
        """Take a delivery; see `TrustStore.update_document_keys`."""
        self.catch_up(trust_list)
        signer, keys, new = check_document_keys_update(data, trust_list, self._opener, self._floors, now)
        floors = {**self._floors, signer: new}
        self._folder.write(_KEYS, data)
        self._folder.write_floors(floors)
        self._floors, self._signer, self._keys = floors, signer, keys

    def key(self, key_id: bytes | None) -> bytes | None:
        """The document key of a window that names it by this id, 32 bytes; None if it is not here."""
        return None if key_id is None else self._keys.get(key_id)

    def check(self, claims: Sequence[Claim], documents: Sequence[Document], key_id: bytes | None) -> None:
        """See `TrustStore.check_documents`."""
        key = self.key(key_id)
        if key is None:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        check_documents(claims, documents, key)

    def catch_up(self, trust_list: TrustList) -> None:
        """If another program has updated the folder since, go by what it has taken. Raises `OSError`."""
        theirs = self._folder.changed_floors()
        if theirs is None:
            return
        self._folder = StateFolder(self._folder.path)  # which knows nothing of the files, so that all are written again
        newer = {key: floor for key, floor in theirs.items() if floor.version > self._floors.get(key, Floor()).version}
        if newer:
            self._floors = {**self._floors, **newer}
            self._load(trust_list)

    def _load(self, trust_list: TrustList) -> None:
        data = self._folder.read(_KEYS, MAX_SIZE)
        if not data:
            return
        try:
            signer, delivery, keys = open_document_keys(data, trust_list, self._opener)
            new = floor_of(delivery, data)
            check_not_rolled_back(new, self._floors.get(signer, Floor()))
        except ValueError:  # a `BadInput`, or the sealing key was erased: then there are no keys
            return
        self._floors = {**self._floors, signer: new}
        self._signer, self._keys = signer, keys
