"""Revocation under windows that come, go and fill up, and numbers that nobody ever gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.errors import RevocationRefused
from healthpass.formats.claim import Claim, parse_claim
from healthpass.issuer import WindowKey, WindowKeys
from healthpass.verifier import TrustStore
from tests.scenario.country import DAY, NOW, person
from tests.scenario.revoking import HOUR, REVOKER, Revoking, assert_revoked, color, lose, reference


@pytest.fixture
def country(tmp_path: Path) -> Revoking:
    return Revoking(tmp_path)


def test_a_future_window(country: Revoking) -> None:
    """Revoked today for the days to come; issued after the snapshot and good tomorrow without another one."""
    mine, other = country.wallet(1), country.wallet(2)
    country.enrol(mine, [person("绿")], days=6)
    country.publisher.revoke_by_code(mine.recovery_code(), now=NOW)
    store, verifier = country.gate()
    country.take_snapshot(store)
    country.enrol(other, [person("绿")], days=6)
    tomorrow = NOW + DAY
    assert_revoked(verifier, mine, tomorrow - 1)
    assert color(verifier, other, tomorrow - 1) is Color.GREEN


def test_a_new_window_waits_for_the_next_snapshot(country: Revoking) -> None:
    """A delta adds to a snapshot, and says nothing of windows that came later: scanners would have to refuse it."""
    store, _ = country.gate()
    fresh = WindowKey.new(NOW - HOUR + 6 * DAY, NOW - HOUR + 7 * DAY, document_key_id=b"doc0")
    country.windows = country.issuer.windows = country.publisher.windows = WindowKeys([*country.windows, fresh])
    kids = tuple(key.window.kid for key in country.windows)
    listed = country.next_list(
        change=lambda builder: builder.add_windows([fresh.window]).set_revocation_keys({REVOKER.public_key: kids})
    )
    mine = country.wallet()
    offer = country.offer(days=7)
    request = country.vouch(offer, mine.answer(offer, now=NOW), [person("绿")])
    last = parse_claim(list(country.issuer.prepare(request, now=NOW))[-1])
    assert last.kid == fresh.window.kid
    store.update_trust_list(listed, now=NOW)
    country.publisher.revoke(country.north.revoke(reference(request), now=NOW), country.issuer.state, now=NOW)
    lose(country, 7)
    store.update_revocation(country.delta(NOW), now=NOW)
    assert revocation_of(store, last) is RefusalCode.REVOCATION_DATA_STALE
    country.take_snapshot(store)
    assert revocation_of(store, last) is RefusalCode.REVOKED


def revocation_of(store: TrustStore, claim: Claim) -> RefusalCode:
    """What a scanner's revocation data say of a claim, whether its window has begun or not."""
    trust_list, revocation = store.trust_list, store.state().revocation
    assert trust_list is not None
    assert revocation is not None
    with pytest.raises(Refused) as caught:
        revocation.check(claim.kid, [claim.slot], trust_list, NOW)
    return caught.value.code


def test_padding_and_claims_never_meet(country: Revoking) -> None:
    """Slots in a delta that are nobody's stay nobody's, however many claims come after."""
    store, _ = country.gate()
    lose(country, 8)
    store.update_revocation(country.delta(NOW), now=NOW)
    claims = [claim for n in range(200, 205) for claim in country.issuer.prepare(_big_request(country, n), now=NOW)]
    filters = country.publisher.snapshot(NOW)
    store.update_revocation(filters[0], now=NOW, fetch=filters[1].__getitem__)
    trust_list, revocation = store.trust_list, store.state().revocation
    assert trust_list is not None
    assert revocation is not None
    for claim in map(parse_claim, claims):
        revocation.check(claim.kid, [claim.slot], trust_list, NOW)  # raises, if it were revoked


def _big_request(country: Revoking, seed: int) -> bytes:
    offer = country.north.offer(country.content, now=NOW, keys_per_period=100)
    answer = country.wallet(seed).answer(offer, now=NOW)
    return country.north.attest(offer, answer, [person("绿")], now=NOW, trust_list=country.content)


def test_a_delta_for_another_snapshot(country: Revoking) -> None:
    store, _ = country.gate()
    country.publisher.snapshot(NOW)
    with pytest.raises(RevocationRefused) as caught:
        store.update_revocation(country.delta(NOW), now=NOW)
    assert caught.value.code == "other-snapshot"


def test_the_day_changes_between_two_deltas(country: Revoking) -> None:
    """The second one still has the slots of the window that is over: scanners refuse a delta that forgets."""
    store, verifier = country.gate()
    lose(country, 8)
    store.update_revocation(country.delta(NOW), now=NOW)
    mine, evening = country.wallet(1), NOW + 23 * HOUR + HOUR // 2
    country.enrol(mine, [person("绿")], days=2)
    country.publisher.revoke_by_code(mine.recovery_code(), now=NOW)
    store.update_revocation(country.delta(evening), now=evening)
    assert_revoked(verifier, mine, evening)
