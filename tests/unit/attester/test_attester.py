"""The region: what it vouches for, and for whom. It reads none of what a wallet has sealed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from healthpass.attester import Attester, DocumentSeeds, Person
from healthpass.attester.attester import _seeds
from healthpass.crypto.commitment import commitment
from healthpass.crypto.document_tag import document_seed, seed_of
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.recovery import new_recovery_code, recovery_hash
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import AttestationRefused, BadInput, FormatError
from healthpass.formats import attestation as attestation_format
from healthpass.formats import cose
from healthpass.formats.attestation import Attestation, IssueRequest, parse_attestation, parse_issue_request
from healthpass.formats.claim import Binding
from healthpass.formats.document import OTHER, Document
from healthpass.formats.enrolment import (
    KeyRequest,
    Opening,
    encode_key_request,
    encode_offer,
    encode_opening,
    parse_key_request,
    parse_offer,
)
from healthpass.formats.period import Period
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.trust.signed import open_signed
from tests.documents import AnySeeds
from tests.making import (
    DAY,
    NOW,
    PLATFORM,
    SEALING,
    STRANGER,
    TOMORROW,
    WINDOW,
    make_trust_list,
    sealing_key,
    signer,
)
from tests.raising import raises

REGION, KEYS = signer(10), [signer(n) for n in range(100, 120)]
ATTESTER = Attester(REGION)
DOCUMENT_KEY = bytes(32)
RECOVERY = bytes(range(32))
LIST = make_trust_list()
TODAY, NEXT_DAY = (WINDOW.valid_from, WINDOW.expires), (TOMORROW.valid_from, TOMORROW.expires)


def offer_of(people: int = 1, periods: int = 2, binding: Binding = Binding.DEVICE, **more: Any) -> bytes:
    given: dict[str, Any] = {"now": NOW, "people": people, "periods": periods, "binding": binding, **more}
    return ATTESTER.offer(LIST, **({"keys_per_period": 8} | given))


def answer(offer: bytes, sealed_to: SealingKey | None = None, **more: Any) -> bytes:
    """A wallet's answer; `more` is what a test wants to be different."""
    periods = parse_offer(offer).periods
    keys = iter([key.public_key for key in KEYS])
    opening = encode_opening(
        Opening(bytes(32), bytes(32), tuple(tuple(next(keys) for _ in range(each.count)) for each in periods), None)
    )
    key = (sealed_to or sealing_key()).public_key
    values: dict[str, Any] = {
        "offer": offer,
        "commitment": commitment(offer, opening),
        "sealing_key": key,
        "sealed_opening": seal_padded(key, opening),
        **more,
    }
    return encode_key_request(KeyRequest(**values))


def person(number: str | None = None, color: str = "green") -> Person:
    """With a document of that number, or without one."""
    if number is None:
        return Person(color)
    return Person(color, AnySeeds(lambda start, end: seed(number, start, end)))


def seed(number: str, start: int, end: int) -> bytes:
    return document_seed(DOCUMENT_KEY, start, end, "id", number)


def content_of(request: bytes) -> Attestation:
    message = open_signed(parse_issue_request(request).attestation, cose.ATTESTATION, attestation_format.MAX_SIZE)
    key, payload = message.key, message.payload
    assert key == REGION.public_key
    return parse_attestation(payload)


def attest(offer: bytes, people: Sequence[Person] = (Person("green"),), **more: Any) -> bytes:
    given: dict[str, Any] = {"now": NOW, "trust_list": LIST, **more}
    return ATTESTER.attest(offer, given.pop("request", None) or answer(offer), people, **given)


# ---- Attestations --------------------------------------------------------------------------------------------------


def test_one_person_with_a_phone() -> None:
    offer = offer_of()
    request = answer(offer)
    made = attest(offer, request=request)
    parsed, sent = parse_issue_request(made), answer_of(request)
    assert (parsed.sealing_key, parsed.sealed_opening) == (SEALING.key, sent.sealed_opening)
    content = content_of(made)
    assert (content.binding, content.colors, content.issued) == (Binding.DEVICE, ("green",), NOW)
    assert content.offer(REGION.public_key) == parse_offer(offer)
    assert (content.seeds, content.commitment, content.recovery_hash) == (None, sent.commitment, None)
    assert ATTESTER.reference(made) == parse_offer(offer).reference


def answer_of(request: bytes) -> KeyRequest:
    return parse_key_request(request)


