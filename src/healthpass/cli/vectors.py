"""`healthpass vectors`: does another implementation answer as this one does?"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import click

from healthpass.cli.context import json_option
from healthpass.cli.exits import DONE, REFUSED
from healthpass.cli.groups import Listed
from healthpass.cli.output import echo, say
from healthpass.cli.vector_cases import Json, Vectors, compared, for_verify
from healthpass.errors import BadInput

PARTS = ("bundle", "decision", "documents", "normal-form", "policy", "revocation", "rotation")
"""What a case may need, and an implementation may not have."""
SHOWN = 20
"""Differences that are shown in full."""
MOST = 1 << 24
"""Characters of an answer that are read."""


@click.group(cls=Listed)
def vectors() -> None:
    """Conformance vectors: what every implementation answers. They are in the sources, not in the package."""


@vectors.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--vectors",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("vectors"),
    show_default=True,
    help="The folder with shared.json and cases/.",
)
@click.option("--only", help="Only cases whose id begins with this.")
@click.option("--without", type=click.Choice(PARTS), multiple=True, help="A part that the program does not have.")
@click.option("--verify", "no_decisions", is_flag=True, help="The program verifies and does not decide.")
@json_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(
    ctx: click.Context,
    folder: Path,
    only: str | None,
    without: tuple[str, ...],
    no_decisions: bool,
    as_json: bool,
    command: tuple[str, ...],
) -> None:
    """Give every case to COMMAND, a line of JSON each, and compare the answers.

    Exits 0 if all agree, 1 if any differs, and 2 if the program or the vectors cannot be run. docs/conformance.md says
    what is in a line; `python -m vectors.answer` is the program of this library.
    """
    found = Vectors(folder)
    lacking = {*without, *(("decision",) if no_decisions else ())}
    named = [each for each in found.cases() if only is None or each[1]["id"].startswith(only)]
    chosen = [each for each in named if lacking.isdisjoint(each[1].get("needs", ()))]
    if not chosen:
        raise click.UsageError("there is no case to run")
    full = ((file, found.in_full(case)) for file, case in chosen)
    asked = ((file, for_verify(case) if no_decisions else case) for file, case in full)
    passed = _run(command, asked, as_json)
    total = Counter(file for file, _ in chosen)
    fields = {"cases": len(chosen), "passed": passed.total(), "left_out": len(named) - len(chosen)}
    if as_json:
        say({**fields, "files": [{"file": file, "cases": total[file], "passed": passed[file]} for file in total]}, True)
    else:
        for file in total:
            echo(f"{file:16} {passed[file]:5} of {total[file]:5}")
        rest = f", {fields['left_out']} left out" if fields["left_out"] else ""
        echo(f"{passed.total()} of {len(chosen)} cases pass{rest}")
    ctx.exit(DONE if passed == total else REFUSED)


def _run(command: tuple[str, ...], cases: Iterable[tuple[str, Json]], as_json: bool) -> Counter[str]:
    """How many of each file pass. The first that do not are shown."""
    passed: Counter[str] = Counter()
    differing, pipe = 0, subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as program:  # noqa: S603  # asked for
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            for file, case in cases:
                differences = list(compared(case, _ask(program.stdin, program.stdout, case)))
                passed[file] += not differences
                differing += bool(differences)
                if differences and differing <= SHOWN and not as_json:
                    _show(case, differences)
        finally:
            program.kill()  # what it still has to say is of no use; it was asked for one answer at a time
    return passed


def _ask(to: IO[str], of: IO[str], case: Json) -> list[Json]:
    steps = [{name: value for name, value in step.items() if name != "expect"} for step in case["steps"]]
    try:
        to.write(json.dumps({**case, "steps": steps}, separators=(",", ":")) + "\n")
        to.flush()
        line = of.readline(MOST)
    except BrokenPipeError:
        line = ""
    if not line:
        raise BadInput("program-ended", f"the program ended before it answered {case['id']}")
    try:
        answer = json.loads(line)
        answers = answer["answers"]
        if answer["id"] != case["id"] or not isinstance(answers, list) or len(answers) != len(steps):
            raise ValueError
        if not all(isinstance(each, dict) for each in answers):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise BadInput(
            "no-answer", f"what the program answered {case['id']} is not as docs/conformance.md says"
        ) from None
    return answers


def _show(case: Json, differences: list[tuple[int, Json, Json]]) -> None:
    number, expected, answered = differences[0]
    echo(f"{case['id']}, step {number} ({case['steps'][number]['do']})", err=True)
    echo(f"  expected {json.dumps(expected)}", err=True)
    echo(f"  answered {json.dumps(answered)}", err=True)
