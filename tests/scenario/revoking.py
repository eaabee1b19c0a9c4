"""A country that revokes, and what its tests ask of its scanners."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.formats.trust_list import TrustList
from healthpass.holder import Wallet
from healthpass.issuer import RevocationPublisher
from healthpass.verifier import TrustStore, Verifier
from tests.issuing import attestation_of
from tests.making import signer
from tests.scenario.country import NOW, Country, person
from tests.shelf import Shelf

REVOKER = signer(141)
HOUR = 3600


class Newest:
    """The country's trust list in force."""

    def __init__(self, country: Country) -> None:
        self._country = country

    def fresh(self, now: int) -> tuple[TrustList, int]:
        return self._country.content, 0


class Revoking(Country):
    """A country whose trust list names a revocation key, and whose scanners have taken the first snapshot."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.lost = 0
        kids = tuple(key.window.kid for key in self.windows)
        self.next_list(change=lambda builder: builder.set_revocation_keys({REVOKER.public_key: kids}))
        self.publisher = RevocationPublisher(self.windows, self.ledger, REVOKER, Shelf(), Newest(self))
        self.snapshot, self.filters = self.publisher.snapshot(NOW)

    def take_snapshot(self, store: TrustStore, now: int = NOW) -> None:
        """A new snapshot for a scanner."""
        self.snapshot, self.filters = self.publisher.snapshot(now)
        store.update_revocation(self.snapshot, now=now, fetch=self.filters.__getitem__)

    def gate(self, name: str = "scanner", now: int = NOW) -> tuple[TrustStore, Verifier]:
        """A scanner that has the trust list and the snapshot."""
        store = TrustStore.open(self.folder / name, roots=self.roots)
        now = max(now, self.content.issued)
        store.update_trust_list(self.trust_list, now=now)
        store.update_revocation(self.snapshot, now=now, fetch=self.filters.__getitem__)
        return store, Verifier(store)

    def delta(self, now: int) -> bytes:
        """One that waits no more."""
        made = self.publisher.delta(now)
        assert made is not None
        return made


def reference(request: bytes) -> bytes:
    return attestation_of(request).reference


def shown(wallet: Wallet, now: int = NOW) -> str:
    return wallet.present(now=now, anywhere=True).text


def assert_revoked(verifier: Verifier, wallet: Wallet, now: int = NOW) -> None:
    with pytest.raises(Refused) as caught:
        verifier.verify(shown(wallet, now), now=now)
    assert caught.value.code is RefusalCode.REVOKED


def color(verifier: Verifier, wallet: Wallet, now: int = NOW) -> Color:
    (seen,) = verifier.verify(shown(wallet, now), now=now).colors
    return seen


def lose(country: Revoking, count: int, now: int = NOW) -> None:
    """So many others have another colour now: their region takes the old one back."""
    for _ in range(count):
        country.lost += 1
        attestation = country.enrol(country.wallet(100 + country.lost), [person("绿")], now=now)
        country.publisher.revoke(country.north.revoke(reference(attestation), now=now), country.issuer.state, now=now)
