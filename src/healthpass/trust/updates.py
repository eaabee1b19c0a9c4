"""May this signed object replace the one that we have? The same answer in a scanner and in a wallet.

An object is a trust list or an area table: it has a version, an issue time and an expiry.
"""

from __future__ import annotations

from healthpass.crypto import ed25519
from healthpass.errors import TrustListRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import RootSet

    class Dated(Protocol):
        """What trust lists and area tables have in common."""

        version: int
        issued: int
        expires: int

    class Lasting(Protocol):
        """What counts for a while."""

        @property
        def expires(self) -> int:
            """In seconds since 1970 UTC."""
            ...


CLOCK_SKEW = 60
"""Seconds by which our clock may differ from the signers'."""
MAX_VERSION_STEP = 100_000
"""Daily objects for 270 years; a larger jump could only be meant to lock everybody out."""
MAX_FIRST_VERSION = 2**31 - 1
"""Of the first object from a signer: who comes late may meet any honest version, and there is room above it."""


class Floor:
    """What the next object may not fall below: version, issue time and digest of the newest one ever accepted.

    Attributes:
        version: 0 before the first one.
        issued: seconds since 1970 UTC.
        digest: the first 32 bytes of the whole message's SHA-512, in hexadecimal digits.
    """

    __slots__ = ("digest", "issued", "version")

    def __init__(self, version: int = 0, issued: int = 0, digest: str = "") -> None:
        self.version = version
        self.issued = issued
        self.digest = digest

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Floor):
            return NotImplemented
        return (self.version, self.issued, self.digest) == (other.version, other.issued, other.digest)

    def __hash__(self) -> int:
        return hash((self.version, self.issued, self.digest))


KINDS = ("areas", "documents", "revocations", "snapshots")


class Floors:
    """What the next object of each kind and signer may not fall below. Never changed; `changed` makes another.

    Attributes:
        roots: of trust lists.
        areas, documents: of area tables by risk office, of document keys by registrar.
        revocations: of snapshots and deltas together, by revocation key. One without a digest says that something newer
            may have been accepted, of which nothing is known.
        snapshots: of snapshots alone.
        newest_issue: of roots and risk offices; a clock behind it is wrong.
        newest_revocation: of revocation keys; by a clock behind it no gate opens for want of a check (and by its own
            key, no revocation data counts).
    """

    __slots__ = ("areas", "documents", "newest_issue", "newest_revocation", "revocations", "roots", "snapshots")

    def __init__(
        self,
        roots: Floor | None = None,
        areas: dict[bytes, Floor] | None = None,
        documents: dict[bytes, Floor] | None = None,
        revocations: dict[bytes, Floor] | None = None,
        snapshots: dict[bytes, Floor] | None = None,
    ) -> None:
        self.roots = roots or Floor()
        self.areas = areas or {}
        self.documents = documents or {}
        self.revocations = revocations or {}
        self.snapshots = snapshots or {}
        self.newest_issue = max(self.roots.issued, *(floor.issued for floor in self.areas.values()), 0)
        self.newest_revocation = max((floor.issued for floor in self.revocations.values()), default=0)

    def changed(self, kind: str, key: bytes, floor: Floor) -> Floors:
        """The same but for the floor of one signer; `kind` is the attribute."""
        parts = {each: dict(getattr(self, each)) for each in KINDS}
        parts[kind][key] = floor
        return Floors(self.roots, **parts)

    def under(self, trust_list: TrustList, roots: Floor) -> Floors:
        """Those of signers that the list names: with its key a floor goes, however far ahead a thief has put it."""
        named = (trust_list.risk_keys, trust_list.registrar_keys, *[trust_list.revocation_keys] * 2)
        kept = [
            {key: floor for key, floor in getattr(self, kind).items() if key in keys}
            for kind, keys in zip(KINDS, named, strict=True)
        ]
        return Floors(roots, *kept)

    def merged(self, other: Floors) -> Floors:
        """The higher of each; where they are of one version, the one that knows less."""
        parts: dict[str, dict[bytes, Floor]] = {}
        for kind in KINDS:
            mine: dict[bytes, Floor] = getattr(self, kind)
            parts[kind] = dict(getattr(other, kind))
            for key, floor in mine.items():
                parts[kind][key] = _newer(floor, parts[kind].get(key, Floor()))
        return Floors(_newer(self.roots, other.roots), **parts)


