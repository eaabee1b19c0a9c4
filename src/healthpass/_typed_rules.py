"""What an annotation accepts, and how that is said. Loaded by `_typed` when a value is not as plain as its name.

A text such as "Sequence[Document] | None" becomes a `Rule`. Names are Python's own; those below, which stand for type
checkers alone; what the function's module has; or what a loaded module of this library has: where none has a class of
that name, no value can be of it.
"""

from __future__ import annotations

import sys
from _collections_abc import Collection, Container, Iterable, Iterator, Mapping, Sequence, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Test = Callable[[Any], "str | None"]

ALIASES = {
    "Time": "int | datetime",
    "Fetch": "Callable[[str], bytes] | str | os.PathLike[str]",
    "Value": "int | bytes | str | Sequence | Mapping | None",
    "Data": "bytes | memoryview | mmap",
    "Piece": "tuple[bytes, int]",
}
"""Names for types that are there for type checkers alone. What is in a `Value`, the encoder says."""
PROTOCOLS = {
    "Opener": ("public_key", "open"),
    "Replay": ("forget", "remember"),
    "Believed": ("fresh",),
    "BelievedWithKeys": ("fresh", "document_key"),
    "Dated": ("version",),
    "Files": (),
    "IO": ("read",),
    "BinaryIO": ("read",),
}
"""What is needed of a value, where the protocol is there for type checkers alone; of a stream, what we use of it."""
_SAYS = {"Time": "an int (seconds since 1970 UTC) or an aware datetime", "Callable": "a function", "PathLike": "a path"}
_CONTAINERS: dict[str, Any] = {
    "Sequence": Sequence,
    "Iterable": Iterable,
    "Collection": Collection,
    "Container": Container,
    "Set": Set,
    "Mapping": Mapping,
    "tuple": tuple,
    "list": list,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
}
_TEXTS = (str, bytes, bytearray, memoryview)
"""What is never taken for several values, though Python would."""
_RULES: dict[tuple[str, str], Rule] = {}


class Rule:
    """One way to be right.

    Attributes:
        says: what is expected.
        test: None for a value that is right, or what it is instead.
        stays: whether this depends on the type of the value alone.
        of_iterators: whether an iterator will do, so that what it gives is looked at.
    """

    __slots__ = ("of_iterators", "says", "stays", "test")

    def __init__(self, says: str, test: Test, stays: bool = True, of_iterators: bool = False) -> None:
        self.says = says
        self.test = test
        self.stays = stays
        self.of_iterators = of_iterators


def look(name: str, hint: str, value: Any, function: Any) -> tuple[str | None, Any, bool]:
    """What is wrong with the value of this parameter, if anything; the value, or a tuple of what an iterator gives;
    and whether any value of its type would do."""
    where = function.__module__, hint
    rule = _RULES.get(where)
    if rule is None:
        rule = _RULES[where] = rule_of(hint, function.__globals__)
    stays = rule.stays
    if rule.of_iterators and isinstance(value, Iterator):
        value, stays = tuple(value), False
    found = rule.test(value)
    return (None if found is None else f"{name}: {rule.says}{found}"), value, stays


def rule_of(hint: str, names: Mapping[str, Any]) -> Rule:
    """The rule of an annotation, whose names are those of a module."""
    rules = [_one(each, names) for each in _split(hint, "|")]
    if len(rules) == 1:
        return rules[0]

    def test(value: object) -> str | None:
        found = [rule.test(value) for rule in rules]
        if None in found:
            return None
        return next((each for each in found if each is not None and each.startswith(";")), found[0])

    *most, last = (rule.says for rule in rules)
    says = f"{', '.join(most)} or {last}"
    return Rule(says, test, all(rule.stays for rule in rules), any(rule.of_iterators for rule in rules))


def _split(text: str, at: str) -> list[str]:
    """The parts of a text between these characters, but for those in brackets."""
    parts, depth, start = [], 0, 0
    for place, each in enumerate(text):
        depth += (each == "[") - (each == "]")
        if each == at and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _one(hint: str, names: Mapping[str, Any]) -> Rule:
    dotted, bracket, inside = hint.strip("'\"").partition("[")
    name = dotted.rpartition(".")[2]
    if name in _CONTAINERS:
        items = _split(inside[:-1], ",") if bracket else []
        return _container(name, [rule_of(each, names) for each in items if each != "..."], "..." in items)
    if name in _LEAVES:
        return _LEAVES[name]
    if name in ALIASES:
        rule = rule_of(ALIASES[name], names)
        return Rule(_SAYS.get(name, rule.says), rule.test, rule.stays, rule.of_iterators)
    if name in PROTOCOLS:
        return _protocol(name, PROTOCOLS[name])
    own = names.get(name)
    found = [own] if own is not None else _loaded(name)
    if found and not isinstance(found[0], type):
        return rule_of(repr(found[0]).replace("typing.", ""), names)
    return _class(name, found)


