"""How long each message is, and which QR code it needs: both are promises of the protocol."""

from __future__ import annotations

import pytest
import segno

from healthpass import Color
from healthpass.formats import presentation as presentation_format
from healthpass.formats.claim import BINDING_BY_SIZE, BOTH, DEVICE, DOCUMENT
from healthpass.formats.text import encode_text
from tests.making import NONCE, PLACE, SHAPES, family, make_claim, present, present_shape

SIZES = [
    pytest.param(present(make_claim()), 226, "10-L", id="device"),
    pytest.param(present(make_claim(), audience=PLACE), 245, "10-L", id="device with audience"),
    pytest.param(present(make_claim(), nonce=NONCE), 246, "10-L", id="device with nonce"),
    pytest.param(present(make_claim(), audience=PLACE, nonce=NONCE), 264, "11-L", id="device with both"),
    pytest.param(present(make_claim(binding=BOTH), audience=PLACE), 253, "10-L", id="both-bound with audience"),
    pytest.param(present(family(range(3))), 393, "13-L", id="group of three"),
    pytest.param(present(family(range(3)), audience=PLACE, nonce=NONCE), 430, "14-L", id="group of three with both"),
    pytest.param(make_claim(binding=DOCUMENT), 108, "6-L", id="paper"),
    pytest.param(make_claim(binding=DOCUMENT), 108, "7-M", id="paper, for a home printer"),
]


@pytest.mark.parametrize(("data", "size", "symbol"), SIZES)
def test_size_and_qr_version(data: bytes, size: int, symbol: str) -> None:
    code = segno.make(encode_text(data), micro=False, error=symbol[-1].lower(), boost_error=False, mode="alphanumeric")
    assert (len(data), code.designator) == (size, symbol)


def test_sizes_of_the_three_claims() -> None:
    assert {len(make_claim(binding=binding)): binding for binding in (DEVICE, DOCUMENT, BOTH)} == BINDING_BY_SIZE
    assert BINDING_BY_SIZE == {143: DEVICE, 108: DOCUMENT, 151: BOTH}


def test_no_two_shapes_share_a_length() -> None:
    sizes = {len(present_shape(shape)) for shape in SHAPES}
    assert len(sizes) == len(SHAPES) == 36
    assert not sizes & BINDING_BY_SIZE.keys()
    assert max(sizes) == presentation_format.MAX_SIZE


def test_colors_do_not_change_the_length() -> None:
    assert len({len(make_claim(binding=BOTH, color=color)) for color in Color}) == 1
