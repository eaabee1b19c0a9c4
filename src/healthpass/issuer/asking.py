"""What an attestation asks of the ledger: under which kids, how many numbers, and within which limits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass.crypto.commitment import drawn_kid
from healthpass.errors import AttestationRefused
from healthpass.formats.claim import Binding
from healthpass.issuer.batch import Share
from healthpass.issuer.ledger.protocol import Limit, Request
from healthpass.trust.periods import windows_of
from healthpass.trust.platforms import list_in_force

if TYPE_CHECKING:
    from healthpass.formats.attestation import Attestation
    from healthpass.formats.enrolment import Opening
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import Window
    from healthpass.issuer.ledger.protocol import Entry, Ledger
    from healthpass.issuer.platform import PlatformState
    from healthpass.issuer.recognition import AttesterRule
    from healthpass.issuer.window_keys import WindowKey, WindowKeys

_QUOTA = "the region has had all the claims that it may have for a period: see its rule"


def unknown_window() -> AttestationRefused:
    """No windows for what is asked."""
    return AttestationRefused(
        "unknown-window",
        "no window of the platform is listed for a period that is asked for: make a new offer, from the newest trust "
        "list",
    )


def window_over() -> AttestationRefused:
    """What came before, for windows that are gone, or chance has decided for one whose key was given up."""
    return AttestationRefused("window-over", "a window that the attestation asks for is over: make a new offer")


def choices(attestation: Attestation, rule: AttesterRule, state: PlatformState, now: int) -> list[list[Window]]:
    """For each period of an attestation that the region's rule takes, the windows that chance may decide for.

    Raises:
        AttestationRefused: as the rule's checks; "unknown-window" or "no-trust-list".
    """
    rule.check(attestation, now)
    for period in attestation.periods:
        own = [key.window for key in state.windows.of_period(period.valid_from, period.expires)]
        if not own:
            raise unknown_window()
        fitting = (window for window in own if window.bindings & attestation.binding)
        rule.check_window(next(fitting, own[0]), attestation, now)
    trust_list, name = list_in_force(state.trust_list, now), state.sealing.name
    return [
        listed_windows(trust_list, name, attestation.binding, period.valid_from, period.expires)
        for period in attestation.periods
    ]


def listed_windows(
    trust_list: TrustList, platform: str, binding: Binding, valid_from: int, expires: int
) -> list[Window]:
    """The windows of a period that chance may decide for: those that the trust list names, as wallets count them too. A
    window that was handed in and is not listed yet is none of them. Raises `AttestationRefused`: "unknown-window"."""
    found = windows_of(trust_list, platform, binding, valid_from, expires)
    if not found:
        raise unknown_window()
    return found


@guarded
def draw(listed: Sequence[Window], windows: WindowKeys, count: int, blinder: bytes | None, ledger: Ledger) -> WindowKey:
    """The window that chance decides for, and the platform has the key of: by the wallet's blinder, so that the wallet
    can check it, whether there is room or not; or, on paper, at random among those with room.

    Args:
        listed: as `listed_windows` gives them.
        windows: the platform's keys.
        count: of claims.
        blinder: the wallet's; None on paper.
        ledger: says how much room there is.

    Raises:
        AttestationRefused: "window-over": its key was given up, and the trust list names it still.
    """
    if blinder is not None:
        drawn = [windows.get(drawn_kid(blinder, [window.kid for window in listed]))]
    else:
        drawn = [windows.get(window.kid) for window in listed]
    keys = [key for key in drawn if key is not None]
    if not keys:
        raise window_over()
    if len(keys) > 1:
        keys = [key for key in keys if ledger.issued(key.window.kid) + count <= key.window.capacity] or keys
    return secrets.choice(keys)


def quotas(attestation: Attestation, rule: AttesterRule, state: PlatformState) -> list[Limit]:
    """What the region may have, of each period that it asks for."""
    limits = []
    for period in attestation.periods:
        windows = [key.window for key in state.windows.of_period(period.valid_from, period.expires)]
        most = state.rules.quota(rule, sum(each.capacity for each in windows))
        limits.append(Limit([b"region " + rule.key], [each.kid for each in windows], most, "quota", _QUOTA))
    return limits


@guarded
def request(
    attester: bytes,
    digest: bytes,
    attestation: Attestation,
    opening: Opening | None,
    keys: Sequence[WindowKey],
    limits: Sequence[Limit],
) -> Request:
    """What the ledger is asked for, under one key for each period."""
    people = len(attestation.colors)
    wanted = [
        (key.window.kid, key.window.capacity, people * period.count)
        for key, period in zip(keys, attestation.periods, strict=True)
    ]
    hashes = {attestation.recovery_hash, None if opening is None else opening.recovery_hash} - {None}
    marks: list[tuple[bytes, bytes]] = []
    if opening is not None and attestation.binding == Binding.BOTH:
        for key, holder_keys in zip(keys, opening.keys, strict=True):
            marks += [(key.window.kid, key.mark(holder_key)) for holder_key in holder_keys]
    return Request(
        attester, attestation.reference, digest, wanted, sorted(filter(None, hashes)), marks=marks, limits=limits
    )


@guarded
def shares(
    attestation: Attestation, opening: Opening | None, entries: Sequence[Entry], windows: WindowKeys
) -> list[Share]:
    """What is issued for each period, by what the ledger has. Raises `AttestationRefused`: "window-over"."""
    held = {}
    for entry in entries:
        key = windows.get(entry.kid)
        if key is not None:
            held[key.window.valid_from, key.window.expires] = key, entry
    found = []
    for n, period in enumerate(attestation.periods):
        if (period.valid_from, period.expires) not in held:
            raise window_over()
        key, entry = held[period.valid_from, period.expires]
        seeds = None if attestation.seeds is None else [of_person[n] for of_person in attestation.seeds]
        found.append(Share(key, entry, (None,) if opening is None else opening.keys[n], seeds))
    return found
