"""A grandmother without a phone: region, platform, printer, a blurred photograph of her paper, and her identity card.

Her neighbour's card does not fit her passes; nor does her pass of tomorrow open a gate today.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.attester import Document, DocumentTags, Person
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.document import RESIDENT_ID
from healthpass.formats.text import decode_text
from healthpass.paper import Language, Page, card, parse_zone, passes_of, sheet, to_pdf
from healthpass.trust.document_keys import open_document_keys
from healthpass.trust.signed import open_trust_list
from healthpass.verifier import TrustStore, Verifier
from tests.paper.damage import blurred, read, render
from tests.scenario.country import DAY, DOCUMENT_KEY, NOW, Country

HERS = "11010519491231002X"
PEOPLE = ("440102193801010019", "440524188001010014")
ZONE = parse_zone("Asia/Shanghai")


def document(number: str) -> Document:
    return Document(RESIDENT_ID, number)


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


@pytest.fixture
def neighbour(country: Country) -> str:
    """Somebody else's number. Kids are random, and one number in 65,536 has the same tag as hers: then the other's."""

    def tags(number: str) -> list[bytes]:
        return [document_tag(DOCUMENT_KEY, key.window.kid, None, RESIDENT_ID, number) for key in country.windows]

    return next(each for each in PEOPLE if not any(a == b for a, b in zip(tags(HERS), tags(each), strict=True)))


@pytest.fixture
def gate(country: Country) -> Verifier:
    """A scanner with a reader of cards: it was given the document key, sealed to it."""
    sealing = SealingKey(bytes(range(32)))
    store = TrustStore(country.roots, sealing_key=sealing)
    store.update_trust_list(country.trust_list, now=NOW)
    keys = country.registrar.deliver_document_keys({b"doc0": DOCUMENT_KEY}, sealing.public_key, version=1, now=NOW)
    store.update_document_keys(keys, now=NOW)
    return Verifier(store)


def batch_for(country: Country, days: int, number: str = HERS, first: int = 0) -> bytes:
    """The platform's answer to what the region says of her: it has seen tags, and no number."""
    sealing = SealingKey(bytes(reversed(range(32))))
    delivery = country.registrar.deliver_document_keys({b"doc0": DOCUMENT_KEY}, sealing.public_key, version=2, now=NOW)
    _, _, keys = open_document_keys(delivery, country.content, sealing)
    windows = country.issuer.offered(now=NOW)[first : first + days]
    assert len(windows) == days
    with document(number) as hers:
        tags = DocumentTags(windows, keys)
        attestation = country.north.attest_paper(windows, Person("绿", tags.of(hers)), now=NOW)
    assert number.encode() not in attestation
    return encode_batch(country.issuer.issue(attestation, now=NOW))


def printed(country: Country, batch: bytes, *, as_card: bool = False) -> Page:
    windows = open_trust_list(country.trust_list, country.roots).windows
    passes = passes_of(parse_batch(batch), windows, now=NOW)
    return (card if as_card else sheet)(passes, Language.shipped("en"), ZONE)


def photographed(page: Page, folder: Path) -> list[str]:
    return read(blurred(render(to_pdf(page), 300, folder), 300))


def refusal(gate: Verifier, text: str, now: int, *documents: Document) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        gate.verify(text, now=now, documents=documents)
    return caught.value.code


def test_her_card_and_her_document(country: Country, gate: Verifier, neighbour: str, tmp_path: Path) -> None:
    """A card for tomorrow."""
    (text,) = photographed(printed(country, batch_for(country, 1, first=1), as_card=True), tmp_path)
    begins = country.issuer.offered(now=NOW)[1].valid_from
    assert refusal(gate, text, begins - 1, document(HERS)) is RefusalCode.ISSUER_KEY_NOT_VALID
    assert refusal(gate, text, begins, document(neighbour)) is RefusalCode.DOCUMENT_MISMATCH
    verdict = gate.verify(text, now=begins, documents=[document(HERS)])
    assert (verdict.colors, verdict.expires) == ((Color.GREEN,), begins + DAY)
    assert gate.verify(text, now=begins + DAY - 1, documents=[document(HERS)]) == verdict
    assert refusal(gate, text, begins + DAY, document(HERS)) is RefusalCode.EXPIRED


def test_each_pass_of_her_sheet_is_for_its_day(
    country: Country, gate: Verifier, neighbour: str, tmp_path: Path
) -> None:
    days = 4
    texts = photographed(printed(country, batch_for(country, days)), tmp_path)
    starts = {window.kid: window.valid_from for window in country.issuer.offered(now=NOW)}
    texts.sort(key=lambda text: starts[decode_text(text)[8:12]])
    assert len(texts) == days
    for day in range(days):
        now = NOW + day * DAY
        assert gate.verify(texts[day], now=now, documents=[document(HERS)]).colors == (Color.GREEN,)
        codes = [refusal(gate, text, now, document(neighbour)) for text in texts]
        later = [RefusalCode.ISSUER_KEY_NOT_VALID] * (days - 1 - day)
        assert codes == [RefusalCode.EXPIRED] * day + [RefusalCode.DOCUMENT_MISMATCH] + later


def test_her_neighbours_sheet_is_another(country: Country, gate: Verifier, neighbour: str, tmp_path: Path) -> None:
    (hers,) = photographed(printed(country, batch_for(country, 1)), tmp_path)
    (theirs,) = photographed(printed(country, batch_for(country, 1, neighbour)), tmp_path)
    gate.verify(theirs, now=NOW, documents=[document(neighbour)])
    assert refusal(gate, theirs, NOW, document(HERS)) is RefusalCode.DOCUMENT_MISMATCH
    assert refusal(gate, hers, NOW, document(HERS), document(neighbour)) is RefusalCode.DOCUMENT_MISMATCH
