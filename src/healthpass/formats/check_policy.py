"""The check policy of a trust list: for each risk and class of place, may people be checked there, and how?

An array of rules in ascending order of risk and class, each an array of small integers:

    [risk, class, colours admitted, colours assisted, asks for documents, requires an audience]

Colours are bits: 1 green, 2 yellow, 4 red. So are the passes that count only with the document that they are bound to:
1 on paper, 2 on a phone (bound to both). Where no rule is, no check is permitted.
"""

from __future__ import annotations

from healthpass._typed import checks_itself, hold, typed
from healthpass._values import Color
from healthpass.errors import FormatError
from healthpass.formats import fields
from healthpass.formats.area_table import Risk
from healthpass.formats.place import MAX_CLASS, PlaceClass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from healthpass.formats.cbor import Value

GREEN, YELLOW, RED = 1, 2, 4
ALL_COLORS = GREEN | YELLOW | RED
ON_PAPER, ON_PHONE = 1, 2
"""The passes that are bound to a document, as bits: to it alone, or to a holder's key as well."""
_MAX_RULES = 3 * MAX_CLASS


@typed
class CheckRule:
    """How people may be checked in one class of place at one risk.

    Attributes:
        risk: `Risk`.
        place_class: 1 to 23, see `PlaceClass`.
        admitted: the colours that are let in, as bits (`GREEN`, `YELLOW`, `RED`).
        assisted: those that are helped (the green channel) instead of turned away; no colour is in both.
        documents: which passes that are bound to a document are taken only with that document, as bits (`ON_PAPER`,
            `ON_PHONE`); 0 for none.
        audience: whether a showing must have been made for this very place.

    Raises:
        FormatError: a value out of range, or a colour both admitted and assisted.
    """

    __slots__ = ("admitted", "assisted", "audience", "documents", "place_class", "risk")

    def __init__(
        self,
        risk: int,
        place_class: int,
        *,
        admitted: int,
        assisted: int = 0,
        documents: int = ON_PAPER | ON_PHONE,
        audience: bool = True,
    ) -> None:
        self.risk = Risk(fields.uint(int(risk), "risk", most=2))
        self.place_class = fields.uint(int(place_class), "place class", least=1, most=MAX_CLASS)
        self.admitted = fields.uint(admitted, "colours admitted", most=ALL_COLORS)
        self.assisted = fields.uint(assisted, "colours assisted", most=ALL_COLORS)
        if admitted & assisted:
            raise FormatError("check policy: a colour is admitted or assisted, not both")
        self.documents = fields.uint(documents, "asks for documents", most=ON_PAPER | ON_PHONE)
        self.audience = audience

    @checks_itself
    def admits(self, color: Color) -> bool:
        """Whether this colour is let in."""
        if type(color) is not Color:
            hold(CheckRule.admits, self, color)
        return bool(self.admitted >> (color - 1) & 1)

    @checks_itself
    def assists(self, color: Color) -> bool:
        """Whether this colour is helped rather than turned away."""
        if type(color) is not Color:
            hold(CheckRule.assists, self, color)
        return bool(self.assisted >> (color - 1) & 1)

    @checks_itself
    def asks_for_documents(self, on_paper: bool) -> bool:
        """Whether a pass that is bound to a document, on paper or on a phone, is taken only with that document."""
        if type(on_paper) is not bool:
            hold(CheckRule.asks_for_documents, self, on_paper)
        return bool(self.documents & (ON_PAPER if on_paper else ON_PHONE))

    def same_terms(self, other: CheckRule) -> bool:
        """Whether both say the same, apart from the risk."""
        return self.values()[1:] == other.values()[1:]

    def values(self) -> list[Value]:
        """The fields in the order of the wire."""
        numbers = (self.risk, self.place_class, self.admitted, self.assisted, self.documents, self.audience)
        return [int(number) for number in numbers]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CheckRule):
            return NotImplemented
        return self.values() == other.values()

    def __hash__(self) -> int:
        return hash((self.risk, self.place_class, self.admitted, self.assisted, self.documents, self.audience))

    def __repr__(self) -> str:
        return f"CheckRule({', '.join(map(str, self.values()))})"


