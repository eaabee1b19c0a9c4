"""Finds the code words: every place in the source where an error with one is made."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import healthpass
from healthpass.crypto import pkcs11

SOURCE = Path(healthpass.__file__).parent

Found = dict[str, dict[str, set[str]]]
"""By code: the classes that carry it, and for each the packages where it is made."""


@cache
def trees() -> dict[str, ast.Module]:
    """All modules, by their paths below the package."""
    files = sorted(SOURCE.rglob("*.py"))
    return {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8")) for path in files}


@cache
def kinds() -> frozenset[str]:
    """`BadInput` and all classes below it, by name."""
    below = defaultdict(set)
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    below[ast.unparse(base).rpartition(".")[2]].add(node.name)
    found = {"BadInput"}
    while more := {name for kind in found for name in below[kind]} - found:
        found |= more
    return frozenset(found)


def _words(function: str, at: int, file: str | None = None) -> set[str]:
    """The constants that a function or class is called with, as its argument of this number."""
    calls = [call for name, tree in trees().items() if file in (None, name) for call in _calls(tree, {function})]
    given = [call.args[at] for call in calls if len(call.args) > at]
    return {str(each.value) for each in given if isinstance(each, ast.Constant)}


def _constants(file: str, name: str) -> set[str]:
    """What a name of a module stands for."""
    assigned = [node for node in trees()[file].body if isinstance(node, ast.Assign)]
    return {str(ast.literal_eval(node.value)) for node in assigned if ast.unparse(node.targets[0]) == name}


IN_VARIABLES: dict[tuple[str, str], Callable[[], set[str]]] = {
    ("cli/audit.py", "problems[0].code"): lambda: set(_words("Problem", 0)),
    ("crypto/pkcs11.py", "code"): lambda: set(pkcs11._SENTENCES),
    ("crypto/precis.py", "_CODE"): lambda: _constants("crypto/precis.py", "_CODE"),
    ("issuer/ledger/limits.py", "limit.code"): lambda: (
        _words("Limit", 3) | {_default("issuer/ledger/protocol.py", "Limit")}
    ),
    ("station/survey.py", "code"): lambda: _words("_refused", 0, "station/survey.py"),
}
"""Where a code is no constant: the expression, and what it can be."""


def _default(file: str, kind: str) -> str:
    """What a field `code` of a class is where nothing is said."""
    for node in ast.walk(trees()[file]):
        for each in node.body if isinstance(node, ast.ClassDef) and node.name == kind else ():
            if isinstance(each, ast.AnnAssign) and ast.unparse(each.target) == "code":
                return str(ast.literal_eval(each.value or ast.Constant("")))
    raise AssertionError(kind)


def _calls(tree: ast.Module, names: frozenset[str] | set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            yield node


def _code_of(call: ast.Call, kind: str) -> ast.expr:
    named = {each.arg: each.value for each in call.keywords}
    at = 1 if kind == "FormatError" else 0
    return call.args[at] if len(call.args) > at else named.get("code", ast.Constant("malformed"))


def made() -> Iterator[tuple[str, str, ast.Call, ast.expr]]:
    """Each place where an error with a code is made: file, class, call, and the expression of the code."""
    for file, tree in trees().items():
        for call in _calls(tree, kinds()):
            kind = ast.unparse(call.func).rpartition(".")[2]
            yield file, kind, call, _code_of(call, kind)


@cache
def codes() -> Found:
    """All code words. Raises `KeyError` for one in a variable that `IN_VARIABLES` does not say anything of."""
    found: Found = defaultdict(lambda: defaultdict(set))
    for file, kind, _, code in made():
        constant = isinstance(code, ast.Constant)
        words = {str(ast.literal_eval(code))} if constant else IN_VARIABLES[file, ast.unparse(code)]()
        for word in words:
            found[word][kind].add(file.partition("/")[0].removesuffix(".py").lstrip("_"))
    return found
