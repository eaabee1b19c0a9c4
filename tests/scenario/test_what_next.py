"""Somebody stands there with something that is no longer good. Each error says what to do next; here it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, Decision
from healthpass.crypto.recovery import SALT_SIZE, new_recovery_code, recovery_hash
from healthpass.errors import AttestationRefused, StationRefused, WalletError
from healthpass.issuer import Issuer, Revocation
from healthpass.issuer.sealing_keys import LATE, LIFE
from healthpass.verifier import TrustStore, Verifier
from tests.making import PLATFORM, signer
from tests.raising import raises
from tests.scenario.country import DAY, NOW, Country, person
from tests.scenario.revoking import Revoking, assert_revoked, color
from tests.scenario.test_green_channel_query import NEIGHBOUR, TRAVELLER, Authority, World, card

SPENT = "there is nothing here that this could revoke: mistyped, over, or taken back already"
ERASED = (
    "sealed to a key that the platform does not have, or no longer: the region makes a new offer, and hands the wallet"
    " the newest trust list with it"
)
KEY_OVER = "the wallet has sealed to a key that is over or not listed: send it a new offer with the newest trust list"
NO_PASS = "the wallet has no currently valid pass under this name; ask the region for an offer"
KEY_LOST = "the query is sealed to a key that is over or lost: the station fetches the newest, and asks again"


@pytest.fixture
def country(tmp_path: Path) -> Revoking:
    return Revoking(tmp_path)


def test_a_slip_whose_code_is_spent(country: Revoking) -> None:
    """A relative has used the code on the slip. The person's wallet makes the next one, the region another offer."""
    wallet = country.wallet()
    country.enrol(wallet, [person("绿")])
    waiting = country.offer()
    request = country.vouch(waiting, wallet.answer(waiting, now=NOW), [person("绿")])
    slip = wallet.recovery_code()
    assert country.publisher.revoke_by_code(slip, now=NOW) == Revocation("revoked", 8)
    assert country.publisher.revoke_by_code(slip, now=NOW) == Revocation("revoked", 8), "twice is as good as once"
    store, verifier = country.gate()
    country.take_snapshot(store)
    assert_revoked(verifier, wallet)
    new_slip = wallet.recovery_used()  # 1: the wallet makes another code, and drops what the old one was for
    assert new_slip != slip
    with raises(
        WalletError, "no-claims", "the wallet has no currently valid pass under this name; ask the region for an offer"
    ):
        wallet.present(now=NOW)
    late = country.issuer.issue(request, now=NOW)  # what was on its way with the old code
    with raises(
        WalletError,
        "not-for-us",
        "the batch is not for this wallet, or for an offer that it has no more: ask the region for another",
    ):
        wallet.accept(late, now=NOW)
    country.enrol(wallet, [person("绿")])  # 2: the region makes another offer
    assert color(verifier, wallet) is Color.GREEN
    # 3: the old slip takes back what was on its way, and nothing that came after
    assert country.publisher.revoke_by_code(slip, now=NOW) == Revocation("revoked", 16)
    store, verifier = country.gate("another", NOW + 60)
    country.take_snapshot(store, NOW + 60)
    assert color(verifier, wallet, NOW + 60) is Color.GREEN
    assert country.publisher.revoke_by_code(new_slip, now=NOW + 60) == Revocation("revoked", 8)


def test_a_slip_of_passes_that_are_over(country: Revoking) -> None:
    """On paper, so the region gave the code. When the windows are gone, the code finds nothing, and says so."""
    code = new_recovery_code()
    hashed = recovery_hash(code, bytes(SALT_SIZE))
    request = country.north.attest_paper(country.content, person("绿", TRAVELLER), now=NOW, recovery_hash=hashed)
    country.issuer.issue(request, now=NOW)
    over = country.next_list(now=NOW + 2 * DAY)
    assert over
    finished = country.windows.finished(country.content)
    for kid in finished:
        country.ledger.drop(kid)
    with raises(AttestationRefused, "unknown-attestation", SPENT):
        country.publisher.revoke_by_code(code, now=NOW + 2 * DAY)
    # The region prints another card, with a code of its own.
    another = new_recovery_code()
    hashed = recovery_hash(another, bytes(SALT_SIZE))
    later = NOW + 2 * DAY
    again = country.north.attest_paper(country.content, person("绿", TRAVELLER), now=later, recovery_hash=hashed)
    country.issuer.issue(again, now=later)
    assert country.publisher.revoke_by_code(another, now=later) == Revocation("revoked", 1)


