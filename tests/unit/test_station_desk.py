"""The station's side: what it refuses to ask, what it refuses as an answer, and that it forgets."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.attester import DailyKeys, QueryMemory
from healthpass.authority import Registrar
from healthpass.crypto.sealing import seal
from healthpass.crypto.signer import sign_message
from healthpass.errors import BadInput, FormatError
from healthpass.formats import cose
from healthpass.formats.assisted import AssistedAnswer, DailyKey, encode_answer, encode_daily_key
from healthpass.formats.assisted_envelope import ANSWER_BLOCK_SIZE, encode_answer_envelope, pad
from healthpass.formats.claim import DEVICE, parse_claim
from healthpass.formats.document import OTHER, Document
from healthpass.formats.text import decode_text
from healthpass.formats.window import Window
from healthpass.station import Desk, Question
from healthpass.trust.assisted import MAX_WAIT, open_sealing_key, query_hash
from healthpass.verifier import TrustStore
from tests.assisting import (
    CERTIFICATE,
    ID_NUMBER,
    NORTH_CERTIFICATE,
    OTHER_STATION,
    REGISTRAR,
    SOUTH_CERTIFICATE,
    STATION,
    TRUST,
    Region,
    answer_key_of,
    ask,
    deliver_keys,
    document,
    frames_of,
    is_wiped,
    make_answer,
    make_desk,
    make_trust,
    paper_pass,
    seal_answer,
)
from tests.issuing import OTHER_REGION, REGION
from tests.making import DAY, NOW, ROOTS, STRANGER, WINDOW, make_claim, make_trust_list, signer
from tests.raising import raises

REGION_NORTH = Region()
SEALING_KEY = REGION_NORTH.sealing_key


def daily(region: Any = REGION, **more: Any) -> bytes:
    """A sealing key as a region that signs whatever it likes would publish it."""
    values: dict[str, Any] = {"valid_from": NOW - 60, "expires": NOW + DAY, "key": bytes(range(1, 33)), **more}
    return sign_message(region, cose.SEALING_KEY, encode_daily_key(DailyKey(**values)))


def assert_not_asked(code: str, desk: Desk | None = None, now: int = NOW, consent: bool = True, **more: bytes) -> None:
    """It is refused with this code, and the document is still the caller's."""
    whose = document()
    parts = {"region_certificate": NORTH_CERTIFICATE, "sealing_key": SEALING_KEY, **more}
    with pytest.raises(BadInput) as caught:
        (desk or make_desk()).ask(whose, consent=consent, now=now, **parts)
    assert caught.value.code == code
    assert ID_NUMBER not in str(caught.value)
    assert whose == document()


def assert_not_taken(question: Question, data: bytes, code: str, now: int = NOW) -> None:
    """The answer is refused with this code, and the honest answer is taken after it."""
    with pytest.raises(BadInput) as caught:
        question.answer(data, now=now)
    assert caught.value.code == code
    assert ID_NUMBER not in str(caught.value)
    assert question.answer(make_answer(question, paper_pass()), now=NOW) is not None


# ---- Asking ------------------------------------------------------------------------------------------------------


def test_a_question() -> None:
    question = ask(REGION_NORTH)
    assert len(question.envelope) == 761
    assert ID_NUMBER.encode() not in question.envelope
    assert STATION.public_key not in question.envelope
    assert ask(REGION_NORTH).envelope != question.envelope


def test_without_consent() -> None:
    assert_not_asked("no-consent", consent=False)


def test_without_a_trust_list() -> None:
    assert_not_asked("no-trust-list", make_desk(TrustStore(ROOTS)))


def test_with_a_trust_list_that_is_too_old() -> None:
    assert_not_asked("no-trust-list", now=NOW + 8 * DAY)


def test_the_stations_own_certificate() -> None:
    assert_not_asked("other-key", Desk(OTHER_STATION, CERTIFICATE, TRUST))
    expired = REGISTRAR.certify_station(STATION.public_key, 7, now=NOW - DAY, lifetime=DAY)
    assert_not_asked("certificate-expired", make_desk(certificate=expired))
    strange = Registrar(STRANGER).certify_station(STATION.public_key, 7, now=NOW)
    assert_not_asked("not-a-registrar", make_desk(certificate=strange))
    assert_not_asked("malformed", make_desk(certificate=NORTH_CERTIFICATE))
    assert_not_asked("malformed", make_desk(certificate=b""))


