"""The rules of a place, for a gate that wants to say beforehand what it will ask for."""

from __future__ import annotations

from healthpass._typed import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.check_policy import CheckRule


@typed
class Policy:
    """The rules of one place at one moment; `Verifier.policy` gives them.

    Attributes:
        documents: whether passes that are bound to a document, or some of them, are taken only with that document.
        audience: whether a showing must have been made for this very place.
    """

    __slots__ = ("_rule",)

    def __init__(self, rule: CheckRule | None) -> None:
        self._rule = rule

    @property
    def documents(self) -> bool:
        return self._rule is None or self._rule.documents > 0

    @property
    def audience(self) -> bool:
        return self._rule is not None and self._rule.audience

    def __repr__(self) -> str:
        return f"Policy({self._rule!r})"
