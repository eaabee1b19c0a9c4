"""docs/healthpass.cddl describes our bytes, and refuses what our readers refuse.

Two validators, because neither does all of it. `zcbor` follows `.cbor` into byte strings and counts the items of an
array; it knows no `.regexp`, so a place id is 16 characters to it. `pycddl` knows `.regexp` (unanchored), but looks for
what a `.cbor` wraps in every item of an array, does not count the records in one, and takes any map for `{}`; it is
given the maps inside the byte strings, one by one, as is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pycddl  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass.attester import Attester
from healthpass.crypto.signer import sign_message
from healthpass.errors import FormatError
from healthpass.formats import area_table, assisted, assisted_envelope, cose, document_keys, enrolment, notice, station
from healthpass.formats import attestation as attestation_format
from healthpass.formats import batch as batch_format
from healthpass.formats.attestation import Attestation, IssueRequest, encode_attestation, encode_issue_request
from healthpass.formats.check_policy import default_policy
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.document_keys import parse_delivery
from healthpass.formats.enrolment import KeyRequest, Offer, Opening
from healthpass.formats.period import Period
from healthpass.formats.place import parse_place
from healthpass.formats.presentation import Shape, parse_presentation
from healthpass.formats.revocation import messages as revocation
from healthpass.formats.trust_list import MAX_SIZE, encode_trust_list, parse_trust_list
from tests import assisting, making
from tests.assisting import DOCUMENTS
from tests.documents import REGISTRAR, deliver
from tests.making import DAY, HOLDER, NONCE, NOW, PLACE, SHAPES, TAG, WINDOW, make_claim, present_shape, signer
from tests.placing import make_area_table, make_place
from tests.raising import raises_one_of
from tests.revoking import make_delta, make_snapshot
from tests.stations import vouch

CDDL = (Path(__file__).parents[2] / "docs" / "healthpass.cddl").read_text(encoding="utf-8")
PLACE_ID = '.regexp "[0-9a-f]{16}"'
REGION = signer(20)
KEY = HOLDER.public_key
REFERENCE = bytes(range(16))
PERIODS = (Period(NOW, NOW + DAY, 2), Period(NOW + DAY, NOW + 2 * DAY, 1))
OFFER = Offer(REGION.public_key, REFERENCE, "北" * 10, Binding.BOTH, 8, PERIODS)
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def rules() -> Any:
    """zcbor's rules by name. The bound stands for `*`, of which the file has one per extensible map."""
    zcbor = pytest.importorskip("zcbor", reason="zcbor follows .cbor into byte strings: pip install zcbor")
    assert CDDL.count(PLACE_ID) == 1
    return zcbor.DataTranslator.from_cddl(CDDL.replace(PLACE_ID, ".size 16"), 1_000_000).my_types


def whole(rules: Any, rule: str, data: bytes) -> bool:
    """Whether `data` is a `rule`, byte strings and all, says zcbor."""
    try:
        rules[rule].validate_str(data)
    except Exception as error:  # its errors have no common type
        if type(error).__name__ not in ("CddlValidationError", "CBORDecodeEOF", "CBORDecodeError"):
            raise
        return False
    return True


def layer(rule: str, data: bytes) -> bool:
    """Whether `data`, a map, is a `rule`, says pycddl."""
    try:
        pycddl.Schema(f"start = {rule}\n{CDDL}").validate_cbor(data)
    except pycddl.ValidationError:
        return False
    return True


def trust_list(**more: Any) -> bytes:
    return making.sign_trust_list(making.make_trust_list(**more))


FULL_LIST = making.make_trust_list(
    revocation_keys={signer(21).public_key: (WINDOW.kid,)},
    registrar_keys=(signer(22).public_key,),
    risk_keys=(signer(23).public_key,),
    policy=default_policy(),
    grace=86_400,
)


def attest(colors: tuple[str, ...], binding: Binding, recovery_hash: bytes | None = None) -> bytes:
    periods = (
        tuple(Period(each.valid_from, each.expires, 1) for each in PERIODS) if binding == Binding.DOCUMENT else PERIODS
    )
    seeds = None if binding == Binding.DEVICE else tuple((SEED, SEED) for _ in colors)
    commitment = None if binding == Binding.DOCUMENT else bytes(32)
    content = Attestation(REFERENCE, NOW, colors, binding, periods, seeds, commitment, recovery_hash, making.PLATFORM)
    return sign_message(REGION, cose.ATTESTATION, encode_attestation(content))


def opening(recovery_hash: bytes | None) -> bytes:
    keys = tuple(tuple(signer(30 + n).public_key for n in range(period.count)) for period in PERIODS)
    return enrolment.encode_opening(Opening(bytes(32), KEY, keys, recovery_hash))


def key_request(offer: Offer) -> bytes:
    request = KeyRequest(enrolment.encode_offer(offer), bytes(32), KEY, bytes(1072))
    return enrolment.encode_key_request(request)


def answered(claim: bytes | None) -> bytes:
    content = assisted.AssistedAnswer(bytes(32), NOW, claim)
    return sign_message(REGION, cose.ASSISTED_ANSWER, assisted.encode_answer(content))


