"""What an annotation accepts of the values that are tried, read from the sources: not by the code under test.

Names of types are followed through the imports, those for type checkers alone too.
"""

from __future__ import annotations

import ast
import importlib.util
from functools import cache
from pathlib import Path

KINDS = ("None", "bool", "float", "str", "bytes", "list", "object", "list of objects")
"""The types of the values that are tried. A list is empty, and right for whatever items are expected."""
_ACCEPTED = {
    "None": {"None"},
    "bool": {"bool"},
    "float": {"float"},
    "str": {"str"},
    "bytes": {"bytes"},
    "object": set(KINDS),
    "Any": set(KINDS),
    **{each: {"list", "list of objects"} for each in ("list", "Sequence", "Iterable", "Collection", "Container")},
}


def accepted(hint: str, module: str) -> set[str]:
    """Which kinds are right for this annotation in this module."""
    return _accepted(ast.parse(hint, mode="eval").body, module)


def _accepted(node: ast.expr, module: str) -> set[str]:
    if isinstance(node, ast.BinOp):
        return _accepted(node.left, module) | _accepted(node.right, module)
    if isinstance(node, ast.Subscript):
        found = _accepted(node.value, module)
        return found if "object" in _accepted(node.slice, module) else found - {"list of objects"}
    if isinstance(node, ast.Constant):
        return set(KINDS) if isinstance(node.value, str) else {"None"}  # a type within itself, such as what CBOR has
    if isinstance(node, ast.Attribute):
        node = ast.Name(node.attr)
    if not isinstance(node, ast.Name):
        return set()
    if node.id in _ACCEPTED:
        return _ACCEPTED[node.id]
    aliases, imports = names_of(module)
    if node.id in aliases:
        return _accepted(aliases[node.id], module)
    if node.id in imports and imports[node.id].startswith("healthpass"):
        return _accepted(node, imports[node.id])
    return set()


@cache
def names_of(module: str) -> tuple[dict[str, ast.expr], dict[str, str]]:
    """Other names for types that a module has, and where it imports names from."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    aliases: dict[str, ast.expr] = {}
    imports: dict[str, str] = {}
    for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            imports |= {each.asname or each.name: node.module for each in node.names}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_of_types(node.value):
            aliases[node.targets[0].id] = node.value
    return aliases, imports


def _is_of_types(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript | ast.BinOp)