@pytest.mark.parametrize("erased", ["given up", "over"])
def test_a_wallet_whose_platform_has_erased_the_key(tmp_path: Path, erased: str) -> None:
    """The region has approved in time, and its request was held up: until the key was stolen and given up, or for four
    days. It makes a new offer, with the newest list."""
    country = Country(tmp_path)
    wallet = country.wallet()
    offer = country.offer()
    answer = wallet.answer(offer, now=NOW)
    sealing, state = country.issuer.state.sealing, country.issuer.state
    begun = max((each for each in sealing.entries if each.valid_from <= NOW), key=lambda each: each.valid_from)
    approved, later, code, said = NOW, NOW, "unknown-sealing-key", ERASED
    if erased == "given up":
        sealing = sealing.dropping([begun.key]).renewed(NOW, 7)
    else:
        approved, later, code = begun.expires - 60, begun.valid_from + LIFE + LATE, "window-over"
        said = "a window that the attestation asks for is over: make a new offer"
    request = country.vouch(offer, answer, [person("绿")], now=approved)
    country.issuer = Issuer(country.windows, state.rules, country.ledger, sealing, None)
    country.next_list(
        now=later, change=lambda builder: builder.set_sealing_keys(sealing.live(later), platform=PLATFORM)
    )
    before = issued(country)
    with raises(AttestationRefused, code, said):
        country.issuer.issue(request, now=later)
    with raises(AttestationRefused, "sealing-key-over", KEY_OVER):  # the region, should it approve now
        country.vouch(offer, answer, [person("绿")], now=later)
    assert issued(country) == before
    assert wallet.answer(offer, now=NOW) == answer, "the same offer again is no help: it has its answer"
    wallet.update_trust_list(country.trust_list, now=later)  # which the region hands over with the new offer
    country.enrol(wallet, [person("绿")], now=later)
    assert issued(country) == before + 8
    store = TrustStore(country.roots)
    store.update_trust_list(country.trust_list, now=later)
    outcome = Verifier(store).decide(wallet.present(now=later).text, now=later)
    assert outcome.decision is Decision.ADMIT


def issued(country: Country) -> int:
    return sum(country.ledger.issued(key.window.kid) for key in country.windows)


def test_a_clerk_whose_query_is_under_way_when_both_keys_change(tmp_path: Path) -> None:
    """Half a minute before the region's next day its desk starts again: the key of today and that of tomorrow are gone,
    and the clerk has fetched both."""
    world = World(tmp_path)
    people = {TRAVELLER: "绿", NEIGHBOUR: "红"}
    north = Authority(world.country, signer(111), "North again", people, begins=8 * 3600 + 30)
    north.desk.stations = world.north.desk.stations

    def ask(sealing_key: bytes, now: int = NOW) -> object:
        return world.desk.ask(card(), north.certificate, sealing_key, consent=True, now=now)

    fetched = north.daily.rotate(now=NOW)
    questions = [world.desk.ask(card(), north.certificate, key, consent=True, now=NOW) for key in fetched]
    north.daily.erase()
    newest = north.daily.rotate(now=NOW)
    assert len({*fetched, *newest}) == 4
    for question in questions:  # the region is told, and nobody else: the clerk waits for nothing
        with raises(StationRefused, "unknown-sealing-key", KEY_LOST):
            north.desk.answer(question.envelope, now=NOW)
    assert north.log.entries == [], "nobody was looked up"
    another = world.desk.ask(
        card(), north.certificate, newest[0], consent=True, now=NOW
    )  # fetches the newest, asks again
    answer = north.desk.answer(another.envelope, now=NOW)
    for question in questions:
        with raises(
            StationRefused,
            "not-for-us",
            "the answer is for another question, or changed on the way: wait for the right one, or ask again",
        ):
            question.answer(answer, now=NOW)
        question.close()
        with raises(StationRefused, "question-closed", "the question has been answered or given up: ask again"):
            question.answer(answer, now=NOW)
    text = another.answer(answer, now=NOW)
    assert text is not None
    with card() as shown:
        assert world.scanner.verify(text, now=NOW, documents=[shown]).colors == (Color.GREEN,)
    assert [kind for _, _, kind, _ in north.log.entries] == ["pass"]
    # And who still has the old file in the next day is told before anything is sealed to it.
    with raises(
        StationRefused, "sealing-key-expired", "the sealing key has expired: fetch the region's of today, and ask again"
    ):
        ask(fetched[0], NOW + 30)
    assert ask(newest[1], NOW + 30)
