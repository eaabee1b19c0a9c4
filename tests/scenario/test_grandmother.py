"""A grandmother without a phone: region, platform, printer, a blurred photograph of her paper, and her identity card.

Her neighbour's card does not fit her passes; nor does her pass of tomorrow open a gate today.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.attester import Document, DocumentSeeds, Person
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import parse_claim
from healthpass.formats.document import RESIDENT_ID
from healthpass.formats.text import decode_text
from healthpass.paper import Language, Page, card, parse_zone, passes_of, sheet, to_pdf
from healthpass.trust.document_keys import open_document_keys
from healthpass.trust.signed import open_trust_list
from healthpass.verifier import TrustStore, Verifier
from tests.paper.damage import blurred, read, render
from tests.scenario.country import DAY, DOCUMENT_KEY, NOW, Country

HERS, THEIRS = "11010519491231002X", "440524188001010014"
ZONE = parse_zone("Asia/Shanghai")


def document(number: str) -> Document:
    return Document(RESIDENT_ID, number)


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


@pytest.fixture
def gate(country: Country) -> Verifier:
    """A scanner with a reader of cards: it was given the document key, sealed to it."""
    sealing = SealingKey(bytes(range(32)))
    store = TrustStore(country.roots, sealing_key=sealing)
    store.update_trust_list(country.trust_list, now=NOW)
    keys = country.registrar.deliver_document_keys({b"doc0": DOCUMENT_KEY}, sealing.public_key, version=1, now=NOW)
    store.update_document_keys(keys, now=NOW)
    return Verifier(store)


def passes_for(country: Country, days: int, number: str = HERS) -> list[bytes]:
    """The platform's answer to what the region says of her: it has seen seeds, and no number. Each pass, should it fit
    her neighbour's card too (one in 65,536 does), is asked for again."""
    sealing = SealingKey(bytes(reversed(range(32))))
    delivery = country.registrar.deliver_document_keys({b"doc0": DOCUMENT_KEY}, sealing.public_key, version=2, now=NOW)
    _, _, keys = open_document_keys(delivery, country.content, sealing)
    with document(number) as hers, document(THEIRS if number == HERS else HERS) as other:
        request = country.north.attest_paper(
            country.content, Person("绿", DocumentSeeds(country.content, keys).of(hers)), now=NOW, periods=days
        )
        assert number.encode() not in request
        claims = parse_batch(country.issuer.issue(request, now=NOW))
        fits = any(tag_for(other, each) == parse_claim(each).tag for each in claims)
    return passes_for(country, days, number) if fits else claims


def tag_for(whose: Document, data: bytes) -> bytes:
    claim = parse_claim(data)
    return document_tag(seed_of(whose, DOCUMENT_KEY, claim.exp - DAY, claim.exp), claim.kid, claim.slot)


def printed(country: Country, claims: list[bytes], *, as_card: bool = False) -> Page:
    windows = open_trust_list(country.trust_list, country.roots).windows
    passes = passes_of(claims, windows, now=NOW)
    return (card if as_card else sheet)(passes, Language.shipped("en"), ZONE)


def photographed(page: Page, folder: Path) -> list[str]:
    return read(blurred(render(to_pdf(page), 300, folder), 300))


def refusal(gate: Verifier, text: str, now: int, *documents: Document) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        gate.verify(text, now=now, documents=documents)
    return caught.value.code


def test_her_card_and_her_document(country: Country, gate: Verifier, tmp_path: Path) -> None:
    """A card for tomorrow."""
    (text,) = photographed(printed(country, passes_for(country, 2)[1:], as_card=True), tmp_path)
    begins = NOW - 3600 + DAY
    assert refusal(gate, text, begins - 61, document(HERS)) is RefusalCode.ISSUER_KEY_NOT_VALID
    assert refusal(gate, text, begins, document(THEIRS)) is RefusalCode.DOCUMENT_MISMATCH
    verdict = gate.verify(text, now=begins, documents=[document(HERS)])
    assert (verdict.colors, verdict.expires) == ((Color.GREEN,), begins + DAY)
    assert gate.verify(text, now=begins + DAY + 59, documents=[document(HERS)]) == verdict
    assert refusal(gate, text, begins + DAY + 60, document(HERS)) is RefusalCode.EXPIRED


def test_each_pass_of_her_sheet_is_for_its_day(country: Country, gate: Verifier, tmp_path: Path) -> None:
    days = 4
    texts = photographed(printed(country, passes_for(country, days)), tmp_path)
    starts = {key.window.kid: key.window.valid_from for key in country.windows}
    texts.sort(key=lambda text: starts[decode_text(text)[8:12]])
    assert len(texts) == days
    for day in range(days):
        now = NOW + day * DAY
        assert gate.verify(texts[day], now=now, documents=[document(HERS)]).colors == (Color.GREEN,)
        codes = [refusal(gate, text, now, document(THEIRS)) for text in texts]
        later = [RefusalCode.ISSUER_KEY_NOT_VALID] * (days - 1 - day)
        assert codes == [RefusalCode.EXPIRED] * day + [RefusalCode.DOCUMENT_MISMATCH] + later


def test_her_neighbours_sheet_is_another(country: Country, gate: Verifier, tmp_path: Path) -> None:
    (hers,) = photographed(printed(country, passes_for(country, 1)), tmp_path)
    (theirs,) = photographed(printed(country, passes_for(country, 1, THEIRS)), tmp_path)
    gate.verify(theirs, now=NOW, documents=[document(THEIRS)])
    assert refusal(gate, theirs, NOW, document(HERS)) is RefusalCode.DOCUMENT_MISMATCH
    assert refusal(gate, hers, NOW, document(HERS), document(THEIRS)) is RefusalCode.DOCUMENT_MISMATCH
