"""The exit codes of all commands; docs/cli.md has their table."""

from __future__ import annotations

DONE = 0
"""Of `verify`: `ADMIT`."""
REFUSED = 1
"""Somebody or something that was checked is not as it should be: `REFUSE`, an audit log that is not sound, answers that
are not those of a vouching."""
MISUSE = 2
"""It is not done: a file, value or option cannot be used, or it was interrupted."""
ASSIST = 3
"""Nobody was refused, and the person is to be helped: `ASSIST`, or a station that has no pass for them."""
NO_CHECK = 4
ASK = 5
