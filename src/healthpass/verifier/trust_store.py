"""The scanner's memory of whom to believe: one trust list, which only ever gets newer.

On disk, in one folder:

    trust-list.cbor   the last list that was accepted, byte for byte
    floor.txt         its version, issue time and digest, so that a damaged list cannot be replaced by an older one
"""

from __future__ import annotations

import os

from healthpass._files import read_capped, write_atomically
from healthpass._values import seconds
from healthpass.errors import BadInput, RefusalCode, Refused
from healthpass.formats.trust_list import MAX_SIZE, TrustList
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import CLOCK_SKEW, Floor, check_not_older, check_times, floor_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.window import RootSet

_LIST_FILE = "trust-list.cbor"
_FLOOR_FILE = "floor.txt"


class TrustStore:
    """Holds the newest accepted trust list, in memory or in a folder.

    Args:
        roots: the pinned root keys, as built into the scanner.
        folder: where to keep state; None keeps it in memory alone. `TrustStore.open` also reads what is there.

    Attributes:
        trust_list: the list in force, or None while there is none.
    """

    def __init__(self, roots: RootSet, folder: str | None = None) -> None:
        self._roots = roots
        self._folder = folder
        self._floor = Floor()
        self.trust_list: TrustList | None = None

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, roots: RootSet) -> TrustStore:
        """A store that keeps its state in `folder`, which is made if it is not there.

        A list that is damaged, or that these roots have not signed, is left alone and not used: the store is then
        without a list, and takes one that is at least as new.

        Raises:
            OSError: the folder cannot be made or read.
        """
        path = os.fspath(folder)
        if not os.path.isdir(path):  # makedirs would find that out too, by four system calls and an exception
            os.makedirs(path, mode=0o700, exist_ok=True)
        store = cls(roots, path)
        store._load()
        return store

    def update_trust_list(self, data: bytes, *, now: Time) -> None:
        """Take a newer trust list. The same list again changes nothing.

        1. Its form, and the signatures of a threshold of roots.
        2. Its version is higher than any accepted before, and not absurdly so; the same version has the same bytes.
        3. It is not issued before the newest accepted one, not after `now` (plus 60 s), and not expired.
        4. It is written and synced, and only then used.

        Args:
            data: the list, at most 262,144 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not a trust list ("malformed").
            TrustListRefused: "not-signed", "threshold", "roots-changed", "rollback", "version-step",
                "from-the-future", "clock-behind" or "expired". In every case the store keeps what it has.
            OSError: the list could not be written; the store keeps what it has.
        """
        time = seconds(now)
        trust_list = open_trust_list(data, self._roots)  # 1
        floor = floor_of(trust_list, data)
        check_not_older(floor, self._floor)  # 2
        check_times(trust_list, self._floor, time)  # 3
        self._write(data, floor)  # 4
        self._floor = floor
        self.trust_list = trust_list

    def fresh(self, now: int) -> tuple[TrustList, int]:
        """The list in force, and by how many seconds it is past its expiry (0: not at all).

        Raises:
            Refused: `TRUST_LIST_EXPIRED`: no list, too old even for its grace time, or the clock is behind it.
        """
        trust_list = self.trust_list
        if trust_list is None or now < trust_list.issued - CLOCK_SKEW:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        stale = now - trust_list.expires
        if stale < 0:
            return trust_list, 0
        if stale >= trust_list.grace:
            raise Refused(RefusalCode.TRUST_LIST_EXPIRED)
        return trust_list, stale + 1

    def _write(self, data: bytes, floor: Floor) -> None:
        if self._folder is None or (floor == self._floor and self.trust_list is not None):
            return
        # The list first: a cut between the two leaves a new list and an old floor, which the list raises again.
        write_atomically(os.path.join(self._folder, _LIST_FILE), data)
        line = f"{floor.version} {floor.issued} {floor.digest}\n"
        write_atomically(os.path.join(self._folder, _FLOOR_FILE), line.encode())

    def _load(self) -> None:
        assert self._folder is not None
        self._floor = _parse_floor(read_capped(os.path.join(self._folder, _FLOOR_FILE), 256))
        data = read_capped(os.path.join(self._folder, _LIST_FILE), MAX_SIZE)
        if data is None:
            return
        try:
            trust_list = open_trust_list(data, self._roots)
            floor = floor_of(trust_list, data)
            check_not_older(floor, self._floor)
        except BadInput:
            return
        self._floor = floor
        self.trust_list = trust_list


def _parse_floor(data: bytes | None) -> Floor:
    """The floor that was written, or none at all if the file is missing or damaged."""
    try:
        version, issued, digest = (data or b"").decode("ascii").split()
        return Floor(int(version), int(issued), digest)
    except ValueError:
        return Floor()
