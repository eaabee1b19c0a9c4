"""A country whose gates compare documents: the registrar delivers document keys to a region and to scanners."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Decision, RefusalCode, Refused, Verdict
from healthpass.attester import DocumentSeeds, Person
from healthpass.crypto.sealing import SealingKey
from healthpass.formats.document import Document
from healthpass.issuer import RevocationPublisher
from healthpass.trust.document_keys import check_document_keys_update
from healthpass.verifier import TrustStore, Verifier
from tests.making import PLACE
from tests.placing import everywhere
from tests.scenario.country import DOCUMENT_KEY, NOW, Country
from tests.scenario.revoking import REVOKER, Newest
from tests.shelf import Shelf

KEYS = {b"doc0": DOCUMENT_KEY}


class WithDocuments(Country):
    """Documents are asked for everywhere; a showing may be for no place.

    Attributes:
        seeds: the northern region's way from a document to its seeds, with the keys that were delivered to it.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, everywhere(admitted=1, assisted=2, documents=3, audience=False))
        kids = tuple(key.window.kid for key in self.windows)
        self.next_list(change=lambda builder: builder.set_revocation_keys({REVOKER.public_key: kids}))
        self.publisher = RevocationPublisher(self.windows, self.ledger, REVOKER, Shelf(), Newest(self))
        region = SealingKey()
        data = self.registrar.deliver_document_keys(KEYS, region.public_key, version=1, now=NOW)
        _, keys, _ = check_document_keys_update(data, self.content, region, {}, NOW)
        self.seeds = DocumentSeeds(self.content, keys)

    def person(self, color: str, document: Document) -> Person:
        """Somebody whose document the region has looked at."""
        return Person(color, self.seeds.of(document))

    def gate(self, name: str = "gate") -> Verifier:
        """A scanner at a place, with a reader, and with all that is published now."""
        sealing_key = SealingKey()
        store = TrustStore.open(self.folder / name, roots=self.roots, sealing_key=sealing_key)
        store.update_trust_list(self.trust_list, now=NOW)
        store.update_area_table(self.next_table(), now=NOW)
        snapshot, filters = self.publisher.snapshot(NOW)
        store.update_revocation(snapshot, now=NOW, fetch=filters.__getitem__)
        keys = self.registrar.deliver_document_keys(KEYS, sealing_key.public_key, version=1, now=NOW)
        store.update_document_keys(keys, now=NOW)
        return Verifier(store, place=self.poster(place_id=PLACE))


def shows(verifier: Verifier, text: str, *documents: Document, now: int = NOW) -> Verdict:
    """It is accepted with these documents."""
    return verifier.verify(text, now=now, documents=documents)


def decided(verifier: Verifier, text: str, *documents: Document, now: int = NOW) -> tuple[Decision, Verdict]:
    """What happens to people whose pass is accepted with these documents, and the verdict."""
    outcome = verifier.decide(text, now=now, documents=documents)
    assert outcome.verdict is not None
    return outcome.decision, outcome.verdict


def assert_refused(
    verifier: Verifier, text: str, code: RefusalCode, *documents: Document, index: int | None = None
) -> None:
    """It is refused with this code and index."""
    with pytest.raises(Refused) as caught:
        verifier.verify(text, now=NOW, documents=documents)
    assert (caught.value.code.name, caught.value.index) == (code.name, index)
