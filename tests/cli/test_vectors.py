"""`healthpass vectors run`: other programs against the vectors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from healthpass.cli.main import main
from tests.vector_tables import FOLDER

REPOSITORY = FOLDER.parent
HONEST = (sys.executable, "-m", "vectors.answer")
SOME = "boundaries-again"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["vectors", "run", "--vectors", str(FOLDER), *words])


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


def program(tmp_path: Path, body: str) -> tuple[str, ...]:
    """A program that answers each line with what `body` makes of `case` and `answers`, the honest ones."""
    path = tmp_path / "program.py"
    path.write_text(
        "import json, sys\nfrom vectors.answer import answers as honest\n"
        "for line in sys.stdin:\n    case = json.loads(line)\n    answers = list(honest(case))\n"
        f"    {body}\n    print(json.dumps({{'id': case['id'], 'answers': answers}}), flush=True)\n"
    )
    return sys.executable, "-c", f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}]; exec(open({str(path)!r}).read())"


def test_the_library_itself() -> None:
    done = run("--only", SOME, "--", *HONEST)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == "16 of 16 cases pass"


def test_as_json() -> None:
    done = run("--only", SOME, "--json", "--", *HONEST)
    assert json.loads(done.stdout) == {
        "cases": 16,
        "passed": 16,
        "left_out": 0,
        "files": [{"file": "boundaries", "cases": 16, "passed": 16}],
    }


def test_verifying_alone() -> None:
    done = run("--only", SOME, "--verify", "--", *HONEST)
    assert done.exit_code == 0, done.output


def test_parts_are_left_out_and_counted() -> None:
    done = run("--only", "documents-again", "--without", "documents", "--", *HONEST)
    assert done.exit_code == 2
    assert "no case to run" in done.output
    done = run("--only", "documents-read-other", "--without", "normal-form", "--", *HONEST)
    assert done.exit_code == 2
    done = run("--only", "filters-4-", "--without", "normal-form", "--", *HONEST)
    assert done.stdout.splitlines()[-1] == "16 of 16 cases pass"
    done = run("--only", "rotations-", "--without", "rotation", "--only", "r", "--", *HONEST)
    assert done.exit_code == 0
    assert ", 32 left out" in done.stdout


def test_a_program_that_is_wrong(tmp_path: Path) -> None:
    done = run("--only", SOME, "--", *program(tmp_path, "answers[-1].pop('repeated', None)"))
    assert done.exit_code == 1
    assert "7 of 16 cases pass" in done.stdout
    assert "expected" in done.stderr
    assert '"repeated": true' in done.stderr


@pytest.mark.parametrize(
    "body",
    ["answers.pop()", "case['id'] = 'x'", "answers = 5", "answers[0] = 1"],
    ids=["fewer", "id", "number", "step"],
)
def test_a_program_that_does_not_answer(tmp_path: Path, body: str) -> None:
    done = run("--only", SOME, "--", *program(tmp_path, body))
    assert done.exit_code == 2
    assert "error (no-answer): what the program answered boundaries-again-live-0 is not as" in done.stderr


def test_a_program_that_ends() -> None:
    done = run("--only", SOME, "--", sys.executable, "-c", "")
    assert done.exit_code == 2
    assert "error (program-ended)" in done.stderr


def test_a_program_that_is_not_there() -> None:
    done = run("--only", SOME, "--", "/nowhere/at-all")
    assert done.exit_code == 2
    assert "No such file" in done.stderr


def test_folders_that_have_none(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["vectors", "run", "--vectors", str(tmp_path), "--", *HONEST])
    assert done.exit_code == 2
    (tmp_path / "shared.json").write_text("{}")
    done = CliRunner().invoke(main, ["vectors", "run", "--vectors", str(tmp_path), "--", *HONEST])
    assert done.exit_code == 2
    assert "another format" in done.stderr


def test_a_case_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "shared.json").write_text((FOLDER / "shared.json").read_text())
    (tmp_path / "cases" / "x.json").write_text('[{"id": "x-1", "setup": "none", "steps": []}]')
    done = CliRunner().invoke(main, ["vectors", "run", "--vectors", str(tmp_path), "--", *HONEST])
    assert done.exit_code == 2
    assert "not as the schema of the vectors has it" in done.stderr
