"""A whole little country in memory: roots, regions, platform, wallets, scanners. Real objects, no mocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from healthpass import Color
from healthpass.attester import Attester, Person
from healthpass.authority import (
    Registrar,
    RiskOffice,
    RootSet,
    TrustList,
    TrustListBuilder,
    combine,
    draft,
    sign,
)
from healthpass.crypto.document_tag import document_seed
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import Signer
from healthpass.formats.batch import parse_batch
from healthpass.formats.check_policy import CheckPolicy
from healthpass.formats.claim import ANY_BINDING, Binding
from healthpass.formats.hand_in import HandIn
from healthpass.formats.place import PlaceClass
from healthpass.formats.text import encode_place_text
from healthpass.holder import Wallet
from healthpass.issuer import AttesterRule, Issuer, RecognitionRules, SealingKeys, SQLiteLedger, WindowKey, WindowKeys
from healthpass.verifier import TrustStore, Verifier
from tests.documents import AnySeeds
from tests.making import PLATFORM, signature_by, signer
from tests.wallets import randomness

NOW = 1_800_000_000
DAY = 86_400
DOCUMENT_KEY = bytes(range(32))
NORTH_SCALE = {"绿": Color.GREEN, "黄": Color.YELLOW, "红": Color.RED}
AREA = 7
"""Of high risk in every honest area table, so that people may be checked there."""
SOUTH_SCALE = {"low": Color.GREEN, "raised": Color.YELLOW, "high": Color.YELLOW, "critical": Color.RED}


def person(color: str, number: str | None = None) -> Person:
    """Somebody whom a region knows; with a document number, bound to it."""
    if number is None:
        return Person(color)
    return Person(color, AnySeeds(lambda start, end: document_seed(DOCUMENT_KEY, start, end, "id", number)))


def sealing_keys(days: int = 7) -> SealingKeys:
    """One that begins on each of so many days from yesterday on, and lives four: the same in every run."""
    starts = [NOW - 3600 + n * DAY for n in range(-1, days - 1)]
    keys = [SealingKey((100 + n).to_bytes(32, "big")) for n in range(days)]
    return SealingKeys(PLATFORM, [(key, start, start + 4 * DAY) for key, start in zip(keys, starts, strict=True)])


class Country:
    """Three roots of which two sign, two regions of different scales, a platform of six days of windows.

    Args:
        folder: for what is kept.
        policy: where people may be checked; None permits checks everywhere.
        days: how many days of windows and of sealing keys there are; with 11 a list of seven days needs no more.

    Attributes:
        trust_list: the one in force, as published.
        content: the same, taken apart.
    """

    def __init__(self, folder: Path, policy: CheckPolicy | None = None, days: int = 6) -> None:
        self.folder = folder
        self.root_signers: list[Signer] = [signer(n) for n in (101, 102, 103)]
        self.roots = RootSet(2, tuple(root.public_key for root in self.root_signers))
        self.registrar, self.risk_office = Registrar(signer(131)), RiskOffice(signer(132))
        self.tables = 0
        self.north, self.south = Attester(signer(111)), Attester(signer(112))
        kinds = ANY_BINDING
        self.windows = WindowKeys(
            WindowKey.new(NOW - 3600 + n * DAY, NOW - 3600 + (n + 1) * DAY, bindings=kinds, document_key_id=b"doc0")
            for n in range(days)
        )
        rules = RecognitionRules(
            [
                AttesterRule("North", self.north.public_key, NORTH_SCALE, kinds),
                AttesterRule("South", self.south.public_key, SOUTH_SCALE, kinds),
            ]
        )
        self.ledger = SQLiteLedger(folder / "ledger.sqlite")
        self.issuer = Issuer(self.windows, rules, self.ledger, sealing_keys(days + 1), None)
        builder = TrustListBuilder(self.roots).add_hand_in(self.hand_in()).set_policy(policy)
        builder.set_registrars([self.registrar.public_key]).set_risk_offices([self.risk_office.public_key])
        self.issuer.trust_list = self.content = builder.build(now=NOW)
        self.trust_list = self.publish(self.content)

    def hand_in(self) -> HandIn:
        """What the platform hands in to the roots."""
        windows = tuple(key.window for key in self.windows)
        return HandIn(PLATFORM, windows, self.issuer.state.sealing.entries)

    def publish(self, content: TrustList) -> bytes:
        """A trust list signed by two roots."""
        payload = draft(content, allow_gap=True)
        return combine(payload, [sign(payload, root) for root in self.root_signers[:2]], self.roots)

    def next_list(
        self, *, now: int = NOW, change: Callable[[TrustListBuilder], object] | None = None, lifetime: int = 7 * DAY
    ) -> bytes:
        """The next trust list, which is then the one in force: the same again, apart from what `change` does."""
        builder = TrustListBuilder(self.roots, self.content)
        if change is not None:
            change(builder)
        self.issuer.trust_list = self.content = builder.build(now=now, lifetime=lifetime)
        self.trust_list = self.publish(self.content)
        return self.trust_list

    def rotate(self, successors: Sequence[Signer], threshold: int = 2, *, now: int = NOW) -> bytes:
        """The next trust list, by which other roots follow; two of the old and a threshold of the new sign it."""
        roots = RootSet(threshold, tuple(root.public_key for root in successors))
        self.issuer.trust_list = self.content = TrustListBuilder(roots, self.content).build(now=now)
        payload = draft(self.content, allow_gap=True)
        signers = dict.fromkeys([*self.root_signers[:2], *successors[:threshold]])
        self.trust_list = combine(payload, [signature_by(payload, root) for root in signers], self.roots)
        self.root_signers, self.roots = list(successors), roots
        return self.trust_list

    def next_table(self, *, now: int = NOW, lifetime: int = 6 * DAY) -> bytes:
        """The risk office's next area table."""
        self.tables += 1
        return self.risk_office.publish(self.tables, now=now, high=[AREA], lifetime=lifetime)

    def poster(
        self, place_class: PlaceClass = PlaceClass.ORDINARY, *, place_id: str | None = None, now: int = NOW
    ) -> str:
        """The text of a poster of a place in `AREA`."""
        return encode_place_text(self.registrar.certify(place_class, AREA, now=now, place_id=place_id))

    def wallet(self, seed: int = 1) -> Wallet:
        """A phone that has the trust list."""
        wallet = Wallet(self.roots, random=randomness(seed))
        wallet.update_trust_list(self.trust_list, now=NOW)
        return wallet

    def scanner(self, name: str = "scanner", audience: str | None = None) -> Verifier:
        """A scanner that has the trust list, in a folder of its own."""
        store = TrustStore.open(self.folder / name, roots=self.roots)
        store.update_trust_list(self.trust_list, now=NOW)
        return Verifier(store, audience=audience)

    def offer(self, people: int = 1, *, documents: bool = False, days: int = 1, showings: int = 8) -> bytes:
        """The northern region's offer of now."""
        binding = Binding.BOTH if documents else Binding.DEVICE
        return self.north.offer(
            self.content, now=NOW, people=people, binding=binding, periods=days, keys_per_period=showings
        )

    def vouch(
        self,
        offer: bytes,
        answer: bytes,
        people: Sequence[Person],
        *,
        recovery_hash: bytes | None = None,
        now: int = NOW,
    ) -> bytes:
        """The northern region's issue request for an answer."""
        return self.north.attest(offer, answer, people, now=now, trust_list=self.content, recovery_hash=recovery_hash)

    def paper(self, person: Person, days: int = 1, *, now: int = NOW) -> list[bytes]:
        """The claims of a person's paper passes, for which the northern region vouches."""
        return parse_batch(
            self.issuer.issue(self.north.attest_paper(self.content, person, now=now, periods=days), now=now)
        )

    def enrol(
        self,
        wallet: Wallet,
        people: Sequence[Person],
        *,
        region: Attester | None = None,
        days: int = 1,
        showings: int = 8,
        now: int = NOW,
        name: str = "me",
    ) -> bytes:
        """A region vouches for people, and the wallet gets their claims. Returns the issue request."""
        region = region or self.north
        binding = Binding.DEVICE if people[0].seeds is None else Binding.BOTH
        offer = region.offer(
            self.content, now=now, binding=binding, people=len(people), periods=days, keys_per_period=showings
        )
        answer = wallet.answer(offer, now=now, name=name)
        request = region.attest(offer, answer, people, now=now, trust_list=self.content)
        assert wallet.accept(self.issuer.issue(request, now=now), now=now) == days * showings
        return request
