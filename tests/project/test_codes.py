"""The code words of errors: what the source can raise and what the table says are the same words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.codes.find import IN_VARIABLES, codes, kinds, made, trees
from tests.codes.table import WHO, Row, rows
from tests.pages import DOCS

SHAPE = re.compile(r"[a-z]+(-[a-z]+)*")


def test_every_code_has_a_row_and_every_row_a_code() -> None:
    written = [row.code for row in rows()]
    assert len(set(written)) == len(written)
    assert codes().keys() - set(written) == set(), "say in tests/codes/table.txt when these come and what to do"
    assert set(written) - codes().keys() == set(), "nothing has these codes any more"


def test_the_classes_that_carry_codes_are_found() -> None:
    assert {"BadInput", "FormatError", "WalletError", "AuditError", "Pkcs11Error", "AnswerRefused"} <= kinds()
    assert not {"Refused", "HealthpassError"} & kinds()


def test_every_code_in_a_variable_is_resolved() -> None:
    seen = {(file, ast.unparse(code)) for file, _, _, code in made() if not isinstance(code, ast.Constant)}
    assert seen == IN_VARIABLES.keys()
    for place in seen:
        assert IN_VARIABLES[place](), place


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.code)
def test_a_row(row: Row) -> None:
    assert SHAPE.fullmatch(row.code)
    assert row.who
    assert set(row.who) <= WHO.keys()
    for said in (row.when, row.do):
        assert said[0].isupper() or said[0] == "`"
        assert said.endswith(".")


WITHOUT = {"malformed", "damaged"}
"""Where nothing can be done but what the table says: what is malformed in a message, or damaged in a file."""


def test_a_sentence_says_what_is_wrong_and_what_to_do() -> None:
    said = [
        (file, str(ast.literal_eval(call.args[at])))
        for file, kind, call, code in made()
        for at in [0 if kind == "FormatError" else 1]
        if ast.unparse(code).strip("'") not in WITHOUT
        if len(call.args) > at and isinstance(call.args[at], ast.Constant)
    ]
    assert len(said) > 200
    assert [each for each in said if not re.fullmatch(r"[^:;]+[:;] .+", each[1])] == []


RAISES = re.compile(r"\bRaises:?\s(.*?)(?:\n\n|\Z)", re.DOTALL)
OTHERS = ("ValueError", "TypeError", "OSError", "ImportError", "KeyError")


def named_in_docstrings() -> list[tuple[str, str, str, str]]:
    """File, function, class and code, for each code that a "Raises" names of a class."""
    every = "|".join(sorted(kinds()))
    entry = re.compile(rf"\b({every})\b((?:(?!\b(?:{every}|{'|'.join(OTHERS)})\b).)*)", re.DOTALL)
    return [
        (file, getattr(node, "name", ""), kind, code)
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for part in RAISES.findall(ast.get_docstring(node) or "")
        for kind, said in entry.findall(part)
        for code in re.findall(r'"([a-z]+(?:-[a-z]+)*)"', said)
    ]


def test_what_docstrings_say_is_raised_can_be() -> None:
    known = codes()
    named = named_in_docstrings()
    assert len(named) > 300
    assert [each for each in named if each[2] not in known.get(each[3], ())] == []


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"]), ids=lambda page: page.stem)
def test_pages_name_codes_that_there_are(page: Path) -> None:
    """What the command prints, and the first column of every table of codes or problems."""
    text = page.read_text("utf-8")
    named = set(re.findall(r"error \(([a-z-]+)\)", text)) - {"code"}  # "code" stands for any
    for table in re.findall(r"^\| (?:code|problem|error) \|.*\n\|[- |:]+\n((?:\|.*\n)+)", text, re.MULTILINE):
        for row in table.splitlines():
            named |= set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", row.split("|")[1]))
    assert named <= codes().keys()
