"""Is this snapshot or delta to be believed, and does it say at least what the one before said? Pure functions."""

from __future__ import annotations

from healthpass.crypto import ed25519
from healthpass.errors import RevocationRefused
from healthpass.formats import cose, fields
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
from healthpass.trust.signed import open_signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from healthpass.formats.revocation.filter import Data
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window


def open_snapshot(data: bytes, trust_list: TrustList) -> tuple[bytes, Snapshot]:
    """The revocation key that signed a snapshot, and the snapshot.

    1. It is a snapshot in its one form, by a revocation key of the trust list, whose signature holds.
    2. No kid in it is another key's.

    Args:
        data: the COSE_Sign1, at most 131,072 bytes.
        trust_list: whom to believe.

    Raises:
        FormatError: not a snapshot.
        RevocationRefused: "not-a-revoker", "bad-signature" or "other-kid".
    """
    key, snapshot = read_snapshot(data, trust_list)
    _check_kids(snapshot.filters, key, trust_list)
    return key, snapshot


def read_snapshot(data: bytes, trust_list: TrustList) -> tuple[bytes, Snapshot]:
    """The same without 2, for one that was opened before: since then the roots may have given a kid to another key."""
    key, payload = _open(data, cose.SNAPSHOT, MAX_SNAPSHOT_SIZE, trust_list)
    return key, parse_snapshot(payload)


def open_delta(data: bytes, trust_list: TrustList) -> tuple[bytes, Delta]:
    """The same for a delta, at most 1,048,576 bytes, whose slots are below the capacities of their kids.

    Raises:
        FormatError: not a delta.
        RevocationRefused: "not-a-revoker", "bad-signature", "other-kid" or "slot".
    """
    key, delta = read_delta(data, trust_list)
    _check_kids(delta.slots, key, trust_list)
    for kid, slots in delta.slots.items():
        window = trust_list.windows.get(kid)
        if window is not None and int.from_bytes(slots[-4:], "big") >= window.capacity:
            raise RevocationRefused(
                "slot",
                "the delta revokes a slot past the capacity of its window; keep what is here, and tell the platform",
            )
    return key, delta


def read_delta(data: bytes, trust_list: TrustList) -> tuple[bytes, Delta]:
    """The same without a look at kids and slots, for one that was opened before."""
    key, payload = _open(data, cose.DELTA, MAX_DELTA_SIZE, trust_list)
    return key, parse_delta(payload)


def _open(data: bytes, typ: str, most: int, trust_list: TrustList) -> tuple[bytes, bytes]:
    message = open_signed(
        data,
        typ,
        most,
        by=trust_list.revocation_keys,
        not_theirs=RevocationRefused(
            "not-a-revoker", "it is not by a revocation key of the trust list; fetch the newest trust list"
        ),
        bad_signature=RevocationRefused("bad-signature", "its signature does not hold; fetch it again"),
    )
    return message.key, message.payload


def _check_kids(kids: Mapping[bytes, object], key: bytes, trust_list: TrustList) -> None:
    # A kid that the list no longer has may have been this key's; nothing is ever looked up under it. Nor under one that
    # stands under no key at all: that is a slip of the roots, for which no other kid of the message need suffer.
    others = {kid for other, theirs in trust_list.revocation_keys.items() if other != key for kid in theirs}
    if not others.isdisjoint(kids):
        raise RevocationRefused(
            "other-kid", "it revokes under a kid that is another key's; keep what is here, and tell the platform"
        )


def live_kids(key: bytes, trust_list: TrustList, now: int) -> list[bytes]:
    """The kids of a revocation key whose windows are not over."""
    return [kid for kid in trust_list.revocation_keys.get(key, ()) if not trust_list.windows[kid].is_over(now)]


def check_filter(data: Data, digest: bytes, length: int, window: Window) -> RevocationFilter:
    """A filter as it was downloaded: the very bytes that the snapshot names, and for its window.

    Raises:
        RevocationRefused: "digest", or "capacity": made for another window.
        FormatError: not a filter in its one form, though somebody has signed it.
    """
    if len(data) != length or ed25519.sha512(bytes(data))[:DIGEST_SIZE] != digest:
        raise RevocationRefused("digest", "a filter is not the one that the snapshot names; fetch it again")
    opened = RevocationFilter(data)
    if opened.capacity != window.capacity:
        raise RevocationRefused(
            "capacity", "a filter is for a window of another capacity; keep what is here, and tell the platform"
        )
    opened.check()
    return opened


def check_keeps_kids(new: Snapshot, old: Snapshot, live: list[bytes]) -> None:
    """A snapshot keeps every live kid of the one before. Raises `RevocationRefused` ("dropped-kid") if not."""
    if any(kid in old.filters and kid not in new.filters for kid in live):
        raise RevocationRefused(
            "dropped-kid",
            "the snapshot has lost a kid whose window is not over; keep what is here, and tell the platform",
        )


def check_keeps_slots(new: Delta, old: Delta, live: list[bytes]) -> None:
    """A delta upon the same snapshot has every slot of the one before, but those of windows that are over.

    Raises:
        RevocationRefused: "un-revokes".
    """
    for kid in live:
        if not fields.includes(new.slots.get(kid, b""), old.slots.get(kid, b"")):
            raise RevocationRefused(
                "un-revokes", "the delta has lost a slot that was revoked; keep what is here, and tell the platform"
            )


def check_keeps_revoked(
    new: Mapping[bytes, RevocationFilter],
    old: Mapping[bytes, RevocationFilter],
    base: Snapshot,
    delta: Delta | None,
    live: list[bytes],
) -> None:
    """Whatever the old filters and the delta upon them revoke under a live kid is revoked in the new filters too.

    What is lost or damaged of the old ones cannot be compared, and binds nobody.

    Args:
        new, old: the filters by kid.
        base: the snapshot that names the old ones.
        delta: upon `base`.
        live: the kids whose windows are not over.

    Raises:
        RevocationRefused: "un-revokes".
        FormatError: a new filter is damaged.
    """
    lost = RevocationRefused(
        "un-revokes", "the snapshot has lost a slot that was revoked; keep what is here, and tell the platform"
    )
    for kid in live:
        if kid not in new:
            continue
        added = b"" if delta is None else delta.slots.get(kid, b"")
        from healthpass.formats.revocation.listing import covers, lists  # lazy: only a snapshot upon another

        if not lists(new[kid], added):
            raise lost
        comparable = kid in old and old[kid] is not new[kid] and _is_whole(old[kid], base.filters[kid][0])
        if comparable and not covers(new[kid], old[kid]):
            raise lost


def _is_whole(held: RevocationFilter, digest: bytes) -> bool:
    """Whether a filter is still what it was: a disk can alter what is mapped."""
    return ed25519.sha512(bytes(held))[:DIGEST_SIZE] == digest
