"""A station, a region and a platform for tests of assisted queries, and a relay between them, from fixed seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from traceback import TracebackException
from typing import Any

import pytest

from healthpass import Color
from healthpass.attester import DailyKeys, DocumentSeeds, ListedStation, Person, QueryAnswerer, QueryMemory, StationList
from healthpass.authority import Registrar
from healthpass.crypto.document_tag import document_tag, seed_of
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.crypto.signer import Signer, sign_message
from healthpass.errors import BadInput
from healthpass.formats import cbor, cose
from healthpass.formats.assisted import AssistedAnswer, AssistedQuery, encode_answer, encode_query
from healthpass.formats.assisted_envelope import (
    ANSWER_BLOCK_SIZE,
    QUERY_BLOCK_SIZE,
    QueryEnvelope,
    encode_answer_envelope,
    encode_query_envelope,
    pad,
)
from healthpass.formats.claim import Claim
from healthpass.formats.document import OTHER, PASSPORT, RESIDENT_ID, Document
from healthpass.formats.trust_list import TrustList
from healthpass.issuer import Issuer, SQLiteLedger
from healthpass.station import Desk, Question
from healthpass.trust.assisted import query_hash
from healthpass.verifier import TrustStore
from tests.issuing import OTHER_REGION, REGION, make_issuer
from tests.making import NOW, ROOTS, WINDOW, make_trust_list, sign_claim, sign_trust_list, signer

REGISTRAR = Registrar(signer(130))
STATION, OTHER_STATION = signer(140), signer(141)
STATION_ID, OTHER_ID = "00112233445566aa", "00112233445566bb"
DOCUMENT_KEY = bytes(range(32))
STATION_SEAL = SealingKey(b"\x05" * 32)
ID_NUMBER, PASSPORT_NUMBER = "11010519491231002X", "E12345678"
LONGEST_NUMBER = "Z" * 40
DOCUMENTS = {RESIDENT_ID: ID_NUMBER, PASSPORT: PASSPORT_NUMBER, OTHER: LONGEST_NUMBER}
STATIONS = StationList(
    [ListedStation("Desk", STATION_ID, STATION.public_key), ListedStation("Other", OTHER_ID, OTHER_STATION.public_key)]
)
CERTIFICATE = REGISTRAR.certify_station(STATION.public_key, 7, now=NOW, station_id=STATION_ID)
NORTH_CERTIFICATE = REGISTRAR.certify_region(REGION.public_key, "North", now=NOW)
SOUTH_CERTIFICATE = REGISTRAR.certify_region(OTHER_REGION.public_key, "South", now=NOW)
LIST: TrustList = make_trust_list(registrar_keys=(REGISTRAR.public_key,))


def document(kind: str = RESIDENT_ID) -> Document:
    return Document(kind, DOCUMENTS[kind])


def make_trust(*, keys: bool = True, trust_list: TrustList = LIST) -> TrustStore:
    """A trust store in memory; with the document key, unless it is to have none."""
    store = TrustStore(ROOTS, sealing_key=STATION_SEAL)
    store.update_trust_list(sign_trust_list(trust_list), now=NOW)
    if keys:
        deliver_keys(store)
    return store


def deliver_keys(store: TrustStore) -> None:
    """The store gets the document key."""
    delivery = REGISTRAR.deliver_document_keys({b"doc0": DOCUMENT_KEY}, STATION_SEAL.public_key, version=1, now=NOW)
    store.update_document_keys(delivery, now=NOW)


TRUST = make_trust()


class Log:
    """An audit log in memory. It keeps a plain number, which no real one may.

    Attributes:
        fails: it cannot be written, and says so only when it is.
        full: it cannot be written, and says so when it is asked.
    """

    def __init__(self) -> None:
        self.entries: list[tuple[str, int, str, str]] = []
        self.fails = False
        self.full = False

    def check(self, *, now: int) -> None:
        if self.full:
            raise OSError("the disk is full")

    def record(self, *, station: str, now: int, kind: str, document: Document) -> None:
        if self.fails:
            raise OSError("the disk is full")
        self.entries.append((station, now, kind, document.number.decode()))


class Region:
    """A region with everything that it answers with. It knows whoever is in `people`, by number.

    Attributes:
        documents: every document that was ever looked up, wiped or not.
        time: the platform's.
    """

    def __init__(
        self,
        key: Signer = REGION,
        people: dict[str, str] | None = None,
        *,
        memory: QueryMemory | None = None,
        trust_list: TrustList = LIST,
        document_keys: dict[bytes, bytes] | None = None,
    ) -> None:
        self.key = key
        self.time = NOW
        self.people = {ID_NUMBER: "绿"} if people is None else people
        self.log = Log()
        self.ledger = SQLiteLedger(":memory:")
        self.issuer: Issuer = make_issuer(self.ledger)
        self.keys = DailyKeys(key, QueryMemory(None) if memory is None else memory)
        self.seeds = DocumentSeeds(trust_list, {b"doc0": DOCUMENT_KEY} if document_keys is None else document_keys)
        self.documents: list[Document] = []
        self.desk = self.make_desk(make_trust(keys=False, trust_list=trust_list))
        self.sealing_key = self.keys.rotate(now=NOW)[0]

    def make_desk(self, store: TrustStore, **more: Any) -> QueryAnswerer:
        """Its desk; `more` is what a test wants to be different."""
        parts: dict[str, Any] = {
            "look_up": self.look_up,
            "issue": self.issue,
            "audit": self.log,
            "stations": STATIONS,
            **more,
        }
        return QueryAnswerer(self.key, self.keys, store, **parts)

    def look_up(self, whose: Document) -> Person | None:
        self.documents.append(whose)
        color = self.people.get(whose.number.decode())
        return None if color is None else Person(color, self.seeds.of(whose))

    def issue(self, request: bytes) -> bytes:
        return self.issuer.issue(request, now=self.time)

    @property
    def issued(self) -> int:
        return self.ledger.issued(WINDOW.kid)

    def state(self) -> object:
        """Whatever a refused query must leave as it is."""
        return list(self.log.entries), self.issued, len(self.keys.memory), len(self.documents)


def make_desk(store: TrustStore = TRUST, certificate: bytes = CERTIFICATE, **more: Any) -> Desk:
    return Desk(STATION, certificate, store, **more)


def ask(region: Region, whose: Document | None = None, *, now: int = NOW, desk: Desk | None = None) -> Question:
    """A question of the station to that region, which is North or South."""
    certificate = NORTH_CERTIFICATE if region.key is REGION else SOUTH_CERTIFICATE
    asked = whose if whose is not None else document()
    return (desk or make_desk()).ask(asked, certificate, region.sealing_key, consent=True, now=now)


def make_query(region: Region, **more: Any) -> AssistedQuery:
    """The fields of an honest query; `more` is what a test wants to be different."""
    values: dict[str, Any] = {
        "region": region.key.public_key,
        "sealing_key": sealing_key_of(region),
        "answer_key": ANSWER_KEY.public_key,
        "nonce": bytes(16),
        "issued": NOW,
        "document": document(),
        "certificate": CERTIFICATE,
        **more,
    }
    return AssistedQuery(**values)


ANSWER_KEY = SealingKey(b"\x06" * 32)


def sealing_key_of(region: Region) -> bytes:
    """The public key in its message of today."""
    content: Any = cbor.decode(cose.decode_sign1(region.sealing_key, cose.SEALING_KEY, 512).payload)
    key: bytes = content[4]
    return key


def sign_query(payload: bytes | AssistedQuery, station: Signer = STATION, typ: str = cose.ASSISTED_QUERY) -> bytes:
    """A query's signed message with this payload, whatever it is."""
    return sign_message(station, typ, payload if isinstance(payload, bytes) else encode_query(payload))


