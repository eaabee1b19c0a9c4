"""Which tests run which line, and how long each takes: measured once, kept in a file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

from coverage import CoverageData

_SETTINGS = "[run]\nsource = healthpass\ndynamic_context = test_function\n"


class Cover:
    """Attributes:
    lines: for each file below `src`, for each line, the tests that run it.
    seconds: for each test, with all its cases.
    """

    def __init__(self, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]) -> None:
        self.lines = lines
        self.seconds = seconds

    def tests_of(self, file: str, line: int) -> list[str]:
        """The tests that run a line, the quickest first. For a line that runs at import, those that run the file."""
        lines = self.lines.get(file, {})
        tests = lines.get(str(line)) or sorted({test for each in lines.values() for test in each})
        return sorted((test for test in tests if test in self.seconds), key=lambda test: (self.seconds[test], test))


def measure(path: Path, tests: list[str]) -> None:
    """Run the suite (or these tests) under coverage, and write the map to `path`."""
    with tempfile.TemporaryDirectory() as folder:
        settings, data, junit = (Path(folder) / name for name in ("settings", "data", "junit.xml"))
        settings.write_text(_SETTINGS)
        run = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", f"--data-file={data}", "-m", "pytest"]
        subprocess.run([*run, f"--junitxml={junit}", "-p", "no:cacheprovider", *tests], check=True)
        seconds: dict[str, float] = defaultdict(float)
        for case in ElementTree.parse(junit).iter("testcase"):  # pytest has just written it
            module, name = case.attrib["classname"], case.attrib["name"].split("[")[0]
            seconds[f"{module.replace('.', '/')}.py::{name}"] += float(case.attrib["time"])
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"lines": _lines(data), "seconds": seconds}))


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
    """The map that `measure` wrote."""
    content = json.loads(path.read_text())
    return Cover(content["lines"], content["seconds"])
