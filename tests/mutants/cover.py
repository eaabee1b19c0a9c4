"""Which tests run which line, and how long each takes: measured once, or in pieces, and kept in a file."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree

from coverage import CoverageData

_SETTINGS = "[run]\nsource = healthpass\ndynamic_context = test_function\n"


_ANY = "0"
"""In the place of a line: the tests that ran the file when it was another."""


class Cover:
    """Attributes:
    lines: for each file below `src`, for each line, the tests that run it.
    seconds: for each test that passes, with all its cases.
    digests: of each file as it was then.
    """

    def __init__(
        self, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float], digests: dict[str, str]
    ) -> None:
        self.lines = lines
        self.seconds = seconds
        self.digests = digests

    def tests_of(self, file: str, line: int, most: float = 10**9) -> list[str]:
        """The tests that run a line, the quickest first, and of them no more than take `most` seconds together. Those
        that run the file, for a line that runs at import, and for a file that has changed since it was measured."""
        lines = self.lines.get(file, {})
        same = self.digests.get(file) == _digest(file)
        tests = (lines.get(str(line)) if same else None) or sorted({test for each in lines.values() for test in each})
        found = sorted((test for test in tests if test in self.seconds), key=lambda test: (self.seconds[test], test))
        together = list(accumulate(self.seconds[test] for test in found))
        return found[: bisect_right(together, most)]

    def add(self, other: Cover) -> None:
        """What was measured later: its tests in the place of the same ones, and its files in the place of others."""
        for file, theirs in other.lines.items():
            ours = self.lines.get(file, {})
            if self.digests.get(file) != other.digests[file]:
                ours = {_ANY: sorted({test for each in ours.values() for test in each})}
            for line in {*ours, *theirs}:
                before = {test for test in ours.get(line, []) if test not in other.seconds}
                ours[line] = sorted(before.union(theirs.get(line, [])))
            self.lines[file], self.digests[file] = ours, other.digests[file]
        self.seconds |= other.seconds


def measure(path: Path, tests: list[str]) -> None:
    """Run the suite (or these tests) under coverage, and add what was found to the map in `path`.

    A test that fails is left out: it would notice every fault.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings, data, junit = (Path(folder) / name for name in ("settings", "data", "junit.xml"))
        settings.write_text(_SETTINGS)
        run = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", f"--data-file={data}", "-m", "pytest"]
        subprocess.run([*run, f"--junitxml={junit}", "-p", "no:cacheprovider", *tests], check=False)
        seconds: dict[str, float] = defaultdict(float)
        failed = set()
        for case in ElementTree.parse(junit).iter("testcase"):  # pytest has just written it
            module, name = case.attrib["classname"], case.attrib["name"].split("[")[0]
            test = f"{module.replace('.', '/')}.py::{name}"
            seconds[test] += float(case.attrib["time"])
            if case.find("failure") is not None or case.find("error") is not None:
                failed.add(test)
        lines = _lines(data)
    for test in sorted(failed):
        print(f"left out, for it does not pass: {test}")
        del seconds[test]
    path.parent.mkdir(exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pieces may be measured side by side
        cover = load(path)
        cover.add(Cover(lines, seconds, {file: _digest(file) for file in lines}))
        path.write_text(json.dumps({"lines": cover.lines, "seconds": cover.seconds, "digests": cover.digests}))


def _digest(file: str) -> str:
    path = Path(__file__).parents[2] / "src" / file
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _lines(data: Path) -> dict[str, dict[str, list[str]]]:
    measured = CoverageData(basename=str(data))
    measured.read()
    lines: dict[str, dict[str, list[str]]] = {}
    for file in measured.measured_files():
        below = file.rpartition("/src/")[2]
        tests = {}
        for line, contexts in measured.contexts_by_lineno(file).items():
            names = sorted({_test(context) for context in contexts if context.startswith("tests.")})
            if names:
                tests[str(line)] = names
        lines[below] = tests
    return lines


def _test(context: str) -> str:
    module, _, name = context.rpartition(".")
    return f"{module.replace('.', '/')}.py::{name}"


def load(path: Path) -> Cover:
    """The map that `measure` wrote; an empty one where there is none."""
    if not path.exists():
        return Cover({}, {}, {})
    content = json.loads(path.read_text())
    return Cover(content["lines"], content["seconds"], content["digests"])
