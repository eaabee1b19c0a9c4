"""Regions, windows with their secret side, issue requests and a platform for tests of issuing, from fixed seeds.

A request is made of its parts by hand, without the roles of wallet and region, so that each part may be another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count as count_from
from typing import Any

import pytest

from healthpass import Color
from healthpass.crypto.commitment import commitment, drawn_kid
from healthpass.crypto.envelope import open_padded, seal_padded
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import AttestationRefused
from healthpass.formats import cose
from healthpass.formats.attestation import (
    Attestation,
    IssueRequest,
    Seeds,
    encode_attestation,
    encode_issue_request,
    parse_attestation,
    parse_issue_request,
)
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import ANY_BINDING, Binding
from healthpass.formats.enrolment import Offer, Opening, encode_offer, encode_opening
from healthpass.formats.period import Period
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.issuer import (
    AttesterRule,
    Issuer,
    Ledger,
    RecognitionRules,
    SealingKeys,
    SQLiteLedger,
    StationList,
    WindowKey,
    WindowKeys,
)
from healthpass.issuer.platform import PlatformState
from tests.making import (
    ISSUER,
    ISSUER_TOMORROW,
    NOW,
    PLATFORM,
    SEALING,
    TOMORROW,
    WINDOW,
    make_trust_list,
    sealing_key,
    signer,
)

REGION, OTHER_REGION = signer(80), signer(81)
SCALE = {"绿": Color.GREEN, "amber": Color.YELLOW, "stay in": Color.RED}
TODAY_KEY = WindowKey(WINDOW, ISSUER, bytes(range(32)))
TOMORROW_KEY = WindowKey(TOMORROW, ISSUER_TOMORROW, bytes(range(1, 33)))
TODAY, BOTH_DAYS = (WINDOW,), (WINDOW, TOMORROW)
ANSWER_SECRET = bytes(range(200, 232))
"""Of the X25519 key that batches of tests are sealed to."""


def window_key(
    number: int,
    valid_from: int = WINDOW.valid_from,
    expires: int = WINDOW.expires,
    capacity: int = 4**5,
    bindings: int = ANY_BINDING,
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
        "bindings": ANY_BINDING,
        "claims_per_period": 1 << 31,
        **more,
    }
    return AttesterRule(name, region.public_key, **values)


def make_rules(**more: Any) -> RecognitionRules:
    """Rules for `REGION`, and for `OTHER_REGION` as well."""
    return RecognitionRules([make_rule(**more), make_rule(OTHER_REGION, "South")])


def make_sealing(name: str = PLATFORM) -> SealingKeys:
    """The secret side of `tests.making.SEALING`; each time anew, for a test may erase it."""
    return SealingKeys(name, [(sealing_key(), SEALING.valid_from, SEALING.expires)])


def make_issuer(
    ledger: Ledger,
    windows: Iterable[WindowKey] = (TODAY_KEY, TOMORROW_KEY),
    rules: RecognitionRules | None = None,
    stations: StationList | None = None,
    trust_list: TrustList | None = None,
) -> Issuer:
    """A platform with the windows of today and tomorrow, all of them listed unless a trust list is given."""
    keys = WindowKeys(windows)
    return Issuer(keys, rules or make_rules(), ledger, make_sealing(), trust_list or list_naming(keys), stations)


def list_naming(keys: Iterable[WindowKey]) -> TrustList:
    """A trust list that names these windows."""
    return make_trust_list(windows=[key.window for key in keys])


STATE = PlatformState(
    WindowKeys([TODAY_KEY, TOMORROW_KEY]), make_rules(), StationList(), make_sealing(), make_trust_list()
)
"""What `make_issuer` goes by, unless it is told otherwise."""
NOTHING_TO_COME = PlatformState(WindowKeys([]), RecognitionRules([]), StationList(), make_sealing())
"""Of a platform that expects no attestation: what is not there to be revoked is not kept either."""


def holder_key(number: int) -> bytes:
    """The public key of a holder; not the same for any two numbers below a million."""
    return signer(1_000_000 + number).public_key


def seed(number: int, period: int = 0) -> bytes:
    """The seed of somebody's document for one of their periods."""
    return sha256(b"seed %d %d" % (number, period)).digest()


@dataclass(frozen=True)
class Asked:
    """What passes are asked for: the periods, and the wallet's keys for each, or None on paper."""

    binding: Binding
    periods: tuple[Period, ...]
    keys: tuple[tuple[bytes, ...], ...] | None
    seeds: Seeds | None


def periods_of(windows: Sequence[Window], count: int) -> tuple[Period, ...]:
    """The periods of these windows."""
    return tuple(Period(window.valid_from, window.expires, count) for window in windows)


def device_passes(count: int = 3, windows: Sequence[Window] = TODAY, first_key: int = 0) -> Asked:
    """So many passes in the period of each window, each with a key of its own."""
    keys = (tuple(holder_key(first_key + n * count + m) for m in range(count)) for n in range(len(windows)))
    return Asked(Binding.DEVICE, periods_of(windows, count), tuple(keys), None)


