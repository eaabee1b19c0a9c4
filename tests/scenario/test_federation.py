"""A start without a platform: two regions are issuers, each with windows of its own, in one trust list."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode
from healthpass.attester import Attester
from healthpass.authority import RootSet, TrustListBuilder, combine, draft, sign
from healthpass.errors import AttestationRefused, TrustListRefused
from healthpass.formats.claim import ANY_BINDING
from healthpass.formats.hand_in import HandIn
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text
from healthpass.formats.trust_list import TrustList
from healthpass.holder import Wallet
from healthpass.issuer import AttesterRule, Issuer, RecognitionRules, SealingKeys, SQLiteLedger, WindowKey, WindowKeys
from healthpass.verifier import TrustStore, Verifier
from tests.making import assert_refused, make_claim, show, signer
from tests.scenario.country import DAY, NORTH_SCALE, NOW, SOUTH_SCALE, person
from tests.wallets import randomness

KINDS = ANY_BINDING


class Region:
    """An authority that vouches and issues: attester, rules with itself alone, windows and a ledger of its own."""

    def __init__(self, name: str, number: int, scale: dict[str, Color], folder: Path, days: int = 11) -> None:
        self.attester = Attester(signer(number))
        rule = AttesterRule(name, self.attester.public_key, scale, KINDS)
        self.windows = WindowKeys(
            WindowKey.new(NOW - 3600 + n * DAY, NOW - 3600 + (n + 1) * DAY, document_key_id=name.encode()[:4])
            for n in range(days)
        )
        self.ledger = SQLiteLedger(folder / f"{name}.sqlite")
        self.name = name
        self.sealing = SealingKeys.new(name).renewed(NOW, 12)
        self.issuer = Issuer(self.windows, RecognitionRules([rule]), self.ledger, self.sealing, None)

    @property
    def kids(self) -> set[bytes]:
        return {key.window.kid for key in self.windows}

    def hand_in(self) -> HandIn:
        """What the roots get of it."""
        return HandIn(self.name, tuple(key.window for key in self.windows), self.sealing.entries)

    def enrol(self, wallet: Wallet, word: str, trust_list: TrustList, name: str = "me") -> bytes:
        """A batch for today. Returns the issue request."""
        offer = self.attester.offer(trust_list, now=NOW, platform=self.name)
        answer = wallet.answer(offer, now=NOW, name=name)
        self.issuer.trust_list = trust_list
        request = self.attester.attest(offer, answer, [person(word)], now=NOW, trust_list=trust_list)
        wallet.accept(self.issuer.issue(request, now=NOW), now=NOW)
        return request


class Federation:
    """Two regions under the same three roots, of which two sign."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root_signers = [signer(n) for n in (101, 102, 103)]
        self.roots = RootSet(2, tuple(root.public_key for root in self.root_signers))
        self.north = Region("North", 131, NORTH_SCALE, folder)
        self.south = Region("South", 132, SOUTH_SCALE, folder)
        self.builder = TrustListBuilder(self.roots)
        for region in (self.north, self.south):
            self.builder.add_hand_in(region.hand_in())
        self.content = self.builder.build(now=NOW)
        self.trust_list = self.publish(self.builder)

    def publish(self, builder: TrustListBuilder, now: int = NOW) -> bytes:
        payload = draft(builder.build(now=now))
        return combine(payload, [sign(payload, root) for root in self.root_signers[:2]], self.roots)

    def without(self, region: Region) -> bytes:
        """The next list, which has none of a region's windows."""
        builder = TrustListBuilder(self.roots, self.content)
        for kid in region.kids:
            builder.remove_window(kid)
        builder.set_sealing_keys([], platform=region.name)
        return self.publish(builder, NOW + 60)

    def wallet(self, seed: int) -> Wallet:
        wallet = Wallet(self.roots, random=randomness(seed))
        wallet.update_trust_list(self.trust_list, now=NOW)
        return wallet

    def store(self) -> TrustStore:
        store = TrustStore.open(self.folder / "scanner", roots=self.roots)
        store.update_trust_list(self.trust_list, now=NOW)
        return store


@pytest.fixture
def federation(tmp_path: Path) -> Federation:
    return Federation(tmp_path)


def kid_of(text: str) -> bytes:
    return parse_presentation(decode_text(text)).claims[0].kid


def test_one_scanner_takes_both(federation: Federation) -> None:
    scanner = Verifier(federation.store())
    for seed, region, word, color in (
        (1, federation.north, "黄", Color.YELLOW),
        (2, federation.south, "critical", Color.RED),
    ):
        wallet = federation.wallet(seed)
        region.enrol(wallet, word, federation.content)
        assert scanner.verify(wallet.present(now=NOW).text, now=NOW).colors == (color,)


