"""Chance decides among the windows that the trust list names: those that a wallet finds in its own list, too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from healthpass.authority import TrustListBuilder
from healthpass.errors import WalletError
from healthpass.formats.claim import ANY_BINDING, parse_claim
from healthpass.formats.trust_list import TrustList
from healthpass.holder import Wallet as Phone
from healthpass.issuer import Issuer, SQLiteLedger, StationIssuer, WindowKey, WindowKeys
from healthpass.verifier import TrustStore
from tests.issuing import (
    TODAY_KEY,
    TOMORROW_KEY,
    Asked,
    Wallet,
    assert_refused,
    attest,
    blinder_for,
    both_passes,
    claims_in,
    device_passes,
    issued,
    list_naming,
    make_issuer,
    paper_passes,
    window_key,
)
from tests.making import DAY, NOW, PLATFORM, ROOTS, WINDOW, make_trust_list
from tests.scenario.country import Country, person
from tests.stations import station_list, stations_of, vouch

HANDED_IN = window_key(950, capacity=WINDOW.capacity)
"""Of today too; no list names it yet."""
PAIR = [WINDOW.kid, HANDED_IN.window.kid]
KINDS = ANY_BINDING


@pytest.fixture
def ledger(tmp_path: Path) -> SQLiteLedger:
    return SQLiteLedger(tmp_path / "ledger")


def ahead(ledger: SQLiteLedger) -> Issuer:
    """A platform that has handed in one window more than its trust list names."""
    issuer = make_issuer(ledger)
    issuer.windows = WindowKeys([TODAY_KEY, HANDED_IN, TOMORROW_KEY])
    return issuer


def kids(claims: Iterable[bytes]) -> set[bytes]:
    return {parse_claim(claim).kid for claim in claims}


def asked(kind: str, n: int) -> Asked:
    """What somebody asks for, whom no other number stands for."""
    if kind == "paper":
        return paper_passes(first_seed=n)
    return device_passes(1, first_key=n) if kind == "device" else both_passes(1, first_key=n, first_seed=n)


@pytest.mark.parametrize("kind", ["device", "both", "paper"])
def test_a_window_that_was_handed_in_and_is_not_listed_gets_nothing(ledger: SQLiteLedger, kind: str) -> None:
    """Each blinder would decide for it, if it counted; on paper one of twenty would."""
    issuer, wallet = ahead(ledger), Wallet(blinder_for(HANDED_IN.window.kid, PAIR))
    for n in range(1, 21):
        assert kids(issued(issuer, attest(asked(kind, n), reference=n, wallet=wallet))) == {WINDOW.kid}
    assert ledger.issued(HANDED_IN.window.kid) == 0
    issuer.trust_list = list_naming([TODAY_KEY, HANDED_IN])
    later = [issued(issuer, attest(asked(kind, n), reference=n, wallet=wallet)) for n in range(21, 41)]
    assert HANDED_IN.window.kid in kids(claim for claims in later for claim in claims)


def test_a_station_gets_nothing_under_it_either(ledger: SQLiteLedger) -> None:
    issuer = ahead(ledger)
    issuer.stations = stations_of()
    stations = StationIssuer(issuer, ledger, station_list())
    attestations = [vouch(reference=bytes((n,)) * 16) for n in range(40)]
    assert kids(claims_in(stations.issue(each, now=NOW))[0] for each in attestations[:20]) == {WINDOW.kid}
    stations.trust_list = station_list(windows=[WINDOW, HANDED_IN.window])
    later = kids(claims_in(stations.issue(each, now=NOW))[0] for each in attestations[20:])
    assert later == set(PAIR)


def test_a_period_that_is_not_listed_is_none_yet(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    issuer.trust_list = make_trust_list(windows=[WINDOW])
    request = attest(device_passes(windows=(TOMORROW_KEY.window,)))
    assert_refused(issuer, ledger, request, "unknown-window")
    issuer.trust_list = make_trust_list()
    assert issued(issuer, request)


@pytest.mark.parametrize(
    ("held", "now"),
    [
        (None, NOW),
        (TrustStore(ROOTS), NOW),
        (make_trust_list(issued=NOW + 61), NOW),
        (make_trust_list(issued=NOW - DAY, expires=NOW - 60, grace=60), NOW),
    ],
    ids=["none", "an empty store", "ahead of the clock", "past its grace"],
)
def test_without_a_trust_list_in_force_nothing_new_is_issued(
    ledger: SQLiteLedger, held: TrustList | TrustStore | None, now: int
) -> None:
    """What was issued before is given out again: nothing is drawn for it."""
    issuer, first = make_issuer(ledger), attest()
    before = issued(issuer, first)
    issuer.trust_list = held
    assert_refused(issuer, ledger, attest(device_passes(first_key=9), reference=2), "no-trust-list", now)
    assert_refused(issuer, ledger, attest(paper_passes(), reference=3), "no-trust-list", now)
    assert issued(issuer, first, now) == before


def test_a_window_whose_key_was_given_up_while_it_is_listed(ledger: SQLiteLedger) -> None:
    """A wallet would look for its claims under that kid, and the platform can sign none: for another offer it draws
    anew."""
    issuer = make_issuer(ledger, [TODAY_KEY, HANDED_IN])
    issuer.windows = issuer.windows.giving_up([HANDED_IN.window.kid])
    unlucky = Wallet(blinder_for(HANDED_IN.window.kid, PAIR))
    assert_refused(issuer, ledger, attest(wallet=unlucky), "window-over")
    lucky = Wallet(blinder_for(WINDOW.kid, PAIR))
    assert kids(issued(issuer, attest(reference=2, wallet=lucky))) == {WINDOW.kid}
    for n in range(3, 23):
        assert kids(issued(issuer, attest(paper_passes(first_seed=n), reference=n))) == {WINDOW.kid}


class Joining(Country):
    """The country, in which a second window joins the last period, more than 96 hours ahead."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.last = list(self.windows)[-1].window
        assert self.last.valid_from > NOW + 4 * DAY
        start, end = self.last.valid_from, self.last.expires
        self.spare = WindowKey.new(start, end, bindings=KINDS, document_key_id=b"doc0")

    def hand_in_spare(self) -> None:
        """From now on the platform has its key."""
        self.issuer.windows = WindowKeys([*self.windows, self.spare])

    def list_spare(self) -> bytes:
        """The list that names it, of a minute later."""

        def change(builder: TrustListBuilder) -> None:
            builder.add_windows([self.spare.window], platform=PLATFORM)

        return self.next_list(now=NOW + 60, change=change)

    def batch_for(self, phone: Phone) -> bytes:
        """What the platform has issued for the six days."""
        offer = self.offer(days=6)
        request = self.vouch(offer, phone.answer(offer, now=NOW + 60), [person("绿")], now=NOW + 60)
        return self.issuer.issue(request, now=NOW + 60)


