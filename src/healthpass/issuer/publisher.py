"""Publishing what is revoked: snapshots and deltas, each under a version of its own, signed by the revocation key."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import RevocationRefused
from healthpass.formats import cose
from healthpass.formats.revocation import (
    MAX_DELTA_SIZE,
    Delta,
    Snapshot,
    encode_delta,
    encode_snapshot,
)
from healthpass.formats.revocation_filter_builder import build_filter
from healthpass.formats.trust_list import TrustList
from healthpass.issuer.ledger import Ledger, Plan, Publication, Turn
from healthpass.issuer.published import (
    Published,
    Standing,
    check_delta_follows,
    check_follows,
    digest_of,
    named_kids,
    no_list,
    other_snapshot,
    standing,
    without_the_future,
)
from healthpass.issuer.publishing_options import PublishingOptions
from healthpass.issuer.revoking import Revocation, revoke, revoke_by_code
from healthpass.issuer.window_keys import WindowKey, WindowKeys
from healthpass.trust.platforms import list_that_counts

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from healthpass._values import Time
    from healthpass.issuer.platform import PlatformFolder, PlatformState
    from healthpass.trust.assisted import Believed

_SLOT_SIZE = 4
_ROOM = 32_768
"""Bytes of a delta for all that is not slots: 12 for each of 2,048 kids, and the envelope."""


@typed
class RevocationPublisher:
    """Revokes, and tells scanners.

    Several may share a ledger. One at a time publishes; what is published decides what comes next:

    1. The turn to publish, which the ledger gives to one publisher at a time, and takes back if it dies.
    2. The key and the windows: the trust list must name the key for them.
    3. What is published now is looked at, and the ledger told of it: a publication that was cut off is finished if it
       came to be published, and otherwise taken back. Its version stays unused, and the next publication has all that
       it would have had.
    4. A version is written down; filters or slots are made of what was revoked before, and signed.
    5. A scanner that has what is published would take it; else nothing is published.
    6. It is published, and then the ledger is told.

    Args:
        windows: the platform's keys, whose slot secrets turn numbers into slots. Replace `publisher.windows` when they
            change; those that are over may stay until the next snapshot. Or the platform's folder: then each
            publication goes by the keys that are there when it begins.
        ledger: the issuer's.
        signer: the revocation key.
        published: where scanners fetch from, such as a `PublishedFolder`. One place for one key.
        trust_list: the one that scanners have, or will have when they fetch. Replace `publisher.trust_list` when it
            changes. Or who keeps it, as a `healthpass.verifier.TrustStore`.
        options: see `PublishingOptions`.
    """

    def __init__(
        self,
        windows: WindowKeys | PlatformFolder,
        ledger: Ledger,
        signer: Signer,
        published: Published,
        trust_list: TrustList | Believed,
        options: PublishingOptions | None = None,
    ) -> None:
        self._windows = windows
        self.trust_list = trust_list
        self._ledger = ledger
        self._signer = signer
        self._published = published
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

    def revoke(self, notice: bytes, state: PlatformState, *, now: Time) -> Revocation:
        """See `healthpass.issuer.revoke`. It is published by the next snapshot or delta.

        Raises:
            RevocationRefused: "not-a-revoker": the trust list does not name the key, so scanners would never learn of
                it; or "no-trust-list".
        """
        named_kids(self._signer.public_key, self._list(seconds(now)))
        return revoke(self._ledger, notice, state, now=now)

    @guarded
    def revoke_by_code(self, code: str, *, now: Time) -> Revocation:
        """See `healthpass.issuer.revoke_by_code`. It is published by the next snapshot or delta.

        Raises:
            RevocationRefused: as `revoke`.
        """
        named_kids(self._signer.public_key, self._list(seconds(now)))
        return revoke_by_code(self._ledger, code, now=now)

    def snapshot(
        self, now: Time, executor: Executor | None = None, *, clock_confirmed: bool = False
    ) -> tuple[bytes, dict[str, bytes]]:
        """Publish a snapshot of every window that is not over, and its filters. It has all that was revoked before
        this call.

        It waits for nobody: what is new in it is filled up as in a delta, but may be of fewer attestations. Windows
        that the trust list does not have yet are in it too; those that it names for another revocation key are not.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`.
            executor: builds the filters, each on its own; without it they are built here, one after the other. Any
                `concurrent.futures.Executor` gives the same bytes, also one whose workers are elsewhere and have
                healthpass, as the one of a Dask client (`client.get_executor()`). A worker is given a capacity and
                revoked slots, 4 bytes each, which the filter tells everybody: no key, no slot secret, and not the
                order in which claims were numbered. But nothing checks what a worker gives back before it is signed,
                so it must be one that is trusted with that.
            clock_confirmed: somebody has made sure that `now` is right, and what was published before is dated more
                than a minute after it. No scanner with a right clock has taken that, so this one takes its place under
                a higher version. The ledger goes on from `now`.

        Returns:
            The signed snapshot, and the filters by their digest (64 hexadecimal digits), as they are published.

        Raises:
            RevocationRefused: "not-a-revoker": the trust list does not name the key; "no-trust-list": there is none, or
                it is too old or ahead of the clock, so that no scanner believes it; "no-windows": none that is not over
                is this key's; "publication-under-way": another publisher has the turn;
                "other-key": another revocation key's snapshot is there; "ledger-behind": what is published is not of
                this ledger, which is an old copy; "clock-behind";
                "rollback", "dropped-kid" or "un-revokes": scanners would refuse it after what is published;
                "overtaken". Nothing is then published.
            OSError, or what the place raises: it is not published, or the ledger does not know that it is; call again.
        """
        time, key = seconds(now), self._signer.public_key
        with self._ledger.publishing(key) as turn:  # 1
            believed = self._list(time)
            keys = [each for each in self._own(believed) if not each.window.is_over(time)]  # 2
            if not named_kids(key, believed).intersection(each.window.kid for each in keys):
                raise RevocationRefused(
                    "no-windows",
                    "no window that is not over is this revocation key's; use the key that the trust list names",
                )
            before, _ = self._settle(turn, believed)  # 3
            kids = [each.window.kid for each in keys]
            floor = self._options.least_slots
            plan = Plan(time, kids, frozenset(kids), least_slots=floor, clock_confirmed=clock_confirmed)
            taken = turn.begin(plan)  # 4
            assert taken is not None
            content, filters = self._built(keys, taken, executor)
            signed = sign_message(self._signer, cose.SNAPSHOT, encode_snapshot(content))
            if clock_confirmed:
                before = without_the_future(before, time)
            check_follows(content, filters, before, self._published.filter, key=key, trust_list=believed)  # 5
            turn.signed(taken.version, digest_of(signed))
            self._published.put_snapshot(signed, filters)  # 6
            turn.published(taken.version, digest_of(signed))
        return signed, filters

    def delta(self, now: Time) -> bytes | None:
        """Publish a delta with all that was revoked since the published snapshot, under the windows which that covers.

        None while it must wait: something is new, but of too few attestations, and not yet for long enough. If nothing
        is new, it says the same again, and scanners know that they are up to date.

        Raises:
            RevocationRefused: "no-snapshot": there is none to add to, or one of its windows is no longer here;
                "other-snapshot": the one that is published is older than the newest, or not of this ledger;
                "too-many-slots": a snapshot is due; or as `snapshot`. Nothing is then published.
            OSError, or what the place raises: as for `snapshot`.
        """
        time, options, key = seconds(now), self._options, self._signer.public_key
        with self._ledger.publishing(key) as turn:  # 1
            believed = self._list(time)
            own = self._own(believed)  # 2
            before, known = self._settle(turn, believed)  # 3
            if before.snapshot is None:
                raise RevocationRefused(
                    "no-snapshot", "no snapshot of this key is published that a delta could add to; publish a snapshot"
                )
            if before.snapshot.version not in known:
                raise other_snapshot()
            if before.leftover:
                self._published.drop_delta()
            plan = Plan(
                issued=time,
                kids=[each.window.kid for each in own],
                live=frozenset(each.window.kid for each in own if not each.window.is_over(time)),
                base=before.snapshot.version,
                attestations=options.attestations,
                longest_wait=options.longest_wait,
                least_slots=options.least_slots,
                most_slots=(MAX_DELTA_SIZE - _ROOM) // _SLOT_SIZE,
            )
            taken = turn.begin(plan)  # 4
            if taken is None:
                return None
            joined = {each.window.kid: self._joined_slots(each, taken) for each in own if each.window.kid in taken.kids}
            slots = {kid: each for kid, each in joined.items() if each}
            content = Delta(taken.version, time, time + options.lifetime, before.snapshot.version, slots)
            signed = sign_message(self._signer, cose.DELTA, encode_delta(content))
            check_delta_follows(content, before, key=key, trust_list=believed)  # 5
            turn.signed(taken.version, digest_of(signed))
            self._published.put_delta(signed)  # 6
            turn.published(taken.version, digest_of(signed))
        return signed

    def _list(self, now: int) -> TrustList:
        """The trust list in force."""
        found = list_that_counts(self.trust_list, now)
        if found is None:
            raise no_list()
        return found

    def _own(self, listed: TrustList) -> list[WindowKey]:
        """The platform's windows but those that the trust list names for another revocation key, or for none."""
        allowed = named_kids(self._signer.public_key, listed)
        return [key for key in self.windows if key.window.kid in allowed or key.window.kid not in listed.windows]

    def _settle(self, turn: Turn, listed: TrustList) -> tuple[Standing, set[int]]:
        """What is published now, once the ledger knows of it; and which versions of it are what was signed here.

        Raises:
            RevocationRefused: "ledger-behind".
        """
        found = standing(self._published, self._signer.public_key, listed)
        known = {version for version, digest in sorted(found.digests.items()) if turn.published(version, digest)}
        return found, known

    def _built(
        self, keys: list[WindowKey], taken: Publication, executor: Executor | None
    ) -> tuple[Snapshot, dict[str, bytes]]:
        capacities = [key.window.capacity for key in keys]
        slots = (self._joined_slots(key, taken) for key in keys)
        if executor is None:
            built = list(map(build_piece, capacities, slots))
        else:
            built = list(executor.map(build_piece, capacities, list(slots)))
        digests = [digest_of(data) for data in built]
        named = {key.window.kid: (digest, len(data)) for key, digest, data in zip(keys, digests, built, strict=True)}
        content = Snapshot(taken.version, taken.issued, taken.issued + self._options.lifetime, named)
        return content, {digest.hex(): data for digest, data in zip(digests, built, strict=True)}

    def _joined_slots(self, key: WindowKey, taken: Publication) -> bytes:
        entries = self._ledger.revoked(key.window.kid, before=taken.version, since=taken.base or 0)
        numbers = (number for entry in entries for number in range(entry.first, entry.first + entry.count))
        slots = sorted(map(key.slots.slot, numbers))
        return struct.pack(f">{len(slots)}I", *slots)

    def __repr__(self) -> str:
        return f"RevocationPublisher({self._windows!r})"


def build_piece(capacity: int, slots: bytes) -> bytes:
    """The filter of one window, from its revoked slots. For any executor: nothing but its arguments, and no secret."""
    return build_filter(capacity, struct.unpack(f">{len(slots) // _SLOT_SIZE}I", slots))
