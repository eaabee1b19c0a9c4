"""Who may read what a command writes, and what a command does with links."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from healthpass import _files
from healthpass.cli.context import publish, rewrite, write, write_new
from tests.cli.terminal import NOW, Terminal
from tests.faults import QuickDisk

PUBLIC = {"roots.txt", "trust-list.cbor", "platform/platform.pub.cbor", "root1.key.pub", "region.key.pub"}
PRIVATE = {
    "root1.key",
    "region.key",
    "platform/windows.cbor",
    "platform/ledger.sqlite",
    "me.wallet",
    "draft.cbor",
    "sig1",
    "offer.cbor",
    "answer.cbor",
    "request.cbor",
    "batch.cbor",
    "pass.png",
}


def modes(folder: Path) -> dict[str, int]:
    return {str(each.relative_to(folder)): each.stat().st_mode & 0o777 for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_who_may_read_what(tmp_path: Path, umask: int) -> None:
    terminal = Terminal(tmp_path)
    before = os.umask(umask)
    try:
        terminal.trust()
        terminal.enrol()
        terminal.present("--anywhere", "--png", terminal.path("pass.png"))
    finally:
        os.umask(before)
    found = modes(tmp_path)
    assert {name: found[name] for name in PUBLIC} == dict.fromkeys(PUBLIC, 0o644)
    assert {name: found[name] for name in PRIVATE} == dict.fromkeys(PRIVATE, 0o600)


def test_a_wallet_behind_a_link(terminal: Terminal) -> None:
    stick = terminal.folder / "stick"
    stick.mkdir()
    real, link = stick / "wallet", Path(terminal.path("me.wallet"))
    link.rename(real)
    link.symlink_to(Path("stick") / "wallet")
    unused = terminal.present("--anywhere")["unused"]
    assert terminal.present("--anywhere")["unused"] == unused - 1
    assert link.is_symlink()
    assert os.listdir(stick) == ["wallet"]


def test_window_keys_behind_a_link(terminal: Terminal) -> None:
    vault = terminal.folder / "vault"
    vault.mkdir()
    link = Path(terminal.path("platform")) / "windows.cbor"
    link.rename(vault / "windows.cbor")
    link.symlink_to(vault / "windows.cbor")
    before = (vault / "windows.cbor").read_bytes()
    terminal.run("windows", terminal.path("platform"), "--days", "14", "--capacity", "1024", "--now", str(NOW))
    assert link.is_symlink()
    assert len((vault / "windows.cbor").read_bytes()) > len(before)


def test_the_picture_of_a_pass_goes_through_no_link(terminal: Terminal) -> None:
    victim = terminal.folder / "victim"
    victim.write_bytes(b"precious")
    victim.chmod(0o644)
    picture = Path(terminal.path("pass.png"))
    picture.symlink_to(victim)
    terminal.present("--anywhere", "--png", str(picture))
    assert victim.read_bytes() == b"precious"
    assert not picture.is_symlink()
    assert (picture.stat().st_mode & 0o777, picture.read_bytes()[1:4]) == (0o600, b"PNG")


@pytest.mark.parametrize("target", ["victim", "nothing"])
@pytest.mark.parametrize(
    "command", [("keygen",), ("keygen", "--sealing"), ("document-key", "new"), ("audit", "key"), ("wallet", "new")]
)
def test_nothing_secret_and_new_is_made_where_a_link_is(
    terminal: Terminal, command: tuple[str, ...], target: str
) -> None:
    (terminal.folder / "victim").write_bytes(b"precious")
    link = Path(terminal.path("secret"))
    link.symlink_to(target)
    words = {"wallet": ["--roots", terminal.path("roots.txt")], "document-key": ["--id", "00000001"]}.get(
        command[0], []
    )
    # `keygen` goes on with a private key that is there without its public half; the victim is no key.
    expected = "not-ours" if (command[0], target) == ("keygen", "victim") else "exists"
    assert expected in terminal.run(*command, str(link), *words, code=2)
    assert link.is_symlink()
    assert (terminal.folder / "victim").read_bytes() == b"precious"
    assert not (terminal.folder / "nothing").exists()
    assert not Path(terminal.path("secret.pub")).exists()


@pytest.mark.parametrize("name", ["ledger.sqlite", "audit.log"])
def test_logs_and_ledgers_are_not_made_behind_a_link_to_nothing(terminal: Terminal, name: str) -> None:
    from healthpass.attester.audit.log import AuditError, AuditLog
    from healthpass.issuer import SQLiteLedger

    path = terminal.folder / name
    path.unlink(missing_ok=True)
    path.symlink_to("nothing")
    if name == "audit.log":
        with pytest.raises(AuditError) as refused:
            AuditLog.open(path, key=bytes(32))
        assert refused.value.code == "no-log"
    else:
        with pytest.raises(FileNotFoundError):
            SQLiteLedger(path)
    assert not (terminal.folder / "nothing").exists()


class Mounted(QuickDisk):
    """Each file is mounted by itself, as containers do."""

    def replace(self, source: str, target: str) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")


def test_a_wallet_that_is_mounted_by_itself(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path(terminal.path("me.wallet")).read_bytes()
    names = os.listdir(terminal.folder)
    monkeypatch.setattr(_files, "os", Mounted())
    said = terminal.run("present", terminal.path("me.wallet"), "--anywhere", "--now", str(NOW), code=2)
    mounted = "a file that is mounted by itself cannot be replaced: mount the folder that it lies in"
    assert said == f"error: {terminal.path('me.wallet')}: {mounted}\n"
    assert Path(terminal.path("me.wallet")).read_bytes() == before
    assert os.listdir(terminal.folder) == names


def test_the_four_ways_of_writing(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    for way, follows, mode in ((write, False, 0o600), (rewrite, True, 0o600), (publish, True, 0o644)):
        link = tmp_path / way.__name__
        link.symlink_to("real")
        way(link, "new")
        assert link.is_symlink() == follows
        assert (link.read_bytes(), link.stat().st_mode & 0o777) == (b"new", mode)
    write_new(tmp_path / "new", b"new")
    assert ((tmp_path / "new").stat().st_mode & 0o777) == 0o600
