"""A traveller without a phone at a hospital: the desk asks region North through a platform that is honest but curious,
and then through one that is not honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.attester import DailyKeys, DocumentSeeds, ListedStation, Person, QueryAnswerer, QueryMemory, StationList
from healthpass.authority import Registrar
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import BadInput, StationRefused
from healthpass.formats import cbor
from healthpass.formats.assisted import AssistedQuery
from healthpass.formats.assisted_envelope import (
    QUERY_BLOCK_SIZE,
    QueryEnvelope,
    encode_query_envelope,
    pad,
    parse_query_envelope,
)
from healthpass.formats.claim import parse_claim
from healthpass.formats.document import RESIDENT_ID, Document
from healthpass.formats.text import decode_text
from healthpass.station import Desk, Question
from healthpass.verifier import TrustStore, Verifier
from tests.assisting import Log, make_answer, sign_query
from tests.making import files, signer
from tests.scenario.country import AREA, DAY, DOCUMENT_KEY, NOW, Country
from tests.stations import station_id_of

TRAVELLER, NEIGHBOUR, STRANGER = "11010519491231002X", "440524188001010014", "110101199003078590"
SIZES = (761, 405)


def card(number: str = TRAVELLER) -> Document:
    return Document(RESIDENT_ID, number)


class Authority:
    """A region that answers: its attester's key, whom it knows, its keys and its log."""

    def __init__(
        self, country: Country, key: SoftwareSigner, name: str, people: dict[str, str], begins: int = 0
    ) -> None:
        seeds = DocumentSeeds(country.content, {b"doc0": DOCUMENT_KEY})
        self.key, self.log = key, Log()
        self.certificate = country.registrar.certify_region(key.public_key, name, now=NOW)
        self.daily = DailyKeys(key, QueryMemory(None), begins=begins)

        def look_up(whose: Document) -> Person | None:
            color = people.get(whose.number.decode())
            return None if color is None else Person(color, seeds.of(whose))

        self.desk = QueryAnswerer(
            key,
            self.daily,
            store_of(country, name),
            look_up=look_up,
            issue=lambda request: country.issuer.issue(request, now=NOW),
            audit=self.log,
            stations=StationList(),
        )

    @property
    def sealing_key(self) -> bytes:
        return self.daily.rotate(now=NOW)[0]


def store_of(country: Country, name: str, *, keys: bool = False) -> TrustStore:
    """A trust store in a folder; with document keys for a station or a scanner."""
    sealing_key = SealingKey() if keys else None
    store = TrustStore.open(country.folder / name, roots=country.roots, sealing_key=sealing_key)
    store.update_trust_list(country.trust_list, now=NOW)
    if sealing_key is not None:
        recipient = sealing_key.public_key
        delivery = country.registrar.deliver_document_keys({b"doc0": DOCUMENT_KEY}, recipient, version=1, now=NOW)
        store.update_document_keys(delivery, now=NOW)
    return store


class Relay:
    """The platform between stations and regions. It brings each query to the region that its envelope names, and keeps
    everything that it has seen."""

    def __init__(self, *regions: Authority) -> None:
        self.regions = {each.key.public_key: each for each in regions}
        self.queries: list[bytes] = []
        self.answers: list[bytes] = []

    def bring(self, query: bytes) -> bytes:
        self.queries.append(query)
        answer = self.regions[parse_query_envelope(query).region].desk.answer(query, now=NOW)
        self.answers.append(answer)
        return answer


