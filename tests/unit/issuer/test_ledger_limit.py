"""How many numbers may be had under some kids, for each name: counted in the same step in which they are given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from healthpass.errors import AttestationRefused
from healthpass.issuer import Ledger
from healthpass.issuer.ledger import Entry, Limit, Request
from tests.ledgers import CAPACITY, KID, OTHER_KID, OTHER_REGION, Open, request_for

NAMES = (b"station", b"key")


def limited(request: Request, most: int, kids: Sequence[bytes] = (KID,), names: Sequence[bytes] = NAMES) -> Request:
    return replace(request, limits=[Limit(names, kids, most)])


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
    both = (KID, OTHER_KID)
    ledger.reserve(limited(request_for(1, 3, (OTHER_KID,)), 5, both))
    assert_full(ledger, limited(request_for(2, 3), 5, both))
    assert ledger.reserve(limited(request_for(2, 3), 5)) == [Entry(KID, 0, 3)]
    assert_full(ledger, limited(request_for(3, 1, both), 7, both))
    assert ledger.reserve(limited(request_for(3, 1, both), 8, both)) == [Entry(KID, 3, 1), Entry(OTHER_KID, 3, 1)]


def test_each_name_for_itself(ledger: Ledger) -> None:
    """A new key of a station does not begin anew, and neither does a new id of a key."""
    ledger.reserve(limited(request_for(1, 3), 3))
    for names in (NAMES[:1], NAMES[1:], (NAMES[0], b"another"), (b"another", NAMES[1])):
        assert_full(ledger, limited(request_for(2, 1, attester=OTHER_REGION), 3, names=names))
    assert ledger.reserve(limited(request_for(2, 3), 3, names=(b"another",))) == [Entry(KID, 3, 3)]


def test_what_is_refused_counts_for_nobody(ledger: Ledger) -> None:
    full = limited(request_for(1, CAPACITY + 1), CAPACITY + 1)
    with pytest.raises(AttestationRefused, match="too few numbers"):
        ledger.reserve(full)
    assert_full(ledger, limited(request_for(1, 6), 5))
    assert ledger.reserve(limited(request_for(2, 5), 5)) == [Entry(KID, 0, 5)]


def test_without_a_limit_nothing_is_counted(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 3))
    assert ledger.reserve(limited(request_for(2, 3), 3)) == [Entry(KID, 3, 3)]


def test_it_is_forgotten_with_its_window(reopen: Open) -> None:
    reopen().reserve(limited(request_for(1, 3, (OTHER_KID,)), 3, (OTHER_KID,)))
    assert_full(reopen(), limited(request_for(2, 1, (OTHER_KID,)), 3, (OTHER_KID,)))
    reopen().drop(OTHER_KID)
    assert reopen().reserve(limited(request_for(2, 3), 3, (KID, OTHER_KID))) == [Entry(KID, 0, 3)]


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


def test_each_limit_for_itself_and_all_of_them_hold(ledger: Ledger) -> None:
    def asked(number: int, name: bytes) -> Request:
        limits = [
            Limit([name], [KID], 2),
            Limit([b"all"], [KID], 3, "quota", "no more"),
            Limit([b"other"], [OTHER_KID], 1),
        ]
        return replace(request_for(number, 1), limits=limits)

    ledger.reserve(asked(1, b"a"))
    ledger.reserve(asked(2, b"a"))
    assert_full(ledger, asked(3, b"a"))
    ledger.reserve(asked(3, b"b"))
    with pytest.raises(AttestationRefused, match="no more") as caught:
        ledger.reserve(asked(4, b"b"))
    assert caught.value.code == "quota"
    assert ledger.issued(KID) == 3
    assert ledger.reserve(limited(request_for(4, 1), 2, names=(b"b",))) == [Entry(KID, 3, 1)], "it had one, not two"
    assert ledger.reserve(limited(request_for(5, 1, (OTHER_KID,)), 1, (OTHER_KID,), (b"other",)))


def test_a_name_in_two_limits_is_counted_once(ledger: Ledger) -> None:
    both = [Limit([b"name"], [KID, OTHER_KID], 5), Limit([b"name"], [KID], 4)]
    ledger.reserve(replace(request_for(1, 2, (KID, OTHER_KID)), limits=both))
    assert_full(ledger, limited(request_for(2, 3), 4, names=(b"name",)))
    assert ledger.reserve(limited(request_for(2, 2), 4, names=(b"name",))) == [Entry(KID, 2, 2)]
