"""Writing a file: whole, for the right eyes from its first moment, through no strange link, beside other writers."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import pytest

from healthpass import _files
from healthpass._files import (
    PUBLIC,
    PUBLIC_FOLDER,
    is_leftover,
    make_folder,
    sync_folder,
    write_afresh,
    write_atomically,
    write_new,
)
from tests.faults import ERROR, KILL, KINDS, QuickDisk, failing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX")

Write = Callable[..., None]
LEFT = ".healthpass-0123456789abcdef.new"
every_way = pytest.mark.parametrize("write", [write_atomically, write_afresh, write_new])
over_a_file = pytest.mark.parametrize("write", [write_atomically, write_afresh])


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def refused(write: Write, path: Path, code: int) -> OSError:
    with pytest.raises(OSError, match=r".") as caught:
        write(str(path), b"new")
    assert caught.value.errno == code
    return caught.value


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


class Spying(QuickDisk):
    """Notes the mode of the file aside at the moment when it gets its name."""

    def __init__(self) -> None:
        self.modes: list[int] = []

    def replace(self, source: str, target: str) -> None:
        self.modes.append(mode(Path(source)))
        os.replace(source, target)

    def link(self, source: str, target: str) -> None:
        self.modes.append(mode(Path(source)))
        os.link(source, target)


@every_way
def test_modes_are_there_before_the_name(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Spying()
    monkeypatch.setattr(_files, "os", disk)
    write(str(tmp_path / "key"), b"secret")
    write(str(tmp_path / "list"), b"for everybody", PUBLIC)
    assert disk.modes == [0o600, 0o644]


def test_no_umask_opens_a_secret_or_hides_what_is_published(umask: int, tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "key"), b"secret")
    assert mode(tmp_path / "key") == 0o600 & ~umask
    write_atomically(str(tmp_path / "list"), b"for everybody", PUBLIC)
    assert mode(tmp_path / "list") == 0o644


def test_folders_of_what_is_published_are_for_everybody(umask: int, tmp_path: Path) -> None:
    if umask == 0o777:
        pytest.skip("nobody could look into the folder above")
    make_folder(str(tmp_path / "site" / "country"), PUBLIC_FOLDER)
    assert mode(tmp_path / "site") == mode(tmp_path / "site" / "country") == 0o755
    make_folder(str(tmp_path / "state"))
    assert mode(tmp_path / "state") == 0o700 & ~umask


@over_a_file
def test_a_file_that_anybody_could_read_becomes_its_owners(write: Write, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"old")
    (tmp_path / "key").chmod(0o666)
    write(str(tmp_path / "key"), b"secret")
    assert (mode(tmp_path / "key"), (tmp_path / "key").read_bytes()) == (0o600, b"secret")


@pytest.fixture
def linked(tmp_path: Path) -> tuple[Path, Path]:
    """A link by way of a link, in other folders, and the file behind them."""
    (tmp_path / "stick").mkdir()
    (tmp_path / "home").mkdir()
    real = tmp_path / "stick" / "wallet"
    real.write_bytes(b"old")
    (tmp_path / "middle").symlink_to(Path("stick") / "wallet")
    link = tmp_path / "home" / "link"
    link.symlink_to(Path("..") / "middle")
    return link, real


def test_the_file_behind_a_link_of_ones_own_is_replaced(linked: tuple[Path, Path]) -> None:
    link, real = linked
    write_atomically(str(link), b"new")
    assert link.is_symlink()
    assert (real.parent.parent / "middle").is_symlink()
    assert real.read_bytes() == b"new"
    assert os.listdir(real.parent) == ["wallet"], "it was written aside where the file is"


def test_a_link_to_a_file_that_is_not_there_yet(linked: tuple[Path, Path]) -> None:
    link, real = linked
    real.unlink()
    write_atomically(str(link), b"new")
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


def test_somebody_elses_link_is_not_followed(linked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    link, real = linked
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    owner = os.lstat(link).st_uid
    if owner == 0:  # the tests run as the administrator, whose links count for everybody
        lstat = os.lstat
        monkeypatch.setattr(os, "lstat", lambda path: Owned(lstat(path), 1234))
    error = refused(write_atomically, link, errno.EPERM)
    assert "somebody else" in str(error)
    assert (link.is_symlink(), real.read_bytes()) == (True, b"old")


class Owned:
    """What `lstat` says, but for the owner."""

    def __init__(self, real: os.stat_result, owner: int) -> None:
        self.st_mode = real.st_mode
        self.st_uid = owner


def test_the_administrators_link_is_followed(linked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    link, real = linked
    lstat = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: Owned(lstat(path), 0))
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    write_atomically(str(link), b"new")
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    refused(write_atomically, tmp_path / "a", errno.ELOOP)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_what_a_command_makes_goes_through_no_link(linked: tuple[Path, Path]) -> None:
    link, real = linked
    write_afresh(str(link), b"a pass")
    assert (link.is_symlink(), link.read_bytes(), mode(link)) == (False, b"a pass", 0o600)
    assert real.read_bytes() == b"old"


@pytest.mark.parametrize("what", ["file", "link", "link to nothing"])
def test_a_new_file_takes_the_place_of_nothing(what: str, tmp_path: Path) -> None:
    path, other = tmp_path / "key", tmp_path / "other"
    if what == "file":
        path.write_bytes(b"old")
    else:
        path.symlink_to(other)
    if what == "link":
        other.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_new(str(path), b"secret")
    assert path.is_symlink() == (what != "file")
    assert other.exists() == (what == "link")
    assert not path.exists() or path.read_bytes() == b"old"
    assert not [name for name in os.listdir(tmp_path) if is_leftover(name)]


class NoLinks(QuickDisk):
    """A file system on which a file has one name."""

    def link(self, source: str, target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")


def test_a_new_file_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "os", NoLinks())
    write_new(str(tmp_path / "key"), b"secret")
    with pytest.raises(FileExistsError):
        write_new(str(tmp_path / "key"), b"other")
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert os.listdir(tmp_path) == ["key"]


@every_way
def test_nothing_takes_the_place_of_what_is_no_file(write: Write, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to-pipe").symlink_to("pipe")
    for name in ("pipe", "folder", "to-pipe"):
        refused(write, tmp_path / name, errno.EEXIST if write is write_new else errno.EINVAL)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe", "to-pipe"]
    assert (tmp_path / "to-pipe").is_symlink()


class Answering(QuickDisk):
    """Answers one call with an error."""

    def __init__(self, name: str, code: int, only_folders: bool = False) -> None:
        self._name, self._code, self._only_folders = name, code, only_folders

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name != self._name:
            return super().__getattribute__(name)
        return self._fails

    def _fails(self, target: int | str, *others: Any) -> Any:
        if not self._only_folders or (os.path.isdir(target) if isinstance(target, str) else is_folder(target)):
            raise OSError(self._code, "the file system refuses")
        return getattr(os, self._name)(target, *others)


def is_folder(handle: int) -> bool:
    return os.path.isdir(f"/proc/self/fd/{handle}") or os.path.isdir(f"/dev/fd/{handle}")


@every_way
@pytest.mark.parametrize(
    ("name", "code"),
    [("fsync", each) for each in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF)]
    + [("open", errno.EACCES), ("open", errno.EPERM)],
)
def test_folders_that_cannot_be_synced(
    write: Write, name: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network shares, shared folders of virtual machines, some of FUSE; and folders that one may not read."""
    monkeypatch.setattr(_files, "os", Answering(name, code, only_folders=True))
    write(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    make_folder(str(tmp_path / "folder"))
    assert (tmp_path / "folder").is_dir()


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_folder_whose_disk_fails_is_not_passed_over(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_files, "os", Answering("fsync", code, only_folders=True))
    with pytest.raises(OSError, match="refuses") as caught:
        sync_folder(str(tmp_path))
    assert caught.value.errno == code


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_file_that_cannot_be_synced_is_not_passed_over(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(_files, "os", Answering("fsync", code))
    refused(write_atomically, tmp_path / "file", code)
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


@over_a_file
def test_a_file_that_is_mounted_by_itself(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wallet").write_bytes(b"old")
    monkeypatch.setattr(_files, "os", Answering("replace", errno.EBUSY))
    error = refused(write, tmp_path / "wallet", errno.EBUSY)
    assert "mount the folder" in str(error)
    assert os.listdir(tmp_path) == ["wallet"]
    assert (tmp_path / "wallet").read_bytes() == b"old"


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_file_systems_without_modes(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "os", Answering("fchmod", code))
    write_atomically(str(tmp_path / "list"), b"new", PUBLIC)
    assert (tmp_path / "list").read_bytes() == b"new"


# Two writers, and writers that were killed


class Meddling(QuickDisk):
    """Before the n-th operation of one writer, another writes the same file from its beginning to its end."""

    def __init__(self, at: int, other: Callable[[], None]) -> None:
        self._left, self._other = at, other

    def __getattribute__(self, name: str) -> Any:
        if name in ("open", "write", "fsync", "close", "replace", "fchmod", "listdir", "link", "unlink"):
            self._left -= 1
            if self._left == -1:
                self._other()
        return super().__getattribute__(name)

    @property
    def happened(self) -> bool:
        return self._left < 0


@pytest.mark.parametrize("leftover", [False, True])
@over_a_file
def test_two_writers_of_one_file(write: Write, leftover: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(50):
        folder = tmp_path / str(at)
        folder.mkdir()
        if leftover:
            (folder / LEFT).write_bytes(b"of a writer that was killed")
        path = str(folder / "snapshot")
        seen: list[bytes] = []

        def other(path: str = path, seen: list[bytes] = seen) -> None:
            write(path, b"B" * 3000)
            seen.append(Path(path).read_bytes())

        disk = Meddling(at, other)
        monkeypatch.setattr(_files, "os", disk)
        write(path, b"A" * 5000)
        if not disk.happened:
            break
        assert seen == [b"B" * 3000]
        assert Path(path).read_bytes() in (b"A" * 5000, b"B" * 3000)
        assert os.listdir(folder) == ["snapshot"]
    assert at > 7


def test_of_two_who_make_a_new_file_one_has_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(50):
        folder = tmp_path / str(at)
        folder.mkdir()
        path = str(folder / "key")
        told: dict[str, str] = {}

        def attempt(name: str, path: str = path, told: dict[str, str] = told) -> None:
            try:
                write_new(path, name.encode())
                told[name] = "made"
            except FileExistsError:
                told[name] = "exists"

        disk = Meddling(at, lambda attempt=attempt: attempt("B"))  # type: ignore[misc]
        monkeypatch.setattr(_files, "os", disk)
        attempt("A")
        if not disk.happened:
            break
        assert sorted(told.values()) == ["exists", "made"]
        assert told[Path(path).read_text()] == "made"
        assert os.listdir(folder) == ["key"]
    assert at > 7


@every_way
def test_leftovers_of_killed_writers_are_removed_and_nothing_else(write: Write, tmp_path: Path) -> None:
    others = [LEFT[1:], LEFT + "x", ".healthpass-1.new", ".healthpass-0123456789abcdef.old", "file.new"]
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    for n in range(3):
        (tmp_path / LEFT.replace("0", str(n))).write_bytes(b"half of it")
    (tmp_path / LEFT.replace("0", "8")).mkdir()
    write(str(tmp_path / "file"), b"new")
    assert sorted(os.listdir(tmp_path)) == sorted(["file", LEFT.replace("0", "8"), *others])


def test_a_link_that_looks_like_a_leftover_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / LEFT).symlink_to("victim")
    write_atomically(str(tmp_path / "key"), b"secret")
    assert (tmp_path / "victim").read_bytes() == b"precious"


def test_the_file_of_a_writer_that_lives_stays(tmp_path: Path) -> None:
    with (tmp_path / LEFT).open("wb") as file:
        flock(file, LOCK_EX)
        write_atomically(str(tmp_path / "file"), b"new")
        assert sorted(os.listdir(tmp_path)) == sorted([LEFT, "file"])
    write_atomically(str(tmp_path / "file"), b"newer")
    assert os.listdir(tmp_path) == ["file"]


def test_without_locks_leftovers_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_lock)
    (tmp_path / LEFT).write_bytes(b"perhaps another's, now")
    write_atomically(str(tmp_path / "file"), b"new")
    assert sorted(os.listdir(tmp_path)) == sorted([LEFT, "file"])


# A disk that fails, or a program that is killed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("write", "old"), [(write_atomically, b"old"), (write_afresh, b"old"), (write_new, None)])
def test_at_every_operation(write: Write, old: bytes | None, kind: str, tmp_path: Path) -> None:
    seen = set()
    for at in range(30):
        folder = tmp_path / str(at)
        folder.mkdir()
        path = folder / "file"
        if old is not None:
            path.write_bytes(old)
        with failing(folder, kind, at) as disk:
            write(str(path), b"new" * 800, PUBLIC)
        if not disk.happened:
            break
        found = path.read_bytes() if path.exists() else None
        assert found in (old, b"new" * 800)
        seen.add(found)
        if kind == ERROR:
            left = [name for name in os.listdir(folder) if is_leftover(name)]
            assert not left or (old is None and found), "who lives tidies up, but for what cannot be removed"
        write_atomically(str(path), b"next")
        assert os.listdir(folder) == ["file"], "and the next writer tidies up after who does not"
    assert at > 5
    assert seen == {old, b"new" * 800} or (kind == KILL and old is None)