class World:
    def __init__(self, folder: Path) -> None:
        self.country = Country(folder)
        country = self.country
        self.north = Authority(country, signer(111), "North", {TRAVELLER: "绿", NEIGHBOUR: "红"})
        self.south = Authority(country, signer(112), "South", {STRANGER: "low"})
        regions = (country.north, country.south)
        assert [each.public_key for each in regions] == [each.key.public_key for each in (self.north, self.south)]
        self.relay = Relay(self.north, self.south)
        key = signer(150)
        self.certificate = country.registrar.certify_station(key.public_key, AREA, now=NOW)
        served = StationList([ListedStation("Hospital", station_id_of(self.certificate), key.public_key)])
        self.north.desk.stations = self.south.desk.stations = served
        self.desk = Desk(key, self.certificate, store_of(country, "station", keys=True))
        self.scanner = Verifier(store_of(country, "gate", keys=True))

    def ask(self, number: str = TRAVELLER, region: Authority | None = None) -> Question:
        region = region or self.north
        return self.desk.ask(card(number), region.certificate, region.sealing_key, consent=True, now=NOW)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def assert_not_taken(question: Question, data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        question.answer(data, now=NOW)
    assert caught.value.code == code


# ---- As it should be ---------------------------------------------------------------------------------------------


def test_a_traveller_with_nothing_but_a_card(world: World) -> None:
    question = world.ask()
    text = question.answer(world.relay.bring(question.envelope), now=NOW)
    assert text is not None
    with card() as shown:
        assert world.scanner.verify(text, now=NOW, documents=[shown]).colors == (Color.GREEN,)
    with card(NEIGHBOUR) as shown, pytest.raises(Refused) as caught:
        world.scanner.verify(text, now=NOW, documents=[shown])
    assert caught.value.code is RefusalCode.DOCUMENT_MISMATCH
    assert [kind for _, _, kind, _ in world.north.log.entries] == ["pass"]


def test_a_person_whom_the_region_does_not_know(world: World) -> None:
    question = world.ask(STRANGER)
    assert question.answer(world.relay.bring(question.envelope), now=NOW) is None
    assert [kind for _, _, kind, _ in world.north.log.entries] == ["not-known"]
    again = world.ask(STRANGER, world.south)
    text = again.answer(world.relay.bring(again.envelope), now=NOW)
    assert text is not None
    with card(STRANGER) as shown:
        assert world.scanner.verify(text, now=NOW, documents=[shown]).colors == (Color.GREEN,)


def test_the_pass_does_not_say_that_it_came_from_a_hospital(world: World) -> None:
    """It is a paper pass under the common kid, of the same template as one that the region has printed."""
    question = world.ask()
    text = question.answer(world.relay.bring(question.envelope), now=NOW)
    seeds = DocumentSeeds(world.country.content, {b"doc0": DOCUMENT_KEY})
    with card() as whose:
        (printed,) = world.country.paper(Person("绿", seeds.of(whose)))
        seed = seeds.of(whose)[NOW - 3600, NOW - 3600 + DAY]
    assert text is not None
    asked, home = parse_claim(decode_text(text)), parse_claim(printed)
    assert (asked.kid, asked.exp, asked.color) == (home.kid, home.exp, home.color)
    for claim in (asked, home):  # other slots, so other tags, of one seed
        assert claim.tag == document_tag(seed, claim.kid, claim.slot)


def test_what_the_relay_sees(world: World) -> None:
    """Whom to bring it to, and nothing else: known or not, green or red, this station or that, one size and noise."""
    for number, region in ((TRAVELLER, world.north), (NEIGHBOUR, world.north), (STRANGER, world.north)):
        question = world.ask(number, region)
        question.answer(world.relay.bring(question.envelope), now=NOW)
    assert {len(each) for each in world.relay.queries} == {SIZES[0]}
    assert {len(each) for each in world.relay.answers} == {SIZES[1]}
    heads = {each[: SIZES[0] - 688] for each in world.relay.queries}
    assert len(heads) == 1
    secrets = [TRAVELLER.encode(), b"resident-id", world.desk.public_key, world.certificate[-64:], b"HP1:"]
    for seen in world.relay.queries + world.relay.answers:
        assert not [each for each in secrets if each in seen]
    for sealed in ({each[-688:] for each in world.relay.queries}, {each[-400:] for each in world.relay.answers}):
        bodies = list(sealed)
        assert len(bodies) == 3
        # No eight bytes of one are anywhere in another: they share nothing that was not random.
        pieces = [{body[at : at + 8] for at in range(len(body) - 7)} for body in bodies]
        assert not pieces[0] & pieces[1] | pieces[0] & pieces[2] | pieces[1] & pieces[2]


def test_nothing_is_written_down_by_the_station(world: World, tmp_path: Path) -> None:
    before = files(tmp_path / "station")
    question = world.ask()
    question.answer(world.relay.bring(question.envelope), now=NOW)
    assert files(tmp_path / "station") == before
    number = TRAVELLER.encode()
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and number in each.read_bytes()]


# ---- A relay that is not honest ----------------------------------------------------------------------------------


def test_it_brings_a_query_twice(world: World) -> None:
    question = world.ask()
    answer = world.relay.bring(question.envelope)
    with pytest.raises(StationRefused) as caught:
        world.relay.bring(question.envelope)
    assert caught.value.code == "replayed"
    assert len(world.north.log.entries) == 1
    assert question.answer(answer, now=NOW) is not None


def test_it_brings_an_old_answer(world: World) -> None:
    first = world.ask()
    old = world.relay.bring(first.envelope)
    assert first.answer(old, now=NOW) is not None
    assert_not_taken(first, old, "question-closed")
    second = world.ask()
    assert_not_taken(second, old, "not-for-us")
    assert second.answer(world.relay.bring(second.envelope), now=NOW) is not None


