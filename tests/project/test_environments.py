"""What `.ci/run` installs and runs: each test once, whichever packages it needs."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.lowest import PYPROJECT, lowest, not_installed

ROOT = Path(__file__).parents[2]
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
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


DECLARED = lowest(PYPROJECT.read_text(encoding="utf-8"))
PROJECT_OF = '[project]\nname = "p"\ndependencies = {}\n[project.optional-dependencies]\nmore = {}\n'


def test_each_package_has_one_lower_bound() -> None:
    names = {re.split(r"\W*[<>=\[]", each)[0] for extra in PROJECT["optional-dependencies"].values() for each in extra}
    assert DECLARED.keys() == (names | {"pynacl", "cbor2"}) - {"healthpass"}


@pytest.mark.parametrize(
    ("dependencies", "more"),
    [(["a"], []), (["a<2"], []), (["a==1"], []), (["a>=1,>=2"], []), (["a>=1"], ["a>=2"]), (["p[x]"], ["b[c]"])],
)
def test_a_package_without_a_lower_bound_or_with_two(dependencies: list[str], more: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^[ab]: one lower bound, the same in each extra$"):
        lowest(PROJECT_OF.format(dependencies, more))


def test_the_bounds_are_what_is_written() -> None:
    text = PROJECT_OF.format(["a>=1.5.0", "B-c[d,e]>=2, <7"], ["p[x]", "a>=1.5.0"])
    assert lowest(text) == {"a": "1.5.0", "B-c": "2"}


def test_another_version_than_the_lowest_is_noticed() -> None:
    here = version("pytest")
    assert not_installed({"pytest": here}) is None
    assert not_installed({"pytest": here + ".0"}) is None
    said = not_installed({"pytest": "1", "hypothesis": version("hypothesis"), "no-such-package": "2"})
    assert said == "not the lowest version: pytest, no-such-package"


def test_the_versions_that_matter() -> None:
    """Debian 12's, for what a scanner needs; and no decoder of pictures whose holes are known (see CONTRIBUTING)."""
    assert (DECLARED["pynacl"], DECLARED["cbor2"]) == ("1.5.0", "5.4.6")
    assert int(DECLARED["pillow"].split(".")[0]) >= 13


def test_the_lowest_versions_are_tested() -> None:
    assert "make --no-print-directory lowest" in CI


def test_the_suite_is_run_by_the_readmes_command_alone() -> None:
    assert "make test" not in CI
    assert not re.search(r"^for target in .*\btest\b", CI, re.MULTILINE)
