"""What a command says that was not done: one line on standard error, and with `--json` one object.

The line is `error: what is wrong; what to do`, with the code of the library's errors after the first word. Of the
system's errors it names the file; of wrong options and values, where their help is.
"""

from __future__ import annotations

import errno
import sqlite3
from typing import NamedTuple

import click
from nacl.exceptions import CryptoError

from healthpass import BadInput
from healthpass.cli.output import echo, json_line

USAGE, SYSTEM, LEDGER, FAILED, INTERRUPTED = "usage", "system", "ledger", "failed", "interrupted"
"""The codes of what is no `BadInput`: wrong options, the system's errors, SQLite's, other errors, and Ctrl-C."""
_WHAT_TO_DO = {
    errno.ENOENT: "check the name",
    errno.ENOTDIR: "check the name",
    errno.EISDIR: "name a file",
    errno.EACCES: "see who may read and write it",
    errno.EPERM: "see who may read and write it",
    errno.EROFS: "name another place",
    errno.ENOSPC: "make room, and run the command again",
    errno.EDQUOT: "make room, and run the command again",
    errno.ENAMETOOLONG: "check the name",
    errno.EIO: "look after the disk, and run the command again",
    errno.EPIPE: "nobody reads what is printed",
}
_PLAIN_WORDS = {
    "is not a valid integer range": "is not a whole number",
    "is not a valid integer": "is not a whole number",
    "is not a valid float": "is not a number",
}
"""What click says of values, and what we say."""
HANDLED = (
    BadInput,
    click.ClickException,
    click.Abort,
    KeyboardInterrupt,
    EOFError,
    OSError,
    sqlite3.Error,
    ValueError,
    CryptoError,
    MemoryError,
)
"""The errors that `failure` knows; any other is a mistake of ours."""


class Failure(NamedTuple):
    """A word for programs, and a sentence for people; `shown` says whether people see the word too."""

    code: str
    message: str
    shown: bool = False


def tell(error: BaseException, as_json: bool) -> None:
    """Say on standard error what has failed."""
    found = failure(error)
    if as_json:
        more = getattr(error, "more", {})
        echo(json_line({"error": found.code, "message": found.message, **more}), err=True)
    elif found.code == INTERRUPTED:
        echo(found.message, err=True)
    else:
        echo(f"error ({found.code}): {found.message}" if found.shown else f"error: {found.message}", err=True)


def failure(error: BaseException) -> Failure:
    """What an error is called, and says."""
    if isinstance(error, BadInput):
        return Failure(error.code, str(error), shown=True)
    if isinstance(error, click.UsageError):
        return Failure(USAGE, _usage(error))
    if isinstance(error, click.ClickException):
        return Failure(FAILED, error.format_message())
    if isinstance(error, (click.Abort, KeyboardInterrupt, EOFError)):
        return Failure(INTERRUPTED, "interrupted")
    if isinstance(error, OSError):
        return Failure(SYSTEM, _system(error))
    if isinstance(error, sqlite3.Error):
        return Failure(LEDGER, f"the ledger: {error}; see that its disk has room and no other program has it")
    if isinstance(error, MemoryError):
        return Failure(SYSTEM, "not enough memory; close other programs, and run the command again")
    return Failure(FAILED, str(error))


def _usage(error: click.UsageError) -> str:
    """In one line, with where the command's options are explained."""
    said = " ".join(error.format_message().split()).rstrip(".")
    for of_click, plain in _PLAIN_WORDS.items():
        said = said.replace(of_click, plain)
    if said[1:2].islower():
        said = said[0].lower() + said[1:]
    where = "" if error.ctx is None else f"; `{error.ctx.command_path} --help` explains the options"
    return said + where


def _system(error: OSError) -> str:
    """What the system says, and of which file: but for a text that was taken for the name of one."""
    said = error.strerror or "the system refuses"
    hint = _WHAT_TO_DO.get(error.errno or 0)
    if hint is not None and ":" not in said:
        said = f"{said}; {hint}"
    if error.filename is None or isinstance(error.filename, int) or error.errno == errno.ENAMETOOLONG:
        return said
    return f"{click.format_filename(error.filename)}: {said}"
