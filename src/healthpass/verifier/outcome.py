"""What `Verifier.decide` gives: a decision, why, and what to say."""

from __future__ import annotations

from healthpass._typed import wrong
from healthpass._values import Decision, Verdict
from healthpass.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from healthpass.verifier.sentences import Sentences


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
        from healthpass.verifier.sentences import Sentences  # here: a gate with pictures says nothing

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