OURS = [
    *(pytest.param("claim", make_claim(binding=binding), id=f"claim {binding}") for binding in tuple(Binding)),
    pytest.param("device-claim", make_claim(), id="device claim"),
    pytest.param("document-claim", make_claim(binding=Binding.DOCUMENT), id="document claim"),
    pytest.param("both-claim", make_claim(binding=Binding.BOTH), id="both-bound claim"),
    pytest.param("pass", make_claim(binding=Binding.DOCUMENT), id="paper pass"),
    pytest.param("trust-list", trust_list(), id="trust list"),
    pytest.param("trust-list", making.sign_trust_list(FULL_LIST, (signer(1), signer(2))), id="full trust list"),
    pytest.param("attestation", attest(("green",), Binding.DEVICE), id="attestation for a device"),
    pytest.param("attestation", attest(("绿" * 64,), Binding.DOCUMENT), id="attestation for paper"),
    pytest.param("attestation", attest(("绿", "amber"), Binding.BOTH, bytes(32)), id="attestation for a family"),
    pytest.param(
        "issue-request",
        encode_issue_request(IssueRequest(attest(("green",), Binding.DEVICE), KEY, bytes(1072))),
        id="issue request for a device",
    ),
    pytest.param(
        "issue-request",
        encode_issue_request(IssueRequest(attest(("green",), Binding.DOCUMENT))),
        id="issue request for paper",
    ),
    pytest.param("place-certificate", make_place(), id="place certificate"),
    pytest.param("place-certificate", make_place(23, 2**32 - 1), id="place of a country's own class"),
    pytest.param("area-table", make_area_table(), id="empty area table"),
    pytest.param("revocation-snapshot", make_snapshot()[0], id="snapshot"),
    pytest.param("revocation-delta", make_delta(2**32 - 1, {WINDOW: range(300), making.TOMORROW: [1]}), id="delta"),
    pytest.param("revocation-delta", make_delta(), id="empty delta"),
    pytest.param("revocation-notice", Attester(signer(3)).revoke(bytes(16), now=NOW), id="notice"),
    pytest.param("sealing-key", assisting.Region().sealing_key, id="sealing key"),
    *(
        pytest.param("assisted-query", assisting.sign_query(query), id=f"assisted query, {query.document.type}")
        for query in (assisting.make_query(assisting.Region(), document=assisting.document(kind)) for kind in DOCUMENTS)
    ),
    *(
        pytest.param("assisted-answer", answered(claim), id=f"assisted answer, {claim and 'a pass'}")
        for claim in (assisting.paper_pass(), None)
    ),
    pytest.param("assisted-query-envelope", assisting.ask(assisting.Region()).envelope, id="query's envelope"),
    pytest.param(
        "assisted-answer-envelope", assisted_envelope.encode_answer_envelope(bytes(400)), id="answer's envelope"
    ),
    pytest.param("area-table", make_area_table(2**32 - 1, medium=range(300), high=[2**32 - 1]), id="area table"),
    pytest.param("station-attestation", vouch(), id="station attestation"),
    pytest.param("document-keys", deliver(), id="document keys"),
    pytest.param("document-keys", deliver(keys={bytes((n,)) * 4: bytes(32) for n in range(16)}), id="16 document keys"),
    pytest.param("station-certificate", REGISTRAR.certify_station(KEY, 0, now=NOW), id="station certificate"),
    pytest.param("station-certificate", REGISTRAR.certify_station(KEY, 2**32 - 1, now=NOW), id="station elsewhere"),
    pytest.param("region-certificate", REGISTRAR.certify_region(KEY, "北" * 64, now=NOW), id="region certificate"),
    pytest.param("offer", enrolment.encode_offer(OFFER), id="offer"),
    pytest.param("opening", opening(None), id="opening"),
    pytest.param("opening", opening(bytes(32)), id="opening with a recovery hash"),
    pytest.param("key-request", key_request(OFFER), id="key request"),
    pytest.param("batch", batch_format.encode_batch([make_claim(binding=b) for b in tuple(Binding)]), id="batch"),
]


@pytest.mark.parametrize(("rule", "data"), OURS)
def test_our_messages(rules: Any, rule: str, data: bytes) -> None:
    assert whole(rules, rule, data)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_presentation(rules: Any, shape: Shape) -> None:
    data = present_shape(shape)
    other = "both-presentation" if shape[0] == Binding.DEVICE else "device-presentation"
    assert whole(rules, "presentation", data)
    assert whole(rules, "pass", data)
    assert not whole(rules, other, data)


def payload_of(data: bytes) -> bytes:
    payload = cbor2.loads(data).value[2]
    assert isinstance(payload, bytes)
    return payload


MAPS = [
    pytest.param("device-claims", payload_of(make_claim()), id="device claim"),
    pytest.param("document-claims", payload_of(make_claim(binding=Binding.DOCUMENT)), id="document claim"),
    pytest.param("both-claims", payload_of(make_claim(binding=Binding.BOTH)), id="both-bound claim"),
    pytest.param("claim-header", cbor2.loads(make_claim()).value[0], id="claim header"),
    *(
        pytest.param(
            "device-shown" if shape[0] == Binding.DEVICE else "both-shown",
            payload_of(present_shape(shape)),
            id=str(shape),
        )
        for shape in SHAPES
    ),
]


@pytest.mark.parametrize(("rule", "data"), MAPS)
def test_the_maps_inside_by_the_other_validator(rule: str, data: bytes) -> None:
    assert layer(rule, data)
    extra = cbor2.loads(data) | {99: 1}
    assert not layer(rule, cbor2.dumps(extra))


@pytest.mark.parametrize("place", [PLACE.upper(), "g" * 16, "0123456789abcde"])
def test_place_ids(place: str) -> None:
    assert layer("device-shown", cbor2.dumps({3: PLACE, 6: NOW}))
    assert not layer("device-shown", cbor2.dumps({3: place, 6: NOW}))


# ---- What is refused ---------------------------------------------------------------------------------------------

