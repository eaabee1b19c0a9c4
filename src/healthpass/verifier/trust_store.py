"""The scanner's memory of whom to believe: every part of it only ever gets newer, whichever program brings it."""

from __future__ import annotations

import os

from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.errors import TrustListRefused
from healthpass.verifier.keeping import Kept
from healthpass.verifier.state import take_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass._values import Time
    from healthpass.crypto.sealing import Opener
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import RootSet, Window
    from healthpass.verifier.bundle import BundleReport
    from healthpass.verifier.filter_files import Fetch
    from healthpass.verifier.state import State
    from healthpass.verifier.state_folder import StateFolder, Writes


@typed
class TrustStore:
    """Holds the newest accepted trust list and area table, in memory or in a folder.

    Args:
        roots: the pinned root keys, as built into the scanner.
        folder: where to keep state; None keeps it in memory alone. See `healthpass.verifier.state_folder`.
        sealing_key: this scanner's own, if it compares documents: document keys are delivered sealed to it.

    A file that is damaged, or that its signer no longer stands behind, is left alone and not used: the store is then
    without that object, and takes one that is at least as new. Safe to call from several threads.

    Several programs may share a folder. Each update is upon the newest of any of them, and each call, the reading of an
    attribute too, goes by what was in the folder when it began: one look at one file says whether that has changed. A
    folder that is gone, or cannot be read, is as good as no trust list; one that was emptied changes nothing until
    another program writes to it.

    Raises:
        OSError: the folder cannot be made or read.
    """

    def __init__(self, roots: RootSet, folder: str | None = None, *, sealing_key: Opener | None = None) -> None:
        self._opener = sealing_key
        self._kept = Kept(roots, folder, sealing_key)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, roots: RootSet, sealing_key: Opener | None = None) -> TrustStore:
        """A store that keeps its state in `folder`, which is made if it is not there. Raises `OSError`."""
        return cls(roots, os.fspath(folder), sealing_key=sealing_key)

    def state(self) -> State:
        """All that the store says now, as one value that does not change: for a call that needs more than one part."""
        return self._kept.now()

    @property
    def trust_list(self) -> TrustList | None:
        """The list in force, or None while there is none."""
        return self.state().trust_list

    @property
    def roots(self) -> RootSet:
        """Whom the next trust list must be signed by: the pinned roots, or those that have followed them."""
        return self.state().roots

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
            TrustListRefused: "bad-signature", "threshold", "new-roots", "weak-key", "rollback", "version-step",
                "from-the-future", "clock-behind", "expired" or "too-many-rotations". The store keeps what it has.
            OSError: the list could not be written. The store goes on with what it has; opened again it has that or
                the new list.
        """
        self._update_trust_list(data, seconds(now))

    def update_area_table(self, data: bytes, *, now: Time) -> None:
        """Take a newer area table. The same table again changes nothing.

        The rules are those of `healthpass.trust.areas.check_area_update`; then it is written and synced, and only then
        used.

        Args:
            data: the table, at most 1,048,576 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not an area table ("malformed").
            TrustListRefused: "no-trust-list", "not-a-risk-office", "bad-signature", "rollback", "version-step",
                "from-the-future", "clock-behind" or "expired". The store keeps what it has.
            OSError: the table could not be written. The store goes on with what it has; opened again it has that or
                the new table.
        """
        time = seconds(now)

        def take(state: State, files: StateFolder) -> tuple[State, Writes]:
            trust_list = state.list_for("an area table is")
            from healthpass.verifier.area_state import take_area  # lazy: not every scanner has a use for area tables

            return state.taken("area", *take_area(state.area, data, trust_list, state.floors, time))

        self._kept.update(take)

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
                does not have the length that the snapshot gives is not read.

        Raises:
            FormatError: not a snapshot or delta, or a piece that is not a filter ("malformed").
            TrustListRefused: "no-trust-list", "rollback", "version-step", "from-the-future", "clock-behind", "expired".
            RevocationRefused: "not-a-revoker", "bad-signature", "other-kid", "slot", "dropped-kid", "other-snapshot",
                "missing-filter", "digest", "capacity" or "un-revokes". The store keeps what it has.
            OSError: something could not be written; the store goes on with what it has.
        """
        self._update_revocation(data, seconds(now), fetch)

    def update_document_keys(self, data: bytes, *, now: Time) -> None:
        """Take newer document keys, in place of those that are here. The same delivery again changes nothing.

        The rules are those of `healthpass.trust.document_keys.check_document_keys_update`; then the delivery is written
        as it came, sealed, and only then used.

        Args:
            data: the delivery, at most 2,048 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not document keys ("malformed").
            TrustListRefused: "sealing-key-required": this store has none; "no-trust-list", "not-a-registrar",
                "bad-signature", "other-recipient", "rollback", "version-step", "from-the-future", "clock-behind" or
                "expired". The store keeps what it has.
            BadInput: "not-for-us".
            OSError: it could not be written. The store goes on with what it has.
        """
        time = seconds(now)

        def take(state: State, files: StateFolder) -> tuple[State, Writes]:
            if self._opener is None:
                raise TrustListRefused(
                    "sealing-key-required", "the keys are sealed: open the store with its sealing key"
                )
            trust_list = state.list_for("document keys are")
            from healthpass.verifier.document_state import take_document_keys  # lazy: only who compares documents

            return state.taken("documents", *take_document_keys(data, trust_list, state.floors, time, self._opener))

        self._kept.update(take)

    def update_bundle(self, data: bytes, *, now: Time, most: int = 16_777_216) -> BundleReport:
        """Take what is new in a bundle: one file for a scanner without a network. The same again changes nothing.

        Nothing is believed for being in it. Each part is taken or refused on its own terms, as by the functions above,
        in this order: 1. the trust lists that changed the roots, 2. the trust list, 3. the area table, 4. places, 5.
        each snapshot, with its filters, and its delta, 6. document keys that are for this scanner. Trust lists,
        snapshots and deltas are taken within their grace time too, if there is nothing newer here: verdicts then say
        how stale they are.

        Args:
            data: the bundle, as `healthpass bundle` writes it.
            now: seconds since 1970 UTC, or an aware `datetime`.
            most: bytes that it may have; 16 MiB by default.

        Returns:
            What was taken, what was refused and why, and the place certificates that count.

        Raises:
            FormatError: not a bundle ("malformed"): nothing has changed.
            OSError: a part could not be written. Those before it are taken.
        """
        from healthpass.formats.bundle import parse_bundle  # lazy: not every scanner is updated by a cable
        from healthpass.verifier.bundle import take_bundle

        time, bundle = seconds(now), parse_bundle(data, most)

        def newer_list(part: bytes) -> None:
            self._update_trust_list(part, time, late=True)

        def newer_revocation(part: bytes, fetch: Fetch) -> None:
            self._update_revocation(part, time, fetch, late=True)

        return take_bundle(bundle, self, time, newer_list, newer_revocation)

    def document_key(self, key_id: bytes | None) -> bytes | None:
        """The document key that a window names by this id, 32 bytes; None if it is not here."""
        return self.state().document_key(key_id)

    def check_documents(self, claims: Sequence[Claim], documents: Sequence[Document], window: Window) -> None:
        """Whether the documents belong to the claims of one presentation, by the document key that their
        `window` names.

        Raises:
            Refused: as from `healthpass.verifier.documents.check_documents`; or `TRUST_LIST_EXPIRED`: that key is not
                here.
        """
        self.state().check_documents(claims, documents, window)

    def fresh(self, now: int) -> tuple[TrustList, int]:
        """The list in force, and by how many seconds it is past its expiry (0: not at all).

        Raises:
            Refused: `TRUST_LIST_EXPIRED`: no list, too old even for its grace time, or the clock is behind what was
                signed last; or the folder cannot be read, so that nobody knows what another program has written.
        """
        return self.state().fresh(now)

    def area_table(self, now: int) -> AreaTable | None:
        """The area table in force at `now` (seconds since 1970 UTC); None if there is none, or it has expired."""
        return self.state().area_table(now)

    def _update_trust_list(self, data: bytes, now: int, late: bool = False) -> None:
        self._kept.update(lambda state, files: take_list(state, data, now, files, self._opener, late))

    def _update_revocation(self, data: bytes, now: int, fetch: Fetch | None, late: bool = False) -> None:
        def take(state: State, files: StateFolder) -> tuple[State, Writes]:
            trust_list = state.list_for("revocation data is")
            from healthpass.verifier.revocation_state import take_revocation  # lazy: only a list that names revokers

            grace, held = trust_list.grace if late else 0, state.revocation
            taken = take_revocation(held, data, trust_list, state.floors, now, files, fetch, grace)
            return state.taken("revocation", *taken)

        self._kept.update(take)
