"""`healthpass doctor`: what runs out when, in every role's folder; and it changes nothing."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from healthpass.formats import cose
from healthpass.formats.trust_list import parse_trust_list
from healthpass.issuer import SQLiteLedger
from tests.cli.doctoring import SECRET, Doctor, every_file
from tests.cli.terminal import DAY, NOW

HOUR = 3600


ROLES = (
    "platform",
    "scanner",
    "published",
    "site",
    "me.wallet",
    "asked",
    "audit.log",
    "station.cert",
    "hospital.txt",
    ".",
)


@pytest.mark.parametrize("role", ROLES)
def test_all_is_well_in_every_folder(doctor: Doctor, role: str) -> None:
    assert doctor(role, secret=SECRET)[0] == 0
    assert doctor.bad(role, secret=SECRET) == []


@pytest.mark.parametrize("options", [(), ("--roots", "roots.txt", "--sealing-key", "gate.seal")])
@pytest.mark.parametrize("now", [NOW, NOW + 400 * DAY])
def test_no_file_is_changed(doctor: Doctor, options: tuple[str, ...], now: int) -> None:
    before = every_file(doctor.folder)
    doctor(".", *options, now=now, secret=SECRET)
    assert every_file(doctor.folder) == before


def test_nor_is_a_ledger_that_is_in_use_or_whose_process_was_killed(doctor: Doctor) -> None:
    """From a process of its own, for SQLite has one index of the log for each process."""
    words = (sys.executable, "-m", "healthpass", "doctor", "platform", "--now", str(NOW))
    with SQLiteLedger("platform/ledger.sqlite", second_place="platform.marks") as ledger:
        ledger.revoke(bytes(32), bytes(16), now=NOW, until=NOW + 30 * DAY)
        assert Path("platform/ledger.sqlite-wal").stat().st_size
        before = every_file(doctor.folder)
        assert subprocess.run(words, capture_output=True).returncode == 0
        assert every_file(doctor.folder) == before
        for end in ("", "-wal", "-shm"):
            shutil.copy2(f"platform/ledger.sqlite{end}", f"killed.sqlite{end}")
    for end in ("", "-wal", "-shm"):
        os.replace(f"killed.sqlite{end}", f"platform/ledger.sqlite{end}")
    before = every_file(doctor.folder)
    assert subprocess.run(words, capture_output=True).returncode == 0
    assert every_file(doctor.folder) == before


def test_a_folder_that_may_only_be_read(doctor: Doctor) -> None:
    for path in (*doctor.folder.rglob("*"), doctor.folder):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        code, found = doctor(".", secret=SECRET)
    finally:
        for path in (doctor.folder, *doctor.folder.rglob("*")):
            path.chmod(0o700)
    assert {each["what"] for each in found if each["to_do"]} <= {"published file"}
    assert code in (0, 2)


def test_when_a_trust_list_runs_out(doctor: Doctor) -> None:
    content = parse_trust_list(cose.decode_sign(Path("trust-list.cbor").read_bytes(), cose.TRUST_LIST, 262_144).payload)
    quarter = (content.expires - content.issued) // 4
    end = content.expires + content.grace
    steps = [
        (content.expires - quarter - 1, "well", content.expires),
        (content.expires - quarter, "soon", content.expires),
        (content.expires - 1, "soon", content.expires),
        (content.expires, "soon", end),
        (end - 1, "soon", end),
        (end, "wrong", end),
    ]
    for now, state, until in steps:
        one = doctor.one("trust list", "trust-list.cbor", now=now)
        assert (one["state"], one["until"]) == (state, until), now
        if now < end:
            assert doctor.one("trust list", "scanner", now=now) == {**one, "file": "scanner/trust-list.cbor"}
    assert ("wrong", "trust list") in doctor.bad("scanner", now=end)


def test_days_are_counted_as_they_are_given(doctor: Doctor) -> None:
    left = doctor.one("station certificate", "station.cert")["until"] - NOW
    days = left // DAY
    assert doctor("station.cert", "--days", str(days - 1))[0] == 0
    assert doctor("station.cert", "--days", str(days))[0] == 3
    assert doctor("station.cert", "--days", "0", now=NOW + left - 1)[0] == 0
    assert doctor("station.cert", "--days", "0", now=NOW + left)[0] == 2


@pytest.mark.parametrize(
    ("role", "what", "days"),
    [
        ("platform", "enrolment by this list", 2),
        ("platform", "trust list", 6),
        ("platform", "window keys", 4),
        ("platform", "sealing keys", 2),
        ("platform", "clock", 2),
        ("published", "revocation data", 1),
        ("site", "area table", 2),
        ("site", "trust list", 6),
        ("hospital.txt", "place certificate", 23),
        ("me.wallet", "passes, batch 1", 1),
        ("me.wallet", "trust list", 6),
        ("third.wallet", "answer without a batch", 3),
    ],
)
def test_what_is_told_first_where_nothing_is_done(doctor: Doctor, role: str, what: str, days: int) -> None:
    """On the first day that something is told of it, and on the day before that nothing is."""
    told = [
        what in (each for _, each in doctor.bad(role, now=NOW + day * DAY, secret=SECRET)) for day in (days - 1, days)
    ]
    assert told == [False, True]


def test_missing_filters(doctor: Doctor) -> None:
    for path in Path("published").glob("*.filter"):
        path.unlink()
    assert doctor.bad("published") == [("wrong", "filters")]
    for path in Path("scanner/revocation").glob("*.filter"):
        path.unlink()
    ((state, what),) = doctor.bad("scanner", "--roots", "roots.txt")
    assert (state, what[:22]) == ("wrong", "revocation data of key")


def test_a_writer_that_lives_has_left_nothing(doctor: Doctor) -> None:
    with open("platform/.healthpass-0123456789abcdef.new", "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert doctor.bad("platform") == []
    assert doctor.bad("platform") == [("wrong", "leftover")]


def test_other_roots(doctor: Doctor) -> None:
    doctor.terminal.run("root", "pin", "north.key.pub", "--threshold", "1", "--out", "others.txt")
    assert doctor.bad("scanner", "--roots", "others.txt") == [("wrong", "trust list")]


def test_document_keys_of_a_scanner(doctor: Doctor) -> None:
    options = ("scanner", "--roots", "roots.txt", "--sealing-key")
    assert doctor.one("document keys", *options, "gate.seal")["state"] == "well"
    assert doctor.bad(*options, "north.seal") == [("wrong", "document keys")]


def test_a_clock_that_is_wrong(doctor: Doctor) -> None:
    assert ("wrong", "clock") in doctor.bad("platform", now=NOW - 2 * HOUR)
    assert ("soon", "clock") in doctor.bad("platform", now=NOW + 27 * HOUR)
    assert ("wrong", "clock") in doctor.bad("north.key", now=NOW - 2 * HOUR)
    assert doctor.bad("north.key", now=NOW + 27 * HOUR) == []
    assert ("wrong", "clock") in doctor.bad("scanner", now=NOW - 2 * HOUR)
    assert doctor.bad("audit.log", now=NOW - 2 * DAY) == [("wrong", "clock")]
    assert doctor.bad("trust-list.cbor", now=NOW - 2 * HOUR) == [("wrong", "trust list")]


def test_a_wallet(doctor: Doctor) -> None:
    """In a folder it is not opened without a passphrase; and nobody's name is told."""
    closed = [each for each in doctor(".")[1] if each["what"] == "wallet"]
    assert len(closed) == 3
    assert all("not opened" in each["says"] for each in closed)
    found = json.dumps(doctor("third.wallet", secret=SECRET))
    assert "mother" not in found
    assert doctor.bad("me.wallet", secret="another") == [("wrong", "wallet")]
    for _ in range(7):
        doctor.terminal.run("present", "me.wallet", "--place", "hospital.txt", "--now", str(NOW))
    assert doctor.bad("me.wallet", secret=SECRET) == [("soon", "passes, batch 1")]