Map = dict[Any, Any]
HEADER: Map = {1: -19, 4: b"kid0"}
CNF: Map = {1: {1: 1, -1: 6, -2: KEY}}
DEVICE_CLAIMS: Map = {4: WINDOW.expires, 7: bytes(4), 8: CNF, -65537: 1}
DOCUMENT_CLAIMS: Map = {4: WINDOW.expires, 7: bytes(4), -65537: 1, -65538: TAG}
BOTH_CLAIMS: Map = {4: WINDOW.expires, 7: bytes(4), 8: CNF, -65537: 1, -65538: TAG}
MEMBER = [b"\x00\x00\x00\x01", 1, TAG, bytes(64)]


def sign1(header: Map, payload: object, tag: int = 18, unprotected: Map | None = None, signature: int = 64) -> bytes:
    """A COSE_Sign1 with whatever content, and zeros for a signature."""
    array = [cbor2.dumps(header), unprotected or {}, cbor2.dumps(payload), bytes(signature)]
    return cbor2.dumps(cbor2.CBORTag(tag, array))


def without(content: Map, label: int) -> Map:
    return {key: value for key, value in content.items() if key != label}


def shown(payload: Map, claims: Map = DEVICE_CLAIMS, alg: int = -19, header: Map | None = None) -> bytes:
    return sign1({1: alg, 13: cbor2.loads(sign1(HEADER, claims)), **(header or {})}, payload)


def listed(content: Map, typ: str = cose.TRUST_LIST, header: Map | None = None, signers: int = 1) -> bytes:
    root = [cbor2.dumps(header or {1: -19, 4: KEY}), {}, bytes(64)]
    return cbor2.dumps(cbor2.CBORTag(98, [cbor2.dumps({16: typ}), {}, cbor2.dumps(content), [root] * signers]))


def attested(content: Map, typ: str = cose.ATTESTATION) -> bytes:
    return sign1({1: -19, 4: KEY, 16: typ}, content)


def read_trust_list(data: bytes) -> object:
    return parse_trust_list(cose.decode_sign(data, cose.TRUST_LIST, MAX_SIZE).payload)


def read_attestation(data: bytes) -> object:
    message = cose.decode_sign1(data, cose.ATTESTATION, attestation_format.MAX_SIZE)
    return attestation_format.parse_attestation(message.payload)


def placed(content: Map, typ: str = cose.PLACE, header: Map | None = None) -> bytes:
    return sign1({1: -19, 4: KEY, 16: typ, **(header or {})}, content)


def tabled(content: Map, typ: str = cose.AREA_TABLE) -> bytes:
    return placed(content, typ)


def read_place(data: bytes) -> object:
    return parse_place(cose.decode_sign1(data, cose.PLACE, MAX_SIZE).payload)


def read_area_table(data: bytes) -> object:
    return area_table.parse_area_table(cose.decode_sign1(data, cose.AREA_TABLE, area_table.MAX_SIZE).payload)


def read_revocation(data: bytes) -> object:
    if cose.type_of(data) == cose.DELTA:
        return revocation.parse_delta(cose.decode_sign1(data, cose.DELTA, MAX_SIZE).payload)
    return revocation.parse_snapshot(cose.decode_sign1(data, cose.SNAPSHOT, MAX_SIZE).payload)


def read_daily_key(data: bytes) -> object:
    return assisted.parse_daily_key(cose.decode_sign1(data, cose.SEALING_KEY, MAX_SIZE).payload)


def read_query(data: bytes) -> object:
    return assisted.parse_query(cose.decode_sign1(data, cose.ASSISTED_QUERY, MAX_SIZE).payload)


def read_answer(data: bytes) -> object:
    return assisted.parse_answer(cose.decode_sign1(data, cose.ASSISTED_ANSWER, MAX_SIZE).payload)


def daily(content: Map) -> bytes:
    return placed(content, cose.SEALING_KEY)


def queried(content: Map, typ: str = cose.ASSISTED_QUERY) -> bytes:
    return placed(content, typ)


def told(content: Map, typ: str = cose.ASSISTED_ANSWER) -> bytes:
    return placed(content, typ)


def read_document_keys(data: bytes) -> object:
    return parse_delivery(cose.decode_sign1(data, cose.DOCUMENT_KEYS, document_keys.MAX_SIZE).payload)


def read_station(data: bytes) -> object:
    return station.parse_station(cose.decode_sign1(data, cose.STATION, station.MAX_SIZE).payload)


def read_region(data: bytes) -> object:
    return station.parse_region(cose.decode_sign1(data, cose.REGION, station.MAX_SIZE).payload)


def delivered(content: Map, typ: str = cose.DOCUMENT_KEYS) -> bytes:
    return placed(content, typ)


def stationed(content: Map, typ: str = cose.STATION) -> bytes:
    return placed(content, typ)


def regional(content: Map, typ: str = cose.REGION) -> bytes:
    return placed(content, typ)


def snapped(content: Map) -> bytes:
    return placed(content, cose.SNAPSHOT)


def added(content: Map) -> bytes:
    return placed(content, cose.DELTA)


def noted(content: Map) -> bytes:
    return placed(content, cose.REVOCATION_NOTICE)


def read_notice(data: bytes) -> object:
    return notice.parse_notice(cose.decode_sign1(data, cose.REVOCATION_NOTICE, notice.MAX_SIZE).payload)


