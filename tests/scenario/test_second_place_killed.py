"""A platform that is killed at any step of issuing or recovering: no false alarm, no number twice, none forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from healthpass.errors import LedgerError
from healthpass.issuer.ledger import Plan
from healthpass.issuer.number_marks import LEDGER, NumberMarks
from tests.killed import killed_everywhere
from tests.ledgers import KID, OTHER_KID, REGION, open_named, published, request_for
from tests.second_place import BLOCK, CAPACITY, Platform

PLAN = Plan(1000, (KID, OTHER_KID), frozenset((KID, OTHER_KID)), least_slots=40)


@pytest.fixture
def platform(ledger_name: str, tmp_path: Path) -> Iterator[Platform]:
    with ExitStack() as opened:
        made = Platform(ledger_name, tmp_path, opened)
        made.give(1)
        yield made


STEPS = {"sqlite": 3, "postgres": 41}
"""At every third operation with files and statements, or where a server makes it slow, at fewer."""


def a_day(platform: Platform) -> None:
    """Numbers beyond a block and under a new window, a revocation, a publication that is filled up."""
    with open_named(platform.name, second_place=platform.place) as ledger:
        ledger.reserve(request_for(2, BLOCK, (OTHER_KID, KID), capacity=CAPACITY))
        ledger.revoke(REGION, (1).to_bytes(16, "big"), now=1000)
        published(ledger, PLAN)
        ledger.reserve(request_for(3, 1, capacity=CAPACITY))


def as_now(platform: Platform) -> Callable[[], None]:
    """What makes ledger and second place again what they are now."""
    ledger, place = platform.backup(), platform.place.with_name("saved")
    shutil.copytree(platform.place, place)

    def again() -> None:
        ledger()
        shutil.rmtree(platform.place)
        shutil.copytree(place, platform.place)

    return again


def assert_sound(platform: Platform) -> None:
    """It is no old copy; marks are where they must be; nothing is given twice."""
    with open_named(platform.name, second_place=platform.place) as ledger:
        ledger.check()
        for kid in (KID, OTHER_KID):
            mark = NumberMarks(platform.place).read(kid)
            assert mark is None or mark.given <= ledger.issued(kid) <= mark.ahead
        assert platform.mark(LEDGER).ahead >= version_of(platform)
        found = [ledger.find(REGION, n.to_bytes(16, "big"), bytes(32)) or [] for n in (1, 2, 3)]
        numbers = [(each.kid, each.first + n) for entries in found for each in entries for n in range(each.count)]
        assert len(numbers) == len(set(numbers))


def version_of(platform: Platform) -> int:
    with open_named(platform.name, second_place=platform.place) as ledger, ledger._reading() as db:
        return int(db.rows("SELECT coalesce(max(version), 0) FROM publications")[0][0])


@pytest.mark.slow
def test_killed_while_it_issues(platform: Platform) -> None:
    back, again, kills = platform.backup(), as_now(platform), 0
    for _ in killed_everywhere(lambda: a_day(platform), every=STEPS[platform.kind]):
        kills += 1
        assert_sound(platform)
        a_day(platform)
        assert_sound(platform)
        again()
    assert kills > 5
    back()
    with open_named(platform.name, second_place=platform.place) as ledger, pytest.raises(LedgerError) as caught:
        ledger.check()
    assert caught.value.code == "ledger-behind"


@pytest.mark.slow
def test_killed_while_it_recovers(platform: Platform) -> None:
    back = platform.backup()
    a_day(platform)
    with open_named(platform.name, second_place=platform.place) as ledger:
        lost = {kid: ledger.issued(kid) for kid in (KID, OTHER_KID)}
    back()
    again, kills = as_now(platform), 0

    def recover() -> None:
        with open_named(platform.name, second_place=platform.place) as ledger:
            ledger.recover({KID: range(24)}, version=1)

    for _ in killed_everywhere(recover, every=STEPS[platform.kind]):
        kills += 1
        assert_old_or_recovered(platform, lost)
        recover()
        assert_recovered(platform, lost)
        again()
    assert kills > 3


def assert_old_or_recovered(platform: Platform, lost: dict[bytes, int]) -> None:
    with open_named(platform.name, second_place=platform.place) as ledger:
        if ledger.issued(OTHER_KID) == 0:
            assert (ledger.issued(KID), ledger.revoked(KID, before=99)) == (24, [])
            with pytest.raises(LedgerError) as caught:
                ledger.check()
            assert caught.value.code == "ledger-behind"
            return
    assert_recovered(platform, lost)


def assert_recovered(platform: Platform, lost: dict[bytes, int]) -> None:
    """What was given since is revoked and given to nobody; the attestation of before is there; versions go on."""
    with open_named(platform.name, second_place=platform.place) as ledger:
        for kid, before in ((KID, 24), (OTHER_KID, 0)):
            ranges = ledger.revoked(kid, before=99)
            revoked = {n for each in ranges for n in range(each.first, each.first + each.count)}
            assert revoked >= set(range(before, lost[kid]))
            assert ledger.issued(kid) >= lost[kid]
        found = ledger.find(REGION, (1).to_bytes(16, "big"), bytes(32))
        assert found is not None
        assert [(each.first, each.count) for each in found] == [(0, 24)]
        assert version_of(platform) == 1
