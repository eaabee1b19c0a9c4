"""A folder, as it is at one moment, and made so again."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from healthpass._files import is_leftover

State = dict[str, tuple[int, bytes | None]]
"""Mode and content of every file, by its path; None for a folder."""


def leftovers(state: State) -> list[str]:
    """What a writer that was killed has left behind."""
    return [path for path in state if is_leftover(os.path.basename(path))]


class Watched:
    """A folder that is looked at often.

    Args:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, tuple[tuple[int, ...], bytes]] = {}

    def capture(self) -> State:
        """All of it now."""
        state: State = {}
        for folder, folders, files in os.walk(self.folder):
            start = os.path.relpath(folder, self.folder)
            for name in folders:
                path = os.path.normpath(os.path.join(start, name))
                state[path] = stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode), None
            for name in files:
                path = os.path.normpath(os.path.join(start, name))
                state[path] = self._read(path)
        return state

    def _read(self, path: str) -> tuple[int, bytes]:
        """A file that nobody has written since it was last read is not read again."""
        found = os.lstat(self.folder / path)
        stamp = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        known = self._files.get(path)
        if known is None or known[0] != stamp:
            known = self._files[path] = stamp, (self.folder / path).read_bytes()
        return stat.S_IMODE(found.st_mode), known[1]

    def restore(self, base: State) -> None:
        """Make it what it was."""
        state = self.capture()
        for path in sorted(state.keys() - base.keys(), reverse=True):
            whole = self.folder / path
            whole.rmdir() if state[path][1] is None else whole.unlink()
        for path, (mode, data) in base.items():
            if state.get(path) != (mode, data):
                whole = self.folder / path
                if data is None:
                    whole.mkdir(exist_ok=True)
                else:
                    whole.write_bytes(data)
                whole.chmod(mode)
