"""The results as Markdown and as JSON."""

from __future__ import annotations

import json

from benchmarks._model import Part, Table, Target

Results = dict[str, Part | str]
"""Each part's name -> its figures, or why it was not measured."""

_HEAD = """# Benchmark results

Written by `python -m benchmarks --long`; not edited by hand. How each figure is measured:
[Benchmarks](../benchmarks.md). Compare ratios, not microseconds: both sides of a ratio come from the same run.
"""


def markdown(results: Results, facts: dict[str, str]) -> str:
    """The whole page: targets first, then the machine, then each part."""
    parts = [part for part in results.values() if isinstance(part, Part)]
    blocks = [_HEAD]
    targets = [target for part in parts for target in part.targets]
    if targets:
        blocks += ["## Targets", _table(_targets(targets))]
    blocks += ["## Machine", _table(Table(("what", "is"), list(facts.items())), right=False)]
    for name, part in results.items():
        blocks += _part(part) if isinstance(part, Part) else [f"## {name}", f"Not measured: {part}."]
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"


def text(part: Part) -> str:
    """One part for the terminal."""
    blocks = _part(part)
    return "\n\n".join([*blocks, _table(_targets(part.targets))] if part.targets else blocks)


def as_json(results: Results, facts: dict[str, str]) -> str:
    """Everything for programs."""
    parts = {
        name: {"not_measured": part} if isinstance(part, str) else part.data | {"targets": _target_data(part)}
        for name, part in results.items()
    }
    return json.dumps({"machine": facts, "parts": parts}, indent=2, ensure_ascii=False) + "\n"


def _part(part: Part) -> list[str]:
    notes = ["\n".join(f"- {note}" for note in part.notes)] if part.notes else []
    return [f"## {part.title}", *(_table(table) for table in part.tables), *notes]


def _targets(targets: list[Target]) -> Table:
    rows = [(each.what, each.measured, each.limit, "yes" if each.met else "**no**") for each in targets]
    return Table(("target", "measured", "to hold", "held"), rows)


def _target_data(part: Part) -> list[dict[str, object]]:
    return [{"what": t.what, "measured": t.measured, "to_hold": t.limit, "held": t.met} for t in part.targets]


def _table(table: Table, right: bool = True) -> str:
    rule = ["---", *("---:" if right else "---" for _ in table.headers[1:])]
    lines = [table.headers, tuple(rule), *table.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
