"""A grandmother without a phone: her pass is on her granddaughter's, and counts with her own identity card alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, Decision, RefusalCode
from healthpass.crypto.passphrase import INTERACTIVE
from healthpass.crypto.recovery import new_recovery_code, recovery_hash
from healthpass.formats.attestation import MAX_SIZE, parse_attestation, parse_issue_request
from healthpass.formats.claim import parse_claim
from healthpass.formats.cose import ATTESTATION, decode_sign1
from healthpass.formats.enrolment import parse_key_request
from healthpass.formats.text import decode_text, encode_text
from healthpass.holder import Wallet
from healthpass.issuer import Revocation
from healthpass.verifier import needs_documents
from tests.documents import NUMBERS, grandmother, neighbour
from tests.making import PLACE
from tests.scenario.country import NOW, person
from tests.scenario.with_documents import WithDocuments, assert_refused, decided, shows

NICKNAME = "nai nai, 3rd floor"
OWN = "me"


class Relatives:
    """The granddaughter's phone, with her own pass and her grandmother's.

    Attributes:
        code: on a slip of paper in the grandmother's purse; the phone has never seen it.
        sent: all bytes that have left the phone.
        reference: of the grandmother's attestation, which the region keeps with her file.
    """

    def __init__(self, folder: Path) -> None:
        self.country = WithDocuments(folder)
        self.code = new_recovery_code()
        self.sent: list[bytes] = []
        country = self.country
        self.wallet = Wallet.create(
            folder / "granddaughter.wallet", "correct horse", roots=country.roots, level=INTERACTIVE
        )
        self.wallet.update_trust_list(country.trust_list, now=NOW)
        country.enrol(self.wallet, [person("绿")])
        offer = country.offer(documents=True)
        answer = self.wallet.answer(offer, now=NOW, name=NICKNAME)
        self.sent.append(answer)
        with grandmother() as card:
            self.request = country.vouch(
                offer, answer, [country.person("绿", card)], recovery_hash=recovery_hash(self.code, b"\x00\x07")
            )
        self.wallet.accept(country.issuer.issue(self.request, now=NOW), now=NOW)
        self.reference = country.north.reference(self.request)
        self.place = country.poster(place_id=PLACE)

    def shown(self, name: str = NICKNAME, to_the_place: bool = True) -> str:
        """The text of a showing, made for the place where the country's gates stand, or for none."""
        place = self.place if to_the_place else None
        text = self.wallet.present(now=NOW, name=name, place=place, anywhere=not to_the_place).text
        self.sent += [text.encode(), decode_text(text)]
        return text


@pytest.fixture
def relatives(tmp_path: Path) -> Relatives:
    return Relatives(tmp_path)


def test_with_her_card_and_with_no_other(relatives: Relatives) -> None:
    gate, text = relatives.country.gate(), relatives.shown()
    assert needs_documents(text) == (True,)
    assert_refused(gate, text, RefusalCode.DOCUMENT_REQUIRED)
    assert_refused(gate, text, RefusalCode.DOCUMENT_MISMATCH, neighbour())
    decision, verdict = decided(gate, text, grandmother(), now=NOW + 30)  # she has found it; the same showing
    assert verdict.colors == (Color.GREEN,)
    assert decision is Decision.ADMIT


def test_the_relatives_own_pass_asks_for_no_document(relatives: Relatives) -> None:
    gate, text = relatives.country.gate(), relatives.shown(OWN)
    assert needs_documents(text) == (False,)
    assert shows(gate, text).colors == (Color.GREEN,)
    assert shows(gate, relatives.shown(OWN), neighbour()).colors == (Color.GREEN,)


def test_without_the_phone_her_claim_is_worth_nothing(relatives: Relatives) -> None:
    """A copy of the claim, and her card: it is bound to both."""
    (claim, *_) = relatives.country.issuer.prepare(relatives.request, now=NOW)
    assert_refused(relatives.country.gate(), encode_text(claim), RefusalCode.HOLDER_PROOF_REQUIRED, grandmother())


