"""How many numbers one attester may have under some kids: counted in the same step in which they are given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from healthpass.errors import AttestationRefused
from healthpass.issuer import Entry, Ledger, Request
from tests.ledgers import KID, OTHER_KID, OTHER_REGION, Open, request_for


def limited(request: Request, most: int, kids: Sequence[bytes] = (KID,)) -> Request:
    return replace(request, limit=(kids, most))


def assert_full(ledger: Ledger, request: Request) -> None:
    before = [ledger.issued(kid) for kid in (KID, OTHER_KID)]
    with pytest.raises(AttestationRefused) as caught:
        ledger.reserve(request)
    assert caught.value.code == "limit"
    assert [ledger.issued(kid) for kid in (KID, OTHER_KID)] == before
    assert ledger.find(request.attester, request.reference, request.digest) is None


def test_up_to_the_limit(ledger: Ledger) -> None:
    assert ledger.reserve(limited(request_for(1, 3), 5)) == [Entry(KID, 0, 3)]
    assert_full(ledger, limited(request_for(2, 3), 5))
    assert ledger.reserve(limited(request_for(2, 2), 5)) == [Entry(KID, 3, 2)]
    assert_full(ledger, limited(request_for(3, 1), 5))


def test_what_it_has_it_gets_again(ledger: Ledger) -> None:
    request = limited(request_for(1, 3), 3)
    assert ledger.reserve(request) == ledger.reserve(request) == [Entry(KID, 0, 3)]


def test_several_kids_count_together(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 3, (OTHER_KID,)))
    assert_full(ledger, limited(request_for(2, 3), 5, (KID, OTHER_KID)))
    assert ledger.reserve(limited(request_for(2, 3), 5)) == [Entry(KID, 0, 3)]
    assert ledger.reserve(limited(request_for(3, 9, (OTHER_KID,)), 3)) == [Entry(OTHER_KID, 3, 9)]


def test_each_attester_for_itself(ledger: Ledger) -> None:
    ledger.reserve(limited(request_for(1, 3), 3))
    assert ledger.reserve(limited(request_for(1, 3, attester=OTHER_REGION), 3)) == [Entry(KID, 3, 3)]


@pytest.mark.parametrize("ledgers", [1, 3])
def test_several_at_once_get_no_more(reopen: Open, ledgers: int) -> None:
    opened = [reopen() for _ in range(ledgers)]

    def ask(number: int) -> int:
        kids = ((KID,), (OTHER_KID,))[number % 2]
        try:
            opened[number % ledgers].reserve(limited(request_for(number, 1, kids), 10, (KID, OTHER_KID)))
        except AttestationRefused as refused:
            return 0 if refused.code == "limit" else 100
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(1, 41))) == 10
    assert opened[0].issued(KID) + opened[0].issued(OTHER_KID) == 10
