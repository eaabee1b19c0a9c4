"""The scanner's memory of whom to believe: one trust list and one area table, which only ever get newer."""

from __future__ import annotations

import os
from _thread import allocate_lock

from healthpass._values import seconds
from healthpass.errors import BadInput, RefusalCode, Refused, TrustListRefused
from healthpass.formats.trust_list import MAX_SIZE, TrustList
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import CLOCK_SKEW, Floor, check_list_times, check_not_older, floor_of
from healthpass.verifier import state_folder
from healthpass.verifier.state_folder import ROOTS_KEY, StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.area_table import AreaTable
    from healthpass.formats.window import RootSet

MAX_ROTATIONS = 64
_MAX_ROTATIONS_SIZE = 4_194_304


class TrustStore:
    """Holds the newest accepted trust list and area table, in memory or in a folder.

    Args:
        roots: the pinned root keys, as built into the scanner.
        folder: where to keep state; None keeps it in memory alone. See `healthpass.verifier.state_folder`.

    Attributes:
        trust_list: the list in force, or None while there is none.

    A file that is damaged, or that its signer no longer stands behind, is left alone and not used: the store is then
    without that object, and takes one that is at least as new. Safe to call from several threads.

    Raises:
        OSError: the folder cannot be made or read.
    """

    def __init__(self, roots: RootSet, folder: str | None = None) -> None:
        self._lock = allocate_lock()
        self._folder = StateFolder(folder)
        self._roots = roots
        self._rotations: list[bytes] = []
        self._rotations_saved = True
        self._floors = self._folder.read_floors() if folder is not None else {}
        self._area: tuple[bytes, AreaTable] | None = None
        self.trust_list: TrustList | None = None
        if folder is not None:
            self._load()

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, roots: RootSet) -> TrustStore:
        """A store that keeps its state in `folder`, which is made if it is not there. Raises `OSError`."""
        return cls(roots, os.fspath(folder))

    @property
    def roots(self) -> RootSet:
        """Whom the next trust list must be signed by: the pinned roots, or those that have followed them."""
        return self._roots

    def update_trust_list(self, data: bytes, *, now: Time) -> None:
        """Take a newer trust list. The same list again changes nothing.

        1. Its form, and the signatures of a threshold of roots; if it changes the roots, of both the old and the new.
        2. Its version is higher than any accepted before, and not absurdly so; the same version has the same bytes.
        3. It is not issued before the newest accepted one, not after `now` (plus 60 s), and not expired. A list that
           changes the roots is followed even when it has expired, so that a scanner which was long away can catch up,
           one such list after the other; no pass is accepted by it.
        4. It is written and synced, and only then used.

        Args:
            data: the list, at most 262,144 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not a trust list ("malformed").
            TrustListRefused: "not-signed", "threshold", "new-roots", "weak-key", "rollback", "version-step",
                "from-the-future", "clock-behind", "expired" or "too-many-rotations". The store keeps what it has.
            OSError: the list could not be written; the store keeps what it has.
        """
        time = seconds(now)
        with self._lock:
            content = open_trust_list(data, self._roots)  # 1
            new, old = floor_of(content, data), self._floors.get(ROOTS_KEY, Floor())
            check_not_older(new, old)  # 2
            self._check_times(content, old, time)  # 3
            if new != old or self.trust_list is None:
                self._take(data, content, new)  # 4

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
            OSError: the table could not be written; the store keeps what it has.
        """
        from healthpass.trust.areas import check_area_update  # here: not every scanner has a use for area tables

        time = seconds(now)
        with self._lock:
            if self.trust_list is None:
                raise TrustListRefused("no-trust-list", "an area table is believed by a trust list: fetch that first")
            key, table, new = check_area_update(data, self.trust_list, self._floors, self._area, time)
            if new != self._floors.get(key) or self._area is None or self._area[0] != key:
                floors = {**self._floors, key: new}
                self._folder.write(state_folder.AREA_TABLE, data)
                self._folder.write_floors(floors)
                self._floors = floors
            self._area = key, table

    def fresh(self, now: int) -> tuple[TrustList, int]:
        """The list in force, and by how many seconds it is past its expiry (0: not at all).

        Raises:
            Refused: `TRUST_LIST_EXPIRED`: no list, too old even for its grace time, or the clock is behind what was
                signed last.
        """
        trust_list = self.trust_list
        if trust_list is None or now < self._newest_issue() - CLOCK_SKEW:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        stale = now - trust_list.expires
        if stale < 0:
            return trust_list, 0
        if stale >= trust_list.grace:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        return trust_list, stale + 1

    def area_table(self, now: int) -> AreaTable | None:
        """The area table in force at `now` (seconds since 1970 UTC); None if there is none, or it has expired."""
        area = self._area
        return None if area is None or now >= area[1].expires else area[1]

    def _newest_issue(self) -> int:
        return max(floor.issued for floor in self._floors.values())  # a floor for the roots is always there by now

    def _check_times(self, content: TrustList, old: Floor, now: int) -> None:
        check_list_times(content, self._roots, old, now)
        if content.roots != self._roots and len(self._rotations) >= MAX_ROTATIONS:
            raise TrustListRefused("too-many-rotations", "the roots have changed too often: pin those of today")

    def _take(self, data: bytes, content: TrustList, new: Floor) -> None:
        """Write a list and then use it. A cut at any point leaves a state that `_load` understands:

        the list before the rotations, for a list that changes the roots is signed by the old ones too; both before the
        floors, for they only raise what the list itself says.
        """
        listed = {ROOTS_KEY, *content.risk_keys}  # a key that is replaced takes its floor along
        floors = {key: floor for key, floor in self._floors.items() if key in listed} | {ROOTS_KEY: new}
        if not self._rotations_saved:  # a cut came between a list that changed the roots and this file
            self._write_rotations(self._rotations)
        self._folder.write(state_folder.TRUST_LIST, data)
        if content.roots != self._roots:
            self._write_rotations([*self._rotations, data])
        self._folder.write_floors(floors)
        self._use(data, content, floors)

    def _write_rotations(self, rotations: list[bytes]) -> None:
        from healthpass.formats import cbor

        self._folder.write(state_folder.ROTATIONS, cbor.encode(rotations))
        self._rotations_saved = True

    def _use(self, data: bytes, content: TrustList, floors: state_folder.Floors) -> None:
        if content.roots != self._roots:
            self._rotations = [*self._rotations, data]
            self._roots = content.roots
        self._floors = floors
        self.trust_list = content
        if self._area is not None and self._area[0] not in content.risk_keys:
            self._area = None

    def _load(self) -> None:
        self._load_rotations()
        data = self._folder.read(state_folder.TRUST_LIST, MAX_SIZE)
        if data is None:
            return
        try:
            content = open_trust_list(data, self._roots)
            new = floor_of(content, data)
            check_not_older(new, self._floors.get(ROOTS_KEY, Floor()))
        except BadInput:
            return
        self._rotations_saved = content.roots == self._roots
        self._use(data, content, self._floors | {ROOTS_KEY: new})
        self._load_area_table(content)

    def _load_rotations(self) -> None:
        """Follow the lists that changed the roots, from the pinned roots on; each must be signed as when it came."""
        data = self._folder.read(state_folder.ROTATIONS, _MAX_ROTATIONS_SIZE)
        if data is None:
            return
        from healthpass.formats import cbor, fields

        try:
            for each in fields.array(cbor.decode(data), "rotations", lambda item, name: item, MAX_ROTATIONS):
                rotation = each if isinstance(each, bytes) else b""
                self._roots = open_trust_list(rotation, self._roots).roots
                self._rotations.append(rotation)
        except BadInput:
            self._rotations_saved = False

    def _load_area_table(self, trust_list: TrustList) -> None:
        data = self._folder.read(state_folder.AREA_TABLE, 1_048_576)
        if data is None:
            return
        from healthpass.trust.areas import open_area_table

        try:
            key, table = open_area_table(data, trust_list)
            new = floor_of(table, data)
            check_not_older(new, self._floors.get(key, Floor()))
        except BadInput:
            return
        self._floors = self._floors | {key: new}
        self._area = key, table
