"""What the rules of a place say of a verdict: let in, help, or turn away."""

from __future__ import annotations

from healthpass._intenum import LightIntEnum
from healthpass._values import Color, rule_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Verdict
    from healthpass.formats.check_policy import CheckRule


class Decision(LightIntEnum):
    """What happens at the gate."""

    ADMIT = 1
    REFUSE = 2
    ASSIST = 3
    """The green channel: the person is helped on the spot, not turned away."""


class Policy:
    """The rules of one place at one moment; `Verifier.policy` gives them.

    Attributes:
        documents: whether a pass that is bound to a document is taken only with that document.
        audience: whether a showing must have been made for this very place.
    """

    __slots__ = ("_rule",)

    def __init__(self, rule: CheckRule | None) -> None:
        self._rule = rule

    @property
    def documents(self) -> bool:
        return self._rule is not None and self._rule.documents > 0

    @property
    def audience(self) -> bool:
        return self._rule is not None and self._rule.audience

    def decide(self, verdict: Verdict | None) -> Decision:
        """What to do with the people of an accepted presentation, or with somebody who has none to show.

        A group is let in if everybody in it would be. Otherwise it is helped if everybody who would not be let in would
        be helped, and refused if not. Somebody without a pass, or whose pass was refused, is helped wherever the rules
        help anybody. Without rules (a trust list without a policy) green is let in and nothing else is.

        Args:
            verdict: what `Verifier.verify` returned, or None where it refused or there was nothing to show.
        """
        if verdict is None:
            rule = self._rule
            return Decision.ASSIST if rule is not None and rule.assisted else Decision.REFUSE
        rule = rule_of(verdict, self._rule)
        if rule is None:
            return Decision.ADMIT if all(color == Color.GREEN for color in verdict.colors) else Decision.REFUSE
        left = [color for color in verdict.colors if not rule.admits(color)]
        if not left:
            return Decision.ADMIT
        return Decision.ASSIST if all(rule.assists(color) for color in left) else Decision.REFUSE

    def __repr__(self) -> str:
        return f"Policy({self._rule!r})"
