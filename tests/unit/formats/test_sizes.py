"""How long each message is, and which QR code it needs: both are promises of the protocol."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import segno

from healthpass import Color, RefusalCode
from healthpass.formats import presentation as presentation_format
from healthpass.formats.claim import BINDING_BY_SIZE, Binding
from healthpass.formats.text import encode_text
from tests.making import (
    NONCE,
    PLACE,
    SHAPES,
    assert_refused,
    family,
    make_claim,
    make_verifier,
    present,
    present_shape,
)

PROTOCOL = Path(__file__).parents[3] / "docs" / "protocol.md"
RESERVED = {331, 415, 434, 435, 453}
"""For a blind form of the pass."""

SIZES = [
    pytest.param(present(make_claim()), 226, "10-L", id="device"),
    pytest.param(present(make_claim(), audience=PLACE), 245, "10-L", id="device with audience"),
    pytest.param(present(make_claim(), nonce=NONCE), 246, "10-L", id="device with nonce"),
    pytest.param(present(make_claim(), audience=PLACE, nonce=NONCE), 264, "11-L", id="device with both"),
    pytest.param(present(make_claim(binding=Binding.BOTH), audience=PLACE), 253, "10-L", id="both-bound with audience"),
    pytest.param(present(family(range(3))), 393, "13-L", id="group of three"),
    pytest.param(present(family(range(3)), audience=PLACE, nonce=NONCE), 430, "14-L", id="group of three with both"),
    pytest.param(make_claim(binding=Binding.DOCUMENT), 108, "6-L", id="paper"),
    pytest.param(make_claim(binding=Binding.DOCUMENT), 108, "7-M", id="paper, for a home printer"),
]


@pytest.mark.parametrize(("data", "size", "symbol"), SIZES)
def test_size_and_qr_version(data: bytes, size: int, symbol: str) -> None:
    code = segno.make(encode_text(data), micro=False, error=symbol[-1].lower(), boost_error=False, mode="alphanumeric")
    assert (len(data), code.designator) == (size, symbol)


def test_sizes_of_the_three_claims() -> None:
    assert {len(make_claim(binding=binding)): binding for binding in tuple(Binding)} == BINDING_BY_SIZE
    assert BINDING_BY_SIZE == {143: Binding.DEVICE, 108: Binding.DOCUMENT, 151: Binding.BOTH}


def test_no_two_shapes_share_a_length() -> None:
    sizes = {len(present_shape(shape)) for shape in SHAPES}
    assert len(sizes) == len(SHAPES) == 36
    assert not sizes & BINDING_BY_SIZE.keys()
    assert max(sizes) == presentation_format.MAX_SIZE


def test_colors_do_not_change_the_length() -> None:
    assert len({len(make_claim(binding=Binding.BOTH, color=color)) for color in Color}) == 1


def test_the_protocol_says_which_lengths_are_reserved() -> None:
    section = PROTOCOL.read_text("utf-8").split("### Reserved lengths\n")[1].split("\n#")[0]
    assert {int(number) for number in re.findall(r"\b\d{3}\b", section)} == RESERVED


def test_no_message_of_this_format_has_a_reserved_length() -> None:
    taken = {len(present_shape(shape)) for shape in SHAPES} | BINDING_BY_SIZE.keys()
    assert taken.isdisjoint(RESERVED)


@pytest.mark.parametrize("size", sorted(RESERVED))
def test_a_reserved_length_is_refused(size: int) -> None:
    """Whatever is in it: bytes of nothing, or the longest pass that is shorter, made longer."""
    verifier = make_verifier()
    whole = max((present_shape(shape) for shape in SHAPES if len(present_shape(shape)) < size), key=len)
    for data in (bytes(size), whole.ljust(size, b"\x00"), make_claim().ljust(size, b"\x00")):
        assert_refused(verifier, encode_text(data), RefusalCode.MALFORMED)
