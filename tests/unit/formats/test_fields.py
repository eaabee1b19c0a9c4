"""Typed access to decoded CBOR: what is given back, and the ends of what is taken."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass import Color
from healthpass.errors import FormatError
from healthpass.formats import cbor, fields
from healthpass.formats.station_attestation import StationAttestation
from tests.making import NOW
from tests.raising import raises

UNKNOWN = "message: an unknown critical field; a newer version of the software may know it"


def test_what_is_labelled() -> None:
    """Those that must be there, those that may; additions, whose labels are negative, are left out."""
    taken: cbor.Value = {1: "a", 2: "b", 0: "c", -1: "d", -2: "e"}
    assert fields.labelled(taken, "message", {1}, {0, 2}) == {1: "a", 2: "b", 0: "c"}
    assert fields.labelled({1: "a"}, "message", {1}, {0, 2}) == {1: "a"}
    assert fields.labelled({1: "a", 2: "b"}, "message", {1}, {2}, additions=False) == {1: "a", 2: "b"}


@pytest.mark.parametrize(
    ("value", "additions", "sentence"),
    [
        ({1: "a", 0: "b"}, True, UNKNOWN),
        ({1: "a", 3: "b"}, True, UNKNOWN),
        ({1: "a", "x": "b"}, True, UNKNOWN),
        ({1: "a", -1: "b"}, False, UNKNOWN),
        ({2: "a"}, True, "message: a field is missing"),
        ({}, True, "message: a field is missing"),
        ([1], True, "message: not a map"),
    ],
)
def test_what_is_not_so_labelled(value: Any, additions: bool, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        fields.labelled(value, "message", {1}, {2}, additions)


def test_the_ends_of_texts_and_arrays() -> None:
    assert fields.text("a", "name", 3) == "a"
    assert fields.text("abc", "name", 3) == "abc"
    for other in ("", "abcd", b"abc", None):
        with raises(FormatError, "malformed", "name: not a text of 1 to 3 characters"):
            fields.text(other, "name", 3)
    assert fields.array([1, 2], "list", fields.uint, 2, 1) == [1, 2]
    for others in ([], [1, 2, 3], (1,), None):
        with raises(FormatError, "malformed", "list: not an array of 1 to 2 items"):
            fields.array(others, "list", fields.uint, 2, 1)
    assert fields.array([], "list", fields.uint, 2) == []


@pytest.mark.parametrize("color", [1, "green", None, 4])
def test_a_colour_is_one_of_the_three(color: Any) -> None:
    times, parts = (NOW, NOW + 1), (bytes(32), bytes(32), b"certificate")
    assert StationAttestation(bytes(16), NOW, Color.RED, *times, *parts).color is Color.RED
    with raises(FormatError, "malformed", "colour: not one of the three"):
        StationAttestation(bytes(16), NOW, color, *times, *parts)