LIST: Map = cbor2.loads(encode_trust_list(FULL_LIST))
WINDOW_ROW = WINDOW.values()
ROW: list[Any] = [NOW, NOW + DAY, 2]
ATTESTED: Map = {
    1: 1,
    2: REFERENCE,
    3: NOW,
    4: ["green"],
    5: 4,
    6: [ROW],
    7: [[SEED]],
    8: bytes(32),
    9: None,
    10: "country",
}
PLACED: Map = {1: 1, 2: bytes(8), 3: 2, 4: bytes(4), 5: NOW, 6: NOW + DAY}
TABLE: Map = {1: 1, 2: 1, 3: NOW, 4: NOW + DAY, 5: bytes(4), 6: b""}
NAMED: Map = {1: 1, 2: 1, 3: NOW, 4: NOW + DAY, 5: [[b"kid0", bytes(32), 12]]}
ADDED: Map = {1: 1, 2: 2, 3: NOW, 4: NOW + DAY, 5: 1, 6: [[b"kid0", bytes(4)]]}
NOTED: Map = {1: 1, 2: REFERENCE, 3: NOW, 4: 0}
DAILY: Map = {1: 1, 2: NOW, 3: NOW + DAY, 4: KEY}
QUERIED: Map = {1: 1, 2: KEY, 3: KEY, 4: KEY, 5: NONCE, 6: NOW, 7: 1, 8: "passport", 9: "E12345678", 10: bytes(9)}
PASSED: Map = {1: 1, 2: bytes(32), 3: NOW, 4: 1, 5: make_claim(binding=Binding.DOCUMENT)}
DELIVERED: Map = {1: 1, 2: 1, 3: NOW, 4: NOW + DAY, 5: KEY, 6: bytes(84)}
STATIONED: Map = {1: 1, 2: bytes(8), 3: KEY, 4: 110105, 5: NOW, 6: NOW + DAY}
REGIONAL: Map = {1: 1, 2: "North", 3: KEY, 4: NOW, 5: NOW + DAY}
RULE = [2, 23, 3, 4, 1, 1]
OFFERED: list[Any] = [1, KEY, REFERENCE, "country", 1, 1, [ROW]]
OPENED: list[Any] = [1, bytes(32), KEY, [[KEY, KEY]], None]
ASKED: list[Any] = [1, cbor2.dumps(OFFERED), bytes(32), KEY, bytes(1072)]
ISSUED: list[Any] = [1, attested(ATTESTED), KEY, bytes(1072)]


def but(items: list[Any], **changes: Any) -> bytes:
    """The array with other items: `_2=...` is the third."""
    changed = [changes.get(f"_{n}", item) for n, item in enumerate(items)]
    return cbor2.dumps(changed)


Reader = Callable[[bytes], object]


def cases(rule: str, reader: Reader, **messages: bytes) -> list[Any]:
    return [pytest.param(rule, reader, data, id=f"{rule}: {name.replace('_', ' ')}") for name, data in messages.items()]


GOOD = [
    *cases(
        "claim",
        parse_claim,
        device=sign1(HEADER, DEVICE_CLAIMS),
        document=sign1(HEADER, DOCUMENT_CLAIMS),
        both=sign1(HEADER, BOTH_CLAIMS),
    ),
    *cases(
        "presentation",
        parse_presentation,
        device=shown({6: NOW}),
        both=shown({3: PLACE, 6: NOW, 39: NONCE, -65539: [MEMBER]}, BOTH_CLAIMS),
    ),
    *cases(
        "trust-list",
        read_trust_list,
        plain=listed(LIST),
        with_an_addition=listed(LIST | {-1: "new"}),
        without_a_policy=listed(without(LIST, 10)),
        with_no_rules=listed(LIST | {10: []}),
        with_a_rule=listed(LIST | {10: [RULE]}),
    ),
    *cases("place-certificate", read_place, plain=placed(PLACED)),
    *cases("area-table", read_area_table, plain=tabled(TABLE), with_an_addition=tabled(TABLE | {-1: "new"})),
    *cases("revocation-snapshot", read_revocation, plain=snapped(NAMED), no_kids=snapped(NAMED | {5: []})),
    *cases("revocation-delta", read_revocation, plain=added(ADDED), with_an_addition=added(ADDED | {-1: "new"})),
    *cases(
        "revocation-notice",
        read_notice,
        plain=noted(NOTED),
        at_a_wish=noted(NOTED | {4: 1}),
        with_an_addition=noted(NOTED | {-1: "new"}),
    ),
    *cases("document-keys", read_document_keys, plain=delivered(DELIVERED)),
    *cases("station-certificate", read_station, plain=stationed(STATIONED)),
    *cases("region-certificate", read_region, plain=regional(REGIONAL)),
    *cases("attestation", read_attestation, plain=attested(ATTESTED)),
    *cases("offer", enrolment.parse_offer, plain=cbor2.dumps(OFFERED)),
    *cases("opening", enrolment.parse_opening, plain=cbor2.dumps(OPENED)),
    *cases("key-request", enrolment.parse_key_request, plain=cbor2.dumps(ASKED)),
    *cases("issue-request", attestation_format.parse_issue_request, plain=cbor2.dumps(ISSUED)),
    *cases("sealing-key", read_daily_key, plain=daily(DAILY)),
    *cases("assisted-query", read_query, plain=queried(QUERIED)),
    *cases("assisted-answer", read_answer, a_pass=told(PASSED), not_known=told(PASSED | {4: 2, 5: None})),
    *cases(
        "assisted-query-envelope",
        assisted_envelope.parse_query_envelope,
        plain=cbor2.dumps([1, KEY, KEY, bytes(688)]),
    ),
    *cases("assisted-answer-envelope", assisted_envelope.parse_answer_envelope, plain=cbor2.dumps([1, bytes(400)])),
]

