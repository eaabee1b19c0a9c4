"""What takes bytes or text: of the public functions, from the source; of the commands, from the command line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

import healthpass
from healthpass.cli.main import main

_SOURCE = Path(healthpass.__file__).parent
_TYPES = re.compile(r"\b(bytes|bytearray|str|memoryview|Data)\b")


def public_functions() -> set[str]:
    """Functions, methods and constructors of the library with an argument of bytes or text, by their names without
    "healthpass". The command line's modules are `command_files`' matter."""
    found = set()
    for path in _SOURCE.rglob("*.py"):
        parts = path.relative_to(_SOURCE).with_suffix("").parts
        if parts[0] != "cli" and not any(part.startswith("_") and part != "__init__" for part in parts):
            found |= set(_in(ast.parse(path.read_text(encoding="utf-8")), ".".join(parts)))
    return found


def _in(node: ast.Module | ast.ClassDef, name: str) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
            yield from _in(each, f"{name}.{each.name}")
        elif isinstance(each, ast.FunctionDef) and (each.name == "__init__" or not each.name.startswith("_")):
            arguments = each.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            hints = [argument.annotation for argument in (*named, arguments.vararg) if argument is not None]
            if any(hint is not None and _TYPES.search(ast.unparse(hint)) for hint in hints):
                yield f"{name}.{each.name}"


def command_files() -> set[str]:
    """The files that commands read, as "command: argument"."""
    return set(_files(main, ()))


def _files(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _files(each, (*path, name))
    for parameter in command.params:
        if isinstance(parameter.type, click.Path) and parameter.type.exists:
            yield f"{' '.join(path)}: {parameter.name}"
