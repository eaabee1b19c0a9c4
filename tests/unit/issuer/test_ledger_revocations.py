"""What every ledger must do about revocation: forget nothing that is revoked, and give each version once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from healthpass.errors import AttestationRefused, RevocationRefused
from healthpass.issuer import Ledger
from healthpass.issuer.ledger import Entry, Plan, Publication, Request
from tests.ledgers import (
    CAPACITY,
    KID,
    OTHER_KID,
    OTHER_REGION,
    OTHER_REVOKER,
    REGION,
    REVOKER,
    Open,
    begun,
    published,
    request_for,
)


def plan(issued: int = 1000, kids: tuple[bytes, ...] = (KID, OTHER_KID), **more: Any) -> Plan:
    """A snapshot, by default, of two live windows."""
    return Plan(issued, kids, frozenset(kids), **more)


def numbers(ledger: Ledger, kid: bytes = KID, before: int = 1000, since: int = 0) -> list[int]:
    return [each.first + n for each in ledger.revoked(kid, before=before, since=since) for n in range(each.count)]


def reference(number: int) -> bytes:
    return number.to_bytes(16, "big")


def assert_nothing_to_revoke(ledger: Ledger, call: Callable[[], object]) -> None:
    before = (numbers(ledger), numbers(ledger, OTHER_KID))
    with pytest.raises(AttestationRefused) as caught:
        call()
    assert (caught.value.code, str(caught.value)) == (
        "unknown-attestation",
        "there is nothing here that this could revoke: mistyped, over, or taken back already",
    )
    assert (numbers(ledger), numbers(ledger, OTHER_KID)) == before


def test_an_attestation_is_revoked_under_all_of_its_windows(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 3, (KID, OTHER_KID)))
    ledger.reserve(request_for(2, 2))
    ledger.reserve(request_for(3, 1, (KID, OTHER_KID)))
    assert ledger.revoke(REGION, reference(3), now=5) == 2
    assert ledger.revoke(REGION, reference(1), now=5) == 6
    assert (numbers(ledger), numbers(ledger, OTHER_KID)) == ([0, 1, 2, 5], [0, 1, 2, 3])
    assert ledger.revoke(REGION, reference(1), now=9) == 6, "again: nothing changes"
    assert (numbers(ledger), numbers(ledger, OTHER_KID)) == ([0, 1, 2, 5], [0, 1, 2, 3])


def test_only_the_region_that_vouched(ledger: Ledger) -> None:
    ledger.reserve(request_for(1))
    ledger.reserve(request_for(2, attester=OTHER_REGION))
    assert (ledger.holds(REGION, reference(1)), ledger.holds(OTHER_REGION, reference(1))) == (True, False)
    for attester, number in ((OTHER_REGION, 1), (REGION, 2), (REGION, 7), (bytes([9] * 32), 1)):
        assert_nothing_to_revoke(ledger, partial(ledger.revoke, attester, reference(number), now=5))


def test_revoked_by_recovery_hash(ledger: Ledger) -> None:
    hashes = [bytes([n]) * 32 for n in range(3)]
    for n in (0, 1):
        ledger.reserve(Request(REGION, reference(n), bytes(32), [(KID, CAPACITY, 2)], hashes[n : n + 1]))
    ledger.reserve(request_for(5))
    assert ledger.revoke_by_recovery(hashes[1:2], now=5) == ledger.revoke_by_recovery(hashes[1:2], now=6) == 2
    assert numbers(ledger) == [2, 3]
    for none in (hashes[2:], [], [b"short"]):
        assert_nothing_to_revoke(ledger, partial(ledger.revoke_by_recovery, none, now=5))


def test_a_publication_has_what_was_revoked_before_it(ledger: Ledger) -> None:
    for n in range(4):
        ledger.reserve(request_for(n, 1))
    ledger.revoke(REGION, reference(0), now=5)
    first = published(ledger, plan())
    ledger.revoke(REGION, reference(2), now=5)
    second = published(ledger, plan(base=1))
    ledger.revoke(REGION, reference(1), now=5)
    assert (first.version, first.base, second.version, second.base) == (1, None, 2, 1)
    for version, has in ((1, [0]), (2, [0, 2]), (3, [0, 1, 2])):
        assert numbers(ledger, before=version) == has
    assert numbers(ledger, before=2, since=1) == [2]
    assert numbers(ledger, before=3, since=1) == [1, 2]


def test_a_publication_that_died_is_made_up_for(ledger: Ledger) -> None:
    """Its version is gone, a delta adds to the snapshot before it, and what was new in it is new still."""
    for n in range(3):
        ledger.reserve(request_for(n, 1))
    published(ledger, plan())
    ledger.revoke(REGION, reference(0), now=990)
    for kind in (plan(), plan(base=1)):
        assert begun(ledger, kind) is not None
    waiting = plan(base=1, attestations=2, longest_wait=50)
    assert begun(ledger, waiting) is None
    ledger.revoke(REGION, reference(1), now=990)
    made = published(ledger, waiting)
    assert (made.version, made.base) == (4, 1)
    assert numbers(ledger, before=4, since=1) == [0, 1]


def test_a_delta_waits_for_company(ledger: Ledger) -> None:
    for n in range(9):
        ledger.reserve(request_for(n, 2, (KID, OTHER_KID)))
    published(ledger, plan())
    hiding: dict[str, Any] = {"base": 1, "attestations": 3, "longest_wait": 100}
    assert published(ledger, plan(**hiding)).version == 2, "nothing is new, so nobody is shown"
    for n in range(2):
        ledger.revoke(REGION, reference(n), now=1000)
        assert begun(ledger, plan(1099, **hiding)) is None
    ledger.revoke(REGION, reference(1), now=1099)
    assert begun(ledger, plan(1099, **hiding)) is None, "the same again is no company"
    ledger.revoke(REGION, reference(2), now=1099)
    assert published(ledger, plan(1099, **hiding)).version == 3
    ledger.revoke(REGION, reference(3), now=1100)
    assert begun(ledger, plan(1199, **hiding)) is None, "those before do not count again"
    assert published(ledger, plan(1200, **hiding)).version == 4


def test_who_wishes_it_hides_nobody(ledger: Ledger) -> None:
    for n in range(9):
        ledger.reserve(Request(REGION, reference(n), bytes(32), [(KID, CAPACITY, 1)], [bytes([n]) * 32]))
    published(ledger, plan())
    hiding: dict[str, Any] = {"base": 1, "attestations": 3, "longest_wait": 100}
    for n in range(3):
        ledger.revoke_by_recovery([bytes([n]) * 32], now=1000)
    for n in range(3, 5):
        ledger.revoke(REGION, reference(n), now=1000, at_wish=True)
    for n in (5, 6):
        ledger.revoke(REGION, reference(n), now=1050)
    ledger.revoke(REGION, reference(0), now=1050)  # afterwards, by the region too: it is still the holder's wish
    assert begun(ledger, plan(1099, **hiding)) is None
    ledger.revoke_by_recovery([bytes([6]) * 32], now=1099)  # and what the region took back stays the region's
    ledger.revoke(REGION, reference(7), now=1099)
    assert published(ledger, plan(1099, **hiding)).version == 2


def test_a_wish_alone_starts_the_longest_wait(ledger: Ledger) -> None:
    ledger.reserve(request_for(1))
    published(ledger, plan())
    ledger.revoke(REGION, reference(1), now=1000, at_wish=True)
    hiding: dict[str, Any] = {"base": 1, "attestations": 1, "longest_wait": 100}
    assert begun(ledger, plan(1099, **hiding)) is None
    assert published(ledger, plan(1100, **hiding)).version == 2


@pytest.mark.parametrize("delta", [True, False])
def test_what_is_wished_for_is_beside_the_floor(delta: bool, ledger: Ledger) -> None:
    """Its holder knows its slots, so they fill up nothing: not even of themselves."""
    capacity = 4**5
    for n, count in ((1, 6), (2, 3)):
        ledger.reserve(request_for(n, count, capacity=capacity))
    ledger.reserve(request_for(3, 4, (OTHER_KID,), capacity=capacity))
    published(ledger, plan())
    for n, at_wish in ((1, True), (2, False), (3, True)):
        ledger.revoke(REGION, reference(n), now=5, at_wish=at_wish)
    published(ledger, plan(least_slots=8, base=1 if delta else None))
    assert numbers(ledger) == list(range(9 + 5))
    assert numbers(ledger, OTHER_KID) == list(range(4 + 8))


def test_padding_is_never_issued(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 4))
    ledger.revoke(REGION, reference(1), now=5)
    published(ledger, plan(least_slots=8))
    assert numbers(ledger) == list(range(8))
    assert ledger.reserve(request_for(2, 3)) == [Entry(KID, 8, 3)]
    assert numbers(ledger, OTHER_KID) == [], "where nothing is new, nothing is burnt"
    published(ledger, plan(least_slots=8))
    published(ledger, plan(least_slots=8, base=2))
    assert ledger.issued(KID) == 11
    ledger.revoke(REGION, reference(2), now=5)
    published(ledger, plan(least_slots=8, base=2))
    assert numbers(ledger, before=3, since=1) == []
    assert numbers(ledger, before=4, since=3) == [8, 9, 10, 11, 12, 13, 14, 15]
    assert ledger.reserve(request_for(3, 1)) == [Entry(KID, 16, 1)]


def test_padding_leaves_room(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 40))
    ledger.revoke(REGION, reference(1), now=5)
    published(ledger, plan(least_slots=64))
    assert ledger.issued(KID) == 40 + (CAPACITY - 40) // 8


def test_what_cannot_be_published_takes_no_version(ledger: Ledger) -> None:
    assert_refused(ledger, plan(base=1), "other-snapshot")
    begun(ledger, plan())
    assert_refused(ledger, plan(base=1), "other-snapshot")
    assert published(ledger, plan()).version == 2
    assert_refused(ledger, plan(999), "clock-behind")
    assert_refused(ledger, plan(base=1), "other-snapshot")
    assert_refused(ledger, plan(base=2, kids=(KID,)), "no-snapshot")
    ledger.reserve(request_for(1, 4))
    ledger.revoke(REGION, reference(1), now=5)
    assert_refused(ledger, plan(base=2, most_slots=3, least_slots=4), "too-many-slots")
    assert ledger.issued(KID) == 4
    assert published(ledger, plan(base=2, most_slots=4)).version == 3


def test_a_publication_that_was_dated_in_the_future_is_left_behind(ledger: Ledger) -> None:
    """Once somebody has confirmed the clock: under higher versions, and from then on without any confirmation."""
    ledger.reserve(request_for(1, 4))
    ledger.revoke(REGION, reference(1), now=5)
    assert published(ledger, plan(9000)).version == 1
    assert_refused(ledger, plan(1000), "clock-behind")
    begun(ledger, plan(1000, clock_confirmed=True))  # and comes no further
    assert published(ledger, plan(1000)) == Publication(3, 1000, None, (KID, OTHER_KID))
    assert published(ledger, plan(1001, base=3)).version == 4
    assert_refused(ledger, plan(1000, base=3), "clock-behind")
    assert numbers(ledger, before=4, since=0) == [0, 1, 2, 3]
    assert published(ledger, plan(500), OTHER_REVOKER).issued == 500
    assert_refused(ledger, plan(1000), "clock-behind")


def test_a_delta_speaks_of_the_windows_of_its_snapshot(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 2, (KID, OTHER_KID)))
    assert published(ledger, plan(kids=(OTHER_KID,))).kids == (OTHER_KID,)
    assert published(ledger, plan(base=1)).kids == (OTHER_KID,)
    ledger.revoke(REGION, reference(1), now=5)
    published(ledger, plan(base=1, least_slots=5))
    assert (ledger.issued(KID), ledger.issued(OTHER_KID)) == (2, 5)


def test_a_dropped_window_is_no_more_revoked(ledger: Ledger) -> None:
    ledger.reserve(request_for(1, 2, (KID, OTHER_KID)))
    ledger.revoke(REGION, reference(1), now=5)
    ledger.drop(KID)
    assert (numbers(ledger), numbers(ledger, OTHER_KID)) == ([], [0, 1])
    assert ledger.revoke(REGION, reference(1), now=5) == 2
    ledger.drop(OTHER_KID)
    assert not ledger.holds(REGION, reference(1))
    assert_nothing_to_revoke(ledger, lambda: ledger.revoke(REGION, reference(1), now=5))


def test_revocations_are_there_after_opening_again(reopen: Open) -> None:
    first = reopen()
    first.reserve(request_for(1))
    published(first, plan())
    first.revoke(REGION, reference(1), now=5)
    published(first, plan(base=1))
    first.close()
    again = reopen()
    assert (numbers(again), numbers(again, before=1)) == ([0, 1, 2], [])
    assert published(again, plan(base=1)) == Publication(3, 1000, 1, (KID, OTHER_KID))


def test_one_at_a_time_publishes(reopen: Open) -> None:
    """Whoever has the turn has it alone, in threads and through other openings; issuing and revoking go on."""
    first, second = reopen(), reopen()
    first.reserve(request_for(1))
    with first.publishing(REVOKER) as turn:
        made = turn.begin(plan())
        assert made is not None
        for ledger in (first, second):
            for key in (REVOKER, OTHER_REVOKER):
                with pytest.raises(RevocationRefused) as caught, ledger.publishing(key):
                    pytest.fail("there are two")
                assert caught.value.code == "publication-under-way"
        second.revoke(REGION, reference(1), now=5)
        second.reserve(request_for(2))
        turn.signed(made.version, bytes(32))
        assert turn.published(made.version, bytes(32))
    assert published(second, plan(base=1)).version == 2
    assert (numbers(first, before=1), numbers(first, before=2)) == ([], [0, 1, 2])


def test_threads_take_no_version_twice(reopen: Open) -> None:
    opened = [reopen() for _ in range(4)]

    def publish(number: int) -> int | None:
        try:
            return published(opened[number % 4], plan()).version
        except RevocationRefused as refused:
            return None if refused.code == "publication-under-way" else -1

    with ThreadPoolExecutor(8) as pool:
        made = [version for version in pool.map(publish, range(40)) if version is not None]
    assert made
    assert sorted(made) == list(range(1, len(made) + 1))


def test_what_was_overtaken_is_not_signed(ledger: Ledger) -> None:
    """Where a turn is lost unseen, nothing of it is published any more."""
    first, second = begun(ledger, plan()), begun(ledger, plan())
    assert first is not None
    assert second is not None
    with ledger.publishing(REVOKER) as turn:
        with pytest.raises(RevocationRefused) as caught:
            turn.signed(first.version, bytes(32))
        assert caught.value.code == "overtaken"
        turn.signed(second.version, bytes(32))
        assert turn.published(second.version, bytes(32))
    assert published(ledger, plan(base=2)).base == 2


def test_what_is_published_counts(ledger: Ledger) -> None:
    """Also what died before it could tell; but nothing else than what was signed, and nothing that was not taken."""
    made = begun(ledger, plan())
    assert made is not None
    with ledger.publishing(REVOKER) as turn:
        assert not turn.published(1, bytes(32)), "not signed"
        turn.signed(1, bytes(32))
    assert_refused(ledger, plan(base=1), "other-snapshot")
    with ledger.publishing(REVOKER) as turn:
        assert not turn.published(1, bytes([1] * 32)), "other content"
        with pytest.raises(RevocationRefused) as caught:
            turn.published(2, bytes(32))
        assert caught.value.code == "ledger-behind"
    assert_refused(ledger, plan(base=1), "other-snapshot")
    with ledger.publishing(OTHER_REVOKER) as turn:
        assert not turn.published(1, bytes(32)), "another key's"
    with ledger.publishing(REVOKER) as turn:
        assert turn.published(1, bytes(32))
        assert turn.published(1, bytes(32)), "told again"
    assert published(ledger, plan()).version == 2
    with ledger.publishing(REVOKER) as turn:
        assert not turn.published(1, bytes(32)), "an older one was put back"
    assert_refused(ledger, plan(base=1), "other-snapshot")
    assert published(ledger, plan(base=2)).version == 3


def test_each_key_has_publications_of_its_own(ledger: Ledger) -> None:
    """Two keys for one platform's windows, or one in place of another: times, snapshots and what is new are apart."""
    for n in range(2):
        ledger.reserve(request_for(n, 2, (KID, OTHER_KID)))
    one, other = {"kids": (KID,)}, {"kids": (OTHER_KID,)}
    assert published(ledger, plan(5000, **one)).version == 1
    assert published(ledger, plan(1000, **other), OTHER_REVOKER).version == 2
    ledger.revoke(REGION, reference(0), now=990)
    hiding: dict[str, Any] = {"attestations": 2, "longest_wait": 50}
    assert begun(ledger, plan(1000, base=2, **hiding, **other), OTHER_REVOKER) is None
    assert published(ledger, plan(5000, base=1, **hiding, **one)).kids == (KID,)
    assert begun(ledger, plan(1000, base=2, **hiding, **other), OTHER_REVOKER) is None, "it is new for this key still"
    assert published(ledger, plan(1040, base=2, **hiding, **other), OTHER_REVOKER).kids == (OTHER_KID,)
    assert_refused(ledger, plan(5000, base=2, **one), "other-snapshot")


def assert_refused(ledger: Ledger, wanted: Plan, code: str) -> None:
    with pytest.raises(RevocationRefused) as caught:
        begun(ledger, wanted)
    assert caught.value.code == code


def test_when_somebody_was_revoked_is_forgotten(reopen: Open) -> None:
    ledger = reopen()
    ledger.reserve(request_for(1))
    ledger.revoke(REGION, reference(1), now=5)
    published(ledger, plan())
    assert ledger._db.execute("SELECT at FROM revocations").fetchall() == [(None,)]
