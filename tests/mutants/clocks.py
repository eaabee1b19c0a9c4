"""Whether the tests that `tests/clocks/table.txt` names hold the very second: each comparison of two times is moved by
a second either way (so it includes its bound, or does not), and each time one of its tests has to fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.clocks.scan import SOURCE, compares
from tests.clocks.table import Row
from tests.mutants.change import Mutant, inner, replaced, sign_of

_ONE_SIDED = {"==": ("<=", ">="), "!=": ("<", ">")}


def moved(row: Row) -> list[Mutant]:
    """The faults of one row, for each place where it stands in its function."""
    file, function, text = row.place
    source = (SOURCE / file).read_text("utf-8")
    lines = source.splitlines(keepends=True)
    return [
        Mutant(f"healthpass/{file}", function, node.lineno, text, other, 0, replaced(lines, node, other))
        for where, node in compares(ast.parse(source))
        if where == function and ast.unparse(node) == text
        for other in _others(node)
    ]


def _others(node: ast.Compare) -> Iterator[str]:
    sides = [inner(each) for each in (node.left, *node.comparators)]
    signs = [sign_of(op) for op in node.ops]
    for n, sign in enumerate(signs):
        for other in _ONE_SIDED.get(sign, ()):
            yield _joined(sides, [*signs[:n], other, *signs[n + 1 :]])
    if not any(sign in _ONE_SIDED for sign in signs):
        for n in range(0, len(sides), 2):
            for less in ("+ 1", "- 1"):
                yield _joined([*sides[:n], f"({sides[n]} {less})", *sides[n + 1 :]], signs)


def _joined(sides: list[str], signs: list[str]) -> str:
    return " ".join([sides[0], *(f"{sign} {side}" for sign, side in zip(signs, sides[1:], strict=True))])
