"""A whole little country in memory, for the demonstration: roots, two regions, the platform, phones and a scanner."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nacl.utils import random

from healthpass import Color
from healthpass.attester import Attester, DocumentSeeds, Person
from healthpass.authority import (
    HandIn,
    PlaceClass,
    Registrar,
    RiskOffice,
    RootSet,
    TrustList,
    TrustListBuilder,
    combine,
    default_policy,
    draft,
    encode_place_text,
    sign,
)
from healthpass.crypto.sealing import SealingKey
from healthpass.crypto.signer import SoftwareSigner
from healthpass.formats.claim import ANY_BINDING
from healthpass.holder import Wallet
from healthpass.issuer import (
    AttesterRule,
    Binding,
    Issuer,
    PublishedFolder,
    PublishingOptions,
    RecognitionRules,
    RevocationPublisher,
    SealingKeys,
    SQLiteLedger,
    WindowKey,
    WindowKeys,
)
from healthpass.verifier import TrustStore, Verifier

DAY = 86_400
SHOWINGS = 8
"""Claims of a person for a day."""
DAYS = 11
"""For which there are windows: as long as a trust list counts, with its grace time, and a day more."""
NOBODY_TO_WAIT_FOR = PublishingOptions(attestations=1, longest_wait=0, least_slots=0)
"""In a country of three no delta can hide who is in it."""
QUIET_AREA, BUSY_AREA = 110105, 310101


@dataclass(slots=True)
class Country:
    """What the demonstration plays with. `now` is when it begins.

    Attributes:
        registrar: certifies places, stations and regions, and delivers document keys.
        document_keys: by their ids; regions and scanners have them, the platform has not.
        south_signer: the key of the region South, which also answers stations.
        station, market: posters: of a transport hub in an area of medium risk, of a shop in one of low risk.
        snapshot, filters: what was revoked when it begins: nothing.
        scanner: stands at the station.
        store: what that scanner has been told.
        regions_saw: all bytes that have gone through a region's hands.
    """

    now: int
    folder: Path
    roots: RootSet
    trust_list: bytes
    content: TrustList
    area_table: bytes
    registrar: Registrar
    document_keys: dict[bytes, bytes]
    north: Attester
    south: Attester
    south_signer: SoftwareSigner
    issuer: Issuer
    ledger: SQLiteLedger
    publisher: RevocationPublisher
    snapshot: bytes
    filters: dict[str, bytes]
    station: str
    market: str
    scanner: Verifier
    store: TrustStore
    regions_saw: list[bytes] = field(default_factory=list)

    def wallet(self) -> Wallet:
        """A phone that pins the roots and has today's trust list and area table."""
        wallet = Wallet(self.roots)
        wallet.update_trust_list(self.trust_list, now=self.now)
        wallet.update_area_table(self.area_table, now=self.now)
        return wallet

    def seeds(self) -> DocumentSeeds:
        """What a region makes seeds of documents with."""
        return DocumentSeeds(self.content, self.document_keys)

    def scanner_at(self, poster: str, name: str) -> tuple[TrustStore, Verifier]:
        """A scanner of that place, which has the same, the snapshot, and the document keys, sealed to it."""
        own = SealingKey()
        store = TrustStore.open(self.folder / name, roots=self.roots, sealing_key=own)
        store.update_trust_list(self.trust_list, now=self.now)
        store.update_area_table(self.area_table, now=self.now)
        store.update_revocation(self.snapshot, now=self.now, fetch=self.filters.__getitem__)
        delivery = self.registrar.deliver_document_keys(self.document_keys, own.public_key, version=1, now=self.now)
        store.update_document_keys(delivery, now=self.now)
        return store, Verifier(store, place=poster)