def both_passes(
    people: int = 1, count: int = 1, windows: Sequence[Window] = TODAY, first_key: int = 0, first_seed: int = 1
) -> Asked:
    """Passes for a relative's phone or a family: each with a key, and a document for each person."""
    seeds = tuple(tuple(seed(first_seed + who, n) for n in range(len(windows))) for who in range(people))
    return replace(device_passes(count, windows, first_key), binding=Binding.BOTH, seeds=seeds)


def paper_passes(windows: Sequence[Window] = TODAY, first_seed: int = 1) -> Asked:
    """One pass in the period of each window, bound to a document alone."""
    seeds = (tuple(seed(first_seed, n) for n in range(len(windows))),)
    return Asked(Binding.DOCUMENT, periods_of(windows, 1), None, seeds)


def answer_key() -> SealingKey:
    """What opens the batches of these tests."""
    return SealingKey(ANSWER_SECRET)


def blinder_for(kid: bytes, kids: Iterable[bytes]) -> bytes:
    """One with which chance decides for this kid among these."""
    listed = list(kids)
    return next(each for n in count_from(1) if drawn_kid(each := n.to_bytes(32, "big"), listed) == kid)


@dataclass(frozen=True)
class Wallet:
    """What a wallet tells the platform, apart from its keys."""

    blinder: bytes = bytes(range(32))
    answer_key: bytes = field(default_factory=lambda: answer_key().public_key)
    recovery_hash: bytes | None = None


WALLET = Wallet()


def attest(
    asked: Asked | None = None,
    colors: Sequence[str] = ("绿",),
    reference: int = 1,
    issued: int = NOW,
    recovery_hash: bytes | None = None,
    region: Signer = REGION,
    wallet: Wallet = WALLET,
    platform: str = PLATFORM,
) -> bytes:
    """A region's issue request; by default for three device-bound passes of today. Its attestation is the same each
    time, what is sealed is not."""
    asked = asked or device_passes()
    name = reference.to_bytes(16, "big")
    opening = None
    if asked.keys is not None:
        opening = encode_opening(Opening(wallet.blinder, wallet.answer_key, asked.keys, wallet.recovery_hash))
        offer = Offer(region.public_key, name, platform, asked.binding, len(colors), asked.periods)
    content = Attestation(
        reference=name,
        issued=issued,
        colors=tuple(colors),
        binding=asked.binding,
        periods=asked.periods,
        seeds=asked.seeds,
        commitment=None if opening is None else commitment(encode_offer(offer), opening),
        recovery_hash=recovery_hash,
        platform=platform,
    )
    return request_with(sign_payload(encode_attestation(content), region), opening)


def request_with(attestation: bytes, opening: bytes | None) -> bytes:
    """An issue request with this attestation and this opening, which is sealed to the platform; None on paper."""
    if opening is None:
        return encode_issue_request(IssueRequest(attestation))
    sealed = seal_padded(SEALING.key, opening)
    return encode_issue_request(IssueRequest(attestation, SEALING.key, sealed))


def sign_payload(payload: bytes, region: Signer = REGION) -> bytes:
    """An attestation with this payload, whatever it is."""
    return sign_message(region, cose.ATTESTATION, payload)


def attestation_of(request: bytes) -> Attestation:
    """What the region vouches for in a request."""
    message = cose.decode_sign1(parse_issue_request(request).attestation, cose.ATTESTATION, len(request))
    return parse_attestation(message.payload)


def opening_of(request: bytes) -> bytes | None:
    """What the wallet has sealed in a request."""
    sealed = parse_issue_request(request).sealed_opening
    return None if sealed is None else open_padded(sealing_key(), sealed)


def with_opening(request: bytes, other: bytes) -> bytes:
    """The attestation of one request with the sealed opening of another."""
    return encode_issue_request(
        replace(parse_issue_request(other), attestation=parse_issue_request(request).attestation)
    )


def claims_in(batch: bytes) -> list[bytes]:
    """The claims of a batch that was sealed to `answer_key`, or that is plain."""
    try:
        return parse_batch(open_padded(answer_key(), batch))
    except ValueError:
        return parse_batch(batch)


def issued(issuer: Issuer, request: bytes, now: int = NOW) -> list[bytes]:
    """The claims that come of a request."""
    return claims_in(issuer.issue(request, now=now))


def dump(ledger: SQLiteLedger) -> list[str]:
    """All that the ledger holds."""
    return list(ledger._db.iterdump())


def assert_refused(issuer: Issuer, ledger: SQLiteLedger, request: bytes, code: str, now: int = NOW) -> None:
    """It is refused with this code, and the ledger is as it was."""
    before = dump(ledger)
    with pytest.raises(AttestationRefused) as caught:
        issuer.prepare(request, now=now)
    assert caught.value.code == code
    assert dump(ledger) == before