def test_the_regions_certificate() -> None:
    strange = Registrar(STRANGER).certify_region(REGION.public_key, "North", now=NOW)
    assert_not_asked("not-a-registrar", region_certificate=strange)
    expired = REGISTRAR.certify_region(REGION.public_key, "North", now=NOW - DAY, lifetime=DAY)
    assert_not_asked("certificate-expired", region_certificate=expired)
    early = REGISTRAR.certify_region(REGION.public_key, "North", now=NOW + 61)
    assert_not_asked("certificate-from-the-future", region_certificate=early)
    altered = NORTH_CERTIFICATE[:-1] + bytes((NORTH_CERTIFICATE[-1] ^ 1,))
    assert_not_asked("bad-signature", region_certificate=altered)
    assert_not_asked("malformed", region_certificate=CERTIFICATE)


def test_another_regions_certificate() -> None:
    assert_not_asked("other-region", region_certificate=SOUTH_CERTIFICATE)


def test_a_sealing_key_by_somebody_else() -> None:
    assert_not_asked("other-region", sealing_key=daily(STRANGER))


def test_a_sealing_key_with_another_signature() -> None:
    assert_not_asked("bad-signature", sealing_key=SEALING_KEY[:-1] + bytes((SEALING_KEY[-1] ^ 1,)))


def test_a_message_that_is_no_sealing_key() -> None:
    assert_not_asked("malformed", sealing_key=sign_message(REGION, cose.ATTESTATION, b"\xa0"))
    assert_not_asked("malformed", sealing_key=sign_message(REGION, cose.SEALING_KEY, b"\xa0"))
    assert_not_asked("malformed", sealing_key=SEALING_KEY + bytes(512))


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_a_sealing_key_of_small_order(key: bytes) -> None:
    """It is refused before there is a query, so no frame has one in it."""
    assert_not_asked("malformed", sealing_key=daily(key=key))
    with pytest.raises(FormatError, match="small order"):
        open_sealing_key(daily(key=key), REGION.public_key, NOW)
    with raises(FormatError, "malformed", "a sealing key of small order, which anybody could open for") as caught:
        make_desk().ask(document(), NORTH_CERTIFICATE, daily(key=key), consent=True, now=NOW)
    assert ID_NUMBER not in frames_of(caught.value, beyond="test_a_sealing_key_of_small_order")


class Unplugged:
    """A station's key in a device that is pulled out; its driver raises whatever it likes."""

    public_key = STATION.public_key

    def sign(self, message: bytes) -> bytes:
        try:
            raise OSError("no device")
        except OSError:
            raise RuntimeError("cannot sign")  # noqa: B904  # as drivers do


def test_no_number_is_in_the_frames_of_a_signer_that_fails() -> None:
    desk = Desk(Unplugged(), CERTIFICATE, TRUST)
    with pytest.raises(RuntimeError, match="cannot sign") as caught:
        desk.ask(document(), NORTH_CERTIFICATE, SEALING_KEY, consent=True, now=NOW)
    assert ID_NUMBER not in frames_of(caught.value, beyond="test_no_number_is_in_the_frames_of_a_signer_that_fails")


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("sealing-key-expired", (NOW - DAY, NOW)),
        ("sealing-key-from-the-future", (NOW + 61, NOW + DAY)),
    ],
)
def test_a_sealing_key_at_another_time(code: str, times: tuple[int, int]) -> None:
    assert_not_asked(code, sealing_key=daily(valid_from=times[0], expires=times[1]))


def test_the_last_and_first_seconds_of_a_sealing_key() -> None:
    for times in ((NOW - DAY, NOW + 1), (NOW + 60, NOW + DAY)):
        key = daily(valid_from=times[0], expires=times[1])
        assert make_desk().ask(document(), NORTH_CERTIFICATE, key, consent=True, now=NOW)


def test_a_document_that_was_wiped() -> None:
    whose = document()
    whose.wipe()
    with pytest.raises(ValueError, match="wiped"):
        ask(REGION_NORTH, whose)


# ---- Answers -----------------------------------------------------------------------------------------------------


