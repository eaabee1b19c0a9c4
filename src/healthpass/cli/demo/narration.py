"""What the demonstration tells as it goes, and keeps for `--json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import click

from healthpass import Decision, RefusalCode, Verdict
from healthpass.verifier import Outcome

COLORS = {
    Decision.ADMIT: "green",
    Decision.REFUSE: "red",
    Decision.ASSIST: "yellow",
    Decision.NO_CHECK: "cyan",
    Decision.ASK: "yellow",
}


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

    def expect(self, title: str, outcome: Outcome, decision: Decision, code: RefusalCode) -> None:
        """What a scanner has answered to what it cannot accept; it must be this."""
        refusal = outcome.refusal
        if refusal is None or (outcome.decision, refusal.code) != (decision, code):
            raise click.ClickException(f"{title}: {outcome!r}, and not {decision.name}, {code.name}")
        number = f"{code.value} {code.name}"
        self.tell(title, click.style(f"{decision.name}  {number}", fg=COLORS[decision]), outcome.sentence())

    def accepted(self, outcome: Outcome) -> Verdict:
        """The verdict of an outcome that must have one."""
        if outcome.verdict is None:
            raise click.ClickException(f"this should have been accepted: {outcome!r}")
        return outcome.verdict


def said(outcome: Outcome) -> str:
    """The decision about an accepted presentation, and its colours."""
    names = ", ".join(color.name.lower() for color in outcome.verdict.colors) if outcome.verdict is not None else ""
    return click.style(f"{outcome.decision.name}  {names}", fg=COLORS[outcome.decision])
