"""`python -m healthpass`, and the `healthpass` command: the command line, or how to install what it needs."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from healthpass.cli.main import main as command_line
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("healthpass"):
            raise
        sys.exit(f"the command line needs {missing.name}: pip install 'healthpass[cli]'")
    command_line(prog_name="healthpass")


if __name__ == "__main__":
    main()
