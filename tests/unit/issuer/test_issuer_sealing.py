"""Sealing keys as days change, and the kid that chance decides for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from healthpass.crypto.commitment import drawn_kid
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import AttestationRefused
from healthpass.formats.attestation import (
    encode_issue_request,
    parse_issue_request,
)
from healthpass.formats.claim import Binding, parse_claim
from healthpass.issuer import SealingKeys, SQLiteLedger, WindowKeys
from tests.issuing import (
    BOTH_DAYS,
    WALLET,
    assert_refused,
    attest,
    attestation_of,
    blinder_for,
    device_passes,
    issued,
    make_issuer,
    make_sealing,
    opening_of,
    paper_passes,
    window_key,
)
from tests.making import DAY, NOW, SEALING, TOMORROW
from tests.raising import raises

UNKNOWN_KEY = (
    "sealed to a key that the platform does not have, or no longer: the region makes a new offer, and hands the"
    " wallet the newest trust list with it"
)
HONEST = attest(device_passes(4, BOTH_DAYS))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(tmp_path / "ledger")
    yield opened
    opened.close()


# ---- Sealing keys at the change of days ---------------------------------------------------------------------------


def test_sealed_before_midnight_and_approved_in_the_morning(ledger: SQLiteLedger) -> None:
    """The platform has renewed its keys, by hand and in its folder; what is sealed to yesterday's is opened."""
    midnight = NOW - NOW % DAY + DAY
    keys = SealingKeys("country").renewed(midnight - DAY, 1)
    late = midnight - 300
    (entry,) = keys.live(late)
    asked = attest(device_passes(8, [TOMORROW]), issued=midnight + 8 * 3600)
    request, opening = parse_issue_request(asked), opening_of(asked)
    assert opening is not None
    sealed = replace(request, sealing_key=entry.key, sealed_opening=seal_padded(entry.key, opening))
    issuer = make_issuer(ledger)
    issuer.sealing = keys.renewed(midnight + 60, 2).erased(midnight + 60)
    newest = max(issuer.sealing.live(midnight + 8 * 3600), key=lambda each: each.valid_from)
    assert newest.key != entry.key
    assert len(issued(issuer, encode_issue_request(sealed), midnight + 8 * 3600)) == 8


@pytest.mark.parametrize("after", [0, 3599])
def test_sealed_to_a_key_that_is_just_over(after: int, ledger: SQLiteLedger) -> None:
    request = attest(device_passes(windows=[window_key(300, NOW, NOW + 9 * DAY).window]), issued=SEALING.expires)
    issuer = make_issuer(ledger, [window_key(300, NOW, NOW + 9 * DAY)])
    assert len(issued(issuer, request, SEALING.expires + after)) == 3


def test_sealed_to_a_key_that_is_over(ledger: SQLiteLedger) -> None:
    """Also what was answered before: the private half is gone, whatever the clock says later."""
    issuer = make_issuer(ledger, [window_key(300, NOW, NOW + 9 * DAY)])
    window = window_key(300, NOW, NOW + 9 * DAY).window
    before = attest(device_passes(windows=[window]))
    assert len(issued(issuer, before)) == 3
    late = attest(device_passes(windows=[window], first_key=50), reference=2, issued=SEALING.expires)
    for request, now in ((late, SEALING.expires + 3600), (before, SEALING.expires + 3600), (before, NOW)):
        with raises(AttestationRefused, "unknown-sealing-key", UNKNOWN_KEY):
            issuer.prepare(request, now=now)
        assert_refused(issuer, ledger, request, "unknown-sealing-key", now)


def test_sealed_to_no_key_of_this_platform(ledger: SQLiteLedger) -> None:
    opening = opening_of(HONEST)
    assert opening is not None
    stranger = SealingKey(bytes(31) + b"1").public_key
    request = replace(parse_issue_request(HONEST), sealing_key=stranger, sealed_opening=seal_padded(stranger, opening))
    assert_refused(make_issuer(ledger), ledger, encode_issue_request(request), "unknown-sealing-key")
    assert len(issued(make_issuer(ledger), HONEST)) == 8


