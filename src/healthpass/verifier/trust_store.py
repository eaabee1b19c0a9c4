"""The scanner's memory of whom to believe: one trust list and one area table, which only ever get newer."""

from __future__ import annotations

import os
from _thread import allocate_lock

from healthpass._values import seconds
from healthpass.errors import BadInput, RefusalCode, Refused, RevocationRefused, TrustListRefused
from healthpass.formats.trust_list import MAX_SIZE, TrustList
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import (
    CLOCK_SKEW,
    Floor,
    check_list_times,
    check_not_older,
    check_not_rolled_back,
    floor_of,
    seconds_late,
)
from healthpass.verifier import root_chain, state_folder
from healthpass.verifier.root_chain import RootChain, load_chain
from healthpass.verifier.state_folder import ROOTS_KEY, Floors, StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass._values import Time
    from healthpass.crypto.sealing import Opener
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.window import RootSet
    from healthpass.verifier.document_store import DocumentKeyStore
    from healthpass.verifier.pieces import Fetch
    from healthpass.verifier.revocation_store import RevocationStore

    Area = tuple[bytes, AreaTable]


class TrustStore:
    """Holds the newest accepted trust list and area table, in memory or in a folder.

    Args:
        roots: the pinned root keys, as built into the scanner.
        folder: where to keep state; None keeps it in memory alone. See `healthpass.verifier.state_folder`.
        sealing_key: this scanner's own, if it compares documents: document keys are delivered sealed to it.

    Attributes:
        trust_list: the list in force, or None while there is none.

    A file that is damaged, or that its signer no longer stands behind, is left alone and not used: the store is then
    without that object, and takes one that is at least as new. Safe to call from several threads. Several programs may
    share a folder: each update is upon the newest of any of them.

    Raises:
        OSError: the folder cannot be made or read.
    """

    def __init__(self, roots: RootSet, folder: str | None = None, *, sealing_key: Opener | None = None) -> None:
        self._lock = allocate_lock()
        self._folder = StateFolder(folder)
        self._pinned = roots
        self._chain = RootChain(roots)
        self._floors: Floors = {}
        self._area: Area | None = None
        self._revocation: RevocationStore | None = None
        self._documents: DocumentKeyStore | None = None
        if sealing_key is not None:
            from healthpass.verifier.document_store import DocumentKeyStore  # here: only a scanner that compares them

            self._documents = DocumentKeyStore(sealing_key, self._folder.beneath("documents"))
        self.trust_list: TrustList | None = None
        if folder is not None:
            self._load()

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, roots: RootSet, sealing_key: Opener | None = None) -> TrustStore:
        """A store that keeps its state in `folder`, which is made if it is not there. Raises `OSError`."""
        return cls(roots, os.fspath(folder), sealing_key=sealing_key)

    @property
    def roots(self) -> RootSet:
        """Whom the next trust list must be signed by: the pinned roots, or those that have followed them."""
        return self._chain.roots

    def update_trust_list(self, data: bytes, *, now: Time) -> None:
        """Take a newer trust list. The same list again changes nothing.

        1. Its form, and the signatures of a threshold of roots; if it changes the roots, of both the old and the new.
        2. Its version is higher than any accepted before, and not absurdly so; the same version has the same bytes.
        3. It is not issued before the newest accepted one, not after `now` (plus 60 s), and not expired, by a clock
           that is not behind the newest accepted one. A list that changes the roots is followed even when it has
           expired, so that a scanner which was long away can catch up, one such list after the other; once its grace
           time is over, no pass is accepted by it.
        4. It is written and synced, and only then used.

        A scanner whose way from the pinned roots is lost (its file is damaged) is given the lists that changed the
        roots again, in order: those below the newest accepted version are followed, and do not come into force.

        Args:
            data: the list, at most 262,144 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not a trust list ("malformed").
            TrustListRefused: "not-signed", "threshold", "new-roots", "weak-key", "rollback", "version-step",
                "from-the-future", "clock-behind", "expired" or "too-many-rotations". The store keeps what it has.
            OSError: the list could not be written. The store goes on with what it has; opened again it has that or
                the new list.
        """
        time = seconds(now)
        with self._lock, self._folder:
            self._catch_up()
            content = open_trust_list(data, self.roots)  # 1
            chain = self._chain.after(content, data)
            new, old = floor_of(content, data), self._floors.get(ROOTS_KEY, Floor())
            if self.trust_list is None and self._chain.version < chain.version < old.version:
                self._find_way(chain)
                return
            check_not_older(new, old)  # 2
            check_list_times(content, self.roots, old, time)  # 3
            self._take(data, content, chain, new)  # 4

    def update_area_table(self, data: bytes, *, now: Time) -> None:
        """Take a newer area table. The same table again changes nothing.

        The rules are those of `healthpass.trust.areas.check_area_update`; then it is written and synced, and only then
        used.

        Args:
            data: the table, at most 1,048,576 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not an area table ("malformed").
            TrustListRefused: "no-trust-list", "not-a-risk-office", "not-signed", "rollback", "version-step",
                "from-the-future", "clock-behind" or "expired". The store keeps what it has.
            OSError: the table could not be written. The store goes on with what it has; opened again it has that or
                the new table.
        """
        from healthpass.trust.areas import check_area_update  # here: not every scanner has a use for area tables

        time = seconds(now)
        with self._lock, self._folder:
            self._catch_up()
            if self.trust_list is None:
                raise TrustListRefused("no-trust-list", "an area table is believed by a trust list: fetch that first")
            key, table, new = check_area_update(data, self.trust_list, self._floors, time)
            floors = {**self._floors, key: new}
            self._folder.write(state_folder.AREA_TABLE, data)
            self._folder.write_floors(floors)
            self._floors = floors
            self._area = key, table

    def update_revocation(self, data: bytes, *, now: Time, fetch: Fetch | None = None) -> None:
        """Take a newer snapshot or delta of one of the revocation keys. The same one again changes nothing.

        1. It is signed by a revocation key of the trust list, for kids that are its own.
        2. It is not older than what this key has signed before, not from the future, and not expired.
        3. A snapshot keeps every kid whose window is not over; a delta adds to the very snapshot that is here.
        4. Filters that are not here yet are fetched, compared with the digests in the snapshot, and checked.
        5. Every slot that was revoked under a live kid is still revoked.
        6. It is written and synced, and only then used.

        Args:
            data: a snapshot of at most 131,072 bytes, or a delta of at most 1,048,576.
            now: seconds since 1970 UTC, or an aware `datetime`.
            fetch: the folder where the filters lie as `healthpass snapshot` writes them, DIGEST.filter; or a function
                that gives the bytes of a filter for its digest (64 hexadecimal digits), from wherever they come, and
                raises `KeyError` or `OSError` if it cannot. Only what is not here already is asked for, and a file that
                has not the length that the snapshot says is not read.

        Raises:
            FormatError: not a snapshot or delta, or a piece that is not a filter ("malformed").
            TrustListRefused: "no-trust-list", "rollback", "version-step", "from-the-future", "clock-behind", "expired".
            RevocationRefused: "not-a-revoker", "not-signed", "other-kid", "slot", "dropped-kid", "other-snapshot",
                "piece-missing", "digest", "capacity" or "un-revokes". The store keeps what it has.
            OSError: something could not be written; the store goes on with what it has.
        """
        time = seconds(now)
        with self._lock, self._folder:
            self._catch_up()
            if self.trust_list is None:
                raise TrustListRefused("no-trust-list", "revocations are believed by a trust list: fetch that first")
            if not self.trust_list.revocation_keys:
                raise RevocationRefused("not-a-revoker", "the trust list names no revocation keys")
            self.revocation.update(data, self.trust_list, time, fetch)

    def update_document_keys(self, data: bytes, *, now: Time) -> None:
        """Take newer document keys, in place of those that are here. The same delivery again changes nothing.

        The rules are those of `healthpass.trust.document_keys.check_document_keys_update`; then the delivery is written
        as it came, sealed, and only then used.

        Args:
            data: the delivery, at most 2,048 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not document keys ("malformed").
            TrustListRefused: "no-sealing-key": this store has none; "no-trust-list", "not-a-registrar", "not-signed",
                "other-recipient", "rollback", "version-step", "from-the-future", "clock-behind" or "expired". The store
                keeps what it has.
            BadInput: "not-for-us".
            OSError: it could not be written. The store goes on with what it has.
        """
        time = seconds(now)
        if self._documents is None:
            raise TrustListRefused("no-sealing-key", "document keys are sealed: open the store with its sealing key")
        with self._lock, self._folder:
            self._catch_up()
            if self.trust_list is None:
                raise TrustListRefused("no-trust-list", "document keys are believed by a trust list: fetch that first")
            self._documents.update(data, self.trust_list, time)

    def document_key(self, key_id: bytes | None) -> bytes | None:
        """The document key that a window names by this id, 32 bytes; None if it is not here."""
        return None if self._documents is None else self._documents.key(key_id)

    def check_documents(self, claims: Sequence[Claim], documents: Sequence[Document], key_id: bytes | None) -> None:
        """Whether the documents belong to the claims of one presentation, by the document key that their window names.

        Raises:
            Refused: as from `healthpass.verifier.documents.check_documents`; or `TRUST_LIST_EXPIRED`: that key is not
                here.
        """
        if self._documents is None:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        self._documents.check(claims, documents, key_id)

    @property
    def revocation(self) -> RevocationStore:
        """The revocation data, in a folder of its own beneath the store's; there once a list names revocation keys."""
        return self._open_revocation()

    def _open_revocation(self) -> RevocationStore:
        if self._revocation is None:
            from healthpass.verifier.revocation_store import RevocationStore  # here: only a list that names revokers

            self._revocation = RevocationStore(self._folder.beneath("revocation"))
        return self._revocation

    def fresh(self, now: int) -> tuple[TrustList, int]:
        """The list in force, and by how many seconds it is past its expiry (0: not at all).

        Raises:
            Refused: `TRUST_LIST_EXPIRED`: no list, too old even for its grace time, or the clock is behind what was
                signed last.
        """
        trust_list = self.trust_list
        if trust_list is None or now < self._newest_issue() - CLOCK_SKEW:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        stale = seconds_late(trust_list, trust_list.grace, now)
        if stale is None:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        return trust_list, stale

    def area_table(self, now: int) -> AreaTable | None:
        """The area table in force at `now` (seconds since 1970 UTC); None if there is none, or it has expired."""
        area = self._area
        return None if area is None or now >= area[1].expires else area[1]

    def _newest_issue(self) -> int:
        return max(floor.issued for floor in self._floors.values())  # a floor for the roots is always there by now

    def _take(self, data: bytes, content: TrustList, chain: RootChain, new: Floor) -> None:
        """Write a list and then use it. A cut at any point leaves a state that `_load` understands:

        the list before the longer chain, for a list that changes the roots is signed by the old ones too; both before
        the floors, for they only raise what the list itself says.
        """
        floors, area = self._under(content, new)
        if content.revocation_keys:
            self._open_revocation()  # before anything is written: it may fail
        self._write_chain(self._chain)  # in case a cut came after the list that made it so long
        self._folder.write(state_folder.TRUST_LIST, data)
        self._write_chain(chain)
        self._folder.write_floors(floors)
        self._use(content, chain, floors, area)

    def _use(self, content: TrustList, chain: RootChain, floors: Floors, area: Area | None) -> None:
        if content.revocation_keys:
            self._open_revocation()
        if self._revocation is not None:
            self._revocation.use(content)
        if self._documents is not None:
            self._documents.use(content)
        self._chain, self._floors, self._area = chain, floors, area
        self.trust_list = content  # last: who reads meanwhile has the old list and, at most, no area table

    def _under(self, content: TrustList, new: Floor) -> tuple[Floors, Area | None]:
        """The floors and the area table under a list: a key that it no longer names takes both along."""
        listed = {ROOTS_KEY, *content.risk_keys}
        floors = {key: floor for key, floor in self._floors.items() if key in listed} | {ROOTS_KEY: new}
        if self.trust_list is None:
            return self._stored_area(content, floors)
        return floors, self._area if self._area is not None and self._area[0] in listed else None

    def _write_chain(self, chain: RootChain) -> None:
        self._folder.write(state_folder.ROTATIONS, chain.encode())

    def _find_way(self, chain: RootChain) -> None:
        """One step of the way from the pinned roots, which was lost; at its end the stored list counts again."""
        self._write_chain(chain)
        self._chain = chain
        self._load_list()

    def _catch_up(self) -> None:
        """If another program has updated the folder since, its state is ours, but nothing that is older than ours."""
        if self._documents is not None and self.trust_list is not None:
            self._documents.catch_up(self.trust_list)
        theirs = self._folder.changed_floors()
        if theirs is None:
            return
        other = TrustStore(self._pinned, self._folder.path)
        if other.trust_list is not None:
            listed = {ROOTS_KEY, *other.trust_list.risk_keys}
            ours = {key: floor.version for key, floor in self._floors.items() if key in listed}
            if all(key in other._floors and version <= other._floors[key].version for key, version in ours.items()):
                self._folder = other._folder
                self._use(other.trust_list, other._chain, other._floors, other._area)
                return
        self._folder = StateFolder(self._folder.path)  # which knows nothing of the files, so that all are written again
        for key, floor in theirs.items():
            if key in {ROOTS_KEY, *self._floors} and floor.version > self._floors.get(key, Floor()).version:
                self._floors = self._floors | {key: floor}

    def _load(self) -> None:
        self._floors = self._folder.read_floors()
        self._chain = load_chain(self._pinned, self._folder.read(state_folder.ROTATIONS, root_chain.MAX_SIZE))
        self._load_list()

    def _load_list(self) -> None:
        data = self._folder.read(state_folder.TRUST_LIST, MAX_SIZE)
        try:
            content = open_trust_list(data, self.roots)
            new = floor_of(content, data)
            check_not_rolled_back(new, self._floors.get(ROOTS_KEY, Floor()))
            chain = self._chain.after(content, data)
        except BadInput:
            return
        self._use(content, chain, *self._under(content, new))

    def _stored_area(self, content: TrustList, floors: Floors) -> tuple[Floors, Area | None]:
        """The area table on the disk, if it is by a risk office of the list, and the floors with it."""
        data = self._folder.read(state_folder.AREA_TABLE, 1_048_576)
        if not data:
            return floors, None
        from healthpass.trust.areas import open_area_table

        try:
            key, table = open_area_table(data, content)
            new = floor_of(table, data)
            check_not_rolled_back(new, floors.get(key, Floor()))
        except BadInput:
            return floors, None
        return floors | {key: new}, (key, table)
