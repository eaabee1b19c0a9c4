"""What roots, regions and stations decide by their clocks."""

from __future__ import annotations

import tempfile
from collections import deque
from pathlib import Path

from healthpass.attester import DailyKeys
from healthpass.attester.answers import _check_fresh
from healthpass.attester.audit.entry import Chain
from healthpass.attester.audit.log import CLOCK_STEP, PASS
from healthpass.attester.daily_keys import AHEAD, GRACE
from healthpass.attester.query_log import Counted, QueryLog
from healthpass.attester.query_memory import HOUR, QueryMemory, _within_the_hour
from healthpass.authority.builder import KEPT_WHEN_OVER, TrustListBuilder
from healthpass.authority.changes import _windows
from healthpass.authority.platform_changes import _live
from healthpass.formats.document import Document
from healthpass.formats.station import Station
from healthpass.formats.window import LARGEST_SKEW
from healthpass.trust.assisted import MAX_QUERY_AGE, MAX_WAIT
from healthpass.trust.station_list import Most
from healthpass.trust.updates import CLOCK_SKEW
from tests.assisting import Region, ask, make_answer, make_query
from tests.auditing import NEIGHBOUR, STATIONS, open_log
from tests.clocks.holding import holds, outcome
from tests.making import DAY, NOW, ROOTS, WINDOW, make_trust_list, signer

STATION = Station("0" * 16, signer(90).public_key, 1, NOW, NOW + DAY)
PLENTY = Most(9, 9, 9)
MEMORY = "attester/query_memory.py"


def take(memory: QueryMemory, nonce: int, until: int, now: int, most: Most = PLENTY) -> object:
    return outcome(lambda: memory.take(STATION, bytes(32), nonce.to_bytes(16, "big"), most, until=until, now=now))


@holds(
    "attester/answers.py",
    "_check_fresh",
    "query.issued > now + CLOCK_SKEW",
    gives=("taken", "taken", "query-from-the-future"),
)
def _(second: int) -> object:
    query = make_query(Region())
    return outcome(lambda: _check_fresh(query, query.issued - CLOCK_SKEW - second))


@holds(
    "attester/answers.py",
    "_check_fresh",
    "now >= query.issued + MAX_QUERY_AGE + CLOCK_SKEW",
    gives=("taken", "query-too-old", "query-too-old"),
)
def _(second: int) -> object:
    query = make_query(Region())
    return outcome(lambda: _check_fresh(query, query.issued + MAX_QUERY_AGE + CLOCK_SKEW + second))


@holds(
    "attester/audit/log.py",
    "AuditLog._check_clock",
    "time < self._chain.time - CLOCK_STEP",
    gives=("clock-behind", "taken", "taken"),
)
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as folder, open_log(Path(folder) / "log") as log:
        with Document(*NEIGHBOUR) as document:
            log.record(station=STATIONS[0], now=NOW, kind=PASS, document=document)
        return outcome(lambda: log.check(now=NOW - CLOCK_STEP + second))


@holds("attester/audit/entry.py", "Chain._entry", "entry.time < self.time", gives=("damaged", 1, 1))
def _(second: int) -> object:
    return sizes_of(NOW + second, begun=NOW)


@holds("attester/audit/entry.py", "Chain._entry", "entry.time > _TIME_MAX", gives=(1, 1, "damaged"))
def _(second: int) -> object:
    return sizes_of(0xFFFFFFFF + second, begun=NOW)


def sizes_of(time: int, begun: int) -> object:
    """How many entries a log has whose only one is of that time, where what stands above is of `begun`."""
    chain = Chain()
    chain.take(chain.line(b"healthpass audit log 1 " + b"0" * 16))
    chain.time = begun
    line = chain.line(f"1 {time} {STATIONS[0]} pass {'0' * 32}".encode())
    return outcome(lambda: chain.take(line), taken=1)


