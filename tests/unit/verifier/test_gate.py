"""Step 1: may this scanner check people here, now? Certificate, table and policy decide before the text is seen."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.crypto.signer import Signer
from healthpass.errors import FormatError
from healthpass.formats.check_policy import CheckPolicy, CheckRule
from healthpass.formats.place import MAX_CLASS, PlaceClass, Risk
from healthpass.formats.text import encode_place_text
from healthpass.formats.trust_list import TrustList
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    DAY,
    NOW,
    OTHER_PLACE,
    PLACE,
    ROOTS,
    STRANGER,
    TOMORROW,
    WINDOW,
    assert_refused,
    make_claim,
    remembered,
    show,
    show_own,
    sign_trust_list,
)
from tests.placing import (
    AREA,
    POLICY,
    REGISTRAR,
    RISK_OFFICE,
    everywhere,
    make_area_table,
    make_place,
    placed_list,
    placed_store,
    placed_verifier,
    sign_place,
)
from tests.raising import raises
from tests.revoking import OTHER_REVOKER, REVOKER, give, make_delta, make_snapshot

GARBAGE = "https://example.org/"
"""A text that every other step would refuse with another code."""


class Unreadable(str):
    """A text that nobody may look at."""

    def startswith(self, *args: Any) -> bool:
        raise AssertionError("the text was looked at")


def assert_not_permitted(
    verifier: Verifier, now: int = NOW, code: RefusalCode = RefusalCode.CHECK_NOT_PERMITTED
) -> None:
    """Code 21, or another, whatever the text: it is not looked at. The same from `policy`."""
    for text in (GARBAGE, Unreadable("HP1:"), show(make_claim(), audience=PLACE)):
        assert_refused(verifier, text, code, now=now)
    with pytest.raises(Refused) as caught:
        verifier.policy(now=now)
    assert caught.value.code.name == code.name


def assert_not_certified(verifier: Verifier, now: int = NOW) -> None:
    """Code 24: nothing in force says that this scanner may check here, and nothing that nobody is checked."""
    assert_not_permitted(verifier, now, RefusalCode.PLACE_NOT_CERTIFIED)


def assert_permitted(verifier: Verifier, now: int = NOW, slot: int = 1) -> None:
    assert verifier.verify(show_own(slot, now // 15 * 15, PLACE), now=now).colors == (Color.GREEN,)


def table_of(risk: Risk) -> bytes:
    """A table that says so of `AREA`, and something of other areas."""
    return make_area_table(
        medium=[AREA - 1, AREA] if risk == Risk.MEDIUM else [AREA - 1],
        high=[AREA, AREA + 1] if risk == Risk.HIGH else [AREA + 1],
    )


@pytest.mark.parametrize("place_class", [*PlaceClass, 7, MAX_CLASS])
@pytest.mark.parametrize("risk", Risk, ids=lambda risk: risk.name)
def test_the_shipped_policy(risk: Risk, place_class: int) -> None:
    verifier = placed_verifier(place=make_place(place_class), table=table_of(risk))
    if not POLICY.names(place_class):
        assert_not_certified(verifier)
    elif POLICY.rule(risk, place_class) is None:
        assert_not_permitted(verifier)
    else:
        assert_permitted(verifier)


@pytest.mark.parametrize("place_class", [*PlaceClass, 7, MAX_CLASS])
def test_without_a_table_only_what_every_risk_permits(place_class: int) -> None:
    verifier = placed_verifier(place=make_place(place_class))
    if place_class in (PlaceClass.HOSPITAL, PlaceClass.CARE_HOME, PlaceClass.SPECIAL_WORKPLACE):
        assert_permitted(verifier)
    else:
        assert_not_certified(verifier)


def test_an_area_that_the_table_does_not_name_is_of_low_risk() -> None:
    table = make_area_table(medium=[AREA - 1], high=[AREA + 1])
    assert_not_permitted(placed_verifier(place=make_place(PlaceClass.SCHOOL), table=table))
    assert_permitted(placed_verifier(place=make_place(PlaceClass.SCHOOL, area=AREA + 1), table=table))


def test_once_the_table_is_over_the_risk_is_not_known() -> None:
    table = make_area_table(expires=NOW + 60, high=[AREA])
    at_school, hospital = (placed_verifier(place=make_place(kind), table=table) for kind in (5, 2))
    assert_permitted(at_school, NOW + 59)
    assert_not_certified(at_school, NOW + 60)
    assert_permitted(hospital, NOW + 60)


SCHOOL = make_place(PlaceClass.SCHOOL, issued=NOW - 60, expires=NOW + 29 * DAY)
QUIET = make_area_table(issued=NOW - 30, high=[AREA + 1])
"""A table in force by which nobody is checked at a school of `AREA`."""


def school(table: bytes | None = QUIET, place: bytes = SCHOOL, **more: object) -> Verifier:
    return placed_verifier(placed_list(**{"expires": NOW + DAY, "grace": DAY, **more}), place, table)  # type: ignore[arg-type]  # whatever the test wants


def test_nobody_is_checked_only_where_signed_data_in_force_say_so() -> None:
    """Everything is as it must be for code 21; and then each part alone is not, at the second where it no longer is."""
    assert_not_permitted(school())
    assert_not_permitted(school(), NOW + DAY - 1)
    assert_not_certified(school(), NOW + DAY)  # the list is in its grace time
    assert_not_certified(school(), NOW + 3 * DAY)  # and after it
    assert_not_permitted(school(), NOW - 90)
    assert_not_certified(school(), NOW - 91)  # the clock is behind the table, which is newer than the list
    assert_not_certified(school(table=None))
    ends = make_area_table(issued=NOW - 30, expires=NOW + 60)
    assert_not_permitted(school(ends), NOW + 59)
    assert_not_certified(school(ends), NOW + 60)
    short = make_place(PlaceClass.SCHOOL, expires=NOW + 60)
    assert_not_permitted(school(place=short), NOW + 59)
    assert_not_certified(school(place=short), NOW + 60)
    ahead = make_place(PlaceClass.SCHOOL, issued=NOW + 61)
    assert_not_permitted(school(place=ahead), NOW + 1)
    assert_not_certified(school(place=ahead))
    assert_not_certified(school(policy=CheckPolicy([])))
    assert_not_certified(school(policy=CheckPolicy([CheckRule(risk, 2, admitted=1) for risk in Risk])))


def test_by_a_clock_behind_the_revocation_data_nobody_goes_unchecked() -> None:
    """A scanner gets a delta every quarter of an hour: how far back a clock may be set is not a day's matter."""
    kids = {REVOKER.public_key: (WINDOW.kid, TOMORROW.kid)}
    store = placed_store(placed_list(revocation_keys=kids), make_area_table(expires=NOW + 2 * 3600))
    gate = Verifier(store, place=SCHOOL)
    give(store, make_snapshot(1, issued=NOW))
    store.update_revocation(make_delta(2, {}, issued=NOW + 3600), now=NOW + 3600)
    assert_not_permitted(gate, NOW + 3600 - 60)
    assert_not_certified(gate, NOW + 3600 - 61)
    assert_not_certified(gate, NOW + 2 * 3600)  # the table is over
    without = placed_list(2, revocation_keys={OTHER_REVOKER.public_key: (WINDOW.kid, TOMORROW.kid)})
    store.update_trust_list(sign_trust_list(without), now=NOW)
    assert_not_permitted(gate, NOW)  # with its key a floor goes


