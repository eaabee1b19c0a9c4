"""Assisted queries and answers that are none: every bit and every length, and any content under good signatures.

Refused as bad input with nothing changed, nothing of the input in the error, and little memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.sealing import seal
from healthpass.crypto.signer import sign_message
from healthpass.errors import BadInput, FormatError, HealthpassError, StationRefused
from healthpass.formats import cose
from healthpass.formats.assisted import encode_query, parse_answer, parse_daily_key, parse_query
from healthpass.formats.assisted_envelope import (
    ANSWER_BLOCK_SIZE,
    QUERY_BLOCK_SIZE,
    encode_answer_envelope,
    pad,
    parse_answer_envelope,
    parse_query_envelope,
    unpad,
)
from healthpass.trust.assisted import open_pass, open_sealing_key
from tests.assisting import (
    ID_NUMBER,
    LIST,
    Region,
    answer_key_of,
    ask,
    make_answer,
    make_query,
    paper_pass,
    seal_answer,
    seal_query,
    sign_query,
)
from tests.hostile.measuring import peak_memory
from tests.hostile.test_any_input import LARGE, PAYLOADS
from tests.issuing import REGION
from tests.making import NOW

MEGABYTE = 1 << 20
SECRET = ID_NUMBER.encode()
NORTH = Region()
QUESTION = ask(NORTH)
ANSWER = make_answer(QUESTION, paper_pass())
DOCUMENTED = {
    "malformed",
    "no-consent",
    "other-region",
    "unknown-sealing-key",
    "not-for-us",
    "bad-signature",
    "not-a-registrar",
    "other-query",
    "other-key",
}
ENTRIES: dict[str, Callable[[bytes], object]] = {
    "a region": lambda data: NORTH.desk.answer(data, now=NOW),
    "a station": lambda data: QUESTION.answer(data, now=NOW),
    "open_sealing_key": lambda data: open_sealing_key(data, REGION.public_key, NOW),
    "open_pass": lambda data: open_pass(data, LIST, NOW),
    "parse_query_envelope": parse_query_envelope,
    "parse_answer_envelope": parse_answer_envelope,
    "unpad": lambda data: unpad(data, QUERY_BLOCK_SIZE),
    "parse_query": parse_query,
    "parse_answer": parse_answer,
    "parse_daily_key": parse_daily_key,
}


def check(error: HealthpassError) -> None:
    assert isinstance(error, FormatError | StationRefused)
    assert error.code in DOCUMENTED
    assert ID_NUMBER not in str(error)


def assert_bad(call: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        call(data)
    check(caught.value)


def assert_all_as_before(state: object) -> None:
    """After all that, the honest ones are taken."""
    assert NORTH.state() == state
    question = ask(NORTH)
    answer = NORTH.desk.answer(question.envelope, now=NOW)
    assert question.answer(answer, now=NOW) is not None


def altered(data: bytes) -> list[bytes]:
    """Every bit flipped, every length, a byte more at either end, twice the same."""
    number, size = int.from_bytes(data, "big"), len(data)
    flipped = [(number ^ 1 << bit).to_bytes(size, "big") for bit in range(8 * size)]
    return [*flipped, *(data[:end] for end in range(size)), data + b"\x00", b"\x00" + data, data + data]


def test_every_bit_of_a_query() -> None:
    before = NORTH.state()
    for data in altered(QUESTION.envelope):
        assert_bad(ENTRIES["a region"], data)
    assert_all_as_before(before)


def test_every_bit_of_an_answer() -> None:
    question = ask(NORTH)
    answer = make_answer(question, paper_pass())
    for data in altered(answer):
        assert_bad(lambda each: question.answer(each, now=NOW), data)
    assert question.answer(answer, now=NOW) is not None


def test_every_bit_of_what_is_sealed_in_a_query() -> None:
    """By who may seal, and so anybody: signature, lengths and padding hold."""
    before = NORTH.state()
    block = pad(sign_query(make_query(NORTH)), QUERY_BLOCK_SIZE)
    number = int.from_bytes(block, "big")
    for bit in range(8 * len(block)):
        flipped = (number ^ 1 << bit).to_bytes(len(block), "big")
        assert_bad(ENTRIES["a region"], seal_query(NORTH, b"", block=flipped))
    assert_all_as_before(before)


def test_every_bit_of_what_is_sealed_in_an_answer() -> None:
    question = ask(NORTH)
    honest = make_answer(question, paper_pass())
    key = question._answer_key
    assert key is not None
    block = key.open(parse_answer_envelope(honest))
    number = int.from_bytes(block, "big")
    for bit in range(8 * len(block)):
        flipped = (number ^ 1 << bit).to_bytes(len(block), "big")
        data = encode_answer_envelope(seal(answer_key_of(question), flipped))
        assert_bad(lambda each: question.answer(each, now=NOW), data)
    assert question.answer(honest, now=NOW) is not None


def test_every_bit_of_a_sealing_key() -> None:
    for data in altered(NORTH.sealing_key):
        assert_bad(ENTRIES["open_sealing_key"], data)
    assert open_sealing_key(NORTH.sealing_key, REGION.public_key, NOW)


def test_every_length_of_what_a_station_signs_by_mistake() -> None:
    before = NORTH.state()
    payload = encode_query(make_query(NORTH))
    for data in [*(payload[:size] for size in range(len(payload))), payload + b"\x00"]:
        assert_bad(ENTRIES["a region"], seal_query(NORTH, sign_query(data)))
    assert_all_as_before(before)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_payloads_under_good_signatures(payload: bytes) -> None:
    before = NORTH.state()
    question = ask(NORTH)
    if len(payload) <= 400:
        assert_bad(ENTRIES["a region"], seal_query(NORTH, sign_query(payload)))
    if len(payload) <= ANSWER_BLOCK_SIZE - 170:
        assert_bad(lambda each: question.answer(each, now=NOW), seal_answer(question, payload))
    assert_bad(ENTRIES["open_sealing_key"], sign_message(REGION, cose.SEALING_KEY, payload))
    for parse in (parse_query, parse_answer, parse_daily_key):
        assert_bad(parse, payload)
    assert NORTH.state() == before


SEEDS = [b"", SECRET, QUESTION.envelope, ANSWER, NORTH.sealing_key, encode_query(make_query(NORTH)), paper_pass()]
SPLICED = st.tuples(st.sampled_from(SEEDS), st.integers(0, 800), st.binary(max_size=3), st.integers(0, 3)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + parts[3] :]
)


@pytest.mark.parametrize("entry", ENTRIES)
@given(st.one_of(st.binary(max_size=800), SPLICED))
def test_any_bytes(entry: str, data: bytes) -> None:
    if data in SEEDS:
        return
    before = NORTH.state()
    try:
        ENTRIES[entry](data)
    except BadInput as error:
        check(error)
    else:
        assert entry not in ("a region", "a station", "open_sealing_key", "open_pass")
    assert NORTH.state() == before


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("kind", LARGE)
def test_a_megabyte(entry: str, kind: str) -> None:
    def attempt() -> None:
        assert_bad(ENTRIES[entry], LARGE[kind])

    attempt()
    assert peak_memory(attempt) < 8 * MEGABYTE
