"""Three days of issuing, a backup, one more day, and then the backup is put back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthpass import Color
from healthpass.errors import AttestationRefused, LedgerError
from healthpass.formats.claim import parse_claim
from healthpass.holder import Wallet
from healthpass.issuer import Revocation, SQLiteLedger
from healthpass.issuer.recovering import published_numbers
from healthpass.verifier import TrustStore, Verifier
from tests.scenario.country import DAY, NOW, person
from tests.scenario.revoking import HOUR, Revoking, assert_revoked, color, reference
from tests.shelf import Shelf
from tests.wallets import randomness

BACKUP = NOW + 3 * DAY
SHOWINGS = 8
END = NOW + 3 * DAY + 10 * HOUR
"""In the last window of those that were issued for."""

REVOKED = ("day 0, 0", "day 1, 0", "day 2, 0")
"""The first before the backup; the second after it; the third too, and that was never published."""


class Restorable(Revoking):
    """A country whose ledger has a second place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.people: dict[str, Wallet] = {}
        self.requests: dict[str, bytes] = {}
        self.reopen()

    def reopen(self) -> None:
        """The platform starts again, with what is in its file."""
        self.ledger.close()
        self.ledger = SQLiteLedger(self.folder / "ledger.sqlite", second_place=self.folder / "other-disk")
        self.issuer._ledger = self.publisher._ledger = self.ledger

    def enrol_for_today(self, name: str, now: int) -> None:
        """Passes up to the window at `END`, issued at `now`, by the trust list of that day."""
        if now - self.content.issued > DAY:
            self.next_list(now=now)
        self.people[name] = wallet = Wallet(self.roots, random=randomness(len(self.people) + 1))
        wallet.update_trust_list(self.trust_list, now=now)
        days = sum(now < key.window.expires and key.window.valid_from <= END for key in self.windows)
        offer = self.north.offer(self.content, now=now, periods=days, keys_per_period=SHOWINGS)
        answer = wallet.answer(offer, now=now)
        self.requests[name] = self.north.attest(offer, answer, [person("绿")], now=now, trust_list=self.content)
        wallet.accept(self.issuer.issue(self.requests[name], now=now), now=now)

    def revoke(self, name: str, now: int) -> Revocation:
        notice = self.north.revoke(reference(self.requests[name]), now=now)
        return self.publisher.revoke(notice, self.issuer.state, now=now)

    def restore(self, copy: Path) -> None:
        self.ledger.close()
        for suffix in ("-wal", "-shm"):
            (self.folder / f"ledger.sqlite{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, self.folder / "ledger.sqlite")
        self.reopen()


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[tuple[Restorable, TrustStore, Verifier]]:
    """After the restore, and before anybody has noticed. The scanner has what was published last."""
    country = Restorable(tmp_path)
    for day in range(3):
        for n in range(4):
            country.enrol_for_today(f"day {day}, {n}", NOW + day * DAY + n)
    country.revoke("day 0, 0", NOW + 2 * DAY)
    country.snapshot, country.filters = country.publisher.snapshot(BACKUP - 60)
    country.ledger.close()
    shutil.copy(tmp_path / "ledger.sqlite", tmp_path / "copy")
    country.reopen()

    for n in range(4):
        country.enrol_for_today(f"late {n}", BACKUP + n)
    country.revoke("day 1, 0", BACKUP + HOUR)
    country.revoke("late 0", BACKUP + HOUR)
    store, gate = country.gate(now=BACKUP)
    country.take_snapshot(store, END)
    country.revoke("day 2, 0", END)
    country.restore(tmp_path / "copy")
    yield country, store, gate
    country.ledger.close()


def recover(country: Restorable) -> None:
    shelf = country.publisher._published
    assert isinstance(shelf, Shelf)
    found = published_numbers([shelf], country.windows)
    assert not found.without_key
    done = country.ledger.recover(found.numbers, version=found.version)
    assert done.revoked_again == 1, "day 1, 0"
    assert done.version == found.version


def test_nothing_is_given_from_the_copy(restored: tuple[Restorable, TrustStore, Verifier]) -> None:
    country, _, _ = restored
    for call in (
        lambda: country.enrol_for_today("new", END),
        lambda: country.issuer.issue(country.requests["late 1"], now=END),
        lambda: country.revoke("day 2, 0", END),
        lambda: country.publisher.snapshot(END),
        lambda: country.publisher.delta(END),
    ):
        with pytest.raises(LedgerError) as caught:
            call()
        assert caught.value.code == "ledger-behind"


def test_a_country_recovers(restored: tuple[Restorable, TrustStore, Verifier]) -> None:
    country, store, gate = restored
    recover(country)
    country.take_snapshot(store, END + 60)  # the scanner takes it after the one that it has
    now = END + 60
    innocent = [name for name in country.people if name.startswith("day") and name not in REVOKED]
    assert len(innocent) == 9
    for name in innocent:
        assert color(gate, country.people[name], now) is Color.GREEN
    for name in ("day 0, 0", "day 1, 0"):
        assert_revoked(gate, country.people[name], now)  # whether before the backup or after it
    for n in range(4):
        assert_revoked(gate, country.people[f"late {n}"], now)  # they come again

    for n in range(4):
        country.enrol_for_today(f"again {n}", now)
        assert color(gate, country.people[f"again {n}"], now) is Color.GREEN
    assert country.revoke("day 2, 0", now).claims == 2 * SHOWINGS, "it was never published, and is handed in again"
    assert country.revoke("again 3", now).claims == SHOWINGS
    assert country.revoke("late 0", now).claims == 0, "its passes are given up, and this is kept"
    with pytest.raises(AttestationRefused) as caught:
        country.issuer.issue(country.requests["late 0"], now=now)
    assert caught.value.code == "revoked-before"
    store.update_revocation(country.delta(now + 5 * HOUR), now=now + 5 * HOUR)
    for name in ("day 2, 0", "again 3"):
        assert_revoked(gate, country.people[name], now + 5 * HOUR)
    for name in (*innocent, "again 0", "again 1", "again 2"):
        assert color(gate, country.people[name], now + 5 * HOUR) is Color.GREEN, "nobody else is hit"


def test_nobody_has_a_slot_that_somebody_else_has_got(restored: tuple[Restorable, TrustStore, Verifier]) -> None:
    """Also the attestations of the lost day, handed in again: they get other numbers."""
    country, _, _ = restored
    recover(country)
    slots: list[tuple[bytes, int]] = []
    for name in [f"day {day}, {n}" for day in range(3) for n in range(4)] + [f"late {n}" for n in range(4)]:
        claims = map(parse_claim, country.issuer.prepare(country.requests[name], now=BACKUP))
        slots += [(claim.kid, claim.slot) for claim in claims]
    assert len(set(slots)) == len(slots) == 4 * (4 + 3 + 2 + 1) * SHOWINGS
