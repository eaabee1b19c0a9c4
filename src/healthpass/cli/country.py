"""A whole little country in memory, for the demonstration: roots, a region, the platform, a phone and a scanner."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from healthpass import Color
from healthpass.attester import Attester, Person
from healthpass.authority import RootSet, TrustListBuilder, combine, draft, sign
from healthpass.crypto.signer import SoftwareSigner
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import DEVICE
from healthpass.formats.enrolment import encode_offer
from healthpass.holder import Wallet
from healthpass.issuer import AttesterRule, Issuer, RecognitionRules, SQLiteLedger, WindowKey, WindowKeys
from healthpass.verifier import TrustStore, Verifier

DAY = 86_400
SHOWINGS = 24


@dataclass(slots=True)
class Country:
    """What the demonstration plays with. `now` is when it begins."""

    now: int
    trust_list: bytes
    region: Attester
    issuer: Issuer
    wallet: Wallet
    store: TrustStore
    scanner: Verifier


def found(now: int, folder: Path) -> Country:
    """Two of three roots sign a trust list; everybody who must believe them pins the three."""
    root_keys = [SoftwareSigner() for _ in range(3)]
    roots = RootSet(2, tuple(key.public_key for key in root_keys))
    start = now - now % 3600 - 8 * 3600  # eight hours ago, so that the window does not end in the middle of the story
    windows = WindowKeys(WindowKey.new(at, at + DAY, bindings=DEVICE) for at in range(start, start + 5 * DAY + 1, DAY))
    content = TrustListBuilder(roots).add_windows(key.window for key in windows).build(now=now)
    payload = draft(content)
    trust_list = combine(payload, [sign(payload, key) for key in root_keys[:2]], roots)

    region = Attester(SoftwareSigner())
    rule = AttesterRule(
        region="North",
        key=region.public_key,
        scale={"绿": Color.GREEN, "黄": Color.YELLOW, "红": Color.RED},
        bindings=DEVICE,
    )
    issuer = Issuer(windows, RecognitionRules([rule]), SQLiteLedger(folder / "ledger.sqlite"))

    wallet = Wallet(roots)
    wallet.update_trust_list(trust_list, now=now)
    store = TrustStore.open(folder / "scanner", roots=roots)
    store.update_trust_list(trust_list, now=now)
    return Country(now, trust_list, region, issuer, wallet, store, Verifier(store))


def enrol(country: Country, color: str) -> tuple[int, int, int]:
    """Region offers, wallet answers, region attests, platform issues, wallet checks.

    Returns:
        The bytes of the attestation, the number of claims, and the bytes of the batch.
    """
    windows = country.issuer.offered(now=country.now, keys_per_window=SHOWINGS)[:2]
    offer = country.region.offer(windows, SHOWINGS)
    answer = country.wallet.answer(encode_offer(offer))
    attestation = country.region.attest(offer, answer, [Person(color)], now=country.now)
    claims = country.issuer.issue(attestation, now=country.now)
    batch = encode_batch(claims)
    country.wallet.accept(batch, now=country.now)
    return len(attestation), len(claims), len(batch)
