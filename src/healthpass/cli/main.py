"""`healthpass`: puts the commands together, and turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from healthpass import __version__
from healthpass.cli.attest import attest
from healthpass.cli.audit import audit
from healthpass.cli.bundle import bundle
from healthpass.cli.demo import demo
from healthpass.cli.doctor.command import doctor
from healthpass.cli.document_key import document_key
from healthpass.cli.exits import MISUSE
from healthpass.cli.failing import HANDLED, tell
from healthpass.cli.groups import Listed
from healthpass.cli.inspect import inspect
from healthpass.cli.issue import issue
from healthpass.cli.keys import keygen
from healthpass.cli.output import steady
from healthpass.cli.paper import paper
from healthpass.cli.place import place
from healthpass.cli.present import present
from healthpass.cli.recover import recover
from healthpass.cli.revoke import revoke, snapshot
from healthpass.cli.root import root
from healthpass.cli.scanner import scanner_test
from healthpass.cli.sealing import sealing
from healthpass.cli.station import station
from healthpass.cli.vectors import vectors
from healthpass.cli.verify import verify
from healthpass.cli.wallet import wallet
from healthpass.cli.windows import hold, windows


class _Program(Listed):
    """What is not done is one line on standard error, and exit code 2: by `healthpass.cli.failing`."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **named: Any) -> NoReturn:  # type: ignore[override]
        """As click's, which would explain wrong options in several lines, and let a program that reads no more of the
        output take it that somebody was refused (exit code 1)."""
        words = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in words[: words.index("--") if "--" in words else None]
        steady()
        try:
            code = super().main(args, prog_name, **named | {"standalone_mode": False, "obj": as_json})
        except click.exceptions.NoArgsIsHelpError as help_wanted:
            help_wanted.show()
            code = MISUSE
        except click.ClickException as error:
            tell(error, as_json)
            code = MISUSE
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> object:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # what cannot be printed is found out here, and not when Python ends
        except click.exceptions.NoArgsIsHelpError:
            raise
        except HANDLED as error:
            _give_up_output(error)
            tell(error, bool(ctx.obj))
        ctx.exit(MISUSE)
        return None


def _give_up_output(error: BaseException) -> None:
    """What is left of an output that nobody takes is not tried again at the end of Python."""
    if isinstance(error, OSError) and error.filename in (None, "standard output"):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


_SECTIONS = {
    "To begin with": ("demo", "inspect", "doctor"),
    "Keys and roots": ("keygen", "root"),
    "The platform": ("windows", "sealing", "hold", "issue", "revoke", "snapshot", "recover"),
    "A region": ("attest",),
    "A person": ("wallet", "present", "paper"),
    "A scanner": ("verify", "scanner-test", "bundle"),
    "The registrar and the risk office": ("place", "document-key"),
    "People without a pass": ("station", "audit"),
    "Other implementations": ("vectors",),
}
"""Who uses which commands, about in the order in which a country needs them."""


@click.group(cls=_Program, sections=_SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="healthpass")
def main() -> None:
    """A health pass that reveals a colour and an expiry, and has no room for anything else.

    Try `healthpass demo` first. The page docs/cli.md makes a small country in an empty folder, command by command.

    Exit codes: 0 done, 1 refused, 2 not done; 3 to 5 are of `verify`, `station` and `doctor`, whose help has them.
    """


for command in (
    demo,
    keygen,
    windows,
    sealing,
    hold,
    document_key,
    root,
    place,
    bundle,
    attest,
    issue,
    paper,
    wallet,
    present,
    verify,
    scanner_test,
    revoke,
    snapshot,
    recover,
    inspect,
    doctor,
    audit,
    station,
    vectors,
):
    main.add_command(command)
