"""A process that is killed (SIGKILL) at its n-th operation on files or a database, wherever that is in the code."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

FILES = frozenset(
    ("open", "write", "pwrite", "fsync", "close", "replace", "link", "unlink", "mkdir", "chmod", "flock", "ftruncate")
)
OPERATIONS = FILES | {"execute", "executemany"}


def killed_everywhere(call: Callable[[], object], every: int = 1, most: int = 1000) -> Iterator[int]:
    """Gives n when a process that runs `call` was killed before its n-th operation, for n from 0 on, in such steps;
    ends when one was not killed. Whoever iterates looks at what is left, and restores the beginning."""
    for at in range(0, most, every):
        if not killed_at(at, call):
            return
        yield at
    raise AssertionError("it has more operations than that")


def killed_at(at: int, call: Callable[[], object]) -> bool:
    """Whether the process came to its operation `at` (from 0), and so was killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that a process with threads forks: the child has only one
        child = os.fork()
    if child == 0:
        _run(at, call)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "it failed by itself"
    return False


def _run(at: int, call: Callable[[], object]) -> None:
    left = at

    def watch(frame: FrameType, event: str, what: Any) -> None:
        nonlocal left
        name = what.__name__ if event == "c_call" else frame.f_code.co_name if event == "call" else ""
        if name in OPERATIONS:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        sys.setprofile(watch)
        call()
        sys.setprofile(None)
        code = 0
    finally:
        os._exit(code)
