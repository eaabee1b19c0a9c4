"""What happens at the gate, whatever verification has said: the table, and the `Outcome` that `Verifier.decide` gives.

    every colour is admitted by the rule of the place                    ADMIT
    else every colour that is not admitted is assisted                   ASSIST
    else                                                                 REFUSE

    21  signed data in force say that nobody is checked here             NO_CHECK
    18  a document is asked for                                          ASK; ASSIST, if this scanner reads none
    2, 4, 5, 7, 13, 14, 22, 23, 24   the scanner's or a clock's fault    ASSIST, "not checked"
    1, 3, 6, 10, 15   where `is_excused` says that they are, too         ASSIST, "not checked"
    any other refusal                                                    ASSIST if the rule assists any colour,
                                                                         else REFUSE
    nothing shown                                                        ASSIST

A trust list without a policy has one rule for everywhere, here None: green is admitted, nobody assisted.
"""

from __future__ import annotations

from healthpass._typed import wrong
from healthpass._values import Color, Decision, Verdict
from healthpass.errors import RefusalCode, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from healthpass.formats.check_policy import CheckRule
    from healthpass.verifier.sentences import Sentences

DAY = 86_400
"""Seconds: a trust list older than this may lack a key that the others have; a clock is wrong by less than this."""

NEVER_THEIR_FAULT = frozenset(
    (
        RefusalCode.UNSUPPORTED_VERSION,
        RefusalCode.TRUST_LIST_EXPIRED,
        RefusalCode.REVOCATION_DATA_STALE,
        RefusalCode.ISSUER_KEY_NOT_VALID,
        RefusalCode.PRESENTATION_STALE,
        RefusalCode.PRESENTATION_FROM_FUTURE,
        RefusalCode.DOCUMENT_KEY_MISSING,
        RefusalCode.REPLAY_UNKNOWN,
        RefusalCode.PLACE_NOT_CERTIFIED,
    )
)
"""What is wrong with a scanner or a clock, whoever stands before it."""


class Outcome:
    """What happens at the gate, and why. It has no room for an identifier, and is neither true nor false.

    Attributes:
        decision: `Decision`. A gate that nobody watches opens on `ADMIT` alone, and on `NO_CHECK` only if its operator
            has said so.
        verdict: the colours and the expiry, if every check has passed; else None.
        refusal: the `Refused` that verification ended with: its `code`, and the `index` of a person; else None. Of
            both at most one is there: neither, where nothing was shown.
        repeated: whether this is the answer to the very text of a moment ago, once more. A gate has opened for it.
    """

    __slots__ = ("_not_checked", "_set_up", "decision", "refusal", "repeated", "verdict")

    decision: Decision
    verdict: Verdict | None
    refusal: Refused | None
    repeated: bool
    _not_checked: bool
    _set_up: bool

    def __init__(
        self,
        decision: Decision,
        verdict: Verdict | None = None,
        refusal: Refused | None = None,
        repeated: bool = False,
        _not_checked: bool = False,
        _set_up: bool = False,
    ) -> None:  # one is made for each pass: so it checks its types by hand
        if type(decision) is not Decision:
            raise wrong("decision", "a Decision", decision)
        if verdict is not None and type(verdict) is not Verdict:
            raise wrong("verdict", "a Verdict or None", verdict)
        if refusal is not None and not isinstance(refusal, Refused):
            raise wrong("refusal", "a Refused or None", refusal)
        if type(repeated) is not bool:
            raise wrong("repeated", "a bool", repeated)
        put = object.__setattr__
        put(self, "decision", decision)
        put(self, "verdict", verdict)
        put(self, "refusal", refusal)
        put(self, "repeated", repeated)
        put(self, "_not_checked", _not_checked)
        put(self, "_set_up", _set_up)

    def sentence(self, language: str | Sentences = "en") -> str:
        """What to say to the people at the gate: what was decided, and if need be what to do.

        It never says more than the decision and the code of the refusal.

        Args:
            language: "en" or "zh"; or `Sentences` of another one, made from a file once and used again.

        Raises:
            FormatError: no such language comes with the library.
        """
        from healthpass.verifier.sentences import Sentences  # lazy: a gate with pictures says nothing

        words = Sentences.shipped(language) if isinstance(language, str) else language
        if not isinstance(words, Sentences):
            raise wrong("language", "a str or Sentences", language)
        return words.of(self, self._not_checked, self._set_up)

    def again(self) -> Outcome:
        """The same outcome, marked `repeated`."""
        return Outcome(self.decision, self.verdict, self.refusal, True, self._not_checked, self._set_up)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an outcome does not change")

    def __bool__(self) -> NoReturn:
        raise TypeError("an outcome is neither true nor false: look at its decision, as in `is Decision.ADMIT`")

    def _parts(self) -> tuple[object, ...]:
        why = None if self.refusal is None else (self.refusal.code, self.refusal.index)
        return self.decision, self.verdict, why, self.repeated, self._not_checked, self._set_up

    def __eq__(self, other: object) -> bool:
        return self._parts() == other._parts() if isinstance(other, Outcome) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._parts())

    def __reduce__(self) -> tuple[type[Outcome], tuple[object, ...]]:
        return Outcome, (self.decision, self.verdict, self.refusal, self.repeated, self._not_checked, self._set_up)

    def __repr__(self) -> str:
        parts = [self.decision.name]
        if self.verdict is not None:
            parts.append(repr(self.verdict))
        if self.refusal is not None:
            parts.append(self.refusal.code.name)
        if self.repeated:
            parts.append("repeated")
        return f"Outcome({', '.join(parts)})"


def decide_colors(rule: CheckRule | None, colors: Sequence[Color]) -> Decision:
    """What happens to the people of an accepted presentation: all of them go as the last of them.

    Args:
        rule: of the place; None for a trust list without a policy.
        colors: of everybody who was shown.
    """
    for color in colors:
        if color is not Color.GREEN if rule is None else not rule.admits(color):
            break
    else:
        return Decision.ADMIT
    if rule is None:
        return Decision.REFUSE
    left = (color for color in colors if not rule.admits(color))
    return Decision.ASSIST if all(rule.assists(color) for color in left) else Decision.REFUSE


def decide_refusal(
    rule: CheckRule | None, code: RefusalCode, *, excused: bool = False, reads_documents: bool = True
) -> Decision:
    """What happens to somebody whose presentation was refused.

    Args:
        rule: of the place; None for a trust list without a policy, or where none is in force.
        code: why.
        excused: whether it is the scanner's, a clock's or a poster's fault, for a code that may be.
        reads_documents: whether this scanner can take a document.
    """
    if code is RefusalCode.CHECK_NOT_PERMITTED:
        return Decision.NO_CHECK
    if code is RefusalCode.DOCUMENT_REQUIRED:
        return Decision.ASK if reads_documents else Decision.ASSIST
    if excused or code in NEVER_THEIR_FAULT or (rule is not None and rule.assisted):
        return Decision.ASSIST
    return Decision.REFUSE
