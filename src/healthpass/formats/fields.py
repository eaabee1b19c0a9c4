"""Typed access to decoded CBOR: each function takes a value of unknown type and gives it back with its type known.

`name` is the field's name in the protocol's documents, for the error; the value itself is never in it.
"""

from __future__ import annotations

from sys import byteorder

from healthpass.errors import FormatError

_PART = 16_384
"""Bytes of numbers that are looked at together, a multiple of 4."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Set
    from typing import TypeVar

    from healthpass.formats.cbor import Value

    T = TypeVar("T")


def uint(value: Value, name: str, most: int = 0xFFFFFFFF, least: int = 0) -> int:
    """An integer from `least` to `most`. Raises `FormatError` otherwise."""
    if type(value) is not int or not least <= value <= most:
        raise FormatError(f"{name}: not an integer from {least} to {most}")
    return value


def byte_string(value: Value, name: str, size: int) -> bytes:
    """A byte string of exactly `size` bytes. Raises `FormatError` otherwise."""
    if type(value) is not bytes or len(value) != size:
        raise FormatError(f"{name}: not {size} bytes")
    return value


def text(value: Value, name: str, most: int) -> str:
    """A text of 1 to `most` characters. Raises `FormatError` otherwise."""
    if type(value) is not str or not 1 <= len(value) <= most:
        raise FormatError(f"{name}: not a text of 1 to {most} characters")
    return value


def is_id(text: str) -> bool:
    """Whether this is the id of a place or a station: 8 bytes as 16 lower-case hexadecimal digits."""
    return len(text) == 16 and not text.strip("0123456789abcdef")


def array(value: Value, name: str, item: Callable[[Value, str], T], most: int, least: int = 0) -> list[T]:
    """An array of `least` to `most` items, each through `item(value, name)`. Raises `FormatError` otherwise."""
    if type(value) is not list or not least <= len(value) <= most:
        raise FormatError(f"{name}: not an array of {least} to {most} items")
    return [item(each, name) for each in value]


def record(value: Value, name: str, size: int) -> list[Value]:
    """An array of exactly `size` items of different kinds. Raises `FormatError` otherwise."""
    if type(value) is not list or len(value) != size:
        raise FormatError(f"{name}: not an array of {size} items")
    return value


def labelled(
    value: Value, name: str, required: Set[int], optional: Set[int] = frozenset(), additions: bool = True
) -> dict[int, Value]:
    """A map with all of the `required` labels and perhaps `optional` ones.

    Another unsigned label is critical, so the message is refused; negative labels are additions that may be ignored,
    and are left out of what is returned, unless `additions` is false: then there may be none.

    Raises:
        FormatError: not a map, a label is missing, or an unknown critical one is there.
    """
    if type(value) is not dict:
        raise FormatError(f"{name}: not a map")
    known: dict[int, Value] = {}
    for label, item in value.items():
        if type(label) is not int or (
            label not in required and label not in optional and (label >= 0 or not additions)
        ):
            raise FormatError(f"{name}: an unknown critical field; a newer version of the software may know it")
        if label >= 0:
            known[label] = item
    if not known.keys() >= required:
        raise FormatError(f"{name}: a field is missing")
    return known


def distinct(items: list[T], name: str) -> list[T]:
    """The same list. Raises `FormatError` if an item is in it twice."""
    if len(set(items)) != len(items):
        raise FormatError(f"{name}: the same item twice")
    return items


def is_ascending(packed: bytes) -> bool:
    """Whether numbers of 4 bytes each, one after the other, rise and none is there twice."""
    last = -1
    for at in range(0, len(packed), _PART):
        part = unpacked(packed[at : at + _PART])
        if part[0] <= last or part != sorted(part) or len(set(part)) != len(part):
            return False
        last = part[-1]
    return True


def unpacked(packed: bytes) -> list[int]:
    """The numbers of a byte string of 4 bytes each, big-endian."""
    if byteorder == "big":
        return memoryview(packed).cast("I").tolist()
    return memoryview(packed[::-1]).cast("I").tolist()[::-1]  # read backwards they are little-endian


def includes(packed: bytes, others: bytes) -> bool:
    """Whether an ascending string of numbers of 4 bytes each has all the numbers of another one."""
    return packed == others or all(known.issuperset(part) for part, known in _side_by_side(others, packed))


def are_apart(packed: bytes, others: bytes) -> bool:
    """Whether two ascending strings of numbers of 4 bytes each have none in common."""
    return all(known.isdisjoint(part) for part, known in _side_by_side(others, packed))


def _side_by_side(packed: bytes, beside: bytes) -> Iterator[tuple[list[int], set[int]]]:
    """The numbers of one ascending string, some thousands at a time, and those of the other that may be among them.

    As sets they are compared some twenty times as fast as one by one, and never all of them are in memory.
    """
    for at in range(0, len(packed), _PART):
        part = unpacked(packed[at : at + _PART])
        start, end = _place(beside, packed[at : at + 4]), _place(beside, part[-1].to_bytes(4, "big"))
        yield part, set(unpacked(beside[4 * start : 4 * end + 4]))


def holds(packed: bytes, number: int) -> bool:
    """Whether a number of up to 4 bytes is in an ascending string of them: a search by halves, in place."""
    wanted = number.to_bytes(4, "big")
    place = _place(packed, wanted)
    return packed[4 * place : 4 * place + 4] == wanted


def _place(packed: bytes, wanted: bytes) -> int:
    """How many numbers of an ascending string are lower than this one of 4 bytes."""
    low, high = 0, len(packed) // 4
    while low < high:
        middle = (low + high) // 2
        if packed[4 * middle : 4 * middle + 4] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
