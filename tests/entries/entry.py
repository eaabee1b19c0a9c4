"""What is known of an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from healthpass.errors import HealthpassError
from tests.entries.hostile import BYTES, MEGABYTE, TOML, Named, around, worst

T = TypeVar("T")
Step = Callable[[], object]
"""What is measured."""
Given = Callable[[bytes], Step]
"""Makes everything ready for an input, which does not count, and gives the step."""


def _nothing() -> Mapping[str, bytes]:
    return {}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, and what is given to it.

    Attributes:
        name: in the table.
        of: the public functions that it stands for.
        given: see `Given`. A text comes in UTF-8.
        kind: `BYTES`, `TEXT` or `TOML`.
        most: bytes or characters that it takes, if that is less than a megabyte.
        honest: its largest honest inputs.
        signed: makes a message of a hostile payload that somebody who may has signed.
        work: why it may cost more than 50 ms: what its size is the work of.
    """

    name: str
    of: tuple[str, ...]
    given: Given
    kind: str = BYTES
    most: int = MEGABYTE
    honest: Callable[[], Mapping[str, bytes]] = _nothing
    signed: Callable[[bytes], bytes] | None = None
    work: str = ""

    def inputs(self) -> Iterator[Named]:
        """All that is tried: of a megabyte, and of the most that the entry takes."""
        sizes = sorted({MEGABYTE, min(self.most, MEGABYTE)})
        for size in sizes:
            for name, data in worst(self.kind, size):
                yield f"{name}, {size} bytes", data
        for name, data in self.honest().items():
            for how, made in around(data, sizes[0]):
                yield f"{name}: {how}", made
        if self.signed is not None:
            for name, data in worst(BYTES, sizes[0] - 256):
                yield f"signed: {name}", self.signed(data)
        if self.kind == TOML:
            yield "nothing", b""


def plain(call: Callable[[bytes], object]) -> Given:
    """Nothing needs to be ready."""
    return lambda data: lambda: call(data)


def used(make: Callable[[], T], call: Callable[[T, bytes], object]) -> Given:
    """Something is made to be called with an input. What has refused one is as it was before, and used again."""
    ready: list[T] = []

    def given(data: bytes) -> Step:
        made = ready.pop() if ready else make()

        def step() -> None:
            try:
                call(made, data)
            except HealthpassError:
                ready.append(made)
                raise

        return step

    return given


def text(call: Callable[[str], object]) -> Given:
    """The same for a text; what is no UTF-8 comes as a command line would give it."""

    def given(data: bytes) -> Step:
        said = data.decode("utf-8", "surrogateescape")
        return lambda: call(said)

    return given