def test_a_pass() -> None:
    question = ask(REGION_NORTH)
    text = question.answer(make_answer(question, paper_pass()), now=NOW)
    assert text is not None
    assert decode_text(text) == paper_pass()


def test_not_known() -> None:
    question = ask(REGION_NORTH)
    assert question.answer(make_answer(question), now=NOW) is None


@pytest.mark.parametrize("claim", [paper_pass(), None], ids=["a pass", "not known"])
def test_once_only_and_then_forgotten(claim: bytes | None) -> None:
    whose = document()
    question = ask(REGION_NORTH, whose)
    answer, key = make_answer(question, claim), question._answer_key
    question.answer(answer, now=NOW)
    assert is_wiped(whose)
    assert key is not None
    assert not any(key._secret)
    with pytest.raises(BadInput) as caught:
        question.answer(answer, now=NOW)
    assert caught.value.code == "question-closed"


def test_giving_up() -> None:
    whose = document()
    with ask(REGION_NORTH, whose) as question:
        answer = make_answer(question)
    assert is_wiped(whose)
    question.close()
    with pytest.raises(BadInput) as caught:
        question.answer(answer, now=NOW)
    assert caught.value.code == "question-closed"


def test_the_answer_to_another_question() -> None:
    other = ask(REGION_NORTH)
    assert_not_taken(ask(REGION_NORTH), make_answer(other), "not-for-us")


def test_an_answer_over_another_query() -> None:
    assert_not_taken(q := ask(REGION_NORTH), make_answer(q, query_hash=bytes(32)), "other-query")


@pytest.mark.parametrize("by", [OTHER_REGION, STRANGER, STATION, signer(2)])
def test_not_known_by_somebody_else(by: Any) -> None:
    """Even another region of the country, the station itself, and the platform's own key."""
    assert_not_taken(question := ask(REGION_NORTH), make_answer(question, by=by), "other-region")


def test_a_pass_by_another_region() -> None:
    question = ask(REGION_NORTH)
    assert_not_taken(question, make_answer(question, paper_pass(), by=OTHER_REGION), "other-region")


def test_an_answer_whose_signature_does_not_hold() -> None:

    question = ask(REGION_NORTH)
    payload = encode_answer(AssistedAnswer(query_hash(question.envelope), NOW, None))
    message = cose.encode_sign1(cose.ASSISTED_ANSWER, REGION.public_key, payload, bytes(64))
    data = encode_answer_envelope(seal(answer_key_of(question), pad(message, ANSWER_BLOCK_SIZE)))
    assert_not_taken(question, data, "bad-signature")


def test_another_message_of_the_region_as_an_answer() -> None:

    question = ask(REGION_NORTH)
    payload = encode_answer(AssistedAnswer(query_hash(question.envelope), NOW, None))
    assert_not_taken(question, seal_answer(question, payload, typ=cose.ATTESTATION), "malformed")


def test_an_answer_with_something_in_its_padding() -> None:

    question = ask(REGION_NORTH)
    block = bytes(ANSWER_BLOCK_SIZE - 1) + b"\x01"
    assert_not_taken(question, encode_answer_envelope(seal(answer_key_of(question), block)), "malformed")


def test_an_answer_that_is_none() -> None:
    question = ask(REGION_NORTH)
    assert_not_taken(question, seal_answer(question, b"\xa0"), "malformed")
    question = ask(REGION_NORTH)
    assert_not_taken(question, question.envelope, "malformed")


@pytest.mark.parametrize(
    ("code", "issued", "now"),
    [
        ("answer-from-the-future", NOW + 61, NOW),
        ("answer-too-old", NOW - 61, NOW),
        ("answer-too-old", NOW, NOW + MAX_WAIT),
    ],
)
def test_an_answer_at_another_time(code: str, issued: int, now: int) -> None:
    question = ask(REGION_NORTH)
    assert_not_taken(question, make_answer(question, issued=issued), code, now=now)


@pytest.mark.parametrize(("issued", "now"), [(NOW + 60, NOW), (NOW - 60, NOW), (NOW, NOW + MAX_WAIT - 1)])
def test_an_answer_that_is_just_in_time(issued: int, now: int) -> None:
    question = ask(REGION_NORTH)
    assert question.answer(make_answer(question, issued=issued), now=now) is None


