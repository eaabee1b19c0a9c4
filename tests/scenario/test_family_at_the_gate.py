"""Several people on one phone, through the real roles: those who are there, each with a document of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from healthpass import Color, Decision, RefusalCode
from healthpass.attester import Person
from healthpass.crypto.signer import open_message, sign_message
from healthpass.errors import AttestationRefused, FormatError, WalletError
from healthpass.formats.attestation import (
    MAX_SIZE,
    encode_attestation,
    encode_issue_request,
    parse_attestation,
    parse_issue_request,
)
from healthpass.formats.cose import ATTESTATION
from healthpass.formats.document import Document
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text, encode_text
from healthpass.holder import Wallet
from healthpass.verifier import needs_documents
from tests.documents import document, grandmother, neighbour
from tests.making import NONCE, PLACE, signer
from tests.raising import raises
from tests.scenario.country import NOW
from tests.scenario.with_documents import WithDocuments, assert_refused, decided, shows

WORDS = ["绿", "黄", "绿", "红", "绿", "绿", "黄", "绿"]
COLORS = {"绿": Color.GREEN, "黄": Color.YELLOW, "红": Color.RED}
GROUP_OF_THREE = 430
"""Bytes that a presentation of three people has at most."""


@pytest.fixture
def country(tmp_path: Path) -> WithDocuments:
    return WithDocuments(tmp_path)


def family_of(country: WithDocuments, size: int, showings: int = 30) -> tuple[Wallet, list[Document]]:
    """A phone with passes of so many people, and their documents."""
    wallet, documents = country.wallet(), [document(n) for n in range(size)]
    people = [country.person(word, each) for word, each in zip(WORDS, documents, strict=False)]
    country.enrol(wallet, people, showings=showings)
    return wallet, documents


def shown(wallet: Wallet, *people: int) -> str:
    return wallet.present(now=NOW, people=people or None, anywhere=True).text


@pytest.mark.parametrize("size", range(2, 9))
def test_a_family_of(size: int, country: WithDocuments) -> None:
    wallet, documents = family_of(country, size, showings=8)
    gate = country.gate()
    for order in (documents, documents[::-1]):
        text = shown(wallet)
        assert needs_documents(text) == (True,) * size
        decision, verdict = decided(gate, text, *order)
        assert verdict.colors == tuple(COLORS[word] for word in WORDS[:size])
        assert decision is (Decision.ASSIST if size < 4 else Decision.REFUSE)


def test_those_who_are_there(country: WithDocuments) -> None:
    """And nothing of the others: neither a claim nor a document."""
    wallet, documents = family_of(country, 8)
    gate = country.gate()
    for people in ((0, 2, 4), (1,), (7,), (3, 6), (0, 1, 2, 3, 4, 5, 6, 7)):
        text = shown(wallet, *people)
        assert len(parse_presentation(decode_text(text)).claims) == len(needs_documents(text)) == len(people)
        decision, verdict = decided(gate, text, *(documents[n] for n in people))
        assert verdict.colors == tuple(COLORS[WORDS[n]] for n in people)
        if people == (0, 2, 4):
            assert decision is Decision.ADMIT
    assert_refused(gate, shown(wallet, 0, 2), RefusalCode.DOCUMENT_MISMATCH, documents[0], documents[1], index=1)


@pytest.mark.parametrize("people", [[8], [-1], [0, 0], [1, 0], [0, 8], []])
def test_people_who_are_not_in_it(people: list[int], country: WithDocuments) -> None:
    wallet, _ = family_of(country, 8, showings=8)
    with pytest.raises(WalletError) as caught:
        wallet.present(now=NOW, people=people, anywhere=True)
    assert caught.value.code == "no-such-people"
    assert wallet.unused(now=NOW) == 8, "nothing has been shown"


def test_wrong_missing_twice_and_then_right(country: WithDocuments) -> None:
    """One showing all along: what was refused is not remembered, and the right documents are then taken."""
    wallet, documents = family_of(country, 3)
    mother, father, child = documents
    gate, text = country.gate(), shown(wallet)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, index=0)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, mother, father, index=2)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, child, mother, index=1)
    assert_refused(gate, text, RefusalCode.DOCUMENT_MISMATCH, mother, neighbour(), child, index=1)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, mother, mother, child, index=1)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, mother, mother, mother, index=1)
    assert_refused(gate, text, RefusalCode.DOCUMENT_MISMATCH, mother, father, child, neighbour())
    assert shows(gate, text, child, father, mother, now=NOW + 60).colors == (Color.GREEN, Color.YELLOW, Color.GREEN)
    assert_refused(gate, text, RefusalCode.REPLAYED, *documents)


def test_one_green_person_cannot_make_eight(country: WithDocuments) -> None:
    """The region lists them with one document: refused; and by the platform, should a region not care."""
    offer = country.offer(8, documents=True)
    answer = country.wallet(3).answer(offer, now=NOW)
    with pytest.raises(AttestationRefused) as caught:
        country.vouch(offer, answer, [country.person("绿", grandmother()) for _ in range(8)])
    assert caught.value.code == "same-document"
    people = [country.person("绿", grandmother()), *(country.person("绿", document(n)) for n in range(7))]
    honest = parse_issue_request(country.vouch(offer, answer, people))
    content = parse_attestation(open_message(honest.attestation, ATTESTATION, MAX_SIZE)[1])
    seeds = content.seeds or ()
    careless = replace(content, seeds=(*seeds[:7], seeds[0]))
    signed = sign_message(signer(111), ATTESTATION, encode_attestation(careless))
    with pytest.raises(AttestationRefused) as caught:
        country.issuer.issue(encode_issue_request(replace(honest, attestation=signed)), now=NOW)
    assert caught.value.code == "same-document"


def test_eight_people_on_one_card_are_stopped_at_the_gate(country: WithDocuments) -> None:
    """Should a region make up seven documents, nobody has them to show."""
    wallet, documents = family_of(country, 8)
    gate, text = country.gate(), shown(wallet)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, documents[0], index=1)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED, *[documents[0]] * 8, index=1)


def test_two_attestations_make_no_family(country: WithDocuments) -> None:
    """Keys that the platform has signed for one person are not signed for others."""
    offer = country.offer(documents=True)
    answer = country.wallet(3).answer(offer, now=NOW)
    country.issuer.issue(country.vouch(offer, answer, [country.person("绿", grandmother())]), now=NOW)
    with pytest.raises(AttestationRefused) as caught:
        country.issuer.issue(country.vouch(offer, answer, [country.person("绿", neighbour())]), now=NOW)
    assert caught.value.code == "other-content"


def test_nine_people_or_one_without_a_document_are_no_family(country: WithDocuments) -> None:
    with raises(FormatError, "malformed", "1 to 8 people"):
        country.offer(9, documents=True)
    with raises(FormatError, "malformed", "several people under one holder key need a document each"):
        country.offer(2)
    offer = country.offer(2, documents=True)
    answer = country.wallet(3).answer(offer, now=NOW)
    nine = [country.person("绿", document(n)) for n in range(9)]
    mixed = [country.person("绿", document(1)), Person("绿")]
    for people in (nine, mixed, [Person("绿"), Person("绿")]):
        with raises(
            FormatError,
            "malformed",
            "the offer was for another number of people",
            "seeds: some for each person",
            "seeds: there exactly if passes are bound to documents",
        ):
            country.vouch(offer, answer, people)


def test_the_size_of_a_group(country: WithDocuments) -> None:
    """Made for a place and in answer to a challenge, too."""
    wallet, documents = family_of(country, 3)
    poster = country.poster(place_id=PLACE)
    plain, placed = shown(wallet), wallet.present(now=NOW, place=poster).text
    challenged = wallet.present(now=NOW, place=poster, nonce=NONCE).text
    assert len(decode_text(plain)) < len(decode_text(placed)) < len(decode_text(challenged)) <= GROUP_OF_THREE
    verdict = country.gate().verify(challenged, now=NOW, nonce=NONCE, documents=documents)
    assert verdict.colors == (Color.GREEN, Color.YELLOW, Color.GREEN)


def test_a_paper_pass_and_a_phone_at_one_gate(country: WithDocuments) -> None:
    """A grandfather with a paper pass behind a family: each by what they have."""
    with grandmother() as card:
        (claim,) = country.paper(country.person("绿", card))
    gate, text = country.gate(), encode_text(claim)
    wallet, documents = family_of(country, 2)
    for _ in range(2):  # a paper pass may be shown again
        assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED)
        assert_refused(gate, text, RefusalCode.DOCUMENT_MISMATCH, documents[0])
        assert shows(gate, text, grandmother()).colors == (Color.GREEN,)
        assert shows(gate, shown(wallet), *documents).colors == (Color.GREEN, Color.YELLOW)