BAD = [
    *cases(
        "claim",
        parse_claim,
        a_name=sign1(HEADER, DEVICE_CLAIMS | {2: "somebody"}),
        an_issue_time=sign1(HEADER, DEVICE_CLAIMS | {6: NOW}),
        a_private_field=sign1(HEADER, DOCUMENT_CLAIMS | {-65540: 1}),
        another_algorithm=sign1(HEADER | {1: -8}, DEVICE_CLAIMS),
        no_kid=sign1({1: -19}, DEVICE_CLAIMS),
        a_long_kid=sign1(HEADER | {4: b"kid00"}, DEVICE_CLAIMS),
        a_type=sign1(HEADER | {16: "x"}, DEVICE_CLAIMS),
        an_unprotected_header=sign1(HEADER, DEVICE_CLAIMS, unprotected={4: b"kid0"}),
        a_short_signature=sign1(HEADER, DEVICE_CLAIMS, signature=63),
        another_tag=sign1(HEADER, DEVICE_CLAIMS, tag=17),
        no_expiry=sign1(HEADER, without(DEVICE_CLAIMS, 4)),
        an_early_expiry=sign1(HEADER, DEVICE_CLAIMS | {4: 65_535}),
        a_float_expiry=sign1(HEADER, DEVICE_CLAIMS | {4: 1.8e9}),
        a_long_slot=sign1(HEADER, DEVICE_CLAIMS | {7: bytes(8)}),
        no_color=sign1(HEADER, DEVICE_CLAIMS | {-65537: 0}),
        a_fourth_color=sign1(HEADER, DEVICE_CLAIMS | {-65537: 4}),
        a_long_document_tag=sign1(HEADER, DOCUMENT_CLAIMS | {-65538: bytes(3)}),
        bound_to_nothing=sign1(HEADER, without(DEVICE_CLAIMS, 8)),
        another_curve=sign1(HEADER, DEVICE_CLAIMS | {8: {1: {1: 1, -1: 4, -2: KEY}}}),
        a_named_holder_key=sign1(HEADER, DEVICE_CLAIMS | {8: {1: {1: 1, 2: b"me", -1: 6, -2: KEY}}}),
    ),
    *cases(
        "presentation",
        parse_presentation,
        another_algorithm=shown({6: NOW}, alg=-8),
        no_time=shown({3: PLACE}),
        a_device_name=shown({6: NOW, -1: "phone"}),
        a_short_nonce=shown({6: NOW, 39: bytes(15)}),
        a_short_place_id=shown({3: PLACE[:15], 6: NOW}),
        a_paper_claim=shown({6: NOW}, DOCUMENT_CLAIMS),
        members_without_documents=shown({6: NOW, -65539: [MEMBER]}),
        no_members=shown({6: NOW, -65539: []}, BOTH_CLAIMS),
        eight_members=shown(
            {6: NOW, -65539: [[bytes((0, 0, 0, n + 1)), 1, TAG, bytes(64)] for n in range(8)]}, BOTH_CLAIMS
        ),
        a_member_with_more=shown({6: NOW, -65539: [[*MEMBER, 0]]}, BOTH_CLAIMS),
        a_kid=shown({6: NOW}, header={4: b"kid0"}),
    ),
    *cases(
        "trust-list",
        read_trust_list,
        a_field_missing=listed(without(LIST, 11)),
        an_unknown_field=listed(LIST | {12: 0}),
        another_format=listed(LIST | {1: 2}),
        version_0=listed(LIST | {2: 0}),
        no_threshold=listed(LIST | {5: [0, [KEY]]}),
        no_roots=listed(LIST | {5: [1, []]}),
        no_power_of_four=listed(LIST | {6: [[*WINDOW_ROW[:4], 8, *WINDOW_ROW[5:]]]}),
        another_binding=listed(LIST | {6: [[*WINDOW_ROW[:5], 8, WINDOW_ROW[6]]]}),
        a_short_window=listed(LIST | {6: [WINDOW_ROW[:6]]}),
        a_short_key=listed(LIST | {8: [bytes(31)]}),
        another_type=listed(LIST, typ=cose.ATTESTATION),
        another_algorithm=listed(LIST, header={1: -8, 4: KEY}),
        no_signature=listed(LIST, signers=0),
        a_null_policy=listed(LIST | {10: None}),
        a_short_rule=listed(LIST | {10: [RULE[:5]]}),
        a_long_rule=listed(LIST | {10: [[*RULE, 0]]}),
        a_fourth_risk=listed(LIST | {10: [[3, *RULE[1:]]]}),
        a_class_0=listed(LIST | {10: [[2, 0, *RULE[2:]]]}),
        a_class_24=listed(LIST | {10: [[2, 24, *RULE[2:]]]}),
        a_fourth_color=listed(LIST | {10: [[2, 1, 8, 0, 1, 1]]}),
        a_rule_that_says_maybe=listed(LIST | {10: [[*RULE[:4], 4, 1]]}),
        seventy_rules=listed(LIST | {10: [RULE] * 70}),
    ),
    *cases(
        "place-certificate",
        read_place,
        a_name=placed(PLACED | {7: "Bar"}),
        an_addition=placed(PLACED | {-1: 0}),
        a_field_missing=placed(without(PLACED, 6)),
        another_format=placed(PLACED | {1: 2}),
        a_short_id=placed(PLACED | {2: bytes(7)}),
        an_id_in_words=placed(PLACED | {2: "12345678"}),
        class_0=placed(PLACED | {3: 0}),
        class_24=placed(PLACED | {3: 24}),
        an_area_as_a_number=placed(PLACED | {4: 110105}),
        a_time_too_early=placed(PLACED | {5: 65_535}),
        a_float_time=placed(PLACED | {6: 1.8e9}),
        another_type=placed(PLACED, typ=cose.AREA_TABLE),
        another_algorithm=placed(PLACED, header={1: -8}),
        a_short_key=placed(PLACED, header={4: bytes(31)}),
    ),
    *cases(
        "area-table",
        read_area_table,
        an_unknown_field=tabled(TABLE | {7: 0}),
        a_field_missing=tabled(without(TABLE, 6)),
        another_format=tabled(TABLE | {1: 2}),
        version_0=tabled(TABLE | {2: 0}),
        codes_in_an_array=tabled(TABLE | {5: [1]}),
        too_many_codes=tabled(TABLE | {6: bytes(4 * 65_537)}),
        another_type=tabled(TABLE, typ=cose.PLACE),
    ),
    *cases(
        "revocation-snapshot",
        read_revocation,
        an_unknown_field=snapped(NAMED | {6: []}),
        a_field_missing=snapped(without(NAMED, 5)),
        another_format=snapped(NAMED | {1: 2}),
        version_0=snapped(NAMED | {2: 0}),
        a_version_too_large=snapped(NAMED | {2: 2**32}),
        a_time_too_early=snapped(NAMED | {3: 65_535}),
        a_float_time=snapped(NAMED | {4: 1.8e9}),
        a_short_kid=snapped(NAMED | {5: [[b"kid", bytes(32), 12]]}),
        a_short_digest=snapped(NAMED | {5: [[b"kid0", bytes(31), 12]]}),
        a_long_digest=snapped(NAMED | {5: [[b"kid0", bytes(64), 12]]}),
        no_length=snapped(NAMED | {5: [[b"kid0", bytes(32)]]}),
        a_negative_length=snapped(NAMED | {5: [[b"kid0", bytes(32), -1]]}),
        a_length_too_large=snapped(NAMED | {5: [[b"kid0", bytes(32), 2**26 + 1]]}),
        something_more=snapped(NAMED | {5: [[b"kid0", bytes(32), 12, 0]]}),
        filters_in_a_map=snapped(NAMED | {5: {0: [b"kid0", bytes(32), 12]}}),
        another_type=placed(NAMED, cose.TRUST_LIST),
        another_algorithm=placed(NAMED, cose.SNAPSHOT, {1: -8}),
        a_short_key=placed(NAMED, cose.SNAPSHOT, {4: bytes(31)}),
    ),
    *cases(
        "revocation-delta",
        read_revocation,
        an_unknown_field=added(ADDED | {7: 0}),
        a_field_missing=added(without(ADDED, 5)),
        another_format=added(ADDED | {1: 2}),
        upon_nothing=added(ADDED | {5: 0}),
        upon_a_digest=added(ADDED | {5: bytes(32)}),
        no_slots=added(ADDED | {6: [[b"kid0", b""]]}),
        half_a_slot=added(ADDED | {6: [[b"kid0", bytes(2)]]}),
        slots_in_an_array=added(ADDED | {6: [[b"kid0", [1]]]}),
        a_kid_alone=added(ADDED | {6: [[b"kid0"]]}),
        something_more=added(ADDED | {6: [[b"kid0", bytes(4), bytes(4)]]}),
        a_long_kid=added(ADDED | {6: [[b"kid00", bytes(4)]]}),
        another_type=placed(ADDED, cose.REVOCATION_NOTICE),
        another_algorithm=placed(ADDED, cose.DELTA, {1: -8}),
    ),
    *cases(
        "revocation-notice",
        read_notice,
        an_unknown_field=noted(NOTED | {5: b"kid0"}),
        a_field_missing=noted(without(NOTED, 3)),
        no_word_of_a_wish=noted(without(NOTED, 4)),
        another_wish=noted(NOTED | {4: 2}),
        a_wish_in_words=noted(NOTED | {4: "yes"}),
        no_reference=noted(without(NOTED, 2)),
        another_format=noted(NOTED | {1: 2}),
        a_short_reference=noted(NOTED | {2: bytes(15)}),
        a_long_reference=noted(NOTED | {2: bytes(17)}),
        a_reference_in_words=noted(NOTED | {2: "0123456789abcdef"}),
        several_references=noted(NOTED | {2: [REFERENCE]}),
        a_time_too_early=noted(NOTED | {3: 65_535}),
        a_float_time=noted(NOTED | {3: 1.8e9}),
        an_array=sign1({1: -19, 4: KEY, 16: cose.REVOCATION_NOTICE}, [1, REFERENCE, NOW]),
        another_type=attested(NOTED),
        another_algorithm=placed(NOTED, cose.REVOCATION_NOTICE, {1: -8}),
        a_short_key=placed(NOTED, cose.REVOCATION_NOTICE, {4: bytes(31)}),
        an_unprotected_header=sign1({1: -19, 4: KEY, 16: cose.REVOCATION_NOTICE}, NOTED, unprotected={4: KEY}),
        a_short_signature=sign1({1: -19, 4: KEY, 16: cose.REVOCATION_NOTICE}, NOTED, signature=63),
    ),
    *cases(
        "document-keys",
        read_document_keys,
        an_addition=delivered(DELIVERED | {-1: 0}),
        a_field_missing=delivered(without(DELIVERED, 4)),
        another_format=delivered(DELIVERED | {1: 2}),
        version_0=delivered(DELIVERED | {2: 0}),
        a_short_recipient=delivered(DELIVERED | {5: bytes(31)}),
        no_keys=delivered(DELIVERED | {6: bytes(48)}),
        seventeen_keys=delivered(DELIVERED | {6: bytes(48 + 17 * 36)}),
        keys_in_the_open=delivered(DELIVERED | {6: {b"doc0": bytes(32)}}),
        another_type=delivered(DELIVERED, typ=cose.PLACE),
    ),
    *cases(
        "station-certificate",
        read_station,
        a_name=stationed(STATIONED | {7: "Hospital"}),
        a_field_missing=stationed(without(STATIONED, 6)),
        a_short_id=stationed(STATIONED | {2: bytes(7)}),
        a_short_key=stationed(STATIONED | {3: bytes(31)}),
        an_area_in_bytes=stationed(STATIONED | {4: bytes(4)}),
        a_time_too_early=stationed(STATIONED | {5: 65_535}),
        another_type=stationed(STATIONED, typ=cose.PLACE),
    ),
    *cases(
        "region-certificate",
        read_region,
        an_addition=regional(REGIONAL | {-1: 0}),
        a_field_missing=regional(without(REGIONAL, 5)),
        a_name_in_bytes=regional(REGIONAL | {2: b"North"}),
        a_short_key=regional(REGIONAL | {3: bytes(31)}),
        another_type=regional(REGIONAL, typ=cose.STATION),
    ),
    *cases(
        "attestation",
        read_attestation,
        an_unknown_field=attested(ATTESTED | {11: 0}),
        a_field_missing=attested(without(ATTESTED, 9)),
        nobody=attested(ATTESTED | {4: []}),
        nine_people=attested(ATTESTED | {4: ["green"] * 9}),
        another_binding=attested(ATTESTED | {5: 3}),
        no_periods=attested(ATTESTED | {6: []}),
        a_kid_for_a_period=attested(ATTESTED | {6: [[b"kid0", 2]]}),
        no_keys=attested(ATTESTED | {6: [[NOW, NOW + DAY, 0]]}),
        a_short_seed=attested(ATTESTED | {7: [[bytes(31)]]}),
        a_short_commitment=attested(ATTESTED | {8: bytes(31)}),
        a_short_recovery_hash=attested(ATTESTED | {9: bytes(31)}),
        a_platform_of_33_bytes=attested(ATTESTED | {10: "x" * 33}),
        a_short_reference=attested(ATTESTED | {2: bytes(15)}),
        another_type=attested(ATTESTED, typ=cose.REVOCATION_NOTICE),
    ),
    *cases(
        "offer",
        enrolment.parse_offer,
        no_keys=but(OFFERED, _6=[[NOW, NOW + DAY, 0]]),
        no_periods=but(OFFERED, _6=[]),
        too_many_keys=but(OFFERED, _6=[[NOW, NOW + DAY, 4097]]),
        a_kid=but(OFFERED, _6=[[b"kid0", 8]]),
        for_paper=but(OFFERED, _4=2),
        nobody=but(OFFERED, _5=0),
        nine_people=but(OFFERED, _4=4, _5=9),
        no_platform=but(OFFERED, _3=""),
        a_platform_of_33_bytes=but(OFFERED, _3="x" * 33),
        another_format=but(OFFERED, _0=2),
        something_more=cbor2.dumps([*OFFERED, 0]),
    ),
    *cases(
        "opening",
        enrolment.parse_opening,
        a_short_blinder=but(OPENED, _1=bytes(31)),
        a_long_answer_key=but(OPENED, _2=bytes(33)),
        no_keys=but(OPENED, _3=[]),
        no_keys_of_a_period=but(OPENED, _3=[[]]),
        keys_of_no_period=but(OPENED, _3=[KEY]),
        a_short_key=but(OPENED, _3=[[bytes(31)]]),
        a_short_recovery_hash=but(OPENED, _4=bytes(31)),
        another_format=but(OPENED, _0=2),
        something_more=cbor2.dumps([*OPENED, 0]),
    ),
    *cases(
        "key-request",
        enrolment.parse_key_request,
        a_short_commitment=but(ASKED, _2=bytes(31)),
        a_short_sealing_key=but(ASKED, _3=bytes(31)),
        nothing_sealed=but(ASKED, _4=b""),
        too_much_sealed=but(ASKED, _4=bytes(262_145)),
        an_opening_in_the_open=but(ASKED, _4=OPENED),
        an_offer_unwrapped=but(ASKED, _1=OFFERED),
        another_format=but(ASKED, _0=2),
        something_more=cbor2.dumps([*ASKED, 0]),
    ),
    *cases(
        "issue-request",
        attestation_format.parse_issue_request,
        an_attestation_unwrapped=but(ISSUED, _1=cbor2.loads(attested(ATTESTED))),
        a_short_sealing_key=but(ISSUED, _2=bytes(31)),
        too_much_sealed=but(ISSUED, _3=bytes(262_145)),
        nothing_sealed=but(ISSUED, _3=b""),
        another_format=but(ISSUED, _0=2),
        something_more=cbor2.dumps([*ISSUED, 0]),
    ),
    *cases(
        "batch",
        batch_format.parse_batch,
        nothing=cbor2.dumps([1, []]),
        a_presentation=cbor2.dumps([1, [making.present(make_claim())]]),
        a_claim_unwrapped=cbor2.dumps([1, [cbor2.loads(make_claim())]]),
        another_format=cbor2.dumps([2, [make_claim()]]),
    ),
    *cases(
        "sealing-key",
        read_daily_key,
        an_unknown_field=daily(DAILY | {5: 0}),
        an_addition=daily(DAILY | {-1: 0}),
        a_field_missing=daily(without(DAILY, 3)),
        a_short_sealing_key=daily(DAILY | {4: bytes(31)}),
        another_type=placed(DAILY, cose.REGION),
    ),
    *cases(
        "assisted-query",
        read_query,
        a_name=queried(QUERIED | {11: "somebody"}),
        an_addition=queried(QUERIED | {-1: 0}),
        a_field_missing=queried(without(QUERIED, 4)),
        no_consent=queried(QUERIED | {7: 0}),
        null_consent=queried(QUERIED | {7: None}),
        a_library_card=queried(QUERIED | {8: "library-card"}),
        a_number_as_bytes=queried(QUERIED | {9: b"E12345678"}),
        a_short_query_nonce=queried(QUERIED | {5: bytes(15)}),
        no_certificate=queried(QUERIED | {10: b""}),
        another_type=queried(QUERIED, cose.ASSISTED_ANSWER),
    ),
    *cases(
        "assisted-answer",
        read_answer,
        a_pass_that_is_not_there=told(PASSED | {5: None}),
        a_pass_that_should_not_be=told(PASSED | {4: 2}),
        a_third_kind=told(PASSED | {4: 3}),
        a_device_claim=told(PASSED | {5: make_claim()}),
        a_reason=told(PASSED | {6: "tested"}),
        a_short_hash=told(PASSED | {2: bytes(31)}),
        another_type=told(PASSED, cose.ATTESTATION),
    ),
    *cases(
        "assisted-query-envelope",
        assisted_envelope.parse_query_envelope,
        shorter=cbor2.dumps([1, KEY, KEY, bytes(687)]),
        longer=cbor2.dumps([1, KEY, KEY, bytes(689)]),
        with_more=cbor2.dumps([1, KEY, KEY, bytes(688), 0]),
        another_format=cbor2.dumps([2, KEY, KEY, bytes(688)]),
        no_region=cbor2.dumps([1, b"", KEY, bytes(688)]),
    ),
    *cases(
        "assisted-answer-envelope",
        assisted_envelope.parse_answer_envelope,
        shorter=cbor2.dumps([1, bytes(399)]),
        with_more=cbor2.dumps([1, bytes(400), 0]),
        another_format=cbor2.dumps([2, bytes(400)]),
    ),
]


