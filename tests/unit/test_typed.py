"""`typed`: a wrong type is a `TypeError` by name, before anything happens; a right one is taken as it is."""

from __future__ import annotations

import inspect
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from healthpass import Color, RefusalCode
from healthpass._typed import WrongType, checks_itself, hold, typed, wrong

if TYPE_CHECKING:
    from healthpass._values import Time


@typed
def numbers(first: int, second: int | None = None, *, name: str = "x") -> tuple[object, ...]:
    """Gives them back."""
    return first, second, name


@typed
class Thing:
    """With a method of each kind."""

    made = 0

    def __init__(self, size: int) -> None:
        type(self).made += 1
        self.size = size

    def grow(self, by: int) -> int:
        return self.size + by

    @classmethod
    def of(cls, text: str) -> Thing:
        return cls(len(text))

    @staticmethod
    def twice(number: int) -> int:
        return 2 * number

    @checks_itself
    def quickly(self, by: Any) -> object:
        return by

    def _inner(self, by: int) -> object:
        return by

    def nothing(self) -> int:
        return self.size


class Grown(Thing):
    """Has what it does not say itself from `Thing`."""


def refuses(says: str, function: Callable[..., object], *arguments: object, **named: object) -> None:
    with pytest.raises(TypeError) as caught:
        function(*arguments, **named)
    assert str(caught.value) == says


def test_what_is_right_is_taken_as_it_is() -> None:
    assert numbers(1) == (1, None, "x")
    assert numbers(1, 2, name="y") == (1, 2, "y")
    assert numbers(second=None, first=Color.RED) == (Color.RED, None, "x")
    for _ in range(2):
        assert numbers(7) == (7, None, "x")


def test_by_position_and_by_name() -> None:
    for _ in range(2):  # what was right once makes nothing else right
        refuses("first: an int, not a str", numbers, "1")
        refuses("first: an int, not a bool", numbers, True)
        refuses("second: an int or None, not a float", numbers, 1, 2.0)
        refuses("second: an int or None, not a bool", numbers, 1, second=False)
        refuses("name: a str, not None", numbers, 1, name=None)
        assert numbers(1, 2, name="y") == (1, 2, "y")


def test_who_leaves_out_or_adds_something_is_told_by_python() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'first'"):
        numbers()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional arguments but 3 were given"):
        numbers(1, 2, "x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'third'"):
        numbers(1, third=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [Thing, Grown])
def test_of_a_class_its_constructor_and_public_methods(kind: type[Thing]) -> None:
    made = kind.made
    refuses("size: an int, not a str", kind, "1")
    assert kind.made == made
    thing = kind(3)
    assert (thing.grow(1), kind.of("four").size, kind.twice(4), thing.nothing()) == (4, 4, 8, 3)
    refuses("by: an int, not None", thing.grow, None)
    refuses("text: a str, not bytes", kind.of, b"four")
    refuses("number: an int, not a list", kind.twice, [])
    assert thing.quickly("as it likes") == "as it likes"
    assert thing._inner("1") == "1"  # type: ignore[arg-type]


def test_what_can_be_asked_of_a_function_stays() -> None:
    assert str(inspect.signature(numbers)).startswith("(first: 'int', second: 'int | None' = None, *, name: 'str'")
    assert (numbers.__name__, numbers.__doc__, numbers.__module__) == ("numbers", "Gives them back.", __name__)
    assert Thing.grow.__qualname__ == "Thing.grow"
    assert not hasattr(Thing.nothing, "__wrapped__")


@typed
def taken(
    sequence: Sequence[int] = (),
    several: Iterable[str] = (),
    mapping: Mapping[str, bytes] | None = None,
    pair: tuple[int, str] = (1, ""),
    some: tuple[int, ...] = (),
    colors: frozenset[Color] = frozenset(),
    when: Time = 0,
    where: str | PathLike[str] = "",
    asked: Callable[[str], bytes] | None = None,
    code: RefusalCode = RefusalCode.REVOKED,
    thing: Thing | None = None,
    number: float = 0.5,
) -> Any:
    return locals()


@pytest.mark.parametrize(
    "named",
    [
        {"sequence": range(3)},
        {"sequence": [1, 2]},
        {"several": {"a", "b"}},
        {"several": {"a": 1}.keys()},
        {"mapping": {"a": b"b"}},
        {"mapping": {}},
        {"pair": (2, "x")},
        {"some": (1, 2, 3)},
        {"colors": frozenset({Color.RED, Color.GREEN})},
        {"when": 12},
        {"when": datetime(2027, 1, 1, tzinfo=UTC)},
        {"where": Path("here")},
        {"asked": str.encode},
        {"asked": Thing},
        {"thing": Grown(1)},
        {"number": 1},
    ],
    ids=str,
)
def test_right_types(named: dict[str, Any]) -> None:
    for _ in range(2):
        found = taken(**named)
        assert all(found[name] is value for name, value in named.items())