def test_an_empty_policy_opens_nothing() -> None:
    for kind in range(1, MAX_CLASS + 1):
        assert_not_certified(placed_verifier(placed_list(policy=CheckPolicy([])), make_place(kind), QUIET))


def test_risks_that_do_not_say_the_same() -> None:
    rules = [CheckRule(risk, 1, admitted=1 if risk == Risk.LOW else 3) for risk in Risk]
    assert_not_certified(placed_verifier(placed_list(policy=CheckPolicy(rules)), make_place(1)))
    same = [CheckRule(risk, 1, admitted=3) for risk in Risk]
    assert_permitted(placed_verifier(placed_list(policy=CheckPolicy(same)), make_place(1)))


@pytest.mark.parametrize("missing", Risk, ids=lambda risk: risk.name)
def test_a_risk_of_which_the_policy_says_nothing(missing: Risk) -> None:
    rules = [CheckRule(risk, 1, admitted=1) for risk in Risk if risk != missing]
    assert_not_certified(placed_verifier(placed_list(policy=CheckPolicy(rules)), make_place(1)))


# ---- The certificate ----------------------------------------------------------------------------------------------

WEAK_SIGNATURE = make_place()[:-64] + bytes(64)


@pytest.mark.parametrize(
    "place",
    [
        make_place(issued=NOW - 60, expires=NOW),
        make_place(issued=NOW + 61),
        make_place(registrar=STRANGER),
        make_place(registrar=RISK_OFFICE),
        WEAK_SIGNATURE,
        sign_place(b"\xa0"),
        make_area_table(office=REGISTRAR),
        make_claim(),
        b"",
    ],
    ids=[
        "expired",
        "of the future",
        "by a stranger",
        "by a risk office",
        "not signed",
        "of another form",
        "an area table",
        "a pass",
        "nothing",
    ],
)
def test_a_certificate_that_does_not_count(place: bytes) -> None:
    verifier = placed_verifier(place=place)
    assert_not_certified(verifier)
    assert remembered(verifier) == 0


