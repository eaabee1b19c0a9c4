"""The steps of a verification stand three times: in the code, in the docstring of `Verifier.verify` and on the page of
the protocol, from which others build. Each step has the same refusals in all three."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator

from healthpass import RefusalCode
from healthpass.verifier import Verifier
from healthpass.verifier.steps import MAX_AGE
from tests.codes.find import trees
from tests.pages import DOCS

FILES = [
    "formats/text.py",
    *(
        f"verifier/{name}.py"
        for name in ("documents", "gate", "replay", "replay_shared", "revocation_state", "state", "steps", "verifier")
    ),
]
"""What the verifier refuses with stands here."""
PROTOCOL = (DOCS / "protocol.md").read_text("utf-8")
VERIFICATION = PROTOCOL.split("## Verification")[1].split("\n### ")[0]
VERIFIER = "verifier/verifier.py"
OWN = ("decide", "policy", "verify", "_verdict")


def functions() -> dict[str, list[ast.FunctionDef]]:
    """All functions of those files, by name; but for the verifier's own, which no step calls."""
    found = defaultdict(list)
    for file in FILES:
        for node in ast.walk(trees()[file]):
            if isinstance(node, ast.FunctionDef) and node.name not in OWN:
                found[node.name].append(node)
    return found


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.walk`, without what is tried where a refusal is caught."""
    yield node
    caught = [ast.unparse(each.type) for each in node.handlers if each.type] if isinstance(node, ast.Try) else []
    for child in ast.iter_child_nodes(node):
        if "Refused" not in caught or not isinstance(child, ast.stmt):
            yield from inside(child)


def called(nodes: list[ast.AST]) -> set[str]:
    """The names of what is called."""
    calls = [call.func for node in nodes for call in inside(node) if isinstance(call, ast.Call)]
    return {ast.unparse(each).rpartition(".")[2] for each in calls}


def codes_in(nodes: list[ast.AST]) -> set[str]:
    """The codes that are named."""
    names = [ast.unparse(each) for node in nodes for each in inside(node) if isinstance(each, ast.Attribute)]
    return {name.removeprefix("RefusalCode.") for name in names if name.startswith("RefusalCode.")}


def reached(nodes: list[ast.AST]) -> set[str]:
    """The codes that are named there, and in what is called from there."""
    by_name, seen = functions(), set[str]()
    found, left = codes_in(nodes), called(nodes)
    while left:
        name = left.pop()
        seen.add(name)
        bodies: list[ast.AST] = [*by_name.get(name, ())]
        found |= codes_in(bodies)
        left |= called(bodies) - seen
    return found


def steps_of_the_code() -> dict[int, set[str]]:
    """By the numbers in the comments of `verify` and `_verdict`: a statement without one belongs to the step before."""
    source = (DOCS.parent / "src" / "healthpass" / VERIFIER).read_text("utf-8").splitlines()
    found: dict[int, set[str]] = defaultdict(set)
    for name in ("verify", "_verdict"):
        (function,) = (each for each in ast.walk(trees()[VERIFIER]) if getattr(each, "name", "") == name)
        assert isinstance(function, ast.FunctionDef)
        step = 0
        for node in simple(function.body):
            number = re.search(r"# (\d+)\b", source[node.lineno - 1])
            step = int(number[1]) if number else step
            if step and "_verdict" not in called([node]):
                found[step] |= reached([node])
    return found


def simple(body: list[ast.stmt]) -> list[ast.stmt | ast.expr]:
    """Statements in the order of their lines; of an `if` its condition, then what is below it."""
    found: list[ast.stmt | ast.expr] = []
    for node in body:
        found += [node.test, *simple(node.body), *simple(node.orelse)] if isinstance(node, ast.If) else [node]
    return found


def steps_of_the_docstring() -> dict[int, set[str]]:
    said = (Verifier.verify.__doc__ or "").partition("Args:")[0]
    entries = re.findall(r"^ *(\d+)\. (.*?)(?=^ *\d+\. |\Z)", said, re.DOTALL | re.MULTILINE)
    return {int(number): set(re.findall(r"`([A-Z_]{5,})`", entry)) for number, entry in entries}


def steps_of_the_page() -> dict[int, set[str]]:
    rows = re.findall(r"^\| (\d+)\. .*\| ([^|]+) \|$", VERIFICATION, re.MULTILINE)
    return {int(number): set(re.findall(r"`\d+ ([A-Z_]{5,})`", codes)) for number, codes in rows}


def test_the_code_has_eleven_steps_with_all_refusals() -> None:
    steps = steps_of_the_code()
    assert sorted(steps) == list(range(1, 12))
    assert set().union(*steps.values()) == {code.name for code in RefusalCode}


def test_the_docstring_says_what_the_code_does() -> None:
    assert steps_of_the_docstring() == steps_of_the_code()


def test_the_page_says_what_the_code_does() -> None:
    assert steps_of_the_page() == steps_of_the_code()


def with_an_index() -> set[str]:
    """The codes that may come with the index of a person."""
    found = set[str]()
    for function in (each for same in functions().values() for each in same):
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            if ast.unparse(call.func) == "Refused" and len(call.args) == 2:
                code = call.args[0]
                assigned = [
                    node.value
                    for node in ast.walk(function)
                    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == ast.unparse(code)
                ]
                found |= codes_in([code, *assigned])
    return found


def test_the_page_says_which_refusals_are_about_one_person() -> None:
    said = re.search(r"A refusal for (.*?) says whose claim", VERIFICATION, re.DOTALL)
    assert said is not None
    assert {RefusalCode(int(number)).name for number in re.findall(r"\d+", said[1])} == with_an_index()


SKEW = 60
"""The skew unless another one is set; held to the signature below."""
PAGES_WITH_A_LIFE = {
    "README.md": 1,
    "docs/operations/incidents.md": 2,
    "docs/privacy.md": 2,
    "docs/situations/relatives-and-families.md": 1,
}


def test_how_long_a_showing_is_accepted_is_said_right() -> None:
    assert inspect.signature(Verifier).parameters["skew"].default == SKEW
    life = re.compile(rf"\b{MAX_AGE + SKEW} (?:s|seconds)\b")
    pages = [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    said = {page.relative_to(DOCS.parent).as_posix(): len(life.findall(page.read_text("utf-8"))) for page in pages}
    assert {page: said[page] for page in PAGES_WITH_A_LIFE} == PAGES_WITH_A_LIFE
