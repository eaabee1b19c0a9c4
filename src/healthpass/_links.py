"""Where a file is that a path names: behind the user's own links, never behind somebody else's."""

from __future__ import annotations

import errno
import os
import stat

_MOST_LINKS = 40
"""As many as Linux follows."""


def behind_links(path: str) -> str:
    """Where the links at `path` lead, if this user or the administrator has made each of them.

    Raises:
        OSError: somebody else has, they go in a circle, or there is something that is no file.
    """
    for _ in range(_MOST_LINKS):
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return path
        if not stat.S_ISLNK(found.st_mode):
            check_kind(path)
            return path
        if hasattr(os, "geteuid") and found.st_uid not in (0, os.geteuid()):
            raise PermissionError(errno.EPERM, "there is a link of somebody else; it is not followed", path)
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    raise OSError(errno.ELOOP, "too many links, one after the other", path)


def check_kind(path: str) -> None:
    """Nothing takes the place of a device, a pipe or a folder, nor of a link to one.

    Raises:
        OSError: there is such a thing at `path`.
    """
    try:
        found = os.stat(path)
    except (FileNotFoundError, PermissionError):
        return
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "there is something that is no file; it is not replaced", path)
