"""The files of a ledger's second place: what is written is read again, and nothing else is taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healthpass.errors import LedgerError
from healthpass.issuer.number_marks import LEDGER, Mark, NumberMarks
from tests.making import files

KID = bytes.fromhex("0a1b2c3d")
MARK = Mark(ledger=0x1234, capacity=4**12, ahead=20_000, given=3600)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "other-disk" / "marks"


@pytest.fixture
def marks(folder: Path) -> NumberMarks:
    made = NumberMarks(folder)
    made.write_anew(KID, MARK)
    return made


def code_of(marks: NumberMarks, kid: bytes = KID) -> str:
    with pytest.raises(LedgerError) as caught:
        marks.read(kid)
    return caught.value.code


def test_what_is_written_is_read_again(marks: NumberMarks, folder: Path) -> None:
    assert marks.read(KID) == NumberMarks(folder).read(KID) == MARK
    assert marks.read(LEDGER) is None
    marks.write_ahead(LEDGER, Mark(0x1234, 0, 7, 99))
    assert marks.read(LEDGER) == Mark(0x1234, 0, 7, 99)
    assert marks.kids() == {KID, LEDGER}
    assert (folder / "0a1b2c3d.mark").read_bytes().startswith(b"healthpass.mark 1 0000000000001234 0a1b2c3d ")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    marks = NumberMarks(tmp_path / "none")
    assert (marks.kids(), marks.read(KID)) == (set(), None)
    assert files(tmp_path) == {}


def test_what_is_given_only_grows(marks: NumberMarks) -> None:
    for given, known in ((4000, 4000), (3999, 4000), (4001, 4001)):
        marks.note({KID: given})
        assert marks.read(KID) == Mark(MARK.ledger, MARK.capacity, MARK.ahead, known)
    marks.write_ahead(KID, Mark(MARK.ledger, MARK.capacity, 40_000, 4001))
    assert marks.read(KID) == Mark(MARK.ledger, MARK.capacity, 40_000, 4001)


def test_a_mark_knows_at_least_what_was_given_when_it_was_written(marks: NumberMarks, folder: Path) -> None:
    """The other file is not synced each time."""
    old = (folder / "0a1b2c3d.given").read_bytes()
    marks.note({KID: 19_000})
    marks.write_ahead(KID, Mark(MARK.ledger, MARK.capacity, 40_000, 19_000))
    (folder / "0a1b2c3d.given").write_bytes(old)
    assert marks.read(KID) == Mark(MARK.ledger, MARK.capacity, 40_000, 19_000)


@pytest.mark.parametrize("name", ["0a1b2c3d.mark", "0a1b2c3d.given"])
def test_every_bit_of_both_files_counts(name: str, marks: NumberMarks, folder: Path) -> None:
    whole = (folder / name).read_bytes()
    for at in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[at // 8] ^= 1 << at % 8
        (folder / name).write_bytes(damaged)
        assert code_of(marks) == "damaged-mark"
    for wrong in (b"", whole[:-1], whole + b"\n", whole * 2, b" " + whole, whole.replace(b"1 0", b"2 0", 1)):
        (folder / name).write_bytes(wrong)
        assert code_of(marks) == "damaged-mark"
    (folder / name).write_bytes(whole)
    assert marks.read(KID) == MARK


def test_files_of_another_window_or_ledger(marks: NumberMarks, folder: Path) -> None:
    marks.write_ahead(b"\0\0\0\1", Mark(0x99, 64, 64, 0))
    given = (folder / "0a1b2c3d.given").read_bytes()
    (folder / "0a1b2c3d.given").write_bytes((folder / "00000001.given").read_bytes())
    assert code_of(marks) == "damaged-mark"
    os.unlink(folder / "0a1b2c3d.given")
    assert code_of(marks) == "damaged-mark"
    (folder / "0a1b2c3d.given").write_bytes(given)
    assert marks.read(KID) == MARK


def test_other_files_are_nobodys_marks(marks: NumberMarks, folder: Path) -> None:
    for name in ("0A1B2C3E.mark", "x.mark", ".mark", "0a1b2c3f.given", "snapshot.cbor", "0a1 b2c3.mark"):
        (folder / name).write_bytes(b"mine")
    assert marks.kids() == {KID}


def test_a_place_that_cannot_be_used(marks: NumberMarks, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = NumberMarks(tmp_path / "file")
    before = files(tmp_path)
    for call in (
        nowhere.kids,
        lambda: nowhere.read(KID),
        lambda: nowhere.write_ahead(KID, MARK),
        lambda: nowhere.note({KID: 4000}),
        lambda: marks.note({b"\0\0\0\1": 1}),
    ):
        with pytest.raises(LedgerError) as caught:
            call()
        assert caught.value.code == "no-second-place"
    assert files(tmp_path) == before


def test_marks_written_anew_replace_what_is_damaged(marks: NumberMarks, folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(b"?")
    marks.write_anew(KID, Mark(5, 64, 10, 1))
    assert marks.read(KID) == Mark(5, 64, 10, 1)


def test_reprs_show_nothing(marks: NumberMarks) -> None:
    assert repr(marks) == "NumberMarks(...)"
