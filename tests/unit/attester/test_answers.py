"""The region's side: each of the first steps refuses what it is there for, with nothing changed."""

from __future__ import annotations

import pytest

from healthpass.authority import Registrar
from healthpass.crypto.sealing import seal
from healthpass.errors import StationRefused
from healthpass.formats import cose
from healthpass.formats.assisted_envelope import QUERY_BLOCK_SIZE, QueryEnvelope, encode_query_envelope
from healthpass.formats.document import OTHER, PASSPORT
from healthpass.formats.text import decode_text
from healthpass.verifier import TrustStore
from tests.assisting import (
    ANSWER_KEY,
    CERTIFICATE,
    ID_NUMBER,
    OTHER_STATION,
    PASSPORT_NUMBER,
    REGISTRAR,
    STATION,
    STATION_ID,
    Region,
    ask,
    assert_not_answered,
    assert_region_refuses,
    changed_query,
    document,
    is_wiped,
    make_query,
    seal_query,
    sealing_key_of,
    sign_query,
)
from tests.issuing import OTHER_REGION, REGION
from tests.making import DAY, NOW, ROOTS, STRANGER


@pytest.fixture
def region() -> Region:
    return Region()


# ---- Honest ones -------------------------------------------------------------------------------------------------


def test_a_person_whom_the_region_knows(region: Region) -> None:
    question = ask(region)
    answer = region.desk.answer(question.envelope, now=NOW)
    assert region.log.entries == [(STATION_ID, NOW, "pass", ID_NUMBER)]
    assert region.issued == 1
    assert is_wiped(region.documents[0])
    text = question.answer(answer, now=NOW)
    assert text is not None
    assert len(decode_text(text)) == 108


def test_a_person_whom_it_does_not_know(region: Region) -> None:
    question = ask(region, document(PASSPORT))
    answer = region.desk.answer(question.envelope, now=NOW)
    assert region.log.entries == [(STATION_ID, NOW, "not-known", PASSPORT_NUMBER)]
    assert region.issued == 0
    assert is_wiped(region.documents[0])
    assert question.answer(answer, now=NOW) is None


def test_all_answers_have_one_size_and_no_two_are_alike() -> None:
    region = Region(people={ID_NUMBER: "绿", PASSPORT_NUMBER: "stay in"})
    kinds = (document(), document(PASSPORT), document(OTHER))
    answers = [region.desk.answer(ask(region, each).envelope, now=NOW) for each in kinds]
    assert {len(each) for each in answers} == {405}
    assert [kind for _, _, kind, _ in region.log.entries] == ["pass", "pass", "not-known"]
    assert len({each[5:37] for each in answers}) == 3


# ---- 1 to 5: form, addressee, opening, signature, content --------------------------------------------------------


def test_no_envelope(region: Region) -> None:
    for data in (b"", bytes(761), ask(region).envelope[:-1], ask(region).envelope + b"\x00"):
        assert_region_refuses(region, data, "malformed")


def test_for_another_region(region: Region) -> None:
    assert_region_refuses(region, ask(Region(OTHER_REGION)).envelope, "other-region")


def test_under_another_regions_name(region: Region) -> None:
    """The relay changes the address; the region then does not even try to open it."""
    assert_region_refuses(region, seal_query(region, sign_query(make_query(region)), header=bytes(32)), "other-region")


def test_sealed_to_a_key_of_somebody_else(region: Region) -> None:
    data = encode_query_envelope(QueryEnvelope(REGION.public_key, ANSWER_KEY.public_key, bytes(688)))
    assert_region_refuses(region, data, "unknown-sealing-key")


def test_sealed_to_a_key_that_is_erased(region: Region) -> None:
    """Forward secrecy: whoever has recorded the envelope, and then takes the region's machine, opens nothing."""
    question, later = ask(region), NOW + DAY + 300
    held = next(iter(region.keys._keys.values()))[0]
    region.keys.rotate(now=later)
    assert_not_answered(region, question.envelope, "unknown-sealing-key")
    assert not any(held._secret)
    region.sealing_key = region.keys.rotate(now=NOW)[0]
    assert_region_refuses(region, question.envelope, "unknown-sealing-key")


def test_sealed_to_another_key_than_it_says(region: Region) -> None:
    sealed = seal(ANSWER_KEY.public_key, bytes(QUERY_BLOCK_SIZE))
    data = encode_query_envelope(QueryEnvelope(REGION.public_key, sealing_key_of(region), sealed))
    assert_region_refuses(region, data, "not-for-us")