@pytest.mark.parametrize(("rule", "reader", "data"), GOOD)
def test_the_ground_that_the_refusals_stand_on(rules: Any, rule: str, reader: Reader, data: bytes) -> None:
    assert whole(rules, rule, data)
    reader(data)


@pytest.mark.parametrize(("rule", "reader", "data"), BAD)
def test_refused_by_the_cddl_and_by_the_reader(rules: Any, rule: str, reader: Reader, data: bytes) -> None:
    assert not whole(rules, rule, data)
    with raises_one_of("malformed", "no-consent"):
        reader(data)


# ---- What is said of revocation, altered at random ---------------------------------------------------------------

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([0, 1, 2, 65_535, 65_536, NOW, 2**26, 2**26 + 1, 2**32 - 1, 2**32, -1, None, True, 1.5, "kid0"]),
    st.sampled_from([0, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33]).map(bytes),
    st.lists(st.sampled_from([0, 1, b"kid0", bytes(32), "", None]), max_size=4),
    st.just([[b"kid0", bytes(32), 12], [b"kid1", bytes(32), 0]]),
    st.just([[b"kid0", bytes(4)], [b"kid1", b"\0\0\0\1\0\0\0\2"]]),
)
SIGNED: dict[str, tuple[Map, str, Reader]] = {
    "revocation-snapshot": (NAMED, cose.SNAPSHOT, read_revocation),
    "revocation-delta": (ADDED, cose.DELTA, read_revocation),
    "revocation-notice": (NOTED, cose.REVOCATION_NOTICE, read_notice),
}
BEYOND_CDDL = (
    "expires: not an integer from",  # after issued
    "version: not an integer from 2",  # of a delta, which is above its snapshot's
    "snapshot: not an integer from 1 to",
    "slots: 4 bytes each",  # 5 bytes are not
    "slots: out of order",
    "CBOR: a tag, float or simple value",  # in an addition, which the schema calls `any`
)


