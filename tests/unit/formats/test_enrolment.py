"""Attestation, offer, opening, answer, issue request and batch: each rule of their forms, broken by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from healthpass.errors import FormatError
from healthpass.formats import attestation, batch, cbor, enrolment
from healthpass.formats.attestation import (
    Attestation,
    IssueRequest,
    encode_attestation,
    encode_issue_request,
    parse_attestation,
    parse_issue_request,
)
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.claim import Binding
from healthpass.formats.enrolment import (
    KeyRequest,
    Offer,
    Opening,
    encode_key_request,
    encode_offer,
    encode_opening,
    parse_key_request,
    parse_offer,
    parse_opening,
)
from healthpass.formats.padding import pad, unpad
from healthpass.formats.period import Period
from tests.making import DAY, NOW, PLATFORM, make_claim, present, signer
from tests.raising import raises

KEYS = [signer(n).public_key for n in range(200, 204)]
REFERENCE = bytes(range(16))
PERIODS = (Period(NOW, NOW + DAY, 2), Period(NOW + DAY, NOW + 2 * DAY, 1))
SEEDS = tuple(tuple(bytes((person, period)) * 16 for period in range(2)) for person in range(2))
FAMILY = Attestation(REFERENCE, NOW, ("green", "amber"), Binding.BOTH, PERIODS, SEEDS, bytes(32), bytes(32), PLATFORM)
PHONE = replace(FAMILY, colors=("green",), binding=Binding.DEVICE, seeds=None)
PAPER = replace(
    PHONE,
    binding=Binding.DOCUMENT,
    seeds=SEEDS[:1],
    commitment=None,
    periods=tuple(Period(each.valid_from, each.expires, 1) for each in PERIODS),
)
Change = Callable[[Any], object]
TIME = "beginning of a period: not an integer from 65536 to 4294967295"
APART = "periods: not in ascending order, or they overlap"


def put(*path: int, value: object) -> Change:
    def change(target: Any) -> None:
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


def without(label: int) -> Change:
    def change(target: Any) -> None:
        del target[label]

    return change


def more(target: Any) -> None:
    target.append(0)


BROKEN: dict[str, tuple[Change, str]] = {
    **{f"field {label} missing": (without(label), "attestation: a field is missing") for label in range(1, 11)},
    "unknown critical field": (
        put(11, value=0),
        "attestation: an unknown critical field; a newer version of the software may know it",
    ),
    "an addition": (
        put(-1, value=0),
        "attestation: an unknown critical field; a newer version of the software may know it",
    ),
    "another format": (put(1, value=2), "format: not an integer from 1 to 1"),
    "reference of 15 bytes": (put(2, value=bytes(15)), "reference: not 16 bytes"),
    "reference as text": (put(2, value="0" * 16), "reference: not 16 bytes"),
    "issued at 0": (put(3, value=0), "issued: not an integer from 65536 to 4294967295"),
    "issued over 32 bits": (put(3, value=2**32), "issued: not an integer from 0 to 4294967295"),
    "nobody": (put(4, value=[]), "1 to 8 people"),
    "nine people": (put(4, value=["green"] * 9), "local colours: not an array of 0 to 8 items"),
    "a person without seeds": (put(4, value=["green"] * 3), "seeds: some for each person"),
    "empty colour": (put(4, 0, value=""), "local colours: not a text of 1 to 64 characters"),
    "colour of 65 characters": (put(4, 0, value="x" * 65), "local colours: not a text of 1 to 64 characters"),
    "colour as a number": (put(4, 0, value=1), "local colours: not a text of 1 to 64 characters"),
    "another binding": (put(5, value=3), "binding: none of the kinds that a pass has"),
    "a family for a phone alone": (
        put(5, value=Binding.DEVICE),
        "several people under one holder key need a document each",
    ),
    "a family on paper": (put(5, value=Binding.DOCUMENT), "several people under one holder key need a document each"),
    "no periods": (put(6, value=[]), "periods: not an array of 1 to 64 items"),
    "65 periods": (
        put(6, value=[[NOW + n, NOW + n + 1, 1] for n in range(65)]),
        "periods: not an array of 1 to 64 items",
    ),
    "a kid": (put(6, 0, value=[b"kid0", 2]), "periods: not an array of 3 items"),
    "no keys": (put(6, 0, 2, value=0), "number of keys: not an integer from 1 to 4096"),
    "overlapping": (put(6, 1, 0, value=NOW + DAY - 1), APART),
    "no seeds": (put(7, value=None), "seeds: there exactly if passes are bound to documents"),
    "seeds of nobody": (put(7, value=[]), "seeds: not an array of 1 to 8 items"),
    "seeds of one person": (put(7, value=[list(SEEDS[0])]), "seeds: some for each person"),
    "a seed too few": (put(7, 0, value=[bytes(32)]), "seeds: one for each period"),
    "a seed too many": (put(7, 1, value=[bytes(32)] * 3), "seeds: one for each period"),
    "seed of 31 bytes": (put(7, 0, 0, value=bytes(31)), "seeds: not 32 bytes"),
    "seed null": (put(7, 0, 0, value=None), "seeds: not 32 bytes"),
    "no commitment": (put(8, value=None), "commitment: there exactly if passes are for a phone"),
    "commitment of 31 bytes": (put(8, value=bytes(31)), "commitment: not 32 bytes"),
    "recovery hash of 31 bytes": (put(9, value=bytes(31)), "recovery hash: not 32 bytes"),
    "recovery hash as text": (put(9, value="0" * 32), "recovery hash: not 32 bytes"),
    "no platform": (put(10, value=""), "platform: not a text of 1 to 32 characters"),
    "platform of 33 bytes": (put(10, value="北" * 11), "platform: not 1 to 32 bytes of UTF-8"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_attestation(change: Change, sentence: str) -> None:
    data = encode_attestation(FAMILY)
    assert parse_attestation(data) == FAMILY
    target = cbor.decode(data)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_attestation(cbor.encode(target))


@pytest.mark.parametrize("content", [FAMILY, PHONE, PAPER], ids=["family", "phone", "paper"])
def test_what_is_attested_is_read_back(content: Attestation) -> None:
    assert parse_attestation(encode_attestation(content)) == content


def test_seeds_are_there_exactly_if_passes_are_bound_to_documents() -> None:
    with raises(FormatError, "malformed", "seeds: there exactly if passes are bound to documents"):
        replace(PHONE, seeds=SEEDS[:1])
    with raises(FormatError, "malformed", "seeds: there exactly if passes are bound to documents"):
        replace(PAPER, seeds=None)


def test_a_commitment_is_there_exactly_if_passes_are_for_a_phone() -> None:
    for content, commitment in ((PHONE, None), (PAPER, bytes(32))):
        with raises(FormatError, "malformed", "commitment: there exactly if passes are for a phone"):
            replace(content, commitment=commitment)


def test_on_paper_there_is_one_pass_for_each_period() -> None:
    with raises(FormatError, "malformed", "on paper there is one pass for each period"):
        replace(PAPER, periods=PERIODS)


def test_two_people_with_one_document_are_found_in_any_period() -> None:
    assert not FAMILY.has_same_document
    assert not PHONE.has_same_document
    other = SEEDS[1][0]
    assert replace(FAMILY, seeds=(SEEDS[0], (other, SEEDS[0][1]))).has_same_document
    assert replace(FAMILY, seeds=(SEEDS[0], SEEDS[0])).has_same_document


def test_the_offer_is_rebuilt_from_what_is_attested() -> None:
    assert FAMILY.offer(KEYS[0]) == Offer(KEYS[0], REFERENCE, PLATFORM, Binding.BOTH, 2, PERIODS)
    assert FAMILY.claims == 6
    with raises(FormatError, "malformed", "binding of an offer: neither to a phone alone nor to phone and document"):
        PAPER.offer(KEYS[0])


def test_the_most_claims() -> None:
    most = (Period(NOW, NOW + DAY, 2000), Period(NOW + DAY, NOW + 2 * DAY, 2096))
    assert replace(PHONE, periods=most).claims == 4096
    assert replace(FAMILY, periods=most).claims == 8192
    with raises(FormatError, "malformed", "periods: over 4096 keys in all"):
        replace(PHONE, periods=(*most, Period(NOW + 2 * DAY, NOW + 3 * DAY, 1)))
    with raises(FormatError, "malformed", "at most 8192 claims at once"):
        seeds = (*SEEDS, SEEDS[0])
        replace(
            FAMILY,
            colors=("green",) * 3,
            seeds=seeds,
            periods=(Period(NOW, NOW + 1, 2731), Period(NOW + 1, NOW + 2, 1)),
        )


def test_the_largest_attestation_can_be_read() -> None:
    periods = tuple(Period(NOW + n, NOW + n + 1, 16) for n in range(64))
    seeds = tuple(tuple(bytes((person, period)) * 16 for period in range(64)) for person in range(8))
    content = Attestation(
        REFERENCE, NOW, ("绿" * 64,) * 8, Binding.BOTH, periods, seeds, bytes(32), bytes(32), "x" * 32
    )
    data = encode_attestation(content)
    assert len(data) < attestation.MAX_SIZE
    assert parse_attestation(data) == content


OFFER = Offer(KEYS[0], REFERENCE, PLATFORM, Binding.BOTH, 2, PERIODS)
BROKEN_OFFERS: dict[str, tuple[Change, str]] = {
    "another format": (put(0, value=2), "format: not an integer from 1 to 1"),
    "attester of 31 bytes": (put(1, value=KEYS[0][:31]), "attester: not 32 bytes"),
    "reference of 17 bytes": (put(2, value=bytes(17)), "reference: not 16 bytes"),
    "no platform": (put(3, value=""), "platform: not a text of 1 to 32 characters"),
    "platform of 33 bytes": (put(3, value="x" * 33), "platform: not a text of 1 to 32 characters"),
    "for paper": (put(4, value=2), "binding of an offer: neither to a phone alone nor to phone and document"),
    "nobody": (put(5, value=0), "1 to 8 people"),
    "nine people": (put(5, value=9), "1 to 8 people"),
    "several people without documents": (put(4, value=1), "several people under one holder key need a document each"),
    "no periods": (put(6, value=[]), "periods: not an array of 1 to 64 items"),
    "no keys": (put(6, 0, 2, value=0), "number of keys: not an integer from 1 to 4096"),
    "a negative number of keys": (put(6, 0, 2, value=-1), "periods: not an integer from 0 to 4294967295"),
    "4,097 keys": (put(6, 0, 2, value=4096), "periods: over 4096 keys in all"),
    "a period from 0 on": (put(6, 0, 0, value=0), TIME),
    "a period that ends before it begins": (
        put(6, 0, 1, value=NOW),
        f"end of a period: not an integer from {NOW + 1} to 4294967295",
    ),
    "the same period twice": (put(6, 1, value=[NOW, NOW + DAY, 1]), APART),
    "periods in another order": (lambda target: target[6].reverse(), APART),
    "a second more": (put(6, 0, 1, value=NOW + DAY + 1), APART),
    "a fourth item": (put(6, 0, value=[NOW, NOW + DAY, 1, 0]), "periods: not an array of 3 items"),
    "an eighth item": (more, "offer: not an array of 7 items"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN_OFFERS.values(), ids=BROKEN_OFFERS.keys())
def test_a_broken_offer(change: Change, sentence: str) -> None:
    data = encode_offer(OFFER)
    assert parse_offer(data) == OFFER
    target = cbor.decode(data)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_offer(cbor.encode(target))


def test_an_offer_too_large() -> None:
    with raises(FormatError, "malformed", "an offer has at most 2048 bytes"):
        parse_offer(bytes(2049))
    largest = replace(OFFER, platform="x" * 32, periods=tuple(Period(NOW + n, NOW + n + 1, 64) for n in range(64)))
    assert len(encode_offer(largest)) < 2048


OPENING = Opening(bytes(32), KEYS[3], ((KEYS[0], KEYS[1]), (KEYS[2],)), bytes(32))
BROKEN_OPENINGS: dict[str, tuple[Change, str]] = {
    "another format": (put(0, value=2), "format: not an integer from 1 to 1"),
    "blinder of 31 bytes": (put(1, value=bytes(31)), "blinder: not 32 bytes"),
    "answer key of 33 bytes": (put(2, value=bytes(33)), "answer key: not 32 bytes"),
    "no periods": (put(3, value=[]), "holder keys: not an array of 1 to 64 items"),
    "65 periods": (put(3, value=[[KEYS[0]]] * 65), "holder keys: not an array of 1 to 64 items"),
    "a period without keys": (put(3, 0, value=[]), "holder keys: not an array of 1 to 4096 items"),
    "keys without a period": (put(3, 0, value=KEYS[0]), "holder keys: not an array of 1 to 4096 items"),
    "key of 31 bytes": (put(3, 0, 0, value=bytes(31)), "holder keys: not 32 bytes"),
    "recovery hash of 33 bytes": (put(4, value=bytes(33)), "recovery hash: not 32 bytes"),
    "a sixth item": (more, "opening: not an array of 5 items"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN_OPENINGS.values(), ids=BROKEN_OPENINGS.keys())
def test_a_broken_opening(change: Change, sentence: str) -> None:
    data = encode_opening(OPENING)
    assert parse_opening(data) == OPENING
    assert parse_opening(encode_opening(replace(OPENING, recovery_hash=None))).recovery_hash is None
    target = cbor.decode(data)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_opening(cbor.encode(target))


def test_the_largest_opening() -> None:
    largest = replace(OPENING, keys=tuple((KEYS[0],) * 64 for _ in range(64)))
    data = encode_opening(largest)
    assert parse_opening(data) == largest
    assert len(pad(data)) + 48 <= enrolment.MAX_SEALED_OPENING
    with raises(FormatError, "malformed", "an opening has keys for 1 to 64 periods, 4096 at most"):
        replace(OPENING, keys=(*largest.keys[:63], (KEYS[0],) * 65))
    with raises(FormatError, "malformed", "an opening has at most 262144 bytes"):
        parse_opening(bytes(262_145))


@pytest.mark.parametrize("size", [0, 1, 1019, 1020, 1021, 2044, 2045])
def test_padding_is_taken_off_in_one_form_alone(size: int) -> None:
    content = b"\x07" * size
    padded = pad(content)
    assert len(padded) == max(1, -(-(4 + size) // 1024)) * 1024
    assert unpad(padded) == content
    broken = [b"", padded[:-1], padded + bytes(1024), b"\xff" + padded[1:], bytes(1024) + padded]
    if size % 1024 != 1020:
        broken.append(padded[:-1] + b"\x01")
    for each in broken:
        with raises(
            FormatError, "malformed", "what is sealed is not a length, a content and as few zeros as fill the block"
        ):
            unpad(each)


REQUEST = KeyRequest(encode_offer(OFFER), bytes(32), KEYS[0], bytes(1072))
BROKEN_ANSWERS: dict[str, tuple[Change, str]] = {
    "another format": (put(0, value=2), "format: not an integer from 1 to 1"),
    "offer null": (put(1, value=None), "offer: not 1 to 2048 bytes"),
    "offer as an array": (put(1, value=[]), "offer: not 1 to 2048 bytes"),
    "offer broken": (put(1, value=b"\x80"), "offer: not an array of 7 items"),
    "commitment of 31 bytes": (put(2, value=bytes(31)), "commitment: not 32 bytes"),
    "sealing key of 31 bytes": (put(3, value=bytes(31)), "sealing key: not 32 bytes"),
    "nothing sealed": (put(4, value=b""), "sealed opening: not 1 to 262144 bytes"),
    "too much sealed": (put(4, value=bytes(262_145)), "sealed opening: not 1 to 262144 bytes"),
    "an opening in the open": (put(4, value=[]), "sealed opening: not 1 to 262144 bytes"),
    "a sixth item": (more, "key request: not an array of 5 items"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS.keys())
def test_a_broken_answer(change: Change, sentence: str) -> None:
    data = encode_key_request(REQUEST)
    assert parse_key_request(data) == REQUEST
    target = cbor.decode(data)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_key_request(cbor.encode(target))


ISSUE = IssueRequest(bytes(300), KEYS[0], bytes(1072))
BROKEN_REQUESTS: dict[str, tuple[Change, str]] = {
    "another format": (put(0, value=2), "format: not an integer from 1 to 1"),
    "no attestation": (put(1, value=b""), "attestation: not 1 to 32768 bytes"),
    "an attestation too large": (put(1, value=bytes(32_769)), "attestation: not 1 to 32768 bytes"),
    "sealing key of 31 bytes": (put(2, value=bytes(31)), "sealing key: not 32 bytes"),
    "an opening for nobody": (
        put(2, value=None),
        "an issue request has a sealing key and a sealed opening, or neither",
    ),
    "no opening": (put(3, value=None), "an issue request has a sealing key and a sealed opening, or neither"),
    "nothing sealed": (put(3, value=b""), "sealed opening: not 1 to 262144 bytes"),
    "too much sealed": (put(3, value=bytes(262_145)), "sealed opening: not 1 to 262144 bytes"),
    "a fifth item": (more, "issue request: not an array of 4 items"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN_REQUESTS.values(), ids=BROKEN_REQUESTS.keys())
def test_a_broken_issue_request(change: Change, sentence: str) -> None:
    data = encode_issue_request(ISSUE)
    assert parse_issue_request(data) == ISSUE
    assert parse_issue_request(encode_issue_request(IssueRequest(b"paper"))) == IssueRequest(b"paper")
    target = cbor.decode(data)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_issue_request(cbor.encode(target))


def test_requests_too_large() -> None:
    with raises(FormatError, "malformed", "a key request has at most 300000 bytes"):
        parse_key_request(bytes(300_001))
    with raises(FormatError, "malformed", "an issue request has at most 300000 bytes"):
        parse_issue_request(bytes(300_001))


CLAIMS = [make_claim(1), make_claim(2, Binding.DOCUMENT), make_claim(3, Binding.BOTH)]


def test_a_batch() -> None:
    assert parse_batch(encode_batch(CLAIMS)) == CLAIMS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([1, []], "batch: not an array of 1 to 8192 items"),
        ([1, [None]], "batch: not a byte string"),
        ([1, [CLAIMS[0], b""]], "not a claim of any of the three templates"),
        ([1, [CLAIMS[0][:-1]]], "not a claim of any of the three templates"),
        ([1, [present(CLAIMS[0])]], "not a claim of any of the three templates"),
        ([1, {0: CLAIMS[0]}], "batch: not an array of 1 to 8192 items"),
        ([1, CLAIMS[0]], "batch: not an array of 1 to 8192 items"),
        ([2, [CLAIMS[0]]], "format: not an integer from 1 to 1"),
        ([1, [CLAIMS[0]], 0], "batch: not an array of 2 items"),
        ([CLAIMS[0]], "batch: not an array of 2 items"),
        (CLAIMS[0], "batch: not an array of 2 items"),
    ],
    ids=["none", "null", "empty", "cut", "presentation", "map", "bare", "other format", "more", "no format", "claim"],
)
def test_no_batch(content: Any, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_batch(cbor.encode(content))


def test_a_batch_too_large() -> None:
    with raises(FormatError, "malformed", "a batch has at most 2097152 bytes"):
        parse_batch(bytes(batch.MAX_SIZE + 1))
    assert len(parse_batch(encode_batch(CLAIMS[2:] * 8192))) == 8192
    with raises(FormatError, "malformed", "batch: not an array of 1 to 8192 items"):
        encode_batch(CLAIMS[1:2] * 8193)
