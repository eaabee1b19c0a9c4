"""`healthpass windows` and `hold`: what is deleted and when, in which order, and by how many at once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass.cli import locks
from healthpass.cli.context import read_roots
from healthpass.cli.locks import LOCK_FILE, alone_in
from healthpass.cli.main import main
from healthpass.cli.platform import held_list, open_ledger, read_window_keys, second_place
from healthpass.errors import BadInput
from healthpass.formats.hand_in import HandIn, parse_hand_in
from healthpass.formats.window import Window
from healthpass.issuer.ledger.sql import SqlLedger
from tests.cli.terminal import DAY, NOW, Terminal
from tests.cli.test_revocation import next_list
from tests.faults import ERROR, KILL, failing
from tests.killed import killed_everywhere
from tests.making import files
from tests.postgres import Postgres

DAYS = ("--days", "12", "--capacity", "1024")


def platform_of(terminal: Terminal) -> Path:
    return Path(terminal.path("platform"))


def windows(terminal: Terminal, *more: str, now: int = NOW, code: int = 0) -> str:
    """By a clock that somebody has confirmed, however it has jumped."""
    clock = ("--now", str(now), "--confirm-clock")
    return terminal.run("windows", terminal.path("platform"), *DAYS, *more, *clock, code=code)


def hold(terminal: Terminal, *more: str, now: int = NOW, code: int = 0) -> str:
    words = (terminal.path("platform"), terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt"))
    return terminal.run("hold", *words, *more, "--now", str(now), "--confirm-clock", code=code)


def handed_in(terminal: Terminal) -> HandIn:
    """What the roots are given."""
    return parse_hand_in((platform_of(terminal) / "platform.pub.cbor").read_bytes())


def listed(terminal: Terminal) -> list[Window]:
    """Its windows, in time."""
    return sorted(handed_in(terminal).windows, key=lambda window: window.valid_from)


def first(terminal: Terminal) -> Window:
    return listed(terminal)[0]


def given(terminal: Terminal, kid: bytes) -> int:
    """How many numbers of a kid are given away; all, once it is forgotten."""
    with open_ledger(platform_of(terminal)) as ledger:
        return ledger.issued(kid)


def held_in_ledger(terminal: Terminal, kid: bytes) -> bool:
    """Whether there are entries under a kid."""
    with open_ledger(platform_of(terminal)) as ledger:
        assert isinstance(ledger, SqlLedger)
        with ledger._reading() as db:
            return bool(db.rows("SELECT 1 FROM entries WHERE kid = ?", kid))


def keys_of(terminal: Terminal) -> set[bytes]:
    return {key.window.kid for key in read_window_keys(platform_of(terminal))}


@contextmanager
def copy(terminal: Terminal, name: str) -> Iterator[Terminal]:
    other = Terminal(terminal.folder.parent / name)
    shutil.copytree(terminal.folder, other.folder)
    yield other
    shutil.rmtree(other.folder)


# ---- What is over, and who says so --------------------------------------------------------------------------------


def test_a_clock_that_is_ahead_deletes_nothing(terminal: Terminal) -> None:
    """One night with a wrong clock: keys, entries and what a wallet may yet be issued are as before."""
    today = first(terminal)
    windows(terminal, now=NOW + DAY)
    assert today.kid in keys_of(terminal)
    assert held_in_ledger(terminal, today.kid)
    windows(terminal, now=NOW)
    assert first(terminal) == today


@pytest.mark.parametrize(("after", "gone"), [(0, False), (3599, False), (3600, False), (3601, True)])
def test_a_window_goes_when_the_roots_say_so(terminal: Terminal, after: int, gone: bool) -> None:
    """An hour after its end no scanner takes it any more, and from then on it waits for the roots."""
    today = first(terminal)
    at = today.expires + after
    windows(terminal, now=at)
    next_list(terminal, "--windows", terminal.path("platform/platform.pub.cbor"), now=at)
    hold(terminal, now=at)
    said = windows(terminal, "--json", now=at)
    assert f'"forgotten": {int(gone)}, "over_and_kept": {int(after == 3600)}' in said
    assert (today.kid not in keys_of(terminal)) == gone
    assert held_in_ledger(terminal, today.kid) != gone
    assert (given(terminal, today.kid) == today.capacity) == gone
    assert (today in listed(terminal)) == (after < 3600)


def test_without_a_list_everything_is_kept(terminal: Terminal) -> None:
    before = keys_of(terminal)
    windows(terminal, now=NOW + 30 * DAY)
    assert before < keys_of(terminal)
    assert not before & {window.kid for window in listed(terminal)}


def test_a_key_that_was_given_up_leaves_its_entries_until_its_end(terminal: Terminal) -> None:
    """Its passes may be shown until then, and who had them can be found; then they go as all others do."""
    today = first(terminal)
    windows(terminal, "--drop", today.kid.hex())
    assert today.kid not in keys_of(terminal)
    assert held_in_ledger(terminal, today.kid)
    windows(terminal, "--drop", today.kid.hex())
    at = today.expires + 3601
    windows(terminal, now=at)
    next_list(terminal, "--windows", terminal.path("platform/platform.pub.cbor"), now=at)
    hold(terminal, now=at)
    windows(terminal, now=at)
    assert not held_in_ledger(terminal, today.kid)
    assert read_window_keys(platform_of(terminal)).given_up == ()


def test_a_mistyped_kid_gives_up_nothing(terminal: Terminal) -> None:
    before = files(platform_of(terminal))
    assert "no window of this kid" in windows(terminal, "--drop", "00000000", code=2)
    assert files(platform_of(terminal)) == before


# ---- The list that the platform holds -----------------------------------------------------------------------------


def test_holding_a_list(terminal: Terminal) -> None:
    (platform_of(terminal) / "trust-list.cbor").unlink()
    assert held_list(platform_of(terminal)) is None
    hold(terminal)
    hold(terminal)
    next_list(terminal)
    words = (terminal.path("platform"), terminal.path("trust-list.cbor"))
    terminal.run("hold", *words, "--now", str(NOW))  # by the roots that the first one names
    content = held_list(platform_of(terminal))
    assert content is not None
    assert (content.version, content.roots) == (2, read_roots(Path(terminal.path("roots.txt"))))


def test_lists_that_are_not_held(terminal: Terminal) -> None:
    path = terminal.path
    (platform_of(terminal) / "trust-list.cbor").unlink()
    assert "--roots" in terminal.run("hold", path("platform"), path("trust-list.cbor"), "--now", str(NOW), code=2)
    assert "from-the-future" in hold(terminal, now=NOW - 61, code=2)
    assert "expired" in hold(terminal, now=NOW + 7 * DAY, code=2)
    assert held_list(platform_of(terminal)) is None
    old = Path(path("trust-list.cbor")).read_bytes()
    next_list(terminal)
    hold(terminal)
    Path(path("trust-list.cbor")).write_bytes(old)
    before = files(platform_of(terminal))
    assert "rollback" in hold(terminal, code=2)
    terminal.run("root", "pin", path("region.key.pub"), "--threshold", "1", "--out", path("roots.txt"))
    assert "threshold" in hold(terminal, code=2)
    assert files(platform_of(terminal)) == before


# ---- Every cut ----------------------------------------------------------------------------------------------------


def finished(terminal: Terminal) -> tuple[Window, int]:
    """A platform that holds a list by which its first window is over; the window, and the time."""
    today = first(terminal)
    at = today.expires + 3601
    windows(terminal, now=at)
    next_list(terminal, "--windows", terminal.path("platform/platform.pub.cbor"), now=at)
    hold(terminal, now=at)
    return today, at + DAY


def assert_completed(terminal: Terminal, today: Window, at: int) -> None:
    """After one more run nothing is left of the old window, and the roots see what there are keys for."""
    kids = keys_of(terminal)
    windows(terminal, now=at)
    assert kids - {today.kid} <= keys_of(terminal), "no key that was there is lost"
    assert today.kid not in keys_of(terminal)
    assert not held_in_ledger(terminal, today.kid)
    assert given(terminal, today.kid) == today.capacity
    live = read_window_keys(platform_of(terminal)).live(at)
    assert sorted(window.kid for window in listed(terminal)) == sorted(key.window.kid for key in live)
    assert len(live) == 12


@pytest.mark.parametrize("kind", [ERROR, KILL])
def test_ended_at_any_write(terminal: Terminal, kind: str) -> None:
    today, at = finished(terminal)
    for n in range(100):
        with copy(terminal, f"{kind}{n}") as other:
            words = ["windows", str(platform_of(other)), *DAYS, "--now", str(at), "--confirm-clock"]
            with failing(platform_of(other), kind, n) as disk:
                assert CliRunner().invoke(main, words).exit_code == (2 if disk.happened else 0)
            if not disk.happened:
                break
            assert_completed(other, today, at)
    assert 8 < n < 99


def ledger_in(terminal: Terminal, database: str) -> None:
    """From now on the platform's ledger is in PostgreSQL, with what the attestation asks for."""
    platform = platform_of(terminal)
    for each in platform.glob("ledger.sqlite*"):
        each.unlink()
    shutil.rmtree(second_place(platform))
    (platform / "ledger.postgres").write_text(database)
    words = (terminal.path("request.cbor"), "--platform", str(platform), "--out", terminal.path("again"))
    terminal.run("issue", *words, "--now", str(NOW))


