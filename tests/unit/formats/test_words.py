"""Words and names in the one spelling that they have, wherever somebody gives one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from healthpass.attester import Attester, Person
from healthpass.authority import Registrar
from healthpass.cli.station.answer import parse_people
from healthpass.errors import FormatError
from healthpass.formats.attestation import MAX_SIZE, parse_attestation, parse_issue_request
from healthpass.formats.cose import ATTESTATION, REGION, decode_sign1
from healthpass.formats.platform import Platform, platform_name
from healthpass.formats.station import parse_region
from healthpass.formats.words import plain_word, word
from healthpass.holder import Wallet
from healthpass.issuer import SealingKeys
from healthpass.trust.platforms import platform_of
from healthpass.trust.station_list import ListedStation
from tests.making import NOW, ROOTS, SEALING, TOMORROW, WINDOW, make_trust_list, signer
from tests.raising import raises
from tests.wallets import KEYS, TRUST_LIST, fill, make_offer

SPELLINGS = ["M\u00fcnchen", "Mu\u0308nchen", " M\u00fcnchen", "M\u00fcnchen\r\n", "\u3000Mu\u0308nchen\u00a0\ufeff"]


@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_one_spelling(text: str) -> None:
    assert word(text, "name", 7) == plain_word(text) == "M\u00fcnchen"
    assert platform_name(text) == SealingKeys(text).name == "M\u00fcnchen"
    assert ListedStation(text, "0" * 16, bytes(32)).name == "M\u00fcnchen"
    certificate = Registrar(signer(30)).certify_region(bytes(32), text, now=NOW)
    assert parse_region(decode_sign1(certificate, REGION, 512).payload).name == "M\u00fcnchen"
    register = parse_people(f'[[person]]\ntype = "other"\nnumber = "1234"\ncolor = {json.dumps(text)}\n')
    assert list(register.values()) == ["M\u00fcnchen"]


@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_a_platform_by_its_name(text: str) -> None:
    platforms = [Platform("east", (WINDOW.kid,), (SEALING,)), Platform("M\u00fcnchen", (TOMORROW.kid,))]
    assert platform_of(make_trust_list(platforms=platforms), text) is not None
    assert platform_of(make_trust_list(platforms=platforms), text).kids == (TOMORROW.kid,)


@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_a_name_in_a_wallet(text: str) -> None:
    wallet = Wallet(ROOTS)
    wallet.update_trust_list(TRUST_LIST, now=NOW)
    fill(wallet, make_offer(), name=text)
    for other in SPELLINGS:
        assert wallet.unused(now=NOW, name=other) == KEYS
        assert wallet.recovery_code(other) == wallet.recovery_code("M\u00fcnchen")
    wallet.present(now=NOW, name=SPELLINGS[1])
    assert wallet.unused(now=NOW, name=text) == KEYS - 1
    wallet.forget(SPELLINGS[-1])
    assert wallet.unused(now=NOW, name=text) == 0


@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_a_status_goes_out_in_one_spelling(text: str) -> None:
    region, wallet, listed = Attester(signer(70)), Wallet(ROOTS), make_trust_list()
    wallet.update_trust_list(TRUST_LIST, now=NOW)
    offer = region.offer(listed, now=NOW, keys_per_period=KEYS)
    data = region.attest(offer, wallet.answer(offer, now=NOW), [Person(text)], now=NOW, trust_list=listed)
    message = decode_sign1(parse_issue_request(data).attestation, ATTESTATION, MAX_SIZE)
    assert parse_attestation(message.payload).colors == ("M\u00fcnchen",)


def test_blanks_inside_and_upper_case_stay() -> None:
    assert plain_word(" City  Hospital\u00a0East ") == "City  Hospital\u00a0East"


@pytest.mark.parametrize("value", ["", " ", "\u3000\ufeff \u200b", "a" * 8, None, b"a", 1], ids=repr)
def test_what_is_no_word(value: Any) -> None:
    with raises(FormatError, "malformed", "name: not a text of 1 to 7 characters"):
        word(value, "name", 7)
