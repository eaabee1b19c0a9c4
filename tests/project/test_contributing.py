"""CONTRIBUTING.md lists commands, folders and layers: all that there are, and no others."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_every_command_of_the_makefile_is_listed() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)`?", "".join(re.findall(r"`[^`]+`|```.*?```", PAGE, re.DOTALL)))) == targets


def test_every_folder_of_tests_is_listed() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").is_file()}
    assert set(re.findall(r"^\| `tests/([a-z_]+)` \|", PAGE, re.MULTILINE)) == folders


def test_the_arrow_and_the_roles_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    (roles,) = (each for each in layers if "|" in each)
    named = [
        "roles" if layer is roles else layer.removeprefix("healthpass.").replace("cli", "command line")
        for layer in reversed(layers)
    ]
    assert f"**One arrow.** {' <- '.join(named)}." in PAGE
    listed = re.search(r"the roles \(([a-z, ]+)\)", PAGE)
    assert listed is not None
    assert set(listed[1].split(", ")) == {each.removeprefix("healthpass.") for each in roles.split(" | ")}
