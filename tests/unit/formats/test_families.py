"""Forged families: one person's claim must not stand for several, nor another person's for a member's."""

from __future__ import annotations

import pytest

from healthpass import Color, RefusalCode
from healthpass.errors import FormatError
from healthpass.formats import presentation as presentation_format
from healthpass.formats.claim import TEMPLATES, Binding, with_signature
from healthpass.formats.presentation import parse_presentation, template_of, unsigned_presentation
from healthpass.formats.text import encode_text
from healthpass.formats.window import Window
from tests.making import (
    HOLDER,
    ISSUER,
    ISSUER_TOMORROW,
    NOW,
    STRANGER,
    TOMORROW,
    WINDOW,
    assert_refused,
    claim_of,
    family,
    make_claim,
    make_verifier,
    present,
    show,
    sign_claim,
)
from tests.placing import everywhere, placed_list, placed_verifier
from tests.raising import raises

LONGER = Window(WINDOW.kid, WINDOW.key, WINDOW.valid_from, WINDOW.expires + 60, WINDOW.capacity, Binding.BOTH, b"doc0")
OTHERS = {
    "of another window": make_claim(2, Binding.BOTH, window=TOMORROW, issuer=ISSUER_TOMORROW),
    "of another expiry": make_claim(2, Binding.BOTH, window=LONGER),
    "of another holder key": make_claim(2, Binding.BOTH, holder=STRANGER),
}


def shown_with(first: bytes, *members: bytes) -> str:
    """A presentation with these members put in field by field, as a forger would, and the holder's own signature."""
    template = template_of((Binding.BOTH, False, False, len(members)))
    values = {name: first[hole] for name, hole in TEMPLATES[Binding.BOTH].fields.items()}
    values |= {"iat": NOW.to_bytes(4, "big"), "holder_signature": bytes(64)}
    for n, member in enumerate(members, 1):
        for name in ("cti", "color", "tag", "signature"):
            values[f"{name}{n}"] = member[TEMPLATES[Binding.BOTH].fields[name]]
    data = template.fill(**values)
    return encode_text(with_signature(data, HOLDER.sign(presentation_format.signed_part(data))))


def test_an_honest_family() -> None:
    claims = family(range(3), [Color.GREEN, Color.RED, Color.YELLOW])
    assert shown_with(*claims) == show(claims)
    verdict = make_verifier().verify(show(claims), now=NOW)
    assert verdict.colors == (Color.GREEN, Color.RED, Color.YELLOW)
    assert verdict.expires == WINDOW.expires


@pytest.mark.parametrize(("first", "again"), [(0, 1), (0, 2), (1, 2)])
def test_one_claim_twice(first: int, again: int) -> None:
    claims = family(range(3))
    claims[again] = claims[first]
    assert_refused(make_verifier(), shown_with(*claims), RefusalCode.MALFORMED)
    with raises(FormatError, "malformed", "the claims of a group are distinct"):
        unsigned_presentation(claims, NOW)


def test_one_slot_twice_with_different_content() -> None:
    """Even where the issuer itself has signed both."""
    claims = [make_claim(1, Binding.BOTH, Color.GREEN), make_claim(1, Binding.BOTH, Color.RED)]
    assert_refused(make_verifier(), shown_with(*claims), RefusalCode.MALFORMED)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_member(other: bytes) -> None:
    """Rebuilt with the first claim's kid, expiry and key, another claim's signature does not hold."""
    verifier = make_verifier()
    claims = family(range(2))
    assert_refused(verifier, shown_with(*claims, other), RefusalCode.BAD_CLAIM_SIGNATURE, 2)
    with raises(FormatError, "malformed", "the claims of a group share kid, expiry and holder key"):
        unsigned_presentation([*claims, other], NOW)
    assert verifier.verify(show(claims), now=NOW).colors


def test_a_first_claim_of_another_window() -> None:
    """The members are then held to that window's key, which has not signed them."""
    first = make_claim(9, Binding.BOTH, window=TOMORROW, issuer=ISSUER_TOMORROW)
    verifier = make_verifier()
    assert_refused(verifier, shown_with(first, *family(range(1))), RefusalCode.ISSUER_KEY_NOT_VALID)


