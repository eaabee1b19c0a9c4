"""An error that a test expects, to the letter: another one of the same class would be another fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from healthpass.errors import BadInput

E = TypeVar("E", bound=BadInput)


@contextmanager
def raises(kind: type[E], code: str, *sentences: str) -> Iterator[pytest.ExceptionInfo[E]]:
    """`pytest.raises` for an error of this class and code, with one of these sentences."""
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.code == code
    assert str(caught.value) in sentences


@contextmanager
def raises_one_of(*codes: str) -> Iterator[pytest.ExceptionInfo[BadInput]]:
    """For input that is damaged at random: an error of ours with one of these codes, by what the damage meets first."""
    with pytest.raises(BadInput) as caught:
        yield caught
    assert caught.value.code in codes
