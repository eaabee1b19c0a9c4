"""How a comparison of two times is held to the second: a case says what happens a second before, at, and after."""

from __future__ import annotations

from collections.abc import Callable

from healthpass.errors import BadInput, Refused
from tests.clocks.scan import Place

Case = Callable[[int], object]
"""Given -1, 0 or 1: by how many seconds the one time is past the other. Returns what came of it."""

HELD: dict[Place, list[tuple[Case, tuple[object, object, object]]]] = {}
"""For each comparison its cases, and what each gives at -1, 0 and 1."""


def holds(file: str, function: str, comparison: str, *, gives: tuple[object, object, object]) -> Callable[[Case], Case]:
    """Registers a case. One case may hold several comparisons, and one comparison may need several cases."""

    def register(case: Case) -> Case:
        HELD.setdefault((file, function, comparison), []).append((case, gives))
        return case

    return register


def outcome(call: Callable[[], object], taken: object = "taken") -> object:
    """The code of the error that a call ends with, or `taken`."""
    try:
        call()
    except BadInput as error:
        return error.code
    except Refused as refused:
        return refused.code.name
    return taken
