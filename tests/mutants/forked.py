"""Many faults in one process: the tests are collected once, and each fault is put into a fork of it, as other code of
the functions that are there. Faults in what runs at import alone, and those that no test notices, are left to the slow
way, a process of their own.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[2]
_MEMORY = 8 << 30
_LONGEST = 900
"""Seconds for a fault that waits for something; those that calculate have the time that their tests take, and more."""


def main() -> int:
    """For the faults in one file of JSON, lines of another: `[number, whether it was noticed]`, or null."""
    todo, out = json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2])
    tests = sorted({test for each in todo for test in each["tests"]})
    # The files are collected as a whole: by name pytest would look through each file once for every test of it.
    paths = sorted({test.split("::")[0] for test in tests})
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", *paths]
    return int(pytest.main(options, plugins=[_Forks(todo, out)]))


class _Forks:
    def __init__(self, todo: list[dict[str, Any]], out: Path) -> None:
        self._todo = todo
        self._out = out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            items[item.nodeid.split("[")[0]].append(item)
        with self._out.open("w", encoding="utf-8") as out:
            for each in self._todo:
                mine = [item for test in each["tests"] for item in items[test]]
                out.write(json.dumps([each["number"], _noticed(each, mine)]) + "\n")
                out.flush()
        return True


def _noticed(each: dict[str, Any], items: list[pytest.Item]) -> bool | None:
    importlib.import_module(each["file"].removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    pairs = _changed(each["file"], each["source"])
    if pairs is None:
        return None
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = _judge(pairs, items, each["seconds"])
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _judge(pairs: list[tuple[CodeType, CodeType]], items: list[pytest.Item], seconds: float) -> int:
    """1 if a test fails, 0 if none does; killed by a signal if it takes too long."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(60 + 3 * seconds),) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY,) * 2)
    signal.alarm(_LONGEST)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    functions = [each for each in gc.get_objects() if type(each) is FunctionType]
    for old, new in pairs:
        for function in functions:
            if function.__code__.co_filename == old.co_filename and function.__code__ == old:
                function.__code__ = new
    for n, item in enumerate(items):
        following = items[n + 1] if n + 1 < len(items) else None
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            return 1
    return 0


def _changed(file: str, source: str) -> list[tuple[CodeType, CodeType]] | None:
    """The functions that a fault changes, without it and with it; None if it changes what runs at import."""
    path = ROOT / "src" / file
    try:
        return list(_pairs(*(compile(text, str(path), "exec") for text in (path.read_text("utf-8"), source))))
    except LookupError:
        return None


def _pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    inner = [[each for each in code.co_consts if isinstance(each, CodeType)] for code in (old, new)]
    differs = _own(old) != _own(new) or len(inner[0]) != len(inner[1])
    if old.co_flags & CO_OPTIMIZED:
        below = [] if differs else [each for pair in zip(*inner, strict=True) for each in _pairs(*pair)]
        if differs or below:
            if old.co_freevars != new.co_freevars:
                raise LookupError
            yield old, new
        yield from below  # functions that were made by this one already
        return
    if differs:
        raise LookupError
    for pair in zip(*inner, strict=True):
        yield from _pairs(*pair)


def _own(code: CodeType) -> tuple[object, ...]:
    consts = tuple((type(each), each) for each in code.co_consts if not isinstance(each, CodeType))
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return code.co_code, consts, *names, code.co_exceptiontable


if __name__ == "__main__":
    sys.exit(main())
