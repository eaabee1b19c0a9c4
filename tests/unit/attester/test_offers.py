"""What a region offers, from a trust list alone."""

from __future__ import annotations

from typing import Any

import pytest

from healthpass.attester import Attester
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats.claim import Binding
from healthpass.formats.enrolment import parse_offer
from healthpass.formats.period import Period
from healthpass.formats.platform import Platform
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.verifier import TrustStore
from tests.making import NOW, PLATFORM, ROOTS, SEALING, TOMORROW, WINDOW, make_store, make_trust_list, signer
from tests.raising import raises

REGION = signer(10)
ATTESTER = Attester(REGION)
LIST = make_trust_list()
TODAY, NEXT_DAY = (WINDOW.valid_from, WINDOW.expires), (TOMORROW.valid_from, TOMORROW.expires)


def test_an_offer_from_a_trust_list_alone() -> None:
    """Today and tomorrow, for phones; another reference each time."""
    made = ATTESTER.offer(LIST, now=NOW, periods=2)
    offer = parse_offer(made)
    assert offer.attester == ATTESTER.public_key == REGION.public_key
    assert (offer.platform, offer.binding, offer.people) == (PLATFORM, Binding.DEVICE, 1)
    assert offer.periods == (Period(*TODAY, 24), Period(*NEXT_DAY, 24))
    assert offer.reference != parse_offer(ATTESTER.offer(LIST, now=NOW)).reference
    assert not any(window.kid in made for window in LIST.windows.values())


def test_an_offer_from_the_store_that_keeps_the_list() -> None:
    store = make_store()
    assert parse_offer(ATTESTER.offer(store, now=NOW)).periods == (Period(*TODAY, 24),)
    with raises(
        AttestationRefused,
        "no-trust-list",
        "the trust list is missing, too old or ahead of the clock: fetch the newest, and set the clock",
    ):
        ATTESTER.offer(TrustStore(ROOTS), now=NOW)


def test_an_offer_begins_with_the_period_of_now_and_has_no_more_than_the_list() -> None:
    assert parse_offer(ATTESTER.offer(LIST, now=WINDOW.expires - 1)).periods == (Period(*TODAY, 24),)
    assert parse_offer(ATTESTER.offer(LIST, now=WINDOW.expires)).periods == (Period(*NEXT_DAY, 24),)
    assert len(parse_offer(ATTESTER.offer(LIST, now=NOW, periods=64)).periods) == 2


def test_several_kids_of_one_period_are_one_period() -> None:
    second = Window(b"kid2", signer(120).public_key, *TODAY, WINDOW.capacity, WINDOW.bindings, b"doc0")
    listed = make_trust_list(windows=(WINDOW, second, TOMORROW))
    offer = parse_offer(ATTESTER.offer(listed, now=NOW, periods=2))
    assert offer.periods == (Period(*TODAY, 24), Period(*NEXT_DAY, 24))


ONLY_PHONES = Window(b"kid0", WINDOW.key, *TODAY, 64, Binding.DEVICE)
FEDERATION = make_trust_list(platforms=[Platform("east", (WINDOW.kid,), (SEALING,)), Platform("west", (TOMORROW.kid,))])


def test_the_platform_that_is_named() -> None:
    offer = parse_offer(ATTESTER.offer(FEDERATION, now=NOW, platform="west", periods=2))
    assert (offer.platform, offer.periods) == ("west", (Period(*NEXT_DAY, 24),))


@pytest.mark.parametrize(
    ("listed", "more", "code", "sentence"),
    [
        (FEDERATION, {}, "which-platform", "the trust list has several platforms: name the one that is meant"),
        (LIST, {"platform": "nowhere"}, "unknown-platform", "no such platform: fetch the newest list"),
        (LIST, {"now": TOMORROW.expires}, "no-period", "the trust list has no period for such passes"),
        (make_trust_list(windows=[ONLY_PHONES]), {"binding": Binding.BOTH}, "no-period", "no period for such passes"),
        (LIST, {"keys_per_period": 7}, "too-few-keys", "at least 8 keys for each period"),
        (LIST, {"now": LIST.issued - 61}, "no-trust-list", "the trust list is missing, too old or ahead"),
        (make_trust_list(expires=NOW), {}, "no-trust-list", "the trust list is missing, too old or ahead"),
    ],
    ids=["several", "unknown", "all over", "another binding", "seven keys", "from the future", "expired"],
)
def test_no_offer(listed: TrustList, more: dict[str, Any], code: str, sentence: str) -> None:
    with pytest.raises(AttestationRefused, match=sentence) as caught:
        ATTESTER.offer(listed, **{"now": NOW, **more})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"people": 2}, "several people under one holder key need a document each"),
        ({"people": 9, "binding": Binding.BOTH}, "1 to 8 people"),
        ({"people": 0}, "1 to 8 people"),
        ({"binding": Binding.DOCUMENT}, "binding of an offer: neither to a phone alone nor to phone and document"),
        ({"keys_per_period": 4097}, "number of keys: not an integer from 1 to 4096"),
        ({"keys_per_period": 2049, "periods": 2}, "periods: over 4096 keys in all"),
        ({"keys_per_period": 1025, "people": 8, "binding": Binding.BOTH}, "at most 8192 claims at once"),
        ({"periods": 0}, "at least one period"),
    ],
    ids=repr,
)
def test_no_such_offer(more: dict[str, Any], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        ATTESTER.offer(LIST, **{"now": NOW, **more})
