"""A survey's form: fields that are defined in a TOML file, with what they are called in each language.

    [[field]]
    id = "fever"                      # 1 to 40 of a-z, 0-9 and "-"; no two alike
    kind = "yes-no"                   # heading, text, date, yes-no, choice or number
    required = true                   # false if it is left out; a heading asks nothing and has none
    label = { en = "...", zh = "..." }
    help = { en = "...", zh = "..." }    # may be left out

A text may have `lines` (to write on, 1 to 12; 1 if left out) and `most` (characters, up to 4000; 200 if left out). A
number may have `least`, `most` (0 and 999999 if left out), `decimals` (0 to 3; 0 if left out) and `unit`. A choice has
`options`, each an `id` and its label in each language, and may have `many = true` (tick all that apply) and then
`alone`, the option that cannot be combined with others. Every text of a form is there in the same languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from healthpass._texts import tidy
from healthpass._toml import tables_of
from healthpass.crypto import ed25519
from healthpass.errors import FormatError
from healthpass.formats import fields

MAX_FILE_SIZE = 65_536
MAX_FIELDS = 100
MAX_OPTIONS = 30
MAX_LABEL = 200
"""Characters of a label or an option; a help text may have 400."""
KINDS = (HEADING, TEXT, DATE, YES_NO, CHOICE, NUMBER) = ("heading", "text", "date", "yes-no", "choice", "number")
_ID_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789-"
_WHAT = "survey form"
_OWN: Mapping[str, frozenset[str]] = {
    HEADING: frozenset(),
    TEXT: frozenset(("required", "lines", "most")),
    DATE: frozenset(("required",)),
    YES_NO: frozenset(("required",)),
    CHOICE: frozenset(("required", "options", "many", "alone")),
    NUMBER: frozenset(("required", "least", "most", "decimals", "unit")),
}

Texts = Mapping[str, str]
"""By language, such as "en" or "zh"."""


@dataclass(frozen=True, slots=True)
class Field:
    """A question, or a heading.

    Attributes:
        id: its name in the answers.
        kind: one of `KINDS`.
        label, help: by language; no help is an empty map.
        required: whether it must be answered.
        lines, most: of a text: lines to write on, and characters.
        least, most, decimals, unit: of a number.
        options: of a choice: the label of each option by its id, in order.
        many: of a choice: whether several may be taken.
        alone: the option that cannot be combined with others; empty if there is none.
    """

    id: str
    kind: str
    label: Texts
    help: Texts
    required: bool = False
    lines: int = 1
    least: int = 0
    most: int = 0
    decimals: int = 0
    unit: str = ""
    options: Mapping[str, Texts] = field(default_factory=dict)
    many: bool = False
    alone: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        fields: in their order.
        languages: those that all of its texts are in, sorted.
        digest: 32 bytes that stand for the file, so that answers say which form they answer.
    """

    fields: tuple[Field, ...]
    languages: tuple[str, ...]
    digest: bytes

    @property
    def questions(self) -> tuple[Field, ...]:
        """The fields that are not headings."""
        return tuple(each for each in self.fields if each.kind != HEADING)

    def check_language(self, language: str) -> None:
        """Raises `FormatError` if the form is not in that language."""
        if language not in self.languages:
            raise FormatError(f"{_WHAT}: it is in these languages: {', '.join(self.languages)}")


def form_from_toml(text: str) -> Form:
    """The form of a file, at most 65,536 characters.

    Raises:
        FormatError: not TOML; no question, over 100 fields, or one that is not as above: says which; or a text that is
            missing in a language.
    """
    text = tidy(text) if len(text) <= MAX_FILE_SIZE else text
    listed = tables_of(text, _WHAT, "field", MAX_FILE_SIZE, _field)
    if len(listed) > MAX_FIELDS or all(each.kind == HEADING for each in listed):
        raise FormatError(f"{_WHAT}: 1 to {MAX_FIELDS} fields, and one of them a question")
    fields.distinct([each.id for each in listed], f"{_WHAT}, id")
    languages = listed[0].label.keys()
    for number, each in enumerate(listed, 1):
        texts = [each.label, *each.options.values(), *([each.help] if each.help else [])]
        if any(some.keys() != languages for some in texts):
            raise FormatError(f"{_WHAT}, field {number}: each text in these languages: {', '.join(sorted(languages))}")
    return Form(tuple(listed), tuple(sorted(languages)), ed25519.sha512(text.encode("utf-8", "surrogatepass"))[:32])