@holds(
    "attester/daily_keys.py",
    "DailyKeys._erase_over",
    "day - AHEAD <= now < day + DAY + GRACE",
    gives=(1, 0, 0),
)
def _(second: int) -> object:
    return keys_left(NOW // DAY * DAY + DAY + GRACE + second)


@holds(
    "attester/daily_keys.py",
    "DailyKeys._erase_over",
    "day - AHEAD <= now < day + DAY + GRACE",
    gives=(0, 1, 1),
)
def _(second: int) -> object:
    return keys_left(NOW // DAY * DAY - AHEAD + second)


def keys_left(now: int) -> int:
    """How many of the day's keys are there at that time."""
    keys = DailyKeys(signer(70), QueryMemory(None))
    keys.rotate(now=NOW // DAY * DAY + DAY // 2)
    keys._erase_over(now)
    return len(keys)


@holds("attester/query_log.py", "QueryLog.drop_until", "query.time > time", gives=(0, 0, 1))
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        log = QueryLog(folder)
        log.append(Counted(NOW + second, "0" * 16, bytes(32), bytes(32)))
        log.drop_until(NOW)
        log.close()
        return len(log.counted)


@holds(MEMORY, "QueryMemory.take", "until <= self._forgotten", gives=("replayed", "replayed", "taken"))
def _(second: int) -> object:
    memory = QueryMemory(None)
    take(memory, 1, until=NOW, now=NOW - 60)
    take(memory, 2, until=NOW + DAY, now=NOW)  # which forgets the first
    return take(memory, 3, until=NOW + second, now=NOW)


@holds(MEMORY, "QueryMemory._forget", "self._ends[0][0] <= now", gives=(2, 1, 1))
def _(second: int) -> object:
    memory = QueryMemory(None)
    take(memory, 1, until=NOW, now=NOW - 60)
    take(memory, 2, until=NOW + DAY, now=NOW + second)
    return len(memory)


@holds(MEMORY, "QueryMemory._forget", "now >= self._swept + HOUR", gives=(4, 0, 0))
def _(second: int) -> object:
    memory = QueryMemory(None)
    take(memory, 1, until=NOW + 1, now=NOW)
    memory._swept = NOW + HOUR
    memory._forget(NOW + 2 * HOUR + second)
    return len(memory._times)


@holds(MEMORY, "_within_the_hour", "times[0] <= now - HOUR", gives=(1, 0, 0))
def _(second: int) -> object:
    return len(_within_the_hour(deque([NOW]), NOW + HOUR + second))


@holds(
    "authority/builder.py",
    "TrustListBuilder.build",
    "issued < self._least_issued",
    gives=("clock-behind", "taken", "taken"),
)
def _(second: int) -> object:
    builder = TrustListBuilder(ROOTS, previous=make_trust_list(issued=NOW))
    return outcome(lambda: builder.build(now=NOW + second))


@holds(
    "authority/builder.py",
    "TrustListBuilder.build",
    "each.expires + KEPT_WHEN_OVER > issued",
    gives=(1, 0, 0),
)
def _(second: int) -> object:
    builder = TrustListBuilder(ROOTS).add_windows([WINDOW])
    return len(builder.build(now=WINDOW.expires + KEPT_WHEN_OVER + second).windows)


@holds("formats/window.py", "Window.is_over", "now >= self.expires + LARGEST_SKEW", gives=(1, 0, 0))
def _(second: int) -> object:
    issued = WINDOW.expires + LARGEST_SKEW + second
    late = make_trust_list(issued=issued, expires=issued + DAY, windows=(WINDOW,))
    return len(_live(late, late.platforms[0]).windows)


@holds("formats/window.py", "Window.is_over", "now >= self.expires + LARGEST_SKEW", gives=(True, False, False))
def _(second: int) -> object:
    (line,) = _windows({}, {WINDOW.kid: WINDOW}, WINDOW.expires + LARGEST_SKEW + second)
    return "LIVE" in line


QUESTION = "station/question.py"


@holds(
    QUESTION,
    "Question._check_times",
    "answer.issued > now + CLOCK_SKEW",
    gives=("taken", "taken", "answer-from-the-future"),
)
def _(second: int) -> object:
    return answered(issued=NOW + CLOCK_SKEW + second, now=NOW)


@holds(
    QUESTION,
    "Question._check_times",
    "answer.issued < asked - CLOCK_SKEW",
    gives=("answer-too-old", "taken", "taken"),
)
def _(second: int) -> object:
    return answered(issued=NOW - CLOCK_SKEW + second, now=NOW)


@holds(
    QUESTION,
    "Question._check_times",
    "now >= asked + MAX_WAIT",
    gives=("taken", "answer-too-old", "answer-too-old"),
)
def _(second: int) -> object:
    return answered(issued=NOW, now=NOW + MAX_WAIT + second)


def answered(issued: int, now: int) -> object:
    question = ask(Region(), now=NOW)
    return outcome(lambda: question.answer(make_answer(question, issued=issued), now=now))
