"""The conformance vectors: this library answers all of them, and the files are what the generators make."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from vectors.answer import LAYERS, answers
from vectors.generate.writing import files

from healthpass import RefusalCode
from healthpass.cli.vectors.cases import Vectors, compared, for_verify
from healthpass.errors import FormatError
from tests import pages, vector_tables
from tests.schemas import Schema
from tests.vector_tables import FOLDER

VECTORS = Vectors(FOLDER)
FILES = sorted(VECTORS.files)


@pytest.mark.parametrize("file", FILES)
def test_the_library_answers_all_of_them(file: str) -> None:
    differing = {}
    for case in VECTORS.files[file]:
        full = VECTORS.in_full(case)
        if differences := list(compared(full, list(answers(full)))):
            differing[case["id"]] = differences[0]
    assert differing == {}


@pytest.mark.parametrize("file", [file for file in FILES if file != "flips"])
def test_and_verifying_alone_agrees_with_deciding(file: str) -> None:
    """Of every fifth case: the same steps are behind both."""
    differing = {}
    for case in VECTORS.files[file][::5]:
        full = for_verify(VECTORS.in_full(case))
        if differences := list(compared(full, list(answers(full)))):
            differing[case["id"]] = differences[0]
    assert differing == {}


def test_the_files_are_what_the_generators_make() -> None:
    made = files()
    there = {path.relative_to(FOLDER).as_posix() for path in [FOLDER / "shared.json", *(FOLDER / "cases").iterdir()]}
    assert there == made.keys(), "python -m vectors.generate writes them anew"
    changed = [name for name, text in made.items() if (FOLDER / name).read_text("ascii") != text]
    assert changed == [], "python -m vectors.generate writes them anew"


def test_the_generators_import_nothing_of_the_library() -> None:
    standard = {
        "collections",
        "dataclasses",
        "functools",
        "hashlib",
        "hmac",
        "importlib",
        "itertools",
        "json",
        "pathlib",
    }
    allowed = {"vectors.generate", "nacl", "typing", "__future__", *standard}
    found = set()
    for path in (FOLDER / "generate").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                found.add(node.module or "")
            elif isinstance(node, ast.Import):
                found |= {each.name for each in node.names}
    outside = {name for name in found if not any(name == each or name.startswith(f"{each}.") for each in allowed)}
    assert outside == set()


def test_each_case_has_an_id_of_its_own_and_fits_the_schema() -> None:
    schema = Schema(json.loads((FOLDER / "schema.json").read_text("utf-8")))
    ids: list[str] = []
    for file, listed in VECTORS.files.items():
        assert listed
        assert [case["id"] for case in listed if not schema.fits([case])] == [], file
        ids += [case["id"] for case in listed]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "change",
    [
        {"id": 7},
        {"setup": "other"},
        {"steps": [{"do": "dance", "now": 1, "expect": {}}]},
        {"steps": [{"do": "show", "now": -1, "text": "", "expect": {"decision": "ASSIST"}}]},
        {"steps": [{"do": "show", "now": 1, "text": "", "expect": {"decision": "PERHAPS"}}]},
        {"steps": [{"do": "show", "now": 1, "text": "", "expect": {"decision": "ASSIST", "refusal": 25}}]},
        {"steps": [{"do": "trust-list", "now": 1, "data": "abc", "expect": {"taken": True}}]},
        {"needs": ["luck"]},
        {"more": 1},
    ],
)
def test_the_schema_refuses_what_is_no_case(change: dict[str, Any]) -> None:
    schema = Schema(json.loads((FOLDER / "schema.json").read_text("utf-8")))
    good = {"id": "x-1", "comment": "", "setup": "bare", "steps": []}
    assert schema.fits([good])
    assert not schema.fits([{**good, **change}])


def test_there_are_as_many_as_the_pages_say() -> None:
    page = vector_tables.README.read_text("utf-8")
    assert pages.up_to_date(page, vector_tables.README_TABLES) == page, "python -m tests.pages writes it anew"
    assert {file for file, _ in vector_tables.COVERED.values()} == set(FILES)
    assert sum(len(listed) for file, listed in VECTORS.files.items() if file != "flips") >= 1500


def test_every_code_and_layer_is_expected_several_times() -> None:
    codes, reasons = vector_tables.counted()
    assert {code for code in RefusalCode if codes[code] < 3} == set()
    steps = [step for listed in VECTORS.files.values() for step in vector_tables.steps(listed)]
    layers = {layer for step in steps for layer in vector_tables.layers_of(step["expect"])}
    assert {*LAYERS.values(), *(f"update:{reason}" for reason in reasons)} <= layers


@pytest.mark.parametrize(
    "wrong",
    [
        {"taken": False},
        {"taken": True, "layer": "update:malformed"},
        {},
        {"taken": True, "more": 1},
    ],
)
def test_a_wrong_answer_is_found(wrong: dict[str, Any]) -> None:
    case = {"id": "x", "steps": [{"do": "trust-list", "expect": {"taken": True}}]}
    assert list(compared(case, [{"taken": True}])) == []
    assert list(compared(case, [wrong])) == [(0, {"taken": True}, wrong)]


def test_a_layer_counts_where_it_is_named() -> None:
    expected = {"decision": "REFUSE", "refusal": 3, "layer": "text"}
    case = {"id": "x", "steps": [{"do": "show", "expect": expected}]}
    assert list(compared(case, [{"decision": "REFUSE", "refusal": 3}])) == []
    assert list(compared(case, [expected])) == []
    assert list(compared(case, [{**expected, "layer": "template"}])) != []


@pytest.mark.parametrize(
    "shared", ["{}", '{"format": 2}', "[]", "no JSON"], ids=["empty", "other format", "array", "no json"]
)
def test_other_folders_are_refused(tmp_path: Path, shared: str) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "shared.json").write_text(shared)
    with pytest.raises(FormatError, match=r"no vectors that this version can run|is not JSON"):
        Vectors(tmp_path)


def test_what_is_long_is_written_in_pieces(tmp_path: Path) -> None:
    shared = {
        "format": 1,
        "registrar_seed": "00",
        "messages": {"m": "beef"},
        "setups": {"s": {"scanner": {}, "steps": []}},
    }
    (tmp_path / "cases").mkdir()
    (tmp_path / "shared.json").write_text(json.dumps(shared))
    pieces = ["00", "@m", {"repeat": "ab", "times": 3}, {"each": "44 #4 #1", "first": 254, "count": 2}]
    step = {"do": "trust-list", "data": pieces, "now": 1, "expect": {"taken": False}}
    case = {"id": "x-1", "setup": "s", "steps": [step]}
    full = Vectors(tmp_path).in_full(case)
    assert full["steps"][0]["data"] == "00" + "beef" + "ababab" + "44000000fefe" + "44000000ffff"
    for bad in ({"repeat": "ab", "times": 2**22 + 1}, {"each": "#1", "first": 256, "count": 1}, {"other": 1}, "@x"):
        with pytest.raises(FormatError, match="not as the schema"):
            Vectors(tmp_path).in_full({**case, "steps": [{**step, "data": [bad]}]})
