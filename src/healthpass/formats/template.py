"""Messages of fixed shape: constant bytes with holes at fixed offsets.

A pass is not parsed, it is compared: a message has the right form exactly when its length is the template's and every
byte outside the holes is the template's. The same object fills the holes when a pass is made, so what is written and
what is accepted cannot drift apart.
"""

from __future__ import annotations

from healthpass._typed import hold, wrong
from healthpass.errors import FormatError


class Template:
    """An immutable sequence of constant bytes and named holes.

    Args:
        parts: constants as `bytes`, holes as `(name, size in bytes)`. Names are distinct.

    Attributes:
        parts: as given.
        size: length of every message of this form, in bytes.
        fields: where each hole is, as a `slice`.
    """

    __slots__ = ("_blank", "_mask", "_pattern", "fields", "parts", "size")

    def __init__(self, *parts: bytes | tuple[str, int]) -> None:
        for part in parts:
            if not isinstance(part, (bytes, tuple)):
                raise wrong("parts", "each of them bytes, or a tuple of a str and an int", part)
        self.parts = parts
        self.fields: dict[str, slice] = {}
        mask, pattern = b"", b""
        for part in parts:
            if isinstance(part, bytes):
                mask += b"\xff" * len(part)
                pattern += part
            else:
                name, size = part
                self.fields[name] = slice(len(mask), len(mask) + size)
                mask += bytes(size)
                pattern += bytes(size)
        self.size = len(mask)
        self._blank = pattern
        self._mask = int.from_bytes(mask, "big")
        self._pattern = int.from_bytes(pattern, "big")

    def matches(self, data: bytes) -> bool:
        """Whether `data` is of this form: one comparison, whatever the number of holes."""
        if type(data) is not bytes:
            hold(Template.matches, self, data)
        return len(data) == self.size and int.from_bytes(data, "big") & self._mask == self._pattern

    def fill(self, **values: bytes) -> bytes:
        """The message with these bytes in its holes.

        Raises:
            FormatError: a value is missing, not in the template, or not of its hole's size.
        """
        for value in values.values():
            if not isinstance(value, bytes):
                raise wrong("values", "each of them bytes", value)
        if values.keys() != self.fields.keys():
            raise FormatError("a template takes exactly its own fields")
        message = bytearray(self._blank)
        for name, hole in self.fields.items():
            value = values[name]
            if len(value) != hole.stop - hole.start:
                raise FormatError(f"{name} must be {hole.stop - hole.start} bytes")
            message[hole] = value
        return bytes(message)
