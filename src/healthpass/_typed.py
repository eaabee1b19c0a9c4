"""Wrong types are heard of at once, and by name.

What is `typed` holds what it is given to its own annotations, before anything else happens: a `TypeError` names the
parameter, what is expected there and the type that came, and never the value. A `bool` is no `int`.

The annotations of this library are texts, and most of what they name is imported for type checkers alone. So a value
whose type has the very name that the annotation has is taken at once, and its type remembered; only what is not as
plain as that loads the rules (`_typed_rules`). A scanner that is started for one pass has no use for them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    T = TypeVar("T")

_ALSO = {
    "Time": (int,),
    "Time | None": (int,),
    "Value": (int, bytes, str, list, dict, type(None)),
    "Data": (bytes, memoryview),
}
_SEVERAL: tuple[type, ...] = (tuple, list, set, frozenset, range, type({}.values()))
_OF_ANY = ("Sequence", "Iterable", "Collection")
_NO_TYPES: frozenset[type] = frozenset()


def typed(thing: T) -> T:
    """A function that checks the types of its arguments; of a class, the constructor and every public method does.

    What an iterator gives is looked at before, so the function is given a tuple of it. A function that `checks_itself`
    is left as it is.
    """
    if not isinstance(thing, type):
        return _checking(thing)  # type: ignore[arg-type,return-value]
    for name, each in list(vars(thing).items()):
        if name == "__init__" or not name.startswith("_"):
            kind: Any = type(each)
            if kind is type(typed):
                setattr(thing, name, _checking(each, 1))
            elif kind in (classmethod, staticmethod):
                setattr(thing, name, kind(_checking(each.__func__, int(kind is classmethod))))
    return thing


def checks_itself(function: T) -> T:
    """Says of a method that it is called too often to be `typed`: it looks itself, and calls `hold` or `wrong`."""
    function.checks_itself = True  # type: ignore[attr-defined]
    return function


class WrongType(TypeError):
    """So that who reads a file can say that the file is wrong. It is no part of the interface."""


def hold(function: Callable[..., Any], *arguments: Any) -> None:
    """For a function that is called too often to be `typed`, and has seen that its arguments may be wrong.

    Raises:
        TypeError: they are.
    """
    problem, _, _ = _look(function, _parameters(function), arguments, {})
    if problem is not None:
        raise WrongType(problem)


def wrong(name: str, expected: str, value: object) -> WrongType:
    """The error for a value of a wrong type, for who checks by hand."""
    from healthpass._typed_rules import article  # lazy: only where something is wrong

    return WrongType(f"{name}: {expected}, not {article(type(value).__name__)}")


def _checking(function: Callable[..., Any], bound: int = 0) -> Callable[..., Any]:
    inner = _written(function)
    code = inner.__code__
    if code.co_argcount + code.co_kwonlyargcount == bound or hasattr(inner, "checks_itself"):
        return function
    known: dict[str, frozenset[type]] | None = None

    def check(*arguments: Any, **named: Any) -> Any:
        nonlocal known
        value: object = None
        try:
            if known is None:  # the first call: most of what a scanner loads is never called
                known = _parameters(function)
            for name, value in zip(known, arguments):  # noqa: B905  # too many are the function's matter
                if type(value) not in known[name]:
                    break
            else:
                for name in named:
                    if type(named[name]) not in known.get(name, ()):
                        break
                else:
                    return function(*arguments, **named)
            problem, arguments, named = _look(_written(function), known, arguments, named)
            if problem is None:
                return function(*arguments, **named)
        except BaseException:
            del arguments, named, value  # an error takes along no value of this frame
            raise
        del arguments, named, value
        raise WrongType(problem)

    check.__module__, check.__qualname__ = function.__module__, function.__qualname__
    check.__name__, check.__doc__ = function.__name__, function.__doc__
    check.__wrapped__ = function  # type: ignore[attr-defined]  # for `inspect`: the arguments and their types
    return check


def _written(function: Any) -> Any:
    """The function as it was written, without what is around it."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _parameters(function: Any) -> dict[str, frozenset[type]]:
    """Its parameters, those that can be given by position first; of none of them is any type known yet to be right."""
    code = _written(function).__code__
    return dict.fromkeys(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount], _NO_TYPES)


def _look(
    inner: Any, known: dict[str, frozenset[type]], arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[str | None, tuple[Any, ...], dict[str, Any]]:
    """What is wrong with the arguments, if anything; and the arguments, with a tuple in the place of an iterator."""
    names = inner.__code__.co_varnames[: inner.__code__.co_argcount]
    given = dict(zip(names, arguments))  # noqa: B905
    changed = {}
    for name, value in (*given.items(), *named.items()):
        kind = type(value)
        if name not in known or kind in known[name]:
            continue
        hint = inner.__annotations__.get(name)
        if hint is not None and not _is_plain(value, hint):
            from healthpass._typed_rules import look  # here: most of what comes is as plain as that

            problem, taken, stays = look(name, hint, value, inner)
            if problem is not None:
                return problem, arguments, named
            changed[name] = taken
            if stays:
                known[name] |= {kind}
        elif hint is None or "[" not in hint:
            known[name] |= {kind}
    if changed:
        arguments = (*(changed.get(name, value) for name, value in given.items()), *arguments[len(given) :])
        named = {name: changed.get(name, value) for name, value in named.items()}
    return None, arguments, named


def _is_plain(value: Any, hint: str) -> bool:
    """Whether this is at once what the annotation says: of the very class that it names, Python's or ours, or a tuple,
    list or dictionary of such. It may be right all the same if it is not; the rules know."""
    head, bracket, inside = hint.partition("[")
    if not bracket:
        return _has_name(type(value), hint)
    if hint.endswith(" | None"):
        return value is None or _is_plain(value, hint[:-7])
    kind, inside = type(value), inside[:-1]
    *others, head = head.split(" | ")
    if others and _has_name(kind, " | ".join(others)):
        return True
    if head == "Callable":
        return callable(value)
    if kind is dict and head in ("dict", "Mapping"):
        key, _, held = inside.partition(", ")
        return _all_plain(value, key) and _all_plain(value.values(), held)
    if kind is tuple and head == "tuple" and not inside.endswith(", ..."):
        items = inside.split(", ")
        return len(items) == len(value) and all(map(_is_plain, value, items))
    return kind in _SEVERAL and head in (kind.__name__, *_OF_ANY) and _all_plain(value, inside.removesuffix(", ..."))


def _all_plain(values: Iterable[Any], hint: str) -> bool:
    if "[" in hint:
        return all(_is_plain(each, hint) for each in values)
    return all(_has_name(kind, hint) for kind in set(map(type, values)))


def _has_name(kind: type, hint: str) -> bool:
    name = "None" if kind.__name__ == "NoneType" else kind.__name__
    if name not in hint.split(" | "):
        return kind in _ALSO.get(hint, ())
    return kind.__module__ == "builtins" or kind.__module__.startswith("healthpass.")
