"""How files are written: whole or not at all, for the right eyes from their first moment, and through no strange link.

A file is written under a unique name in its folder, synced, given its mode, and only then its name, by one of these:

* `write_atomically` for what is kept in its place and written again: a wallet, a platform's keys, a scanner's state,
  what is published. A symbolic link there is followed if it belongs to this user or to the administrator: the file
  behind it is replaced, and the link stays. Somebody else's is refused.
* `write_afresh` for what a command makes: a pass, a sheet, a picture, a message. Nothing is written through a link:
  what is at the path, a link too, is replaced.
* `write_new` for what must not be there yet: a private key, a new wallet. Anything at the path is refused, a link too.

`PRIVATE` files are readable by their owner alone, `PUBLIC` ones by everybody, whatever the umask says: a trust list
that a web server cannot read stops a country as surely as one that is not there.

Two writers of one path never mix: the last has it. A writer that was killed leaves `.healthpass-(16 hexadecimal
digits).new` behind. Each is locked while its writer lives, so the next writer in the folder removes those that nobody
holds, whatever a clock says; on a file system without locks they stay, and do no harm.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from healthpass._secret import Secret

PRIVATE = 0o600
PUBLIC = 0o644
PUBLIC_FOLDER = 0o755

_PREFIX = ".healthpass-"
_SUFFIX = ".new"
_NO_SYNC = {errno.EINVAL, errno.EBADF, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems answer that sync no folders: CIFS, some of FUSE, shared folders of virtual machines."""
_NO_LINK = _NO_SYNC | {errno.EPERM, errno.EACCES, errno.EMLINK}
"""What file systems answer that have no second name for a file."""


def write_atomically(path: str, data: bytes | bytearray, mode: int = PRIVATE, *, mtime_ns: int | None = None) -> None:
    """Replace the file at `path`, or the one that a link of this user's there points to.

    Args:
        path, data, mode: what, and for whom.
        mtime_ns: the time of change that the file has from its first moment, in nanoseconds since 1970 UTC; None for
            the clock's.

    Raises:
        OSError: as the system gives it, and for somebody else's link, what is no file, and a file that is mounted by
            itself. There is then the old file, or the new one if only its folder was not synced.
    """
    from healthpass._links import behind_links  # lazy: who only reads needs none

    _write(behind_links(path), data, mode, _replace, mtime_ns)


def write_afresh(path: str, data: bytes | bytearray, mode: int = PRIVATE) -> None:
    """Put a file at `path`, in the place of a file or link there; nothing is written through a link.

    Raises:
        OSError: as for `write_atomically`.
    """
    from healthpass._links import check_kind  # lazy: as above

    check_kind(path)
    _write(path, data, mode, _replace)


def write_new(path: str, data: bytes | bytearray, mode: int = PRIVATE) -> None:
    """Put a file at `path`, where there is nothing. Of two programs that do so at once, one has the error.

    Raises:
        FileExistsError: something is there; it stays as it is.
        OSError: as the system gives it; then there is nothing, or the file if only its folder was not synced.
    """
    _write(path, data, mode, _link)


def check_writable(path: str, size: int) -> None:
    """Find out whether `write_afresh` could put a file of so many bytes at `path`; what is there stays as it is.

    Raises:
        OSError: as `write_afresh` would.
    """
    from healthpass._links import check_kind  # lazy: as above

    check_kind(path)
    with naming(path):
        handle, aside = _aside(os.path.dirname(path) or ".")
        try:
            _fill(handle, bytes(size), PRIVATE)
        finally:
            remove(aside)
            _closed(handle)


class naming:
    """What the system refuses within it says which file that is about: it knows only a handle, or the name aside."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) and error.errno is not None:
            error.filename, error.filename2 = self._path, None


def _write(
    path: str, data: bytes | bytearray, mode: int, name: Callable[[str, str], None], mtime_ns: int | None = None
) -> None:
    with naming(path):
        folder = os.path.dirname(path) or "."
        _remove_leftovers(folder)
        handle, aside = _aside(folder)
        try:
            _fill(handle, data, mode)
            if os.name != "posix":  # there a file that is open can have no other name
                handle = _closed(handle)
            if mtime_ns is not None:
                os.utime(aside, ns=(mtime_ns, mtime_ns))
            name(aside, path)
        except BaseException:
            _closed(handle)
            remove(aside)
            raise
        _closed(handle)  # not before: the lock goes with it
        sync_folder(folder)


def _aside(folder: str) -> tuple[int, str]:
    """A new, empty file in the folder that has a name of its own and is locked, where there are locks."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        path = os.path.join(folder, f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}")
        handle = os.open(path, flags, PRIVATE)
        if _lock(handle) is not False and os.path.lexists(path):
            return handle, path
        _closed(handle)  # another writer took it for a leftover before it was locked


