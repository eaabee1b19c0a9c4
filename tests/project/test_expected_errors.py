"""A test that expects any error of a class would not notice another one: each says which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import healthpass.errors
from healthpass.errors import HealthpassError

TESTS = Path(__file__).parents[1]
OURS = {
    name
    for name, each in vars(healthpass.errors).items()
    if isinstance(each, type) and issubclass(each, HealthpassError | ValueError)
} | {"ValueError", "TypeError", "AuditError", "FolderError", "Pkcs11Error"}
HELPERS = {
    ("raising.py", "raises"),
    ("raising.py", "raises_one_of"),
}
"""These look at the code for whoever calls them."""


def expectations(function: ast.FunctionDef) -> Iterator[tuple[ast.Call, str | None]]:
    """Each `with pytest.raises(...)` of a function, and the name that its error gets."""
    for node in ast.walk(function):
        for item in node.items if isinstance(node, ast.With) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.raises":
                yield call, None if item.optional_vars is None else ast.unparse(item.optional_vars)


def is_loose(call: ast.Call, name: str | None, function: str) -> bool:
    kinds = {each.id for each in ast.walk(call.args[0]) if isinstance(each, ast.Name)}
    if not kinds & OURS or any(each.arg == "match" for each in call.keywords):
        return False
    return name is None or not (f"code_of({name}" in function or f"{name}.value" in function)


def test_an_expected_error_is_named_by_its_code_or_sentence() -> None:
    loose = [
        f"{path.relative_to(TESTS)}:{call.lineno}"
        for path in sorted(TESTS.rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef) and (path.name, function.name) not in HELPERS
        for call, name in expectations(function)
        if is_loose(call, name, ast.unparse(function))
    ]
    assert loose == []
