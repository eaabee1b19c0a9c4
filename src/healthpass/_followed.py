"""A file that other programs replace while this one runs: what is in it now, for the price of one look."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from healthpass._files import read_capped
from healthpass.errors import BadInput, FolderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from healthpass._secret import Secret

    Mark = tuple[int, int, int, int, int]

T = TypeVar("T")


class Followed(Generic[T]):
    """The content of a file, read again only when it is another file, or was written to, since it was last read.

    Whoever writes the file should replace it whole, as every `healthpass` command and most editors do: then each look
    sees all of the old content or all of the new. Safe to use from several threads.

    Args:
        path: where the file is, or will be.
        most: bytes that it may have.
        parse: what its bytes say. Raises `BadInput` if they say nothing.
        missing: what counts while there is no such file.
        read: how it is read: `read_secret` where no copy of it may stay.
    """

    __slots__ = ("_known", "_missing", "_most", "_parse", "_path", "_reader")

    def __init__(
        self,
        path: str | os.PathLike[str],
        most: int,
        parse: Callable[[Any], T],
        missing: T,
        read: Callable[[str, int], bytes | Secret | None] = read_capped,
    ) -> None:
        self._path = os.fspath(path)
        self._reader = read
        self._most = most
        self._parse = parse
        self._missing = missing
        self._known: tuple[Mark | None, T] = (None, missing)

    def now(self) -> T:
        """What the file says now: one `stat` if it is the one that was read last.

        Raises:
            FolderError: "unreadable-file": it cannot be read, or is not what it should be. What it said before does not
                count any more: its owner may just have taken something back.
        """
        mark, wrong = None, "cannot be read"
        try:
            mark = _mark(self._path)  # before it is read: what is written in between is found by the next look
            known = self._known
            if mark != known[0]:
                known = (mark, self._missing if mark is None else self._read())
                self._known = known
            return known[1]
        except BadInput as error:
            wrong = str(error)
        except OSError:
            pass
        # Outside of the handler, so that the error keeps no frame in which the content of a secret file is.
        raise FolderError("unreadable-file", f"{os.path.basename(self._path)}: {wrong}")

    def _read(self) -> T:
        data = self._reader(self._path, self._most)
        if data is None:  # removed since the look
            return self._missing
        return self._parse(data)

    def __repr__(self) -> str:
        return "Followed(...)"


def _mark(path: str) -> Mark | None:
    """What tells one file, and one writing of it, from the next; None where there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