def _fill(handle: int, data: bytes | bytearray, mode: int) -> None:
    write_all(handle, data)
    if mode != PRIVATE and hasattr(os, "fchmod"):
        try:
            os.fchmod(handle, mode)
        except OSError as error:
            if error.errno not in _NO_LINK:  # a file system without modes, such as a stick's
                raise
    os.fsync(handle)


def _closed(handle: int) -> int:
    if handle >= 0:
        os.close(handle)
    return -1


def _replace(aside: str, path: str) -> None:
    try:
        os.replace(aside, path)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        said = "a file that is mounted by itself cannot be replaced: mount the folder that it lies in"
        raise OSError(errno.EBUSY, said, path) from None


def _link(aside: str, path: str) -> None:
    try:
        os.link(aside, path)
    except OSError as error:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "there is such a file already; it is not overwritten", path) from None
        if error.errno not in _NO_LINK:
            raise
        os.replace(aside, path)
    else:
        remove(aside)


def _lock(handle: int) -> bool | None:
    """Whether the file is ours alone now; None where there are no locks."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock  # lazy: who only reads needs none
    except ImportError:
        return None
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove_leftovers(folder: str) -> None:
    """Remove the files aside that no writer holds any more. What cannot be done is left."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if is_leftover(name):
            path = os.path.join(folder, name)
            try:
                handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            except OSError:
                continue
            try:
                if _lock(handle):
                    remove(path)
            finally:
                os.close(handle)


def is_leftover(name: str) -> bool:
    """Whether a file's name is one of those that this module writes aside."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX) and len(name) == len(_PREFIX) + 16 + len(_SUFFIX)


def sync_folder(folder: str) -> None:
    """Make what was made, renamed or removed in a folder durable, as far as its file system does that.

    Raises:
        OSError: the disk fails; not where a folder cannot be opened or synced.
    """
    if os.name != "posix":  # elsewhere a folder cannot be opened, and the rename is what there is
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # one may write in it and not read it
        return
    with naming(folder):
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _NO_SYNC:
                raise
        finally:
            os.close(handle)


def write_all(handle: int, data: bytes | bytearray) -> None:
    """Write to an open file until all is written: a system may write less than it is asked to. Raises `OSError`."""
    with memoryview(data) as whole:
        done = 0
        while done < len(whole):
            done += os.write(handle, whole[done:])


def make_folder(path: str, mode: int = 0o700) -> None:
    """Make a folder, and those above it, so that a power cut does not take them away.

    Args:
        path: where.
        mode: by default its owner alone may read it; a `PUBLIC_FOLDER` is for everybody, whatever the umask says.

    Raises:
        OSError: it is not there and cannot be made.
    """
    if os.path.isdir(path):
        return
    above = os.path.dirname(os.path.abspath(path))
    make_folder(above, PUBLIC_FOLDER if mode == PUBLIC_FOLDER else 0o777)
    try:
        os.mkdir(path, mode)
    except FileExistsError:  # another program was faster; but not if it is something else than a folder
        if not os.path.isdir(path):
            raise
    else:
        if mode == PUBLIC_FOLDER:
            os.chmod(path, mode)
    sync_folder(above)


def read_capped(path: str, most: int) -> bytes | None:
    """The file's bytes; None if there is no such file. Reads at most `most` + 1 bytes, so the caller sees an excess.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with naming(path), open(path, "rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None


def read_secret(path: str, most: int) -> Secret | None:
    """The same of a file with private keys, in bytes that are wiped when nobody has them any more.

    Raises:
        OSError: it is there and cannot be read.
    """
    from healthpass._secret import Secret  # lazy: few read any

    try:
        with naming(path), open(path, "rb", buffering=0) as file:
            data = Secret(min(os.fstat(file.fileno()).st_size, most + 1))
            with memoryview(data) as whole:
                done = 0
                while done < len(whole) and (count := file.readinto(whole[done:])):
                    done += count
                return data if done == len(whole) else Secret(whole[:done])
    except FileNotFoundError:
        return None


def remove(path: str) -> None:
    """Remove a file that nobody needs any more. If that fails it stays, and does no harm."""
    try:
        os.unlink(path)
    except OSError:
        return