@pytest.mark.slow
def test_killed_anywhere(terminal: Terminal) -> None:
    """A real process, killed before each operation on a file or the ledger."""
    today, at = finished(terminal)
    kills = 0
    with copy(terminal, "work") as other:
        for _ in killed_everywhere(lambda: windows(other, now=at), every=3):
            kills += 1
            assert_completed(other, today, at)
            shutil.rmtree(other.folder)
            shutil.copytree(terminal.folder, other.folder)
    assert kills > 12


@pytest.mark.slow
def test_killed_anywhere_with_postgres(terminal: Terminal, postgres: Postgres) -> None:
    """What the ledger was told before the kill is told again, and changes nothing more."""
    ledger_in(terminal, postgres.new_database())
    today, at = finished(terminal)
    kills = 0
    with copy(terminal, "work") as other:
        for _ in killed_everywhere(lambda: windows(other, now=at), every=4):
            kills += 1
            assert today.kid in keys_of(other) or not held_in_ledger(other, today.kid)
            shutil.rmtree(other.folder)
            shutil.copytree(terminal.folder, other.folder)
        assert_completed(other, today, at)
    assert kills > 5


@pytest.mark.parametrize("postgres_too", [False, True])
def test_a_ledger_that_is_away(terminal: Terminal, postgres_too: bool) -> None:
    """New windows are made all the same; what is over stays until the ledger has forgotten it."""
    today, at = finished(terminal)
    platform = platform_of(terminal)
    away = platform / "ledger.postgres"
    away.write_text(f"host={terminal.folder}/nobody dbname=none")
    if not postgres_too:
        (platform / "ledger.sqlite").rename(platform / "kept")
    windows(terminal, now=at, code=2)
    assert today.kid in keys_of(terminal)
    assert len(listed(terminal)) == 12
    away.unlink()
    if not postgres_too:
        (platform / "kept").rename(platform / "ledger.sqlite")
    assert_completed(terminal, today, at)