def test_sealed_to_a_key_that_was_dropped(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    issuer.sealing = make_sealing().dropping([SEALING.key])
    assert_refused(issuer, ledger, HONEST, "unknown-sealing-key")


# ---- Chance decides for the kid -----------------------------------------------------------------------------------

SMALL = [window_key(number, capacity=64) for number in range(400, 403)]
KIDS = [key.window.kid for key in SMALL]


def wanted(kid: bytes, number: int, count: int = 8) -> bytes:
    """A request with which chance decides for this kid."""
    wallet = replace(WALLET, blinder=blinder_for(kid, KIDS))
    return attest(device_passes(count, [SMALL[0].window], 100 * number), reference=number, wallet=wallet)


def kids_of(claims: list[bytes]) -> set[bytes]:
    return {parse_claim(claim).kid for claim in claims}


@pytest.mark.parametrize("kid", KIDS)
def test_the_kid_is_the_one_that_the_wallet_expects(kid: bytes, ledger: SQLiteLedger) -> None:
    assert kids_of(issued(make_issuer(ledger, SMALL), wanted(kid, 1))) == {kid}


def test_kids_that_fill_up_between_two_requests(ledger: SQLiteLedger) -> None:
    """What came before is answered again; what chance decides for a full kid is not put under another one."""
    issuer = make_issuer(ledger, SMALL)
    first = issued(issuer, wanted(KIDS[0], 1))
    for number in range(2, 9):
        issued(issuer, wanted(KIDS[0], number))
    full = "a window has too few numbers left: the region makes a new offer, and chance decides anew"
    with raises(AttestationRefused, "window-full", full):
        issuer.prepare(wanted(KIDS[0], 9), now=NOW)
    assert_refused(issuer, ledger, wanted(KIDS[0], 9), "window-full")
    assert issued(issuer, wanted(KIDS[0], 1)) == first
    assert kids_of(issued(issuer, wanted(KIDS[1], 9))) == {KIDS[1]}


def test_a_kid_that_joins_later_changes_nothing_of_what_was_given(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, SMALL[:1])
    blinder = blinder_for(KIDS[2], KIDS)
    request = attest(device_passes(8, [SMALL[0].window]), wallet=replace(WALLET, blinder=blinder))
    claims = issued(issuer, request)
    issuer.windows = WindowKeys(SMALL)
    assert drawn_kid(blinder, KIDS) == KIDS[2]
    assert issued(issuer, request) == claims
    assert kids_of(claims) == {KIDS[0]}


def test_on_paper_chance_decides_once_and_among_those_with_room(ledger: SQLiteLedger) -> None:
    small = [window_key(number, capacity=4) for number in range(410, 413)]
    issuer = make_issuer(ledger, small)
    asked = [attest(paper_passes([small[0].window], n), reference=n) for n in range(13)]
    given = [issued(issuer, each) for each in asked[:12]]
    assert [issued(issuer, each) for each in asked[:12]] == given
    assert sorted(ledger.issued(key.window.kid) for key in small) == [4, 4, 4], "each number of each kid is used"
    assert_refused(issuer, ledger, asked[12], "window-full")


def test_a_binding_of_no_kid(ledger: SQLiteLedger) -> None:
    """Of several kids of a period only those that take the binding count, for wallet and platform alike."""
    keys = [*SMALL[:2], window_key(402, capacity=64, bindings=Binding.BOTH)]
    blinder = blinder_for(KIDS[2], KIDS)
    request = attest(device_passes(8, [SMALL[0].window]), wallet=replace(WALLET, blinder=blinder))
    assert kids_of(issued(make_issuer(ledger, keys), request)) == {drawn_kid(blinder, KIDS[:2])}
    assert attestation_of(request).binding == Binding.DEVICE