def test_it_swaps_two_answers(world: World) -> None:
    mine, yours = world.ask(TRAVELLER), world.ask(STRANGER)
    for_me, for_you = (world.relay.bring(each.envelope) for each in (mine, yours))
    assert_not_taken(mine, for_you, "not-for-us")
    assert_not_taken(yours, for_me, "not-for-us")
    assert mine.answer(for_me, now=NOW) is not None
    assert yours.answer(for_you, now=NOW) is None


def test_it_says_not_known_itself(world: World) -> None:
    """It does not know the answer key; were that stolen, it still has no region's signature."""
    question = world.ask()
    real = world.relay.bring(question.envelope)
    assert_not_taken(question, bytes(405), "malformed")
    assert_not_taken(question, real[:5] + bytes(400), "not-for-us")
    platform = next(iter(world.country.windows)).signer
    for liar in (platform, signer(112), SoftwareSigner(), signer(150)):
        assert_not_taken(question, make_answer(question, by=liar), "other-region")
    assert question.answer(real, now=NOW) is not None


def test_it_brings_a_query_to_another_region(world: World) -> None:
    question = world.ask()
    with pytest.raises(StationRefused) as caught:
        world.south.desk.answer(question.envelope, now=NOW)
    assert caught.value.code == "other-region"


def test_it_changes_the_address(world: World) -> None:
    """South's name, and then also South's key, over what is sealed to North."""
    question = world.ask()
    sent = parse_query_envelope(question.envelope)
    south = parse_query_envelope(world.ask(STRANGER, world.south).envelope)
    for key, code in ((sent.sealing_key, "unknown-sealing-key"), (south.sealing_key, "not-for-us")):
        readdressed = encode_query_envelope(QueryEnvelope(south.region, key, sent.sealed))
        with pytest.raises(StationRefused) as caught:
            world.south.desk.answer(readdressed, now=NOW)
        assert caught.value.code == code
    assert not world.south.log.entries


def test_it_gives_the_station_a_sealing_key_of_its_own(world: World) -> None:
    own = DailyKeys(SoftwareSigner(), QueryMemory(None)).rotate(now=NOW)[0]
    for wrong in (own, world.south.sealing_key):
        with pytest.raises(StationRefused) as caught:
            world.desk.ask(card(), world.north.certificate, wrong, consent=True, now=NOW)
        assert caught.value.code == "other-region"


def test_it_drops_a_query(world: World) -> None:
    """The desk gives up, and nothing is left of the question."""
    whose = card()
    with world.desk.ask(whose, world.north.certificate, world.north.sealing_key, consent=True, now=NOW) as question:
        pass
    late = world.relay.bring(question.envelope)
    assert_not_taken(question, late, "question-closed")
    assert not any(whose._number)


def test_it_holds_a_query_until_tomorrow(world: World) -> None:
    question = world.ask()
    for late, code in ((NOW + 180, "query-too-old"), (NOW + DAY + 300, "unknown-sealing-key")):
        with pytest.raises(StationRefused) as caught:
            world.north.desk.answer(question.envelope, now=late)
        assert caught.value.code == code
    assert not world.north.log.entries


def test_it_makes_itself_a_station(world: World) -> None:
    """It knows all that is published, a certificate of a real station, and at last a registrar's stolen key."""
    own, north = signer(666), parse_query_envelope(world.ask().envelope)
    certified = Registrar(own).certify_station(own.public_key, AREA, now=NOW)
    stolen = world.country.registrar.certify_station(
        own.public_key, AREA, now=NOW, station_id=station_id_of(world.certificate)
    )
    given = [(world.certificate, "other-key"), (certified, "not-a-registrar"), (stolen, "not-listed")]
    for certificate, code in given:
        query = AssistedQuery(
            region=north.region,
            sealing_key=north.sealing_key,
            answer_key=SealingKey().public_key,
            nonce=bytes(16),
            issued=NOW,
            document=card(),
            certificate=certificate,
        )
        sealed = seal(north.sealing_key, pad(sign_query(query, own), QUERY_BLOCK_SIZE))
        with pytest.raises(StationRefused) as caught:
            world.relay.bring(encode_query_envelope(QueryEnvelope(north.region, north.sealing_key, sealed)))
        assert caught.value.code == code
    assert not world.north.log.entries


def test_the_envelopes_are_plain_cbor(world: World) -> None:
    question = world.ask()
    answer = world.relay.bring(question.envelope)
    assert [type(each) for each in cbor.decode(question.envelope) or ()] == [int, bytes, bytes, bytes]  # type: ignore[union-attr]  # an array
    assert [type(each) for each in cbor.decode(answer) or ()] == [int, bytes]  # type: ignore[union-attr]  # an array
