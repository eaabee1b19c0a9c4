"""Deterministic CBOR (RFC 8949, section 4.2.1), and what is deliberately none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Value = Any
"""An integer, bytes, a text, null, or sequences and mappings of them; deliberately wrong ones too."""


class Raw(bytes):
    """Bytes that stand in an encoded value as they are."""


def head(major: int, number: int, width: int | None = None) -> bytes:
    """The head of an item, in shortest form; or with an argument of `width` bytes (1, 2, 4, 8), needed or not."""
    if width is None:
        if number < 24:
            return bytes((major << 5 | number,))
        width = next(each for each in (1, 2, 4, 8) if number < 1 << 8 * each)
    return bytes((major << 5 | 23 + width.bit_length(),)) + number.to_bytes(width, "big")


def encode(value: Value) -> bytes:
    """A value in its one form; `Raw` parts as they are."""
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        raise TypeError("no message has a boolean")
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, Mapping):
        entries = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(entries)) + b"".join(key + item for key, item in entries)
    return head(4, len(value)) + b"".join(map(encode, value))


def unsorted_map(entries: Sequence[tuple[Value, Value]]) -> Raw:
    """A map with its entries in the order in which they are given, repeated ones too."""
    return Raw(head(5, len(entries)) + b"".join(encode(key) + encode(item) for key, item in entries))
