"""No module imports itself by way of others: neither when it is loaded, nor later, nor for a type checker alone."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import healthpass

SOURCE = Path(healthpass.__file__).parent


def modules(source: Path) -> dict[str, ast.Module]:
    """By name; a package is its `__init__`."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.Module, known: set[str]) -> set[str]:
    """The modules of `known` that a module imports anywhere: at its top, in a function, or while types are checked.

    `from package import name` is of the module `name` where there is one, and otherwise of the package.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= inner & known or {str(node.module)}
            found |= {str(node.module) for name in inner - known}
    return found & known


def circle(source: Path) -> list[str]:
    """The modules of one circle, from the first back to the first; none if there is no circle."""
    trees = modules(source)
    try:
        TopologicalSorter({name: imported(tree, set(trees)) for name, tree in trees.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert len(modules(SOURCE)) > 200
    assert circle(SOURCE) == []


@pytest.mark.parametrize(
    "line",
    [
        "from made.one import x",
        "import made.one",
        "from made import one",
        "def later():\n    from made.one import x",
        "if TYPE_CHECKING:\n    from made.one import x",
    ],
)
def test_a_circle_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    for name, text in {"__init__": "", "one": "from made.two import y", "two": "from made import three"}.items():
        (tmp_path / "made" / f"{name}.py").write_text(text)
    (tmp_path / "made" / "three.py").write_text("")
    assert circle(tmp_path / "made") == []
    (tmp_path / "made" / "three.py").write_text(line)
    assert set(circle(tmp_path / "made")) == {"made.one", "made.two", "made.three"}
