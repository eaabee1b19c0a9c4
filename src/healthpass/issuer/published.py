"""Where publications are: what stands there now decides what comes next, and is compared with it.

What a scanner refuses must never take the place of what it believes. So whatever is published follows what is there by
the rules of scanners, and a delta adds to the snapshot that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from healthpass.crypto import ed25519
from healthpass.errors import BadInput, FormatError, RevocationRefused
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import DIGEST_SIZE, Delta, Snapshot
from healthpass.trust.revocations import (
    check_keeps_kids,
    check_keeps_revoked,
    check_keeps_slots,
    live_kids,
    read_delta,
    read_snapshot,
)
from healthpass.trust.updates import CLOCK_SKEW

if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList

T = TypeVar("T")


class Published(Protocol):
    """A place that scanners fetch from: `healthpass.issuer.PublishedFolder`, or one of your own, as a bucket.

    Methods may raise what they like where the place cannot be read or written: the publication is then not published,
    and the next one finds what is there. When one returns, what it has written is durable.
    """

    def snapshot(self) -> bytes | None:
        """The snapshot that is there, or None."""
        ...

    def delta(self) -> bytes | None:
        """The delta that is there, or None."""
        ...

    def filter(self, digest: str) -> bytes | None:
        """A filter by its digest (64 hexadecimal digits), or None."""
        ...

    def put_snapshot(self, message: bytes, filters: Mapping[str, bytes]) -> None:
        """Publish a snapshot and its filters by their digests: first the filters, then the snapshot; then the delta
        goes, which adds to the snapshot before."""
        ...

    def put_delta(self, message: bytes) -> None:
        """Publish a delta in place of the one that is there."""
        ...

    def drop_delta(self) -> None:
        """Take the delta away, if there is one: it adds to another snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What is published with one key.

    Attributes:
        snapshot: None if none is there, or one that this key has not signed.
        delta: the same; None too where it adds to another snapshot.
        digests: of the messages of both, for the ledger, by version.
        leftover: whether a delta is there that adds to another snapshot, or is nothing that this key has signed.
    """

    snapshot: Snapshot | None
    delta: Delta | None
    digests: Mapping[int, bytes]
    leftover: bool


def named_kids(key: bytes, trust_list: TrustList) -> frozenset[bytes]:
    """The kids for which the list names a revocation key. Raises `RevocationRefused` ("not-a-revoker") for another."""
    kids = trust_list.revocation_keys.get(key)
    if kids is None:
        raise RevocationRefused(
            "not-a-revoker", "it is not a revocation key of the trust list: nobody would believe it"
        )
    return frozenset(kids)


def other_snapshot() -> RevocationRefused:
    """What is published is not what a delta of this ledger could add to."""
    return RevocationRefused(
        "other-snapshot", "the published snapshot is not the newest of this ledger: publish a new snapshot"
    )


def no_list() -> RevocationRefused:
    """There is nothing to check the key with that a scanner would believe."""
    return RevocationRefused(
        "no-trust-list", "the trust list is missing, has expired or is ahead of the clock: fetch a newer one"
    )


def digest_of(message: bytes) -> bytes:
    """By which the ledger knows a signed message: 32 bytes of SHA-512."""
    return ed25519.sha512(message)[:DIGEST_SIZE]


def standing(published: Published, key: bytes, trust_list: TrustList) -> Standing:
    """What is published with a revocation key of this trust list. What cannot be read counts as not there.

    Raises:
        RevocationRefused: "other-key": a snapshot by another revocation key of the list is there, which scanners need.
    """
    digests: dict[int, bytes] = {}
    message, added = published.snapshot(), published.delta()
    snapshot = None if message is None else _by(key, message, read_snapshot, trust_list)
    delta = None if added is None else _by(key, added, read_delta, trust_list)
    for data, content in ((message, snapshot), (added, delta)):
        if data is not None and content is not None:
            digests[content.version] = digest_of(data)
    fits = delta is not None and snapshot is not None and delta.base == snapshot.version
    return Standing(snapshot, delta if fits else None, digests, added is not None and not fits)


def without_the_future(found: Standing, now: int) -> Standing:
    """What is published but for what is dated over a minute after `now`, a time that somebody has made sure of:
    scanners with right clocks have refused that, and it has set no floor there. Versions and slots follow it all the
    same, since they are the ledger's."""
    ahead = [each is not None and each.issued > now + CLOCK_SKEW for each in (found.snapshot, found.delta)]
    snapshot = None if ahead[0] else found.snapshot
    return replace(found, snapshot=snapshot, delta=None if snapshot is None or ahead[1] else found.delta)


def _by(
    key: bytes, data: bytes, read: Callable[[bytes, TrustList], tuple[bytes, T]], trust_list: TrustList
) -> T | None:
    try:
        signer, content = read(data, trust_list)
    except BadInput:
        return None
    if signer != key:
        raise RevocationRefused("other-key", "it is another revocation key's place: publish in one of its own")
    return content


def check_follows(
    new: Snapshot,
    filters: Mapping[str, bytes],
    before: Standing,
    fetch: Callable[[str], bytes | None],
    *,
    key: bytes,
    trust_list: TrustList,
) -> None:
    """Would a scanner that has what is published take this snapshot after it?

    1. Its version is higher, and it is issued no earlier, than the snapshot and the delta that are published.
    2. It has every kid of the key whose window is not over and that the published snapshot has.
    3. Under these kids it revokes all that the published filters and the delta revoke.

    Args:
        new: what is to be published.
        filters: those that it names, by their digests.
        before: see `standing`; without a snapshot, everything follows.
        fetch: gives a published filter by its digest; what is missing or damaged cannot be compared.
        key, trust_list: whose snapshot it is, and of which windows.

    Raises:
        RevocationRefused: "rollback" (1), "dropped-kid" (2) or "un-revokes" (3).
    """
    old = before.snapshot
    if old is None:
        return
    _check_newer(new, before)  # 1
    live = live_kids(key, trust_list, new.issued)
    check_keeps_kids(new, old, live)  # 2
    added = {} if before.delta is None else before.delta.slots
    changed = [kid for kid in live if kid in new.filters and old.filters.get(kid) != new.filters[kid]]
    held = {kid: _opened(fetch(old.filters[kid][0].hex())) for kid in changed if kid in old.filters}
    made = {
        kid: RevocationFilter(filters[new.filters[kid][0].hex()])
        for kid in live
        if kid in new.filters and (kid in changed or kid in added)
    }
    there = {kid: each for kid, each in held.items() if each is not None}
    check_keeps_revoked(made, there, old, before.delta, live)  # 3


def check_delta_follows(new: Delta, before: Standing, *, key: bytes, trust_list: TrustList) -> None:
    """The same for a delta: its version and time, and every slot that the published delta has under a window that is
    not over.

    Raises:
        RevocationRefused: "rollback" or "un-revokes".
    """
    _check_newer(new, before)
    if before.delta is not None:
        check_keeps_slots(new, before.delta, live_kids(key, trust_list, new.issued))


def _check_newer(new: Snapshot | Delta, before: Standing) -> None:
    for each in (before.snapshot, before.delta):
        if each is not None and (new.version <= each.version or new.issued < each.issued):
            raise RevocationRefused("rollback", "what is published is newer, or dated later: is the clock right?")


def _opened(data: bytes | None) -> RevocationFilter | None:
    try:
        return None if data is None else RevocationFilter(data)
    except FormatError:
        return None
