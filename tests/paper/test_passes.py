"""What is printed and what is not: claims for paper, genuine, under known windows; and each refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from healthpass import Color
from healthpass.errors import FormatError, PaperRefused
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT, Claim
from healthpass.formats.text import decode_text
from healthpass.formats.window import Window
from healthpass.paper import Language, card, passes_of, sheet
from tests.making import DAY, STRANGER, TAG, WINDOW, make_claim, sign_claim, signer
from tests.paper.printing import BY_KID, SHANGHAI, START, WINDOWS, paper_claim, passes
from tests.raising import raises, raises_one_of

ENGLISH = Language.shipped("en")
FIRST = WINDOWS[0]


def refused(claims: list[bytes], windows: dict[bytes, Window] = BY_KID, now: int | datetime = START) -> str:
    with pytest.raises(PaperRefused) as caught:
        passes_of(claims, windows, now=now)
    return caught.value.code


def test_in_the_order_of_their_days() -> None:
    claims = [paper_claim(day) for day in (5, 0, 13, 1)]
    printed = passes_of(claims, BY_KID, now=START)
    assert [each.valid_from for each in printed] == [START + day * DAY for day in (0, 1, 5, 13)]
    assert [each.expires - each.valid_from for each in printed] == [DAY] * 4
    assert sorted(decode_text(each.text) for each in printed) == sorted(claims)
    assert {len(each.text) for each in printed} == {166}


@pytest.mark.parametrize("binding", [DEVICE, BOTH])
def test_what_is_bound_to_a_phone_is_not_for_paper(binding: int) -> None:
    windows = {**BY_KID, WINDOW.kid: WINDOW}
    assert passes_of([make_claim(binding=DOCUMENT)], windows, now=START)
    assert refused([paper_claim(), make_claim(binding=binding)], windows) == "not-for-paper"


def test_a_claim_twice() -> None:
    assert refused([paper_claim(1), paper_claim(0), paper_claim(1)]) == "repeated-slot"


def test_an_unknown_window() -> None:
    assert refused([paper_claim(3)], {FIRST.kid: FIRST}) == "unknown-window"


@pytest.mark.parametrize("change", ["exp", "bindings", "capacity"])
def test_what_the_window_may_not_sign(change: str) -> None:
    window = Window(
        FIRST.kid,
        FIRST.key,
        FIRST.valid_from,
        FIRST.expires + (change == "exp"),
        4 if change == "capacity" else FIRST.capacity,
        DEVICE if change == "bindings" else FIRST.bindings,
        FIRST.document_key_id,
    )
    assert refused([paper_claim()], {window.kid: window}) == "not-allowed"


def test_another_signature() -> None:
    claim = Claim(FIRST.kid, FIRST.expires, 7, Color.RED, tag=TAG)
    assert refused([sign_claim(claim, STRANGER)]) == "bad-claim-signature"
    assert passes_of([sign_claim(claim, signer(2000))], BY_KID, now=START)


def test_a_pass_that_is_over() -> None:
    both = [paper_claim(0), paper_claim(1)]
    assert len(passes_of(both, BY_KID, now=FIRST.expires - 1)) == 2
    assert len(passes_of(both, BY_KID, now=datetime.fromtimestamp(FIRST.expires - 1, UTC))) == 2
    assert refused(both, now=FIRST.expires) == "window-over"
    assert refused(both, now=datetime.fromtimestamp(FIRST.expires, UTC)) == "window-over"
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
        passes_of(both, BY_KID, now=1.5)  # type: ignore[arg-type]  # a mistake


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(108), paper_claim()[:-1], paper_claim() + b"\x00"], ids=len)
def test_no_claim(data: bytes) -> None:
    with raises(FormatError, "malformed", "not a claim of any of the three templates"):
        passes_of([data], BY_KID, now=START)


@pytest.mark.parametrize("place", range(0, 108, 7))
def test_an_altered_claim_is_never_printed(place: int) -> None:
    data = bytearray(paper_claim())
    data[place] ^= 1
    with raises_one_of("bad-claim-signature", "malformed", "not-allowed"):
        passes_of([bytes(data)], BY_KID, now=START)


def test_nothing_of_a_pass_is_in_its_repr() -> None:
    assert repr(passes(1)[0]) == "PaperPass(...)"


@pytest.mark.parametrize("many", [0, 2])
def test_a_card_is_for_one(many: int) -> None:
    with pytest.raises(PaperRefused) as caught:
        card(passes(many), ENGLISH, SHANGHAI)
    assert caught.value.code == "not-one"


@pytest.mark.parametrize("many", [0, 15])
def test_a_sheet_is_for_fourteen(many: int) -> None:
    with pytest.raises(PaperRefused) as caught:
        sheet(passes(many), ENGLISH, SHANGHAI)
    assert caught.value.code == "too-many"


def test_two_of_one_day() -> None:
    """A spare window of the same day, as a platform has when one is full."""
    spare = Window(b"spar", signer(2100).public_key, FIRST.valid_from, FIRST.expires, 1024, DOCUMENT, b"doc0")
    claim = sign_claim(Claim(spare.kid, spare.expires, 1, Color.RED, tag=TAG), signer(2100))
    both = passes_of([paper_claim(), claim], {**BY_KID, spare.kid: spare}, now=START)
    with pytest.raises(PaperRefused) as caught:
        sheet(both, ENGLISH, SHANGHAI)
    assert caught.value.code == "same-day"


def test_a_week_is_not_for_a_sheet() -> None:
    week = Window(b"week", signer(2101).public_key, START, START + 7 * DAY, 1024, DOCUMENT, b"doc0")
    claim = sign_claim(Claim(week.kid, week.expires, 1, Color.RED, tag=TAG), signer(2101))
    printed = passes_of([claim], {week.kid: week}, now=START)
    with pytest.raises(PaperRefused) as caught:
        sheet(printed, ENGLISH, SHANGHAI)
    assert caught.value.code == "not-one-day"
    assert "until 04:00 on 2 December 2026" in " ".join(each.text for each in card(printed, ENGLISH, SHANGHAI).texts)


def test_a_batch_as_the_platform_returned_it() -> None:
    claims = [paper_claim(day) for day in (1, 0)]
    from_batch = passes_of(encode_batch(claims), BY_KID, now=START)
    assert [each.text for each in from_batch] == [each.text for each in passes_of(claims, BY_KID, now=START)]
    with raises(FormatError, "malformed", "CBOR: cut short"):
        passes_of(b"no batch", BY_KID, now=START)