def shipped_form() -> str:
    """The file of the epidemiological survey that comes with the library, in English and Chinese."""
    return (resources.files("healthpass.station") / "forms" / "epidemiological.toml").read_text(encoding="utf-8")


def _field(entry: Any) -> Field:
    if not isinstance(entry, dict) or entry.get("kind") not in KINDS:
        raise FormatError(f"kind: one of {', '.join(KINDS)}")
    kind = entry["kind"]
    allowed = _OWN[kind] | {"id", "kind", "label", "help"}
    if not entry.keys() <= allowed or not {"id", "label"} <= entry.keys():
        raise FormatError(f"a {kind} has id, kind and label, and may have {', '.join(sorted(allowed))}; nothing else")
    decimals = _number(entry, "decimals", 0, 0, 3)
    options = _options(entry) if kind == CHOICE else {}
    many = _flag(entry, "many")
    least = _number(entry, "least", 0, -999_999, 999_999)
    most = _number(entry, "most", 200, 1, 4000) if kind == TEXT else _number(entry, "most", 999_999, least, 999_999)
    return Field(
        id=_id(entry["id"]),
        kind=kind,
        label=_texts(entry["label"], "label", MAX_LABEL),
        help=_texts(entry["help"], "help", 2 * MAX_LABEL) if "help" in entry else {},
        required=_flag(entry, "required"),
        lines=_number(entry, "lines", 1, 1, 12),
        least=least,
        most=most,
        decimals=decimals,
        unit=_printable(entry["unit"], "unit", 12) if "unit" in entry else "",
        options=options,
        many=many,
        alone=_alone(entry, options, many),
    )


def _options(entry: dict[str, Any]) -> dict[str, Texts]:
    listed = entry.get("options")
    if not isinstance(listed, list) or not 2 <= len(listed) <= MAX_OPTIONS:
        raise FormatError(f"options: a list of 2 to {MAX_OPTIONS}")
    options = {}
    for each in listed:
        if not isinstance(each, dict) or "id" not in each:
            raise FormatError("options: each has an id and a label in each language")
        name = _id(each["id"])
        if name in options:
            raise FormatError("options: the same id twice")
        options[name] = _texts({key: value for key, value in each.items() if key != "id"}, "options", MAX_LABEL)
    return options


def _alone(entry: dict[str, Any], options: Mapping[str, Texts], many: bool) -> str:
    if "alone" not in entry:
        return ""
    alone = entry["alone"]
    if not many or not isinstance(alone, str) or alone not in options:
        raise FormatError("alone: the id of an option, where many may be taken")
    return alone


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 40 or value.strip(_ID_CHARS):
        raise FormatError('id: 1 to 40 of a-z, 0-9 and "-"')
    return value


def _texts(value: Any, name: str, most: int) -> Texts:
    if not isinstance(value, dict) or not 1 <= len(value) <= 20 or not all(map(_is_language, value)):
        raise FormatError(f'{name}: a text in each language, such as {{ en = "...", zh = "..." }}')
    return {language: _printable(text, name, most) for language, text in value.items()}


def _is_language(name: str) -> bool:
    return 2 <= len(name) <= 12 and not name.lower().strip("abcdefghijklmnopqrstuvwxyz0123456789-")


def _printable(value: Any, name: str, most: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable() or not value.strip():
        raise FormatError(f"{name}: a printable text of 1 to {most} characters, in one line")
    return value


def _flag(entry: dict[str, Any], name: str) -> bool:
    value = entry.get(name, False)
    if type(value) is not bool:
        raise FormatError(f"{name}: neither true nor false")
    return value


def _number(entry: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    return fields.uint(entry.get(name, default), name, most=most, least=least)