def seal_query(region: Region, message: bytes, *, block: bytes | None = None, header: bytes | None = None) -> bytes:
    """An envelope to that region, with this message, or a whole block, in it; `header` names another region."""
    key = sealing_key_of(region)
    sealed = seal(key, pad(message, QUERY_BLOCK_SIZE) if block is None else block)
    return encode_query_envelope(QueryEnvelope(header or region.key.public_key, key, sealed))


def changed_query(region: Region, changes: dict[int, Any], *, missing: Iterable[int] = ()) -> bytes:
    """The envelope of an honest query, apart from these labels."""
    content: Any = cbor.decode(encode_query(make_query(region)))
    content.update(changes)
    for label in missing:
        del content[label]
    return seal_query(region, sign_query(cbor.encode(content)))


def answer_key_of(question: Question) -> bytes:
    """Where an answer to that question is sealed to; only the region asked can know."""
    return question._query.answer_key


def seal_answer(question: Question, payload: bytes, by: Signer = REGION, typ: str = cose.ASSISTED_ANSWER) -> bytes:
    """An answer's envelope with this payload, whatever it is."""
    message = sign_message(by, typ, payload)
    return encode_answer_envelope(seal(answer_key_of(question), pad(message, ANSWER_BLOCK_SIZE)))


def make_answer(question: Question, claim: bytes | None = None, *, by: Signer = REGION, **more: Any) -> bytes:
    """An answer to that question as a region that says whatever it likes would give it."""
    values: dict[str, Any] = {"query_hash": query_hash(question.envelope), "issued": NOW, **more}
    return seal_answer(question, encode_answer(AssistedAnswer(claim=claim, **values)), by)


