"""The strict CBOR reader against vectors of RFC 8949: what it takes, and what it refuses although others take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.cbor import MAX_DEPTH
from tests.raising import raises

if TYPE_CHECKING:
    from healthpass.formats.cbor import Value

# RFC 8949, appendix A: the items of the kinds that the reader knows.
TAKEN: list[tuple[str, Value]] = [
    ("00", 0),
    ("01", 1),
    ("0a", 10),
    ("17", 23),
    ("1818", 24),
    ("1819", 25),
    ("1864", 100),
    ("1903e8", 1000),
    ("1a000f4240", 1000000),
    ("1b000000e8d4a51000", 1000000000000),
    ("1bffffffffffffffff", 18446744073709551615),
    ("3bffffffffffffffff", -18446744073709551616),
    ("20", -1),
    ("29", -10),
    ("3863", -100),
    ("3903e7", -1000),
    ("f6", None),
    ("40", b""),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("60", ""),
    ("6161", "a"),
    ("6449455446", "IETF"),
    ("62225c", '"\\'),
    ("62c3bc", "\u00fc"),
    ("63e6b0b4", "\u6c34"),
    ("64f0908591", "\U00010151"),
    ("80", []),
    ("83010203", [1, 2, 3]),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", list(range(1, 26))),
    ("a0", {}),
    ("a201020304", {1: 2, 3: 4}),
    ("a26161016162820203", {"a": 1, "b": [2, 3]}),
    ("826161a161626163", ["a", {"b": "c"}]),
    ("a56161614161626142616361436164614461656145", {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}),
    # Keys in the order of their bytes: 10 before 100 before -1 before "z" before "aa" (section 4.2.1).
    ("a50a00186400200061" + "7a00" + "62616100", {10: 0, 100: 0, -1: 0, "z": 0, "aa": 0}),
]

REFUSED = {
    # Of appendix A, well-formed but of kinds that no message has.
    "bignum": ("c249010000000000000000", "CBOR: a tag, float or simple value where none belongs"),
    "negative bignum": ("c349010000000000000000", "CBOR: a tag, float or simple value where none belongs"),
    "half float": ("f93c00", "CBOR: a tag, float or simple value where none belongs"),
    "single float": ("fa47c35000", "CBOR: a tag, float or simple value where none belongs"),
    "double float": ("fb3ff199999999999a", "CBOR: a tag, float or simple value where none belongs"),
    "infinity": ("f97c00", "CBOR: a tag, float or simple value where none belongs"),
    "not a number": ("f97e00", "CBOR: a tag, float or simple value where none belongs"),
    "false": ("f4", "CBOR: a tag, float or simple value where none belongs"),
    "true": ("f5", "CBOR: a tag, float or simple value where none belongs"),
    "undefined": ("f7", "CBOR: a tag, float or simple value where none belongs"),
    "simple value 16": ("f0", "CBOR: a tag, float or simple value where none belongs"),
    "simple value 255": ("f8ff", "CBOR: a tag, float or simple value where none belongs"),
    "tag 1": ("c11a514b67b0", "CBOR: a tag, float or simple value where none belongs"),
    "tag 24": ("d818456449455446", "CBOR: a tag, float or simple value where none belongs"),
    "tag 32": (
        "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
        "CBOR: a tag, float or simple value where none belongs",
    ),
    "indefinite byte string": ("5f42010243030405ff", "CBOR: an indefinite length or a reserved head"),
    "indefinite text": ("7f657374726561646d696e67ff", "CBOR: an indefinite length or a reserved head"),
    "indefinite array": ("9fff", "CBOR: an indefinite length or a reserved head"),
    "indefinite array in an array": ("83018202039f0405ff", "CBOR: an indefinite length or a reserved head"),
    "indefinite map": ("bf61610161629f0203ffff", "CBOR: an indefinite length or a reserved head"),
    # Heads longer than needed.
    "0 in two bytes": ("1800", "CBOR: a head longer than needed"),
    "23 in two bytes": ("1817", "CBOR: a head longer than needed"),
    "255 in three bytes": ("1900ff", "CBOR: a head longer than needed"),
    "65535 in five bytes": ("1a0000ffff", "CBOR: a head longer than needed"),
    "2^32-1 in nine bytes": ("1b00000000ffffffff", "CBOR: a head longer than needed"),
    "-1 in two bytes": ("3800", "CBOR: a head longer than needed"),
    "long head of a byte string": ("5801aa", "CBOR: a head longer than needed"),
    "long head of a text": ("780161", "CBOR: a head longer than needed"),
    "long head of an array": ("980100", "CBOR: a head longer than needed"),
    "long head of a map": ("b8010000", "CBOR: a head longer than needed"),
    # Reserved and broken heads.
    "additional information 28": ("1c", "CBOR: an indefinite length or a reserved head"),
    "additional information 30 on a text": ("7e", "CBOR: an indefinite length or a reserved head"),
    "break alone": ("ff", "CBOR: a tag, float or simple value where none belongs"),
    "indefinite integer": ("1f", "CBOR: an indefinite length or a reserved head"),
    "simple value below 32 in two bytes": ("f818", "CBOR: a tag, float or simple value where none belongs"),
    # Maps.
    "keys out of order": ("a202000100", "CBOR: map keys out of order or repeated"),
    "keys in the order of RFC 7049": (
        "a3" + "20" + "00" + "186400" + "617a00",
        "CBOR: map keys out of order or repeated",
    ),
    "a key twice": ("a201000100", "CBOR: map keys out of order or repeated"),
    "a text key twice": ("a2616100616101", "CBOR: map keys out of order or repeated"),
    "a key twice, once in a long head": ("a20100180101", "CBOR: a head longer than needed"),
    "byte string as key": ("a1400" + "0", "CBOR: a map key that is neither integer nor text"),
    "array as key": ("a18000", "CBOR: nested too deep"),
    "map as key": ("a1a000", "CBOR: nested too deep"),
    "null as key": ("a1f600", "CBOR: a map key that is neither integer nor text"),
    "true as key": ("a1f500", "CBOR: a tag, float or simple value where none belongs"),
    "float as key": ("a1f93c0000", "CBOR: a tag, float or simple value where none belongs"),
    # Text.
    "not UTF-8": ("61ff", "CBOR: text that is not UTF-8"),
    "surrogate": ("63eda080", "CBOR: text that is not UTF-8"),
    "overlong NUL": ("62c080", "CBOR: text that is not UTF-8"),
    "text cut within a character": ("61c3", "CBOR: text that is not UTF-8"),
    # Cut short, or too long.
    "nothing": ("", "CBOR: cut short"),
    "head cut short": ("1a0000", "CBOR: cut short"),
    "byte string cut short": ("430102", "CBOR: cut short"),
    "text cut short": ("636162", "CBOR: cut short"),
    "array cut short": ("820100"[:4], "CBOR: cut short"),
    "map without its last value": ("a101", "CBOR: cut short"),
    "trailing byte": ("0000", "CBOR: bytes after the end"),
    "trailing null": ("80f6", "CBOR: bytes after the end"),
    # Declared sizes that no memory holds.
    "byte string of 2^64-1": ("5bffffffffffffffff", "CBOR: cut short"),
    "text of 2^63": ("7b8000000000000000", "CBOR: cut short"),
    "array of 2^64-1": ("9bffffffffffffffff", "CBOR: cut short"),
    "map of 2^64-1": ("bbffffffffffffffff", "CBOR: cut short"),
    "array of 2^32-1 with one item": ("9affffffff00", "CBOR: cut short"),
}


@pytest.mark.parametrize(("text", "value"), TAKEN)
def test_taken(text: str, value: Value) -> None:
    data = bytes.fromhex(text)
    assert cbor.decode(data) == value
    assert cbor.encode(value) == data


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence) as caught:
        cbor.decode(bytes.fromhex(text))
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("text", [text for text, _ in TAKEN])
def test_every_truncation_and_extension_is_refused(text: str) -> None:
    data = bytes.fromhex(text)
    for altered in [data[:size] for size in range(len(data))] + [data + bytes((byte,)) for byte in range(256)]:
        with raises(FormatError, "malformed", "CBOR: bytes after the end", "CBOR: cut short"):
            cbor.decode(altered)


def test_a_byte_string_at_a_place() -> None:
    """And what comes after it; any other head there is refused, and a length that is not there."""
    data = b"\x00\x43abc\x58\x18" + bytes(range(24)) + b"\x40"
    assert cbor.read_bytes(data, 1) == (b"abc", 5)
    assert cbor.read_bytes(data, 5) == (bytes(range(24)), 31)
    assert cbor.read_bytes(data, 31) == (b"", 32)
    for other in (b"\x00", b"\x20", b"\x63abc", b"\x80", b"\xa0"):
        with raises(FormatError, "malformed", "CBOR: not a byte string"):
            cbor.read_bytes(other, 0)
    for cut in range(1, 5):
        with raises(FormatError, "malformed", "CBOR: cut short"):
            cbor.read_bytes(data[:cut], 1)


@pytest.mark.parametrize("size", range(4))
def test_the_first_argument_of_every_size(size: int) -> None:
    """The least that a longer head may say, and the most that a shorter one cannot."""
    least = (24, 2**8, 2**16, 2**32)[size]
    head = bytes((0x18 + size,))
    assert cbor.read_head(head + least.to_bytes(2**size, "big"), 0) == (0, least, 1 + 2**size)
    with raises(FormatError, "malformed", "CBOR: a head longer than needed"):
        cbor.read_head(head + (least - 1).to_bytes(2**size, "big"), 0)


def test_depth() -> None:
    assert MAX_DEPTH == 8
    assert cbor.decode(b"\x81" * MAX_DEPTH + b"\x00")
    assert cbor.decode(b"\xa1\x00" * MAX_DEPTH + b"\x00")
    with pytest.raises(FormatError, match="deep"):
        cbor.decode(b"\x81" * (MAX_DEPTH + 1) + b"\x00")
    with pytest.raises(FormatError, match="deep"):
        cbor.decode(b"\xa1\x00" * (MAX_DEPTH + 1) + b"\x00")


def test_the_most_items() -> None:
    """32,768 in all arrays and maps together; an entry of a map is two."""
    full: list[Value] = [[None] * 32_768, [[], [None] * 32_766], {0: [None] * 32_766}, {n: n for n in range(16_384)}]
    for value in full:
        assert cbor.decode(cbor.encode(value)) == value
    beyond: list[Value] = [
        [None] * 32_769,
        [[], [None] * 32_767],
        {0: [None] * 32_767},
        {n: n for n in range(16_385)},
    ]
    for value in beyond:
        with raises(FormatError, "malformed", "CBOR: too many items"):
            cbor.encode(value)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([True], "CBOR: a value that cannot be encoded"),
        ([1.0], "CBOR: a value that cannot be encoded"),
        (2**64, "CBOR: a value that cannot be encoded"),
        (-(2**64) - 1, "CBOR: a value that cannot be encoded"),
        ({b"": 0}, "CBOR: a map key that is neither integer nor text"),
        ({None: 0}, "CBOR: a map key that is neither integer nor text"),
        ({(1,): 0}, "CBOR: a map key that is neither integer nor text"),
        ({True: 0}, "CBOR: a value that cannot be encoded"),
        ("\ud800", "CBOR: a value that cannot be encoded"),
        ([object()], "CBOR: a value that cannot be encoded"),
        ([{1, 2}], "CBOR: a value that cannot be encoded"),
        ([[False]], "CBOR: a value that cannot be encoded"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_encoder_gives_nothing_that_the_reader_would_not_take(value: object, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        cbor.encode(value)  # type: ignore[arg-type]  # that is the point


def test_map_order_does_not_matter_to_the_encoder() -> None:
    value: dict[int | str, Value] = {"aa": {2: 0, 1: 0}, "z": [], -1: None, 100: b"", 10: ""}
    data = cbor.encode(value)
    assert data == cbor.encode(dict(sorted(value.items(), key=repr)))
    assert list(cbor.decode(data)) == [10, 100, -1, "z", "aa"]  # type: ignore[arg-type]  # a dict
