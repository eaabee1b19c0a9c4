"""The check policy: the shipped rules as people read them, the one form of any rules, and what are no rules."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass import Color
from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.area_table import Risk
from healthpass.formats.check_policy import (
    GREEN,
    ON_PAPER,
    ON_PHONE,
    RED,
    YELLOW,
    CheckPolicy,
    CheckRule,
    default_policy,
    parse_check_policy,
)
from healthpass.formats.place import PlaceClass
from tests.raising import raises

SHIPPED = """
    LOW    HOSPITAL          admits green         helps yellow red documents both audience no
    LOW    CARE_HOME         admits green         helps            documents both audience no
    LOW    SPECIAL_WORKPLACE admits green         helps yellow red documents both audience yes
    MEDIUM ORDINARY          admits green yellow  helps            documents both audience yes
    MEDIUM HOSPITAL          admits green         helps yellow red documents both audience no
    MEDIUM CARE_HOME         admits green         helps            documents both audience no
    MEDIUM TRANSPORT_HUB     admits green yellow  helps            documents both audience yes
    MEDIUM SCHOOL            admits green yellow  helps            documents both audience yes
    MEDIUM SPECIAL_WORKPLACE admits green         helps yellow red documents both audience yes
    HIGH   ORDINARY          admits green         helps            documents both audience yes
    HIGH   HOSPITAL          admits green         helps yellow red documents both audience no
    HIGH   CARE_HOME         admits green         helps            documents both audience no
    HIGH   TRANSPORT_HUB     admits green         helps            documents both audience yes
    HIGH   SCHOOL            admits green         helps            documents both audience yes
    HIGH   SPECIAL_WORKPLACE admits green         helps yellow red documents both audience yes
