"""Finds the comparisons of times in the source, and in its SQL, by the names that times have there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "healthpass"
TIMES = frozenset(
    [
        "now",
        "time",
        "times",
        "issued",
        "expires",
        "valid_from",
        "iat",
        "exp",
        "until",
        "since",
        "acted",
        "swept",
        "forgotten",
        "late",
        "day",
        "hour",
        "over",
    ]
)
"""What a name, an attribute, or the last word of either is called where it is a time."""
_IN_SQL = re.compile(r"\b(?:issued|expires|until|at) [<>]=? \?")
"""A column that has a time, beside a value."""
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)

Place = tuple[str, str, str]
"""File below `healthpass`, function with its classes, and the comparison as Python writes it."""


def comparisons() -> list[Place]:
    """All of them, in the order of files and lines; one that stands twice in a function is there twice."""
    return [
        (file.relative_to(SOURCE).as_posix(), function, comparison)
        for file in sorted(SOURCE.rglob("*.py"))
        for function, node in _nodes(ast.parse(file.read_text("utf-8")), "")
        for comparison in _of_times(node)
    ]


def compares(tree: ast.AST) -> Iterator[tuple[str, ast.Compare]]:
    """Every comparison below a node, with the function that it is in."""
    return ((function, node) for function, node in _nodes(tree, "") if isinstance(node, ast.Compare))


def _nodes(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        inside = function
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{function}.{child.name}".lstrip(".")
        yield inside, child
        yield from _nodes(child, inside)


def _of_times(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _IN_SQL.findall(node.value)
    if isinstance(node, ast.Compare) and any(isinstance(op, _ORDER) for op in node.ops):
        return [ast.unparse(node)] if any(map(_is_time, ast.walk(node))) else []
    return []


def _is_time(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in TIMES or name.strip("_").rpartition("_")[2] in TIMES