def _loaded(name: str) -> list[Any]:
    """What has this name in the modules of this library that are loaded: classes, or another name for types."""
    modules = [module for at, module in list(sys.modules.items()) if at.startswith("healthpass")]
    found = {id(each): each for each in (vars(module).get(name) for module in modules) if each is not None}
    classes = [each for each in found.values() if isinstance(each, type)]
    return classes or list(found.values())


def _not(value: object) -> str:
    return f", not {article(type(value).__name__)}"


def _class(name: str, classes: Sequence[Any]) -> Rule:
    """An instance of a class: of one of those that have this name, or of one that is not ours."""
    for each in classes:
        if getattr(each, "_is_protocol", False):
            return _protocol(name, _members(each))
    own = tuple(classes)

    def test(value: object) -> str | None:
        if own:
            return None if isinstance(value, own) else _not(value)
        return None if any(each.__name__ == name for each in type(value).__mro__) else _not(value)

    return Rule(article(name), test)


def _members(protocol: Any) -> tuple[str, ...]:
    found: list[str] = []
    for each in protocol.__mro__:
        if getattr(each, "_is_protocol", False) and each.__name__ != "Protocol":
            found += [name for name in (*vars(each), *vars(each).get("__annotations__", ())) if name[0] != "_"]
    return tuple(dict.fromkeys(found))


def _protocol(name: str, members: tuple[str, ...]) -> Rule:
    def test(value: object) -> str | None:
        if isinstance(value, type) or not all(_has(value, each) for each in members):
            return _not(value)
        return None

    return Rule(f"{article(name)} (with {', '.join(members)})", test, stays=False)


def _has(value: object, member: str) -> bool:
    """Whether it has this member, without asking a device for it."""
    return hasattr(type(value), member) or hasattr(value, member)


def _container(name: str, items: list[Rule], any_number: bool) -> Rule:
    kind = _CONTAINERS[name]
    said = {"Set": "a set", "Container": "a collection", "Iterable": "an iterable"}.get(name) or article(name.lower())
    each_of = " and ".join(rule.says for rule in items)
    says = f"{said} of {each_of}" if items else said
    fixed = name == "tuple" and items and not any_number

    def test(value: Any) -> str | None:
        if isinstance(value, (*_TEXTS, type)) or not isinstance(value, kind):
            return _not(value)
        if not items or not hasattr(value, "__iter__"):
            return None
        if fixed:
            if len(value) != len(items):
                return f"; this has {len(value)} items"
            pairs = list(zip(items, value, strict=True))
        elif len(items) == 2:
            pairs = [pair for key, held in value.items() for pair in ((items[0], key), (items[1], held))]
        else:
            pairs = [(items[0], each) for each in value]
        for rule, each in pairs:
            found = rule.test(each)
            if found is not None:
                return found if found.startswith(";") else f"; an item of it is {found.removeprefix(', not ')}"
        return None

    return Rule(says, test, not items, name == "Iterable")


def _leaf(says: str, right: Callable[[Any], bool]) -> Rule:
    return Rule(says, lambda value: None if right(value) else _not(value))


_LEAVES = {
    "None": _leaf("None", lambda value: value is None),
    "int": _leaf("an int", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "float": _leaf("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "bool": _leaf("a bool", lambda value: isinstance(value, bool)),
    "str": _leaf("a str", lambda value: isinstance(value, str)),
    "bytes": _leaf("bytes", lambda value: isinstance(value, bytes)),
    "bytearray": _leaf("a bytearray", lambda value: isinstance(value, bytearray)),
    "memoryview": _leaf("a memoryview", lambda value: isinstance(value, memoryview)),
    "object": _leaf("anything", lambda value: True),
    "Any": _leaf("anything", lambda value: True),
    "Callable": _leaf(_SAYS["Callable"], callable),
    "PathLike": _leaf(_SAYS["PathLike"], lambda value: hasattr(type(value), "__fspath__")),
}


def article(name: str) -> str:
    """The name of a type with its article."""
    if name in ("NoneType", "None"):
        return "None"
    if name in ("bytes", "dict_keys", "dict_values", "dict_items"):
        return name
    return f"an {name}" if name[0] in "aeioAEIO" else f"a {name}"