"""


def in_words(rule: CheckRule) -> str:
    admitted, helped = (
        " ".join(color.name.lower() for color in Color if test(color)) for test in (rule.admits, rule.assists)
    )
    yes = {True: "yes", False: "no"}
    asked = {0: "none", ON_PAPER: "paper", ON_PHONE: "phone", ON_PAPER | ON_PHONE: "both"}
    return (
        f"{rule.risk.name} {PlaceClass(rule.place_class).name} admits {admitted} helps {helped} "
        f"documents {asked[rule.documents]} audience {yes[rule.audience]}"
    )


def test_the_shipped_rules() -> None:
    assert [" ".join(in_words(rule).split()) for rule in default_policy().rules] == [
        " ".join(line.split()) for line in SHIPPED.strip().splitlines()
    ]


def test_where_the_risk_is_low_only_special_places_check() -> None:
    permitted = [kind for kind in range(1, 24) if default_policy().rule(Risk.LOW, kind)]
    assert permitted == [PlaceClass.HOSPITAL, PlaceClass.CARE_HOME, PlaceClass.SPECIAL_WORKPLACE]


@pytest.mark.parametrize("place_class", [PlaceClass.HOSPITAL, PlaceClass.SPECIAL_WORKPLACE])
def test_nobody_is_turned_away_from_a_hospital_or_from_work(place_class: PlaceClass) -> None:
    for risk in Risk:
        rule = default_policy().rule(risk, place_class)
        assert rule is not None
        assert all(rule.admits(color) or rule.assists(color) for color in Color)


def test_a_countrys_own_classes_are_not_checked_until_a_rule_says_so() -> None:
    assert [default_policy().rule(risk, kind) for risk in Risk for kind in range(7, 24)] == [None] * 51


RULE = CheckRule(1, 2, admitted=GREEN | RED, assisted=YELLOW, documents=3, audience=False)
VALUES = [1, 2, 5, 2, 3, 0]


def test_a_rule_on_the_wire() -> None:
    assert RULE.values() == VALUES
    assert parse_check_policy([VALUES]) == CheckPolicy([RULE])
    assert repr(RULE) == "CheckRule(1, 2, 5, 2, 3, 0)"


def test_what_a_rule_says_of_a_color() -> None:
    assert [RULE.admits(color) for color in Color] == [True, False, True]
    assert [RULE.assists(color) for color in Color] == [False, True, False]


@pytest.mark.parametrize(("bits", "paper", "phone"), [(0, 0, 0), (1, 1, 0), (2, 0, 1), (3, 1, 1)])
def test_for_which_passes_a_document_is_asked_for(bits: int, paper: int, phone: int) -> None:
    rule = CheckRule(0, 1, admitted=GREEN, documents=bits)
    assert [rule.asks_for_documents(on_paper=True), rule.asks_for_documents(on_paper=False)] == [paper, phone]


def test_the_defaults_of_a_rule() -> None:
    assert CheckRule(0, 1, admitted=GREEN).values() == [0, 1, 1, 0, 3, 1]


def test_there_and_back() -> None:
    for policy in (default_policy(), CheckPolicy([]), CheckPolicy([RULE])):
        data = cbor.encode(policy.values())
        assert parse_check_policy(cbor.decode(data)) == policy
        assert cbor.encode(parse_check_policy(cbor.decode(data)).values()) == data


def test_rules_may_be_given_in_any_order() -> None:
    assert CheckPolicy(reversed(default_policy().rules)) == default_policy()


def test_which_classes_a_policy_names() -> None:
    assert [kind for kind in range(1, 24) if default_policy().names(kind)] == list(PlaceClass)
    assert not any(CheckPolicy([]).names(kind) for kind in range(1, 24))


def test_every_place_at_every_risk() -> None:
    policy = CheckPolicy(CheckRule(risk, kind, admitted=7) for risk in Risk for kind in range(1, 24))
    assert parse_check_policy(policy.values()) == policy
    assert len(policy.rules) == 69


def test_rules_and_policies_are_values() -> None:
    again = CheckRule(1, 2, admitted=5, assisted=2, documents=3, audience=False)
    assert len({RULE, again}) == len({CheckPolicy([RULE]), CheckPolicy([again])}) == 1
    assert RULE != VALUES
    assert CheckPolicy([RULE]) != [RULE]
    assert repr(CheckPolicy([RULE])) == "CheckPolicy(1 rules)"


@pytest.mark.parametrize("other", [[0, *VALUES[1:]], [2, *VALUES[1:]], VALUES])
def test_the_same_terms_at_another_risk(other: list[int]) -> None:
    assert RULE.same_terms(parse_check_policy([other]).rules[0])


@pytest.mark.parametrize("at", range(1, 6))
def test_other_terms(at: int) -> None:
    values = list(VALUES)
    values[at] = [0, 3, 4, 0, 1, 1][at]
    assert not RULE.same_terms(parse_check_policy([values]).rules[0])


NO_RULES: dict[str, tuple[Any, str]] = {
    "null": (None, "check policy: not an array of 0 to 69 items"),
    "a map": ({}, "check policy: not an array of 0 to 69 items"),
    "a rule alone": (VALUES, "check policy: not an array of 6 items"),
    "a short rule": ([VALUES[:5]], "check policy: not an array of 6 items"),
    "a long rule": ([[*VALUES, 0]], "check policy: not an array of 6 items"),
    "a fourth risk": ([[3, *VALUES[1:]]], "risk: not an integer from 0 to 2"),
    "a negative risk": ([[-1, *VALUES[1:]]], "check policy: not an integer from 0 to 23"),
    "class 0": ([[1, 0, *VALUES[2:]]], "place class: not an integer from 1 to 23"),
    "class 24": ([[1, 24, *VALUES[2:]]], "check policy: not an integer from 0 to 23"),
    "a fourth color": ([[1, 2, 8, 2, 1, 0]], "colours admitted: not an integer from 0 to 7"),
    "a fourth color helped": ([[1, 2, 5, 8, 1, 0]], "colours assisted: not an integer from 0 to 7"),
    "a color admitted and helped": ([[1, 2, 5, 4, 1, 0]], "check policy: a colour is admitted or assisted, not both"),
    "documents 4": ([[1, 2, 5, 2, 4, 0]], "asks for documents: not an integer from 0 to 3"),
    "documents, a bool": ([[1, 2, 5, 2, True, 0]], "check policy: not an integer from 0 to 23"),
    "audience 2": ([[1, 2, 5, 2, 1, 2]], "requires an audience: not an integer from 0 to 1"),
    "a text": ([[1, 2, "green", 2, 1, 0]], "check policy: not an integer from 0 to 23"),
    "twice": ([VALUES, VALUES], "check policy: two rules for one risk and class"),
    "twice with other terms": ([VALUES, [1, 2, 0, 0, 0, 0]], "check policy: two rules for one risk and class"),
    "risks out of order": ([VALUES, [0, 2, 1, 0, 0, 0]], "check policy: rules out of order"),
    "classes out of order": ([VALUES, [1, 1, 1, 0, 0, 0]], "check policy: rules out of order"),
    "more than there are places": ([[0, 1, 1, 0, 0, 0]] * 70, "check policy: not an array of 0 to 69 items"),
}


@pytest.mark.parametrize(("value", "sentence"), NO_RULES.values(), ids=NO_RULES.keys())
def test_no_rules(value: Any, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_check_policy(value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"risk": 3}, "risk: not an integer from 0 to 2"),
        ({"risk": -1}, "risk: not an integer from 0 to 2"),
        ({"place_class": 0}, "place class: not an integer from 1 to 23"),
        ({"place_class": 24}, "place class: not an integer from 1 to 23"),
        ({"admitted": 8}, "colours admitted: not an integer from 0 to 7"),
        ({"admitted": -1}, "colours admitted: not an integer from 0 to 7"),
        ({"assisted": 8}, "colours assisted: not an integer from 0 to 7"),
        ({"documents": 4}, "asks for documents: not an integer from 0 to 3"),
        ({"admitted": GREEN | RED, "assisted": RED}, "check policy: a colour is admitted or assisted, not both"),
    ],
    ids=str,
)
def test_what_no_rule_has(arguments: dict[str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        CheckRule(**{"risk": 0, "place_class": 1, "admitted": GREEN, **arguments})


def test_two_rules_for_one_place() -> None:
    with raises(FormatError, "malformed", "check policy: two rules for one risk and class"):
        CheckPolicy([RULE, CheckRule(1, 2, admitted=GREEN)])


def test_a_rule_at_any_risk() -> None:
    policy = default_policy()
    for _ in range(2):  # as it was found, and as it was kept
        assert policy.rule_at_any_risk(PlaceClass.HOSPITAL) == policy.rule(Risk.LOW, PlaceClass.HOSPITAL)
        assert policy.rule_at_any_risk(PlaceClass.SCHOOL) is None
        assert policy.rule_at_any_risk(23) is None
