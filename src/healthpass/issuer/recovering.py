"""What scanners know as revoked, read back from where it is published, for a ledger that has lost it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from healthpass.crypto import ed25519
from healthpass.errors import RevocationRefused
from healthpass.formats import cose
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import (
    DIGEST_SIZE,
    MAX_DELTA_SIZE,
    MAX_SNAPSHOT_SIZE,
    Delta,
    Snapshot,
    parse_delta,
    parse_snapshot,
)
from healthpass.issuer.published import Published
from healthpass.issuer.window_keys import WindowKeys
from healthpass.trust.signed import open_signed

_SLOT_SIZE = 4


@dataclass(slots=True, repr=False)
class PublishedNumbers:
    """What `SqlLedger.recover` takes.

    Attributes:
        version: of the newest snapshot or delta; 0 if there is none.
        numbers: under each kid, those that are revoked.
        without_key: kids under which something is revoked and that the platform has no key of.
    """

    version: int = 0
    numbers: dict[bytes, set[int]] = field(default_factory=dict)
    without_key: set[bytes] = field(default_factory=set)


def published_numbers(places: Iterable[Published], windows: WindowKeys) -> PublishedNumbers:
    """The numbers that are revoked by what is published, in one place for each revocation key.

    1. The snapshot of each place, and the delta if it adds to it: their signatures must hold.
    2. The filters that the snapshot names: they must be there, and have its digests.
    3. Each slot's number, by the slot secret of its window.

    Raises:
        RevocationRefused: "missing-filter": a filter is not there, or is damaged.
        FormatError, BadInput: a snapshot or delta is damaged. OSError, or what a place raises.
    """
    found = PublishedNumbers()
    for place in places:
        message, added = place.snapshot(), place.delta()
        snapshot = None if message is None else parse_snapshot(_payload(message, cose.SNAPSHOT, MAX_SNAPSHOT_SIZE))  # 1
        delta = None if added is None else parse_delta(_payload(added, cose.DELTA, MAX_DELTA_SIZE))
        for each in (snapshot, delta):
            found.version = max(found.version, 0 if each is None else each.version)
        if snapshot is not None:
            fits = delta is not None and delta.base == snapshot.version
            for kid, slots in _slots(place, snapshot, delta if fits else None):  # 2
                key = windows.get(kid)
                if key is not None:
                    found.numbers.setdefault(kid, set()).update(map(key.slots.number, slots))  # 3
                elif slots:
                    found.without_key.add(kid)
    return found


def _payload(message: bytes, typ: str, most: int) -> bytes:
    return open_signed(message, typ, most).payload


def _slots(place: Published, snapshot: Snapshot, delta: Delta | None) -> Iterator[tuple[bytes, list[int]]]:
    for kid, (digest, length) in snapshot.filters.items():
        data = place.filter(digest.hex())
        if data is None or len(data) != length or ed25519.sha512(data)[:DIGEST_SIZE] != digest:
            raise RevocationRefused(
                "missing-filter",
                "a filter of the published snapshot is missing or damaged; put it back, or publish a new snapshot",
            )
        joined = b"" if delta is None else delta.slots.get(kid, b"")
        added = (int.from_bytes(joined[at : at + _SLOT_SIZE], "big") for at in range(0, len(joined), _SLOT_SIZE))
        yield kid, [*RevocationFilter(data), *added]