def test_a_window_with_two_kids_does_not_mix() -> None:
    """Spares have the same times; their claims still do not stand in one presentation."""
    spare = Window(
        b"kid2", STRANGER.public_key, WINDOW.valid_from, WINDOW.expires, WINDOW.capacity, Binding.BOTH, b"doc0"
    )
    verifier = placed_verifier(placed_list(windows=[WINDOW, spare], policy=everywhere(audience=False)))
    other = make_claim(2, Binding.BOTH, window=spare, issuer=STRANGER)
    assert_refused(verifier, shown_with(*family(range(2)), other), RefusalCode.BAD_CLAIM_SIGNATURE, 2)
    assert verifier.verify(show(other), now=NOW).colors


def test_device_bound_members_have_no_shape() -> None:
    claims = [make_claim(n) for n in range(2)]
    for group in (claims, [make_claim(2, Binding.BOTH), claims[0]], [claims[0], make_claim(2, Binding.BOTH)]):
        with raises(FormatError, "malformed", "no presentation has this shape", "signature1 must be 64 bytes"):
            unsigned_presentation(group, NOW)
    with raises(FormatError, "malformed", "no presentation has this shape"):
        template_of((Binding.DEVICE, False, False, 1))


def test_a_device_bound_claim_put_in_as_a_member() -> None:
    """A member's tag is signed: a claim without one gives no signature over any."""
    device = make_claim(2)
    where, both = TEMPLATES[Binding.DEVICE].fields, make_claim(2, Binding.BOTH)
    member = bytearray(both)
    member[TEMPLATES[Binding.BOTH].fields["signature"]] = device[where["signature"]]
    assert_refused(make_verifier(), shown_with(*family(range(2)), bytes(member)), RefusalCode.BAD_CLAIM_SIGNATURE, 2)


def test_nine_people_have_no_shape() -> None:
    with raises(FormatError, "malformed", "no presentation has this shape"):
        unsigned_presentation(family(range(9)), NOW)
    with raises(FormatError, "malformed", "no presentation has this shape"):
        template_of((Binding.BOTH, False, False, 8))


@pytest.mark.parametrize("field", ["color", "tag", "cti", "signature"])
def test_two_members_with_a_field_exchanged(field: str) -> None:
    tags = {1: b"\x00\x01", 2: b"\x00\x02"}
    claims = [make_claim(0, Binding.BOTH)]
    for slot, color in ((1, Color.GREEN), (2, Color.RED)):
        claim = claim_of(slot, Binding.BOTH, color)
        claim.tag = tags[slot]
        claims.append(sign_claim(claim, ISSUER))
    hole = TEMPLATES[Binding.BOTH].fields[field]
    left, right = bytearray(claims[1]), bytearray(claims[2])
    left[hole], right[hole] = right[hole], left[hole]
    verifier = make_verifier()
    forged = shown_with(claims[0], bytes(left), bytes(right))
    assert_refused(verifier, forged, RefusalCode.BAD_CLAIM_SIGNATURE, 1)
    assert verifier.verify(show(claims), now=NOW).colors


def swapped(one: bytes, other: bytes) -> bytes:
    """The second member of `one` replaced by that of `other`; the holder's signature left as it was."""
    where = template_of((Binding.BOTH, False, False, 2)).fields
    altered = bytearray(one)
    for name in ("cti2", "color2", "tag2", "signature2"):
        altered[where[name]] = other[where[name]]
    return bytes(altered)


def test_members_swapped_between_presentations() -> None:
    """Both are honest claims of one family: only the holder's signature says who was shown when."""
    one, other = present(family([0, 1, 2])), present(family([3, 4, 5]))
    altered = swapped(one, other)
    assert [claim.slot for claim in parse_presentation(altered).claims] == [0, 1, 5]
    assert_refused(make_verifier(), encode_text(altered), RefusalCode.BAD_HOLDER_SIGNATURE)


def test_a_member_taken_out_or_put_in_another_place() -> None:
    claims = family(range(3))
    signature = present(claims)[-64:]
    for group in (claims[:2], [claims[0], claims[2], claims[1]], [claims[1], claims[0], claims[2]]):
        altered = encode_text(with_signature(unsigned_presentation(group, NOW), signature))
        assert_refused(make_verifier(), altered, RefusalCode.BAD_HOLDER_SIGNATURE)
