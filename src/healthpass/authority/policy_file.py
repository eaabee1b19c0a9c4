"""The check policy as a TOML file that people read and review:

    [[rule]]
    risk = "low"                  # low, medium or high
    place = "hospital"            # ordinary, hospital, care-home, transport-hub, school, special-workplace, or 7 to 23
    admit = ["green"]
    assist = ["yellow", "red"]    # helped (the green channel) instead of turned away
    documents = ["paper", "phone"]  # passes bound to a document count only with it: on paper, on a phone
    audience = false              # a showing must have been made for this very place

Where no rule is, no check is permitted.
"""

from __future__ import annotations

from typing import Any

from healthpass._toml import tables_of
from healthpass._values import Color
from healthpass.errors import FormatError
from healthpass.formats.check_policy import ON_PAPER, ON_PHONE, CheckPolicy, CheckRule, bits_of
from healthpass.formats.place import MAX_CLASS, PlaceClass, Risk
from healthpass.formats.words import by_word, word_of

MAX_FILE_SIZE = 65_536
_FIELDS = frozenset(("risk", "place", "admit", "assist", "documents", "audience"))
_RISKS, _PLACES = by_word(Risk), by_word(PlaceClass)
_COLORS = {name: bits_of(color) for name, color in by_word(Color).items()}
PASSES = {"paper": ON_PAPER, "phone": ON_PHONE}


def policy_from_toml(text: str) -> CheckPolicy:
    """The policy of a file, at most 65,536 characters.

    Raises:
        FormatError: not TOML, or a rule with a field missing, unknown or out of range; says which rule.
    """
    return CheckPolicy(tables_of(text, "check policy", "rule", MAX_FILE_SIZE, _rule))


def policy_to_toml(policy: CheckPolicy) -> str:
    """The file of a policy; `policy_from_toml` gives the policy back."""
    names = {int(each): name for name, each in _PLACES.items()}
    blocks = []
    for rule in policy.rules:
        place = f'"{names[rule.place_class]}"' if rule.place_class in names else str(rule.place_class)
        lines = [f'risk = "{word_of(rule.risk)}"', f"place = {place}"]
        lines += [f"admit = {_names(rule.admitted, _COLORS)}", f"assist = {_names(rule.assisted, _COLORS)}"]
        lines += [f"documents = {_names(rule.documents, PASSES)}", f"audience = {str(rule.audience).lower()}"]
        blocks.append("[[rule]]\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


def _names(bits: int, known: dict[str, int]) -> str:
    return "[" + ", ".join(f'"{name}"' for name, bit in known.items() if bits & bit) + "]"


def _rule(entry: Any) -> CheckRule:
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        raise FormatError(f"exactly these fields: {', '.join(sorted(_FIELDS))}")
    if not isinstance(entry["risk"], str) or entry["risk"] not in _RISKS:
        raise FormatError('risk: "low", "medium" or "high"')
    if type(entry["audience"]) is not bool:
        raise FormatError("audience: neither true nor false")
    return CheckRule(
        _RISKS[entry["risk"]],
        _place(entry["place"]),
        admitted=_bits(entry["admit"], "admit", _COLORS),
        assisted=_bits(entry["assist"], "assist", _COLORS),
        documents=_bits(entry["documents"], "documents", PASSES),
        audience=entry["audience"],
    )


def _place(value: Any) -> int:
    if isinstance(value, str) and value in _PLACES:
        return _PLACES[value]
    if type(value) is int and len(_PLACES) < value <= MAX_CLASS:
        return value
    raise FormatError(f"place: one of {', '.join(_PLACES)}, or a number from {len(_PLACES) + 1} to {MAX_CLASS}")


def _bits(value: Any, name: str, known: dict[str, int]) -> int:
    if not isinstance(value, list) or not all(isinstance(each, str) and each in known for each in value):
        raise FormatError(f"{name}: a list of any of {', '.join(known)}")
    return sum(known[each] for each in set(value))
