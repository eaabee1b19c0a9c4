"""What the platform learns together with others: with a scanner, with a document key, with a region. Each time what
they can do is done here, beside what they cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from healthpass.crypto.document_tag import document_seed, document_tag
from healthpass.crypto.envelope import open_padded
from healthpass.errors import AttestationRefused
from healthpass.formats.attestation import parse_issue_request
from healthpass.formats.claim import Claim
from healthpass.formats.enrolment import parse_opening
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text
from tests.issuing import attestation_of
from tests.scenario.country import DAY, DOCUMENT_KEY, NOW, Country, person

START, END = NOW - 3600, NOW - 3600 + DAY
PEOPLE = 20_000
"""Whose document numbers somebody with the document key tries."""


def seeds_of(start: int = START, end: int = END) -> dict[bytes, int]:
    """Everybody's seed for a period."""
    return {document_seed(DOCUMENT_KEY, start, end, "id", str(number)): number for number in range(PEOPLE)}


@dataclass
class Enrolled:
    """One person's enrolment: what the region sent, and what scanners saw."""

    region: bytes
    request: bytes
    shown: list[Claim]

    @property
    def reference(self) -> bytes:
        return attestation_of(self.request).reference


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def enrolled(country: Country, number: int, document: str | None = None, *, south: bool = False) -> Enrolled:
    wallet = country.wallet(300 + number)
    region = country.south if south else country.north
    request = country.enrol(wallet, [person("low" if south else "绿", document)], region=region)
    texts = [wallet.present(now=NOW + 60 * n, anywhere=True).text for n in range(3)]
    return Enrolled(region.public_key, request, [parse_presentation(decode_text(text)).claims[0] for text in texts])


def attestation_behind(country: Country, claim: Claim) -> tuple[bytes, bytes]:
    """Region and reference of the attestation that a claim came of, by the platform's secrets and its ledger."""
    key = country.windows.get(claim.kid)
    assert key is not None
    number = key.slots.number(claim.slot)
    ((region, reference),) = country.ledger._db.execute(
        "SELECT key, reference FROM entries JOIN attesters ON attester = id"
        " WHERE kid = ? AND first <= ? AND ? < first + count",
        (claim.kid, number, number),
    )
    return bytes(region), bytes(reference)


def test_platform_and_scanner_follow_a_batch(country: Country) -> None:
    """All showings of one batch, and its region. What they have to call it by is 16 random bytes."""
    people = [enrolled(country, 1), enrolled(country, 2), enrolled(country, 3, south=True)]
    for each in people:
        assert {attestation_behind(country, claim) for claim in each.shown} == {(each.region, each.reference)}
    assert len({each.reference for each in people}) == 3


def test_with_the_region_they_name_the_person(country: Country) -> None:
    """All three are needed for passes of a phone alone, and all three are enough: the region knows whose its
    references are."""
    mine, other = enrolled(country, 1), enrolled(country, 2)
    files = {mine.reference: "Li", other.reference: "Wang"}
    assert [files[attestation_behind(country, claim)[1]] for claim in mine.shown] == ["Li"] * 3


def test_platform_and_region_name_the_batch_before_it_is_shown(country: Country) -> None:
    """The region has the reference, the platform has opened the keys: who shows one of them later is no secret."""
    mine = enrolled(country, 1)
    parsed = parse_issue_request(mine.request)
    assert parsed.sealing_key is not None
    assert parsed.sealed_opening is not None
    opener = country.issuer.state.sealing.opener(parsed.sealing_key, NOW)
    keys = {key for period in parse_opening(open_padded(opener, parsed.sealed_opening)).keys for key in period}
    assert {claim.key for claim in mine.shown} <= keys


def test_a_stolen_sealing_key_opens_what_a_region_has_recorded(country: Country) -> None:
    """With the region's records it is as good as the platform's own help. Once it is erased nobody can steal it."""
    mine = enrolled(country, 1)
    parsed = parse_issue_request(mine.request)
    assert parsed.sealing_key is not None
    assert parsed.sealed_opening is not None
    sealing = country.issuer.state.sealing
    stolen = sealing.opener(parsed.sealing_key, NOW)
    opening = parse_opening(open_padded(stolen, parsed.sealed_opening))
    assert {claim.key for claim in mine.shown} <= set(opening.keys[0])
    left = sealing.erased(NOW + 5 * DAY)
    with pytest.raises(AttestationRefused) as caught:
        left.opener(parsed.sealing_key, NOW)
    assert caught.value.code == "unknown-sealing-key"


def test_platform_and_document_key_name_who_is_bound_to_a_document(country: Country) -> None:
    """A seed of 32 bytes fits one number alone, so no scanner is needed and nothing has to add up."""
    mine, known = enrolled(country, 1, "12345"), seeds_of()
    assert [[known.get(seed) for seed in seeds] for seeds in attestation_of(mine.request).seeds or ()] == [[12345]]
    request = country.north.attest_paper(country.content, person("绿", "777"), now=NOW)
    assert [[known.get(seed) for seed in seeds] for seeds in attestation_of(request).seeds or ()] == [[777]]


def test_platform_and_document_key_learn_nothing_of_a_phone_alone(country: Country) -> None:
    mine = enrolled(country, 1)
    assert attestation_of(mine.request).seeds is None
    assert {claim.tag for claim in mine.shown} == {None}


def test_platform_scanner_and_document_key_name_who_shows_a_document_bound_pass(country: Country) -> None:
    """The platform knows the seed that a shown tag was made of."""
    mine, known = enrolled(country, 1, "12345"), seeds_of()
    ((seed,),) = attestation_of(mine.request).seeds or ()
    for claim in mine.shown:
        assert attestation_behind(country, claim) == (mine.region, mine.reference)
        assert claim.tag == document_tag(seed, claim.kid, claim.slot)
    assert known[seed] == 12345
