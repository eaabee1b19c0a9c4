"""Every public callable of the library and its parameters, found: no list of them is kept.

Public is what the reference shows (tests/project/test_public holds it to the `__all__` of packages). Of a class that
is its constructor and its public methods, those that it has from classes of ours included; but of a ledger that needs a
server its constructor alone: the methods are those of SQLite's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.reference import look_up, shown

NEEDS_A_SERVER = ("PostgresLedger",)


@dataclass(frozen=True)
class Found:
    """A public callable.

    Attributes:
        name: where it is found, with its class.
        function: what is called, without the instance or the class.
        owner: the class that it is a method of, or None.
        of_class: whether it is called on the class (a constructor too).
        parameters: without the instance or the class.
    """

    name: str
    function: Callable[..., Any]
    owner: type | None
    of_class: bool
    parameters: tuple[inspect.Parameter, ...]

    @property
    def plain(self) -> Any:
        """The function as it was written: its module, and the annotations."""
        return inspect.unwrap(self.function)


def public_callables() -> list[Found]:
    """All of them that take anything, each once, by name."""
    found: dict[Any, Found] = {}
    for thing in _things():
        for each in _of_class(thing) if inspect.isclass(thing) else _of_function(thing):
            found.setdefault(each.plain if each.owner is None else (each.plain, each.owner.__module__), each)
    return sorted(found.values(), key=lambda each: each.name)


def _things() -> Iterator[Any]:
    yield from (look_up(path) for _, path, _ in shown())


def _of_function(thing: Any) -> Iterator[Found]:
    if inspect.isfunction(thing):
        yield from _taking(f"{thing.__module__}.{thing.__qualname__}", thing, None, False)


def _of_class(kind: Any) -> Iterator[Found]:
    """Of a protocol nothing: it is others who have its methods."""
    if getattr(kind, "_is_protocol", False):
        return
    seen = set()
    for each in kind.__mro__:
        if not each.__module__.startswith("healthpass") or getattr(each, "_is_protocol", False):
            continue
        for name, member in vars(each).items():
            if kind.__name__ in NEEDS_A_SERVER and name != "__init__":
                continue
            if name in seen or (name.startswith("_") and name != "__init__"):
                continue
            seen.add(name)
            of_class = name == "__init__" or isinstance(member, classmethod | staticmethod)
            function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
            if inspect.isfunction(function):
                yield from _taking(f"{kind.__module__}.{kind.__qualname__}.{name}", function, kind, of_class)


def _taking(name: str, function: Callable[..., Any], owner: type | None, of_class: bool) -> Iterator[Found]:
    parameters = tuple(inspect.signature(function).parameters.values())
    if owner is not None and not isinstance(inspect.getattr_static(owner, name.rpartition(".")[2]), staticmethod):
        parameters = parameters[1:]
    if parameters:
        yield Found(name, function, owner, of_class, parameters)
