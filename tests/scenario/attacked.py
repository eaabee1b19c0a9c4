"""A scanner at the gate of a place, somebody who comes there now and then, and an attacker with all the keys he likes.

After each attack the same is asked: did the scanner refuse, are its files as they were, is an honest pass still
accepted, also after a reboot, and is the next honest trust list and area table taken?
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from healthpass import Decision, RefusalCode, Refused
from healthpass.crypto.signer import Signer
from healthpass.errors import BadInput
from healthpass.formats import cbor
from healthpass.formats.check_policy import default_policy
from healthpass.formats.trust_list import TrustList, encode_trust_list
from healthpass.verifier import TrustStore, Verifier
from tests.making import PLACE, files, sign_payload
from tests.scenario.country import DAY, NOW, Country, person

CALM = NOW + DAY // 2
"""When the attacks are: the scanner has its data of `NOW`."""


class Gate:
    """A scanner at `PLACE`, in an area of high risk, where the shipped policy lets people in who are green.

    Attributes:
        country: whose scanner it is.
        folder: of its store.
        store, verifier: as they are since the last reboot.
    """

    def __init__(self, folder: Path) -> None:
        self.country = Country(folder, default_policy())
        self._pinned = self.country.roots
        self.folder = folder / "gate"
        self._poster = self.country.poster(place_id=PLACE)
        self._wallet = self.country.wallet()
        self.reboot()
        self.store.update_trust_list(self.country.trust_list, now=NOW)
        table = self.country.next_table()
        for each in (self.store, self._wallet):
            each.update_area_table(table, now=NOW)
        self.country.enrol(self._wallet, [person("绿")], days=5, showings=32)

    @property
    def files(self) -> dict[str, bytes]:
        return files(self.folder)

    def reboot(self) -> None:
        self.store = TrustStore.open(self.folder, roots=self._pinned)
        self.verifier = Verifier(self.store, place=self._poster)

    def newcomer(self, name: str) -> TrustStore:
        """A store that comes fresh from the factory."""
        return TrustStore.open(self.folder.with_name(name), roots=self._pinned)

    def show(self, now: int = CALM) -> str:
        """What the person shows."""
        return self._wallet.present(now=now, place=self._poster).text

    def assert_admits(self, now: int = CALM, stale: int = 0) -> None:
        """An honest pass is accepted, before and after a reboot."""
        for _ in range(2):
            outcome = self.verifier.decide(self.show(now), now=now)
            assert outcome.decision is Decision.ADMIT
            assert outcome.verdict is not None
            assert outcome.verdict.stale == stale
            self.reboot()

    def assert_closed(self, code: RefusalCode, now: int = CALM) -> None:
        """Not even an honest pass is accepted, before and after a reboot."""
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                self.verifier.verify(self.show(now), now=now)
            assert caught.value.code.name == code.name
            self.reboot()

    def refuses(self, kind: str, data: bytes, code: str, now: int = CALM) -> None:
        """A trust list ("list") or area table ("table") is refused with that code, and nothing has changed."""
        before = self.files
        for _ in range(2):
            with pytest.raises(BadInput) as caught:
                self.update(kind, data, now)
            assert caught.value.code == code
            assert self.files == before
            self.reboot()

    def update(self, kind: str, data: bytes, now: int = CALM) -> None:
        """Offer the scanner a trust list ("list") or an area table ("table")."""
        (self.store.update_trust_list if kind == "list" else self.store.update_area_table)(data, now=now)

    def withstands(self, kind: str, data: bytes, code: str, now: int = CALM) -> None:
        """It is refused, nothing has changed, honest passes are accepted, and so are the next honest updates."""
        self.refuses(kind, data, code, now)
        self.assert_admits()
        self.assert_recovers()

    def assert_recovers(self, now: int = CALM) -> None:
        """The next honest trust list and area table are taken, and an honest pass is accepted by them."""
        self.update("list", self.country.next_list(now=now), now)
        self.update("table", self.country.next_table(now=now), now)
        assert self.store.trust_list is not None
        assert self.store.trust_list.version == self.country.content.version
        table = self.store.area_table(now)
        assert table is not None
        assert table.version == self.country.tables
        self.assert_admits(now)


def altered(content: TrustList, **changes: object) -> TrustList:
    """A trust list that says something else."""
    names = [name for name in TrustList.__slots__ if name not in changes]
    return TrustList(**{name: getattr(content, name) for name in names}, **changes)  # type: ignore[arg-type]


def forged(payload: dict[int | str, Any] | TrustList | bytes, roots: Sequence[Signer]) -> bytes:
    """A trust list with any content at all, signed by those who ought not to."""
    if isinstance(payload, TrustList):
        payload = encode_trust_list(payload)
    return sign_payload(payload if isinstance(payload, bytes) else cbor.encode(payload), roots)


def labels(content: TrustList) -> dict[int | str, Any]:
    """The payload of a trust list as a map, to be altered."""
    decoded = cbor.decode(encode_trust_list(content))
    assert isinstance(decoded, dict)
    return dict(decoded)
