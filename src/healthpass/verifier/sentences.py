"""What is said at a gate, in the reader's language: a small TOML file. English and Chinese come with the library.

    admit = "…"             let in
    refuse = "…"            turned away for a colour
    assist = "…"            helped for a colour: where to go
    no-check = "…"          nobody is checked here
    ask = "…"               a document is asked for
    nothing-shown = "…"     helped, without a pass
    set-up = "…"            helped, for the scanner types what it reads wrongly
    help = "…"              after a refusal, to whom the rules help

    [refused]               what is wrong with the pass
    expired = "…"           a sentence for each refusal, by its code in lower case with dashes

    [not-checked]           that it was not checked, for no fault of the person, and what to do
    trust-list-expired = "…"

All of them must be there, and nothing else. Each has 1 to 240 printable characters, and no space at its ends.
`Sentences.shipped("en").to_toml()` is such a file to begin with.
"""

from __future__ import annotations

from healthpass._typed import typed
from healthpass._values import Decision
from healthpass.errors import FormatError, RefusalCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from healthpass.verifier.outcome import Outcome

MAX_FILE_CHARS = 16_384
MAX_CHARS = 240
"""Of one sentence."""
_REFUSED = (1, 3, 6, 8, 9, 10, 11, 12, 15, 16, 17, 19, 20)
_NOT_CHECKED = (1, 2, 3, 4, 5, 6, 7, 10, 13, 14, 15, 18, 22, 23, 24)
_PLAIN = ("admit", "refuse", "assist", "no-check", "ask", "nothing-shown", "set-up", "help")
_BY_DECISION = {
    Decision.ADMIT: "admit",
    Decision.REFUSE: "refuse",
    Decision.ASSIST: "assist",
    Decision.NO_CHECK: "no-check",
    Decision.ASK: "ask",
}


@typed
class Sentences:
    """What is said in one language; see the module. `Outcome.sentence` takes one."""

    __slots__ = ("_not_checked", "_plain", "_refused")

    def __init__(self, plain: Mapping[str, str], refused: Mapping[int, str], not_checked: Mapping[int, str]) -> None:
        self._plain = plain
        self._refused = refused
        self._not_checked = not_checked

    @classmethod
    def shipped(cls, language: str) -> Sentences:
        """Those that come with the library, "en" or "zh". Raises `FormatError` for another."""
        if language in _SHIPPED:
            return _SHIPPED[language]
        if language == "en":
            from healthpass.verifier.sentences_en import NOT_CHECKED, PLAIN, REFUSED
        elif language == "zh":
            from healthpass.verifier.sentences_zh import NOT_CHECKED, PLAIN, REFUSED
        else:
            raise FormatError("languages that come with the library are en and zh; another one is a file")
        return _SHIPPED.setdefault(language, Sentences(PLAIN, REFUSED, NOT_CHECKED))

    @classmethod
    def from_toml(cls, text: str) -> Sentences:
        """Those of a file of at most 16,384 characters.

        Raises:
            FormatError: not such a file; it says which sentence is missing, too much, or has not its form.
        """
        from healthpass._toml import content_of  # here: most gates need none

        content = content_of(text, "sentences", MAX_FILE_CHARS)
        names = {"refused": _names(_REFUSED), "not-checked": _names(_NOT_CHECKED)}
        tables = {name: content.pop(name, None) for name in names}
        plain = _texts(content, dict.fromkeys(_PLAIN, 0), "")
        refused, not_checked = (_texts(tables[name], names[name], f"{name}.") for name in names)
        return cls(
            plain,
            {number: refused[name] for name, number in names["refused"].items()},
            {number: not_checked[name] for name, number in names["not-checked"].items()},
        )

    def to_toml(self) -> str:
        """The file of these sentences."""
        tables = (("", self._plain), ("[refused]", _named(self._refused)), ("[not-checked]", _named(self._not_checked)))
        blocks = []
        for title, texts in tables:
            quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts.values())
            lines = [f'{name} = "{text}"' for name, text in zip(texts, quoted, strict=True)]
            blocks.append("\n".join([title] * (title != "") + lines) + "\n")
        return "\n".join(blocks)

    def of(self, outcome: Outcome, not_checked: bool = False, set_up: bool = False) -> str:
        """What to say.

        Args:
            outcome: what was decided.
            not_checked: whether the pass was refused for what may be no fault of its holder.
            set_up: whether that is how the scanner is set up.
        """
        decision, refusal = outcome.decision, outcome.refusal
        if decision is Decision.ASSIST and refusal is None and outcome.verdict is None:
            return self._plain["nothing-shown"]
        if refusal is None or decision not in (Decision.ASSIST, Decision.REFUSE):
            return self._plain[_BY_DECISION[decision]]
        if decision is Decision.REFUSE:
            return self._refused.get(refusal.code, self._plain["refuse"])
        if set_up:
            return self._plain["set-up"]
        if not_checked or refusal.code not in self._refused:
            return self._not_checked.get(refusal.code, self._plain["assist"])
        why, then = self._refused[refusal.code], self._plain["help"]
        return why + then if why[-1] in "。！？" else f"{why} {then}"  # noqa: RUF001  # Chinese has no space there


_SHIPPED: dict[str, Sentences] = {}
"""Those that were asked for: a gate asks for the same ones for each person."""


def _names(codes: Iterable[int]) -> dict[str, int]:
    return {RefusalCode(code).name.lower().replace("_", "-"): code for code in codes}


def _named(texts: Mapping[int, str]) -> dict[str, str]:
    return {name: texts[code] for name, code in _names(texts).items()}


def _texts(table: object, names: Mapping[str, int], where: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise FormatError(f"sentences: [{where[:-1]}] is missing")
    for name in names:
        if name not in table:
            raise FormatError(f"sentences: {where}{name} is missing")
        text = table[name]
        if not isinstance(text, str) or not 1 <= len(text) <= MAX_CHARS or not text.isprintable():
            raise FormatError(f"sentences: {where}{name} is a text of 1 to {MAX_CHARS} printable characters")
        if text != text.strip():
            raise FormatError(f"sentences: {where}{name} begins or ends with a space")
    if len(table) > len(names):
        raise FormatError("sentences: nothing but " + ", ".join(where + name for name in names))
    return dict(table)
