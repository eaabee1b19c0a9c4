"""Every change of an audit log is found: by its chain if it was damaged, by a checkpoint if somebody wrote it anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.attester.audit.entry import Chain
from healthpass.attester.audit.log import AuditLog, Report, check_log
from healthpass.attester.audit.note import Checkpoint, sign_checkpoint
from healthpass.formats.document import Document
from tests.auditing import AUDIT_KEY, CARD, ORIGIN, SIGNER, STATIONS, a_log, open_log, record
from tests.making import NOW, signer

PUBLIC = SIGNER.public_key


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.fixture(scope="module")
def notes(folder: Path) -> list[str]:
    return a_log(folder / "log", 6)


@pytest.fixture(scope="module")
def log(folder: Path, notes: list[str]) -> bytes:
    return (folder / "log").read_bytes()


def checked(log: bytes, *notes: str | bytes, origin: str | None = None) -> Report:
    return check_log(log, checkpoints=notes, key=PUBLIC, origin=origin)


def codes(report: Report) -> list[tuple[str, int | None, int | None]]:
    return [(each.code, each.entry, each.checkpoint) for each in report.problems]


def rechained(lines: list[bytes]) -> bytes:
    """What somebody can make who may write the file: a log with these contents whose chain holds."""
    chain, out = Chain(), []
    for n, content in enumerate(lines):
        fields = content.split()[:-1]
        if n:
            fields[0] = str(n).encode()
        out.append(chain.line(b" ".join(fields)))
        chain.take(out[-1])
    return b"\n".join(out) + b"\n"


def test_a_sound_log(folder: Path, log: bytes, notes: list[str]) -> None:
    for report in (checked(log, *notes), check_log(folder / "log", checkpoints=notes[::-1], key=PUBLIC)):
        assert report.sound
        assert (report.size, report.covered, report.problems) == (6, 6, ())
    assert (check_log(log).size, check_log(log).covered) == (6, 0)
    assert checked(log, notes[0], notes[2].encode()).covered == 2
    assert checked(log, origin="other").sound


def test_without_a_key_checkpoints_say_nothing(log: bytes, notes: list[str]) -> None:
    with pytest.raises(ValueError, match="public key"):
        check_log(log, checkpoints=notes)


def test_every_flip_of_a_bit_is_found_by_the_chain_alone(log: bytes) -> None:
    starts = [0] + [at + 1 for at, byte in enumerate(log) if byte == 10]
    for at in range(len(log)):
        for bit in range(8):
            changed = log[:at] + bytes((log[at] ^ 1 << bit,)) + log[at + 1 :]
            (problem,) = check_log(changed).problems
            line = max(n for n, start in enumerate(starts) if start <= at)
            assert problem.code in ("damaged", "unfinished")
            assert problem.entry in (line, line + 1), "at that entry, or where the line below does not follow from it"


def test_every_byte_that_is_missing_or_too_many_is_found(log: bytes) -> None:
    for at in range(len(log)):
        assert not check_log(log[:at] + log[at + 1 :]).sound
        assert not check_log(log[:at] + b"0" + log[at:]).sound
        assert not check_log(log[:at] + b"\n" + log[at:]).sound


def test_every_shorter_log_is_found(log: bytes, notes: list[str]) -> None:
    for size in range(len(log)):
        report = checked(log[:size], notes[-1])
        assert "too-short" in [each.code for each in report.problems]
        if size and log[size - 1] == 10:
            assert codes(report) == [("too-short", log[:size].count(b"\n"), 0)]


@pytest.mark.parametrize("kept", range(6))
def test_a_tail_that_was_taken_away(log: bytes, notes: list[str], kept: int) -> None:
    data = b"".join(log.splitlines(keepends=True)[: 1 + kept])
    assert check_log(data).sound
    assert codes(checked(data, *notes)) == [("too-short", kept + 1, n) for n in range(kept + 1, 7)]
    assert checked(data, *notes).covered == kept


def changes(log: bytes) -> dict[str, list[bytes]]:
    head, *entries = log.splitlines()
    other = [b" ".join(entry.split()) for entry in entries]
    other[3] = other[3].replace(b" pass ", b" not-known ")
    found = {f"deletion {n}": [head, *entries[:n], *entries[n + 1 :]] for n in range(5)}
    found |= {f"insertion {n}": [head, *entries[:n], entries[max(n - 1, 0)], *entries[n:]] for n in range(6)}
    found |= {f"swap {n}": [head, *entries[:n], entries[n + 1], entries[n], *entries[n + 2 :]] for n in (0, 2, 4)}
    found |= {"kind": [head, *other]}
    found |= {"mark": [head, entries[0].replace(entries[0].split()[4], b"0" * 32), *entries[1:]]}
    found |= {"station": [head, *entries[:5], entries[5].replace(b"bb", b"cc", 1)]}
    return found


def test_what_somebody_changed_who_can_write_the_file(log: bytes, notes: list[str]) -> None:
    """First as it is, which the chain finds; then with a chain made anew, which only the checkpoint finds."""
    for what, lines in changes(log).items():
        assert not check_log(b"\n".join(lines) + b"\n").sound, what
        data = rechained(lines)
        assert check_log(data).sound, what
        report = checked(data, notes[6])
        assert not report.sound, what
        assert report.covered == 0
        assert {each.checkpoint for each in report.problems} == {0}


def test_a_checkpoint_narrows_down_where_the_change_is(log: bytes, notes: list[str]) -> None:
    lines = log.splitlines()
    data = rechained([*lines[:4], *lines[5:], lines[6]])  # the fourth entry is gone, and the last twice
    report = checked(data, notes[6], notes[2], notes[3], notes[4])
    assert codes(report) == [("other-entries", 4, 3), ("other-entries", 4, 0)]
    assert report.covered == 3
    assert "entries 4 to 4" in report.problems[0].message


def test_a_region_that_signs_two_stories(log: bytes, notes: list[str]) -> None:
    """A checkpoint that contradicts the log is found, and nothing counts as covered from there on."""
    false = sign_checkpoint(Checkpoint(ORIGIN, 2, bytes(32)), SIGNER)
    report = checked(log, notes[1], false, notes[4])
    assert codes(report) == [("other-entries", 2, 1)]
    assert report.covered == 1


def test_another_audit_key_in_the_first_line(log: bytes, notes: list[str]) -> None:
    head, *entries = log.splitlines()
    fields = head.split()
    fields[-2] = b"0" * 16
    data = rechained([b" ".join(fields), *entries])
    assert check_log(data).sound
    assert codes(checked(data, notes[6])) == [("other-entries", 1, 0)]


def test_times_and_numbers(tmp_path: Path, log: bytes) -> None:
    def with_field(place: int, value: bytes) -> bytes:
        head, *entries = log.splitlines()[:4]
        chain = Chain()
        chain.take(head)
        out = [head]
        for n, entry in enumerate(entries):
            fields = entry.split()[:-1]
            if n == 1:
                fields[place] = value
            out.append(chain.line(b" ".join(fields)))
            try:
                chain.take(out[-1])
            except ValueError:
                return b"\n".join([*out, *entries[2:]]) + b"\n"
        return b"\n".join(out) + b"\n"

    assert check_log(with_field(1, b"%d" % NOW)).sound, "equal times"
    for place, value, what in [
        (0, b"3", "number of entry 3"),
        (0, b"1", "number of entry 1"),
        (0, b"02", "not an entry"),
        (1, b"%d" % (NOW - 1), "before that of the entry above"),
        (1, b"4294967296", "after 2106"),
        (1, b"0%d" % NOW, "not an entry"),
        (2, STATIONS[0][1:].encode(), "not an entry"),
        (3, b"green", "not an entry"),
    ]:
        (problem,) = check_log(with_field(place, value)).problems
        assert (problem.entry, problem.checkpoint) == (2, None)
        assert what in problem.message


def test_what_is_no_log(log: bytes) -> None:
    for data in (
        b"",
        b"\n",
        b"x" * 1000,
        log[1:],
        log.split(b"\n", 1)[1],
        b"\n".join([log, log]),
        log.replace(b"\n", b"\r\n"),
    ):
        report = check_log(data)
        assert [each.code for each in report.problems] in (["damaged"], ["unfinished"])
    assert check_log(b"").problems[0].entry == 0
    assert check_log(log + b"1" * 193).problems[0].entry == 7


def test_checkpoints_that_say_nothing(log: bytes, notes: list[str]) -> None:
    strangers = check_log(log, checkpoints=notes[5:], key=signer(72).public_key)
    assert codes(strangers) == [("other-signer", None, 0), ("other-signer", None, 1)]
    assert codes(checked(log, "", notes[6])) == [("not-a-checkpoint", None, 0)]
    assert codes(checked(log, notes[6], origin="other")) == [("other-origin", None, 0)]
    changed = notes[6].replace("\n6\n", "\n5\n")
    assert codes(checked(log, changed)) == [("bad-signature", None, 0)]


def test_a_log_of_another_story_is_found(tmp_path: Path, notes: list[str]) -> None:
    with AuditLog.open(tmp_path / "log", key=AUDIT_KEY) as other, Document(*CARD) as document:
        for n in range(6):
            other.record(station=STATIONS[1], now=NOW + n, kind="pass", document=document)
    report = checked((tmp_path / "log").read_bytes(), *notes)
    assert report.covered == 0
    assert codes(report) == [("other-entries", 1, n) for n in range(1, 7)]


def test_a_log_that_is_checked_while_it_grows(tmp_path: Path) -> None:
    with open_log(tmp_path / "log") as growing:
        for n in range(3):
            record(growing, n)
            note = growing.checkpoint(SIGNER, ORIGIN)
            assert check_log(tmp_path / "log", checkpoints=[note], key=PUBLIC).covered == n + 1


@given(st.binary(max_size=400), st.lists(st.one_of(st.binary(max_size=200), st.text(max_size=200)), max_size=3))
def test_any_bytes(log: bytes, notes: list[str | bytes]) -> None:
    report = check_log(log, checkpoints=notes, key=PUBLIC)
    assert not report.sound
    assert report.size == 0