# ---- The pass in it ----------------------------------------------------------------------------------------------

PASSES: dict[str, tuple[str, bytes]] = {
    "no claim": ("malformed", bytes(108)),
    "under an unknown kid": ("unknown-window", paper_pass(kid=b"none")),
    "of another expiry": ("not-allowed", paper_pass(exp=WINDOW.expires - 1)),
    "past the capacity": ("not-allowed", paper_pass(slot=WINDOW.capacity)),
    "of tomorrow": ("window-not-open", paper_pass(kid=b"kid1", exp=WINDOW.expires + DAY)),
    "not signed": ("bad-claim-signature", paper_pass()[:-64] + bytes(64)),
    "of another person": ("document-mismatch", paper_pass(Document(OTHER, "A12345"))),
}


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_that_is_not_taken(name: str) -> None:
    code, claim = PASSES[name]
    question = ask(REGION_NORTH)
    assert_not_taken(question, make_answer(question, claim), code)


def test_a_pass_under_a_window_that_binds_to_no_document() -> None:
    phones = Window(WINDOW.kid, WINDOW.key, WINDOW.valid_from, WINDOW.expires, WINDOW.capacity, DEVICE, b"doc0")
    trust_list = make_trust_list(windows=[phones], registrar_keys=(REGISTRAR.public_key,))
    question = ask(REGION_NORTH, desk=make_desk(make_trust(trust_list=trust_list)))
    with pytest.raises(BadInput) as caught:
        question.answer(make_answer(question, paper_pass()), now=NOW)
    assert caught.value.code == "not-allowed"
    assert question.answer(make_answer(question), now=NOW) is None


def test_a_pass_of_yesterday() -> None:
    """The window closes while the answer is on its way."""
    last = WINDOW.expires - 1
    question = make_desk().ask(document(), NORTH_CERTIFICATE, daily(), consent=True, now=last - 10)
    answer = make_answer(question, paper_pass(), issued=last)
    with pytest.raises(BadInput) as caught:
        question.answer(answer, now=WINDOW.expires)
    assert caught.value.code == "window-not-open"
    assert question.answer(answer, now=last) is not None


def test_no_other_kind_of_claim_fits_an_answer() -> None:
    question = ask(REGION_NORTH)
    with raises(FormatError, "malformed", "pass: not 108 bytes"):
        make_answer(question, make_claim())


def test_a_tag_of_two_bytes_is_that_of_another_person_now_and_then() -> None:
    """The test above compares tags that differ; this says so."""
    tags = [parse_claim(paper_pass(each)).tag for each in (document(), Document(OTHER, "A12345"))]
    assert tags[0] != tags[1]


def test_a_tag_of_another_slot() -> None:
    question = ask(REGION_NORTH)
    moved = paper_pass(slot=2, tag=parse_claim(paper_pass(slot=1)).tag)
    assert_not_taken(question, make_answer(question, moved), "document-mismatch")


def test_a_station_without_the_document_key_refuses_a_pass() -> None:
    store = make_trust(keys=False)
    question = ask(REGION_NORTH, desk=make_desk(store))
    answer = make_answer(question, paper_pass())
    with pytest.raises(BadInput) as caught:
        question.answer(answer, now=NOW)
    assert caught.value.code == "no-document-key"
    deliver_keys(store)
    assert question.answer(answer, now=NOW) is not None


def test_a_station_that_compares_no_documents_says_so() -> None:
    question = ask(REGION_NORTH, desk=make_desk(make_trust(keys=False), compare_documents=False))
    assert question.answer(make_answer(question, paper_pass()), now=NOW) is not None


def test_a_trust_list_that_has_expired_meanwhile() -> None:
    store = make_trust(trust_list=make_trust_list(registrar_keys=(REGISTRAR.public_key,), expires=NOW + 100))
    question = ask(REGION_NORTH, desk=make_desk(store))
    with pytest.raises(BadInput) as caught:
        question.answer(make_answer(question, paper_pass()), now=NOW + 100)
    assert caught.value.code == "no-trust-list"


def test_no_repr_says_anything() -> None:
    assert repr(ask(REGION_NORTH)) == "Question(...)"
    assert repr(make_desk()) == "Desk(...)"
    assert repr(DailyKeys(REGION, QueryMemory(None))) == "DailyKeys(0)"
