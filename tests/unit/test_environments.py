"""What `.ci/run` installs and runs: each test once, whichever packages it needs."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_SKIPPED = re.compile(r'importorskip\("(\w+)"')


def test_what_is_skipped_without_a_package_is_run_where_it_is_installed() -> None:
    """The README's environment has the extra `test`. A file that needs another package is named in `.ci/run`."""
    installed = {re.split(r"\W", each)[0] for each in PROJECT["optional-dependencies"]["test"]}
    elsewhere = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in _SKIPPED.findall(path.read_text(encoding="utf-8"))
        if name not in installed | sys.stdlib_module_names
    }
    assert elsewhere == set(re.findall(r"tests/\S+\.py", CI))


def test_the_suite_is_run_by_the_readmes_command_alone() -> None:
    assert "make test" not in CI
    assert not re.search(r"^for target in .*\btest\b", CI, re.MULTILINE)
