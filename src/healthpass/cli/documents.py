"""Document numbers at the terminal: asked for without echo, or a line each of standard input.

Never an argument, so that they are in no list of processes and no history of a shell.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import click

from healthpass.errors import FormatError
from healthpass.formats.document import MAX_INPUT_CHARS, TYPES, Document, lines_to_come

document_option = click.option(
    "--document",
    "types",
    type=click.Choice(TYPES),
    multiple=True,
    help="A document of this type, repeatable. Its number is asked for, or is a line of standard input.",
)


def read_documents(types: Sequence[str], stack: ExitStack) -> list[Document]:
    """The documents of these types, in order, which are wiped when `stack` is closed.

    Raises:
        FormatError: no such document can have this number.
    """
    asked = enumerate(types, 1)
    return [stack.enter_context(Document(each, document_number(each, f"document {n} ({each})"))) for n, each in asked]


def document_number(kind: str, which: str = "") -> str:
    """A document number: typed without an echo, or where nobody types, a line of standard input. Never an argument.

    Where the line is the first of a machine-readable zone, the others of it come right after it, and are taken too.
    """
    lines = [_line(which)]
    for _ in range(lines_to_come(kind, lines[0])):
        lines.append(_line(which))
    return "\n".join(lines)


def _line(which: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(f"Number of {which}" if which else "Document number", hide_input=True, err=True))
    try:  # as text, as prompts read it: what one of the two had read ahead, the other would wait for in vain
        line = sys.stdin.readline(MAX_INPUT_CHARS + 2)
    except UnicodeDecodeError:
        raise FormatError("a document number is text: the line of standard input is not UTF-8") from None
    if not line:
        raise click.UsageError(f"standard input has no line for {which or 'the document'}")
    return line.rstrip("\r\n")
