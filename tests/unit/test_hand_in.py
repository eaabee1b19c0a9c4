"""The file that a platform hands to the roots: its name, its windows, its sealing keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.claim import DEVICE
from healthpass.formats.hand_in import MAX_SIZE, HandIn, encode_hand_in, parse_hand_in
from healthpass.formats.platform import SealingKeyEntry
from healthpass.formats.window import Window
from tests.making import DAY, NOW, PLATFORM, SEALING, TOMORROW, WINDOW
from tests.raising import raises

LATER = SealingKeyEntry(b"\x09" + bytes(31), SEALING.valid_from + DAY, SEALING.expires + DAY)
FILE = encode_hand_in(PLATFORM, [WINDOW, TOMORROW], [SEALING, LATER])


def window(number: int) -> Window:
    return Window(number.to_bytes(4, "big"), number.to_bytes(32, "big"), NOW, NOW + 1, 4, DEVICE)


def encoded(name: object = PLATFORM, windows: object = (), keys: object = (), version: object = 1) -> bytes:
    """Such a file with anything in it."""
    parts: Any = [version, name, windows, keys]
    return cbor.encode([list(each) if isinstance(each, tuple) else each for each in parts])


def test_the_file_comes_back() -> None:
    content = parse_hand_in(FILE)
    assert content == HandIn(PLATFORM, (WINDOW, TOMORROW), (SEALING, LATER))
    assert (content.platform.name, content.platform.kids) == (PLATFORM, (WINDOW.kid, TOMORROW.kid))
    assert parse_hand_in(encode_hand_in("north", [])) == HandIn("north", ())
    assert encode_hand_in("north", iter([])) == encoded("north")


def test_one_form_whatever_the_order() -> None:
    assert encode_hand_in(PLATFORM, [TOMORROW, WINDOW], [LATER, SEALING]) == FILE
    assert HandIn(PLATFORM, (TOMORROW, WINDOW), (LATER, SEALING)) == parse_hand_in(FILE)


@pytest.mark.parametrize(
    ("windows", "keys"),
    [((TOMORROW, WINDOW), ()), ((), (LATER, SEALING))],
    ids=["windows", "sealing keys"],
)
def test_out_of_order(windows: tuple[Window, ...], keys: tuple[SealingKeyEntry, ...]) -> None:
    data = encoded(windows=[each.values() for each in windows], keys=[each.values() for each in keys])
    with raises(FormatError, "malformed", "platform: kids or sealing keys out of order"):
        parse_hand_in(data)


def test_twice() -> None:
    with raises(FormatError, "malformed", "kids of a platform: the same item twice"):
        encode_hand_in(PLATFORM, [WINDOW, WINDOW])
    with raises(FormatError, "malformed", "kids of a platform: the same item twice"):
        parse_hand_in(encoded(windows=[WINDOW.values(), WINDOW.values()]))
    with raises(FormatError, "malformed", "sealing keys: the same item twice"):
        encode_hand_in(PLATFORM, [], [SEALING, SEALING])
    with raises(FormatError, "malformed", "sealing keys: the same item twice"):
        parse_hand_in(encoded(keys=[SEALING.values(), SEALING.values()]))


def test_as_many_as_a_trust_list_takes() -> None:
    windows = [window(n) for n in range(2049)]
    keys = [SealingKeyEntry(n.to_bytes(32, "big"), NOW, NOW + DAY) for n in range(33)]
    data = encode_hand_in("n" * 32, windows[:2048], keys[:32])
    assert parse_hand_in(data).windows == tuple(windows[:2048])
    assert len(data) < MAX_SIZE
    with raises(FormatError, "malformed", "a platform hands in at most 2048 windows"):
        encode_hand_in(PLATFORM, windows)
    with raises(FormatError, "malformed", "a platform has at most 32 sealing keys"):
        encode_hand_in(PLATFORM, [], keys)


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("value", [None, -1, "kid0", b"", [], 2**33])
def test_a_field_of_a_window_out_of_range(at: int, value: Any) -> None:
    values = WINDOW.values()
    values[at] = value
    with raises(
        FormatError,
        "malformed",
        "a window that binds to documents names their key",
        "binding kinds: not an integer from 0 to 4294967295",
        "capacity: not a power of four from 4 to 2^32",
        "document key id: not 4 bytes",
        "expires: not an integer from 0 to 4294967295",
        "kid: not 4 bytes",
        "valid from: not an integer from 0 to 4294967295",
        "window key: not 32 bytes",
    ):
        parse_hand_in(encoded(windows=[values]))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([bytes(31), NOW, NOW + 1], "sealing keys: not 32 bytes"),
        ([None, NOW, NOW + 1], "sealing keys: not 32 bytes"),
        ([bytes(32), "now", NOW + 1], "valid from: not an integer from 0 to 4294967295"),
        ([bytes(32), 65_535, NOW], "valid from: not an integer from 65536 to 4294967295"),
        ([bytes(32), NOW, NOW], "expires: not an integer from 1800000001 to 4294967295"),
        ([bytes(32), NOW, 2**32], "expires: not an integer from 0 to 4294967295"),
        ([bytes(32), NOW], "sealing keys: not an array of 3 items"),
        ([bytes(32), NOW, NOW + 1, 0], "sealing keys: not an array of 3 items"),
    ],
)
def test_a_field_of_a_sealing_key_out_of_range(values: Any, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_hand_in(encoded(keys=[values]))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "platform: not a text of 1 to 32 characters"),
        ("n" * 33, "platform: not a text of 1 to 32 characters"),
        ("北" * 11, "platform: not 1 to 32 bytes of UTF-8"),
        (b"north", "platform: not a text of 1 to 32 characters"),
        (None, "platform: not a text of 1 to 32 characters"),
    ],
)
def test_no_name(name: Any, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_hand_in(encoded(name))
    if isinstance(name, str):
        with raises(FormatError, "malformed", sentence):
            encode_hand_in(name, [])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([2, "n", [], []], "format: not an integer from 1 to 1"),
        ([1, "n", []], "platform's file: not an array of 4 items"),
        ([1, "n", [], [], 0], "platform's file: not an array of 4 items"),
        ([1, "n", {}, []], "windows: not an array of 0 to 2048 items"),
        ([1, "n", [], {}], "sealing keys: not an array of 0 to 32 items"),
        ({}, "platform's file: not an array of 4 items"),
        (None, "platform's file: not an array of 4 items"),
        ([[], "n", [], 1], "format: not an integer from 1 to 1"),
        ([1, "n", [WINDOW.values()[:6]], []], "window: not an array of 7 items"),
    ],
)
def test_another_form(content: Any, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_hand_in(cbor.encode(content))


def test_a_file_cut_or_longer() -> None:
    for data in [*(FILE[:size] for size in range(len(FILE))), FILE + b"\x00"]:
        with raises(FormatError, "malformed", "CBOR: bytes after the end", "CBOR: cut short"):
            parse_hand_in(data)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with raises(FormatError, "malformed", f"a platform's file for the roots has at most {MAX_SIZE} bytes"):
        parse_hand_in(bytes(MAX_SIZE + 1))


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    try:
        content = parse_hand_in(data)
    except FormatError:
        return
    assert encode_hand_in(content.name, content.windows, content.sealing_keys) == data
