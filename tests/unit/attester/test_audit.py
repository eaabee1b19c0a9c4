"""The audit log: what an entry says and what it does not, who may write, and what a torn last line leaves."""

from __future__ import annotations

import hashlib
import hmac
import re
import subprocess
import sys
from pathlib import Path

import pytest

from healthpass.attester.audit.entry import MAX_LINE
from healthpass.attester.audit.log import (
    KINDS,
    PASS,
    AuditError,
    AuditLog,
    check_log,
    checkpoint_of,
    find_entries,
)
from healthpass.errors import BadInput
from healthpass.formats.document import Document
from tests.auditing import (
    AUDIT_KEY,
    CARD,
    NEIGHBOUR,
    ORIGIN,
    PEOPLE,
    SIGNER,
    STATIONS,
    TRAVELLER,
    a_log,
    open_log,
    record,
)
from tests.making import NOW
from tests.raising import raises


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def code_of(error: pytest.ExceptionInfo[BadInput]) -> str:
    return error.value.code


def test_the_file_is_what_the_format_says(path: Path) -> None:
    a_log(path, 3)
    first, *entries, last = path.read_bytes().decode("ascii").split("\n")
    assert last == ""
    assert re.fullmatch("healthpass audit log 1 [0-9a-f]{16} [0-9a-f]{64}", first)
    said = [" ".join(line.split()[:4]) for line in entries]
    assert said == [
        f"1 {NOW} {STATIONS[0]} pass",
        f"2 {NOW} {STATIONS[1]} pass",
        f"3 {NOW + 10} {STATIONS[0]} not-known",
    ]
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_program_computes_the_same(path: Path) -> None:
    """The mark, the chain and the key's check, written down once more from what the format says."""
    a_log(path, 3)
    previous = bytes(32)
    for n, line in enumerate(path.read_bytes().splitlines()):
        content, _, stated = line.rpartition(b" ")
        previous = hashlib.sha512(b"healthpass audit chain v1\0" + previous + content).digest()[:32]
        assert stated.decode() == previous.hex()
        if n:
            kind, number = PEOPLE[n - 1]
            message = b"healthpass audit mark v1\0" + n.to_bytes(8, "big") + f"{kind}\0{number}".encode()
        else:
            message = b"healthpass audit key v1\0"
        size = 32 if n else 16
        assert content.split()[-1].decode() == hmac.new(AUDIT_KEY, message, "sha512").hexdigest()[:size]


def test_the_same_story_gives_the_same_bytes(tmp_path: Path) -> None:
    assert a_log(tmp_path / "one") == a_log(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_number_is_in_the_file_and_no_two_entries_look_alike(path: Path) -> None:
    a_log(path, 40)
    data = path.read_text(encoding="ascii").upper()
    for _, number in PEOPLE:
        assert number.replace(" ", "") not in data
    fields = [set(line.split()[4:]) for line in data.splitlines()[1:]]
    assert sum(map(len, fields)) == len(set.union(*fields)) == 80


def test_a_person_finds_all_entries_about_them_and_no_other(path: Path) -> None:
    a_log(path, 12)
    with open_log(path) as log:
        for person in (CARD, TRAVELLER, NEIGHBOUR):
            with Document(*person) as document:
                expected = [n + 1 for n in range(12) if PEOPLE[n % 4] == person]
                assert [entry.number for entry in log.find(document)] == expected
                assert find_entries(path, key=AUDIT_KEY, document=document) == log.find(document)
                assert find_entries(path.read_bytes(), key=AUDIT_KEY, document=document) == log.find(document)
        with Document("passport", "L898902C4") as stranger:
            assert log.find(stranger) == []
        with Document("other", "L898902C3") as other_type:
            assert log.find(other_type) == []


def test_it_goes_on_where_it_was(path: Path, tmp_path: Path) -> None:
    a_log(path, 2)
    with open_log(path) as log:
        assert log.size == 2
        record(log, 2)
    a_log(tmp_path / "at-once", 3)
    assert path.read_bytes() == (tmp_path / "at-once").read_bytes()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"station": "00000000000000A0"}, "station"),
        ({"station": "0" * 15}, "station"),
        ({"station": "0" * 15 + "\n"}, "station"),
        ({"kind": "yellow"}, "kind"),
        ({"now": NOW - 61}, "clock-behind"),
    ],
)
def test_what_is_not_recorded(path: Path, changes: dict[str, object], code: str) -> None:
    a_log(path, 1)
    before = path.read_bytes()
    with open_log(path) as log, Document(*CARD) as document:
        values = {"station": STATIONS[0], "now": NOW, "kind": PASS} | changes
        with pytest.raises(AuditError) as caught:
            log.record(document=document, **values)  # type: ignore[arg-type]
        assert code_of(caught) == code
        assert path.read_bytes() == before
        record(log, 1)
    assert check_log(path).size == 2


