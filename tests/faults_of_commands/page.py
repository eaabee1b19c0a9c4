"""The table in docs/operations/faults.md. `python -m tests.faults_of_commands.page` runs everything and writes it."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import process_time

from tests.faults import ERROR, KILL
from tests.faults_of_commands.bench import AS_BEFORE, DONE, IN_PART, Bench, Reference
from tests.faults_of_commands.injector import KINDS, places
from tests.faults_of_commands.rows import ROWS, Row
from tests.faults_of_commands.world import build

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "faults.md"
HEAD = "| command | its own files | operations | after a fault | the same again |\n| --- | --- | ---: | --- | --- |\n"
_TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")


def line(row: Row, reference: Reference, outcomes: Iterable[str]) -> str:
    """A row of the table."""
    files = ", ".join(f"`{each.removesuffix('*')}`" for each in row.writes) or "none: it only reads"
    found = [each for each in (AS_BEFORE, DONE, IN_PART) if each in set(outcomes)] if row.writes else ["nothing to be"]
    again = "done, or it says what to do" if row.says else "done, or refused as shown before" if row.once else "done"
    return f"| {row.name} | {files} | {len(reference.ran.done)} | {', '.join(found)} | {again} |\n"


def without_counts(text: str) -> str:
    """The same, but for how many operations: those may be others with another Python."""
    return re.sub(r"\| \d+ \|", "| |", text)


def some_cases(row: Row, reference: Reference) -> list[tuple[str, int]]:
    """EIO at every operation of nearly every command, and where it keeps something, the end of the process too; of the
    other kinds one at an operation and another at the next."""
    done = reference.ran.done
    always = (ERROR, KILL) if row.keeps else (ERROR,)
    found = [(kind, at) for kind in always for at in places(kind, done)[:: row.each[0]]]
    others = [kind for kind in KINDS if kind not in always]
    for turn, kind in enumerate(others):
        found += [(kind, at) for at in places(kind, done)[turn :: len(others) * row.each[0]]]
    return found


def all_cases(row: Row, reference: Reference) -> list[tuple[str, int]]:
    """Every kind of fault at every operation where it is something else."""
    return [(kind, at) for kind in KINDS for at in places(kind, reference.ran.done)[:: row.each[1]]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--some", action="store_true", help="only the cases of the test")
    chosen = some_cases if options.parse_args().some else all_cases
    with tempfile.TemporaryDirectory() as country, tempfile.TemporaryDirectory() as scratch:
        bench = Bench(build(Path(country)), Path(scratch))
        lines, wrong, total, cases = [], 0, 0, 0
        for row in ROWS:
            reference = bench.reference(row)
            outcomes, found = bench.judge_all(row, reference, chosen(row, reference))
            for each in found:
                print(f"!! {each}", flush=True)
            wrong += len(found)
            lines.append(line(row, reference, outcomes))
            total += len(reference.ran.done)
            cases += sum(outcomes.values())
            print(f"{row.name}: {len(reference.ran.done)} operations, {dict(outcomes)}", flush=True)
    print(f"{len({row.command for row in ROWS})} commands, {total} operations, {cases} cases, {process_time():.0f} s")
    if wrong:
        sys.exit(f"{wrong} cases are not as they should be: the page is left as it is")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_TABLE.sub(lambda _: HEAD + "".join(lines), text), encoding="utf-8")


if __name__ == "__main__":
    main()
