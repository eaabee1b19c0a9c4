"""A ledger and its second place: an old copy is found out and gives nothing, until it has recovered.

Over both databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from healthpass.errors import AttestationRefused, LedgerError
from healthpass.issuer.ledger import Entry, Plan
from healthpass.issuer.ledger.recovery import Recovered
from healthpass.issuer.number_marks import LEDGER, Mark, NumberMarks
from tests.ledgers import KID, OTHER_KID, REGION, AnyLedger, begun, open_named, published, request_for
from tests.second_place import BLOCK, CAPACITY, Platform


@pytest.fixture
def platform(ledger_name: str, tmp_path: Path) -> Iterator[Platform]:
    with ExitStack() as opened:
        yield Platform(ledger_name, tmp_path, opened)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        call()
    return caught.value.code


def revoked_numbers(ledger: AnyLedger, kid: bytes) -> list[int]:
    return [n for each in ledger.revoked(kid, before=99) for n in range(each.first, each.first + each.count)]


def snapshot(ledger: AnyLedger) -> int:
    return published(ledger, Plan(1000, (KID, OTHER_KID), frozenset((KID,)))).version


# ---- What is written ----------------------------------------------------------------------------------------------


def test_numbers_are_written_ahead_by_blocks(platform: Platform) -> None:
    platform.give(1)
    assert (platform.mark().ahead, platform.mark().given) == (24 + BLOCK, 24)
    for number in range(2, 11):
        platform.give(number)
    assert (platform.mark().ahead, platform.mark().given) == (24 + BLOCK, 240)
    platform.give(11, 41)
    assert (platform.mark().ahead, platform.mark().given) == (281 + BLOCK, 281)
    assert platform.mark().capacity == CAPACITY


def test_the_same_again_writes_nothing(platform: Platform) -> None:
    platform.give(1)
    before = {path.name: path.read_bytes() for path in platform.place.iterdir()}
    assert platform.give(1) == [Entry(KID, 0, 24)]
    assert {path.name: path.read_bytes() for path in platform.place.iterdir()} == before


def test_what_is_taken_to_fill_up_is_written_ahead_too(platform: Platform) -> None:
    platform.give(1)
    with platform.open() as ledger:
        ledger.revoke(REGION, (1).to_bytes(16, "big"), now=1000)
        published(ledger, Plan(1000, (KID,), frozenset((KID,)), least_slots=1000))
        assert platform.mark().ahead == 1000 + BLOCK
        assert platform.mark().given == ledger.issued(KID) == 1000
    assert platform.mark(LEDGER).ahead == 1


def test_what_is_refused_is_not_given(platform: Platform) -> None:
    platform.give(1)
    with pytest.raises(AttestationRefused) as caught:
        platform.give(2, CAPACITY)
    assert caught.value.code == "window-full"
    assert (platform.mark().ahead, platform.mark().given) == (24 + BLOCK, 24)


def test_the_end_of_a_window(platform: Platform) -> None:
    platform.give(1, CAPACITY - 10)
    assert (platform.mark().ahead, platform.mark().given) == (CAPACITY, CAPACITY - 10)
    platform.give(2, 10)
    assert (platform.mark().ahead, platform.mark().given) == (CAPACITY, CAPACITY)


def test_a_ledger_that_had_no_second_place_gets_one(platform: Platform) -> None:
    with open_named(platform.name) as alone:
        alone.reserve(request_for(1, 24, capacity=CAPACITY))
        alone.revoke(REGION, (1).to_bytes(16, "big"), now=1000)
    back = platform.backup()
    platform.give(2, kids=(OTHER_KID,))
    assert (platform.mark().ahead, platform.mark().given) == (24 + BLOCK, 24)
    assert platform.mark(LEDGER).given == 1
    back()
    assert code_of(lambda: platform.give(3)) == "ledger-behind"


# ---- An old copy --------------------------------------------------------------------------------------------------


def lose_numbers(platform: Platform) -> None:
    platform.give(2, 1)


def lose_a_new_window(platform: Platform) -> None:
    platform.give(2, 1, kids=(OTHER_KID,))


def lose_a_revocation(platform: Platform) -> None:
    with platform.open() as ledger:
        ledger.revoke(REGION, (1).to_bytes(16, "big"), now=1000)


def lose_a_version(platform: Platform) -> None:
    with platform.open() as ledger:
        begun(ledger, Plan(1000, (KID,), frozenset((KID,))))


def lose_a_dropped_window(platform: Platform) -> None:
    with platform.open() as ledger:
        ledger.drop(KID)


LOSSES = {
    "one number": lose_numbers,
    "one of a window that it does not know": lose_a_new_window,
    "a revocation": lose_a_revocation,
    "a version": lose_a_version,
    "that a window was dropped": lose_a_dropped_window,
}
CHANGES: dict[str, Callable[[AnyLedger], object]] = {
    "reserve": lambda ledger: ledger.reserve(request_for(9, capacity=CAPACITY)),
    "the same again": lambda ledger: ledger.reserve(request_for(1, 24, capacity=CAPACITY)),
    "revoke": lambda ledger: ledger.revoke(REGION, (1).to_bytes(16, "big"), now=1000),
    "revoke_by_recovery": lambda ledger: ledger.revoke_by_recovery([bytes(32)], now=1000),
    "publishing": lambda ledger: begun(ledger, Plan(1000, (KID,), frozenset((KID,)))),
    "drop": lambda ledger: ledger.drop(KID),
    "check": lambda ledger: ledger.check(),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
def test_an_old_copy_gives_nothing(lose: Callable[[Platform], None], platform: Platform) -> None:
    """Whatever little it lacks, whatever it is asked, again and again; and it stays as it is."""
    platform.give(1)
    back = platform.backup()
    lose(platform)
    before = {path.name: path.read_bytes() for path in platform.place.iterdir()}
    back()
    ledger = platform.open()
    for _ in range(2):
        for call in CHANGES.values():
            assert code_of(lambda call=call: call(ledger)) == "ledger-behind"  # type: ignore[misc]
    assert ledger.issued(KID) == 24
    assert {path.name: path.read_bytes() for path in platform.place.iterdir()} == before


def test_a_copy_that_lacks_nothing_goes_on(platform: Platform) -> None:
    platform.give(1)
    platform.backup()()
    assert platform.give(2) == [Entry(KID, 24, 24)]


def test_a_new_ledger_in_the_place_of_one_that_is_lost(platform: Platform, tmp_path: Path) -> None:
    platform.give(1)
    platform.name = str(tmp_path / "new.sqlite")
    assert code_of(lambda: platform.give(1)) == "ledger-behind"


def test_a_program_that_was_killed_is_no_old_copy(platform: Platform) -> None:
    """It had raised a mark and given nothing, or given and not noted it."""
    platform.give(1)
    marks, mark = NumberMarks(platform.place), platform.mark()
    marks.write_ahead(KID, Mark(mark.ledger, CAPACITY, 5000, 24))
    marks.write_ahead(OTHER_KID, Mark(mark.ledger, CAPACITY, BLOCK, 0))
    marks.write_ahead(LEDGER, Mark(mark.ledger, 0, 1, platform.mark(LEDGER).given))
    given = (platform.place / f"{KID.hex()}.given").read_bytes()
    platform.give(2, 1)
    (platform.place / f"{KID.hex()}.given").write_bytes(given)
    assert platform.give(3, 1, kids=(KID, OTHER_KID)) == [Entry(KID, 25, 1), Entry(OTHER_KID, 0, 1)]
    assert (platform.mark().ahead, platform.mark().given) == (5000, 26)
    with platform.open() as ledger:
        assert snapshot(ledger) == 1, "it was never signed, for it was never taken"


# ---- A second place that is missing -------------------------------------------------------------------------------


def remove_folder(place: Path) -> None:
    place.rename(place.with_name("unmounted"))


def remove_a_mark(place: Path) -> None:
    (place / f"{KID.hex()}.mark").unlink()


def remove_the_ledgers(place: Path) -> None:
    (place / "ledger.mark").unlink()


def go_back(place: Path) -> None:
    NumberMarks(place).write_anew(KID, Mark(NumberMarks(place).read(LEDGER).ledger, CAPACITY, 25, 1))  # type: ignore[union-attr]


def damage(place: Path) -> None:
    (place / f"{KID.hex()}.mark").write_bytes(b"?")


def make_it_a_file(place: Path) -> None:
    place.rename(place.with_name("unmounted"))
    place.touch()


MISSING = {
    "the folder": (remove_folder, "no-mark"),
    "a window's mark": (remove_a_mark, "no-mark"),
    "the ledger's mark": (remove_the_ledgers, "no-mark"),
    "marks that are older than the ledger": (go_back, "no-mark"),
    "damaged": (damage, "damaged-mark"),
    "a file": (make_it_a_file, "no-second-place"),
}


@pytest.mark.parametrize(("hurt", "code"), MISSING.values(), ids=MISSING.keys())
def test_without_its_second_place_it_gives_nothing(hurt: Callable[[Path], None], code: str, platform: Platform) -> None:
    platform.give(1)
    hurt(platform.place)
    ledger = platform.open()
    for call in CHANGES.values():
        assert code_of(lambda call=call: call(ledger)) == code  # type: ignore[misc]
    assert ledger.issued(KID) == 24


@pytest.mark.parametrize(("hurt", "code"), MISSING.values(), ids=MISSING.keys())
def test_the_marks_of_a_whole_ledger_are_written_anew(
    hurt: Callable[[Path], None], code: str, platform: Platform
) -> None:
    platform.give(1)
    hurt(platform.place)
    if platform.place.is_file():
        platform.place.unlink()
    with platform.open() as ledger:
        ledger.write_marks_anew()
        assert ledger.reserve(request_for(2, 1, capacity=CAPACITY)) == [Entry(KID, 24, 1)]
    back = platform.backup()
    platform.give(3, 1)
    back()
    assert code_of(lambda: platform.give(4)) == "ledger-behind"


def test_a_place_that_fails_while_numbers_are_given(platform: Platform) -> None:
    """Nothing is given beyond the mark; and nobody gets what could not be noted, but later, and the same."""
    platform.give(1)
    with platform.open() as ledger:
        ledger.check()
        platform.place.rename(platform.place.with_name("unmounted"))
        assert code_of(lambda: ledger.reserve(request_for(2, BLOCK + 1, capacity=CAPACITY))) == "no-mark"
        assert ledger.issued(KID) == 24
        assert code_of(lambda: ledger.reserve(request_for(3, 1, capacity=CAPACITY))) == "no-second-place"
        platform.place.with_name("unmounted").rename(platform.place)
        assert ledger.reserve(request_for(3, 1, capacity=CAPACITY)) == [Entry(KID, 24, 1)]


def test_the_second_place_cannot_be_left_out(platform: Platform) -> None:
    """A program that was not told of it would give numbers beyond the marks."""
    platform.give(1)
    with open_named(platform.name) as ledger:
        for call in CHANGES.values():
            assert code_of(lambda call=call: call(ledger)) == "no-mark"  # type: ignore[misc]


# ---- Recovering ---------------------------------------------------------------------------------------------------


def test_recovery(platform: Platform) -> None:
    """Numbers up to the mark are given to nobody and revoked; what is published as revoked is revoked again."""
    for number in (1, 2, 3):
        platform.give(number, 10)
    with platform.open() as ledger:
        assert snapshot(ledger) == 1
    back = platform.backup()
    platform.give(4, 10, kids=(OTHER_KID, KID))
    with platform.open() as ledger:
        ledger.revoke(REGION, (2).to_bytes(16, "big"), now=1000)
        ledger.revoke(REGION, (4).to_bytes(16, "big"), now=1000)
        assert snapshot(ledger) == 2
        numbers = {kid: revoked_numbers(ledger, kid) for kid in (KID, OTHER_KID)}
    back()
    ledger = platform.open()
    assert ledger.recover(numbers, version=2) == Recovered(10 + BLOCK - 30 + 10 + BLOCK, 2, 1, 2)
    assert ledger.revoked(KID, before=9) == [Entry(KID, 10, 10), Entry(KID, 30, BLOCK - 20)]
    assert ledger.revoked(OTHER_KID, before=9) == [Entry(OTHER_KID, 0, 10 + BLOCK)]
    assert snapshot(ledger) == 3
    assert ledger.reserve(request_for(4, 10, (OTHER_KID, KID), capacity=CAPACITY)) == [
        Entry(OTHER_KID, 10 + BLOCK, 10),
        Entry(KID, 10 + BLOCK, 10),
    ]
    assert ledger.find(REGION, (1).to_bytes(16, "big"), bytes(32)) == [Entry(KID, 0, 10)]


def test_recovering_twice_does_no_harm(platform: Platform) -> None:
    platform.give(1)
    back = platform.backup()
    platform.give(2)
    back()
    ledger = platform.open()
    first = ledger.recover({}, version=0)
    assert (first.given_up, first.windows) == (BLOCK, 1)
    assert ledger.recover({}, version=0) == Recovered(0, 0, 0, 0)
    assert ledger.revoked(KID, before=9) == [Entry(KID, 24, BLOCK)]


def test_a_recovered_ledger_that_is_put_back_again(platform: Platform) -> None:
    """The very same backup a second time, and one of before it had recovered."""
    platform.give(1)
    back = platform.backup()
    platform.give(2)
    for _ in range(2):
        back()
        assert code_of(lambda: platform.give(3)) == "ledger-behind"
        with platform.open() as ledger:
            assert ledger.recover({}, version=0).given_up >= BLOCK
        platform.give(3)


def test_versions_go_on_above_all_that_are_known(platform: Platform) -> None:
    platform.give(1)
    with platform.open() as ledger:
        snapshot(ledger)
    back = platform.backup()
    with platform.open() as ledger:
        snapshot(ledger)
    back()
    with platform.open() as ledger:
        assert ledger.recover({}, version=0).version == 2, "that was taken, and written ahead"
    back()
    with platform.open() as ledger:
        assert ledger.recover({}, version=40).version == 40
        assert snapshot(ledger) == 41


def test_numbers_beyond_a_mark_that_are_published(platform: Platform) -> None:
    """A mark that is older than what is published is no reason to give those numbers."""
    platform.give(1)
    back = platform.backup()
    platform.give(2)
    back()
    with platform.open() as ledger:
        ledger.recover({KID: [5000]}, version=0)
        assert ledger.reserve(request_for(3, 1, capacity=CAPACITY)) == [Entry(KID, 5001, 1)]


@pytest.mark.parametrize("published_numbers", [{}, {OTHER_KID: [5]}], ids=["no mark of the ledger", "of a window"])
def test_nothing_to_recover_by(published_numbers: dict[bytes, list[int]], platform: Platform) -> None:
    platform.give(1)
    if not published_numbers:
        (platform.place / "ledger.mark").unlink()
    ledger = platform.open()
    assert code_of(lambda: ledger.recover(published_numbers, version=0)) == "no-mark"
    assert ledger.revoked(KID, before=9) == []
    with open_named(platform.name) as alone:
        assert code_of(lambda: alone.recover({}, version=0)) == "no-mark"


def test_a_whole_ledger_that_recovers_loses_a_block(platform: Platform) -> None:
    """Needless, and harmless."""
    platform.give(1)
    with platform.open() as ledger:
        assert ledger.recover({}, version=0) == Recovered(BLOCK, 1, 0, 0)
        assert ledger.find(REGION, (1).to_bytes(16, "big"), bytes(32)) == [Entry(KID, 0, 24)]