@typed
class CheckPolicy:
    """The rules of a trust list.

    Attributes:
        rules: in ascending order of risk and class.

    Raises:
        FormatError: two rules for one risk and class.
    """

    __slots__ = ("_at_any_risk", "_by_key", "_classes", "rules")

    def __init__(self, rules: Iterable[CheckRule]) -> None:
        self.rules = sorted(rules, key=lambda rule: (rule.risk, rule.place_class))
        self._by_key = {(int(rule.risk), rule.place_class): rule for rule in self.rules}
        if len(self._by_key) != len(self.rules):
            raise FormatError("check policy: two rules for one risk and class")
        self._classes = frozenset(rule.place_class for rule in self.rules)
        self._at_any_risk: dict[int, CheckRule | None] = {}  # as far as was asked: gates do at each showing

    @checks_itself
    def names(self, place_class: int) -> bool:
        """Whether there is a rule for this class of place at some risk."""
        if type(place_class) is not int:
            hold(CheckPolicy.names, self, place_class)
        return place_class in self._classes

    @checks_itself
    def rule(self, risk: int, place_class: int) -> CheckRule | None:
        """The rule for a class of place at a risk; None where no check is permitted."""
        if not isinstance(risk, int) or type(risk) is bool or type(place_class) is not int:
            hold(CheckPolicy.rule, self, risk, place_class)
        return self._by_key.get((int(risk), place_class))

    @checks_itself
    def rule_at_any_risk(self, place_class: int) -> CheckRule | None:
        """The rule for a class of place that has the same terms at every risk; None if there is none such."""
        if type(place_class) is not int:
            hold(CheckPolicy.rule_at_any_risk, self, place_class)
        if place_class not in self._at_any_risk:
            rules = [self.rule(risk, place_class) for risk in Risk]
            first = rules[0]
            same = first is not None and all(rule is not None and rule.same_terms(first) for rule in rules)
            self._at_any_risk[place_class] = first if same else None
        return self._at_any_risk[place_class]

    def values(self) -> list[Value]:
        """The rules as on the wire."""
        return [rule.values() for rule in self.rules]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CheckPolicy):
            return NotImplemented
        return self.rules == other.rules

    def __hash__(self) -> int:
        return hash(tuple(self.rules))

    def __repr__(self) -> str:
        return f"CheckPolicy({len(self.rules)} rules)"


@typed
def parse_check_policy(value: Value) -> CheckPolicy:
    """A policy from its decoded array. Raises `FormatError` if anything is out of range, repeated or out of order."""
    rules = fields.array(value, "check policy", _rule, _MAX_RULES)
    policy = CheckPolicy(rules)
    if policy.rules != rules:
        raise FormatError("check policy: rules out of order")
    return policy


def _rule(value: Value, name: str) -> CheckRule:
    numbers = [fields.uint(number, name, most=23) for number in fields.record(value, name, 6)]
    risk, place_class, admitted, assisted, documents, audience = numbers
    return CheckRule(
        fields.uint(risk, "risk", most=2),
        place_class,
        admitted=admitted,
        assisted=assisted,
        documents=documents,
        audience=bool(fields.uint(audience, "requires an audience", most=1)),
    )


def default_policy() -> CheckPolicy:
    """The shipped policy.

    Where the risk is low, people are checked in hospitals, care homes and at the workplaces of special personnel, and
    nowhere else. A hospital turns nobody away, nor does a workplace its own people. A showing must have been made for
    the place, except in hospitals and care homes: who has no poster to scan there is still let in. A pass that is bound
    to a document counts only with it, so that a photograph of somebody's paper pass lets nobody in.
    """
    rules = []
    for risk in Risk:
        rules += [
            CheckRule(risk, PlaceClass.HOSPITAL, admitted=GREEN, assisted=YELLOW | RED, audience=False),
            CheckRule(risk, PlaceClass.CARE_HOME, admitted=GREEN, audience=False),
            CheckRule(risk, PlaceClass.SPECIAL_WORKPLACE, admitted=GREEN, assisted=YELLOW | RED),
        ]
    for place in (PlaceClass.ORDINARY, PlaceClass.TRANSPORT_HUB, PlaceClass.SCHOOL):
        rules.append(CheckRule(Risk.MEDIUM, place, admitted=GREEN | YELLOW))
        rules.append(CheckRule(Risk.HIGH, place, admitted=GREEN))
    return CheckPolicy(rules)
