"""A region's sealing keys come and go with its day, and nothing of yesterday can be opened."""

from __future__ import annotations

import pytest

from healthpass.attester import DailyKeys, QueryMemory
from healthpass.crypto.sealing import seal
from healthpass.errors import FormatError, StationRefused
from healthpass.formats.assisted import DailyKey
from healthpass.trust.assisted import MAX_QUERY_AGE, open_sealing_key
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
    keys = DailyKeys(REGION)
    assert len(keys) == 0
    first = keys.rotate(now=NOW)
    (key,) = read(first)
    assert (key.valid_from, key.expires) == (MIDNIGHT, MIDNIGHT + DAY)
    assert keys.rotate(now=NOW + 3600) == first
    assert keys.open(key.key, seal(key.key, b"query"), now=NOW) == b"query"


def test_a_day_may_begin_at_another_hour() -> None:
    (key,) = read(DailyKeys(REGION, begins=4 * 3600).rotate(now=NOW))
    assert key.valid_from == MIDNIGHT + 4 * 3600
    (before,) = read(DailyKeys(REGION, begins=4 * 3600).rotate(now=MIDNIGHT + 3600), MIDNIGHT + 3600)
    assert before.expires == MIDNIGHT + 4 * 3600
    with raises(FormatError, "malformed", "beginning of the day: not an integer from 0 to 86399"):
        DailyKeys(REGION, begins=DAY)


def test_the_next_key_is_there_an_hour_before() -> None:
    keys, end = DailyKeys(REGION), MIDNIGHT + DAY
    assert len(keys.rotate(now=end - AHEAD - 1)) == 1
    today, tomorrow = keys.rotate(now=end - AHEAD)
    assert keys.rotate(now=end - 1) == [today, tomorrow]
    assert keys.rotate(now=end) == [tomorrow]
    assert read([tomorrow], end)[0].valid_from == end


def test_a_key_is_erased_after_its_day_and_the_grace() -> None:
    keys, end = DailyKeys(REGION), MIDNIGHT + DAY
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
    keys, end = DailyKeys(REGION), MIDNIGHT + DAY
    (key,) = read(keys.rotate(now=NOW))
    assert_closed(keys, key, seal(key.key, b"query"), now=end + GRACE)
    assert len(keys) == 0


def test_the_grace_is_longer_than_a_query_is_fresh() -> None:
    assert GRACE >= MAX_QUERY_AGE + CLOCK_SKEW


def test_a_clock_that_was_ahead_leaves_no_keys_behind() -> None:
    keys = DailyKeys(REGION)
    for n in range(50):
        keys.rotate(now=NOW + 400 * DAY - n * DAY)
    assert len(keys.rotate(now=NOW)) == len(keys) == 1


def test_a_restart_makes_another_key() -> None:
    """So what was sealed before it stays closed, and a query cannot be replayed to a memory that has forgotten it."""
    (before,), after = read(DailyKeys(REGION).rotate(now=NOW)), DailyKeys(REGION)
    (key,) = read(after.rotate(now=NOW))
    assert key.key != before.key
    assert_closed(after, before, seal(before.key, b"query"), now=NOW)


def test_erasing_all() -> None:
    keys = DailyKeys(REGION)
    (key,) = read(keys.rotate(now=NOW))
    held = keys._keys[MIDNIGHT][0]
    keys.erase()
    assert not any(held._secret)
    assert_closed(keys, key, seal(key.key, b"query"), now=NOW)


def test_a_box_for_another_key() -> None:
    keys = DailyKeys(REGION)
    (key,) = read(keys.rotate(now=NOW))
    other = read(DailyKeys(REGION).rotate(now=NOW))[0]
    assert_closed(keys, key, seal(other.key, b"query"), NOW, "not-for-us")
    assert_closed(keys, key, b"", NOW, "not-for-us")


# ---- The memory of queries ---------------------------------------------------------------------------------------

A, B = "00" * 8, "11" * 8
KEY_A, KEY_B = b"\xaa" * 32, b"\xbb" * 32


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def assert_not_taken(memory: QueryMemory, code: str, station: str, number: int, until: int, now: int) -> None:
    before = len(memory)
    with pytest.raises(StationRefused) as caught:
        memory.take(station, KEY_A if station == A else KEY_B, nonce(number), until=until, now=now)
    assert caught.value.code == code
    assert len(memory) == before


