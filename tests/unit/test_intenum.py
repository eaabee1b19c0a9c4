"""`LightIntEnum` gives the answers that `enum.IntEnum` gives, without its import time."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import pytest

from healthpass import Color, RefusalCode
from healthpass._values import LightIntEnum

Ours = RefusalCode
Theirs = IntEnum("Theirs", [(code.name, code.value) for code in RefusalCode])  # type: ignore[misc]  # made at run time


class Few(LightIntEnum):
    """With a method and a negative value."""

    MINUS = -1
    ZERO = 0

    def double(self) -> int:
        return 2 * self


def attempt(call: Callable[[], Any]) -> object:
    """What it gives, or the kind of error."""
    try:
        return call()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return type(error)


QUESTIONS: dict[str, Callable[[Any], object]] = {
    "names in order": lambda enum: [member.name for member in enum],
    "values in order": lambda enum: [member.value for member in enum],
    "as ints": lambda enum: [int(member) for member in enum],
    "types of values": lambda enum: {type(member.value) for member in enum},
    "how many": len,
    "by value": lambda enum: [enum(n).name for n in range(1, 22)],
    "by another number's value": lambda enum: enum(1.0).name,
    "by a member": lambda enum: enum(enum.MALFORMED) is enum.MALFORMED,
    "by name": lambda enum: enum["MALFORMED"] is enum.MALFORMED,
    "by attribute": lambda enum: enum.REPLAYED is enum(17),
    "no such value": lambda enum: enum(0),
    "no such value, None": lambda enum: enum(None),
    "no such value, text": lambda enum: enum("MALFORMED"),
    "no such value, unhashable": lambda enum: enum([]),
    "no such name": lambda enum: enum["NOTHING"],
    "no such name, a number": lambda enum: enum[1],
    "no such attribute": lambda enum: enum.NOTHING,
    "str": lambda enum: [str(member) for member in enum],
    "repr": lambda enum: repr(enum.MALFORMED).replace("RefusalCode", "Theirs"),
    "format": lambda enum: [f"{enum.MALFORMED}", f"{enum.MALFORMED:03d}", f"{enum.MALFORMED!s:>4}", f"{enum(10):x}"],
    "percent": lambda enum: "%s %d %x" % (enum(10), enum(10), enum(10)),  # noqa: UP031  # that is the question
    "json": lambda enum: json.dumps([enum(10), {"code": enum(11)}]),
    "a member is in it": lambda enum: [member in enum for member in enum],
    "hash": lambda enum: [hash(member) for member in enum],
    "equality": lambda enum: [enum(1) == 1, enum(1) == 2, enum(1) != 1, enum(1) == enum(1), enum(1) == "1"],
    "order": lambda enum: [enum(1) < enum(2), enum(2) <= 2, enum(3) > 4, enum(3) >= enum(3), max(enum).name],
    "sorted": lambda enum: [member.name for member in sorted(enum, reverse=True)],
    "arithmetic": lambda enum: [enum(1) + 1, enum(5) & 4, -enum(3), enum(7) // 2],
    "type of a sum": lambda enum: type(enum(1) + 1),
    "truth": lambda enum: [bool(enum(1)), bool(enum)],
    "as a key": lambda enum: {enum(1): "a"}[1],
    "as an index": lambda enum: "abc"[enum(2)],
    "isinstance": lambda enum: [isinstance(enum(1), enum), isinstance(enum(1), int), isinstance(1, enum)],
    "type": lambda enum: type(enum(1)) is enum,
    "copy": lambda enum: copy.copy(enum(4)) is enum(4),
    "deepcopy": lambda enum: copy.deepcopy([enum(4)])[0] is enum(4),
    "reassign": lambda enum: setattr(enum, "MALFORMED", 4),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_the_same_answer(question: Callable[[Any], object]) -> None:
    assert attempt(lambda: question(Ours)) == attempt(lambda: question(Theirs))


def test_refused_reassignment_changes_nothing() -> None:
    with pytest.raises(AttributeError, match=r"^cannot reassign member 'GREEN'$"):
        Color.GREEN = 3  # type: ignore[misc]  # that is the point
    assert Color.GREEN.value == 1
    assert Color(1) is Color.GREEN


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol: int) -> None:
    for code in RefusalCode:
        assert pickle.loads(pickle.dumps(code, protocol)) is code
    assert pickle.loads(pickle.dumps(list(Color), protocol)) == list(Color)


def test_membership_by_value() -> None:
    """As `IntEnum` answers from Python 3.12 on."""
    assert 3 in Color  # type: ignore[operator]  # known to IntEnum of 3.12
    assert 4 not in Color  # type: ignore[operator]  # the same


def test_the_error_does_not_repeat_the_value() -> None:
    with pytest.raises(ValueError, match=r"^not a valid Color$") as caught:
        Color("440102199001011234")  # type: ignore[arg-type]  # that is the point
    assert "1990" not in str(caught.value)


def test_methods_and_values_below_one() -> None:
    assert [member.name for member in Few] == ["MINUS", "ZERO"]
    assert Few.MINUS.double() == -2
    assert Few(0) is Few.ZERO


def test_colors() -> None:
    assert [(color.name, color.value) for color in Color] == [("GREEN", 1), ("YELLOW", 2), ("RED", 3)]
