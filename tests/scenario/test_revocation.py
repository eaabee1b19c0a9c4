"""A country that revokes: by a region, by a recovery code; scanners that hear of it; and nobody else is turned away."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.crypto.recovery import new_recovery_code, recovery_hash
from healthpass.errors import AttestationRefused
from healthpass.issuer import PublishingOptions, Revocation
from healthpass.verifier import TrustStore, Verifier
from tests.raising import raises
from tests.scenario.country import DAY, NOW, person
from tests.scenario.revoking import HOUR, Revoking, assert_revoked, color, lose, reference, shown


@pytest.fixture
def country(tmp_path: Path) -> Revoking:
    return Revoking(tmp_path)


def test_by_the_region_that_vouched(country: Revoking) -> None:
    mine, other = country.wallet(1), country.wallet(2)
    attestation = country.enrol(mine, [person("绿")], days=2)
    country.enrol(other, [person("low")], region=country.south)
    _, verifier = country.gate()
    assert color(verifier, mine) is Color.GREEN
    back = country.south.revoke(reference(attestation), now=NOW)
    assert country.publisher.revoke(back, country.issuer.state, now=NOW) == Revocation("kept", 0), "nothing of its own"
    back = country.north.revoke(reference(attestation), now=NOW)
    assert country.publisher.revoke(back, country.issuer.state, now=NOW) == Revocation("revoked", 16)
    assert color(verifier, mine) is Color.GREEN, "the scanner has not heard of it"
    store, verifier = country.gate("another")
    country.take_snapshot(store)
    assert_revoked(verifier, mine)
    assert_revoked(verifier, mine, NOW + DAY - HOUR)
    assert color(verifier, other) is Color.GREEN


def test_by_the_code_of_a_lost_phone(country: Revoking) -> None:
    mine, other = country.wallet(1), country.wallet(2)
    for wallet in (mine, other):
        country.enrol(wallet, [person("绿")])
    code = mine.recovery_code().lower().replace("-", " ")
    assert country.publisher.revoke_by_code(code, now=NOW) == Revocation("revoked", 8)
    stranger = country.wallet(3)
    stranger.answer(country.north.offer(country.content, now=NOW), now=NOW)
    with raises(
        AttestationRefused,
        "unknown-attestation",
        "there is nothing here that this could revoke: mistyped, over, or taken back already",
    ):
        country.publisher.revoke_by_code(stranger.recovery_code(), now=NOW)
    store, verifier = country.gate()
    country.take_snapshot(store)
    assert_revoked(verifier, mine)
    assert color(verifier, other) is Color.GREEN


def test_one_code_takes_back_all_enrolments_of_a_name(country: Revoking) -> None:
    """Of yesterday and today, by two regions; the region's own code, made at its desk, counts beside it."""
    mine, other = country.wallet(1), country.wallet(2)
    for region, word in ((country.north, "绿"), (country.south, "low"), (country.north, "黄")):
        country.enrol(mine, [person(word)], region=region)
    country.enrol(other, [person("绿")])
    code = mine.recovery_code()
    assert country.publisher.revoke_by_code(code, now=NOW) == Revocation("revoked", 24)
    assert country.publisher.revoke_by_code(code, now=NOW) == Revocation("revoked", 24)
    desk = new_recovery_code()
    theirs = country.wallet(3)
    for salt in (b"\x00\x00", b"\xff\xff"):
        offer = country.north.offer(country.content, now=NOW, keys_per_period=8)
        answer, made = theirs.answer(offer, now=NOW), recovery_hash(desk, salt)
        vouched = country.north.attest(
            offer, answer, [person("绿")], now=NOW, trust_list=country.content, recovery_hash=made
        )
        theirs.accept(country.issuer.issue(vouched, now=NOW), now=NOW)
    assert country.publisher.revoke_by_code(desk, now=NOW) == Revocation("revoked", 16)
    assert country.publisher.revoke_by_code(theirs.recovery_code(), now=NOW) == Revocation("revoked", 16)
    store, verifier = country.gate()
    country.take_snapshot(store)
    assert_revoked(verifier, mine)
    assert_revoked(verifier, theirs)
    assert color(verifier, other) is Color.GREEN