def test_a_query_once() -> None:
    memory = QueryMemory()
    memory.take(A, KEY_A, nonce(1), until=NOW + 180, now=NOW)
    assert_not_taken(memory, "replayed", A, 1, NOW + 180, NOW)
    assert_not_taken(memory, "replayed", A, 1, NOW + 180, NOW + 179)
    memory.take(B, KEY_B, nonce(1), until=NOW + 180, now=NOW)  # another station's nonce is another nonce


def test_what_was_forgotten_while_the_clock_was_ahead_is_still_refused() -> None:
    memory = QueryMemory()
    memory.take(A, KEY_A, nonce(1), until=NOW + 180, now=NOW)
    memory.take(A, KEY_A, nonce(2), until=NOW + 1180, now=NOW + 1000)
    assert len(memory) == 1
    assert_not_taken(memory, "replayed", A, 1, NOW + 180, NOW)
    memory.take(A, KEY_A, nonce(3), until=NOW + 181, now=NOW + 1)


def test_a_full_memory_refuses_and_then_forgets() -> None:
    memory = QueryMemory(capacity=2)
    memory.take(A, KEY_A, nonce(1), until=NOW + 180, now=NOW)
    memory.take(A, KEY_A, nonce(2), until=NOW + 190, now=NOW)
    assert_not_taken(memory, "memory-full", A, 3, NOW + 190, NOW + 10)
    memory.take(A, KEY_A, nonce(3), until=NOW + 360, now=NOW + 180)
    assert len(memory) == 2


def test_so_many_queries_an_hour() -> None:
    memory = QueryMemory(per_hour=3)
    for n in range(3):
        memory.take(A, KEY_A, nonce(n), until=NOW + n + 180, now=NOW + n)
    last = NOW + 3600 - 1
    for number in (10, 11):
        with pytest.raises(StationRefused) as caught:
            memory.take(A, KEY_A, nonce(number), until=last + 180, now=last)
        assert caught.value.code == "too-many-queries"
    memory.take(B, KEY_B, nonce(10), until=last + 180, now=last)  # another station may
    memory.take(
        A, KEY_A, nonce(10), until=last + 181, now=last + 1
    )  # the first one is an hour old, and the nonce is not used
    assert_not_taken(memory, "too-many-queries", A, 12, last + 181, last + 1)


def test_the_count_outlives_the_nonces_but_not_the_hour() -> None:
    memory = QueryMemory()
    for n in range(60):
        memory.take(A, KEY_A, nonce(n), until=NOW + 180, now=NOW)
    memory.take(B, KEY_B, nonce(0), until=NOW + 600, now=NOW + 400)
    assert len(memory) == 1
    assert_not_taken(memory, "too-many-queries", A, 99, NOW + 1000, NOW + 400)
    memory.take(B, KEY_B, nonce(1), until=NOW + 7400, now=NOW + 7200)
    assert set(memory._times) == {B, KEY_B}


def test_one_key_with_several_ids_and_one_id_with_several_keys() -> None:
    """Neither a second certificate nor a second key makes two stations of one."""
    memory = QueryMemory(per_hour=2)
    memory.take(A, KEY_A, nonce(0), until=NOW + 180, now=NOW)
    memory.take(B, KEY_A, nonce(1), until=NOW + 180, now=NOW)
    with pytest.raises(StationRefused, match="times an hour"):
        memory.take("22" * 8, KEY_A, nonce(2), until=NOW + 180, now=NOW)
    memory.take(B, KEY_B, nonce(3), until=NOW + 180, now=NOW)
    with pytest.raises(StationRefused, match="times an hour"):
        memory.take(B, b"\xcc" * 32, nonce(4), until=NOW + 180, now=NOW)
    assert len(memory) == 3
    memory.take("22" * 8, b"\xcc" * 32, nonce(5), until=NOW + 180, now=NOW)  # what was refused is not counted


@pytest.mark.parametrize("values", [{"capacity": 0}, {"per_hour": 0}])
def test_no_such_memory(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        QueryMemory(**values)
