"""How many claims a region may have of a period: one region's stolen key does not fill the windows of all."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from healthpass.crypto.signer import Signer
from healthpass.errors import AttestationRefused
from healthpass.issuer import Issuer, Ledger, RecognitionRules, WindowKey
from tests.issuing import (
    OTHER_REGION,
    REGION,
    TOMORROW_KEY,
    Wallet,
    attest,
    blinder_for,
    both_passes,
    device_passes,
    issued,
    make_issuer,
    make_rule,
    window_key,
)
from tests.ledgers import Open
from tests.making import NOW, TOMORROW
from tests.raising import raises

SENTENCE = "the region has had all the claims that it may have for a period: see its rule"
FIRST, SPARE = window_key(500, capacity=64), window_key(501, capacity=64)
PERIOD = (FIRST, SPARE)


def platform(ledger: Ledger, windows: Iterable[WindowKey] = PERIOD, **rule: Any) -> Issuer:
    """A platform that gives North so much, and South a quarter, of today's two windows of 64 each."""
    rules = [make_rule(**{"claims_per_period": None, **rule}), make_rule(OTHER_REGION, "South", claims_per_period=None)]
    return make_issuer(ledger, windows, RecognitionRules(rules))


def asked(number: int, count: int, key: WindowKey = FIRST, region: Signer = REGION) -> bytes:
    """So many claims of today, for a wallet with which chance decides for that kid."""
    wallet = Wallet(blinder_for(key.window.kid, [each.window.kid for each in PERIOD]))
    passes = device_passes(count, [key.window], first_key=100 * number)
    return attest(passes, reference=number, region=region, wallet=wallet)


def code_of(issuer: Issuer, attestation: bytes) -> str:
    """Of the refusal, or "issued"."""
    try:
        issuer.prepare(attestation, now=NOW)
    except AttestationRefused as refused:
        return refused.code
    return "issued"


def assert_used_up(ledger: Ledger, issuer: Issuer, attestation: bytes) -> None:
    before = [ledger.issued(key.window.kid) for key in PERIOD]
    with raises(AttestationRefused, "quota", SENTENCE):
        issuer.prepare(attestation, now=NOW)
    assert [ledger.issued(key.window.kid) for key in PERIOD] == before


def test_a_quarter_of_the_period(ledger: Ledger) -> None:
    """Of all its kids together, whichever chance decides for; what it has had it gets again; others are not touched."""
    issuer = platform(ledger)
    issuer.prepare(asked(1, 20), now=NOW)
    issuer.prepare(asked(2, 11, SPARE), now=NOW)
    assert_used_up(ledger, issuer, asked(3, 2))
    assert_used_up(ledger, issuer, asked(3, 2, SPARE))
    assert len(issuer.prepare(asked(3, 1, SPARE), now=NOW)) == 1
    assert_used_up(ledger, issuer, asked(4, 1))
    assert len(issued(issuer, asked(1, 20))) == 20, "what it has had it gets again"
    assert len(issuer.prepare(asked(5, 32, region=OTHER_REGION), now=NOW)) == 32


def test_one_region_fills_no_window(ledger: Ledger) -> None:
    """Whatever it asks for, as often as it likes: the country's other people still get passes of that day."""
    issuer = platform(ledger)
    codes = {code_of(issuer, asked(number, 1 + number % 5, PERIOD[number % 2])) for number in range(1, 200)}
    assert codes == {"issued", "quota"}
    assert sum(ledger.issued(key.window.kid) for key in PERIOD) == 32
    assert len(issuer.prepare(asked(500, 10, region=OTHER_REGION), now=NOW)) == 10