def test_one_person_with_a_document() -> None:
    content = content_of(attest(offer_of(binding=Binding.BOTH), [person("1")]))
    assert content.binding == Binding.BOTH
    assert content.seeds == ((seed("1", *TODAY), seed("1", *NEXT_DAY)),)


@pytest.mark.parametrize("count", [2, 8])
def test_a_family(count: int) -> None:
    people = [person(str(n), color) for n, color in zip(range(count), ["green", "yellow"] * 4, strict=False)]
    content = content_of(attest(offer_of(count, binding=Binding.BOTH), people))
    assert content.colors == tuple(each.color for each in people)
    assert content.seeds == tuple((seed(str(n), *TODAY), seed(str(n), *NEXT_DAY)) for n in range(count))
    assert content.claims == 16 * count


@pytest.mark.parametrize(
    ("offered", "people", "sentence"),
    [
        ((1, 2, Binding.DEVICE), [], "the offer was for another number of people"),
        ((1, 2, Binding.DEVICE), [person(), person()], "the offer was for another number of people"),
        ((2, 2, Binding.BOTH), [person("1")], "the offer was for another number of people"),
        ((1, 2, Binding.BOTH), [person()], "seeds: there exactly if passes are bound to documents"),
        ((1, 2, Binding.DEVICE), [person("1")], "seeds: there exactly if passes are bound to documents"),
        ((2, 2, Binding.BOTH), [person("1"), person()], "seeds: some for each person"),
        ((1, 2, Binding.DEVICE), [person(color="")], "local colour: not a text of 1 to 64 characters"),
        ((1, 2, Binding.DEVICE), [person(color="x" * 65)], "local colour: not a text of 1 to 64 characters"),
    ],
    ids=["nobody", "two", "one of two", "no document", "a document", "one without", "no colour", "a long colour"],
)
def test_people_for_whom_there_is_no_attestation(
    offered: tuple[int, int, Binding], people: list[Person], sentence: str
) -> None:
    with raises(FormatError, "malformed", sentence):
        attest(offer_of(*offered), people)


@pytest.mark.parametrize("color", ["x", "\u7eff", "x" * 64, "\u7eff" * 64])
def test_the_regions_own_words(color: str) -> None:
    assert content_of(attest(offer_of(), [person(color=color)])).colors == (color,)


def test_the_region_passes_on_what_it_cannot_read() -> None:
    """Whatever is in the sealed bytes and the commitment: those are the platform's to judge."""
    offer = offer_of()
    request = answer(offer, commitment=bytes(32), sealed_opening=b"anything")
    made = attest(offer, request=request)
    assert parse_issue_request(made).sealed_opening == b"anything"
    assert content_of(made).commitment == bytes(32)


OTHER_SEAL = SealingKey(b"\x07" * 32)


def with_keys(*keys: SealingKeyEntry) -> TrustList:
    return make_trust_list(platforms=[Platform(PLATFORM, (WINDOW.kid, TOMORROW.kid), keys)])


REFUSED: dict[str, tuple[Callable[[bytes], bytes], TrustList, str, str]] = {
    "an answer to another offer": (
        lambda _: answer(offer_of()),
        LIST,
        "other-offer",
        "the wallet answers another offer; bring it together with its own",
    ),
    "sealed to a key that is not listed": (
        lambda offer: answer(offer, OTHER_SEAL),
        LIST,
        "sealing-key-over",
        "the wallet has sealed to a key that is over or not listed: send it a new offer with the newest trust list",
    ),
    "sealed to a key that is listed no longer": (
        answer,
        with_keys(SealingKeyEntry(OTHER_SEAL.public_key, NOW - 60, NOW + DAY)),
        "sealing-key-over",
        "the wallet has sealed to a key that is over or not listed: send it a new offer with the newest trust list",
    ),
    "sealed to a key that is over": (
        answer,
        with_keys(SealingKeyEntry(SEALING.key, NOW - DAY, NOW)),
        "sealing-key-over",
        "the wallet has sealed to a key that is over or not listed: send it a new offer with the newest trust list",
    ),
    "a platform that is no longer listed": (
        answer,
        make_trust_list(platforms=[Platform("other", (WINDOW.kid, TOMORROW.kid), (SEALING,))]),
        "unknown-platform",
        "the trust list has no such platform: fetch the newest list",
    ),
}


