"""The public interface: what packages name in `__all__`, and the functions of formats that the reference shows."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from tests.reference import DOCS, PACKAGES, defined_as, look_up, shown

TEXTS = [*DOCS.rglob("*.md"), *(DOCS.parent / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY"))]
FENCE = re.compile(r"^```(?:py|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMES = {path for package in PACKAGES for path in defined_as(package).values()} - {"healthpass.__version__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_what_it_has(package: str) -> None:
    module = importlib.import_module(package)
    assert len(set(module.__all__)) == len(module.__all__)
    for name, path in defined_as(package).items():
        assert getattr(module, name) is look_up(path)
    with pytest.raises(AttributeError):
        module.nothing_of_that_name  # noqa: B018


def test_one_name_is_one_thing() -> None:
    """`RootSet` of a scanner is that of the roots."""
    things: dict[str, set[str]] = {}
    for package in PACKAGES:
        for name, path in defined_as(package).items():
            things.setdefault(name, set()).add(path)
    assert {name: paths for name, paths in things.items() if len(paths) > 1} == {}


def test_the_reference_shows_each_public_name_once_and_no_other() -> None:
    found = [(path, options) for _, path, options in shown()]
    texts = {path for path, _ in found if isinstance(look_up(path), ModuleType)}
    assert {path for path, options in found if "members: false" in options} == texts, "of a module, its text alone"
    times = Counter(path for path, _ in found if path not in texts)
    assert {path for path, count in times.items() if count > 1} == set()
    of_formats = {path for page, path, _ in shown() if page == "formats.md"} - texts
    assert all(path.startswith("healthpass.formats.") for path in of_formats)
    assert set(times) - of_formats == NAMES - of_formats
    assert set(times) >= NAMES


def test_how_many_there_are_is_on_the_page() -> None:
    total = len({path for _, path, _ in shown() if not isinstance(look_up(path), ModuleType)})
    assert f"{total} names" in (DOCS / "stability.md").read_text(encoding="utf-8")


def test_members_of_enums_are_shown() -> None:
    for _, path, options in shown():
        thing = look_up(path)
        if isinstance(thing, type) and issubclass(thing, int):
            assert "show_if_no_docstring: true" in options, path


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(DOCS.parent).as_posix())
def test_what_the_pages_import_is_public(page: Path) -> None:
    of_formats = {path for name, path, _ in shown() if name == "formats.md"}
    for block in FENCE.findall(page.read_text(encoding="utf-8")):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "healthpass":
                public = dict.fromkeys(defined_as(str(node.module))) if node.module in PACKAGES else {}
                for each in node.names:
                    path = f"{node.module}.{each.name}"
                    assert each.name in public or path in of_formats or path in PACKAGES, path
