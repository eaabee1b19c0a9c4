"""The faults: each is one place in one file where other text stands. From the source alone, in its order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARE = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_ARITHMETIC = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.LShift: ">>",
    ast.RShift: "<<",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.BitXor: "|",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes:
        file: below `src`, with slashes.
        function: where it is, with its classes; empty at the top of the file.
        line: where it begins, 1 for the first.
        was, now: the whole first line of it without and with the fault, stripped.
        nth: the how-manieth of those that are alike in all that stands above, 0 for the first.
        source: the whole file with the fault.
    """

    file: str
    function: str
    line: int
    was: str
    now: str
    nth: int
    source: str

    @property
    def name(self) -> tuple[str, str, str, str, int]:
        """What it is called in `equivalent.toml`: it does not change when lines above are added."""
        return self.file, self.function, self.was, self.now, self.nth


def mutants_of(file: str, source: str) -> list[Mutant]:
    """All the faults for one file."""
    found: list[Mutant] = []
    seen: dict[tuple[str, str, str, str], int] = {}
    lines = source.splitlines(keepends=True)
    for node, function, text in _changes(ast.parse(source)):
        line = lines[node.lineno - 1].encode()
        begin = line[: node.col_offset].decode() + text
        if node.end_lineno == node.lineno:
            begin += line[node.end_col_offset :].decode()
        was, now = line.decode().strip(), begin.strip()
        if was != now:
            key = (file, function, was, now)
            nth = seen[key] = seen.get(key, -1) + 1
            found.append(Mutant(*key[:2], node.lineno, was, now, nth, replaced(lines, node, text)))
    return found


def parses(mutant: Mutant) -> bool:
    """Whether it is Python at all: what is within an f-string is not where the parser says that it is."""
    try:
        ast.parse(mutant.source)
    except SyntaxError:
        return False
    return True


def replaced(lines: list[str], node: ast.expr | ast.stmt, text: str) -> str:
    """The file with other text in the place of a node."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode()
    return "".join([*lines[:first], before + text + after, *lines[last + 1 :]])


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    """(what is replaced, the function it is in, by what), in the order of the file."""
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, function = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if node.name == "__repr__":
                continue
            function = f"{function}.{node.name}".lstrip(".")
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TYPE_CHECKING":
            continue  # only a type checker looks below; what is loaded is the business of tests/project/test_imports.py
        if isinstance(node, ast.expr | ast.stmt):
            for text in _others(node):
                yield node, function, text
        waiting += [(each, function) for each in reversed(_children(node))]


def _children(node: ast.AST) -> list[ast.AST]:
    """What is below a node and runs: no annotations, no docstrings, no decorators."""
    if isinstance(node, ast.FunctionDef):
        return [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body]
    if isinstance(node, ast.ClassDef):
        return list(node.body)
    if isinstance(node, ast.AnnAssign):
        return [] if node.value is None else [node.value]
    return list(ast.iter_child_nodes(node))


def _others(node: ast.expr | ast.stmt) -> Iterator[str]:
    unparse = ast.unparse
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield f"{inner(node.left)} {_COMPARE[type(node.ops[0])]} {inner(node.comparators[0])}"
    elif isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            sides = [node.left, *node.comparators]
            signs = [*map(sign_of, node.ops)]
            signs[n] = _COMPARE[type(op)]
            parts = [inner(sides[0]), *(f"{sign} {inner(side)}" for sign, side in zip(signs, sides[1:], strict=True))]
            yield " ".join(parts)
    elif isinstance(node, ast.BoolOp):
        sign = " or " if isinstance(node.op, ast.And) else " and "
        yield "(" + sign.join(map(inner, node.values)) + ")"
        for left_out in range(len(node.values)):
            kept = [each for n, each in enumerate(node.values) if n != left_out]
            yield "(" + (" and " if isinstance(node.op, ast.And) else " or ").join(map(inner, kept)) + ")"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield inner(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield f"{inner(node.left)} {_ARITHMETIC[type(node.op)]} {inner(node.right)}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield repr(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield repr(node.value + 1)
        yield f"({node.value - 1})"
    elif isinstance(node, ast.IfExp):
        yield f"({unparse(node.orelse)} if {unparse(node.test)} else {unparse(node.body)})"
    elif isinstance(node, ast.Raise | ast.AugAssign | ast.Continue | ast.Break) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield "pass"
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield "return None"


def sign_of(op: ast.cmpop) -> str:
    """How Python writes a comparison's sign."""
    return ast.unparse(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[2:-2]


def inner(node: ast.expr) -> str:
    """An operand, in brackets where it needs them."""
    text = ast.unparse(node)
    return text if isinstance(node, ast.Name | ast.Constant | ast.Attribute | ast.Call | ast.Subscript) else f"({text})"
