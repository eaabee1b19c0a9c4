"""What scanners learn by themselves, alone and two together, and what is on their disks afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.presentation import parse_presentation, template_of
from healthpass.formats.text import decode_text, encode_text
from tests.making import PLACE
from tests.scenario.country import NOW, Country, person
from tests.scenario.with_documents import WithDocuments, shows

SHOWINGS = 12
COHORT = {"kid", "exp", "color"}


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def shown_by(country: Country, seed: int, number: str | None = None) -> list[bytes]:
    """Showings of one wallet, each at a time that every other wallet shows at too."""
    wallet = country.wallet(seed)
    country.enrol(wallet, [person("绿", number)], showings=SHOWINGS)
    times = [NOW + 15 * n for n in range(SHOWINGS)]
    return [decode_text(wallet.present(now=now, audience=PLACE).text) for now in times]


def agreeing(showings: list[bytes]) -> set[int]:
    """The places of bytes at which all of them are equal."""
    return {place for place, column in enumerate(zip(*showings, strict=True)) if len(set(column)) == 1}


@pytest.mark.parametrize("number", [None, "X1"])
def test_two_showings_of_one_person_agree_where_those_of_two_do(country: Country, number: str | None) -> None:
    """At constants of the template, kid, expiry, colour, place and the head of the time, and nowhere else: so scanners
    that lay their records together have nothing to tell one person of a cohort from two. A byte that is random in all
    of a dozen showings is equal in them once in 256^11."""
    people = [shown_by(country, seed, number and f"{number}{seed}") for seed in range(1, 6)]
    everybody = agreeing([data for showings in people for data in showings])
    assert [agreeing(showings) - everybody for showings in people] == [set()] * 5


def test_what_they_agree_in_is_the_cohorts(country: Country) -> None:
    """The comparison above is not of nothing: of the fields of a claim, all of a cohort's agree, and of slot, key and
    signature not one byte."""
    showings = shown_by(country, 1)
    places = agreeing(showings)
    fields = template_of((Binding.DEVICE, True, False, 0)).fields
    assert {name for name in COHORT if set(range(fields[name].start, fields[name].stop)) <= places} == COHORT
    for claim in (parse_presentation(data).claims[0] for data in showings):
        assert claim.key is not None
    (key,) = (hole for name, hole in fields.items() if name == "key")
    assert not set(range(key.start, key.stop)) & places


def test_one_claim_that_is_shown_again_is_recognised(country: Country) -> None:
    """When a batch has run out and its owner wants to show one all the same, or when a text is drawn again."""
    wallet = country.wallet(1)
    country.enrol(wallet, [person("绿")])
    first = [wallet.present(now=NOW + 60 * n, audience=PLACE) for n in range(8)]
    again = wallet.present(now=NOW + 900, audience=PLACE, reuse=True)
    claims = [parse_presentation(decode_text(each.text)).claim_bytes[0] for each in first]
    assert again.reused
    assert parse_presentation(decode_text(again.text)).claim_bytes[0] in claims
    drawn = first[0].redraw(NOW + 30)
    assert parse_presentation(decode_text(drawn.text)).claim_bytes[0] == claims[0]


def test_a_paper_pass_is_the_same_bytes_each_time(country: Country) -> None:
    """Also when it is printed again. Two passes of one sheet share no four bytes of their signatures, and no kid."""
    request = country.north.attest_paper(country.content, person("绿", "1"), now=NOW, periods=2)
    today, tomorrow = parse_batch(country.issuer.issue(request, now=NOW))
    assert parse_batch(country.issuer.issue(request, now=NOW + 600)) == [today, tomorrow]
    assert parse_claim(today).kid != parse_claim(tomorrow).kid
    tails = [claim[-64:] for claim in (today, tomorrow)]
    assert not {tails[0][at : at + 4] for at in range(61)} & {tails[1][at : at + 4] for at in range(61)}


def test_a_scanners_folder_is_the_same_before_and_after(tmp_path: Path) -> None:
    """Passes of phones alone, with documents, on paper; one that is taken and one that is not."""
    country = WithDocuments(tmp_path)
    gate = country.gate()
    wallet = country.wallet(1)
    country.enrol(wallet, [person("绿")])
    before = contents(tmp_path / "gate")
    assert len(before) > 3
    text = wallet.present(now=NOW, place=country.poster(place_id=PLACE)).text
    assert shows(gate, text).colors
    assert not gate.decide(text[:-1], now=NOW).verdict
    (paper,) = country.paper(person("绿", "1"))
    gate.decide(encode_text(paper), now=NOW)
    assert contents(tmp_path / "gate") == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}