def test_a_wiped_document_is_not_recorded(path: Path) -> None:
    with open_log(path) as log:
        document = Document(*CARD)
        document.wipe()
        with pytest.raises(ValueError, match="wiped"):
            log.record(station=STATIONS[0], now=NOW, kind=PASS, document=document)
        assert log.size == 0


def test_a_clock_that_was_set_back_a_little(path: Path) -> None:
    a_log(path, 1)
    with open_log(path) as log, Document(*CARD) as document:
        log.record(station=STATIONS[0], now=NOW - 60, kind=PASS, document=document)
        assert [entry.time for entry in log.find(document)] == [NOW, NOW]
    assert check_log(path).sound


def test_one_writer_at_a_time(path: Path) -> None:
    with open_log(path) as log:
        with raises(AuditError, "in-use", "another program is writing this audit log; stop that one first") as caught:
            open_log(path)
        assert code_of(caught) == "in-use"
        script = f"from tests.auditing import *\nopen_log(Path({str(path)!r}))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert "another program is writing this audit log; stop that one first" in done.stderr
        record(log, 0)
    with open_log(path) as log:
        assert log.size == 1


def test_a_closed_log(path: Path) -> None:
    log = open_log(path)
    log.close()
    log.close()
    with Document(*CARD) as document:
        for use in (lambda: record(log, 0), lambda: log.checkpoint(SIGNER, ORIGIN), lambda: log.find(document)):
            with raises(
                AuditError, "closed", "the audit log is closed, or writing it has failed: open it again"
            ) as caught:
                use()
            assert code_of(caught) == "closed"


def test_another_key_is_not_taken(path: Path) -> None:
    a_log(path)
    before = path.read_bytes()
    with Document(*CARD) as document:
        for key in (bytes(32), bytes(31)):
            with pytest.raises(AuditError) as caught:
                open_log(path, key)
            assert code_of(caught) == "audit-key"
            with pytest.raises(AuditError) as caught:
                find_entries(path, key=key, document=document)
            assert code_of(caught) == "audit-key"
    assert path.read_bytes() == before


def test_no_log(path: Path) -> None:
    with raises(AuditError, "no-log", "there is no audit log at this path; check the path") as caught:
        AuditLog.open(path, key=AUDIT_KEY, create=False)
    assert code_of(caught) == "no-log"
    assert not path.exists()


@pytest.mark.parametrize("lines", [0, 1, 2, 4])
def test_a_last_line_torn_anywhere(path: Path, lines: int) -> None:
    """Complete lines stay, what is left of one goes; a line that lacks its newline only is complete."""
    a_log(path)
    whole = path.read_bytes().splitlines(keepends=True)
    kept, torn = b"".join(whole[:lines]), whole[lines]
    for length in range(1, len(torn)):
        path.write_bytes(kept + torn[:length])
        with open_log(path) as log:
            complete = length == len(torn) - 1
            assert log.cut == (0 if complete else length)
            for n in range(log.size, 4):
                record(log, n)
        assert path.read_bytes() == b"".join(whole)


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_a_last_line_in_which_some_blocks_were_not_written(path: Path, lines: int) -> None:
    a_log(path)
    whole = path.read_bytes().splitlines(keepends=True)
    line = whole[lines]
    for written in range(len(line)):
        for torn in (line[:written] + bytes(len(line) - written), bytes(len(line) - written) + line[-written:]):
            if not written or b"\x00" not in torn:
                continue
            path.write_bytes(b"".join(whole[:lines]) + torn)
            with open_log(path) as log:
                assert log.cut == (0 if written == len(line) - 1 and torn[0] else len(torn))
                for n in range(log.size, 4):
                    record(log, n)
            assert path.read_bytes() == b"".join(whole)


