"""What an attestation asks of the ledger: under which kids, how many numbers, and within which limits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass.crypto.commitment import drawn_kid
from healthpass.errors import AttestationRefused
from healthpass.formats.claim import BOTH
from healthpass.issuer.batch import Share
from healthpass.issuer.ledger import Limit, Request

if TYPE_CHECKING:
    from healthpass.formats.attestation import Attestation
    from healthpass.formats.enrolment import Opening
    from healthpass.issuer.ledger import Entry, Ledger
    from healthpass.issuer.platform import PlatformState
    from healthpass.issuer.recognition import AttesterRule
    from healthpass.issuer.window_keys import WindowKey, WindowKeys

_QUOTA = "the region has had all the claims that it may have for a period: see its rule"


def unknown_window() -> AttestationRefused:
    """No windows for what is asked."""
    return AttestationRefused(
        "unknown-window",
        "the platform has no window for a period that is asked for: make a new offer, from the newest trust list",
    )


def window_over() -> AttestationRefused:
    """What came before, for windows that are gone."""
    return AttestationRefused("window-over", "a window that the attestation asks for is over: make a new offer")


def candidates(attestation: Attestation, windows: WindowKeys) -> list[list[WindowKey]]:
    """For each period, the windows that chance may decide for: those that take passes bound in this way; if there is
    none, all, for the rule to refuse. Raises `AttestationRefused`: "unknown-window"."""
    found = []
    for period in attestation.periods:
        keys = windows.of_period(period.valid_from, period.expires)
        if not keys:
            raise unknown_window()
        found.append([key for key in keys if key.window.bindings & attestation.binding] or keys)
    return found


@guarded
def draw(keys: Sequence[WindowKey], count: int, blinder: bytes | None, ledger: Ledger) -> WindowKey:
    """The window that chance decides for: by the wallet's blinder, so that the wallet can check it, whether there is
    room or not; or, on paper, at random among those with room."""
    if blinder is not None:
        kid = drawn_kid(blinder, [key.window.kid for key in keys])
        return next(key for key in keys if key.window.kid == kid)
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
    if opening is not None and attestation.binding == BOTH:
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