def _newer(one: Floor, other: Floor) -> Floor:
    return one if (one.version, one.digest == "") >= (other.version, other.digest == "") else other


def floor_of(content: Dated, data: bytes) -> Floor:
    """The floor that an accepted object sets; `data` is the whole message."""
    return Floor(content.version, content.issued, ed25519.sha512(data)[:32].hex())


def is_same(data: bytes, floor: Floor) -> bool:
    """Whether these are the bytes that have set the floor: then they need not be read again."""
    return floor.digest != "" and ed25519.sha512(data)[:32].hex() == floor.digest


def stands(signer: bytes, floor: Floor, floors: Mapping[bytes, Floor]) -> bool:
    """Whether an object with this floor is still the newest, of its signer and of all of them."""
    own = floors.get(signer, Floor())
    is_newest = floor == own or floor.version > own.version
    return is_newest and all(floor.issued >= each.issued for each in floors.values())


def check_not_rolled_back(new: Floor, floor: Floor) -> None:
    """An object that was stored counts as long as nothing newer was accepted since. Raises `TrustListRefused`."""
    if new.version == floor.version and new.digest != floor.digest:
        raise TrustListRefused("rollback", "another one of this version was accepted before; fetch the newest")
    if new.version < floor.version or new.issued < floor.issued:
        raise TrustListRefused("rollback", "a newer one was accepted before; fetch the newest")


def check_not_older(new: Floor, floor: Floor) -> None:
    """An object may replace another of a lower version, though not of an absurdly lower one, or be that one again.

    Raises:
        TrustListRefused: "rollback" or "version-step".
    """
    check_not_rolled_back(new, floor)
    if new.version > (floor.version + MAX_VERSION_STEP if floor.version else MAX_FIRST_VERSION):
        raise TrustListRefused(
            "version-step", "its version is too far ahead of the last one; do not use it, and tell its signer"
        )


def check_times(content: Dated, floor: Floor, now: int, grace: int = 0) -> None:
    """An object is taken between its issue and its expiry, by a clock that is not behind an earlier one.

    Args:
        content: the object.
        floor: of its signer.
        now: seconds since 1970 UTC.
        grace: for so many seconds it is taken after its expiry too: by whom no network can give anything newer.

    Raises:
        TrustListRefused: "clock-behind", "from-the-future" or "expired".
    """
    if now < floor.issued - CLOCK_SKEW:
        raise TrustListRefused("clock-behind", "the clock is behind what was signed last: set the clock")
    if content.issued > now + CLOCK_SKEW:
        raise TrustListRefused("from-the-future", "it is issued after this clock's time: set the clock")
    if content.expires + grace <= now:
        raise TrustListRefused("expired", "it has expired: fetch a newer one")


def check_list_times(trust_list: TrustList, roots: RootSet, floor: Floor, now: int, grace: int = 0) -> None:
    """`check_times` for a trust list. One that changes `roots` is followed even when it has expired, so that who was
    long away can catch up, one such list after the other. Once its grace time is over, no pass is accepted by it.

    Raises:
        TrustListRefused: "clock-behind", "from-the-future" or "expired".
    """
    try:
        check_times(trust_list, floor, now, grace)
    except TrustListRefused as refused:
        if refused.code != "expired" or trust_list.roots == roots:
            raise


def check_times_under(trust_list: TrustList, content: Dated, floor: Floor, now: int, grace: int = 0) -> None:
    """`check_times` for what is checked against a trust list, by a clock that is not behind that list either.

    Raises:
        TrustListRefused: "clock-behind", "from-the-future" or "expired".
    """
    check_times(content, floor, now, grace)
    if now < trust_list.issued - CLOCK_SKEW:
        raise TrustListRefused("clock-behind", "the clock is behind what was signed last: set the clock")


def seconds_late(content: Lasting, grace: int, now: int) -> int | None:
    """How long ago something was last fresh, in seconds (0: it is); None once its grace time is over too."""
    late = now - content.expires
    if late < 0:
        return 0
    return None if late >= grace else late + 1