def test_a_snapshot_and_then_deltas(country: Revoking) -> None:
    mine, late, other = (country.wallet(n) for n in (1, 2, 3))
    for wallet in (mine, late, other):
        country.enrol(wallet, [person("绿")], showings=8)
    store, verifier = country.gate()
    country.publisher.revoke_by_code(mine.recovery_code(), now=NOW)
    assert country.publisher.delta(NOW) is None, "alone it would be seen"
    lose(country, 7)
    assert country.publisher.delta(NOW) is None, "who wishes it hides nobody"
    lose(country, 1)
    first = country.delta(NOW)
    store.update_revocation(first, now=NOW)
    assert_revoked(verifier, mine)
    assert color(verifier, late) is Color.GREEN
    country.publisher.revoke_by_code(late.recovery_code(), now=NOW)
    soon = NOW + PublishingOptions().longest_wait
    assert country.publisher.delta(soon - 1) is None
    second = country.delta(soon)
    away, slow = country.gate("away", now=NOW)
    away.update_revocation(second, now=soon)  # without the first
    store.update_revocation(second, now=soon)
    for each in (verifier, slow):
        assert_revoked(each, mine, soon)
        assert_revoked(each, late, soon)
        assert color(each, other, soon) is Color.GREEN
    with pytest.raises(ValueError, match="newer"):
        store.update_revocation(first, now=soon)
    country.take_snapshot(store, soon)
    opened = TrustStore.open(country.folder / "scanner", roots=country.roots)
    for each in (verifier, Verifier(opened)):
        assert_revoked(each, mine, soon)
        assert_revoked(each, late, soon)


def test_a_scanner_that_is_not_told_goes_stale(country: Revoking) -> None:
    mine = country.wallet()
    country.enrol(mine, [person("绿")], days=6)
    store, verifier = country.gate()
    assert verifier.verify(shown(mine), now=NOW).stale == 0
    store.update_revocation(country.delta(NOW + 20 * HOUR), now=NOW + 20 * HOUR)
    assert verifier.verify(shown(mine, NOW + 43 * HOUR), now=NOW + 43 * HOUR).stale == 0, "nothing new, and fresh"
    assert verifier.verify(shown(mine, NOW + 50 * HOUR), now=NOW + 50 * HOUR).stale > 0
    with pytest.raises(Refused) as caught:
        verifier.verify(shown(mine, NOW + 120 * HOUR), now=NOW + 120 * HOUR)
    assert caught.value.code is RefusalCode.REVOCATION_DATA_STALE


def test_nobody_is_refused_by_chance(country: Revoking) -> None:
    """Claims from before, between and after the publications, padding and all."""
    store, verifier = country.gate()
    people = [country.wallet(n) for n in range(1, 31)]
    for wallet in people[:15]:
        country.enrol(wallet, [person("绿")], showings=8)
    lose(country, 8)
    store.update_revocation(country.delta(NOW), now=NOW)
    for wallet in people[15:]:
        country.enrol(wallet, [person("绿")], showings=8)
    country.take_snapshot(store)
    for wallet in people:
        for _ in range(8):
            assert color(verifier, wallet) is Color.GREEN


def test_another_colour(country: Revoking) -> None:
    old, new = country.wallet(1), country.wallet(2)
    attestation = country.enrol(old, [person("绿")])
    offer = country.north.offer(country.content, now=NOW, keys_per_period=8)
    answer = new.answer(offer, now=NOW)
    vouched = country.north.attest(offer, answer, [person("黄")], now=NOW, trust_list=country.content)
    notice = country.north.revoke(reference(attestation), now=NOW)
    new.accept(country.issuer.replace(notice, vouched, now=NOW), now=NOW)
    store, verifier = country.gate()
    country.take_snapshot(store)
    assert_revoked(verifier, old)
    assert color(verifier, new) is Color.YELLOW
