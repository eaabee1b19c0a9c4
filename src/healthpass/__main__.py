"""`python -m healthpass`, and the `healthpass` command: the command line, or how to install what it needs."""

from __future__ import annotations

import sys
import traceback

MISUSE = 2
"""Exit code of whatever is not done; 1 means that something was refused, and nothing else."""


def main() -> None:
    """Run the command line."""
    try:
        from healthpass.cli.main import main as command_line
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("healthpass"):
            raise
        print(f"the command line needs {missing.name}: pip install 'healthpass[cli]'", file=sys.stderr)
        sys.exit(MISUSE)
    try:
        command_line(prog_name="healthpass")
    except Exception:  # noqa: BLE001  # a mistake of ours, whatever it is: nobody was refused
        from healthpass.cli.output import echo

        for line in traceback.format_exc().splitlines():
            echo(line, err=True)
        sys.exit(MISUSE)


if __name__ == "__main__":
    main()
