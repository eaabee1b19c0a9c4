"""What every ledger must do: give each number once, all or nothing, and remember it. See `conftest` for the kinds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from healthpass.errors import AttestationRefused
from healthpass.issuer import Ledger
from healthpass.issuer.ledger import Entry, Request
from tests.ledgers import CAPACITY, KID, OTHER_KID, OTHER_REGION, Open, request_for


def found(ledger: Ledger, request: Request) -> list[Entry] | None:
    return ledger.find(request.attester, request.reference, request.digest)


def mark(number: int, kid: bytes = KID) -> tuple[bytes, bytes]:
    return kid, number.to_bytes(16, "big")


def assert_refused(ledger: Ledger, request: Request, code: str) -> None:
    """Refused with this code; nothing is given to any window, and the same reference is as free as before."""
    before = [ledger.issued(kid) for kid in (KID, OTHER_KID)]
    with pytest.raises(AttestationRefused) as caught:
        ledger.reserve(request)
    assert caught.value.code == code
    assert [ledger.issued(kid) for kid in (KID, OTHER_KID)] == before


def test_numbers_follow_one_another(ledger: Ledger) -> None:
    assert ledger.reserve(request_for(1, 3)) == [Entry(KID, 0, 3)]
    assert ledger.reserve(request_for(2, 1)) == [Entry(KID, 3, 1)]
    assert ledger.reserve(request_for(3, 5, (OTHER_KID, KID))) == [Entry(OTHER_KID, 0, 5), Entry(KID, 4, 5)]
    assert (ledger.issued(KID), ledger.issued(OTHER_KID), ledger.issued(b"none")) == (9, 5, 0)


def test_nothing_is_found_before_it_came(ledger: Ledger) -> None:
    assert found(ledger, request_for()) is None
    ledger.reserve(request_for())
    assert found(ledger, request_for(2)) is None


def test_what_came_is_found_in_the_order_of_its_windows(ledger: Ledger) -> None:
    for reference, kids in ((1, (OTHER_KID, KID)), (2, (KID, OTHER_KID))):
        entries = ledger.reserve(request_for(reference, kids=kids))
        assert [entry.kid for entry in entries] == list(kids)
        assert found(ledger, request_for(reference, kids=kids)) == entries


def test_the_same_again_gets_the_same(ledger: Ledger) -> None:
    request = request_for(marks=(mark(1),))
    entries = ledger.reserve(request)
    ledger.reserve(request_for(2))
    assert ledger.reserve(request) == entries
    assert ledger.issued(KID) == 6


def test_a_reference_with_other_content(ledger: Ledger) -> None:
    entries = ledger.reserve(request_for())
    other = request_for(digest=b"\x01" * 32)
    assert_refused(ledger, other, "other-content")
    with pytest.raises(AttestationRefused) as caught:
        found(ledger, other)
    assert caught.value.code == "other-content"
    assert found(ledger, request_for()) == entries


def test_two_regions_with_one_reference(ledger: Ledger) -> None:
    entries = ledger.reserve(request_for())
    others = ledger.reserve(request_for(attester=OTHER_REGION, digest=b"\x01" * 32))
    assert (entries, others) == ([Entry(KID, 0, 3)], [Entry(KID, 3, 3)])


def test_a_window_is_full(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, CAPACITY - 2))
    assert_refused(ledger, request_for(2, 3), "window-full")
    assert ledger.reserve(request_for(2, 2)) == [Entry(KID, CAPACITY - 2, 2)]
    assert_refused(ledger, request_for(3, 1), "window-full")


def test_more_than_an_empty_window_has(ledger: Ledger) -> None:
    assert_refused(ledger, request_for(1, CAPACITY + 1), "window-full")
    assert ledger.reserve(request_for(1, CAPACITY)) == [Entry(KID, 0, CAPACITY)]


@pytest.mark.parametrize("kids", [(KID, OTHER_KID), (OTHER_KID, KID)])
def test_one_full_window_of_two(ledger: Ledger, kids: tuple[bytes, ...]) -> None:
    ledger.reserve(request_for(1, CAPACITY - 2))
    assert_refused(ledger, request_for(2, 3, kids, marks=(mark(1),)), "window-full")
    assert found(ledger, request_for(2)) is None
    assert ledger.reserve(request_for(3, 2, kids, marks=(mark(1),))), "the mark of what was refused is free"


@pytest.mark.parametrize("capacity", [CAPACITY // 4, CAPACITY * 4])
def test_another_capacity_than_before(ledger: Ledger, capacity: int) -> None:
    ledger.reserve(request_for())
    assert_refused(ledger, request_for(2, capacity=capacity), "window-full")
    assert ledger.reserve(request_for(2)) == [Entry(KID, 3, 3)]


def test_a_mark_comes_once_under_a_kid(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, marks=(mark(1), mark(2))))
    assert_refused(ledger, request_for(2, marks=(mark(3), mark(2))), "repeated-key")
    assert_refused(ledger, request_for(2, attester=OTHER_REGION, marks=(mark(1),)), "repeated-key")
    assert ledger.reserve(request_for(2, marks=(mark(3),)))
    assert ledger.reserve(request_for(3, kids=(OTHER_KID,), marks=(mark(1, OTHER_KID),)))


def test_one_mark_twice_in_a_request(ledger: Ledger) -> None:
    assert_refused(ledger, request_for(marks=(mark(1), mark(1))), "repeated-key")


def test_a_dropped_window_gives_nothing_more(ledger: Ledger) -> None:
    ledger.reserve(request_for(marks=(mark(1),)))
    ledger.reserve(request_for(2, kids=(OTHER_KID,)))
    ledger.drop(KID)
    assert found(ledger, request_for()) is None
    assert ledger.issued(KID) == CAPACITY
    assert_refused(ledger, request_for(), "window-full")
    assert found(ledger, request_for(2)) == [Entry(OTHER_KID, 0, 3)]


def test_an_attestation_keeps_its_other_window(ledger: Ledger) -> None:
    request = request_for(kids=(KID, OTHER_KID))
    ledger.reserve(request)
    ledger.drop(KID)
    assert found(ledger, request) == [Entry(OTHER_KID, 0, 3)]
    assert_refused(ledger, request_for(digest=b"\x01" * 32), "other-content")


def test_dropping_twice_or_what_never_was(ledger: Ledger) -> None:
    ledger.reserve(request_for())
    for kid in (KID, KID, b"none"):
        ledger.drop(kid)
    assert (ledger.issued(KID), ledger.issued(b"none")) == (CAPACITY, 0)


def test_all_of_it_is_there_after_opening_again(reopen: Open) -> None:
    first = reopen()
    entries = first.reserve(request_for(kids=(KID, OTHER_KID), marks=(mark(1),)))
    first.drop(OTHER_KID)
    first.close()
    again = reopen()
    assert found(again, request_for()) == entries[:1]
    assert (again.issued(KID), again.issued(OTHER_KID)) == (3, CAPACITY)
    assert_refused(again, request_for(2, marks=(mark(1),)), "repeated-key")
    assert again.reserve(request_for(2)) == [Entry(KID, 3, 3)]


def test_opened_twice_both_see_the_same(reopen: Open) -> None:
    one, other = reopen(), reopen()
    entries = one.reserve(request_for())
    assert found(other, request_for()) == other.reserve(request_for()) == entries
    assert other.reserve(request_for(2)) == [Entry(KID, 3, 3)]
    assert one.issued(KID) == 6


@pytest.mark.parametrize("ledgers", [1, 4])
def test_threads_get_no_number_twice(reopen: Open, ledgers: int) -> None:
    opened = [reopen() for _ in range(ledgers)]

    def reserve(reference: int) -> Entry:
        request = request_for(reference, 1 + reference % 3, capacity=4**5, marks=(mark(reference),))
        return opened[reference % ledgers].reserve(request)[0]

    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(reserve, [*range(60), *range(60)]))
    assert entries[:60] == entries[60:], "whoever comes again gets the same"
    numbers = [entry.first + n for entry in entries[:60] for n in range(entry.count)]
    assert sorted(numbers) == list(range(120))
    assert opened[0].issued(KID) == 120


def test_reprs_show_nothing(ledger: Ledger) -> None:
    request = request_for(marks=(mark(1),))
    assert repr(request) == "Request(windows=1)"
    assert repr(ledger.reserve(request)) == "[Entry(count=3)]"