def code_of(phone: Phone, batch: bytes) -> str | None:
    """Why the wallet refuses a batch, and keeps what it has; None if it takes it."""
    before = phone._kept.now
    try:
        phone.accept(batch, now=NOW + 60)
    except WalletError as error:
        assert phone._kept.now is before
        return error.code
    return None


def test_wallets_accept_what_is_issued_before_and_after_a_window_joins(tmp_path: Path) -> None:
    country = Joining(tmp_path)
    country.hand_in_spare()
    for n in range(6):
        wallet = country.wallet(n)
        assert wallet.accept(country.batch_for(wallet), now=NOW + 60) == 48
    assert country.ledger.issued(country.spare.window.kid) == 0
    newer = country.list_spare()
    for n in range(6, 18):
        wallet = country.wallet(n)
        wallet.update_trust_list(newer, now=NOW + 60)
        assert wallet.accept(country.batch_for(wallet), now=NOW + 60) == 48
    assert 0 < country.ledger.issued(country.spare.window.kid) < 12 * 8


def test_a_wallet_whose_list_is_older_than_the_platforms_takes_the_newest_and_then_the_batch(tmp_path: Path) -> None:
    """The list that the region hands over with the batch is enough: nothing is lost."""
    country = Joining(tmp_path)
    country.hand_in_spare()
    wallets = [country.wallet(n) for n in range(8)]
    newer = country.list_spare()
    batches = [country.batch_for(wallet) for wallet in wallets]
    refused = [code_of(wallet, batch) for wallet, batch in zip(wallets, batches, strict=True)]
    assert set(refused) == {None, "unknown-window"}
    for wallet, batch, code in zip(wallets, batches, refused, strict=True):
        if code is not None:
            wallet.update_trust_list(newer, now=NOW + 60)
            assert wallet.accept(batch, now=NOW + 60) == 48


def test_a_batch_from_before_a_window_joined_is_for_the_list_from_before(tmp_path: Path) -> None:
    """What remains: a wallet that took the newer list first refuses it where chance would now decide otherwise, says
    what to do, and gets as many from another offer."""
    country = Joining(tmp_path)
    wallets = [country.wallet(n) for n in range(8)]
    batches = [country.batch_for(wallet) for wallet in wallets]
    country.hand_in_spare()
    newer = country.list_spare()
    for wallet in wallets:
        wallet.update_trust_list(newer, now=NOW + 60)
    refused = [code_of(wallet, batch) for wallet, batch in zip(wallets, batches, strict=True)]
    assert set(refused) == {None, "other-window"}
    for wallet, code in zip(wallets, refused, strict=True):
        if code is not None:
            assert wallet.accept(country.batch_for(wallet), now=NOW + 60) == 48
