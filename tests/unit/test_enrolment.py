"""Attestation, offer, answer and batch: each rule of their forms, broken by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from healthpass.crypto.signer import sign_message
from healthpass.errors import FormatError
from healthpass.formats import batch, cbor, cose, enrolment
from healthpass.formats.attestation import Attestation, Grant, encode_attestation, parse_attestation
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.enrolment import KeyRequest, Offer, encode_key_request, parse_key_request, parse_offer
from tests.making import NOW, make_claim, present, signer
from tests.raising import raises

KEYS = [signer(n).public_key for n in range(200, 204)]
REFERENCE = bytes(range(16))
Change = Callable[[Any], object]


def family() -> Any:
    """The decoded attestation of two people: two grants under each of two kids."""
    grants = [
        Grant(kid, key, (b"t1", b"t2")) for kid, key in zip((b"kid0", b"kid0", b"kid1", b"kid1"), KEYS, strict=True)
    ]
    return cbor.decode(encode_attestation(Attestation(REFERENCE, NOW, ("green", "amber"), tuple(grants), bytes(32))))


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


BROKEN: dict[str, tuple[Change, str]] = {
    **{f"field {label} missing": (without(label), "attestation: a field is missing") for label in range(1, 7)},
    "unknown critical field": (
        put(7, value=0),
        "attestation: an unknown critical field; a newer version of the software may know it",
    ),
    "another format": (put(1, value=2), "format: not an integer from 1 to 1"),
    "reference of 15 bytes": (put(2, value=bytes(15)), "reference: not 16 bytes"),
    "reference as text": (put(2, value="0" * 16), "reference: not 16 bytes"),
    "issued at 0": (put(3, value=0), "issued: not an integer from 65536 to 4294967295"),
    "issued over 32 bits": (put(3, value=2**32), "issued: not an integer from 0 to 4294967295"),
    "nobody": (put(4, value=[]), "an attestation is for 1 to 8 people"),
    "nine people": (put(4, value=["green"] * 9), "local colours: not an array of 0 to 8 items"),
    "one person fewer than tags": (put(4, value=["green"]), "document tags: one for each person"),
    "empty colour": (put(4, 0, value=""), "local colours: not a text of 1 to 64 characters"),
    "colour of 65 characters": (put(4, 0, value="x" * 65), "local colours: not a text of 1 to 64 characters"),
    "colour as a number": (put(4, 0, value=1), "local colours: not a text of 1 to 64 characters"),
    "no grants": (put(5, value=[]), "an attestation has 1 to 4096 grants and at most 8192 claims"),
    "kid of 3 bytes": (put(5, 0, 0, value=b"kid"), "kid: not 4 bytes"),
    "key of 31 bytes": (put(5, 0, 1, value=KEYS[0][:31]), "holder key: not 32 bytes"),
    "key as text": (put(5, 0, 1, value="0" * 32), "holder key: not 32 bytes"),
    "tag of 1 byte": (put(5, 0, 2, 0, value=b"t"), "document tags: not 2 bytes"),
    "tag null": (put(5, 0, 2, 0, value=None), "document tags: not 2 bytes"),
    "no tags in an array": (put(5, 0, 2, value=[]), "document tags: not an array of 1 to 8 items"),
    "one tag for two people": (put(5, 0, 2, value=[b"t1"]), "document tags: one for each person"),
    "three tags for two people": (put(5, 0, 2, value=[b"t1", b"t2", b"t3"]), "document tags: one for each person"),
    "a grant without its document": (put(5, 0, 2, value=None), "the grants of an attestation all bind in the same way"),
    "a grant without its key": (put(5, 0, 1, value=None), "the grants of an attestation all bind in the same way"),
    "a grant bound to nothing": (
        put(5, 0, slice(1, 3), value=[None, None]),  # type: ignore[arg-type]  # two at once
        "a grant is bound to a key, a document, or both",
    ),
    "a grant with a fourth item": (
        put(5, 0, value=[b"kid0", KEYS[0], [b"t1", b"t2"], 0]),
        "grants: not an array of 3 items",
    ),
    "holder key twice": (put(5, 1, 1, value=KEYS[0]), "holder keys: the same item twice"),
    "holder key twice under two kids": (put(5, 2, 1, value=KEYS[0]), "holder keys: the same item twice"),
    "a kid in two runs": (put(5, 3, 0, value=b"kid0"), "groups of one kid: the same item twice"),
    "recovery hash of 31 bytes": (put(6, value=bytes(31)), "recovery hash: not 32 bytes"),
    "recovery hash as text": (put(6, value="0" * 32), "recovery hash: not 32 bytes"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_attestation(change: Change, sentence: str) -> None:
    target = family()
    assert encode_attestation(parse_attestation(cbor.encode(target))) == cbor.encode(target)
    change(target)
    with raises(FormatError, "malformed", sentence) as caught:
        parse_attestation(cbor.encode(target))
    assert caught.value.code == "malformed"


def attestation_of(grants: list[Grant], people: int = 1) -> Attestation:
    return Attestation(REFERENCE, NOW, ("green",) * people, tuple(grants))


def test_several_people_need_documents() -> None:
    """Otherwise one green person could make eight."""
    assert attestation_of([Grant(b"kid0", KEYS[0], None)]).binding == DEVICE
    with pytest.raises(FormatError, match="document tag each"):
        attestation_of([Grant(b"kid0", KEYS[0], None)], people=2)


def test_several_people_need_a_phone() -> None:
    assert attestation_of([Grant(b"kid0", None, (b"t1",))]).binding == DOCUMENT
    with pytest.raises(FormatError, match="under one holder key"):
        attestation_of([Grant(b"kid0", None, (b"t1", b"t2"))], people=2)


def test_one_way_to_bind_in_one_attestation() -> None:
    kinds = [Grant(b"kid0", KEYS[0], None), Grant(b"kid1", None, (b"t1",)), Grant(b"kid2", KEYS[1], (b"t1",))]
    for one in kinds:
        for other in kinds:
            if one is not other:
                with pytest.raises(FormatError, match="same way"):
                    attestation_of([one, other])


def test_paper_for_each_window_once() -> None:
    grants = [Grant(kid, None, (b"t1",)) for kid in (b"kid0", b"kid1", b"kid0")]
    assert attestation_of(grants[:2]).kids == (b"kid0", b"kid1")
    with raises(FormatError, "malformed", "kids of a paper pass: the same item twice"):
        attestation_of(grants)
    with raises(FormatError, "malformed", "kids of a paper pass: the same item twice"):
        attestation_of([grants[0], grants[0]])


def test_the_most_claims() -> None:
    keys = [n.to_bytes(32, "big") for n in range(4097)]
    assert attestation_of([Grant(b"kid0", key, None) for key in keys[:4096]]).claims_by_kid()[b"kid0"] == 4096
    with raises(FormatError, "malformed", "an attestation has 1 to 4096 grants and at most 8192 claims"):
        attestation_of([Grant(b"kid0", key, None) for key in keys])
    tags = (b"t1", b"t2", b"t3")
    assert attestation_of([Grant(b"kid0", key, tags) for key in keys[:2730]], 3).claims_by_kid()[b"kid0"] == 8190
    with raises(FormatError, "malformed", "an attestation has 1 to 4096 grants and at most 8192 claims"):
        attestation_of([Grant(b"kid0", key, tags) for key in keys[:2731]], 3)


def test_the_largest_attestation_can_be_read() -> None:
    grants = [Grant(b"kid0", n.to_bytes(32, "big"), (b"t1", b"t2")) for n in range(4096)]
    data = encode_attestation(attestation_of(grants, 2))
    assert len(parse_attestation(data).grants) == 4096


OFFER = Offer(KEYS[0], REFERENCE, ((b"kid0", 2), (b"kid1", 1)))
BROKEN_OFFERS: dict[str, tuple[Change, str]] = {
    "another format": (put(0, value=2), "format: not an integer from 1 to 1"),
    "attester of 31 bytes": (put(1, value=KEYS[0][:31]), "attester: not 32 bytes"),
    "reference of 17 bytes": (put(2, value=bytes(17)), "reference: not 16 bytes"),
    "nothing wanted": (put(3, value=[]), "an offer asks for 1 to 4096 keys"),
    "no keys wanted": (put(3, 0, 1, value=0), "number of keys: not an integer from 1 to 4096"),
    "a negative number wanted": (put(3, 0, 1, value=-1), "number of keys: not an integer from 0 to 4294967295"),
    "4,097 keys": (put(3, 0, 1, value=4096), "an offer asks for 1 to 4096 keys"),
    "2^32 keys": (put(3, 0, 1, value=2**32), "number of keys: not an integer from 0 to 4294967295"),
    "a kid twice": (put(3, 1, 0, value=b"kid0"), "kids: the same item twice"),
    "kid of 5 bytes": (put(3, 0, 0, value=b"kid00"), "kid: not 4 bytes"),
    "a third item": (put(3, 0, value=[b"kid0", 1, 0]), "wanted: not an array of 2 items"),
    "a fifth item": (lambda target: target.append(0), "offer: not an array of 4 items"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN_OFFERS.values(), ids=BROKEN_OFFERS.keys())
def test_a_broken_offer(change: Change, sentence: str) -> None:
    data = enrolment.encode_offer(OFFER)
    assert parse_offer(data) == OFFER
    target = cbor.decode(data)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_offer(cbor.encode(target))


def test_an_offer_too_large() -> None:
    with raises(FormatError, "malformed", "an offer has at most 65536 bytes"):
        parse_offer(bytes(65_537))


def proof(typ: str = cose.HOLDER_PROOF, payload: bytes = b"\xf6") -> bytes:
    return sign_message(signer(200), typ, payload)


ANSWER = encode_key_request(KeyRequest(OFFER, (proof(),) * 3, bytes(32)))
BROKEN_ANSWERS: dict[str, tuple[Change, str]] = {
    "another format": (put(0, value=2), "format: not an integer from 1 to 1"),
    "offer null": (put(1, value=None), "offer: not a byte string"),
    "offer as an array": (put(1, value=[]), "offer: not a byte string"),
    "offer broken": (put(1, value=b"\x80"), "offer: not an array of 4 items"),
    "no proofs": (put(2, value=[]), "proofs: not an array of 1 to 4096 items"),
    "a proof missing": (lambda target: target[2].pop(), "an answer has one proof for each key that the offer asks for"),
    "a proof more": (
        lambda target: target[2].append(proof()),
        "an answer has one proof for each key that the offer asks for",
    ),
    "a proof null": (put(2, 0, value=None), "proofs: not a byte string of at most 512 bytes"),
    "a proof that is none": (put(2, 0, value=b"\x80"), "not a COSE_Sign1"),
    "a proof of another type": (
        put(2, 0, value=proof(cose.ATTESTATION)),
        "a message of another type, or with other headers",
    ),
    "a proof of 513 bytes": (
        put(2, 0, value=proof(payload=bytes(400))),
        "proofs: not a byte string of at most 512 bytes",
    ),
    "recovery hash of 33 bytes": (put(3, value=bytes(33)), "recovery hash: not 32 bytes"),
    "a fifth item": (lambda target: target.append(0), "answer: not an array of 4 items"),
}


@pytest.mark.parametrize(("change", "sentence"), BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS.keys())
def test_a_broken_answer(change: Change, sentence: str) -> None:
    target = cbor.decode(ANSWER)
    assert parse_key_request(ANSWER).recovery_hash == bytes(32)
    change(target)
    with raises(FormatError, "malformed", sentence):
        parse_key_request(cbor.encode(target))


def test_an_answer_too_large() -> None:
    with raises(FormatError, "malformed", "an answer has at most 2097152 bytes"):
        parse_key_request(bytes(enrolment.MAX_SIZE + 1))


def test_a_proof_is_for_a_key_of_the_offer() -> None:
    for index in (-1, 3):
        with raises(FormatError, "malformed", "the offer asks for no key of that number"):
            enrolment.proof_payload(OFFER, index)
    payloads = [enrolment.proof_payload(OFFER, index) for index in range(3)]
    assert len(set(payloads)) == 3


CLAIMS = [make_claim(1), make_claim(2, DOCUMENT), make_claim(3, BOTH)]


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