def test_something_in_the_padding(region: Region) -> None:
    message = sign_query(make_query(region))
    block = len(message).to_bytes(2, "big") + message + bytes(QUERY_BLOCK_SIZE - 3 - len(message)) + b"\x01"
    assert_region_refuses(region, seal_query(region, b"", block=block), "malformed")


def test_no_message_in_it(region: Region) -> None:
    assert_region_refuses(region, seal_query(region, b""), "malformed")
    assert_region_refuses(region, seal_query(region, bytes(600)), "malformed")


def test_another_message_of_the_station(region: Region) -> None:
    assert_region_refuses(region, seal_query(region, sign_query(make_query(region), typ=cose.ATTESTATION)), "malformed")


def test_a_signature_that_does_not_hold(region: Region) -> None:
    message = sign_query(make_query(region))
    assert_region_refuses(region, seal_query(region, message[:-1] + bytes((message[-1] ^ 1,))), "bad-signature")


def test_a_payload_that_is_no_query(region: Region) -> None:
    assert_region_refuses(region, seal_query(region, sign_query(b"\xa0")), "malformed")
    assert_region_refuses(region, changed_query(region, {}, missing=[5]), "malformed")
    assert_region_refuses(region, changed_query(region, {9: "110105194912310021"}), "malformed")


def test_without_consent(region: Region) -> None:
    assert_region_refuses(region, changed_query(region, {7: 0}), "no-consent")


# ---- 6: who asks -------------------------------------------------------------------------------------------------


def with_certificate(region: Region, certificate: bytes) -> bytes:
    return seal_query(region, sign_query(make_query(region, certificate=certificate)))


def test_a_station_that_nobody_certifies(region: Region) -> None:
    strange = Registrar(STRANGER).certify_station(STATION.public_key, 7, now=NOW)
    assert_region_refuses(region, with_certificate(region, strange), "not-a-registrar")
    assert_region_refuses(region, with_certificate(region, b"\x00"), "malformed")


def test_a_certificate_whose_signature_does_not_hold(region: Region) -> None:
    assert_region_refuses(
        region, with_certificate(region, CERTIFICATE[:-1] + bytes((CERTIFICATE[-1] ^ 1,))), "bad-signature"
    )


def test_a_certificate_of_another_time(region: Region) -> None:
    expired = REGISTRAR.certify_station(STATION.public_key, 7, now=NOW - DAY, lifetime=DAY)
    assert_region_refuses(region, with_certificate(region, expired), "certificate-expired")
    early = REGISTRAR.certify_station(STATION.public_key, 7, now=NOW + 61)
    assert_region_refuses(region, with_certificate(region, early), "certificate-from-the-future")


def test_a_certificate_of_a_region(region: Region) -> None:
    assert_region_refuses(
        region, with_certificate(region, REGISTRAR.certify_region(STATION.public_key, "x", now=NOW)), "malformed"
    )


def test_the_certificate_of_another_station(region: Region) -> None:
    assert_region_refuses(region, seal_query(region, sign_query(make_query(region), OTHER_STATION)), "other-key")


def test_a_region_without_a_trust_list(region: Region) -> None:
    assert_region_refuses(region, ask(region).envelope, "no-trust-list", desk=region.make_desk(TrustStore(ROOTS)))


# ---- 7: for whom it was meant ------------------------------------------------------------------------------------


def test_sealed_again_to_another_region(region: Region) -> None:
    """North has received it, and asks South in the station's name."""
    south = Region(OTHER_REGION)
    message = sign_query(make_query(region))
    assert_not_answered(south, seal_query(south, message), "re-sealed")
    assert_region_refuses(south, seal_query(south, message), "re-sealed")


def test_meant_for_another_region_with_this_regions_key(region: Region) -> None:
    """A station that mixes up two regions: the answer would not be taken, so none is given."""
    assert_region_refuses(region, changed_query(region, {2: OTHER_REGION.public_key}), "re-sealed")


def test_sealed_again_to_another_key_of_the_region(region: Region) -> None:
    message = sign_query(make_query(region, sealing_key=ANSWER_KEY.public_key))
    assert_region_refuses(region, seal_query(region, message), "re-sealed")


def test_sealed_again_to_the_same_key(region: Region) -> None:
    """It is answered, for the region cannot know; but the station does not take the answer, and the nonce is used."""
    question = ask(region)
    sent = question._query
    copy = seal_query(region, sign_query(sent))
    assert copy != question.envelope
    answer = region.desk.answer(copy, now=NOW)
    with pytest.raises(StationRefused) as caught:
        question.answer(answer, now=NOW)
    assert caught.value.code == "other-query"
    assert_region_refuses(region, question.envelope, "replayed")
