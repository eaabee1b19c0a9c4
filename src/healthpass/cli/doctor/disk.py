"""What may be wrong with any folder: who may read and write there, and what was left half done."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from healthpass._files import is_leftover
from healthpass.cli.doctor.findings import Finding, wrong


def folder_findings(folder: Path) -> Iterator[Finding]:
    """Of a folder itself: files that a killed program has left aside, and whether anybody may write in it."""
    mode = folder.stat().st_mode
    if os.name == "posix" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield wrong("folder", folder, "everybody may put other files in the place of these", "chmod o-w it")
    for path in sorted(folder.iterdir()):
        if is_leftover(path.name) and not _is_held(path):
            said = "half of a file that a killed program was writing"
            yield wrong("leftover", path, said, "run the command that was killed again: it removes this")


def secret_findings(what: str, path: Path) -> Iterator[Finding]:
    """Of a file that its owner alone may read."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        said = f"others than its owner may open it (mode {mode:04o})"
        yield wrong(what, path, said, "chmod 600 it; if strangers had the time to read it, put another in its place")


def public_findings(path: Path) -> Iterator[Finding]:
    """Of a file that everybody fetches, and of the folder that it is in."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and not mode & stat.S_IROTH:
        said = f"a web server of another user cannot read it (mode {mode:04o})"
        yield wrong("published file", path, said, "chmod o+rX it" if path.is_dir() else "chmod 644 it")


def unreadable(path: Path, error: OSError) -> Finding:
    """A file or folder that cannot be looked at."""
    said = f"cannot be read: {error.strerror or 'the system refuses'}"
    return wrong("file", path, said, "run this as the user whose file it is; if that is so, look at the disk")


def _is_held(path: Path) -> bool:
    """Whether its writer lives: it holds a lock on it, where there are locks."""
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except (ImportError, OSError):  # gone meanwhile, or nobody can tell
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
