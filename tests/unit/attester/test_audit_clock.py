"""An audit log whose last entry is in the future goes on, and says for good that its clock was set back."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass.attester.audit.entry import MAX_LINE, Chain
from healthpass.attester.audit.log import CLOCK, PASS, AuditError, ClockSet, check_log, find_entries
from healthpass.formats.document import Document
from tests.auditing import AUDIT_KEY, CARD, ORIGIN, SIGNER, STATIONS, a_log, open_log, record
from tests.making import DAY, NOW
from tests.raising import raises
from tests.unit.attester.test_audit_check import rechained

FUTURE = NOW + 30 * DAY
BEHIND = (
    "the clock is behind the last entry of the audit log: set the clock, or, if it is right, say so with"
    " `healthpass audit set-clock`"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of three entries, the last of which was written with a clock that was a month ahead."""
    path = tmp_path / "audit.log"
    a_log(path, 2)
    with open_log(path) as log, Document(*CARD) as document:
        log.record(station=STATIONS[0], now=FUTURE, kind=PASS, document=document)
    return path


def test_it_goes_on_and_says_so(path: Path) -> None:
    with open_log(path) as log, Document(*CARD) as document:
        with raises(AuditError, "clock-behind", BEHIND):
            record(log, 3)
        assert log.set_clock(now=NOW + 20) == FUTURE
        log.record(station=STATIONS[1], now=NOW + 21, kind=PASS, document=document)
        note = log.checkpoint(SIGNER, ORIGIN)
        assert [entry.time for entry in log.find(document)] == [NOW, FUTURE, NOW + 21]
    report = check_log(path, checkpoints=[note], key=SIGNER.public_key)
    assert (report.sound, report.size, report.covered) == (True, 5, 5)
    assert report.clocks == (ClockSet(4, FUTURE, NOW + 20),)
    lines = path.read_text().splitlines()
    assert lines[4].split()[:5] == ["4", str(NOW + 20), "0" * 16, CLOCK, "0" * 32]
    assert len(lines[4]) < MAX_LINE


@pytest.mark.parametrize("behind", [60, 0, -1])
def test_a_clock_that_fits_is_not_set(path: Path, behind: int) -> None:
    """One minute is no reason: the entry then has the time of the one above."""
    before = path.read_bytes()
    said = "the clock is not behind the audit log: nothing was written"
    with open_log(path) as log, raises(AuditError, "clock-fits", said):
        log.set_clock(now=FUTURE - behind)
    assert path.read_bytes() == before
    with open_log(path) as log:
        log.set_clock(now=FUTURE - 61)
    assert check_log(path).clocks == (ClockSet(4, FUTURE, FUTURE - 61),)


def test_such_an_entry_is_about_nobody(path: Path) -> None:
    with open_log(path) as log, pytest.raises(AuditError) as caught, Document(*CARD) as document:
        log.record(station="0" * 16, now=FUTURE, kind=CLOCK, document=document)
    assert caught.value.code == "kind"
    with open_log(path) as log:
        log.set_clock(now=NOW)
    with Document(*CARD) as document:
        assert [entry.number for entry in find_entries(path, key=AUDIT_KEY, document=document)] == [1, 3]


@pytest.mark.parametrize(
    ("place", "value"),
    [(1, str(FUTURE)), (1, str(FUTURE + 1)), (2, STATIONS[0]), (4, "0" * 31 + "1"), (3, PASS), (3, "failed")],
)
def test_what_is_not_quite_such_an_entry(path: Path, place: int, value: str) -> None:
    """The time of no other entry is before that of the one above; and this one names nobody and sets the clock back."""
    with open_log(path) as log:
        log.set_clock(now=NOW)
    lines = path.read_bytes().splitlines()
    fields = lines[-1].decode().split()
    fields[place] = value
    chain = Chain()
    for line in lines[:-1]:
        chain.take(line)
    with pytest.raises(AuditError) as caught:
        chain.take(chain.line(" ".join(fields[:-1]).encode()))
    assert caught.value.code == "damaged"
    assert chain.size == 3


def test_setting_it_back_in_secret_is_found(path: Path) -> None:
    """Who takes that entry out leaves times that go back; who changes the times as well contradicts a checkpoint."""
    with open_log(path) as log:
        log.set_clock(now=NOW + 20)
        record(log, 4)
        note = log.checkpoint(SIGNER, ORIGIN)
    lines = path.read_bytes().splitlines()
    out = [lines[0], *lines[1:4], lines[5].replace(b"5 ", b"4 ", 1)]
    (problem,) = check_log(b"\n".join(out) + b"\n").problems
    assert problem.code == "damaged"
    told = rechained([*lines[:3], lines[3].replace(str(FUTURE).encode(), str(NOW + 20).encode())])
    problems = check_log(told, checkpoints=[note], key=SIGNER.public_key).problems
    assert [each.code for each in problems] == ["too-short"]


def test_torn_anywhere(path: Path) -> None:
    kept = path.read_bytes()
    with open_log(path) as log:
        log.set_clock(now=NOW)
    line = path.read_bytes()[len(kept) :]
    for torn in [line[:length] for length in range(1, len(line) - 1)] + [bytes(len(line)), bytes(40) + line[40:]]:
        path.write_bytes(kept + torn)
        with open_log(path) as log:
            assert (log.cut, log.size) == (len(torn), 3)
        assert path.read_bytes() == kept