def test_the_nickname_is_in_no_byte_that_leaves_the_phone(relatives: Relatives, tmp_path: Path) -> None:
    for name in (NICKNAME, OWN):
        for to_the_place in (True, False):
            relatives.shown(name, to_the_place)
    everything = [*relatives.sent, relatives.request]
    everything += [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]  # the phone's file is sealed
    assert len(everything) > 12
    for word in (NICKNAME, NUMBERS[0], NUMBERS[0].lower()):
        for spelling in (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()):
            assert not any(spelling in each for each in everything)
    assert relatives.wallet.names == (OWN, NICKNAME)


def test_another_nickname_changes_no_byte_of_the_answer(relatives: Relatives) -> None:
    """So the answer cannot say it even in secret."""
    country = relatives.country
    offer = country.offer()
    answers = [
        parse_key_request(country.wallet(7).answer(offer, now=NOW, name=name))
        for name in (OWN, NICKNAME, "\u5976\u5976")
    ]
    assert len({each.commitment for each in answers}) == 1, "the very same opening"
    assert len({(each.offer, each.sealing_key, len(each.sealed_opening)) for each in answers}) == 1


@pytest.mark.parametrize("whose", ["hers", "the phone's"])
def test_she_takes_it_back_with_her_code(whose: str, relatives: Relatives) -> None:
    """Which the phone does not know. The phone's own code for these passes counts beside it."""
    country = relatives.country
    assert shows(country.gate("before"), relatives.shown(), grandmother()).colors
    code = relatives.code if whose == "hers" else relatives.wallet.recovery_code(NICKNAME)
    assert country.publisher.revoke_by_code(code, now=NOW) == Revocation("revoked", 8)
    gate = country.gate("after")
    assert_refused(gate, relatives.shown(), RefusalCode.REVOKED, grandmother())
    assert_refused(gate, relatives.shown(), RefusalCode.DOCUMENT_MISMATCH, neighbour())
    assert shows(gate, relatives.shown(OWN)).colors == (Color.GREEN,)


def test_the_region_takes_it_back(relatives: Relatives) -> None:
    country = relatives.country
    back = country.south.revoke(relatives.reference, now=NOW)
    assert country.publisher.revoke(back, country.issuer.state, now=NOW) == Revocation("kept", 0), "nothing of its own"
    back = country.north.revoke(relatives.reference, now=NOW)
    assert country.publisher.revoke(back, country.issuer.state, now=NOW) == Revocation("revoked", 8)
    gate = country.gate("after")
    assert_refused(gate, relatives.shown(), RefusalCode.REVOKED, grandmother())
    assert shows(gate, relatives.shown(OWN)).colors == (Color.GREEN,)


def test_the_phone_is_lost(relatives: Relatives) -> None:
    """Its owner's code takes back her own passes, and hers alone."""
    country = relatives.country
    done = country.publisher.revoke_by_code(relatives.wallet.recovery_code(OWN), now=NOW)
    assert done == Revocation("revoked", 8)
    gate = country.gate("after")
    assert_refused(gate, relatives.shown(OWN), RefusalCode.REVOKED)
    assert shows(gate, relatives.shown(), grandmother()).colors == (Color.GREEN,)


def test_what_the_platform_sees(relatives: Relatives) -> None:
    """Neither the number nor the code: a seed for each period, and a hash."""
    signed = parse_issue_request(relatives.request).attestation
    made = parse_attestation(decode_sign1(signed, ATTESTATION, MAX_SIZE).payload)
    assert made.recovery_hash == recovery_hash(relatives.code, b"\x00\x07")
    assert [[len(seed) for seed in seeds] for seeds in made.seeds or ()] == [[32]]
    tags = {parse_claim(claim).tag for claim in relatives.country.issuer.prepare(relatives.request, now=NOW)}
    assert len(tags) == 8, "another tag for each key: without the document key nothing to know her by"
