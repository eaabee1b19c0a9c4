"""Sealing keys, assisted queries and answers, and their envelopes: one form each, and one size."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import assisted_envelope as envelope_format
from healthpass.formats import cbor
from healthpass.formats.assisted import (
    MAX_SEALING_KEY_LIFETIME,
    PASS_SIZE,
    AssistedAnswer,
    AssistedQuery,
    DailyKey,
    encode_answer,
    encode_daily_key,
    encode_query,
    parse_answer,
    parse_daily_key,
    parse_query,
)
from healthpass.formats.assisted_envelope import (
    ANSWER_BLOCK_SIZE,
    ANSWER_SIZE,
    QUERY_BLOCK_SIZE,
    QUERY_SIZE,
    QueryEnvelope,
    encode_answer_envelope,
    encode_query_envelope,
    pad,
    parse_answer_envelope,
    parse_query_envelope,
    unpad,
)
from healthpass.formats.claim import MIN_TIME
from healthpass.formats.document import OTHER, PASSPORT, RESIDENT_ID, Document
from tests.assisting import (
    CERTIFICATE,
    DOCUMENTS,
    REGISTRAR,
    STATION,
    Region,
    documents_made,
    frames_of,
    is_wiped,
    make_query,
    paper_pass,
    sign_query,
)
from tests.making import NOW
from tests.raising import raises

KEYS = st.binary(min_size=32, max_size=32)
TIMES = st.integers(MIN_TIME, 2**32 - 1)
REGION = Region()
QUERY: Any = cbor.decode(encode_query(make_query(REGION)))
ANSWER: dict[int | str, Any] = {1: 1, 2: bytes(32), 3: NOW, 4: 1, 5: paper_pass()}
DAILY: dict[int | str, Any] = {1: 1, 2: NOW, 3: NOW + 86_400, 4: bytes(32)}


def fields_of(query: AssistedQuery) -> list[object]:
    parts = [getattr(query, name) for name in AssistedQuery.__slots__ if name != "document"]
    return [*parts, query.document.type, bytes(query.document.number)]


@given(KEYS, KEYS, KEYS, st.binary(min_size=16, max_size=16), TIMES, st.sampled_from(sorted(DOCUMENTS)))
def test_a_query_and_its_bytes(region: bytes, sealing: bytes, key: bytes, nonce: bytes, issued: int, kind: str) -> None:
    query = AssistedQuery(
        region=region,
        sealing_key=sealing,
        answer_key=key,
        nonce=nonce,
        issued=issued,
        document=Document(kind, DOCUMENTS[kind]),
        certificate=CERTIFICATE,
    )
    payload = encode_query(query)
    assert fields_of(parse_query(payload)) == fields_of(query)
    assert encode_query(parse_query(payload)) == payload


@given(KEYS, TIMES, st.none() | st.binary(min_size=PASS_SIZE, max_size=PASS_SIZE))
def test_an_answer_and_its_bytes(hashed: bytes, issued: int, claim: bytes | None) -> None:
    answer = AssistedAnswer(hashed, issued, claim)
    assert parse_answer(encode_answer(answer)) == answer


@given(TIMES, st.integers(1, MAX_SEALING_KEY_LIFETIME), KEYS)
def test_a_sealing_key_and_its_bytes(valid_from: int, lifetime: int, key: bytes) -> None:
    if valid_from + lifetime < 2**32:
        daily = DailyKey(valid_from, valid_from + lifetime, key)
        assert parse_daily_key(encode_daily_key(daily)) == daily


BAD_QUERIES: dict[str, tuple[int, Any]] = {
    "another format": (1, 2),
    "a region key of 31 bytes": (2, bytes(31)),
    "a sealing key as text": (3, "0" * 32),
    "an answer key of 33 bytes": (4, bytes(33)),
    "a nonce of 15 bytes": (5, bytes(15)),
    "issued before times have four bytes": (6, MIN_TIME - 1),
    "consent 2": (7, 2),
    "consent as text": (7, "yes"),
    "consent null": (7, None),
    "no such document type": (8, "library-card"),
    "a type as bytes": (8, b"passport"),
    "a number that no such card has": (9, "110105194912310021"),
    "a number not in its normal form": (9, "11010519491231002x"),
    "a number with a space": (9, "1101051949 1231002X"),
    "an empty number": (9, ""),
    "a number of 65 characters": (9, "1" * 65),
    "a number as bytes": (9, b"11010519491231002X"),
    "no certificate": (10, b""),
    "a certificate of 513 bytes": (10, bytes(513)),
    "a certificate as text": (10, "x"),
    "an unknown field": (11, 0),
    "an addition": (-1, 0),
}


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_no_query(name: str) -> None:
    label, value = BAD_QUERIES[name]
    with pytest.raises(FormatError) as caught:
        parse_query(cbor.encode({**QUERY, label: value}))
    assert caught.value.code == "malformed"
    assert "1101051949" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({5: bytes(15)}, "nonce: not 16 bytes"),
        ({2: bytes(31)}, "region key: not 32 bytes"),
        ({9: "11010519491231002x"}, "a document number that is not in its normal form"),
        ({10: b""}, "station certificate: not 1 to 512 bytes"),
    ],
)
def test_the_document_of_what_is_no_query_is_wiped(change: dict[int | str, Any], sentence: str) -> None:
    with documents_made() as found, raises(FormatError, "malformed", sentence):
        parse_query(cbor.encode({**QUERY, **change}))
    assert found
    assert all(map(is_wiped, found))


@pytest.mark.parametrize(
    "change",
    [{5: bytes(15)}, {7: 0}, {9: "11010519491231002x"}, {9: "110105194912310021"}, {10: b""}, {11: 0}, {8: "card"}],
)
def test_no_number_is_in_the_frames_of_what_is_no_query(change: dict[int | str, Any]) -> None:
    def read(payload: list[bytes]) -> None:  # the caller's frame shows a list that is empty by then
        parse_query(payload.pop())

    with pytest.raises(FormatError) as caught:
        read([cbor.encode({**QUERY, **change})])
    assert "11010519491231002" not in frames_of(caught.value, beyond="read")


@pytest.mark.parametrize("label", range(1, 11))
def test_a_query_with_a_field_missing(label: int) -> None:
    with pytest.raises(FormatError, match="missing"):
        parse_query(cbor.encode({each: value for each, value in QUERY.items() if each != label}))


def test_a_query_without_consent_has_a_code_of_its_own_and_cannot_be_built() -> None:
    with pytest.raises(FormatError) as caught:
        parse_query(cbor.encode({**QUERY, 7: 0}))
    assert caught.value.code == "no-consent"
    assert "consent" not in AssistedQuery.__init__.__code__.co_varnames  # no argument could say anything but yes


BAD_ANSWERS: dict[str, dict[int | str, Any]] = {
    "another format": {1: 2},
    "a hash of 31 bytes": {2: bytes(31)},
    "an early time": {3: MIN_TIME - 1},
    "kind 0": {4: 0},
    "kind 3": {4: 3},
    "not known, with a pass": {4: 2},
    "a pass, without one": {5: None},
    "a pass of 107 bytes": {5: bytes(107)},
    "a pass as text": {5: "x" * 108},
    "an unknown field": {6: 0},
    "an addition": {-1: 0},
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_no_answer(name: str) -> None:
    with raises(
        FormatError,
        "malformed",
        "an answer has a pass exactly if it says so",
        "assisted answer: an unknown critical field; a newer version of the software may know it",
        "format: not an integer from 1 to 1",
        "issued: not an integer from 65536 to 4294967295",
        "kind: not an integer from 1 to 2",
        "pass: not 108 bytes",
        "query hash: not 32 bytes",
    ):
        parse_answer(cbor.encode({**ANSWER, **BAD_ANSWERS[name]}))


BAD_KEYS: dict[str, dict[int | str, Any]] = {
    "another format": {1: 2},
    "an early time": {2: MIN_TIME - 1},
    "no lifetime": {3: NOW},
    "49 hours": {3: NOW + 49 * 3600},
    "a key of 31 bytes": {4: bytes(31)},
    "an unknown field": {5: 0},
    "an addition": {-1: 0},
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_no_sealing_key(name: str) -> None:
    with raises(
        FormatError,
        "malformed",
        "a sealing key lives 48 hours at most",
        "expires: not an integer from 1800000001 to 4294967295",
        "format: not an integer from 1 to 1",
        "sealing key: an unknown critical field; a newer version of the software may know it",
        "sealing key: not 32 bytes",
        "valid from: not an integer from 65536 to 4294967295",
    ):
        parse_daily_key(cbor.encode({**DAILY, **BAD_KEYS[name]}))


def test_a_sealing_key_of_48_hours_is_the_longest() -> None:
    assert parse_daily_key(cbor.encode({**DAILY, 3: NOW + 48 * 3600})).expires == NOW + 48 * 3600


# ---- Envelopes ---------------------------------------------------------------------------------------------------


def test_the_sizes_are_those_of_the_protocol() -> None:
    assert (QUERY_SIZE, ANSWER_SIZE, QUERY_BLOCK_SIZE, ANSWER_BLOCK_SIZE) == (761, 405, 640, 352)
    assert PASS_SIZE == 108


@pytest.mark.parametrize("kind", [RESIDENT_ID, PASSPORT, OTHER])
@pytest.mark.parametrize("area", [0, 2**32 - 1])
def test_the_longest_query_fits(kind: str, area: int) -> None:
    certificate = REGISTRAR.certify_station(STATION.public_key, area, now=NOW)
    query = make_query(REGION, document=Document(kind, DOCUMENTS[kind]), certificate=certificate)
    message = sign_query(query)
    assert len(message) <= 557 <= QUERY_BLOCK_SIZE - 2
    assert unpad(pad(message, QUERY_BLOCK_SIZE), QUERY_BLOCK_SIZE) == message


@given(KEYS, KEYS, st.binary(min_size=688, max_size=688))
def test_an_envelope_of_a_query(region: bytes, key: bytes, sealed: bytes) -> None:
    data = encode_query_envelope(QueryEnvelope(region, key, sealed))
    parsed = parse_query_envelope(data)
    assert (parsed.region, parsed.sealing_key, parsed.sealed) == (region, key, sealed)
    assert cbor.decode(data) == [1, region, key, sealed]
    assert len(data) == QUERY_SIZE


@given(st.binary(min_size=400, max_size=400))
def test_an_envelope_of_an_answer(sealed: bytes) -> None:
    data = encode_answer_envelope(sealed)
    assert parse_answer_envelope(data) == sealed
    assert cbor.decode(data) == [1, sealed]
    assert len(data) == ANSWER_SIZE


@pytest.mark.parametrize("size", [0, 687, 689])
def test_other_sizes_make_no_envelope(size: int) -> None:
    with raises(FormatError, "malformed", "sealed must be 688 bytes"):
        encode_query_envelope(QueryEnvelope(bytes(32), bytes(32), bytes(size)))
    with raises(FormatError, "malformed", "sealed must be 400 bytes"):
        encode_answer_envelope(bytes(size))


def test_another_format_of_envelope() -> None:
    query = encode_query_envelope(QueryEnvelope(bytes(32), bytes(32), bytes(688)))
    with pytest.raises(FormatError, match="not an assisted query"):
        parse_query_envelope(query[:1] + b"\x02" + query[2:])
    with pytest.raises(FormatError, match="not an assisted answer"):
        parse_answer_envelope(b"\x82\x02" + encode_answer_envelope(bytes(400))[2:])


@given(st.binary(max_size=62))
def test_padding(message: bytes) -> None:
    block = pad(message, 64)
    assert len(block) == 64
    assert unpad(block, 64) == message


@given(st.binary(max_size=61), st.data())
def test_padding_that_is_not_zero(message: bytes, data: st.DataObject) -> None:
    block = bytearray(pad(message, 64))
    block[data.draw(st.integers(2 + len(message), 63))] = data.draw(st.integers(1, 255))
    with pytest.raises(FormatError, match="zeros"):
        unpad(bytes(block), 64)


@pytest.mark.parametrize("block", [b"", b"\x00", bytes(63), bytes(65), b"\x00\x3f" + bytes(62), b"\xff" * 64])
def test_no_block(block: bytes) -> None:
    with pytest.raises(FormatError, match="zeros"):
        unpad(block, 64)


def test_a_message_that_is_too_long() -> None:
    with pytest.raises(FormatError, match="at most 62"):
        pad(bytes(63), 64)


@pytest.mark.parametrize(
    "value",
    [make_query(REGION), AssistedAnswer(bytes(32), NOW, paper_pass()), DailyKey(NOW, NOW + 1, bytes(32))],
    ids=["query", "answer", "sealing key"],
)
def test_no_repr_says_anything(value: object) -> None:
    assert all(each not in repr(value) for each in ("1101", "\\x00", "region", "key="))
    assert "x" not in repr(envelope_format.QueryEnvelope(b"x", b"x", b"x"))