@st.composite
def altered(draw: st.DrawFn, content: Map, typ: str) -> bytes:
    """One field more, less, or different, of the content, of an entry in it, or of the header."""
    content, header = dict(content), {1: -19, 4: KEY, 16: typ}
    where = draw(st.sampled_from(["content", "content", "entry", "header"]))
    last = max(content)
    if where == "entry" and isinstance(content[last], list):
        entry = list(content[last][0])
        at = draw(st.integers(0, len(entry)))
        entry[at : at + 1] = draw(st.lists(VALUES, max_size=2))
        content[last] = [entry]
    else:
        fields = header if where == "header" else content
        label = draw(st.sampled_from([*fields, -1, 7, 99]))
        if draw(st.booleans()):
            fields[label] = draw(VALUES)
        else:
            fields.pop(label, None)
    array = [cbor2.dumps(header, canonical=True), {}, cbor2.dumps(content, canonical=True), bytes(64)]
    return cbor2.dumps(cbor2.CBORTag(18, array))


@pytest.mark.parametrize("rule", SIGNED)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_both_say_the_same_of_what_is_altered(rules: Any, rule: str, data: st.DataObject) -> None:
    """Of everything that CDDL can say; ours refuses more, each time for a reason that CDDL has no words for."""
    content, typ, reader = SIGNED[rule]
    message = data.draw(altered(content, typ))
    said = ""
    try:
        reader(message)
    except FormatError as error:
        said = str(error)
    if whole(rules, rule, message):
        assert not said or any(said.startswith(each) for each in BEYOND_CDDL), said
    else:
        assert said
