"""What happens in the country on an ordinary day, from vouching to scanning."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.errors import AttestationRefused, WalletError
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text, encode_text
from healthpass.verifier import TrustStore, Verifier
from tests.placing import everywhere
from tests.raising import raises
from tests.scenario.country import DAY, NOW, Country, person

PLACE = "0123456789abcdef"


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def refusal(scanner: object, text: str, now: int, nonce: bytes | None = None) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        scanner.verify(text, now=now, nonce=nonce)  # type: ignore[attr-defined]  # a Verifier
    return caught.value.code


@pytest.mark.parametrize(("word", "color"), [("绿", Color.GREEN), ("黄", Color.YELLOW), ("红", Color.RED)])
def test_a_pass_says_the_colour_and_the_end_of_the_window(country: Country, word: str, color: Color) -> None:
    wallet = country.wallet()
    country.enrol(wallet, [person(word)])
    verdict = country.scanner().verify(wallet.present(now=NOW).text, now=NOW)
    assert (verdict.colors, verdict.expires, verdict.stale) == ((color,), NOW - 3600 + DAY, 0)


def test_two_regions_with_other_words_are_accepted_alike(country: Country) -> None:
    scanner = country.scanner()
    for seed, region, word in ((1, country.north, "绿"), (2, country.south, "low")):
        wallet = country.wallet(seed)
        country.enrol(wallet, [person(word)], region=region)
        assert scanner.verify(wallet.present(now=NOW).text, now=NOW).colors == (Color.GREEN,)


def test_a_region_has_no_say_in_another_ones_words(country: Country) -> None:
    wallet = country.wallet()
    with pytest.raises(AttestationRefused) as caught:
        country.enrol(wallet, [person("绿")], region=country.south)
    assert caught.value.code == "unknown-colour"
    with raises(
        WalletError, "no-claims", "the wallet has no currently valid pass under this name; ask the region for an offer"
    ):
        wallet.present(now=NOW)


def test_tomorrows_pass_is_refused_today_and_accepted_tomorrow(country: Country) -> None:
    wallet, scanner = country.wallet(), country.scanner()
    country.enrol(wallet, [person("绿")], days=2)
    tomorrow = wallet.present(now=NOW + DAY).text
    assert refusal(scanner, tomorrow, NOW) is RefusalCode.ISSUER_KEY_NOT_VALID
    assert scanner.verify(tomorrow, now=NOW + DAY).colors == (Color.GREEN,)


def test_yesterdays_pass_is_expired(country: Country) -> None:
    wallet, scanner = country.wallet(), country.scanner()
    country.enrol(wallet, [person("绿")])
    text = wallet.present(now=NOW).text
    assert refusal(scanner, text, NOW - 3600 + DAY + 60) is RefusalCode.EXPIRED


def test_a_screenshot_is_worth_nothing(country: Country) -> None:
    wallet, here, there = country.wallet(), country.scanner("here"), country.scanner("there")
    country.enrol(wallet, [person("绿")])
    text = wallet.present(now=NOW).text
    here.verify(text, now=NOW)
    assert refusal(here, text, NOW + 5) is RefusalCode.REPLAYED
    assert refusal(there, text, NOW + 120) is RefusalCode.PRESENTATION_STALE


def test_a_showing_for_one_place_is_worth_nothing_in_another(country: Country) -> None:
    wallet = country.wallet()
    country.enrol(wallet, [person("绿")])
    text = wallet.present(now=NOW, audience=PLACE).text
    assert refusal(country.scanner("b", audience=PLACE[::-1]), text, NOW) is RefusalCode.WRONG_AUDIENCE
    assert country.scanner("a", audience=PLACE).verify(text, now=NOW).colors == (Color.GREEN,)


def test_a_challenge_is_answered(country: Country) -> None:
    wallet, scanner = country.wallet(), country.scanner()
    country.enrol(wallet, [person("绿")])
    nonce = bytes(range(16))
    text = wallet.present(now=NOW, nonce=nonce).text
    assert refusal(scanner, text, NOW, bytes(16)) is RefusalCode.WRONG_NONCE
    assert scanner.verify(text, now=NOW, nonce=nonce).colors == (Color.GREEN,)


def lenient(country: Country) -> Verifier:
    """A scanner in a country whose rules ask for no documents and no place."""
    store = TrustStore.open(country.folder / "lenient", roots=country.roots)
    store.update_trust_list(
        country.next_list(change=lambda builder: builder.set_policy(everywhere(audience=False))), now=NOW
    )
    return Verifier(store, place=country.poster())


def test_a_family_shows_those_who_are_there(country: Country) -> None:
    wallet, scanner = country.wallet(), lenient(country)
    country.enrol(wallet, [person("绿", "1"), person("黄", "2"), person("绿", "3")])
    everybody = scanner.verify(wallet.present(now=NOW).text, now=NOW)
    assert everybody.colors == (Color.GREEN, Color.YELLOW, Color.GREEN)
    two = scanner.verify(wallet.present(now=NOW, people=[1, 2]).text, now=NOW)
    assert two.colors == (Color.YELLOW, Color.GREEN)
    one = wallet.present(now=NOW, people=[1]).text
    assert len(parse_presentation(decode_text(one)).claims) == 1
    assert scanner.verify(one, now=NOW).colors == (Color.YELLOW,)


def test_a_paper_pass_needs_no_phone(country: Country) -> None:
    today, tomorrow = country.paper(person("绿", "11010519491231002X"), 2)
    assert refusal(country.scanner(), encode_text(today), NOW) is RefusalCode.DOCUMENT_KEY_MISSING
    scanner = lenient(country)
    for _ in range(2):
        assert scanner.verify(encode_text(today), now=NOW).colors == (Color.GREEN,)
    assert refusal(scanner, encode_text(tomorrow), NOW) is RefusalCode.ISSUER_KEY_NOT_VALID


def test_one_green_person_cannot_make_a_family(country: Country) -> None:
    """The same holder key, vouched for a second time with another document, is not signed again."""
    wallet = country.wallet()
    offer = country.offer(documents=True)
    answer = wallet.answer(offer, now=NOW)
    assert country.issuer.issue(country.vouch(offer, answer, [person("绿", "1")]), now=NOW)
    again = country.vouch(offer, answer, [person("绿", "2")])
    with pytest.raises(AttestationRefused) as caught:
        country.issuer.issue(again, now=NOW)
    assert caught.value.code == "other-content"


def test_a_lost_answer_is_asked_for_again(country: Country) -> None:
    """The region sends the request twice; the claims are the same, and so is what the wallet holds."""
    wallet = country.wallet()
    request = country.enrol(wallet, [person("绿")])
    wallet.present(now=NOW)
    wallet.accept(country.issuer.issue(request, now=NOW + 60), now=NOW + 60)
    assert wallet.unused(now=NOW) == 7


def test_a_restarted_scanner_still_believes(country: Country) -> None:
    wallet = country.wallet()
    country.enrol(wallet, [person("绿")])
    country.scanner("x")
    assert country.scanner("x").verify(wallet.present(now=NOW).text, now=NOW).colors == (Color.GREEN,)
