"""`healthpass`: puts the commands together, and turns errors into exit codes."""

from __future__ import annotations

import errno
import sqlite3

import click
from nacl.exceptions import CryptoError

from healthpass import BadInput, __version__
from healthpass.cli.attest import attest
from healthpass.cli.audit import audit
from healthpass.cli.bundle import bundle
from healthpass.cli.demo import demo
from healthpass.cli.doctor.command import doctor
from healthpass.cli.document_key import document_key
from healthpass.cli.inspect import inspect
from healthpass.cli.issue import issue
from healthpass.cli.keys import keygen
from healthpass.cli.paper import paper
from healthpass.cli.place import place
from healthpass.cli.recover import recover
from healthpass.cli.revoke import revoke, snapshot
from healthpass.cli.root import root
from healthpass.cli.scanner import scanner_test
from healthpass.cli.sealing import sealing
from healthpass.cli.station import station
from healthpass.cli.vectors import vectors
from healthpass.cli.verify import verify
from healthpass.cli.wallet import present, wallet
from healthpass.cli.windows import hold, windows

MISUSE = 2


class _Group(click.Group):
    """A file or value that cannot be used is misuse: one line on standard error, exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BadInput as error:
            click.echo(f"error ({error.code}): {error}", err=True)
        except click.UsageError:
            raise
        except (KeyboardInterrupt, EOFError, click.Abort):  # which click would call 1, as if somebody was refused
            click.echo("interrupted", err=True)
        except OSError as error:
            click.echo(f"error: {_refusal(error)}", err=True)
        except sqlite3.Error as error:
            click.echo(f"error: the ledger: {error}", err=True)
        except (click.ClickException, ValueError, CryptoError) as error:
            click.echo(f"error: {error}", err=True)
        ctx.exit(MISUSE)
        return None


def _refusal(error: OSError) -> str:
    """What the system says, and of which file: but for a text that was taken for the name of one."""
    said = error.strerror or "the system refuses"
    if error.filename is None or isinstance(error.filename, int) or error.errno == errno.ENAMETOOLONG:
        return said
    return f"{click.format_filename(error.filename)}: {said}"


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="healthpass")
def main() -> None:
    """A health pass that reveals a colour and an expiry, and has no room for anything else.

    Try `healthpass demo` first. Exit codes: 0 done, 1 refused, 2 misuse or an interruption; `verify` has more.
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
