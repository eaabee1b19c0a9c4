"""The scanner's memory of whom to believe: every part of it only ever gets newer, whichever program brings it."""

from __future__ import annotations

import os
from _thread import allocate_lock
from os import stat

from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.errors import RevocationRefused, TrustListRefused
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import check_list_times, check_not_older, floor_of, is_same
from healthpass.verifier.state import AREA_TABLE, ROTATIONS, TRUST_LIST, State, followed, loaded, under
from healthpass.verifier.state_folder import StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healthpass._values import Time
    from healthpass.crypto.sealing import Opener
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.claim import Claim
    from healthpass.formats.document import Document
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import RootSet, Window
    from healthpass.verifier.bundle import BundleReport
    from healthpass.verifier.pieces import Fetch


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
        self._lock = allocate_lock()  # over updates, which may wait for other programs and for what is fetched
        self._swap = allocate_lock()  # over the exchange of one state for another, and nothing else
        self._opener = sealing_key
        self._folder = StateFolder(folder)
        self._generation = self._folder.generation
        self._state = State(roots)
        if folder is not None:
            self._open()

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, roots: RootSet, sealing_key: Opener | None = None) -> TrustStore:
        """A store that keeps its state in `folder`, which is made if it is not there. Raises `OSError`."""
        return cls(roots, os.fspath(folder), sealing_key=sealing_key)

    def state(self) -> State:
        """All that the store says now, as one value that does not change: for a call that needs more than one part."""
        state = self._state
        if self._generation is None:
            return state
        try:
            found = stat(self._generation)
        except OSError:
            return self._look(state)
        if (found.st_ino, found.st_size, found.st_mtime_ns) == state.mark:
            return state
        return self._look(state)

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
        time = seconds(now)
        self._update(lambda state: self._take_list(state, data, time))

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
        self._update(lambda state: self._take_area(state, data, time))

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
            RevocationRefused: "not-a-revoker", "bad-signature", "other-kid", "slot", "dropped-kid", "other-snapshot",
                "missing-filter", "digest", "capacity" or "un-revokes". The store keeps what it has.
            OSError: something could not be written; the store goes on with what it has.
        """
        time = seconds(now)
        self._update(lambda state: self._take_revocation(state, data, time, fetch))

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
        self._update(lambda state: self._take_documents(state, data, time))

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
        from healthpass.formats.bundle import parse_bundle  # here, as below: not every scanner is updated by a cable
        from healthpass.verifier.bundle import take_bundle

        time, bundle = seconds(now), parse_bundle(data, most)

        def take_list(part: bytes) -> None:
            self._update(lambda state: self._take_list(state, part, time, late=True))

        def take_revocation(part: bytes, fetch: Fetch) -> None:
            self._update(lambda state: self._take_revocation(state, part, time, fetch, late=True))

        return take_bundle(bundle, self, time, take_list, take_revocation)

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

    # What an update does, under the lock and upon the newest state of the folder.

    def _update(self, take: Callable[[State], State]) -> None:
        """One update: what other programs have taken counts first, also where this one is refused."""
        with self._lock, self._folder:
            state = self._read(self._state)
            self._exchange(state)
            state = take(state)
            number = self._folder.publish(state.floors, state.number)
            self._exchange(state.changed(number=number, mark=self._folder.mark()))

    def _take_list(self, state: State, data: bytes, now: int, late: bool = False) -> State:
        from_before = state.trust_list is not None and is_same(data, state.floors.roots)
        content = (state.trust_list if from_before else None) or open_trust_list(data, state.roots)  # 1
        new, old, after = floor_of(content, data), state.floors.roots, followed(state, content, data)
        if state.trust_list is None and state.rotated < after.rotated < old.version:
            self._write_rotations(after)  # one step of a way that was lost; at its end the stored list counts again
            return loaded(after, self._folder.floors()[0], self._folder, self._opener)
        check_not_older(new, old)  # 2
        check_list_times(content, state.roots, old, now, content.grace if late else 0)  # 3
        after = under(after, content, new, self._folder, self._opener)
        # 4. The list before the longer way, for a list that changes the roots is signed by the old ones too.
        self._write_rotations(state)  # in case a cut came after the list that made it so long
        self._folder.write(TRUST_LIST, data)
        self._write_rotations(after)
        return after

    def _write_rotations(self, state: State) -> None:
        if state.rotations:
            from healthpass.verifier.root_chain import encode_rotations

            self._folder.write(ROTATIONS, encode_rotations(state.rotations))

    def _take_area(self, state: State, data: bytes, now: int) -> State:
        if state.trust_list is None:
            raise TrustListRefused("no-trust-list", "an area table is believed by a trust list: fetch that first")
        from healthpass.trust.areas import check_area_update  # here: not every scanner has a use for area tables

        known = None if state.area is None or not is_same(data, state.area[2]) else state.area[:2]
        key, table, new = check_area_update(data, state.trust_list, state.floors.areas, now, known)
        self._folder.write(AREA_TABLE, data)
        return state.changed(area=(key, table, new), floors=state.floors.changed("areas", key, new))

    def _take_revocation(self, state: State, data: bytes, now: int, fetch: Fetch | None, late: bool = False) -> State:
        if state.trust_list is None:
            raise TrustListRefused("no-trust-list", "revocations are believed by a trust list: fetch that first")
        if not state.trust_list.revocation_keys:
            raise RevocationRefused("not-a-revoker", "the trust list names no revocation keys; fetch the newest one")
        from healthpass.verifier.revocation_state import take_revocation  # here: only a list that names revokers

        return take_revocation(state, data, now, fetch, self._folder, state.trust_list.grace if late else 0)

    def _take_documents(self, state: State, data: bytes, now: int) -> State:
        if self._opener is None:
            raise TrustListRefused("sealing-key-required", "the keys are sealed: open the store with its sealing key")
        if state.trust_list is None:
            raise TrustListRefused("no-trust-list", "document keys are believed by a trust list: fetch that first")
        from healthpass.verifier.document_state import DOCUMENT_KEYS, take_document_keys  # here: only who compares them

        state = take_document_keys(state, data, state.trust_list, now, self._opener)
        self._folder.write(DOCUMENT_KEYS, data)
        return state

    # How the folder is read: the one way to catch up with other programs, and with what they have left undone.

    def _read(self, old: State) -> State:
        """The state of the folder, upon what is known already. Raises `OSError`.

        What an update writes first is read last: the generation file, the floors, and then the rest. So whatever is
        being written meanwhile, nothing that is read is older than the generation that was seen.
        """
        if self._generation is None:
            return old
        mark = self._folder.mark()
        floors, number = self._folder.floors()
        if floors is None and self._folder.is_empty():
            return old.changed(mark=mark)
        state = loaded(old, floors, self._folder, self._opener)
        return state.changed(number=max(number, old.number), mark=mark)

    def _look(self, old: State) -> State:
        """The state after the generation file has changed, or cannot be looked at."""
        while True:
            try:
                if self._folder.mark() == old.mark:
                    return old
                new = self._read(old)
            except OSError:  # what another program has written cannot be seen: then no list is known to be in force
                return old.changed(trust_list=None)
            with self._swap:
                if self._state is old:
                    self._state = new
                    return new
                old = self._state  # another thread has seen it too, or has taken an update

    def _exchange(self, state: State) -> None:
        with self._swap:
            self._state = state

    def _open(self) -> None:
        """Read the folder, and finish what an update that was killed has left, if the folder can be written.

        Where another program is just writing, it is not waited for: the next call sees what that has written.
        """
        self._state = state = self._read(self._state)
        if self._folder.is_published(state.floors, state.number):
            return
        if state.trust_list is None and self._folder.floors()[0] is None:  # nothing here says what was accepted
            return
        try:
            if self._folder.lock(wait=False):
                state = self._read(state)
                number = self._folder.publish(state.floors, state.number)
                self._state = state.changed(number=number, mark=self._folder.mark())
        except OSError:  # it can be read alone: then it is as it is
            return
        finally:
            self._folder.unlock()