def test_the_kid_tells_the_region(federation: Federation) -> None:
    """What this start costs, as the documentation says. The verdict does not tell: the bytes of the showing do."""
    assert not federation.north.kids & federation.south.kids
    scanner = Verifier(federation.store())
    verdicts = []
    for seed, region, word in ((1, federation.north, "绿"), (2, federation.south, "low")):
        wallet = federation.wallet(seed)
        region.enrol(wallet, word, federation.content)
        text = wallet.present(now=NOW).text
        assert kid_of(text) in region.kids
        verdicts.append(scanner.verify(text, now=NOW))
    assert verdicts[0] == verdicts[1]


def test_one_region_goes_the_other_stays(federation: Federation) -> None:
    store = federation.store()
    scanner, wallet = Verifier(store), federation.wallet(1)
    other = federation.wallet(2)
    federation.north.enrol(wallet, "绿", federation.content)
    federation.south.enrol(other, "low", federation.content)
    scanner.verify(wallet.present(now=NOW).text, now=NOW)
    store.update_trust_list(federation.without(federation.north), now=NOW + 60)
    gone = wallet.present(now=NOW + 60).text
    assert_refused(scanner, gone, RefusalCode.UNKNOWN_ISSUER_KEY, now=NOW + 60)
    assert scanner.verify(other.present(now=NOW + 60).text, now=NOW + 60).colors == (Color.GREEN,)
    assert Verifier(TrustStore.open(federation.folder / "scanner", roots=federation.roots)).verify(
        other.present(now=NOW + 60).text, now=NOW + 60
    ).colors == (Color.GREEN,)


def test_one_region_cannot_sign_for_the_other(federation: Federation) -> None:
    ours, theirs = (next(iter(region.windows)) for region in (federation.north, federation.south))
    scanner = Verifier(federation.store())
    forged = make_claim(window=theirs.window, issuer=ours.signer)
    assert_refused(scanner, show(forged), RefusalCode.BAD_CLAIM_SIGNATURE)


def test_one_region_does_not_recognise_the_other(federation: Federation) -> None:
    """Carried from one to the other it is refused for its name; and what the north vouches for in the south's name, for
    its key."""
    request = federation.north.enrol(federation.wallet(1), "绿", federation.content)
    attester, wallet = federation.north.attester, federation.wallet(2)
    offer = attester.offer(federation.content, now=NOW, platform="South")
    answer = wallet.answer(offer, now=NOW)
    renamed = attester.attest(offer, answer, [person("绿")], now=NOW, trust_list=federation.content)
    for carried, code in ((request, "other-platform"), (renamed, "unknown-attester")):
        with pytest.raises(AttestationRefused) as caught:
            federation.south.issuer.issue(carried, now=NOW)
        assert caught.value.code == code
    assert all(federation.south.ledger.issued(kid) == 0 for kid in federation.south.kids)


def test_one_slot_in_both_regions_is_two_passes(federation: Federation) -> None:
    """What is shown in one region does not make a replay of somebody in the other."""
    scanner = Verifier(federation.store())
    for number, region in enumerate((federation.north, federation.south)):
        key, holder = next(iter(region.windows)), signer(900 + number)
        claim = make_claim(slot=5, window=key.window, issuer=key.signer, holder=holder)
        assert scanner.verify(show(claim, holder=holder), now=NOW).colors == (Color.GREEN,)


def test_a_phone_can_have_passes_of_both(federation: Federation) -> None:
    wallet, scanner = federation.wallet(1), Verifier(federation.store())
    for region, word in ((federation.north, "绿"), (federation.south, "low")):
        region.enrol(wallet, word, federation.content, name=f"in words like {word}")
        text = wallet.present(now=NOW, name=f"in words like {word}").text
        assert kid_of(text) in region.kids
        assert scanner.verify(text, now=NOW).colors == (Color.GREEN,)


def test_the_ceremony_watches_over_all_windows_together(federation: Federation) -> None:
    """A region that has windows for one day only is noticed, though the others have enough."""
    short = Region("West", 133, NORTH_SCALE, federation.folder, days=1)
    for begun in (TrustListBuilder(federation.roots, federation.content), TrustListBuilder(federation.roots)):
        begun.add_hand_in(short.hand_in())
        with pytest.raises(TrustListRefused) as caught:
            draft(begun.build(now=NOW))
        assert caught.value.code == "windows-too-short"
