"""A traveller with nothing but a card in a hospital's green channel: nobody knows them, so somebody asks by hand, and
the station vouches. And what happens without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, Decision, RefusalCode, Refused
from healthpass.attester import DocumentSeeds, Person
from healthpass.cli import qr
from healthpass.formats import cose
from healthpass.formats.check_policy import default_policy
from healthpass.formats.claim import TEMPLATES, Binding, parse_claim
from healthpass.formats.place import PlaceClass
from healthpass.formats.station_attestation import MAX_SIZE, StationAttestation, parse_station_attestation
from healthpass.formats.text import decode_text, encode_text
from healthpass.issuer import ListedStation, Revocation, StationIssuer, StationList
from healthpass.station import Desk, Voucher
from healthpass.station.survey import (
    Answer,
    answer,
    answers_file,
    check_grounds,
    encode_answers,
    grounds_digest,
)
from healthpass.station.survey_form import form_from_toml, shipped_form
from healthpass.verifier import Verifier
from tests.making import signer
from tests.scenario.country import AREA, DAY, DOCUMENT_KEY, NOW
from tests.scenario.revoking import HOUR, Revoking
from tests.scenario.test_green_channel_query import NEIGHBOUR, STRANGER, TRAVELLER, Authority, Relay, card, store_of
from tests.stations import station_id_of

TYPED = ("n", "36.6", "2 3", "2027-1-3", "2", "n", "n", "n", "n", "n", "", "4")
SALT = bytes(range(16))


class Hospital:
    """A hospital with a station and a gate, in a country that revokes and says where people may be checked.

    Attributes:
        kept: the file of answers that stays at the station.
    """

    def __init__(self, folder: Path) -> None:
        self.country = country = Revoking(folder)
        country.next_list(change=lambda builder: builder.set_policy(default_policy()))
        self.north = Authority(country, signer(111), "North", {TRAVELLER: "绿", NEIGHBOUR: "黄"})
        self.relay = Relay(self.north)
        self.key = signer(150)
        certificate = country.registrar.certify_station(self.key.public_key, AREA, now=NOW)
        served = StationList([ListedStation("Hospital", station_id_of(certificate), self.key.public_key)])
        country.issuer.stations = self.north.desk.stations = served
        self.store = store_of(country, "station", keys=True)
        self.desk = Desk(self.key, certificate, self.store)
        self.voucher = Voucher(self.key, certificate, self.store)
        self.stations = StationIssuer(country.issuer, country.ledger, country.content)
        self.gate_store = store_of(country, "gate", keys=True)
        self.gate_store.update_area_table(country.next_table(), now=NOW)
        country.take_snapshot(self.gate_store)
        self.gate = Verifier(self.gate_store, place=country.poster(PlaceClass.HOSPITAL))
        self.kept = b""

    def ask(self, number: str) -> str | None:
        """What North says of the person with that card, who has consented."""
        region = self.north
        with self.desk.ask(card(number), region.certificate, region.sealing_key, consent=True, now=NOW) as question:
            return question.answer(self.relay.bring(question.envelope), now=NOW)

    def survey(self) -> bytes:
        """Somebody asks by hand; the answers stay here, and their digest is given."""
        form = form_from_toml(shipped_form())
        answers: dict[str, Answer] = {}
        for question, typed in zip(form.questions, TYPED, strict=True):
            given = answer(question, typed, "en")
            if given is not None:
                answers[question.id] = given
        data = encode_answers(form, answers, "en", NOW)
        self.kept = answers_file(data, SALT)
        return grounds_digest(data, SALT)

    def vouch(self, number: str = STRANGER, color: Color = Color.YELLOW) -> bytes:
        """The station's attestation after a survey."""
        with card(number) as whose:
            return self.voucher.vouch(whose, color, self.survey(), now=NOW)

    def issue(self, attestation: bytes) -> bytes:
        """The pass that the platform issues for it, once the station has looked at it."""
        return decode_text(self.voucher.accept(attestation, self.stations.issue(attestation, now=NOW), now=NOW))

    def printed(self, number: str, color: str) -> bytes:
        """The paper pass that a region has the platform issue for somebody at home."""
        seeds = DocumentSeeds(self.country.content, {b"doc0": DOCUMENT_KEY})
        with card(number) as whose:
            (claim,) = self.country.paper(Person(color, seeds.of(whose)))
        return claim

    def refusal(self, text: str, *numbers: str) -> RefusalCode:
        with pytest.raises(Refused) as caught:
            self.gate.verify(text, now=NOW, documents=[card(number) for number in numbers])
        return caught.value.code


@pytest.fixture
def hospital(tmp_path: Path) -> Hospital:
    return Hospital(tmp_path)


def content_of(attestation: bytes) -> StationAttestation:
    message = cose.decode_sign1(attestation, cose.STATION_ATTESTATION, MAX_SIZE)
    return parse_station_attestation(message.payload)


