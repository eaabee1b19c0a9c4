"""What is sealed for the platform by a wallet, region or thief that plays false: refused, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from healthpass import Color
from healthpass.crypto.commitment import commitment
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats import cbor
from healthpass.formats.attestation import (
    IssueRequest,
    encode_attestation,
    encode_issue_request,
    parse_issue_request,
)
from healthpass.formats.batch import MAX_SIZE as MAX_BATCH
from healthpass.formats.claim import Binding
from healthpass.formats.enrolment import MAX_SEALED_OPENING, MAX_SIZE, encode_offer, encode_opening, parse_opening
from healthpass.formats.padding import pad
from healthpass.formats.period import Period
from healthpass.formats.platform import Platform
from healthpass.issuer import SQLiteLedger
from tests.issuing import (
    BOTH_DAYS,
    OTHER_REGION,
    REGION,
    TODAY_KEY,
    TOMORROW_KEY,
    WALLET,
    assert_refused,
    attest,
    attestation_of,
    both_passes,
    claims_in,
    device_passes,
    dump,
    holder_key,
    issued,
    make_issuer,
    make_rules,
    make_sealing,
    opening_of,
    paper_passes,
    request_with,
    sign_payload,
    window_key,
    with_opening,
)
from tests.making import DAY, NOW, SEALING, TOMORROW, WINDOW, make_trust_list
from tests.raising import raises, raises_one_of

ANEW = "the region makes a new offer, and the wallet answers that"
SAID = {
    "bad-opening": f"what the wallet sealed cannot be read: {ANEW}",
    "other-opening": f"what the wallet sealed is not what the region has the commitment of: {ANEW}",
    "other-keys": f"the wallet has sealed more or fewer keys than the region vouched for: {ANEW}",
    "repeated-key": f"a holder key is there twice, each is for one showing: {ANEW}",
    "weak-key": f"a holder key is of small order, or not canonical: {ANEW}",
    "weak-answer-key": f"anybody could open what is sealed to the answer key: {ANEW}",
    "other-platform": "the attestation is for another platform: the region sends it to the one that it names",
}
HONEST = attest(device_passes(4, BOTH_DAYS))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(tmp_path / "ledger")
    yield opened
    opened.close()


def assert_refused_honest_taken(ledger: SQLiteLedger, request: bytes, code: str) -> None:
    """Refused with its very sentence, nothing written; and the honest one that it was made of is taken afterwards."""
    issuer = make_issuer(ledger)
    with raises(AttestationRefused, code, SAID[code]):
        issuer.prepare(request, now=NOW)
    assert_refused(issuer, ledger, request, code)
    assert len(issued(issuer, HONEST)) == 8


def vouched(opening: bytes, request: bytes = HONEST, **more: Any) -> bytes:
    """A request whose region has the commitment of this opening, whatever that is."""
    content = replace(attestation_of(request), **more)
    content = replace(content, commitment=commitment(encode_offer(content.offer(REGION.public_key)), opening))
    return request_with(sign_payload(encode_attestation(content)), opening)


def sealed_as(sealed: bytes, key: bytes = SEALING.key) -> bytes:
    """The honest attestation with other sealed bytes."""
    return encode_issue_request(IssueRequest(parse_issue_request(HONEST).attestation, key, sealed))


# ---- Another opening ----------------------------------------------------------------------------------------------

OTHERS = {
    "of another attestation": with_opening(HONEST, attest(device_passes(4, BOTH_DAYS, 100), reference=2)),
    "of another wallet, for the same": with_opening(
        HONEST, attest(device_passes(4, BOTH_DAYS), wallet=replace(WALLET, blinder=bytes(32)))
    ),
    "replayed with another reply key": with_opening(
        HONEST,
        attest(device_passes(4, BOTH_DAYS), wallet=replace(WALLET, answer_key=SealingKey(bytes(31) + b"1").public_key)),
    ),
    "with a recovery hash put in": with_opening(
        HONEST, attest(device_passes(4, BOTH_DAYS), wallet=replace(WALLET, recovery_hash=bytes(32)))
    ),
    "with more keys": with_opening(HONEST, attest(device_passes(5, BOTH_DAYS))),
    "of no form, and not committed to": request_with(parse_issue_request(HONEST).attestation, b"\xff"),
    "of no bytes": request_with(parse_issue_request(HONEST).attestation, b""),
}


@pytest.mark.parametrize("request_", OTHERS.values(), ids=OTHERS.keys())
def test_another_opening_than_was_committed_to(request_: bytes, ledger: SQLiteLedger) -> None:
    assert_refused_honest_taken(ledger, request_, "other-opening")


UNDER_ONE_COMMITMENT: dict[str, Callable[[], dict[str, Any]]] = {
    "another binding": lambda: {"binding": Binding.BOTH, "seeds": both_passes(1, 4, BOTH_DAYS).seeds},
    "another period": lambda: {"periods": (device_passes(4).periods[0], Period(NOW + 2 * DAY, NOW + 3 * DAY, 4))},
    "fewer periods": lambda: {"periods": device_passes(4).periods},
    "more keys for a period": lambda: {"periods": device_passes(5, BOTH_DAYS).periods},
    "more people": lambda: {
        "binding": Binding.BOTH,
        "colors": ("绿", "绿"),
        "seeds": both_passes(2, 4, BOTH_DAYS).seeds,
    },
    "another reference": lambda: {"reference": bytes(16)},
}


@pytest.mark.parametrize("more", UNDER_ONE_COMMITMENT.values(), ids=UNDER_ONE_COMMITMENT.keys())
def test_another_offer_under_an_unchanged_commitment(more: Callable[[], dict[str, Any]], ledger: SQLiteLedger) -> None:
    """The region vouches for something else than the wallet has answered."""
    later = window_key(300, NOW + 2 * DAY, NOW + 3 * DAY)
    changed = sign_payload(encode_attestation(replace(attestation_of(HONEST), **more())))
    forged = request_with(changed, opening_of(HONEST))
    issuer = make_issuer(ledger, [TODAY_KEY, TOMORROW_KEY, later])
    with raises(AttestationRefused, "other-opening", SAID["other-opening"]):
        issuer.prepare(forged, now=NOW)
    assert_refused(issuer, ledger, forged, "other-opening")
    assert len(issued(issuer, HONEST)) == 8


def test_another_region_with_the_commitment_of_the_first(ledger: SQLiteLedger) -> None:
    """One that was shown what a wallet sealed for another gets nothing by it."""
    stolen = request_with(sign_payload(encode_attestation(attestation_of(HONEST)), OTHER_REGION), opening_of(HONEST))
    assert_refused_honest_taken(ledger, stolen, "other-opening")


# ---- Openings that the region has vouched for, and that are bad all the same --------------------------------------


def opening_with(**more: Any) -> bytes:
    sealed = opening_of(HONEST)
    assert sealed is not None
    return encode_opening(replace(parse_opening(sealed), **more))


FIRST, SECOND = device_passes(4, BOTH_DAYS).keys or ((), ())
BAD: dict[str, tuple[bytes, str]] = {
    "more keys than vouched for": (opening_with(keys=(FIRST, (*SECOND, holder_key(50)))), "other-keys"),
    "fewer": (opening_with(keys=(FIRST, SECOND[:-1])), "other-keys"),
    "more for one period, fewer for the other": (opening_with(keys=(FIRST[:-1], (*SECOND, FIRST[-1]))), "other-keys"),
    "fewer periods": (opening_with(keys=(FIRST,)), "other-keys"),
    "more periods": (opening_with(keys=(FIRST, SECOND, (holder_key(50),))), "other-keys"),
    "all in one period": (opening_with(keys=((*FIRST, *SECOND),)), "other-keys"),
    "a key twice in a period": (opening_with(keys=((FIRST[0], *FIRST[:-1]), SECOND)), "repeated-key"),
    "a key in two periods": (opening_with(keys=(FIRST, (FIRST[0], *SECOND[1:]))), "repeated-key"),
    "a key of small order": (opening_with(keys=((bytes(32), *FIRST[1:]), SECOND)), "weak-key"),
    "a key in another encoding": (opening_with(keys=(FIRST, (*SECOND[:-1], b"\xff" * 32))), "weak-key"),
    "an answer key that anybody could open for": (opening_with(answer_key=bytes(32)), "weak-answer-key"),
    "an answer key of order two": (opening_with(answer_key=b"\x01" + bytes(31)), "weak-answer-key"),
    "no opening": (b"", "bad-opening"),
    "not deterministic": (b"\x9f" + opening_with()[1:] + b"\xff", "bad-opening"),
    "cut short": (opening_with()[:-1], "bad-opening"),
    "with a byte more": (opening_with() + b"\x00", "bad-opening"),
    "of another format": (b"\x85\x02" + opening_with()[2:], "bad-opening"),
    "with a key of 31 bytes": (cbor.encode([1, bytes(32), bytes(32), [[bytes(31)]], None]), "bad-opening"),
    "with no keys": (cbor.encode([1, bytes(32), bytes(32), [], None]), "bad-opening"),
    "nested a thousand times": (b"\x81" * 1000 + b"\x00", "bad-opening"),
}


@pytest.mark.parametrize(("opening", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_opening(opening: bytes, code: str, ledger: SQLiteLedger) -> None:
    assert_refused_honest_taken(ledger, vouched(opening), code)


# ---- What is around it --------------------------------------------------------------------------------------------


def boxes() -> dict[str, tuple[bytes, str]]:
    opening, sealed = opening_of(HONEST), parse_issue_request(HONEST).sealed_opening
    assert opening is not None
    assert sealed is not None
    padded = pad(opening)
    box = partial(seal, SEALING.key)
    return {
        "truncated": (sealed[:-1], "bad-opening"),
        "truncated to its overhead": (sealed[:48], "bad-opening"),
        "of one byte": (sealed[:1], "bad-opening"),
        "a byte longer": (sealed + b"\x00", "bad-opening"),
        "a bit flipped": (sealed[:-1] + bytes((sealed[-1] ^ 1,)), "bad-opening"),
        "sealed to another key": (seal_padded(SealingKey(bytes(31) + b"1").public_key, opening), "bad-opening"),
        "not padded": (box(len(opening).to_bytes(4, "big") + opening), "bad-opening"),
        "a block more": (box(padded + bytes(1024)), "bad-opening"),
        "padded with something": (box(padded[:-1] + b"\x01"), "bad-opening"),
        "a length too long": (box(len(padded).to_bytes(4, "big") + padded[4:]), "bad-opening"),
        "a length over all": (box(b"\xff" * 4 + padded[4:]), "bad-opening"),
        "a length less than it is": (box((len(opening) - 1).to_bytes(4, "big") + padded[4:]), "bad-opening"),
        "nothing in the box": (box(b""), "bad-opening"),
        "as large as may be, of zeros": (box(bytes(MAX_SEALED_OPENING - 48)), "bad-opening"),
    }


@pytest.mark.parametrize(("sealed", "code"), boxes().values(), ids=boxes().keys())
def test_a_bad_box(sealed: bytes, code: str, ledger: SQLiteLedger) -> None:
    assert_refused_honest_taken(ledger, sealed_as(sealed), code)


def test_a_box_over_its_largest_size_is_not_opened(ledger: SQLiteLedger) -> None:
    before = dump(ledger)
    raw = cbor.encode([1, parse_issue_request(HONEST).attestation, SEALING.key, bytes(MAX_SEALED_OPENING + 1)])
    for data in (raw, bytes(MAX_SIZE + 1)):
        with raises_one_of("malformed"):
            make_issuer(ledger).prepare(data, now=NOW)
    assert dump(ledger) == before


def test_the_largest_is_taken(ledger: SQLiteLedger) -> None:
    """As many claims as the form allows, two people under each of 4,096 keys: everything fits."""
    request = attest(both_passes(2, 2048, BOTH_DAYS), ["绿" * 64] * 2)
    assert len(request) <= MAX_SIZE
    issuer = make_issuer(ledger, rules=make_rules(max_claims=8192, scale={"绿" * 64: Color.GREEN}))
    batch = issuer.issue(request, now=NOW)
    assert len(batch) <= MAX_BATCH
    assert len(claims_in(batch)) == 8192


def test_on_paper_there_is_no_opening_and_else_there_is_one(ledger: SQLiteLedger) -> None:
    issuer, before = make_issuer(ledger), dump(ledger)
    paper = attest(paper_passes())
    for forged in (
        with_opening(paper, HONEST),
        encode_issue_request(IssueRequest(parse_issue_request(HONEST).attestation)),
    ):
        with raises(
            FormatError, "malformed", "an issue request has a sealed opening exactly if its passes are for a phone"
        ):
            issuer.prepare(forged, now=NOW)
    assert dump(ledger) == before
    assert len(issued(issuer, paper)) == 1
    assert len(issued(issuer, attest(device_passes(), reference=2))) == 3


def test_another_platforms(ledger: SQLiteLedger) -> None:
    """Carried from one to the other, whole or with the name changed: the name stands in what is signed and sealed."""
    elsewhere = attest(device_passes(4, BOTH_DAYS), platform="elsewhere")
    assert_refused_honest_taken(ledger, elsewhere, "other-platform")
    other = make_issuer(ledger)
    other.sealing = make_sealing("elsewhere")
    other.trust_list = make_trust_list(platforms=[Platform("elsewhere", (WINDOW.kid, TOMORROW.kid), (SEALING,))])
    assert_refused(other, ledger, HONEST, "other-platform")
    assert issued(other, attest(device_passes(4, BOTH_DAYS, 200), reference=2, platform="elsewhere"))
    renamed = replace(attestation_of(elsewhere), platform=attestation_of(HONEST).platform, reference=bytes(16))
    forged = request_with(sign_payload(encode_attestation(renamed)), opening_of(elsewhere))
    assert_refused(make_issuer(ledger), ledger, forged, "other-opening")
