"""A region's sealing keys come and go with its day, and nothing of yesterday can be opened."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.attester import DailyKeys, QueryMemory
from healthpass.crypto.sealing import seal
from healthpass.errors import FormatError, StationRefused
from healthpass.formats.assisted import DailyKey
from healthpass.formats.station import Station
from healthpass.trust.assisted import MAX_QUERY_AGE, open_sealing_key
from healthpass.trust.station_list import Most
from healthpass.trust.updates import CLOCK_SKEW
from tests.issuing import REGION
from tests.making import DAY, NOW
from tests.raising import raises

MIDNIGHT = NOW - NOW % DAY
GRACE, AHEAD = 300, 3600


def read(messages: list[bytes], now: int = NOW) -> list[DailyKey]:
    return [open_sealing_key(each, REGION.public_key, now) for each in messages]


def assert_closed(keys: DailyKeys, key: DailyKey, sealed: bytes, now: int, code: str = "unknown-sealing-key") -> None:
    with pytest.raises(StationRefused) as caught:
        keys.open(key.key, sealed, now=now)
    assert caught.value.code == code


def test_a_key_is_for_a_day_and_is_made_once() -> None:
    keys = DailyKeys(REGION, QueryMemory(None))
    assert len(keys) == 0
    first = keys.rotate(now=NOW)
    (key,) = read(first)
    assert (key.valid_from, key.expires) == (MIDNIGHT, MIDNIGHT + DAY)
    assert keys.rotate(now=NOW + 3600) == first
    assert keys.open(key.key, seal(key.key, b"query"), now=NOW) == b"query"


def test_a_day_may_begin_at_another_hour() -> None:
    (key,) = read(DailyKeys(REGION, QueryMemory(None), begins=4 * 3600).rotate(now=NOW))
    assert key.valid_from == MIDNIGHT + 4 * 3600
    (before,) = read(DailyKeys(REGION, QueryMemory(None), begins=4 * 3600).rotate(now=MIDNIGHT + 3600), MIDNIGHT + 3600)
    assert before.expires == MIDNIGHT + 4 * 3600
    with raises(FormatError, "malformed", "beginning of the day: not an integer from 0 to 86399"):
        DailyKeys(REGION, QueryMemory(None), begins=DAY)


def test_the_next_key_is_there_an_hour_before() -> None:
    keys, end = DailyKeys(REGION, QueryMemory(None)), MIDNIGHT + DAY
    assert len(keys.rotate(now=end - AHEAD - 1)) == 1
    today, tomorrow = keys.rotate(now=end - AHEAD)
    assert keys.rotate(now=end - 1) == [today, tomorrow]
    assert keys.rotate(now=end) == [tomorrow]
    assert read([tomorrow], end)[0].valid_from == end


def test_a_key_is_erased_after_its_day_and_the_grace() -> None:
    keys, end = DailyKeys(REGION, QueryMemory(None)), MIDNIGHT + DAY
    (key,) = read(keys.rotate(now=NOW))
    held, sealed = keys._keys[MIDNIGHT][0], seal(key.key, b"query")
    keys.rotate(now=end + GRACE - 1)
    assert keys.open(key.key, sealed, now=end + GRACE - 1) == b"query"
    keys.rotate(now=end + GRACE)
    assert not any(held._secret)
    assert len(keys) == 1
    assert_closed(keys, key, sealed, now=end + GRACE)
    assert_closed(keys, key, sealed, now=NOW)  # nor with the clock set back
    with pytest.raises(ValueError, match="erased"):
        held.open(sealed)


def test_a_key_is_erased_in_time_though_nobody_rotates() -> None:
    keys, end = DailyKeys(REGION, QueryMemory(None)), MIDNIGHT + DAY
    (key,) = read(keys.rotate(now=NOW))
    assert_closed(keys, key, seal(key.key, b"query"), now=end + GRACE)
    assert len(keys) == 0


def test_the_grace_is_longer_than_a_query_is_fresh() -> None:
    assert GRACE >= MAX_QUERY_AGE + CLOCK_SKEW


def test_a_clock_that_was_ahead_leaves_no_keys_behind() -> None:
    keys = DailyKeys(REGION, QueryMemory(None))
    for n in range(50):
        keys.rotate(now=NOW + 400 * DAY - n * DAY)
    assert len(keys.rotate(now=NOW)) == len(keys) == 1


def test_a_restart_makes_another_key() -> None:
    """So what was sealed before it stays closed, and a query cannot be replayed to a memory that has forgotten it."""
    (before,), after = read(DailyKeys(REGION, QueryMemory(None)).rotate(now=NOW)), DailyKeys(REGION, QueryMemory(None))
    (key,) = read(after.rotate(now=NOW))
    assert key.key != before.key
    assert_closed(after, before, seal(before.key, b"query"), now=NOW)


def test_erasing_all() -> None:
    keys = DailyKeys(REGION, QueryMemory(None))
    (key,) = read(keys.rotate(now=NOW))
    held = keys._keys[MIDNIGHT][0]
    keys.erase()
    assert not any(held._secret)
    assert_closed(keys, key, seal(key.key, b"query"), now=NOW)


def test_a_box_for_another_key() -> None:
    keys = DailyKeys(REGION, QueryMemory(None))
    (key,) = read(keys.rotate(now=NOW))
    other = read(DailyKeys(REGION, QueryMemory(None)).rotate(now=NOW))[0]
    assert_closed(keys, key, seal(other.key, b"query"), NOW, "not-for-us")
    assert_closed(keys, key, b"", NOW, "not-for-us")


# ---- The memory of queries ---------------------------------------------------------------------------------------

A, B = "00" * 8, "11" * 8
KEY_A, KEY_B = b"\xaa" * 32, b"\xbb" * 32
REGISTRAR, OTHER_REGISTRAR = b"\xcc" * 32, b"\xdd" * 32
SIXTY = Most(60, 1000, 1000)


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def take(
    memory: QueryMemory,
    station: str,
    number: int,
    until: int = NOW + 180,
    now: int = NOW,
    *,
    key: bytes | None = None,
    registrar: bytes = REGISTRAR,
    most: Most = SIXTY,
) -> None:
    own = KEY_A if station == A else KEY_B
    certified = Station(station, own if key is None else key, 1, NOW - 9, NOW + DAY)
    memory.take(certified, registrar, nonce(number), most, until=until, now=now)


def assert_not_taken(memory: QueryMemory, code: str, *args: Any, **more: Any) -> None:
    before = len(memory)
    with pytest.raises(StationRefused) as caught:
        take(memory, *args, **more)
    assert caught.value.code == code
    assert len(memory) == before


def test_a_query_once() -> None:
    memory = QueryMemory(None)
    take(memory, A, 1)
    assert_not_taken(memory, "replayed", A, 1)
    assert_not_taken(memory, "replayed", A, 1, now=NOW + 179)
    take(memory, B, 1)  # another station's nonce is another nonce


def test_what_was_forgotten_while_the_clock_was_ahead_is_still_refused() -> None:
    memory = QueryMemory(None)
    take(memory, A, 1)
    take(memory, A, 2, NOW + 1180, NOW + 1000)
    assert len(memory) == 1
    assert_not_taken(memory, "replayed", A, 1)
    take(memory, A, 3, NOW + 181, NOW + 1)


def test_a_full_memory_refuses_and_then_forgets() -> None:
    memory = QueryMemory(None, capacity=2)
    take(memory, A, 1)
    take(memory, A, 2, NOW + 190)
    assert_not_taken(memory, "memory-full", A, 3, NOW + 190, NOW + 10)
    take(memory, A, 3, NOW + 360, NOW + 180)
    assert len(memory) == 2


def test_so_many_queries_an_hour() -> None:
    memory, most = QueryMemory(None), Most(3, 99, 99)
    for n in range(3):
        take(memory, A, n, NOW + n + 180, NOW + n, most=most)
    last = NOW + 3600 - 1
    for number in (10, 11):
        with pytest.raises(StationRefused) as caught:
            take(memory, A, number, last + 180, last, most=most)
        assert caught.value.code == "too-many-queries"
    take(memory, B, 10, last + 180, last, most=most)  # another station may
    take(memory, A, 10, last + 181, last + 1, most=most)  # the first is an hour old, and the nonce is not used
    assert_not_taken(memory, "too-many-queries", A, 12, last + 181, last + 1, most=most)


def test_the_count_outlives_the_nonces_but_not_the_hour() -> None:
    memory = QueryMemory(None)
    for n in range(60):
        take(memory, A, n)
    take(memory, B, 0, NOW + 600, NOW + 400)
    assert len(memory) == 1
    assert_not_taken(memory, "too-many-queries", A, 99, NOW + 1000, NOW + 400)
    take(memory, B, 1, NOW + 7400, NOW + 7200, registrar=OTHER_REGISTRAR)
    assert len(memory._times) == 4  # id, key, registrar and all of that one query


def test_one_key_with_several_ids_and_one_id_with_several_keys() -> None:
    """Neither a second certificate nor a second key makes two stations of one."""
    memory, most = QueryMemory(None), Most(2, 99, 99)
    take(memory, A, 0, most=most)
    take(memory, B, 1, key=KEY_A, most=most)
    assert_not_taken(memory, "too-many-queries", "22" * 8, 2, key=KEY_A, most=most)
    take(memory, B, 3, most=most)
    assert_not_taken(memory, "too-many-queries", B, 4, key=b"\xcc" * 32, most=most)
    take(memory, "22" * 8, 5, key=b"\xcc" * 32, most=most)  # what was refused is not counted


def test_the_stations_of_one_registrar_and_all_of_them() -> None:
    memory, most = QueryMemory(None), Most(5, 2, 3)
    take(memory, A, 0, most=most)
    take(memory, B, 1, most=most)
    assert_not_taken(memory, "too-many-queries", A, 2, most=most)
    take(memory, A, 2, registrar=OTHER_REGISTRAR, most=most)
    assert_not_taken(memory, "too-many-queries", B, 3, registrar=OTHER_REGISTRAR, most=most)
    take(memory, B, 3, NOW + 3780, NOW + 3600, registrar=OTHER_REGISTRAR, most=most)


def test_no_such_memory() -> None:
    with pytest.raises(ValueError, match="at least one"):
        QueryMemory(None, capacity=0)
