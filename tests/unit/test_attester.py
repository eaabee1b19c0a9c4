"""The region: what it offers, whose keys it vouches for, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from healthpass.attester import Attester, DocumentTags, Person
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.recovery import new_recovery_code, recovery_hash
from healthpass.crypto.signer import Signer, open_message, sign_message
from healthpass.errors import AttestationRefused, BadInput, FormatError
from healthpass.formats import attestation as attestation_format
from healthpass.formats import cose
from healthpass.formats.attestation import Attestation, parse_attestation
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.document import OTHER, Document
from healthpass.formats.enrolment import KeyRequest, Offer, encode_key_request, proof_payload
from healthpass.formats.window import Window
from tests.edwards import BASE, SMALL_ORDER, P, add, challenge, encode, multiply, sign
from tests.making import NOW, STRANGER, TOMORROW, WINDOW, signer
from tests.raising import raises

REGION, KEYS = signer(10), [signer(n) for n in range(100, 110)]
ATTESTER = Attester(REGION)
DOCUMENT_KEY = bytes(32)
RECOVERY = bytes(range(32))


def offer_of(windows: Sequence[Window] = (WINDOW, TOMORROW), count: int = 2) -> Offer:
    """The same in every run, unlike `Attester.offer`."""
    return Offer(REGION.public_key, bytes(16), tuple((window.kid, count) for window in windows))


OFFER = offer_of()


def proof(index: int, key: Signer, offer: Offer = OFFER, typ: str = cose.HOLDER_PROOF) -> bytes:
    return sign_message(key, typ, proof_payload(offer, index))


def proofs(offer: Offer = OFFER) -> list[bytes]:
    return [proof(index, KEYS[index], offer) for index in range(len(offer.kids))]


def with_proof(index: int, data: bytes) -> list[bytes]:
    listed = proofs()
    listed[index] = data
    return listed


def answer(listed: list[bytes], offer: Offer = OFFER, recovery: bytes | None = None) -> bytes:
    return encode_key_request(KeyRequest(offer, tuple(listed), recovery))


def person(number: str | None = None, color: str = "green") -> Person:
    """With a document of that number, or without one."""
    if number is None:
        return Person(color)
    return Person(color, lambda kid, key: document_tag(DOCUMENT_KEY, kid, key, "id", number))


def attest(request: bytes, people: Sequence[Person] = (Person("green"),), offer: Offer = OFFER) -> Attestation:
    data = ATTESTER.attest(offer, request, people, now=NOW)
    key, payload = open_message(data, cose.ATTESTATION, attestation_format.MAX_SIZE)
    assert key == REGION.public_key
    return parse_attestation(payload)


def test_an_offer() -> None:
    offer = ATTESTER.offer([WINDOW, TOMORROW], 3)
    assert offer.attester == ATTESTER.public_key == REGION.public_key
    assert offer.wanted == ((WINDOW.kid, 3), (TOMORROW.kid, 3))
    assert offer.kids == (WINDOW.kid,) * 3 + (TOMORROW.kid,) * 3
    assert offer.reference != ATTESTER.offer([WINDOW], 3).reference


@pytest.mark.parametrize(
    ("windows", "count", "sentence"),
    [
        ([], 1, "an offer asks for 1 to 4096 keys"),
        ([WINDOW] * 2, 1, "kids: the same item twice"),
        ([WINDOW], 0, "number of keys: not an integer from 1 to 4096"),
        ([WINDOW, TOMORROW], 2049, "an offer asks for 1 to 4096 keys"),
    ],
)
def test_no_offer(windows: list[Window], count: int, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        ATTESTER.offer(windows, count)


def test_the_largest_offer() -> None:
    assert len(ATTESTER.offer([WINDOW, TOMORROW], 2048).kids) == 4096


def test_one_person_with_a_phone() -> None:
    attestation = attest(answer(proofs()))
    assert (attestation.binding, attestation.colors, attestation.issued) == (DEVICE, ("green",), NOW)
    assert attestation.reference == OFFER.reference
    assert [(grant.kid, grant.holder_key) for grant in attestation.grants] == [
        (kid, key.public_key) for kid, key in zip(OFFER.kids, KEYS, strict=False)
    ]
    assert attestation.recovery_hash is None


def test_one_person_with_a_document() -> None:
    attestation = attest(answer(proofs()), [person("1")])
    assert attestation.binding == BOTH
    for grant in attestation.grants:
        assert grant.tags == (document_tag(DOCUMENT_KEY, grant.kid, grant.holder_key, "id", "1"),)


@pytest.mark.parametrize("count", [2, 8])
def test_a_family(count: int) -> None:
    people = [person(str(n), color) for n, color in zip(range(count), ["green", "yellow"] * 4, strict=False)]
    attestation = attest(answer(proofs()), people)
    assert attestation.colors == tuple(each.color for each in people)
    assert all(grant.tags is not None and len(grant.tags) == count for grant in attestation.grants)
    assert attestation.claims_by_kid()[WINDOW.kid] == 2 * count


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ([], "an attestation is for 1 to 8 people"),
        ([person(), person()], "several people under one holder key need a document tag each"),
        ([person("1"), person()], "document tags: one for each person"),
        ([person(), person("1"), person("2")], "document tags: one for each person"),
        ([person(str(n)) for n in range(9)], "an attestation is for 1 to 8 people"),
        ([person(color="")], "local colour: not a text of 1 to 64 characters"),
        ([person(color="x" * 65)], "local colour: not a text of 1 to 64 characters"),
    ],
    ids=["nobody", "no documents", "one without", "first without", "nine", "no colour", "a long colour"],
)
def test_people_for_whom_there_is_no_attestation(people: list[Person], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        attest(answer(proofs()), people)


@pytest.mark.parametrize("color", ["x", "\u7eff", "x" * 64, "\u7eff" * 64])
def test_the_regions_own_words(color: str) -> None:
    assert attest(answer(proofs()), [person(color=color)]).colors == (color,)


@pytest.mark.parametrize("recovery", [None, RECOVERY])
def test_the_recovery_hash_passes_through(recovery: bytes | None) -> None:
    assert attest(answer(proofs(), recovery=recovery)).recovery_hash == recovery


SECRET, SCALAR = 0x1234567890ABCDEF << 100, 0x0FEDCBA987654321 << 90
R = encode(multiply(SCALAR, BASE))


def by_mixed_key(index: int) -> bytes:
    """A proof whose signature holds, by a key with a part of order two: its challenge is even for every other R."""
    key = encode(add(multiply(SECRET, BASE), SMALL_ORDER[4]))
    payload = proof_payload(OFFER, index)
    message = cose.sign1_signed_part(cose.HOLDER_PROOF, key, payload)
    scalar = next(n for n in range(SCALAR, SCALAR + 99) if challenge(encode(multiply(n, BASE)), key, message) % 2 == 0)
    signature = sign(SECRET, key, message, encode(multiply(scalar, BASE)), scalar)
    data = cose.encode_sign1(cose.HOLDER_PROOF, key, payload, signature)
    assert open_message(data, cose.HOLDER_PROOF, 512)[0] == key
    return data


def by_any_key(key: bytes) -> bytes:
    """A signature with S = r, which holds for every message under a key of order one."""
    signature = R + SCALAR.to_bytes(32, "little")
    return cose.encode_sign1(cose.HOLDER_PROOF, key, proof_payload(OFFER, 1), signature)


OTHER_REFERENCE = Offer(OFFER.attester, b"\x01" * 16, OFFER.wanted)
OTHER_ATTESTER = Offer(STRANGER.public_key, OFFER.reference, OFFER.wanted)
OTHER_KIDS = Offer(OFFER.attester, OFFER.reference, ((TOMORROW.kid, 2), (WINDOW.kid, 2)))
REFUSED: dict[str, tuple[bytes, str]] = {
    "an answer to another reference": (answer(proofs(OTHER_REFERENCE), OTHER_REFERENCE), "other-offer"),
    "an answer to another region": (answer(proofs(OTHER_ATTESTER), OTHER_ATTESTER), "other-offer"),
    "an answer for other windows": (answer(proofs(OTHER_KIDS), OTHER_KIDS), "other-offer"),
    "a proof for another reference": (answer(with_proof(1, proof(1, KEYS[1], OTHER_REFERENCE))), "holder-proof"),
    "a proof for another region": (answer(with_proof(1, proof(1, KEYS[1], OTHER_ATTESTER))), "holder-proof"),
    "a proof for another window": (answer(with_proof(1, proof(1, KEYS[1], OTHER_KIDS))), "holder-proof"),
    "a proof for another index": (answer(with_proof(1, proof(0, KEYS[1]))), "holder-proof"),
    "two proofs exchanged": (answer([*proofs()[1::-1], *proofs()[2:]]), "holder-proof"),
    "a proof signed by another": (
        answer(with_proof(1, proofs()[1].replace(KEYS[1].public_key, STRANGER.public_key))),
        "holder-proof",
    ),
    "a proof that is not signed": (answer(with_proof(1, proofs()[1][:-64] + bytes(64))), "holder-proof"),
    "a key twice": (answer(with_proof(1, proof(1, KEYS[0]))), "repeated-key"),
    "a key twice, under two windows": (answer(with_proof(3, proof(3, KEYS[0]))), "repeated-key"),
    "a key of mixed order": (answer(with_proof(1, by_mixed_key(1))), "weak-key"),
    # libsodium itself takes no signature under these.
    "a key of order 1": (answer(with_proof(1, by_any_key(encode(SMALL_ORDER[0])))), "holder-proof"),
    "a key of order 1, not canonical": (
        answer(with_proof(1, by_any_key((P + 1).to_bytes(32, "little")))),
        "holder-proof",
    ),
}


@pytest.mark.parametrize(("request_", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(request_: bytes, code: str) -> None:
    with pytest.raises(AttestationRefused) as caught:
        attest(request_)
    assert caught.value.code == code
    assert attest(answer(proofs())).grants


def test_an_offer_of_another_region() -> None:
    with pytest.raises(AttestationRefused) as caught:
        attest(answer(proofs(OTHER_ATTESTER), OTHER_ATTESTER), offer=OTHER_ATTESTER)
    assert caught.value.code == "other-attester"


@pytest.mark.parametrize("count", [3, 5])
def test_a_proof_missing_or_extra(count: int) -> None:
    listed = (proofs() * 2)[:count]
    with raises(FormatError, "malformed", "an answer has one proof for each key that the offer asks for"):
        KeyRequest(OFFER, tuple(listed), None)


def test_a_proof_of_another_type_is_no_proof() -> None:
    with raises(FormatError, "malformed", "a message of another type, or with other headers"):
        attest(answer(with_proof(1, proof(1, KEYS[1], typ=cose.ATTESTATION))))


def test_paper() -> None:
    data = ATTESTER.attest_paper([WINDOW, TOMORROW], person("1"), now=NOW, recovery_hash=RECOVERY)
    attestation = parse_attestation(open_message(data, cose.ATTESTATION, 10_000)[1])
    assert (attestation.binding, attestation.recovery_hash) == (DOCUMENT, RECOVERY)
    tag = partial(document_tag, DOCUMENT_KEY, holder_key=None, document_type="id", number="1")
    assert [(grant.kid, grant.tags) for grant in attestation.grants] == [
        (window.kid, (tag(kid=window.kid),)) for window in (WINDOW, TOMORROW)
    ]


@pytest.mark.parametrize(
    ("windows", "sentence"),
    [
        ([], "an attestation has 1 to 4096 grants and at most 8192 claims"),
        ([WINDOW, WINDOW], "kids of a paper pass: the same item twice"),
    ],
    ids=repr,
)
def test_no_paper_for_these_windows(windows: list[Window], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        ATTESTER.attest_paper(windows, person("1"), now=NOW)


def test_no_paper_without_a_document() -> None:
    with raises(FormatError, "malformed", "a grant is bound to a key, a document, or both"):
        ATTESTER.attest_paper([WINDOW], person(), now=NOW)


def test_nobody_is_named() -> None:
    number = "440102199001011234"
    data = ATTESTER.attest(OFFER, answer(proofs()), [person(number)], now=NOW)
    assert number.encode() not in data
    assert repr(person(number)) == "Person(...)"
    with raises(BadInput, "malformed", "CBOR: bytes after the end") as caught:
        attest(b"\x83" + number.encode(), [person(number)])
    assert number not in repr(caught.value)


def test_one_person_is_not_a_family() -> None:
    """Two people whose tags agree for every key have one document."""
    with pytest.raises(AttestationRefused) as caught:
        attest(answer(proofs()), [person("1"), person("2"), person("1")])
    assert caught.value.code == "same-document"
    assert len(attest(answer(proofs()), [person("1"), person("2")]).colors) == 2


def test_one_person_is_not_a_family_even_for_one_showing() -> None:
    """Nor does a family lose its pass because two tags of that one showing agree by chance."""
    offer = offer_of([WINDOW], 1)
    with pytest.raises(AttestationRefused) as caught:
        attest(answer(proofs(offer), offer), [person("1"), person("1")], offer)
    assert caught.value.code == "same-document"
    tags: dict[bytes, str] = {}
    for number in map(str, range(2000)):
        tag = document_tag(DOCUMENT_KEY, WINDOW.kid, KEYS[0].public_key, "id", number)
        if tag in tags:
            break
        tags[tag] = number
    made = attest(answer(proofs(offer), offer), [person(tags[tag]), person(number)], offer)
    assert made.grants[0].tags == (tag, tag)


# ---- Documents and recovery codes of their own --------------------------------------------------------------------

TAGS = DocumentTags([WINDOW, TOMORROW], {b"doc0": DOCUMENT_KEY, b"doc7": bytes(range(32))})


def test_the_tags_of_a_document() -> None:
    with Document(OTHER, "AB 12-34") as document:
        made = attest(answer(proofs()), [Person("green", TAGS.of(document))])
    expected = [(document_tag(DOCUMENT_KEY, grant.kid, grant.holder_key, OTHER, "AB1234"),) for grant in made.grants]
    assert [grant.tags for grant in made.grants] == expected
    assert repr(TAGS) == "DocumentTags(windows=2)"


def test_the_tag_of_a_paper_pass() -> None:
    with Document(OTHER, "AB1234") as document:
        data = ATTESTER.attest_paper([WINDOW], Person("green", TAGS.of(document)), now=NOW)
    grants = parse_attestation(open_message(data, cose.ATTESTATION, attestation_format.MAX_SIZE)[1]).grants
    assert [grant.tags for grant in grants] == [(document_tag(DOCUMENT_KEY, WINDOW.kid, None, OTHER, "AB1234"),)]


OTHER_KEY = Window(b"kid9", KEYS[9].public_key, NOW, NOW + 9, 4, DOCUMENT | BOTH, b"doc9")
NO_KEY = Window(b"kid8", KEYS[8].public_key, NOW, NOW + 9, 4, DEVICE)


@pytest.mark.parametrize("window", [OTHER_KEY, NO_KEY, TOMORROW], ids=["another key", "none", "a window not named"])
def test_no_document_key(window: Window) -> None:
    tags = DocumentTags([WINDOW, OTHER_KEY, NO_KEY], {b"doc0": DOCUMENT_KEY})
    with Document(OTHER, "AB1234") as document, pytest.raises(AttestationRefused) as caught:
        ATTESTER.attest_paper([WINDOW, window], Person("green", tags.of(document)), now=NOW)
    assert caught.value.code == "no-document-key"
    assert "1234" not in str(caught.value)
    assert repr(tags) == "DocumentTags(windows=1)"


def test_a_wiped_document_gives_no_tag() -> None:
    with Document(OTHER, "AB1234") as document:
        someone = Person("green", TAGS.of(document))
    with pytest.raises(ValueError, match="wiped"):
        attest(answer(proofs()), [someone])


def test_a_recovery_code_of_the_persons_own() -> None:
    """In place of the wallet's; without one, the wallet's stands."""
    code = new_recovery_code()
    request = answer(proofs(), recovery=RECOVERY)
    for given, expected in ((recovery_hash(code), recovery_hash(code)), (None, RECOVERY)):
        data = ATTESTER.attest(OFFER, request, [person()], now=NOW, recovery_hash=given)
        made = parse_attestation(open_message(data, cose.ATTESTATION, attestation_format.MAX_SIZE)[1])
        assert made.recovery_hash == expected
    for wrong in (b"", bytes(31), bytes(33)):
        with raises(FormatError, "malformed", "recovery hash: not 32 bytes"):
            ATTESTER.attest(OFFER, request, [person()], now=NOW, recovery_hash=wrong)