def test_a_wallet_whose_platform_gave_up_its_key(doctor: Doctor) -> None:
    """The list of now no longer has the key to which the answer is sealed."""
    end = doctor.one("answer without a batch", "other.wallet", secret=SECRET)["until"]
    assert ("soon", "answer without a batch") in doctor.bad("other.wallet", now=end - DAY, secret=SECRET)
    assert ("wrong", "answer without a batch") in doctor.bad("other.wallet", now=end, secret=SECRET)


def test_nothing_of_ours(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other").chmod(0o755)
    (tmp_path / "other/letter.txt").write_text("Dear aunt")
    said = doctor.terminal.run("doctor", str(tmp_path / "other"), code=2)
    assert "nothing of ours" in said


def test_a_file_that_cannot_be_read(doctor: Doctor) -> None:
    if os.geteuid() == 0:
        Path("north.key").unlink()
        Path("north.key").symlink_to("north.key")  # the administrator reads everything, but not this
        assert doctor(".")[0] in (0, 2)
        return
    Path("north.key").chmod(0)
    assert ("wrong", "file") in doctor.bad(".")


def test_for_people(doctor: Doctor) -> None:
    text = doctor.terminal.run("doctor", "station.cert", "hospital.txt", "--now", str(NOW))
    assert text.splitlines()[0].split() == ["state", "well"]
    assert "station certificate" in text
    assert "2027-02-14" in text


def test_sqlite_begins_to_be_written_meanwhile(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look took the file for one that nobody has open."""
    from healthpass.issuer.ledger import look

    answers = iter([False, True])
    monkeypatch.setattr(look, "_is_open", lambda path: next(answers))
    with SQLiteLedger("platform/ledger.sqlite", second_place="platform.marks") as ledger:
        ledger.revoke(bytes(32), bytes(16), now=NOW, until=NOW + 30 * DAY)
        seen = iter([sqlite3.DatabaseError("torn")])
        whole = look._seen

        def torn(*words: Any) -> Any:
            for error in seen:
                raise error
            return whole(*words)

        monkeypatch.setattr(look, "_seen", torn)
        found = look.look_at_sqlite(Path("platform/ledger.sqlite"), Path("platform.marks"))
    assert found.problem is None


def test_a_bundle(doctor: Doctor) -> None:
    parts = ("--trust-list", "trust-list.cbor", "--area-table", "areas.cbor", "--place", "hospital.txt")
    doctor.terminal.run("bundle", *parts, "--revocation", "published", "--out", "all.bundle")
    told = [each["what"] for each in doctor("all.bundle")[1]]
    assert sorted(told) == ["area table", "place certificate", "revocation data", "trust list"]
    assert doctor.bad("all.bundle", now=NOW + DAY) == [("wrong", "revocation data")]
