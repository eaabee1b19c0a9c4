"""What an error takes along: no secret in the values of its frames.

A traceback keeps the frame of each function that an error passed through, with all its variables, and the errors that
came before it. Error reporters (Sentry, rich, `traceback` with `capture_locals`) show these. So a public function that
handles a secret is `guarded`: an error that leaves it says in which lines it was, but the variables there are gone, and
so are the errors behind it.

The frames of who called are the caller's: what they hold is not ours to clear.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")


def guarded(function: Callable[P, T]) -> Callable[P, T]:
    """`function`, whose errors hold none of its variables, none of what it has called, and no other errors."""

    def guard(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return function(*arguments, **named)
        except BaseException as error:
            _clear(error)
            del arguments, named
            raise

    guard.__module__, guard.__qualname__ = function.__module__, function.__qualname__
    guard.__name__, guard.__doc__ = function.__name__, function.__doc__
    guard.__wrapped__ = function  # type: ignore[attr-defined]  # for `inspect`: the arguments and their types
    return guard


def _clear(error: BaseException) -> None:
    """Clear the frames that the error has come through, and forget the errors that it came from."""
    at = error.__traceback__
    while at is not None:
        frame, at = at.tb_frame, at.tb_next
        try:
            frame.clear()
        except RuntimeError:  # it still runs: that of `guard`, which holds nothing by then
            continue
    error.__cause__ = error.__context__ = None