# ---- Several at once ----------------------------------------------------------------------------------------------


def test_several_at_once_make_one_set_of_keys(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "healthpass", "windows", str(tmp_path / "platform"), "--days", "5", "--json"]
    at_once = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {each.communicate()[0] for each in at_once}
    assert {each.returncode for each in at_once} == {0}
    assert len(said) == 1
    terminal = Terminal(tmp_path)
    assert len(listed(terminal)) == 5
    assert {window.kid for window in listed(terminal)} == keys_of(terminal)


@pytest.mark.parametrize("command", ["windows", "hold"])
def test_another_command_that_does_not_end(terminal: Terminal, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "WAIT", 0)
    before = files(platform_of(terminal))
    with alone_in(platform_of(terminal)):
        said = windows(terminal, code=2) if command == "windows" else hold(terminal, code=2)
    assert "in-use" in said
    assert files(platform_of(terminal)) == before
    assert "in-use" not in (windows(terminal) if command == "windows" else hold(terminal))


def test_a_file_system_that_locks_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over NFS: a file in the folder is locked in its place."""

    class NoFolders:
        LOCK_EX, LOCK_NB = fcntl.LOCK_EX, fcntl.LOCK_NB

        @staticmethod
        def flock(handle: int, how: int) -> None:
            if Path(f"/proc/self/fd/{handle}").is_dir():
                raise OSError(9, "Bad file descriptor")
            fcntl.flock(handle, how)

    platform = tmp_path / "platform"
    platform.mkdir()
    monkeypatch.setattr(locks, "fcntl", NoFolders)
    monkeypatch.setattr(locks, "WAIT", 0)
    with alone_in(platform):
        assert [each.name for each in platform.iterdir()] == [LOCK_FILE]
        with pytest.raises(BadInput) as caught, alone_in(platform):
            pass
        assert caught.value.code == "in-use"
    with alone_in(platform):
        pass
