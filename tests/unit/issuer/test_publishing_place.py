"""What is published decides what comes next, whatever cut the publication before short, whatever hands did since."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from healthpass.attester import Attester
from healthpass.crypto.recovery import recovery_code_from
from healthpass.errors import Refused, RevocationRefused
from healthpass.formats.revocation.messages import Delta, Snapshot
from healthpass.formats.trust_list import TrustList
from healthpass.issuer import PublishedFolder, PublishingOptions, RevocationPublisher, SQLiteLedger, WindowKeys
from healthpass.issuer.published import standing
from healthpass.trust.revocations import open_delta, open_snapshot
from healthpass.verifier import TrustStore
from tests.faults import KINDS, QuickDisk, failing
from tests.issuing import BOTH_DAYS, REGION, STATE, TODAY_KEY, TOMORROW_KEY, attest, device_passes, dump, make_issuer
from tests.making import DAY, NOW, TOMORROW, WINDOW, files, make_trust_list, signer
from tests.raising import raises
from tests.revoking import revoking_store
from tests.shelf import Shelf
from tests.unit.issuer.test_publisher import LIST, REVOKER

OTHER = signer(91)
AT_ONCE = PublishingOptions(attestations=1, longest_wait=0, least_slots=4)
LATER = "the publication before was issued later: set the clock; if it is right, confirm it with a snapshot"
NOT_NAMED = "it is not a revocation key of the trust list: nobody would believe it"
NO_LIST = "the trust list is missing, has expired or is ahead of the clock: fetch a newer one"
OLD = "the published snapshot is not the newest of this ledger: publish a new snapshot"
NONE_THERE = "no snapshot of this key is published that a delta could add to; publish a snapshot"
BEHIND = "a version is published that this ledger never took: is it a backup?"
NEWER = "what is published is newer, or dated later: is the clock right?"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthpass._files.os", QuickDisk())


@pytest.fixture
def ledger() -> Iterator[SQLiteLedger]:
    with SQLiteLedger(":memory:") as opened:
        yield filled(opened)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def filled(ledger: SQLiteLedger) -> SQLiteLedger:
    """With four attestations of two claims for each of two days."""
    issuer = make_issuer(ledger)
    for n in range(4):
        issuer.issue(attest(device_passes(2, BOTH_DAYS, first_key=10 * n), reference=n), now=NOW)
    return ledger


def publisher(
    ledger: SQLiteLedger, place: Shelf | PublishedFolder, *, listed: TrustList = LIST, key: object = REVOKER
) -> RevocationPublisher:
    windows = WindowKeys([TODAY_KEY, TOMORROW_KEY])
    return RevocationPublisher(windows, ledger, key, place, listed, AT_ONCE)  # type: ignore[arg-type]  # a signer


def take_back(mine: RevocationPublisher, number: int) -> None:
    mine.revoke(Attester(REGION).revoke(number.to_bytes(16, "big"), now=NOW), STATE, now=NOW)


def there(place: Shelf | PublishedFolder) -> tuple[Snapshot | None, Delta | None]:
    message, added = place.snapshot(), place.delta()
    snapshot = None if message is None else open_snapshot(message, LIST)[1]
    return snapshot, None if added is None else open_delta(added, LIST)[1]


def take(scanner: TrustStore, place: Shelf | PublishedFolder, now: int) -> None:
    """A scanner fetches what is there, and refuses none of it."""
    message, added = place.snapshot(), place.delta()
    assert message is not None
    scanner.update_revocation(message, now=now, fetch=lambda digest: place.filter(digest) or b"")
    if added is not None:
        scanner.update_revocation(added, now=now)


def revoked(scanner: TrustStore, number: int) -> bool:
    """Whether all claims of an attestation are; never some of them."""
    kid, slots = WINDOW.kid, [TODAY_KEY.slots.slot(2 * number + n) for n in range(2)]
    found, known = set(), scanner.state().revocation
    assert known is not None
    for slot in slots:
        try:
            known.check(kid, [slot], LIST, NOW)
        except Refused:
            found.add(True)
        else:
            found.add(False)
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("snapshot", [True, False])
def test_cut_off_at_any_operation(kind: str, snapshot: bool, tmp_path: Path) -> None:
    """The next delta adds to the snapshot that is there, and a scanner that follows takes it; nothing is forgotten."""
    for at in range(200):
        folder = tmp_path / str(at)
        folder.mkdir()
        place, scanner = PublishedFolder(folder), revoking_store(trust_list=LIST)
        with SQLiteLedger(":memory:") as ledger:
            mine = publisher(filled(ledger), place)
            take_back(mine, 0)
            mine.snapshot(NOW)
            take_back(mine, 1)
            mine.delta(NOW + 1)
            take(scanner, place, NOW + 1)
            take_back(mine, 2)
            with failing(folder, kind, at) as disk:
                if snapshot:
                    mine.snapshot(NOW + 2)
                else:
                    mine.delta(NOW + 2)
            before, _ = there(place)
            assert before is not None
            take_back(mine, 3)
            made = mine.delta(NOW + 3)
            assert made is not None
            assert open_delta(made, LIST)[1].base == before.version
            take(scanner, place, NOW + 3)
            assert all(revoked(scanner, number) for number in range(4))
            mine.snapshot(NOW + 4)
            take(scanner, place, NOW + 4)
            assert all(revoked(scanner, number) for number in range(4))
        if not disk.happened:
            break
    assert (14 if snapshot else 5) < at < 199


def test_a_cut_off_delta_counts_as_published_where_it_is(ledger: SQLiteLedger, shelf: Shelf) -> None:
    """Those in it have been seen, and are no company for who comes next."""

    class Dying(Shelf):
        def put_delta(self, message: bytes) -> None:
            super().put_delta(message)
            raise OSError("killed")

    options = PublishingOptions(attestations=2, longest_wait=3600, least_slots=0)
    dying = Dying()
    mine = RevocationPublisher(WindowKeys([TODAY_KEY, TOMORROW_KEY]), ledger, REVOKER, dying, LIST, options)
    mine.snapshot(NOW)
    for number in (0, 1):
        take_back(mine, number)
    with pytest.raises(OSError, match="killed"):
        mine.delta(NOW)
    shelf = Shelf(dying.message, dying.added, dying.filters)
    mine = RevocationPublisher(WindowKeys([TODAY_KEY, TOMORROW_KEY]), ledger, REVOKER, shelf, LIST, options)
    take_back(mine, 2)
    assert mine.delta(NOW) is None
    assert shelf.added == dying.added
    take_back(mine, 3)
    assert mine.delta(NOW) is not None


def test_a_delta_of_the_snapshot_before_goes(ledger: SQLiteLedger, shelf: Shelf) -> None:
    mine = publisher(ledger, shelf)
    mine.snapshot(NOW)
    old = mine.delta(NOW)
    mine.snapshot(NOW)
    take_back(mine, 1)
    for left in (old, b"half of one"):
        shelf.added = left
        waits = RevocationPublisher(mine.windows, ledger, REVOKER, shelf, LIST, PublishingOptions())
        assert waits.delta(NOW) is None
        assert shelf.added is None


def test_an_emptied_folder(ledger: SQLiteLedger, shelf: Shelf) -> None:
    mine = publisher(ledger, shelf)
    mine.snapshot(NOW)
    empty = publisher(ledger, Shelf())
    before = dump(ledger)
    with raises(RevocationRefused, "no-snapshot", NONE_THERE):
        empty.delta(NOW)
    assert dump(ledger) == before
    empty.snapshot(NOW)
    made = empty.delta(NOW)
    assert made is not None
    assert open_delta(made, LIST)[1].base == 2


def test_an_older_snapshot_that_was_put_back(ledger: SQLiteLedger, shelf: Shelf) -> None:
    mine, scanner = publisher(ledger, shelf), revoking_store(trust_list=LIST)
    mine.snapshot(NOW)
    old = shelf.message
    mine.snapshot(NOW)
    newest = shelf.message
    take(scanner, shelf, NOW)
    shelf.message = old
    before = dump(ledger)
    with raises(RevocationRefused, "other-snapshot", OLD):
        mine.delta(NOW)
    assert (dump(ledger), shelf.message, shelf.added) == (before, old, None)
    shelf.message = newest
    assert mine.delta(NOW) is not None, "put right again"
    shelf.message = old
    mine.snapshot(NOW)
    mine.delta(NOW)
    take(scanner, shelf, NOW)


def test_a_ledger_that_is_an_old_copy(tmp_path: Path, shelf: Shelf) -> None:
    with SQLiteLedger(tmp_path / "ledger") as ledger:
        mine = publisher(filled(ledger), shelf)
        mine.snapshot(NOW)
        with sqlite3.connect(tmp_path / "copy") as copy:
            ledger._db.backup(copy)
        copy.close()
        take_back(mine, 1)
        mine.snapshot(NOW + 1)
    published = (shelf.message, shelf.added)
    with SQLiteLedger(tmp_path / "copy") as old:
        mine = publisher(old, shelf)
        before = dump(old)
        for call in (mine.snapshot, mine.delta):
            with raises(RevocationRefused, "ledger-behind", BEHIND):
                call(NOW + 2)
        assert (dump(old), shelf.message, shelf.added) == (before, *published)
        elsewhere = publisher(old, Shelf())
        elsewhere.snapshot(NOW + 2)  # it takes the version that is published, for other content
        with raises(RevocationRefused, "other-snapshot", OLD):
            mine.delta(NOW + 2)
        with raises(
            RevocationRefused,
            "un-revokes",
            "the snapshot has lost a slot that was revoked; keep what is here, and tell the platform",
        ):
            mine.snapshot(NOW + 2)
        assert (shelf.message, shelf.added) == published
        take_back(mine, 1)
        mine.snapshot(NOW + 2)
        assert shelf.message != published[0]


def test_a_time_that_only_the_folder_knows(ledger: SQLiteLedger, shelf: Shelf) -> None:
    """A snapshot that was dated ahead binds its key; another key in its place begins anew."""
    with SQLiteLedger(":memory:") as ahead:
        publisher(filled(ahead), shelf).snapshot(NOW + DAY // 2)
    publisher(ledger, Shelf()).snapshot(NOW)
    mine, published = publisher(ledger, shelf), shelf.message
    with raises(RevocationRefused, "rollback", NEWER):
        mine.snapshot(NOW)
    assert shelf.message == published
    listed = make_trust_list(2, revocation_keys={OTHER.public_key: (WINDOW.kid, TOMORROW.kid)})
    other = publisher(ledger, shelf, listed=listed, key=OTHER)
    other.snapshot(NOW)
    assert shelf.message != published
    assert other.delta(NOW) is not None


def test_another_key_begins_with_a_clock_of_its_own(ledger: SQLiteLedger, shelf: Shelf) -> None:
    mine = publisher(ledger, shelf)
    mine.snapshot(NOW + DAY // 2)
    with raises(RevocationRefused, "clock-behind", LATER):
        mine.snapshot(NOW)
    listed = make_trust_list(2, revocation_keys={OTHER.public_key: (WINDOW.kid, TOMORROW.kid)})
    publisher(ledger, shelf, listed=listed, key=OTHER).snapshot(NOW)


@pytest.mark.parametrize("junk", [b"", b"\xd2", bytes(200_000)])
def test_what_cannot_be_read_is_replaced(junk: bytes, ledger: SQLiteLedger, shelf: Shelf) -> None:
    mine, shelf.message = publisher(ledger, shelf), junk
    with raises(RevocationRefused, "no-snapshot", NONE_THERE):
        mine.delta(NOW)
    mine.snapshot(NOW)
    assert mine.delta(NOW) is not None


def test_a_place_of_another_key(ledger: SQLiteLedger, shelf: Shelf) -> None:
    """Each of two keys publishes its own windows, in a place of its own."""
    listed = make_trust_list(revocation_keys={REVOKER.public_key: (WINDOW.kid,), OTHER.public_key: (TOMORROW.kid,)})
    one, elsewhere = publisher(ledger, shelf, listed=listed), Shelf()
    made, _ = one.snapshot(NOW)
    assert open_snapshot(made, listed)[1].filters.keys() == {WINDOW.kid}
    said = "it is another revocation key's place: publish in one of its own"
    for call in (publisher(ledger, shelf, listed=listed, key=OTHER).snapshot, one.delta):
        if call == one.delta:
            made, _ = publisher(ledger, elsewhere, listed=listed, key=OTHER).snapshot(NOW)
            assert open_snapshot(made, listed)[1].filters.keys() == {TOMORROW.kid}
            assert call(NOW) is not None
            continue
        with raises(RevocationRefused, "other-key", said):
            call(NOW)


def test_a_snapshot_keeps_the_windows_that_are_published(ledger: SQLiteLedger, shelf: Shelf) -> None:
    """A platform whose key file was put back lacks one: scanners would refuse what it makes."""
    mine = publisher(ledger, shelf)
    mine.snapshot(NOW)
    before = shelf.message
    mine.windows = WindowKeys([TODAY_KEY])
    with raises(
        RevocationRefused,
        "dropped-kid",
        "the snapshot has lost a kid whose window is not over; keep what is here, and tell the platform",
    ):
        mine.snapshot(NOW)
    with raises(RevocationRefused, "no-snapshot", "a window of the published snapshot is gone: publish a new snapshot"):
        mine.delta(NOW)
    assert (shelf.message, shelf.added) == (before, None)


def test_a_ledger_that_forgot(tmp_path: Path, ledger: SQLiteLedger, shelf: Shelf) -> None:
    """An old copy went on elsewhere, so that its versions are no sign any more of what it lacks."""
    mine = publisher(ledger, shelf)
    take_back(mine, 0)
    mine.snapshot(NOW)
    with sqlite3.connect(tmp_path / "copy") as copy:
        ledger._db.backup(copy)
    copy.close()
    elsewhere = Shelf(shelf.message, None, shelf.filters)
    take_back(mine, 1)
    mine.delta(NOW)
    before = (shelf.message, shelf.added)
    with SQLiteLedger(tmp_path / "copy") as forgetful:
        publisher(forgetful, elsewhere).delta(NOW)
        mine = publisher(forgetful, shelf)
        with raises(
            RevocationRefused,
            "un-revokes",
            "the delta has lost a slot that was revoked; keep what is here, and tell the platform",
        ):
            mine.delta(NOW)
        with raises(
            RevocationRefused,
            "un-revokes",
            "the snapshot has lost a slot that was revoked; keep what is here, and tell the platform",
        ):
            mine.snapshot(NOW)
        assert (shelf.message, shelf.added) == before
        take_back(mine, 1)
        mine.delta(NOW)
    assert shelf.added != before[1]


def test_no_windows(ledger: SQLiteLedger, shelf: Shelf) -> None:
    said = "no window that is not over is this revocation key's; use the key that the trust list names"
    mine, before = publisher(ledger, shelf), dump(ledger)
    for windows in (WindowKeys([]), WindowKeys([TODAY_KEY, TOMORROW_KEY])):
        mine.windows = windows
        with raises(RevocationRefused, "no-windows", said):
            mine.snapshot(NOW if not len(windows) else TOMORROW.expires + 3600)
    nobody = make_trust_list(windows=(WINDOW,), revocation_keys={REVOKER.public_key: (WINDOW.kid,)})
    mine = publisher(ledger, shelf, listed=nobody)
    mine.windows = WindowKeys([TOMORROW_KEY])
    with raises(RevocationRefused, "no-windows", said):
        mine.snapshot(NOW)
    assert (dump(ledger), shelf) == (before, Shelf())


@pytest.mark.parametrize("code", ["not-a-revoker", "no-trust-list"])
def test_a_key_that_nobody_believes(code: str, ledger: SQLiteLedger, shelf: Shelf) -> None:
    publisher(ledger, shelf).snapshot(NOW)
    before, published = dump(ledger), shelf.message
    if code == "not-a-revoker":
        wrong = [(LIST, OTHER, NOW), (make_trust_list(), REVOKER, NOW)]
    else:
        wrong = [(LIST, REVOKER, LIST.expires), (LIST, REVOKER, LIST.issued - 61)]
    for listed, key, now in wrong:
        mine = publisher(ledger, shelf, listed=listed, key=key)
        notice = Attester(REGION).revoke((1).to_bytes(16, "big"), now=NOW - 900)
        calls: list[Callable[[], object]] = [partial(mine.snapshot, now), partial(mine.delta, now)]
        calls += [partial(mine.revoke, notice, STATE, now=now)]
        calls += [partial(mine.revoke_by_code, recovery_code_from(bytes(16)), now=now)]
        for call in calls:
            with raises(RevocationRefused, code, NOT_NAMED, NO_LIST):
                call()
    assert (dump(ledger), shelf.message, shelf.added) == (before, published, None)


def test_a_trust_store_says_which_list_counts(ledger: SQLiteLedger, shelf: Shelf) -> None:
    store = revoking_store(trust_list=LIST)
    mine = publisher(ledger, shelf)
    mine.trust_list = store
    mine.snapshot(NOW)
    with raises(RevocationRefused, "no-trust-list", NO_LIST):
        mine.delta(LIST.expires)


def test_windows_that_the_list_has_not_yet_are_covered(ledger: SQLiteLedger, shelf: Shelf) -> None:
    """So that a pass of tomorrow works on a scanner that takes the next list."""
    listed = make_trust_list(windows=(WINDOW,), revocation_keys={REVOKER.public_key: (WINDOW.kid,)})
    made, _ = publisher(ledger, shelf, listed=listed).snapshot(NOW)
    assert open_snapshot(made, LIST)[1].filters.keys() == {WINDOW.kid, TOMORROW.kid}
    take(revoking_store(trust_list=listed), shelf, NOW)
    take(revoking_store(trust_list=LIST), shelf, NOW)


def test_what_is_published_in_a_folder(tmp_path: Path, ledger: SQLiteLedger) -> None:
    place = PublishedFolder(tmp_path)
    assert (place.snapshot(), place.delta(), place.filter("0" * 64), place.named()) == (None, None, None, set())
    made, filters = publisher(ledger, place).snapshot(NOW)
    added = publisher(ledger, place).delta(NOW)
    found = standing(place, REVOKER.public_key, LIST)
    assert (place.snapshot(), place.delta()) == (made, added)
    assert {digest: place.filter(digest) for digest in filters} == filters
    assert (found.leftover, len(found.digests), len(files(tmp_path))) == (False, 2, 2 + len(filters))
    assert repr(place) == "PublishedFolder(...)"
    moved = shutil.copytree(tmp_path, tmp_path.with_name("moved"))
    assert publisher(ledger, PublishedFolder(moved)).delta(NOW) is not None, "on another disk, by copying"