@pytest.mark.parametrize(("request_", "listed", "code", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(request_: Callable[[bytes], bytes], listed: TrustList, code: str, sentence: str) -> None:
    offer = offer_of()
    with raises(AttestationRefused, code, sentence):
        attest(offer, request=request_(offer), trust_list=listed)
    assert attest(offer)  # the honest one is taken after it


def test_a_key_counts_to_its_last_second() -> None:
    offer = offer_of()
    listed = with_keys(SealingKeyEntry(SEALING.key, NOW - DAY, NOW + 1))
    assert attest(offer, trust_list=listed)


def test_an_answer_with_anything_else_in_its_offer() -> None:
    """More showings, other people, another platform: what the wallet has answered is compared byte for byte."""
    offer = offer_of()
    content = parse_offer(offer)
    for changed in (
        replace(content, platform="other"),
        replace(content, binding=Binding.BOTH),
        replace(content, periods=content.periods[:1]),
        replace(content, periods=(Period(*TODAY, 9), content.periods[1])),
    ):
        with raises(
            AttestationRefused, "other-offer", "the wallet answers another offer; bring it together with its own"
        ):
            attest(offer, request=answer(encode_offer(changed)))


def test_an_offer_of_another_region() -> None:
    offer = Attester(STRANGER).offer(LIST, now=NOW, keys_per_period=8)
    with raises(
        AttestationRefused, "other-attester", "the offer was made with another region's key; take it to that region"
    ):
        attest(offer)


def test_paper() -> None:
    data = ATTESTER.attest_paper(LIST, person("1"), now=NOW, periods=2, recovery_hash=RECOVERY)
    parsed = parse_issue_request(data)
    assert (parsed.sealing_key, parsed.sealed_opening) == (None, None)
    content = content_of(data)
    assert (content.binding, content.recovery_hash, content.commitment) == (Binding.DOCUMENT, RECOVERY, None)
    assert content.periods == (Period(*TODAY, 1), Period(*NEXT_DAY, 1))
    assert content.seeds == ((seed("1", *TODAY), seed("1", *NEXT_DAY)),)


ONLY_PHONES = Window(b"kid0", WINDOW.key, *TODAY, 64, Binding.DEVICE)


def test_no_paper_where_no_window_takes_it() -> None:
    with raises(AttestationRefused, "no-period", "the trust list has no period for such passes: fetch a newer one"):
        ATTESTER.attest_paper(make_trust_list(windows=[ONLY_PHONES]), person("1"), now=NOW)


def test_no_paper_without_a_document() -> None:
    with raises(FormatError, "malformed", "seeds: there exactly if passes are bound to documents"):
        ATTESTER.attest_paper(LIST, person(), now=NOW)


def test_nobody_is_named() -> None:
    number = "440102199001011234"
    offer = offer_of(binding=Binding.BOTH)
    data = attest(offer, [person(number)])
    assert number.encode() not in data
    assert repr(person(number)) == "Person(...)"
    with raises(BadInput, "malformed", "CBOR: bytes after the end") as caught:
        attest(offer, [person(number)], request=b"\x83" + number.encode())
    assert number not in repr(caught.value)


def test_one_person_is_not_a_family() -> None:
    """Two people with equal seeds have one document."""
    offer = offer_of(3, binding=Binding.BOTH)
    with raises(
        AttestationRefused, "same-document", "two of the people have the same document; vouch for each with their own"
    ):
        attest(offer, [person("1"), person("2"), person("1")])
    assert len(content_of(attest(offer, [person("1"), person("2"), person("3")])).colors) == 3


def test_one_person_is_not_a_family_even_if_one_period_differs() -> None:
    """A seed that agrees in one period is enough: no two documents have one."""
    twin = Person("green", AnySeeds(lambda start, end: seed("1" if start == TODAY[0] else "2", start, end)))
    with raises(
        AttestationRefused, "same-document", "two of the people have the same document; vouch for each with their own"
    ):
        attest(offer_of(2, binding=Binding.BOTH), [person("1"), twin])


# ---- What takes passes back ----------------------------------------------------------------------------------------


def test_the_reference_of_another_regions_request() -> None:
    made = Attester(STRANGER).attest_paper(LIST, person("1"), now=NOW)
    with raises(
        AttestationRefused,
        "other-attester",
        "the attestation was made with another region's key; take it to that region",
    ):
        ATTESTER.reference(made)
    with raises(FormatError, "malformed", "CBOR: cut short"):
        ATTESTER.reference(b"")
    assert len(Attester(STRANGER).reference(made)) == 16


# ---- Documents and recovery codes of their own ---------------------------------------------------------------------

SEEDS = DocumentSeeds(LIST, {b"doc0": DOCUMENT_KEY, b"doc7": bytes(range(32))})


def test_the_seeds_of_a_document() -> None:
    with Document(OTHER, "AB 12-34") as document:
        content = content_of(attest(offer_of(binding=Binding.BOTH), [Person("green", SEEDS.of(document))]))
    expected = tuple(document_seed(DOCUMENT_KEY, *bounds, OTHER, "AB1234") for bounds in (TODAY, NEXT_DAY))
    assert content.seeds == (expected,)
    assert repr(SEEDS) == "DocumentSeeds(periods=2)"


OTHER_KEY = Window(b"kid9", KEYS[9].public_key, *NEXT_DAY, 4, Binding.DOCUMENT | Binding.BOTH, b"doc9")
NO_KEY = Window(b"kid8", KEYS[8].public_key, *NEXT_DAY, 4, Binding.DEVICE)


@pytest.mark.parametrize(("listed", "bounds"), [
    (make_trust_list(windows=[WINDOW, OTHER_KEY]), NEXT_DAY),
    (make_trust_list(windows=[WINDOW, NO_KEY]), NEXT_DAY),
    (LIST, (WINDOW.valid_from, WINDOW.expires - 1)),
], ids=["another key", "none", "no such period"])  # fmt: skip
def test_no_document_key(listed: TrustList, bounds: tuple[int, int]) -> None:
    seeds = DocumentSeeds(listed, {b"doc0": DOCUMENT_KEY})
    with Document(OTHER, "AB1234") as document:
        person = Person("green", seeds.of(document))
    with raises(AttestationRefused, "no-document-key", "the document key of a period is not here: fetch the keys"):
        _seeds([person], [Period(*bounds, 1)])


def test_seeds_are_data_and_the_document_is_needed_no_more() -> None:
    seeds = DocumentSeeds(LIST, {b"doc0": DOCUMENT_KEY})
    with Document(OTHER, "AB1234") as document:
        of_document = seeds.of(document)
        assert of_document == {bounds: seed_of(document, DOCUMENT_KEY, *bounds) for bounds in (TODAY, NEXT_DAY)}
    request = ATTESTER.attest_paper(LIST, Person("green", of_document), now=NOW)
    assert content_of(request).seeds == ((of_document[TODAY],),)
    with pytest.raises(ValueError, match="the document was wiped: read it again"):
        seeds.of(document)


def test_no_seeds_where_the_windows_of_a_period_differ() -> None:
    """Else a person whose pass falls under the other kid would fit no document."""
    other = Window(b"kid9", KEYS[9].public_key, *TODAY, WINDOW.capacity, WINDOW.bindings, b"doc9")
    listed = make_trust_list(windows=[WINDOW, other])
    with pytest.raises(FormatError) as caught:
        DocumentSeeds(listed, {b"doc0": DOCUMENT_KEY, b"doc9": DOCUMENT_KEY})
    assert caught.value.code == "unequal-windows"


def test_a_recovery_code_of_the_persons_own() -> None:
    """Beside the wallet's, which the region cannot see."""
    given = recovery_hash(new_recovery_code(), b"\x00\x01")
    for code_hash in (given, None):
        assert content_of(attest(offer_of(), recovery_hash=code_hash)).recovery_hash == code_hash
    for wrong in (b"", bytes(31), bytes(33)):
        with raises(FormatError, "malformed", "recovery hash: not 32 bytes"):
            attest(offer_of(), recovery_hash=wrong)


def test_the_largest_requests_fit() -> None:
    """64 periods, eight people, the longest words, 4,096 keys."""
    windows = [
        Window(
            n.to_bytes(4, "big"),
            signer(3000 + n).public_key,
            NOW + n * DAY,
            NOW + (n + 1) * DAY,
            4**7,
            Binding.BOTH,
            b"doc0",
        )
        for n in range(64)
    ]
    listed = make_trust_list(windows=windows)
    offer = ATTESTER.offer(listed, now=NOW, binding=Binding.BOTH, people=8, periods=64, keys_per_period=16)
    assert len(offer) <= 2048
    people = [person(str(n), "\u7eff" * 64) for n in range(8)]
    request = encode_key_request(KeyRequest(offer, bytes(32), SEALING.key, bytes(262_144)))
    made = ATTESTER.attest(offer, request, people, now=NOW, trust_list=listed)
    assert len(request) <= 300_000
    assert len(made) <= 300_000
    assert isinstance(parse_issue_request(made), IssueRequest)