def found(now: int, folder: Path) -> Country:
    """Two of three roots sign a trust list; everybody who must believe them pins the three."""
    root_keys = [SoftwareSigner() for _ in range(3)]
    roots = RootSet(2, tuple(key.public_key for key in root_keys))
    start = now - now % 3600 - 8 * 3600  # eight hours ago, so that the window does not end in the middle of the story
    document_keys = {random(4): random(32)}
    (key_id,) = document_keys
    windows = WindowKeys(
        WindowKey.new(at, at + DAY, document_key_id=key_id) for at in range(start, start + DAYS * DAY, DAY)
    )
    registrar, risk_office = Registrar(SoftwareSigner()), RiskOffice(SoftwareSigner())
    sealing = SealingKeys.new("national").renewed(now, DAYS)
    hand_in = HandIn(sealing.name, tuple(key.window for key in windows), sealing.live(now))
    builder = TrustListBuilder(roots).add_hand_in(hand_in).set_policy(default_policy())
    revoker = SoftwareSigner()
    builder.set_revocation_keys({revoker.public_key: tuple(key.window.kid for key in windows)})
    builder.set_registrars([registrar.public_key]).set_risk_offices([risk_office.public_key])
    content = builder.build(now=now)
    payload = draft(content)

    south_signer = SoftwareSigner()
    north, south = Attester(SoftwareSigner()), Attester(south_signer)
    scale = {"绿": Color.GREEN, "黄": Color.YELLOW, "红": Color.RED}
    grades = {"low": Color.GREEN, "raised": Color.YELLOW, "high": Color.YELLOW, "critical": Color.RED}
    rules = [AttesterRule("North", north.public_key, scale, ANY_BINDING)]
    rules.append(AttesterRule("South", south.public_key, grades, ANY_BINDING))

    ledger = SQLiteLedger(folder / "ledger.sqlite")
    published = folder / "published"
    published.mkdir()
    publisher = RevocationPublisher(windows, ledger, revoker, PublishedFolder(published), content, NOBODY_TO_WAIT_FOR)
    snapshot, filters = publisher.snapshot(now)
    country = Country(
        now=now,
        folder=folder,
        roots=roots,
        trust_list=combine(payload, [sign(payload, key) for key in root_keys[:2]], roots),
        content=content,
        area_table=risk_office.publish(1, now=now, medium=[BUSY_AREA]),
        registrar=registrar,
        document_keys=document_keys,
        north=north,
        south=south,
        south_signer=south_signer,
        issuer=Issuer(windows, RecognitionRules(rules), ledger, sealing, content),
        ledger=ledger,
        publisher=publisher,
        snapshot=snapshot,
        filters=filters,
        station=encode_place_text(registrar.certify(PlaceClass.TRANSPORT_HUB, BUSY_AREA, now=now)),
        market=encode_place_text(registrar.certify(PlaceClass.ORDINARY, QUIET_AREA, now=now)),
        scanner=Verifier(TrustStore(roots)),
        store=TrustStore(roots),
    )
    country.store, country.scanner = country.scanner_at(country.station, "scanner")
    return country


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an enrolment has come to.

    Attributes:
        request: bytes of the issue request.
        batch: bytes of the sealed batch.
        claims: how many are in it.
    """

    request: int
    batch: int
    claims: int


def enrol(country: Country, wallet: Wallet, region: Attester, *people: Person) -> Enrolled:
    """Region offers, wallet answers, region attests, platform issues, wallet checks; today's passes and tomorrow's."""
    binding = Binding.DEVICE if people[0].seeds is None else Binding.BOTH
    now, trust_list = country.now, country.content
    offer = region.offer(trust_list, now=now, binding=binding, people=len(people), periods=2, keys_per_period=SHOWINGS)
    answer = wallet.answer(offer, now=now)
    request = region.attest(offer, answer, people, now=now, trust_list=trust_list)
    batch = country.issuer.issue(request, now=now)
    country.regions_saw += [offer, answer, request, batch]
    return Enrolled(len(request), len(batch), wallet.accept(batch, now=now) * len(people))