def paper_pass(whose: Document | None = None, **more: Any) -> bytes:
    """A pass of today for that person; `more` is what a test wants to be different."""
    values: dict[str, Any] = {"kid": WINDOW.kid, "exp": WINDOW.expires, "slot": 1, "color": Color.GREEN, **more}
    seed = seed_of(whose or document(), DOCUMENT_KEY, WINDOW.valid_from, WINDOW.expires)
    return sign_claim(Claim(**{"tag": document_tag(seed, values["kid"], values["slot"]), **values}))


def assert_not_answered(
    region: Region, data: bytes, code: str, now: int = NOW, desk: QueryAnswerer | None = None
) -> None:
    """The region refuses with this code, nothing has changed, and what it looked at is wiped."""
    before = region.state()
    with documents_made() as made, pytest.raises(BadInput) as caught:
        (desk or region.desk).answer(data, now=now)
    assert caught.value.code == code
    assert ID_NUMBER not in str(caught.value)
    assert region.state() == before
    assert all(map(is_wiped, made))


@contextmanager
def documents_made() -> Iterator[list[Document]]:
    """The documents that are made meanwhile."""
    made: list[Document] = []
    real = Document.__init__

    def noted(self: Document, kind: str, number: str) -> None:
        real(self, kind, number)
        made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Document, "__init__", noted)
        yield made


def frames_of(error: BaseException, *, beyond: str) -> str:
    """What a program that reports an error with the values of its frames shows of those that were called from the
    function of the name `beyond`, and of all errors that were being handled."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_name != beyond:
        traceback = traceback.tb_next
    assert traceback is not None
    shown = ["".join(TracebackException(type(error), error, traceback.tb_next, capture_locals=True).format())]
    before = error.__cause__ or error.__context__
    while before is not None:
        shown += TracebackException.from_exception(before, capture_locals=True).format()
        before = before.__cause__ or before.__context__
    return "".join(shown)


def assert_region_refuses(
    region: Region, data: bytes, code: str, now: int = NOW, desk: QueryAnswerer | None = None
) -> None:
    """The same; and an honest query is answered after it."""
    assert_not_answered(region, data, code, now, desk)
    question = ask(region)
    assert question.answer(region.desk.answer(question.envelope, now=NOW), now=NOW) is not None


def broken(*_: object, **__: object) -> Any:
    """Stands for a part of a region that is out of order."""
    raise OSError("gone")


def is_wiped(whose: Document) -> bool:
    return not any(whose._number)