@pytest.mark.parametrize(
    ("says", "named"),
    [
        ("sequence: a sequence of an int, not a str", {"sequence": "12"}),
        ("sequence: a sequence of an int, not bytes", {"sequence": b"12"}),
        ("sequence: a sequence of an int; an item of it is a bool", {"sequence": [1, True]}),
        ("sequence: a sequence of an int; an item of it is None", {"sequence": (None,)}),
        ("several: an iterable of a str, not a str", {"several": "ab"}),
        ("several: an iterable of a str; an item of it is an int", {"several": ["a", 1]}),
        ("mapping: a mapping of a str and bytes or None, not a list", {"mapping": []}),
        ("mapping: a mapping of a str and bytes or None; an item of it is a str", {"mapping": {"a": "b"}}),
        ("mapping: a mapping of a str and bytes or None; an item of it is an int", {"mapping": {1: b"b"}}),
        ("pair: a tuple of an int and a str; this has 3 items", {"pair": (1, "2", 3)}),
        ("pair: a tuple of an int and a str; an item of it is an int", {"pair": (1, 2)}),
        ("some: a tuple of an int, not a list", {"some": [1]}),
        ("colors: a frozenset of a Color; an item of it is an int", {"colors": frozenset({1})}),
        ("when: an int (seconds since 1970 UTC) or an aware datetime, not a float", {"when": 1.0}),
        ("where: a str or a path, not bytes", {"where": b"here"}),
        ("asked: a function or None, not an int", {"asked": 7}),
        ("code: a RefusalCode, not an int", {"code": 7}),
        ("thing: a Thing or None, not a type", {"thing": Thing}),
        ("number: a number, not a bool", {"number": True}),
    ],
    ids=str,
)
def test_wrong_types(says: str, named: dict[str, Any]) -> None:
    for _ in range(2):
        refuses(says, taken, **named)


def test_an_iterator_is_looked_at_before_and_read_once() -> None:
    read: list[str] = []

    def some() -> Iterator[str]:
        for each in "abc":
            read.append(each)
            yield each

    assert taken(several=some())["several"] == ("a", "b", "c")
    assert read == ["a", "b", "c"]
    refuses("several: an iterable of a str; an item of it is an int", taken, several=iter([1]))
    refuses("sequence: a sequence of an int, not a list_iterator", taken, sequence=iter([1]))


def test_another_class_of_the_same_name_is_another_class() -> None:
    other = type("Thing", (), {})
    refuses("thing: a Thing or None, not a Thing", taken, thing=other())


def test_the_value_is_neither_said_nor_held() -> None:
    with pytest.raises(WrongType) as caught:
        numbers("a number of a document")  # type: ignore[arg-type]
    said = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert "a number of a document" not in str(caught.value)
    assert frames
    assert not any("a number of a document" in repr(frame.f_locals) for frame in frames)
    assert said.count("WrongType: first: an int, not a str") == 1
    assert caught.value.__context__ is None


@typed
def failing(text: str) -> None:
    raise ValueError("no good")


def test_an_error_of_the_function_itself_holds_no_more_than_it_does() -> None:
    with pytest.raises(ValueError, match=r"^no good$") as caught:
        failing("a secret text")
    outer = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__) if frame.f_code.co_name == "check"]
    assert len(outer) == 1
    assert "a secret text" not in repr(outer[0].f_locals)


def by_hand(data: bytes, most: int) -> int:
    try:
        return min(len(data), most)
    except TypeError:
        hold(by_hand, data, most)
        raise


def test_held_after_the_fact() -> None:
    assert by_hand(b"abc", 2) == 2
    refuses("data: bytes, not an int", by_hand, 3, 2)
    refuses("most: an int, not a str", by_hand, b"abc", "2")
    assert str(wrong("text", "a str", None)) == "text: a str, not None"
    assert str(wrong("text", "a str", 1)) == "text: a str, not an int"


def test_the_rules_are_loaded_for_what_is_not_plain_alone() -> None:
    code = """
import sys
from healthpass._typed import typed
def f(a: "int", b: "str | None", c: "tuple[int, ...]", d: "dict[str, bytes]"): pass
f = typed(f)
f(1, None, (1, 2), {"a": b"b"})
print("healthpass._typed_rules" in sys.modules)
try:
    f(True, None, (), {})
except TypeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\na: an int, not a bool\n"
