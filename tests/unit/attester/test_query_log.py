"""One process answers for a region, and a restart within the hour forgets none of its queries."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from healthpass import _files
from healthpass.attester import DailyKeys, QueryMemory, query_log
from healthpass.attester.query_log import MAX_SIZE, Counted, QueryLog
from healthpass.errors import FolderError, StationRefused
from healthpass.formats.station import Station
from healthpass.trust.station_list import Most
from tests.assisting import ID_NUMBER, Region, ask
from tests.faults import ERROR, KILL, TORN, QuickDisk, failing
from tests.issuing import REGION
from tests.making import NOW

HOUR = 3600
MOST = Most(3, 5, 7)
REGISTRAR, OTHER, THIRD = bytes(32), b"\x01" * 32, b"\x02" * 32
OPENS_AND_WAITS = """
import sys
from healthpass.attester import QueryMemory
from healthpass.errors import FolderError
try:
    memory = QueryMemory(sys.argv[1])
except FolderError as error:
    print(error.code, flush=True)
else:
    print("open", flush=True)
    sys.stdin.read()
"""


def station(n: int, key: int | None = None) -> Station:
    return Station(f"{n:016x}", (n if key is None else key).to_bytes(32, "big"), 7, NOW - 1, NOW + 86_400)


def take(memory: QueryMemory, n: int = 1, *, now: int = NOW, key: int | None = None, by: bytes = REGISTRAR) -> None:
    nonce = (now * 1000 + len(memory)).to_bytes(16, "big")
    memory.take(station(n, key), by, nonce, MOST, until=now + 180, now=now)


def refused(memory: QueryMemory, n: int = 1, *, now: int = NOW, key: int | None = None, by: bytes = REGISTRAR) -> None:
    with pytest.raises(StationRefused) as caught:
        take(memory, n, now=now, key=key, by=by)
    assert caught.value.code == "too-many-queries"


def in_use(folder: Path) -> None:
    with pytest.raises(FolderError, match="another process answers for this region") as caught:
        QueryMemory(folder)
    assert caught.value.code == "in-use"


def lines(folder: Path) -> list[str]:
    return (folder / "queries.txt").read_text().splitlines()


def started_again(memory: QueryMemory, folder: Path) -> QueryMemory:
    memory.close()
    return QueryMemory(folder)


# One process


def test_a_second_one_is_refused_at_its_start(tmp_path: Path) -> None:
    memory = QueryMemory(tmp_path / "region")
    take(memory)
    before = lines(tmp_path / "region")
    in_use(tmp_path / "region")
    assert lines(tmp_path / "region") == before
    take(memory)
    memory.close()
    memory.close()
    QueryMemory(tmp_path / "region").close()


def test_one_that_was_killed_blocks_nobody(tmp_path: Path) -> None:
    words = [sys.executable, "-c", OPENS_AND_WAITS, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        in_use(tmp_path)
        again = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        assert again.stdout == b"in-use\n"
        other.kill()
    QueryMemory(tmp_path).close()


def test_one_that_is_forgotten_blocks_nobody(tmp_path: Path) -> None:
    take(QueryMemory(tmp_path))
    assert len(lines(tmp_path)) == 1
    QueryMemory(tmp_path).close()


def test_a_file_system_without_locks_is_no_place_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(OSError, match="No locks"):
        QueryMemory(tmp_path)


def test_what_is_closed_counts_nothing(tmp_path: Path) -> None:
    memory = QueryMemory(tmp_path)
    memory.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        take(memory)
    assert len(memory) == 0


def test_nothing_is_answered_that_cannot_be_counted(tmp_path: Path) -> None:
    """The person is not even looked up."""
    memory = QueryMemory(tmp_path)
    region = Region(memory=memory)
    question = ask(region)
    before = region.state()
    memory.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        region.desk.answer(question.envelope, now=NOW)
    assert region.state() == before


# A restart


@pytest.mark.parametrize(
    ("earlier", "next_one"),
    [
        ([{"n": 1}] * 3, {"n": 1, "key": 9}),
        ([{"n": 1}] * 3, {"n": 9, "key": 1}),
        ([{"n": n} for n in (1, 1, 2, 2, 3)], {"n": 4}),
        ([{"n": n} for n in (1, 1, 2, 2)] + [{"n": n, "by": OTHER} for n in (4, 4, 5)], {"n": 6, "by": THIRD}),
    ],
    ids=["id", "key", "registrar", "all"],
)
def test_the_limits_of_the_hour_go_on(earlier: list[dict[str, Any]], next_one: dict[str, Any], tmp_path: Path) -> None:
    memory = QueryMemory(tmp_path)
    for n, each in enumerate(earlier):
        take(memory, now=NOW + n, **each)
        memory = started_again(memory, tmp_path)
    refused(memory, now=NOW + HOUR - 1, **next_one)
    assert len(lines(tmp_path)) == len(earlier)
    take(memory, now=NOW + HOUR, **next_one)


def test_after_an_hour_nothing_is_kept(tmp_path: Path) -> None:
    memory = QueryMemory(tmp_path)
    for n in range(3):
        take(memory, now=NOW + n)
    memory = started_again(memory, tmp_path)
    take(memory, 2, now=NOW + HOUR + 1)
    assert [line.split()[0] for line in lines(tmp_path)] == [str(NOW + 2), str(NOW + HOUR + 1)]
    take(memory, 2, now=NOW + 3 * HOUR)
    assert len(lines(tmp_path)) == 1


def test_what_is_written_is_of_stations_and_of_nobody_else(tmp_path: Path) -> None:
    region = Region(memory=QueryMemory(tmp_path))
    data = ask(region).envelope
    region.desk.answer(data, now=NOW)
    (line,) = lines(tmp_path)
    time, who, key, registrar = line.split(" ")
    assert (int(time), len(who), len(key), len(registrar)) == (NOW, 16, 64, 64)
    for each in tmp_path.iterdir():
        assert each.stat().st_mode & 0o777 == 0o600
        assert ID_NUMBER.encode() not in each.read_bytes()


def test_a_restart_opens_nothing_from_before(tmp_path: Path) -> None:
    """So the nonces need not be written down."""
    memory = QueryMemory(tmp_path)
    region = Region(memory=memory)
    data = ask(region).envelope
    region.desk.answer(data, now=NOW)
    region.desk._keys = DailyKeys(REGION, started_again(memory, tmp_path))
    region.desk._keys.rotate(now=NOW)
    with pytest.raises(StationRefused) as caught:
        region.desk.answer(data, now=NOW)
    assert caught.value.code == "unknown-sealing-key"


# Damage


@pytest.mark.parametrize("end", [b"18", b"1800000001 0000000000000001 00", b"\xff" * 158])
def test_a_line_that_was_cut_off_was_not_counted(end: bytes, tmp_path: Path) -> None:
    memory = QueryMemory(tmp_path)
    take(memory)
    before = (tmp_path / "queries.txt").read_bytes()
    memory.close()
    (tmp_path / "queries.txt").write_bytes(before + end)
    memory = QueryMemory(tmp_path)
    assert (tmp_path / "queries.txt").read_bytes() == before
    take(memory)
    assert len(lines(tmp_path)) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"\n" + data,
        lambda data: data.replace(b" ", b"  ", 1),
        lambda data: b"x" + data[1:],
        lambda data: b"0" + data,
        lambda data: data[:-2] + b"\n",
        lambda data: data[:40] + b"\xff" + data[41:],
        lambda data: data.upper().replace(b"0", b"A"),
        lambda data: data + bytes(MAX_SIZE),
    ],
)
def test_a_damaged_file_stops_it_and_stays(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    memory = QueryMemory(tmp_path)
    take(memory)
    memory.close()
    damaged = spoil((tmp_path / "queries.txt").read_bytes())
    (tmp_path / "queries.txt").write_bytes(damaged)
    with pytest.raises(FolderError, match="an hour after the last query") as caught:
        QueryMemory(tmp_path)
    assert caught.value.code == "unreadable-file"
    assert (tmp_path / "queries.txt").read_bytes() == damaged
    (tmp_path / "queries.txt").unlink()
    QueryMemory(tmp_path).close()


@pytest.mark.parametrize("kind", [ERROR, KILL, TORN])
def test_a_disk_that_fails_at_every_operation(kind: str, tmp_path: Path) -> None:
    """What was counted is counted after a restart; what was refused may be, too, but nothing else is."""
    query = Counted(NOW, "0" * 16, bytes(32), bytes(32))
    for at in range(40):
        folder = tmp_path / str(at)
        before = QueryLog(folder)
        before.append(query)
        before.close()
        made: list[QueryLog] = []
        with failing(folder, kind, at, query_log) as disk:
            made.append(QueryLog(folder))
            made[0].append(query)
        counted = len(made[0].counted) if made else 1
        assert counted == 1 + (not disk.happened)
        for each in made:
            each._handle = each._lock = -1  # the program has ended, which closed them
        with_failed = QueryLog(folder)
        assert len(with_failed.counted) - counted in (0, 1)
        with_failed.close()
        if not disk.happened:
            break
    assert at > 8


class Refusing(QuickDisk):
    """Writes a part of what it is given and refuses the rest; or writes all and cannot sync it; or cannot cut."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused

    def write(self, handle: int, data: bytes) -> int:
        if "write" in self.refused:
            if len(data) < 100:
                raise OSError(errno.ENOSPC, "No space left on device")
            return os.write(handle, data[:90])
        return os.write(handle, data)

    def fsync(self, handle: int) -> None:
        if "fsync" in self.refused:
            raise OSError(errno.EIO, "Input/output error")

    def ftruncate(self, handle: int, size: int) -> None:
        if "ftruncate" in self.refused and os.fstat(handle).st_size > size:
            raise OSError(errno.EIO, "Input/output error")
        os.ftruncate(handle, size)


@pytest.mark.parametrize("refused", [("write",), ("fsync",), ("write", "ftruncate"), ("fsync", "ftruncate")])
def test_a_program_goes_on_once_the_disk_does(
    refused: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = QueryMemory(tmp_path)
    take(memory)
    with monkeypatch.context() as patch:
        for module in (_files, query_log):
            patch.setattr(module, "os", Refusing(*refused))
        for _ in range(5):
            with pytest.raises(OSError, match=r"No space|error"):
                take(memory, now=NOW + 1)
        assert len(memory) == 1
    take(memory, now=NOW + 2)
    take(memory, now=NOW + 3)
    assert [line.split()[0] for line in lines(tmp_path)] == [str(NOW + n) for n in (0, 2, 3)]
    memory = started_again(memory, tmp_path)
    with pytest.raises(StationRefused) as caught:
        take(memory, now=NOW + 4)
    assert caught.value.code == "too-many-queries"