def test_a_traveller_with_nothing(hospital: Hospital) -> None:
    """Asked, not known; a survey, vouched for, issued; and at the gate with the card that they have after all."""
    assert hospital.ask(STRANGER) is None
    attestation = hospital.vouch()
    claim = hospital.issue(attestation)
    text = encode_text(claim)
    outcome = hospital.gate.decide(text, now=NOW, documents=[card(STRANGER)])
    assert outcome.decision is Decision.ASSIST
    assert outcome.verdict is not None
    assert outcome.verdict.colors == (Color.YELLOW,)
    assert outcome.verdict.expires == NOW - 3600 + DAY
    assert hospital.refusal(text, NEIGHBOUR) is RefusalCode.DOCUMENT_MISMATCH
    green = encode_text(hospital.issue(hospital.vouch(NEIGHBOUR, Color.GREEN)))
    assert hospital.gate.decide(green, now=NOW, documents=[card(NEIGHBOUR)]).decision is Decision.ADMIT


def test_the_survey_stays_at_the_station(hospital: Hospital) -> None:
    """What leaves has 32 bytes that stand for it, and the station can show later on what grounds it vouched."""
    attestation = hospital.vouch()
    claim = hospital.issue(attestation)
    assert check_grounds(hospital.kept, content_of(attestation).grounds)
    assert not check_grounds(hospital.kept.replace(b'"4"', b'"5"'), content_of(attestation).grounds)
    answers = hospital.kept.split(b"\n", 2)[2]
    for piece in (answers[at : at + 8] for at in range(len(answers) - 7)):
        assert piece not in attestation
        assert piece not in claim
    for secret in (STRANGER.encode(), SALT, b"resident-id"):
        assert secret not in attestation
        assert secret not in claim
    assert content_of(attestation).grounds not in claim


def test_the_pass_does_not_tell_the_hospital(hospital: Hospital) -> None:
    """Beside one that a region had printed at home, of the same colour: apart from the slot, the tag and the signature,
    which tell people apart in every pass, no byte is another; and the code that is shown has the same size."""
    station = hospital.issue(hospital.vouch())
    home = hospital.printed(NEIGHBOUR, "黄")
    template = TEMPLATES[Binding.DOCUMENT]
    assert len(station) == len(home) == template.size
    varying = {
        at for name in ("cti", "tag", "signature") for at in range(*template.fields[name].indices(template.size))
    }
    assert {at for at in range(template.size) if station[at] != home[at]} <= varying
    assert parse_claim(station).kid == parse_claim(home).kid
    assert hospital.key.public_key not in station
    texts = [encode_text(each) for each in (station, home)]
    assert len(set(map(len, texts))) == 1
    assert len({str(qr.draw(text).version) for text in texts}) == 1
    for text, number in zip(texts, (STRANGER, NEIGHBOUR), strict=True):
        assert hospital.gate.verify(text, now=NOW, documents=[card(number)]).colors == (Color.YELLOW,)


def test_nor_does_the_pass_of_an_assisted_query(hospital: Hospital) -> None:
    asked = hospital.ask(NEIGHBOUR)
    assert asked is not None
    vouched = hospital.issue(hospital.vouch())
    assert len(decode_text(asked)) == len(vouched)
    assert parse_claim(decode_text(asked)).kid == parse_claim(vouched).kid


def test_the_station_takes_it_back(hospital: Hospital) -> None:
    attestation = hospital.vouch()
    text = encode_text(hospital.issue(attestation))
    other = encode_text(hospital.issue(hospital.vouch(NEIGHBOUR)))
    reference = content_of(attestation).reference
    publisher = hospital.country.publisher
    state = hospital.country.issuer.state
    another = publisher.revoke(hospital.country.north.revoke(reference, now=NOW), state, now=NOW)
    assert another == Revocation("kept", 0), "of the same reference it takes back its own alone"
    done = publisher.revoke(hospital.voucher.revoke(attestation, now=NOW), state, now=NOW)
    assert done == Revocation("revoked", 1)
    hospital.country.take_snapshot(hospital.gate_store)
    assert hospital.refusal(text, STRANGER) is RefusalCode.REVOKED
    assert hospital.gate.verify(other, now=NOW, documents=[card(NEIGHBOUR)]).colors == (Color.YELLOW,)


def test_without_a_network(hospital: Hospital) -> None:
    """Nobody can be asked and nothing be issued: whoever comes without a pass is helped, not turned away; and in a
    hospital whoever has one that is refused."""
    assert hospital.gate.decide(None, now=NOW).decision is Decision.ASSIST
    assert hospital.gate.decide(None, now=NOW + DAY).decision is Decision.ASSIST
    ordinary = Verifier(hospital.gate_store, place=hospital.country.poster(PlaceClass.ORDINARY))
    assert ordinary.decide(None, now=NOW).decision is Decision.ASSIST
    yesterday = encode_text(hospital.printed(NEIGHBOUR, "绿"))
    later = NOW + DAY + HOUR
    hospital.country.take_snapshot(hospital.gate_store, later)
    outcome = hospital.gate.decide(yesterday, now=later, documents=[card(NEIGHBOUR)])
    assert outcome.decision is Decision.ASSIST
    assert outcome.refusal is not None
    assert outcome.refusal.code is RefusalCode.EXPIRED


def test_without_an_area_table(hospital: Hospital) -> None:
    """A hospital's gate that never got one helps too."""
    store = store_of(hospital.country, "another-gate", keys=True)
    gate = Verifier(store, place=hospital.country.poster(PlaceClass.HOSPITAL))
    assert gate.decide(None, now=NOW).decision is Decision.ASSIST
