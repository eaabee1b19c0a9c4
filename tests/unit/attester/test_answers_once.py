"""The region's side: a query is answered once, and not too often; and nothing of it stays in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from healthpass.attester import DailyKeys, ListedStation, QueryAnswerer, QueryMemory, StationLimits, StationList
from healthpass.errors import BadInput, StationRefused
from tests.assisting import (
    ID_NUMBER,
    OTHER_ID,
    OTHER_STATION,
    REGISTRAR,
    STATION,
    STATION_ID,
    STATIONS,
    Region,
    ask,
    assert_not_answered,
    assert_region_refuses,
    broken,
    changed_query,
    documents_made,
    frames_of,
    is_wiped,
    make_answer,
    make_desk,
    make_query,
    make_trust,
    seal_query,
    sign_query,
)
from tests.issuing import OTHER_REGION, REGION
from tests.making import DAY, NOW
from tests.raising import raises_one_of


@pytest.fixture
def region() -> Region:
    return Region()


# ---- 9 to 13: fresh, answerable, once, and not too often ---------------------------------------------------------


@pytest.mark.parametrize(("code", "issued"), [("query-from-the-future", NOW + 61), ("query-too-old", NOW - 180)])
def test_at_another_time(code: str, issued: int, region: Region) -> None:
    assert_region_refuses(region, changed_query(region, {6: issued}), code)


@pytest.mark.parametrize("issued", [NOW + 60, NOW - 179])
def test_just_in_time(issued: int, region: Region) -> None:
    assert region.desk.answer(changed_query(region, {6: issued}), now=NOW)


def test_an_answer_key_of_small_order(region: Region) -> None:
    assert_region_refuses(region, changed_query(region, {4: bytes(32)}), "weak-answer-key")


def test_brought_twice_at_once() -> None:
    """Eight threads bring the same query, and then the same answer: one of each is taken."""
    region = Region(people={})
    question = ask(region)

    def attempt(call: Callable[[], bytes | str | None]) -> str:
        try:
            call()
        except StationRefused as refused:
            return refused.code
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(attempt, lambda: region.desk.answer(question.envelope, now=NOW)) for _ in range(8)]
        assert sorted(each.result() for each in tries) == ["replayed"] * 7 + ["taken"]
        assert len(region.log.entries) == 1
        answer = make_answer(question)
        tries = [pool.submit(attempt, lambda: question.answer(answer, now=NOW)) for _ in range(8)]
        assert sorted(each.result() for each in tries) == ["question-closed"] * 7 + ["taken"]


@pytest.mark.parametrize("later", [0, 1, 119, 179])
def test_replayed(later: int, region: Region) -> None:
    question = ask(region)
    answer = region.desk.answer(question.envelope, now=NOW)
    assert_not_answered(region, question.envelope, "replayed", NOW + later)
    assert question.answer(answer, now=NOW) is not None


def test_replayed_when_it_is_forgotten(region: Region) -> None:
    question = ask(region)
    region.desk.answer(question.envelope, now=NOW)
    assert_region_refuses(region, question.envelope, "query-too-old", NOW + 180)


def test_replayed_after_a_restart(region: Region) -> None:
    """The process has started anew, with an empty memory: it has other keys too, and opens nothing from before."""
    question = ask(region)
    region.desk.answer(question.envelope, now=NOW)
    restarted = Region()
    assert_region_refuses(restarted, question.envelope, "unknown-sealing-key")


def test_a_full_memory() -> None:
    region = Region(memory=QueryMemory(None, capacity=1))
    first, second = ask(region), ask(region)
    region.desk.answer(first.envelope, now=NOW)
    assert_not_answered(region, second.envelope, "memory-full")
    region.time = NOW + 180
    later = ask(region, now=NOW + 180)
    assert later.answer(region.desk.answer(later.envelope, now=NOW + 180), now=NOW + 180) is not None


def test_a_stolen_station_key_cannot_go_through_the_numbers(region: Region) -> None:
    """60 in an hour, whoever asks about whom; another station is not held up by it."""
    for n in range(60):
        region.desk.answer(changed_query(region, {5: n.to_bytes(16, "big")}), now=NOW)
    over = changed_query(region, {5: b"\xff" * 16})
    assert_not_answered(region, over, "too-many-queries")
    assert len(region.log.entries) == 60
    other = REGISTRAR.certify_station(OTHER_STATION.public_key, 7, now=NOW, station_id=OTHER_ID)
    query = make_query(region, certificate=other)
    assert region.desk.answer(seal_query(region, sign_query(query, OTHER_STATION)), now=NOW)
    region.time = NOW + 3600
    hour = {5: b"\xff" * 16, 6: NOW + 3600}
    assert region.desk.answer(changed_query(region, hour), now=NOW + 3600)


def test_a_renewed_certificate_is_the_same_station(region: Region) -> None:
    for n in range(60):
        region.desk.answer(changed_query(region, {5: n.to_bytes(16, "big")}), now=NOW)
    region.desk.stations = STATIONS.removed(OTHER_ID).added(
        ListedStation("Its new key", STATION_ID, OTHER_STATION.public_key)
    )
    renewed = REGISTRAR.certify_station(OTHER_STATION.public_key, 7, now=NOW, station_id=STATION_ID)
    query = make_query(region, certificate=renewed, nonce=b"\xff" * 16)
    assert_not_answered(region, seal_query(region, sign_query(query, OTHER_STATION)), "too-many-queries")


def test_a_new_id_does_not_make_another_station_of_one_key(region: Region) -> None:
    few = StationLimits(1, 50, 50)
    region.desk.stations = StationList(STATIONS, queries=few)
    region.desk.answer(ask(region).envelope, now=NOW)
    region.desk.stations = StationList([ListedStation("Desk", "00" * 8, STATION.public_key)], queries=few)
    certificate = REGISTRAR.certify_station(STATION.public_key, 7, now=NOW, station_id="00" * 8)
    assert_not_answered(region, ask(region, desk=make_desk(certificate=certificate)).envelope, "too-many-queries")


# ---- What stays --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{9: ID_NUMBER[:-1] + "x"}, {9: ID_NUMBER[:-1] + "Y"}, {7: 0}, {5: b"1"}, {8: "card"}, {11: 0}, {10: b""}, {6: 0}],
)
def test_no_number_is_in_the_frames_of_a_refusal(change: dict[int, Any], region: Region) -> None:
    with pytest.raises(BadInput) as caught:
        region.desk.answer(changed_query(region, change), now=NOW)
    assert ID_NUMBER[:-1] not in frames_of(caught.value, beyond="test_no_number_is_in_the_frames_of_a_refusal")


@pytest.mark.parametrize(
    "spoil", [lambda message: message[:-1] + bytes((message[-1] ^ 1,)), lambda message: message + b"\x00"]
)
def test_no_number_is_in_the_frames_of_a_message_that_is_not_one(
    spoil: Callable[[bytes], bytes], region: Region
) -> None:
    data = seal_query(region, spoil(sign_query(make_query(region))))
    with pytest.raises(BadInput) as caught:
        region.desk.answer(data, now=NOW)
    assert ID_NUMBER not in frames_of(
        caught.value, beyond="test_no_number_is_in_the_frames_of_a_message_that_is_not_one"
    )


@pytest.mark.parametrize("change", [{6: NOW - 180}, {4: bytes(32)}, {10: b"\x00"}, {3: bytes(32)}])
def test_what_is_refused_is_wiped_too(change: dict[int, Any], region: Region) -> None:
    data = changed_query(region, change)
    with documents_made() as found, raises_one_of("malformed", "query-too-old", "re-sealed", "weak-answer-key"):
        region.desk.answer(data, now=NOW)
    assert found
    assert all(map(is_wiped, found))


def test_another_regions_sealing_keys(region: Region) -> None:
    with pytest.raises(ValueError, match="another region"):
        QueryAnswerer(
            OTHER_REGION,
            DailyKeys(REGION, QueryMemory(None)),
            make_trust(),
            look_up=broken,
            issue=broken,
            audit=region.log,
            stations=STATIONS,
        )


def test_a_station_with_an_expired_certificate_is_stopped_at_both_ends(region: Region) -> None:
    expired = REGISTRAR.certify_station(STATION.public_key, 7, now=NOW - DAY, lifetime=DAY)
    with pytest.raises(StationRefused) as caught:
        ask(region, desk=make_desk(certificate=expired))
    assert caught.value.code == "certificate-expired"


def test_no_repr_says_anything(region: Region) -> None:
    assert repr(region.desk) == "QueryAnswerer(...)"
    assert repr(region.keys) == "DailyKeys(1)"