@pytest.mark.parametrize(
    ("lost", "tail"), [(1, b"x"), (1, b" "), (1, b" \n"), (1, b"1\n"), (0, b"\n"), (0, b" \n"), (0, b"x" * 193)]
)
def test_what_no_torn_line_leaves_is_not_cut_away(path: Path, lost: int, tail: bytes) -> None:
    """In place of the last newline, or after it: it is damage, and stays for whoever looks into it."""
    a_log(path)
    whole = path.read_bytes()
    data = whole[: len(whole) - lost] + tail
    path.write_bytes(data)
    with pytest.raises(AuditError) as caught:
        open_log(path)
    assert code_of(caught) == "damaged"
    assert path.read_bytes() == data


@pytest.mark.parametrize("lines", [0, 1, 4])
@pytest.mark.parametrize(
    "tail",
    [
        b"my important note, no newline",
        b"somebody wrote this here",
        b"{}",
        b"healthpass audit log 2",
        b"healthpass audit log 1 0000000000000000",  # another key's
        b"7",
        b"5 1800000000 00000000000000aa green",
        b"5 1800000000 00000000000000AA pass",
        b"5 18000000000",
        b"5  ",
        b"\x00\x00somebody",
        b"\x00" * 149,
    ],
)
def test_what_somebody_else_has_written_is_not_cut_away(path: Path, lines: int, tail: bytes) -> None:
    a_log(path)
    data = b"".join(path.read_bytes().splitlines(keepends=True)[:lines]) + tail
    path.write_bytes(data)
    with raises(
        AuditError,
        "damaged",
        "the audit log is not as it was written: "
        "behind its last line is something that is not the beginning of the next one",
    ) as caught:
        open_log(path)
    assert code_of(caught) == "damaged"
    assert path.read_bytes() == data


def test_the_first_line_of_another_key_is_not_mended(path: Path) -> None:
    a_log(path, 0)
    for length in (len(path.read_bytes()) - 1, 40):
        data = path.read_bytes()[:length]
        path.write_bytes(data)
        with pytest.raises(AuditError) as caught:
            open_log(path, bytes(32))
        assert code_of(caught) in ("audit-key", "damaged")
        assert path.read_bytes() == data


@pytest.mark.parametrize("number", [9, 99])
@pytest.mark.parametrize("kind", KINDS)
def test_a_torn_line_of_each_kind(path: Path, kind: str, number: int) -> None:
    a_log(path, number)
    kept = path.read_bytes()
    with open_log(path) as log, Document(*CARD) as document:
        log.record(station=STATIONS[0], now=NOW + 10**6, kind=kind, document=document)
    line = path.read_bytes()[len(kept) :]
    assert len(line) <= MAX_LINE
    for torn in [line[:length] for length in range(1, len(line) - 1)] + [bytes(len(line)), bytes(60) + line[60:]]:
        path.write_bytes(kept + torn)
        with open_log(path) as log:
            assert (log.cut, log.size) == (len(torn), number)
        assert path.read_bytes() == kept


def test_a_damaged_log_is_not_opened_and_stays_as_it_is(path: Path) -> None:
    a_log(path)
    whole = path.read_bytes()
    for at in range(0, len(whole) - 1, 7):
        data = whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :]
        path.write_bytes(data)
        with pytest.raises(AuditError) as caught:
            open_log(path)
        assert code_of(caught) in ("damaged", "audit-key")
        assert path.read_bytes() == data
    path.write_bytes(b"something else\n")
    with pytest.raises(AuditError, match="first line"):
        open_log(path)


def test_a_checkpoint_beside_the_writer(path: Path) -> None:
    notes = a_log(path)
    assert checkpoint_of(path, SIGNER, ORIGIN) == notes[-1]
    with path.open("ab") as file:
        file.write(b"5 18000")  # an entry that is being written
    assert checkpoint_of(path, SIGNER, ORIGIN) == notes[-1]
    path.write_bytes(b"")
    with pytest.raises(AuditError, match="first line"):
        checkpoint_of(path, SIGNER, ORIGIN)
    with Document(*CARD) as document, pytest.raises(AuditError, match="first line"):
        find_entries(path, key=AUDIT_KEY, document=document)


def test_nothing_of_a_person_in_a_repr(path: Path) -> None:
    a_log(path)
    with open_log(path) as log:
        assert repr(log) == "AuditLog(size=4)"
