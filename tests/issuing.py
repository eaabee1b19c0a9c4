"""Regions, windows with their secret side, attestations and a platform for tests of issuing, from fixed seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import pytest

from healthpass import Color
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.attestation import Attestation, Grant, encode_attestation
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.issuer import (
    AttesterRule,
    Issuer,
    Ledger,
    RecognitionRules,
    SQLiteLedger,
    StationList,
    WindowKey,
    WindowKeys,
)
from healthpass.issuer.platform import PlatformState
from tests.making import ISSUER, ISSUER_TOMORROW, NOW, TOMORROW, WINDOW, make_trust_list, signer

REGION, OTHER_REGION = signer(80), signer(81)
SCALE = {"绿": Color.GREEN, "amber": Color.YELLOW, "stay in": Color.RED}
TODAY_KEY = WindowKey(WINDOW, ISSUER, bytes(range(32)))
TOMORROW_KEY = WindowKey(TOMORROW, ISSUER_TOMORROW, bytes(range(1, 33)))
TODAY, BOTH_DAYS = (WINDOW,), (WINDOW, TOMORROW)


def window_key(
    number: int,
    valid_from: int = WINDOW.valid_from,
    expires: int = WINDOW.expires,
    capacity: int = 4**5,
    bindings: int = DEVICE | DOCUMENT | BOTH,
) -> WindowKey:
    """A window of today by default; its kid, key and slot secret follow from the number."""
    key = signer(number)
    window = Window(number.to_bytes(4, "big"), key.public_key, valid_from, expires, capacity, bindings, b"doc0")
    return WindowKey(window, key, sha256(key.public_key).digest())


def list_issued(at: int) -> TrustList:
    """A trust list of that time, by which windows are over or not."""
    return make_trust_list(issued=at, expires=at + 1)


def make_rule(region: Signer = REGION, name: str = "North", **more: Any) -> AttesterRule:
    """A rule that allows everything; `more` is what a test wants to be different."""
    values: dict[str, Any] = {
        "scale": SCALE,
        "bindings": DEVICE | DOCUMENT | BOTH,
        "claims_per_period": 1 << 31,
        **more,
    }
    return AttesterRule(name, region.public_key, **values)


def make_rules(**more: Any) -> RecognitionRules:
    """Rules for `REGION`, and for `OTHER_REGION` as well."""
    return RecognitionRules([make_rule(**more), make_rule(OTHER_REGION, "South")])


def make_issuer(
    ledger: Ledger,
    windows: Iterable[WindowKey] = (TODAY_KEY, TOMORROW_KEY),
    rules: RecognitionRules | None = None,
    stations: StationList | None = None,
) -> Issuer:
    """A platform with the windows of today and tomorrow."""
    return Issuer(WindowKeys(windows), rules or make_rules(), ledger, stations)


STATE = PlatformState(WindowKeys([TODAY_KEY, TOMORROW_KEY]), make_rules(), StationList())
"""What `make_issuer` goes by, unless it is told otherwise."""
NOTHING_TO_COME = PlatformState(WindowKeys([]), RecognitionRules([]), StationList())
"""Of a platform that expects no attestation: what is not there to be revoked is not kept either."""


def holder_key(number: int) -> bytes:
    """The public key of a holder; not the same for any two numbers below a million."""
    return signer(1_000_000 + number).public_key


def tag(number: int) -> bytes:
    """A document tag."""
    return number.to_bytes(2, "big")


def device_grants(count: int = 3, windows: Sequence[Window] = TODAY, first_key: int = 0) -> list[Grant]:
    """So many grants in each window, each with a key of its own."""
    kids = [window.kid for window in windows for _ in range(count)]
    return [Grant(kid, holder_key(first_key + n), None) for n, kid in enumerate(kids)]


def both_grants(
    people: int = 1, count: int = 1, windows: Sequence[Window] = TODAY, first_key: int = 0, first_tag: int = 1
) -> list[Grant]:
    """Grants for a relative's phone or a family: each with a key, and a document tag for each person."""
    plain = device_grants(count, windows, first_key)
    return [
        Grant(grant.kid, grant.holder_key, tuple(tag(first_tag + n * people + who) for who in range(people)))
        for n, grant in enumerate(plain)
    ]


def paper_grants(windows: Sequence[Window] = TODAY) -> list[Grant]:
    """One grant in each window, bound to a document alone."""
    return [Grant(window.kid, None, (tag(n + 1),)) for n, window in enumerate(windows)]


def attest(
    grants: Sequence[Grant] | None = None,
    colors: Sequence[str] = ("绿",),
    reference: int = 1,
    issued: int = NOW,
    recovery_hash: bytes | None = None,
    region: Signer = REGION,
) -> bytes:
    """A region's signed attestation; by default three device-bound passes of today."""
    content = Attestation(
        reference.to_bytes(16, "big"), issued, tuple(colors), tuple(grants or device_grants()), recovery_hash
    )
    return sign_payload(encode_attestation(content), region)


def sign_payload(payload: bytes, region: Signer = REGION) -> bytes:
    """An attestation with this payload, whatever it is."""
    return sign_message(region, cose.ATTESTATION, payload)


def dump(ledger: SQLiteLedger) -> list[str]:
    """All that the ledger holds."""
    return list(ledger._db.iterdump())


def assert_refused(issuer: Issuer, ledger: SQLiteLedger, attestation: bytes, code: str, now: int = NOW) -> None:
    """It is refused with this code, and the ledger is as it was."""
    before = dump(ledger)
    with pytest.raises(AttestationRefused) as caught:
        issuer.prepare(attestation, now=now)
    assert caught.value.code == code
    assert dump(ledger) == before
