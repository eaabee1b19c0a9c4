"""Publishing what is revoked: snapshots and deltas, each under a version of its own, signed by the revocation key."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthpass._values import seconds
from healthpass.crypto import ed25519
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import FormatError, RevocationRefused
from healthpass.formats import cose
from healthpass.formats.revocation import (
    DIGEST_SIZE,
    MAX_DELTA_SIZE,
    Delta,
    Snapshot,
    encode_delta,
    encode_snapshot,
)
from healthpass.formats.revocation_filter_builder import build_filter
from healthpass.issuer.ledger import Ledger, Plan, Publication
from healthpass.issuer.revoking import revoke, revoke_by_code
from healthpass.issuer.window_keys import DAY, WindowKey, WindowKeys

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from healthpass._values import Time
    from healthpass.issuer.platform import PlatformFolder

_SLOT_SIZE = 4
_ROOM = 32_768
"""Bytes of a delta for all that is not slots: 12 for each of 2,048 kids, and the envelope."""


@dataclass(frozen=True, slots=True)
class PublishingOptions:
    """How a publisher hides who is in a delta, and for how long its publications are good.

    Attributes:
        attestations: a delta waits until so many more attestations are revoked,
        longest_wait: but no longer than so many seconds after the first of them.
        least_slots: under each kid with anything newly revoked, at least so many slots are: numbers are burnt to fill
            up, though never more than an eighth of those that the kid has left.
        lifetime: seconds for which a snapshot or delta is good.

    Raises:
        FormatError: a value is out of range.
    """

    attestations: int = 8
    longest_wait: int = 4 * 3600
    least_slots: int = 256
    lifetime: int = DAY

    def __post_init__(self) -> None:
        if self.attestations < 1 or self.longest_wait < 0 or self.least_slots < 0 or self.lifetime < 1:
            raise FormatError("publishing options: a value is out of range")


class RevocationPublisher:
    """Revokes, and tells scanners. Several may share a ledger: no version is ever taken twice.

    A version is written down before anything is made of it. If the process dies then, the version stays unused, and
    the next publication has all that this one would have had.

    Args:
        windows: the platform's keys, whose slot secrets turn numbers into slots. Replace `publisher.windows` when they
            change; those that are over may stay until the next snapshot. Or the platform's folder: then each
            publication goes by the keys that are there when it begins.
        ledger: the issuer's.
        signer: the revocation key, which the trust list names for these windows.
        options: see `PublishingOptions`.
    """

    def __init__(
        self,
        windows: WindowKeys | PlatformFolder,
        ledger: Ledger,
        signer: Signer,
        options: PublishingOptions | None = None,
    ) -> None:
        self._windows = windows
        self._ledger = ledger
        self._signer = signer
        self._options = options or PublishingOptions()

    @property
    def windows(self) -> WindowKeys:
        """The keys now. Raises `FolderError` where a folder has them and cannot be used."""
        return self._windows if isinstance(self._windows, WindowKeys) else self._windows.windows

    @windows.setter
    def windows(self, windows: WindowKeys) -> None:
        if not isinstance(self._windows, WindowKeys):
            raise TypeError("this publisher goes by a folder: change what is in the folder")
        self._windows = windows

    def revoke(self, notice: bytes, *, now: Time) -> int:
        """See `healthpass.issuer.revoke`. It is published by the next snapshot or delta."""
        return revoke(self._ledger, notice, now=now)

    def revoke_by_code(self, code: str, *, now: Time) -> int:
        """See `healthpass.issuer.revoke_by_code`. It is published by the next snapshot or delta."""
        return revoke_by_code(self._ledger, code, now=now)

    def snapshot(self, now: Time, executor: Executor | None = None) -> tuple[bytes, dict[str, bytes]]:
        """A snapshot of every window that is not over, and its filters. It has all that was revoked before this call.

        It waits for nobody: what is new in it is filled up as in a delta, but may be of fewer attestations.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.
            executor: builds the filters, each on its own; without it they are built here, one after the other. Any
                `concurrent.futures.Executor` gives the same bytes, also one whose workers are elsewhere and have
                healthpass, as the one of a Dask client (`client.get_executor()`). A worker is given a capacity and
                revoked slots, 4 bytes each, which the filter tells everybody: no key, no slot secret, and not the
                order in which claims were numbered. But nothing checks what a worker gives back before it is signed,
                so it must be one that is trusted with that.

        Returns:
            The signed snapshot, and the filters by their digest (64 hexadecimal digits). Publish the filters first.

        Raises:
            RevocationRefused: "clock-behind": something was published with a later time.
        """
        time = seconds(now)
        keys = list(self.windows.live(time))
        kids = [key.window.kid for key in keys]
        taken = self._ledger.begin(Plan(time, kids, frozenset(kids), least_slots=self._options.least_slots))
        assert taken is not None
        capacities = [key.window.capacity for key in keys]
        slots = (self._joined_slots(key, taken) for key in keys)
        if executor is None:
            built = list(map(build_piece, capacities, slots))
        else:
            built = list(executor.map(build_piece, capacities, list(slots)))
        digests = [ed25519.sha512(data)[:DIGEST_SIZE] for data in built]
        named = {kid: (digest, len(data)) for kid, digest, data in zip(kids, digests, built, strict=True)}
        content = Snapshot(taken.version, time, time + self._options.lifetime, named)
        signed = sign_message(self._signer, cose.SNAPSHOT, encode_snapshot(content))
        self._ledger.finish(taken.version)
        return signed, {digest.hex(): data for digest, data in zip(digests, built, strict=True)}

    def delta(self, now: Time) -> bytes | None:
        """A delta with all that was revoked since the last snapshot, under the windows which that covers.

        None while it must wait: something is new, but of too few attestations, and not yet for long enough. If nothing
        is new, it says the same again, and scanners know that they are up to date.

        Raises:
            RevocationRefused: "no-snapshot": there is none to add to, or one of its windows is no longer here;
                "too-many-slots": a snapshot is due; "clock-behind".
        """
        time, options, windows = seconds(now), self._options, self.windows
        taken = self._ledger.begin(
            Plan(
                issued=time,
                kids=[key.window.kid for key in windows],
                live=frozenset(key.window.kid for key in windows.live(time)),
                delta=True,
                attestations=options.attestations,
                longest_wait=options.longest_wait,
                least_slots=options.least_slots,
                most_slots=(MAX_DELTA_SIZE - _ROOM) // _SLOT_SIZE,
            )
        )
        if taken is None:
            return None
        assert taken.base is not None
        slots = {kid: self._joined_slots(_key(windows, kid), taken) for kid in taken.kids}
        content = Delta(
            taken.version, time, time + options.lifetime, taken.base, {kid: each for kid, each in slots.items() if each}
        )
        signed = sign_message(self._signer, cose.DELTA, encode_delta(content))
        self._ledger.finish(taken.version)
        return signed

    def _joined_slots(self, key: WindowKey, taken: Publication) -> bytes:
        entries = self._ledger.revoked(key.window.kid, before=taken.version, since=taken.base or 0)
        numbers = (number for entry in entries for number in range(entry.first, entry.first + entry.count))
        slots = sorted(map(key.slots.slot, numbers))
        return struct.pack(f">{len(slots)}I", *slots)

    def __repr__(self) -> str:
        return f"RevocationPublisher({self._windows!r})"


def _key(windows: WindowKeys, kid: bytes) -> WindowKey:
    key = windows.get(kid)
    if key is None:
        raise RevocationRefused("no-snapshot", "a window of the last snapshot is gone: publish a new snapshot")
    return key


def build_piece(capacity: int, slots: bytes) -> bytes:
    """The filter of one window, from its revoked slots. For any executor: nothing but its arguments, and no secret."""
    return build_filter(capacity, struct.unpack(f">{len(slots) // _SLOT_SIZE}I", slots))
