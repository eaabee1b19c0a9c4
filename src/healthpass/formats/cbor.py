"""Deterministic CBOR (RFC 8949 section 4.2.1) for everything that is not on a QR code.

`decode` is a small strict reader: for each value it accepts exactly one byte string. It knows unsigned and negative
integers of up to 64 bits, byte and text strings, arrays, maps with integer or text keys, and null. Everything else is
refused: indefinite lengths, heads longer than needed, unsorted or repeated keys, tags, floats, booleans and other
simple values, invalid UTF-8, trailing bytes, too much depth, too many items. Nothing is allocated on a declared
length before the bytes are there.

`encode` is `cbor2`'s encoder with the map keys put in order first.
"""

from __future__ import annotations

from healthpass._typed import hold, typed, wrong
from healthpass.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # What encode takes, and what decode gives (as list and dict).
    Value = int | bytes | str | Sequence["Value"] | Mapping[int | str, "Value"] | None

MAX_DEPTH = 8
"""Nested arrays and maps; the deepest message of the protocol has five."""
MAX_ITEMS = 32_768
"""Items in all arrays and maps together (a map's entry is two); the largest attestation has about 24,600."""

_KINDS = (int, bytes, str, list, tuple, dict)
FEW_ITEMS = 1024
"""For a message of a dozen fields, with additions of a later version; and what a longer one has beside its list."""

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_NULL = 0xF6
_LEAST = {24: 24, 25: 0x100, 26: 0x10000, 27: 0x100000000}
"""What is lower than this has a shorter head, by the low five bits of a head."""


def decode(data: bytes, items: int = MAX_ITEMS) -> Value:
    """The value that `data` encodes. Time is linear in the length, and most of it goes by items.

    Args:
        data: the whole message.
        items: in all its arrays and maps together, at most. A message that has far fewer than 32,768 says so, and one
            with more is refused before they are read.

    Raises:
        FormatError: not exactly one deterministically encoded item of the kinds above, nested deeper than 8, or
            more than so many items.
    """
    if type(data) is not bytes or type(items) is not int:
        hold(decode, data, items)
    value, end = _item(data, 0, MAX_DEPTH, [items])
    if end != len(data):
        raise FormatError("CBOR: bytes after the end")
    return value


def encode(value: Value) -> bytes:
    """`value` in deterministic CBOR; maps may be given in any order.

    Raises:
        FormatError: a value that `decode` would not take back.
    """
    if value is not None and type(value) not in _KINDS:
        raise wrong("value", "an int, bytes, a str, a sequence or mapping of such, or None", value)
    return _encoded(value)


def _encoded(value: Value) -> bytes:
    import cbor2  # here, because a scanner decodes and never encodes

    try:
        return cbor2.dumps(_ordered(value, MAX_DEPTH, [MAX_ITEMS]))
    except (cbor2.CBOREncodeError, OverflowError, UnicodeEncodeError):  # which may carry the value
        raise FormatError("CBOR: a value that cannot be encoded") from None


def _ordered(value: Value, depth: int, room: list[int]) -> object:
    if isinstance(value, (bytes, str)) or value is None:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and -1 << 64 <= value < 1 << 64:
        return value
    if not isinstance(value, (list, tuple, dict)):
        raise FormatError("CBOR: a value that cannot be encoded")
    if depth == 0:
        raise FormatError("CBOR: nested too deep")
    room[0] -= len(value) * (2 if isinstance(value, dict) else 1)
    if room[0] < 0:
        raise FormatError("CBOR: too many items")
    if not isinstance(value, dict):
        return [_ordered(item, depth - 1, room) for item in value]
    if not all(isinstance(key, (int, str)) for key in value):
        raise FormatError("CBOR: a map key that is neither integer nor text")
    # RFC 8949 sorts keys by their encoded bytes; cbor2's canonical mode sorts by length first (RFC 7049).
    return {key: _ordered(value[key], depth - 1, room) for key in sorted(value, key=_encoded)}


@typed
def array_head(count: int) -> bytes:
    """The head of an array of so many items. Raises `FormatError` for more than `decode` reads."""
    if count < 24:
        return bytes((0x80 + count,))
    if count > MAX_ITEMS:
        raise FormatError("CBOR: too many items")
    return bytes((0x98, count)) if count < 256 else b"\x99" + count.to_bytes(2, "big")


def read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type (0 to 5), argument and next offset of the head at `at`. The argument is in shortest form.

    Raises:
        FormatError: no such head there.
    """
    if type(data) is not bytes or type(at) is not int:
        hold(read_head, data, at)
    if at >= len(data):
        raise FormatError("CBOR: cut short")
    first = data[at]
    major, info = first >> 5, first & 31
    if major > _MAP:
        raise FormatError("CBOR: a tag, float or simple value where none belongs")
    if info < 24:
        return major, info, at + 1
    if info > 27:
        raise FormatError("CBOR: an indefinite length or a reserved head")
    end = at + 1 + (1 << (info - 24))
    if end > len(data):
        raise FormatError("CBOR: cut short")
    argument = data[at + 1] if info == 24 else int.from_bytes(data[at + 1 : end], "big")
    if argument < _LEAST[info]:
        raise FormatError("CBOR: a head longer than needed")
    return major, argument, end


@typed
def read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string at `at`, and the next offset.

    Raises:
        FormatError: something else is there, or the data ends within it.
    """
    major, size, start = read_head(data, at)
    if major != _BYTES:
        raise FormatError("CBOR: not a byte string")
    if size > len(data) - start:
        raise FormatError("CBOR: cut short")
    return data[start : start + size], start + size


def _item(data: bytes, at: int, depth: int, room: list[int]) -> tuple[Value, int]:
    first, start = data[at] if at < len(data) else 0xFF, at + 1
    if first == _NULL:
        return None, start
    major, argument = first >> 5, first & 31
    if argument > 23 or major > _MAP:  # else the head is this one byte
        major, argument, start = read_head(data, at)
    if major == _UINT:
        return argument, start
    if major == _NINT:
        return -1 - argument, start
    # From here on the argument counts bytes or items, and each takes at least one byte.
    end = start + argument
    if end > len(data):
        raise FormatError("CBOR: cut short")
    if major == _BYTES:
        return data[start:end], end
    if major == _TEXT:
        return _text(data[start:end]), end
    if depth == 0:
        raise FormatError("CBOR: nested too deep")
    room[0] -= argument if major == _ARRAY else 2 * argument
    if room[0] < 0:
        raise FormatError("CBOR: too many items")
    return (_array if major == _ARRAY else _map)(data, start, argument, depth - 1, room)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("CBOR: text that is not UTF-8") from None


def _array(data: bytes, at: int, count: int, depth: int, room: list[int]) -> tuple[Value, int]:
    items = []
    for _ in range(count):
        item, at = _item(data, at, depth, room)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, count: int, depth: int, room: list[int]) -> tuple[Value, int]:
    items: dict[int | str, Value] = {}
    previous = b""
    for _ in range(count):
        start = at
        key, at = _item(data, at, 0, room)
        if not isinstance(key, (int, str)):
            raise FormatError("CBOR: a map key that is neither integer nor text")
        if data[start:at] <= previous:
            raise FormatError("CBOR: map keys out of order or repeated")
        previous = data[start:at]
        items[key], at = _item(data, at, depth, room)
    return items, at
