"""Values and bytes stand for each other one to one: claims, presentations of every shape, and their texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Color
from healthpass.errors import FormatError
from healthpass.formats import claim as claim_format
from healthpass.formats import presentation as presentation_format
from healthpass.formats.claim import MIN_TIME, Binding, Claim
from healthpass.formats.presentation import Shape
from healthpass.formats.text import decode_text, encode_text
from tests.making import SHAPES, make_claim, present_shape
from tests.raising import raises

UINT32 = st.integers(0, 2**32 - 1)
TIMES = st.integers(MIN_TIME, 2**32 - 1)
SHOWING_TIMES = st.integers(MIN_TIME // 15 + 1, (2**32 - 1) // 15).map(lambda steps: 15 * steps)
SIGNATURES = st.binary(min_size=64, max_size=64)
COLORS = st.sampled_from(list(Color))
PLACES = st.text("0123456789abcdef", min_size=16, max_size=16)
NONCES = st.binary(min_size=16, max_size=16)


def of_size(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


@st.composite
def claims(draw: st.DrawFn, binding: Binding) -> Claim:
    return Claim(
        kid=draw(of_size(4)),
        exp=draw(TIMES),
        slot=draw(UINT32),
        color=draw(COLORS),
        key=None if binding == Binding.DOCUMENT else draw(of_size(32)),
        tag=None if binding == Binding.DEVICE else draw(of_size(2)),
    )


@st.composite
def groups(draw: st.DrawFn, shape: Shape) -> list[bytes]:
    """Claims that may stand in one presentation of that shape, with signatures that need not hold."""
    binding, _, _, members = shape
    first = draw(claims(binding))
    slots = draw(st.lists(UINT32, min_size=members + 1, max_size=members + 1, unique=True))
    listed = []
    for slot in slots:
        tag = None if binding == Binding.DEVICE else draw(of_size(2))
        claim = Claim(first.kid, first.exp, slot, draw(COLORS), first.key, tag)
        listed.append(claim_format.with_signature(claim_format.unsigned_claim(claim), draw(SIGNATURES)))
    return listed


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
@given(data=st.data())
def test_claim_to_bytes_and_back(binding: Binding, data: st.DataObject) -> None:
    claim, signature = data.draw(claims(binding)), data.draw(SIGNATURES)
    encoded = claim_format.with_signature(claim_format.unsigned_claim(claim), signature)
    assert claim_format.parse_claim(encoded) == claim
    assert claim.binding == binding
    assert encoded[-64:] == signature


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.DOCUMENT, Binding.BOTH])
@given(data=st.data())
def test_bytes_to_claim_and_back(binding: Binding, data: st.DataObject) -> None:
    """Any bytes that pass for a claim are the ones that its fields give."""
    template = claim_format.TEMPLATES[binding]
    encoded = template.fill(
        **{
            name: data.draw(of_size(hole.stop - hole.start))
            for name, hole in template.fields.items()
            if name != "color"
        },
        color=data.draw(st.integers(0, 4).map(lambda n: bytes((n,)))),
    )
    try:
        claim = claim_format.parse_claim(encoded)
    except FormatError:
        in_range = int.from_bytes(encoded[template.fields["exp"]], "big") >= MIN_TIME
        assert not in_range or encoded[template.fields["color"]] not in (b"\x01", b"\x02", b"\x03")
    else:
        again = claim_format.unsigned_claim(claim)
        assert claim_format.with_signature(again, encoded[-64:]) == encoded


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@given(data=st.data())
def test_presentation_to_bytes_and_back(shape: Shape, data: st.DataObject) -> None:
    listed = data.draw(groups(shape))
    iat = data.draw(SHOWING_TIMES)
    audience = data.draw(PLACES) if shape[1] else None
    nonce = data.draw(NONCES) if shape[2] else None
    signature = data.draw(SIGNATURES)
    unsigned = presentation_format.unsigned_presentation(listed, iat, audience, nonce)
    encoded = claim_format.with_signature(unsigned, signature)

    parsed = presentation_format.parse_presentation(encoded)
    assert parsed.claim_bytes == listed
    assert parsed.claims == [claim_format.parse_claim(each) for each in listed]
    assert (parsed.iat, parsed.audience, parsed.nonce, parsed.signature) == (iat, audience, nonce, signature)
    assert parsed.signed == presentation_format.signed_part(encoded)

    again = presentation_format.unsigned_presentation(parsed.claim_bytes, parsed.iat, parsed.audience, parsed.nonce)
    assert claim_format.with_signature(again, parsed.signature) == encoded
    assert decode_text(encode_text(encoded)) == encoded


def test_every_length_of_no_template_is_refused() -> None:
    """Also for bytes that begin as a presentation does: the length alone names the template."""
    known = {len(present_shape(shape)): present_shape(shape) for shape in SHAPES}
    longest = max(known.values(), key=len)
    for size in range(presentation_format.MAX_SIZE + 300):
        data = (longest + bytes(300))[:size]
        if size not in known:
            with raises(FormatError, "malformed", "not a presentation"):
                presentation_format.parse_presentation(data)
        if size not in claim_format.BINDING_BY_SIZE:
            with raises(FormatError, "malformed", "not a claim of any of the three templates"):
                claim_format.parse_claim(data)


def test_each_shape_is_refused_as_any_other() -> None:
    """Stretched or cut to another shape's length, a presentation is none."""
    for shape in SHAPES:
        data = present_shape(shape)
        for other in SHAPES:
            size = len(present_shape(other))
            if size != len(data):
                with raises(FormatError, "malformed", "not a presentation"):
                    presentation_format.parse_presentation((data + bytes(size))[:size])


def test_a_claim_is_no_presentation_and_the_other_way_round() -> None:
    for binding in tuple(Binding):
        with raises(FormatError, "malformed", "not a presentation"):
            presentation_format.parse_presentation(make_claim(binding=binding))
    for shape in SHAPES:
        with raises(FormatError, "malformed", "not a claim of any of the three templates"):
            claim_format.parse_claim(present_shape(shape))
