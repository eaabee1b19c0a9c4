"""docs/commands.md: every command's help, options and example. `python -m tests.pages` writes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from healthpass.cli.examples import commands, example
from healthpass.cli.main import main

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """# Command reference

Every command, its options and an example, as `healthpass COMMAND --help` has them. [The command line](cli.md) tells the
whole story, file by file; what `--json` prints is on [a page of its own](json.md).

Options that many commands share:

| option | meaning |
| --- | --- |
"""
SHARED = ("--now", "--confirm-clock", "--json")


def text() -> str:
    """The whole page."""
    rows = {
        row[0]: row for name, command in commands(main) for row in _rows(name, command) if row[0].startswith(SHARED)
    }
    shared = "".join(_line(rows[key]) for key in sorted(rows))
    return HEAD + shared + "".join(_section(name, command) for name, command in commands(main))


def _section(name: str, command: click.Command) -> str:
    own = [row for row in _rows(name, command) if not row[0].startswith(SHARED)]
    table = "\n| option | meaning |\n| --- | --- |\n" + "".join(map(_line, own)) if own else ""
    usage = _context(name, command).get_usage().removeprefix("Usage: ")
    said = "\n\n".join(_paragraphs(command.help or ""))
    shown = example(name, 90)
    return f"\n## {name}\n\n{said}\n\n```text\n{usage}\n```\n{table}\n```text\n$ {shown}\n```\n"


def _context(name: str, command: click.Command) -> click.Context:
    return click.Context(command, info_name=f"healthpass {name}", max_content_width=100, terminal_width=100)


def _rows(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    context = _context(name, command)
    for each in command.get_params(context):
        record = each.get_help_record(context) if isinstance(each, click.Option) else None
        if record and "--help" not in record[0]:
            yield record


def _line(row: tuple[str, str]) -> str:
    option, meaning = (part.replace("|", "\\|").replace("\n", " ").strip() for part in row)
    return f"| `{option}` | {_text(meaning)} |\n"


def _paragraphs(help_text: str) -> Iterator[str]:
    for each in re.split(r"\n\s*\n", inspect.cleandoc(help_text)):
        if each.startswith("\b"):
            yield "```text\n" + each.removeprefix("\b").strip("\n") + "\n```"
        else:
            yield _text(" ".join(each.split()))


def _text(said: str) -> str:
    """As it is read: brackets make no links, stars nothing bold."""
    parts = re.split(r"(`[^`]*`)", said)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<>\[\]])", r"\\\1", part) for part in parts)
