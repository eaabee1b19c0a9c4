"""Groups of commands whose help has the whole first sentence of each command, and says whose commands they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

_NO_LIMIT = 10_000
"""Characters: no first sentence has so many."""


class Listed(click.Group):
    """A group that lists its commands in the sections it is given, from titles to names; without sections, in one."""

    def __init__(self, *words: Any, sections: Mapping[str, Sequence[str]] | None = None, **named: Any) -> None:
        super().__init__(*words, **named)
        self.sections = sections

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click's, which would cut the sentences off at the end of the line."""
        for title, names in (self.sections or {"Commands": self.list_commands(ctx)}).items():
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(_NO_LIMIT)) for name in names])