def test_the_last_second_of_a_certificate() -> None:
    verifier = placed_verifier(place=make_place(expires=NOW + 60))
    assert_permitted(verifier, NOW + 59)
    assert_not_certified(verifier, NOW + 60)


def test_a_certificate_as_new_as_clocks_may_differ() -> None:
    assert_permitted(placed_verifier(place=make_place(issued=NOW + 60)))


def test_an_expired_certificate_counts_no_more_where_there_is_no_policy() -> None:
    assert_not_certified(placed_verifier(placed_list(policy=None), make_place(expires=NOW + 60)), NOW + 60)


def test_the_poster_is_as_good_as_its_bytes() -> None:
    assert_permitted(placed_verifier(place=encode_place_text(make_place())))
    with raises(FormatError, "malformed", "not the code of a place: that begins with HPL1:"):
        placed_verifier(place=encode_place_text(make_place()).lower())


def test_a_place_has_its_own_audience() -> None:
    with pytest.raises(ValueError, match=r"^a place certificate has its own audience$"):
        Verifier(placed_store(), place=make_place(), audience=PLACE)


@pytest.mark.parametrize("audience", [None, PLACE])
def test_a_policy_and_a_scanner_without_a_place(audience: str | None) -> None:
    assert_not_certified(Verifier(placed_store(), audience=audience))


def test_a_place_without_a_policy() -> None:
    verifier = placed_verifier(placed_list(policy=None), make_place(PlaceClass.ORDINARY))
    assert_permitted(verifier)
    for audience in (None, OTHER_PLACE):
        assert_refused(verifier, show(make_claim(2), audience=audience), RefusalCode.WRONG_AUDIENCE)


# ---- Order, and a list that changes -------------------------------------------------------------------------------


def test_without_a_list_there_is_nothing_to_decide_by() -> None:
    verifier = Verifier(TrustStore(ROOTS), place=make_place())
    for text in (GARBAGE, show(make_claim(), audience=PLACE)):
        assert_refused(verifier, text, RefusalCode.TRUST_LIST_EXPIRED)


def test_an_old_list_still_says_where_no_check_is() -> None:
    trust_list = placed_list(expires=NOW + 60)
    at_school, hospital = (placed_verifier(trust_list, make_place(kind), QUIET) for kind in (5, 2))
    assert_not_permitted(at_school, NOW + 59)
    assert_not_certified(at_school, NOW + 60)
    assert_refused(hospital, GARBAGE, RefusalCode.TRUST_LIST_EXPIRED, now=NOW + 60)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (placed_list(), placed_list(2, policy=CheckPolicy([]))),
        (placed_list(), placed_list(2, registrar_keys=())),
        (placed_list(), placed_list(2, registrar_keys=(STRANGER.public_key,))),
    ],
    ids=["rules", "no registrar", "another registrar"],
)
def test_a_new_list_counts_at_once(before: TrustList, after: TrustList) -> None:
    store = placed_store(before)
    verifier = Verifier(store, place=make_place())
    assert_permitted(verifier)
    store.update_trust_list(sign_trust_list(after), now=NOW)
    assert_not_certified(verifier)
    store.update_trust_list(sign_trust_list(placed_list(3)), now=NOW)
    assert_permitted(verifier, slot=2)


@pytest.mark.parametrize("office", [RISK_OFFICE, STRANGER], ids=["the same office", "another office"])
def test_a_new_table_counts_at_once(office: Signer) -> None:
    keys = tuple(sorted({RISK_OFFICE.public_key, office.public_key}))
    store = placed_store(placed_list(risk_keys=keys), make_area_table(high=[AREA]))
    verifier = Verifier(store, place=make_place(PlaceClass.ORDINARY))
    assert_permitted(verifier)
    store.update_area_table(make_area_table(2, issued=NOW + 1, office=office), now=NOW + 1)
    assert_not_permitted(verifier, NOW + 1)


def test_with_its_risk_office_a_table_goes() -> None:
    store = placed_store(table=make_area_table(high=[AREA]))
    verifier = Verifier(store, place=make_place(PlaceClass.ORDINARY))
    assert_permitted(verifier)
    store.update_trust_list(sign_trust_list(placed_list(2, risk_keys=(STRANGER.public_key,))), now=NOW)
    assert_not_certified(verifier)


@pytest.mark.parametrize("place_class", PlaceClass, ids=lambda kind: kind.name)
def test_everywhere_is_everywhere(place_class: PlaceClass) -> None:
    assert_permitted(placed_verifier(placed_list(policy=everywhere()), make_place(place_class)))
