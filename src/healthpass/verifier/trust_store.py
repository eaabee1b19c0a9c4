"""The scanner's memory of whom to believe: one trust list, which only ever gets newer.

On disk, in one folder:

    trust-list.cbor   the last list that was accepted, byte for byte
    floor.txt         its version, issue time and digest, so that a damaged list cannot be replaced by an older one
"""

from __future__ import annotations

import os

from healthpass._files import read_capped, write_atomically
from healthpass._values import seconds
from healthpass.crypto import ed25519
from healthpass.crypto.trust import open_trust_list
from healthpass.errors import BadInput, RefusalCode, Refused, TrustListRefused
from healthpass.formats.trust_list import MAX_SIZE, TrustList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.formats.window import RootSet

CLOCK_SKEW = 60
"""Seconds by which this scanner's clock may differ from the signers'."""
MAX_VERSION_STEP = 100_000
"""Daily lists for 270 years; a larger jump could only be meant to lock scanners out."""

_LIST_FILE = "trust-list.cbor"
_FLOOR_FILE = "floor.txt"
_NO_FLOOR = (0, 0, "")

Floor = tuple[int, int, str]
"""Version, issue time and digest (hex) of the newest list ever accepted."""


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
        self._floor: Floor = _NO_FLOOR
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
        floor = (trust_list.version, trust_list.issued, _digest(data))
        self._check_version(floor)  # 2
        self._check_times(trust_list, time)  # 3
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

    def _check_version(self, floor: Floor) -> None:
        version, issued, digest = floor
        if version == self._floor[0] and digest != self._floor[2]:
            raise TrustListRefused("rollback", "the store knows another trust list of this version")
        if version < self._floor[0] or issued < self._floor[1]:
            raise TrustListRefused("rollback", "the store has seen a newer trust list")
        if version > self._floor[0] + MAX_VERSION_STEP:
            raise TrustListRefused("version-step", "the trust list's version is too far ahead of the last one")

    def _check_times(self, trust_list: TrustList, now: int) -> None:
        if now < self._floor[1] - CLOCK_SKEW:
            raise TrustListRefused("clock-behind", "the clock is behind the newest trust list: set the clock")
        if trust_list.issued > now + CLOCK_SKEW:
            raise TrustListRefused("from-the-future", "the trust list is issued after this clock's time: set the clock")
        if trust_list.expires <= now:
            raise TrustListRefused("expired", "the trust list has expired: fetch a newer one")

    def _write(self, data: bytes, floor: Floor) -> None:
        if self._folder is None or (floor == self._floor and self.trust_list is not None):
            return
        # The list first: a cut between the two leaves a new list and an old floor, which the list raises again.
        write_atomically(os.path.join(self._folder, _LIST_FILE), data)
        write_atomically(os.path.join(self._folder, _FLOOR_FILE), "{} {} {}\n".format(*floor).encode())

    def _load(self) -> None:
        assert self._folder is not None
        self._floor = _parse_floor(read_capped(os.path.join(self._folder, _FLOOR_FILE), 256))
        data = read_capped(os.path.join(self._folder, _LIST_FILE), MAX_SIZE)
        if data is None:
            return
        try:
            trust_list = open_trust_list(data, self._roots)
            floor = (trust_list.version, trust_list.issued, _digest(data))
            self._check_version(floor)
        except BadInput:
            return
        self._floor = floor
        self.trust_list = trust_list


def _digest(data: bytes) -> str:
    return ed25519.sha512(data)[:32].hex()


def _parse_floor(data: bytes | None) -> Floor:
    """The floor that was written, or none at all if the file is missing or damaged."""
    try:
        version, issued, digest = (data or b"").decode("ascii").split()
        return int(version), int(issued), digest
    except ValueError:
        return _NO_FLOOR