def test_each_period_for_itself(ledger: Ledger) -> None:
    issuer = platform(ledger, [*PERIOD, TOMORROW_KEY], claims_per_period=5)
    issuer.prepare(asked(1, 5), now=NOW)
    assert_used_up(ledger, issuer, attest(device_passes(1, [SPARE.window, TOMORROW], 300), reference=2))
    assert ledger.issued(TOMORROW.kid) == 0
    assert len(issuer.prepare(attest(device_passes(5, [TOMORROW], 300), reference=2), now=NOW)) == 5
    assert_used_up(ledger, issuer, attest(device_passes(1, [TOMORROW], 400), reference=3))


def test_claims_count_and_not_keys(ledger: Ledger) -> None:
    issuer = platform(ledger, claims_per_period=7)
    family = attest(both_passes(4, 1, [FIRST.window]), ["绿"] * 4)
    assert len(issuer.prepare(family, now=NOW)) == 4
    assert_used_up(ledger, issuer, attest(both_passes(4, 1, [FIRST.window], 50), ["绿"] * 4, reference=2))
    assert len(issuer.prepare(asked(3, 3), now=NOW)) == 3


def test_what_was_revoked_is_not_given_back(ledger: Ledger) -> None:
    """Its numbers are used up, so who could have more for them could fill the windows all the same."""
    issuer = platform(ledger, claims_per_period=3)
    issuer.prepare(asked(1, 3), now=NOW)
    ledger.revoke(REGION.public_key, (1).to_bytes(16, "big"), now=NOW)
    assert_used_up(ledger, issuer, asked(2, 1))


def test_what_is_refused_for_another_reason_counts_for_nobody(ledger: Ledger) -> None:
    issuer = platform(ledger, claims_per_period=100)
    with pytest.raises(AttestationRefused) as caught:
        issuer.prepare(asked(1, 65), now=NOW)
    assert caught.value.code == "window-full"
    assert len(issuer.prepare(asked(2, 60), now=NOW)) == 60
    assert len(issuer.prepare(asked(3, 40, SPARE), now=NOW)) == 40


def test_an_operator_changes_it_at_any_time(ledger: Ledger) -> None:
    issuer = platform(ledger, claims_per_period=3)
    issuer.prepare(asked(1, 3), now=NOW)
    assert_used_up(ledger, issuer, asked(2, 1))
    issuer.rules = platform(ledger, claims_per_period=4).rules
    assert len(issuer.prepare(asked(2, 1), now=NOW)) == 1
    issuer.rules = platform(ledger, claims_per_period=1).rules
    assert_used_up(ledger, issuer, asked(3, 1))
    assert len(issuer.prepare(asked(1, 3), now=NOW)) == 3, "what it has had it gets again"


def test_a_region_that_is_its_own_issuer_has_all_of_it(ledger: Ledger) -> None:
    issuer = make_issuer(ledger, PERIOD, RecognitionRules([make_rule(claims_per_period=None)]))
    assert len(issuer.prepare(asked(1, 64), now=NOW)) == 64
    assert len(issuer.prepare(asked(2, 64, SPARE), now=NOW)) == 64


def test_a_kid_that_was_given_up_takes_its_count_and_its_capacity_with_it(ledger: Ledger) -> None:
    issuer = platform(ledger)
    issuer.prepare(asked(1, 32), now=NOW)
    issuer.windows = issuer.windows.without([FIRST.window.kid])
    assert len(issuer.prepare(asked(2, 16, SPARE), now=NOW)) == 16
    assert_used_up(ledger, issuer, asked(3, 1, SPARE))


@pytest.mark.parametrize("ledgers", [1, 3])
def test_many_at_once_get_no_more(reopen: Open, ledgers: int) -> None:
    issuers = [platform(reopen(), claims_per_period=10) for _ in range(ledgers)]

    def ask(number: int) -> str:
        return code_of(issuers[number % ledgers], asked(number, 1, PERIOD[number % 2]))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(ask, range(1, 41))) == ["issued"] * 10 + ["quota"] * 30
    counter = reopen()
    assert sum(counter.issued(key.window.kid) for key in PERIOD) == 10
