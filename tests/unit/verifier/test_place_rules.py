"""What the rules of a place ask of a pass: that it was made for the place, and that its document is there."""

from __future__ import annotations

import pytest

from healthpass import Color, Decision, RefusalCode
from healthpass.formats.check_policy import CheckPolicy, CheckRule, bits_of
from healthpass.formats.claim import Binding
from healthpass.formats.place import PlaceClass
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from tests.documents import hospital_verifier
from tests.making import NONCE, NOW, OTHER_PLACE, PLACE, STRANGER, WINDOW, assert_refused, family, make_claim, show
from tests.placing import AREA, everywhere, make_area_table, make_place, placed_list, placed_store, placed_verifier
from tests.revoking import REVOKER, give, make_snapshot

GREEN = bits_of(Color.GREEN)


def scanner(*, audience: bool = False, documents: int = 0) -> Verifier:
    """At `PLACE`, under rules of these terms."""
    return placed_verifier(placed_list(policy=everywhere(audience=audience, documents=documents)))


@pytest.mark.parametrize(("required", "audience"), [(True, PLACE), (False, PLACE), (False, None)])
def test_made_for_the_place_or_for_none_where_that_is_enough(required: bool, audience: str | None) -> None:
    assert scanner(audience=required).verify(show(make_claim(), audience=audience), now=NOW).colors == (Color.GREEN,)


@pytest.mark.parametrize(("required", "audience"), [(True, OTHER_PLACE), (False, OTHER_PLACE), (True, None)])
def test_made_for_another_place_or_for_none_where_that_is_not(required: bool, audience: str | None) -> None:
    verifier = scanner(audience=required)
    assert_refused(verifier, show(make_claim(), audience=audience), RefusalCode.WRONG_AUDIENCE)
    assert verifier.verify(show(make_claim(), audience=PLACE), now=NOW).colors


@pytest.mark.parametrize(
    ("place_class", "needed"),
    [(kind, kind not in (PlaceClass.HOSPITAL, PlaceClass.CARE_HOME)) for kind in PlaceClass],
)
def test_the_shipped_rules_about_a_missing_poster(place_class: PlaceClass, needed: bool) -> None:
    verifier = placed_verifier(place=make_place(place_class), table=make_area_table(high=[AREA]))
    if needed:
        assert_refused(verifier, show(make_claim()), RefusalCode.WRONG_AUDIENCE)
    else:
        assert verifier.verify(show(make_claim()), now=NOW).colors


def test_paper_is_made_for_no_place() -> None:
    assert scanner(audience=True).verify(encode_text(make_claim(binding=Binding.DOCUMENT)), now=NOW).colors


def test_one_showing_with_and_without_a_place_is_one() -> None:
    verifier = scanner()
    assert verifier.verify(show(make_claim()), now=NOW).colors
    assert_refused(verifier, show(make_claim(), audience=PLACE), RefusalCode.REPLAYED)


def test_a_question_is_answered_for_the_place() -> None:
    verifier = scanner(audience=True)
    assert_refused(verifier, show(make_claim(), nonce=NONCE), RefusalCode.WRONG_AUDIENCE, nonce=NONCE)
    assert_refused(verifier, show(make_claim(), audience=PLACE), RefusalCode.WRONG_NONCE, nonce=NONCE)
    assert verifier.verify(show(make_claim(), audience=PLACE, nonce=NONCE), now=NOW, nonce=NONCE).colors


def test_a_phone_alone_where_documents_are_asked_for() -> None:
    assert scanner(documents=3).verify(show(make_claim()), now=NOW).colors


@pytest.mark.parametrize(
    ("text", "index"),
    [
        (encode_text(make_claim(binding=Binding.DOCUMENT)), None),
        (show(make_claim(binding=Binding.BOTH)), None),
        (show(family(range(2))), 0),
        (show(family(range(8))), 0),
    ],
    ids=["paper", "both", "two", "eight"],
)
def test_bound_to_a_document_that_nobody_compares(text: str, index: int | None) -> None:
    assert_refused(scanner(documents=3), text, RefusalCode.DOCUMENT_KEY_MISSING)
    verifier = hospital_verifier(policy=everywhere(documents=3, audience=False))
    assert_refused(verifier, text, RefusalCode.DOCUMENT_REQUIRED, index)
    assert verifier.verify(show(make_claim(9)), now=NOW).colors
    assert scanner().verify(text, now=NOW).colors


def test_the_document_comes_after_the_holder_and_before_what_was_shown() -> None:
    verifier, pass_ = scanner(documents=3), make_claim(binding=Binding.BOTH)
    assert_refused(verifier, show(pass_, holder=STRANGER), RefusalCode.BAD_HOLDER_SIGNATURE)
    assert_refused(verifier, show(pass_, audience=OTHER_PLACE), RefusalCode.WRONG_AUDIENCE)
    revoking = placed_list(policy=everywhere(documents=3), revocation_keys={REVOKER.public_key: (b"kid0", b"kid1")})
    store = placed_store(revoking)
    give(store, make_snapshot(1, {WINDOW: [1]}))
    assert_refused(Verifier(store, place=make_place()), show(pass_, audience=PLACE), RefusalCode.DOCUMENT_KEY_MISSING)


@pytest.mark.parametrize(
    "table", [None, make_area_table(), make_area_table(medium=[AREA]), make_area_table(high=[AREA])]
)
def test_special_personnel_are_checked_at_their_entrance_whatever_the_risk(table: bytes | None) -> None:
    """Green goes to work, others are helped; and a pass that was made for no place counts for nothing here."""
    verifier = placed_verifier(place=make_place(PlaceClass.SPECIAL_WORKPLACE), table=table)
    for slot, color in enumerate(Color):
        outcome = verifier.decide(show(make_claim(slot, color=color), audience=PLACE), now=NOW)
        assert outcome.decision is (Decision.ADMIT if color is Color.GREEN else Decision.ASSIST)
    assert_refused(verifier, show(make_claim(9)), RefusalCode.WRONG_AUDIENCE)


def test_rules_of_another_class_do_not_matter() -> None:
    elsewhere = [rule for rule in everywhere(documents=3).rules if (rule.risk, rule.place_class) != (0, 1)]
    policy = CheckPolicy([*elsewhere, CheckRule(0, 1, admitted=GREEN, documents=0)])
    verifier = placed_verifier(placed_list(policy=policy), make_place(PlaceClass.ORDINARY), make_area_table())
    assert verifier.verify(show(make_claim(binding=Binding.BOTH), audience=PLACE), now=NOW).colors
