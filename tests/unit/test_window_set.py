"""The file of windows that the platform hands to the roots."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.claim import DEVICE
from healthpass.formats.window import Window
from healthpass.formats.window_set import MAX_SIZE, encode_windows, parse_windows
from tests.making import NOW, TOMORROW, WINDOW
from tests.raising import raises

FILE = encode_windows([WINDOW, TOMORROW])


def window(number: int) -> Window:
    return Window(number.to_bytes(4, "big"), number.to_bytes(32, "big"), NOW, NOW + 1, 4, DEVICE)


def test_the_file_comes_back() -> None:
    assert parse_windows(FILE) == [WINDOW, TOMORROW]
    assert encode_windows(iter([])) == cbor.encode([1, []])
    assert parse_windows(encode_windows([])) == []


def test_one_form_whatever_the_order() -> None:
    assert encode_windows([TOMORROW, WINDOW]) == FILE


def test_windows_out_of_order() -> None:
    data = cbor.encode([1, [TOMORROW.values(), WINDOW.values()]])
    with pytest.raises(FormatError, match="order"):
        parse_windows(data)


def test_a_kid_twice() -> None:
    with pytest.raises(FormatError, match="kids"):
        encode_windows([WINDOW, WINDOW])
    with pytest.raises(FormatError, match="kids"):
        parse_windows(cbor.encode([1, [WINDOW.values(), WINDOW.values()]]))


def test_as_many_as_a_trust_list_takes() -> None:
    windows = [window(n) for n in range(2049)]
    data = encode_windows(windows[:2048])
    assert parse_windows(data) == windows[:2048]
    assert len(data) < MAX_SIZE
    with raises(FormatError, "malformed", "windows: not an array of 0 to 2048 items"):
        encode_windows(windows)


def test_a_file_of_the_most_bytes_is_read() -> None:
    with raises(FormatError, "malformed", "windows: not an array of 2 items"):
        parse_windows(bytes((0x5A,)) + (262_139).to_bytes(4, "big") + bytes(262_139))
    with raises(FormatError, "malformed", "a file of windows has at most 262144 bytes"):
        parse_windows(bytes((0x5A,)) + (262_140).to_bytes(4, "big") + bytes(262_140))


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("value", [None, -1, "kid0", b"", [], 2**33])
def test_a_field_out_of_range(at: int, value: Any) -> None:
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
        parse_windows(cbor.encode([1, [values]]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([2, []], "format: not an integer from 1 to 1"),
        ([1], "windows: not an array of 2 items"),
        ([1, [], 0], "windows: not an array of 2 items"),
        ([1, {}], "windows: not an array of 0 to 2048 items"),
        ({}, "windows: not an array of 2 items"),
        (None, "windows: not an array of 2 items"),
        ([[], 1], "format: not an integer from 1 to 1"),
        ([1, [WINDOW.values()[:6]]], "window: not an array of 7 items"),
    ],
)
def test_another_form(content: Any, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_windows(cbor.encode(content))


def test_a_file_cut_or_longer() -> None:
    for data in [*(FILE[:size] for size in range(len(FILE))), FILE + b"\x00"]:
        with raises(FormatError, "malformed", "CBOR: bytes after the end", "CBOR: cut short"):
            parse_windows(data)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(FormatError, match=f"{MAX_SIZE} bytes"):
        parse_windows(bytes(MAX_SIZE + 1))


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    try:
        windows = parse_windows(data)
    except FormatError:
        return
    assert encode_windows(windows) == data
