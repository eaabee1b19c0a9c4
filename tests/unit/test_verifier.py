"""The verifier's own arguments: misuse is an error of the caller, not a refusal of a pass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from healthpass import Color, RefusalCode
from healthpass.errors import FormatError
from healthpass.verifier import Verifier
from tests.making import (
    NONCE,
    NOW,
    PLACE,
    assert_refused,
    make_claim,
    make_store,
    make_trust_list,
    make_verifier,
    remembered,
    show,
)
from tests.raising import raises


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_question_has_16_bytes(size: int) -> None:
    verifier = make_verifier()
    with raises(FormatError, "malformed", "nonce: not 16 bytes"):
        verifier.verify(show(make_claim()), now=NOW, nonce=bytes(size))
    assert remembered(verifier) == 0


@pytest.mark.parametrize(
    ("audience", "sentence"),
    [
        ("", "audience: not a text of 1 to 16 characters"),
        (PLACE[:15], "a place id is 16 lower-case hexadecimal digits"),
        (PLACE + "0", "audience: not a text of 1 to 16 characters"),
        (PLACE.upper(), "a place id is 16 lower-case hexadecimal digits"),
        ("g" * 16, "a place id is 16 lower-case hexadecimal digits"),
        ("\u0661" * 16, "a place id is 16 lower-case hexadecimal digits"),
        (" " * 16, "a place id is 16 lower-case hexadecimal digits"),
    ],
)
def test_a_place_is_16_hexadecimal_digits(audience: str, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        Verifier(make_store(), audience=audience)


def test_a_time_without_a_zone_is_no_time() -> None:
    verifier = make_verifier()
    with pytest.raises(ValueError, match=r"^a datetime needs a time zone: use datetime\.now\(timezone\.utc\)$"):
        verifier.verify(show(make_claim()), now=datetime(2027, 1, 15, 8))
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not a float$"):
        verifier.verify(show(make_claim()), now=float(NOW))  # type: ignore[arg-type]  # that is the point
    assert remembered(verifier) == 0


def test_now_as_a_datetime_and_text_as_bytes() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    texts = show(make_claim(1)), show(make_claim(2)).encode()
    one, other = (make_verifier().verify(text, now=now) for text in texts)
    assert one == other


def test_in_challenge_mode_at_a_place() -> None:
    verifier = make_verifier(audience=PLACE)
    assert verifier.verify(show(make_claim(), audience=PLACE, nonce=NONCE), now=NOW, nonce=NONCE).colors


@pytest.mark.parametrize("skew", [0, 5, 600])
def test_another_skew(skew: int) -> None:
    verifier = Verifier(make_store(make_trust_list(issued=NOW - 3000)), skew=skew)
    text = show(make_claim())
    assert_refused(verifier, text, RefusalCode.PRESENTATION_FROM_FUTURE, now=NOW - skew - 1)
    assert_refused(verifier, text, RefusalCode.PRESENTATION_STALE, now=NOW + 15 + skew)
    assert verifier.verify(text, now=NOW + 14 + skew).colors
    assert_refused(verifier, text, RefusalCode.REPLAYED, now=NOW - skew)


@pytest.mark.parametrize("skew", [-1, 3601, float("inf"), float("nan"), "60", True, None])
def test_a_skew_that_would_fail_open_or_make_no_sense(skew: object) -> None:
    with pytest.raises(ValueError if type(skew) is int else TypeError, match=r"^skew: "):
        Verifier(make_store(), skew=skew)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("nonce", ["x" * 16, bytearray(16), 16, b"", bytes(15)])
def test_a_nonce_is_16_bytes(nonce: object) -> None:
    with pytest.raises(ValueError if type(nonce) is bytes else TypeError, match=r"^nonce: "):
        make_verifier().verify("", now=NOW, nonce=nonce)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("audience", [b"0123456789abcdef", 16, "0123456789ABCDEF", ""])
def test_an_audience_is_a_place_id(audience: object) -> None:
    with pytest.raises(ValueError if type(audience) is str else TypeError, match=r"audience|place id"):
        Verifier(make_store(), audience=audience)  # type: ignore[arg-type]  # that is the point


def test_a_verdict_does_not_change() -> None:
    verdict = make_verifier().verify(show(make_claim()), now=NOW)
    with pytest.raises(AttributeError, match=r"^a verdict does not change$"):
        verdict.colors = (Color.GREEN,)
