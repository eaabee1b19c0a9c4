"""What an attestation asks of the ledger: under which keys, how many numbers, and within which limits."""

from __future__ import annotations

from collections.abc import Sequence

from healthpass.crypto.ed25519 import is_canonical
from healthpass.errors import AttestationRefused
from healthpass.formats.attestation import Attestation
from healthpass.formats.claim import BOTH
from healthpass.issuer.ledger import Limit, Request
from healthpass.issuer.platform import PlatformState
from healthpass.issuer.recognition import AttesterRule
from healthpass.issuer.window_keys import WindowKey, WindowKeys

_QUOTA = "the region has had all the claims that it may have for a period: see its rule"


def window_keys(attestation: Attestation, windows: WindowKeys) -> dict[bytes, WindowKey]:
    """The keys that it asks under, by kid. Raises `AttestationRefused`: "unknown-window"."""
    keys = {}
    for kid in attestation.kids:
        key = windows.get(kid)
        if key is None:
            raise AttestationRefused("unknown-window", "the platform has no window that the attestation asks for")
        keys[kid] = key
    return keys


def check_keys(attestation: Attestation) -> None:
    """Raises `AttestationRefused`: "weak-key"."""
    if not all(grant.holder_key is None or is_canonical(grant.holder_key) for grant in attestation.grants):
        raise AttestationRefused("weak-key", "a holder key is of small order, or not canonical")


def quotas(rule: AttesterRule, keys: dict[bytes, WindowKey], state: PlatformState) -> list[Limit]:
    """What the region may have, of each period that it asks for."""
    periods = {(key.window.valid_from, key.window.expires): key.window for key in keys.values()}
    limits = []
    for window in periods.values():
        windows = state.windows.of_period(window)
        most = state.rules.quota(rule, sum(each.capacity for each in windows))
        limits.append(Limit([b"region " + rule.key], [each.kid for each in windows], most, "quota", _QUOTA))
    return limits


def request(
    attester: bytes, digest: bytes, attestation: Attestation, keys: dict[bytes, WindowKey], limits: Sequence[Limit]
) -> Request:
    """What the ledger is asked for."""
    wanted = [(kid, keys[kid].window.capacity, count) for kid, count in attestation.claims_by_kid().items()]
    marks = [
        (grant.kid, keys[grant.kid].mark(grant.holder_key))
        for grant in attestation.grants
        if grant.holder_key is not None and grant.binding == BOTH
    ]
    return Request(attester, attestation.reference, digest, wanted, attestation.recovery_hash, marks, limits)
