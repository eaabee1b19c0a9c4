"""The lowest versions that `pyproject.toml` declares, as constraints for pip: `python -m tests.lowest`.

Needs nothing but Python, for it is run before anything is installed. `make lowest` installs by it, has it look whether
just these versions are there (`--installed`), and runs the tests.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?(.*)")
_BOUND = re.compile(r">=([0-9][0-9.]*)")


def lowest(text: str) -> dict[str, str]:
    """By name, the lowest version of each package that the project or one of its extras may be installed with.

    Args:
        text: a `pyproject.toml`.

    Raises:
        ValueError: a package without a lower bound, or with two.
    """
    project = tomllib.loads(text)["project"]
    declared = [project["dependencies"], *project["optional-dependencies"].values()]
    found: dict[str, str] = {}
    for requirement in (each for listed in declared for each in listed):
        match = _REQUIREMENT.fullmatch(requirement)
        assert match is not None
        name, specifiers = match.groups()
        if name == project["name"]:  # an extra that takes in another
            continue
        bounds = [_BOUND.fullmatch(each.strip()) for each in specifiers.split(",")]
        versions = [bound[1] for bound in bounds if bound is not None]
        if len(versions) != 1 or found.get(name, versions[0]) != versions[0]:
            raise ValueError(f"{name}: one lower bound, the same in each extra")
        found[name] = versions[0]
    return found


def not_installed(versions: dict[str, str]) -> str | None:
    """For `sys.exit`: the packages of which another version is installed here, or none; None if there are no such."""
    others = [name for name, wanted in versions.items() if _parts(_installed(name)) != _parts(wanted)]
    return f"not the lowest version: {', '.join(others)}" if others else None


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _parts(number: str) -> list[str]:
    """1.0 and 1.0.0 are one version."""
    parts = number.split(".")
    while parts and parts[-1] == "0":
        parts.pop()
    return parts


if __name__ == "__main__":
    declared = lowest(PYPROJECT.read_text(encoding="utf-8"))
    if sys.argv[1:] == ["--installed"]:
        sys.exit(not_installed(declared))
    for each, least in sorted(declared.items()):
        print(f"{each}=={least}")
