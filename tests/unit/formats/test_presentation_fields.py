"""Fields of a presentation that a holder could sign with another value than the protocol's: no room in them either."""

from __future__ import annotations

import pytest

from healthpass import RefusalCode
from healthpass.errors import FormatError
from healthpass.formats import presentation as presentation_format
from healthpass.formats.claim import MIN_TIME, Binding, with_signature
from healthpass.formats.presentation import parse_presentation, template_of, unsigned_presentation
from healthpass.formats.text import encode_text
from tests.making import HOLDER, NONCE, NOW, PLACE, assert_refused, make_claim, make_verifier, present, show
from tests.raising import raises


def shown_with(field: str, value: bytes) -> bytes:
    """A presentation for a place with something else in one field, and the holder's own signature over it."""
    data = bytearray(present(make_claim(), audience=PLACE))
    data[template_of((Binding.DEVICE, True, False, 0)).fields[field]] = value
    unsigned = bytes(data)
    return with_signature(unsigned, HOLDER.sign(presentation_format.signed_part(unsigned)))


def test_what_is_altered_below_is_otherwise_honest() -> None:
    assert shown_with("aud", PLACE.encode()) == present(make_claim(), audience=PLACE)


@pytest.mark.parametrize("more", range(1, 15))
def test_a_clock_finer_than_15_seconds_is_a_fingerprint(more: int) -> None:
    verifier = make_verifier(audience=PLACE)
    text = encode_text(shown_with("iat", (NOW + more).to_bytes(4, "big")))
    assert_refused(verifier, text, RefusalCode.MALFORMED)
    with raises(FormatError, "malformed", "the time of a showing is a multiple of 15 s that fits four bytes"):
        unsigned_presentation([make_claim()], NOW + more)
    assert verifier.verify(show(make_claim(), audience=PLACE), now=NOW).colors


@pytest.mark.parametrize("iat", [0, 15, MIN_TIME - MIN_TIME % 15, 2**32 // 15 * 15 + 15, -15])
def test_a_time_that_four_bytes_do_not_hold_in_shortest_form(iat: int) -> None:
    with raises(FormatError, "malformed", "the time of a showing is a multiple of 15 s that fits four bytes"):
        unsigned_presentation([make_claim()], iat)
    if 0 <= iat < 2**32:
        with raises(FormatError, "malformed", "the time of a showing is a multiple of 15 s"):
            parse_presentation(shown_with("iat", iat.to_bytes(4, "big")))


@pytest.mark.parametrize("iat", [MIN_TIME + 15 - MIN_TIME % 15, (2**32 - 1) // 15 * 15])
def test_the_first_and_the_last_time(iat: int) -> None:
    assert parse_presentation(present(make_claim(), iat)).iat == iat


@pytest.mark.parametrize(
    "audience", [b"0123456789ABCDEF", b"0123456789abcdeg", b" 123456789abcdef", bytes(16), b"\xff" * 16], ids=repr
)
def test_a_place_that_is_no_place_id(audience: bytes) -> None:
    verifier = make_verifier(audience=PLACE)
    assert_refused(verifier, encode_text(shown_with("aud", audience)), RefusalCode.MALFORMED)
    with raises(FormatError, "malformed", "a place id is 16 lower-case hexadecimal digits"):
        unsigned_presentation([make_claim()], NOW, audience.decode("latin-1"))


@pytest.mark.parametrize("audience", ["", PLACE[:15], PLACE + "0", "\u00e9" * 8, "\u0661" * 16])
def test_places_of_other_lengths(audience: str) -> None:
    with raises(FormatError, "malformed", "a place id is 16 lower-case hexadecimal digits"):
        unsigned_presentation([make_claim()], NOW, audience)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_an_answer_has_16_bytes(size: int) -> None:
    with raises(FormatError, "malformed", "nonce must be 16 bytes"):
        unsigned_presentation([make_claim()], NOW, nonce=bytes(size))
    assert parse_presentation(present(make_claim(), nonce=NONCE)).nonce == NONCE


def test_nothing_to_show() -> None:
    for claims in ([], [b""], [present(make_claim())]):
        with raises(
            FormatError, "malformed", "a presentation needs a claim", "not a claim of any of the three templates"
        ):
            unsigned_presentation(claims, NOW)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_has_64_bytes(size: int) -> None:
    with raises(FormatError, "malformed", "signature must be 64 bytes"):
        with_signature(make_claim(), bytes(size))


def test_repr_shows_nothing() -> None:
    parsed = parse_presentation(present(make_claim()))
    assert [repr(parsed), repr(parsed.claims)] == ["Presentation(...)", "[Claim(...)]"]
