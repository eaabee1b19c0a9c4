"""What the demonstration tells as it goes, and keeps for `--json`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from healthpass import RefusalCode, Refused


@dataclass(slots=True)
class Story:
    """What has happened so far: printed as it goes, and kept for `--json`."""

    quiet: bool
    steps: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, title: str, *lines: str) -> None:
        """A step and what it did."""
        self.steps.append({"step": title, "result": click.unstyle(" ".join(lines))})
        if not self.quiet:
            click.secho(f"\n{len(self.steps)}. {title}", bold=True)
            for line in lines:
                click.echo(f"   {line}")

    def expect(self, title: str, code: RefusalCode, attempt: Callable[[], object]) -> None:
        """A step that must be refused, with this code."""
        try:
            attempt()
        except Refused as refusal:
            if refusal.code is not code:
                raise click.ClickException(f"{title}: refused as {refusal.code.name}, not {code.name}") from None
            self.tell(title, click.style(f"REFUSED  {code.value} {code.name}", fg="red"), str(refusal))
        else:
            raise click.ClickException(f"{title}: this should have been refused")
