"""What is asked of the system: which boot this is, for how long it has run, and which folders are in RAM."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healthpass.verifier.replay_boot import Boot, ram_folders, this_boot

ID = "961467d2-de11-43d0-b176-d317c8ea4f94"


def make_proc(folder: Path, boot_id: str = ID, uptime: str = "13680.94 3454.89\n") -> str:
    (folder / "sys" / "kernel" / "random").mkdir(parents=True)
    (folder / "sys" / "kernel" / "random" / "boot_id").write_text(boot_id + "\n")
    (folder / "uptime").write_text(uptime)
    return str(folder)


def test_the_boot(tmp_path: Path) -> None:
    boot = this_boot(make_proc(tmp_path))
    assert boot is not None
    assert boot.id.hex() == ID.replace("-", "")
    assert boot.uptime() == 13680
    (tmp_path / "uptime").write_text("13700.00 1.00\n")
    assert boot.uptime() == 13700
    (tmp_path / "uptime").write_text("long\n")
    with pytest.raises(OSError, match=r"^the system does not say for how long it has run$"):
        boot.uptime()


@pytest.mark.parametrize(
    ("boot_id", "uptime"), [("", "1.0"), ("961467d2", "1.0"), ("x" * 32, "1.0"), (ID, ""), (ID, "x")]
)
def test_a_system_that_does_not_say(tmp_path: Path, boot_id: str, uptime: str) -> None:
    assert this_boot(make_proc(tmp_path, boot_id, uptime)) is None


def test_a_system_without_proc(tmp_path: Path) -> None:
    """As macOS."""
    assert this_boot(str(tmp_path)) is None
    assert ram_folders(str(tmp_path), str(tmp_path)) == ()


def test_a_boot_id_is_16_bytes() -> None:
    with pytest.raises(ValueError, match=r"^a boot id is 16 bytes$"):
        Boot(b"short", lambda: 1)


def make_mounts(folder: Path, kind: str) -> str:
    """The kernel's table, in which the file system of `folder` is of that kind, beside others."""
    device = os.stat(folder).st_dev
    where = f"{os.major(device)}:{os.minor(device)}"
    (folder / "proc" / "self").mkdir(parents=True)
    text = f"21 1 0:999 / /other rw - tmpfs none rw\n25 30 {where} / /here rw,nosuid shared:2 - {kind} none rw\n"
    (folder / "proc" / "self" / "mountinfo").write_text(text)
    return str(folder / "proc")


@pytest.mark.parametrize(("kind", "fit"), [("tmpfs", True), ("ramfs", True), ("ext4", False), ("overlay", False)])
def test_a_folder_in_ram(tmp_path: Path, kind: str, fit: bool) -> None:
    proc = make_mounts(tmp_path, kind)
    for name in ("run", "shm", "user"):
        (tmp_path / name).mkdir(0o700)
    run, shm, user = (str(tmp_path / name) for name in ("run", "shm", "user"))
    assert ram_folders(user, proc, (run, shm)) == ((run, shm, user) if fit else ())
    assert ram_folders(None, proc, (run,)) == ((run,) if fit else ())
    assert ram_folders("", proc, ()) == ()


def test_folders_that_are_not_fit(tmp_path: Path) -> None:
    """A link, a file, nothing, one where everybody may remove what is another's, and a path that is not absolute."""
    proc = make_mounts(tmp_path, "tmpfs")
    good, wide, sticky = (tmp_path / name for name in ("good", "wide", "sticky"))
    for each in (good, wide, sticky):
        each.mkdir()
    good.chmod(0o755)
    wide.chmod(0o777)
    sticky.chmod(0o1777)
    (tmp_path / "link").symlink_to(good)
    (tmp_path / "file").write_text("")
    names = ["link", "file", "nothing", "wide", "good\n", "sticky", "good"]
    places = [str(tmp_path / name) for name in names]
    assert ram_folders(os.path.relpath(good), proc, places) == (str(sticky), str(good))


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator gives files away")
def test_somebody_elses_folder_is_not_fit(tmp_path: Path) -> None:
    proc = make_mounts(tmp_path, "tmpfs")
    (tmp_path / "other").mkdir()
    os.chown(tmp_path / "other", 65534, 65534)
    assert ram_folders(None, proc, [str(tmp_path / "other")]) == ()
