"""The platform's sealing keys, to which wallets seal what no region may read: each lives four days, then it is erased.

The file of the private halves is not CBOR, so that no decoder makes copies of them that nobody can wipe:

    "HPK1" || number of keys, 1 byte || private keys, 32 bytes each || CBOR of [name, [entry], [entry that was dropped]]

where an entry is [public key, valid from, expires], in the order of the private keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from threading import Lock
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._secret import Secret
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import AttestationRefused, BadInput, FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.platform import (
    MAX_SEALING_KEYS,
    SealingKeyEntry,
    check_platform_name,
    parse_sealing_key,
    platform_name,
)

if TYPE_CHECKING:
    from healthpass._values import Time
    from healthpass.crypto.sealing import Opener
    from healthpass.formats.cbor import Value

DAY = 86_400
LIFE = 4 * DAY
"""Seconds for which wallets seal to a key, so that what a region approves the next morning can still be opened."""
LATE = 3600
"""Seconds after `expires` at which the private half is erased: what was sealed in the last minute is on its way."""
MOST_DAYS = 25
"""For how many days keys are made ahead: with those that live on, a platform then has at most 32."""
DEFAULT_NAME = "national"
MAX_FILE_SIZE = 65_536
_MAX_DROPPED = 512
_MAGIC = b"HPK1"
_KEY_SIZE = 32


@typed
class SealingKeys:
    """What a platform opens enrolments with. `renewed`, `dropping` and `erased` each give the keys of afterwards.

    Args:
        name: the platform's in the trust list, 1 to 32 bytes of UTF-8.
        keys: private key, and from when and until when (seconds since 1970 UTC) wallets seal to it.
        dropped: public sides of keys that were given up before their time.

    Raises:
        FormatError: a value out of range, a key twice, or over 32 keys.
    """

    __slots__ = ("_dropped", "_held", "_lock", "name")

    @guarded
    def __init__(
        self, name: str, keys: Iterable[tuple[SealingKey, int, int]] = (), dropped: Iterable[SealingKeyEntry] = ()
    ) -> None:
        self.name = platform_name(name)
        held = [(SealingKeyEntry(key.public_key, begins, ends), key) for key, begins, ends in keys]
        self._held = sorted(held, key=lambda each: (each[0].valid_from, each[0].key))
        self._dropped = tuple(sorted(dropped, key=lambda each: (each.valid_from, each.key)))
        fields.distinct([each.key for each in (*self.entries, *self._dropped)], "sealing keys")
        if len(self._held) > MAX_SEALING_KEYS:
            raise FormatError(f"a platform has at most {MAX_SEALING_KEYS} sealing keys")
        self._lock = Lock()

    @classmethod
    def new(cls, name: str = DEFAULT_NAME) -> SealingKeys:
        """None yet, for a platform of this name. Raises `FormatError` if it cannot have that."""
        return cls(name)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def entries(self) -> tuple[SealingKeyEntry, ...]:
        """The public sides, in the order of their beginning."""
        return tuple(entry for entry, _ in self._held)

    def live(self, now: Time) -> tuple[SealingKeyEntry, ...]:
        """The public sides of those that are not over at `now`: what the platform hands in to the roots."""
        time = seconds(now)
        return tuple(entry for entry in self.entries if time < entry.expires)

    @guarded
    def opener(self, public_key: bytes, now: Time) -> Opener:
        """What opens the boxes that were sealed to this key. Keys whose time is over are erased first.

        Args:
            public_key: 32 bytes, as an issue request names it.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            AttestationRefused: "unknown-sealing-key": it is none of ours, was dropped, or has been over for an hour.
                What it opens raises that too, should the key be erased before.
        """
        with self._lock:
            self._wipe_over(seconds(now))
            for entry, key in self._held:
                if entry.key == public_key and not key.is_erased:
                    return _Opener(key, self._lock)
        raise _unknown()

    @guarded
    def renewed(self, now: Time, days: int) -> SealingKeys:
        """These and, where there is none yet that begins on it, one for each day (UTC) from today on.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.
            days: how many, today included, 1 to 25.

        Raises:
            FormatError: `days` is none of that.
        """
        fields.uint(days, "days", most=MOST_DAYS, least=1)
        time = seconds(now)
        first = time - time % DAY
        known = {(entry.valid_from - first) // DAY for entry in self.entries}
        starts = [first + day * DAY for day in range(days) if day not in known]
        made = [(SealingKey(), start, start + LIFE) for start in starts]
        return SealingKeys(self.name, (*self._parts(), *made), self._dropped)

    def named(self, name: str) -> SealingKeys:
        """The same for a platform of another name. Raises `FormatError` if it cannot have that."""
        return SealingKeys(name, self._parts(), self._dropped)

    def dropping(self, public_keys: Collection[bytes]) -> SealingKeys:
        """These without those, whose private halves are erased at once. One that was dropped before is no mistake.

        Raises:
            BadInput: "unknown-sealing-key": the platform has had no such key; none is dropped.
        """
        if set(public_keys) - {each.key for each in (*self.entries, *self._dropped)}:
            raise BadInput("unknown-sealing-key", "the platform has no such sealing key: nothing has changed")
        gone = [entry for entry in self.entries if entry.key in public_keys]
        return self._without(gone, (*self._dropped, *gone))

    def erased(self, now: Time) -> SealingKeys:
        """These without those that have been over for an hour, whose private halves are erased."""
        time = seconds(now)
        dropped = [entry for entry in self._dropped if not _is_over(entry, time)]
        return self._without([entry for entry in self.entries if _is_over(entry, time)], dropped)

    def _parts(self) -> list[tuple[SealingKey, int, int]]:
        return [(key, entry.valid_from, entry.expires) for entry, key in self._held]

    def _without(self, gone: Collection[SealingKeyEntry], dropped: Iterable[SealingKeyEntry]) -> SealingKeys:
        with self._lock:
            for entry, key in self._held:
                if entry in gone:
                    key.erase()
        kept = [(key, entry.valid_from, entry.expires) for entry, key in self._held if entry not in gone]
        return SealingKeys(self.name, kept, dropped)

    def _wipe_over(self, now: int) -> None:
        for entry, key in self._held:
            if _is_over(entry, now):
                key.erase()

    def __repr__(self) -> str:
        return f"SealingKeys({self.name!r}, {len(self)} keys)"


class _Opener:
    """A key of a platform while others may erase it."""

    __slots__ = ("_key", "_lock")

    def __init__(self, key: SealingKey, lock: Lock) -> None:
        self._key = key
        self._lock = lock

    @property
    def public_key(self) -> bytes:
        return self._key.public_key

    @guarded
    def open(self, sealed: bytes) -> bytes:
        with self._lock:
            if not self._key.is_erased:
                return self._key.open(sealed)
        raise _unknown()


def _is_over(entry: SealingKeyEntry, now: int) -> bool:
    """Whether the private half is to be gone."""
    return now >= entry.expires + LATE


def _unknown() -> AttestationRefused:
    return AttestationRefused(
        "unknown-sealing-key",
        "sealed to a key that the platform does not have, or no longer: the region makes a new offer, and hands the"
        " wallet the newest trust list with it",
    )


@guarded
def encode_sealing_keys(keys: SealingKeys) -> Secret:
    """The content of the file of private halves, to be wiped when it is written. It is secret: whoever reads it can
    open what was sealed to the keys in it.

    Raises:
        ValueError: one of the keys was erased.
    """
    listed: list[Value] = [each.values() for each in keys.entries]
    dropped: list[Value] = [each.values() for each in keys._dropped]
    head, public = _MAGIC + bytes((len(keys),)), cbor.encode([keys.name, listed, dropped])
    start, end = len(head), len(head) + _KEY_SIZE * len(keys)
    whole = Secret(end + len(public))
    whole[:start], whole[end:] = head, public
    with memoryview(whole) as view:
        for at, (_, key) in zip(range(start, end, _KEY_SIZE), keys._held, strict=True):
            key.copy_into(view[at : at + _KEY_SIZE])
    return whole


@guarded
def parse_sealing_keys(data: bytes | bytearray) -> SealingKeys:
    """The keys of such a file, of at most 65,536 bytes.

    Raises:
        FormatError: it is not one, or a private key is not that of its public key.
    """
    if len(data) > MAX_FILE_SIZE:
        raise FormatError(f"a file of sealing keys has at most {MAX_FILE_SIZE} bytes")
    start = len(_MAGIC) + 1
    if len(data) < start or data[: len(_MAGIC)] != _MAGIC:
        raise FormatError("not a file of sealing keys")
    end = start + _KEY_SIZE * data[start - 1]
    name, listed, dropped = fields.record(cbor.decode(bytes(data[end:])), "sealing keys", 3)
    entries = fields.array(listed, "sealing keys", parse_sealing_key, MAX_SEALING_KEYS)
    if len(entries) != data[start - 1]:
        raise FormatError("sealing keys: as many private as public ones")
    held = []
    for number, entry in enumerate(entries):
        at = start + _KEY_SIZE * number
        with memoryview(data) as whole:
            key = SealingKey(Secret(whole[at : at + _KEY_SIZE]))
        if key.public_key != entry.key:
            raise FormatError("sealing keys: a private key is not that of its public key")
        held.append((key, entry.valid_from, entry.expires))
    gone = fields.array(dropped, "sealing keys that were dropped", parse_sealing_key, _MAX_DROPPED)
    return SealingKeys(check_platform_name(name), held, gone)
