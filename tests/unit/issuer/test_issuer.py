"""Issuing: what comes back for an attestation, and that it comes back the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from healthpass import Color
from healthpass.crypto import ed25519
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.envelope import open_padded
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import BadInput
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import Binding, Claim, parse_claim, signed_part
from healthpass.formats.enrolment import parse_opening
from healthpass.issuer import SQLiteLedger, WindowKeys
from tests.issuing import (
    BOTH_DAYS,
    OTHER_REGION,
    SCALE,
    TODAY,
    TODAY_KEY,
    TOMORROW_KEY,
    WALLET,
    assert_refused,
    attest,
    attestation_of,
    both_passes,
    claims_in,
    device_passes,
    dump,
    issued,
    list_issued,
    make_issuer,
    make_rules,
    opening_of,
    paper_passes,
)
from tests.making import DAY, NOW, TOMORROW, WINDOW, make_store, make_trust_list, make_verifier, show, signer
from tests.raising import raises

KEYS = {key.window.kid: key for key in (TODAY_KEY, TOMORROW_KEY)}
KEYS_BY_PERIOD = {(key.window.valid_from, key.window.expires): key for key in KEYS.values()}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(tmp_path / "ledger")
    yield opened
    opened.close()


def expected(data: bytes, first: dict[bytes, int]) -> list[Claim]:
    """The claims of a request, key by key and person by person, from the first number under each kid on."""
    attestation, sealed = attestation_of(data), opening_of(data)
    opening = None if sealed is None else parse_opening(sealed)
    claims, numbers = [], dict(first)
    for n, period in enumerate(attestation.periods):
        key = KEYS_BY_PERIOD[period.valid_from, period.expires]
        window = key.window
        for holder_key in (None,) if opening is None else opening.keys[n]:
            for person, word in enumerate(attestation.colors):
                slot = key.slots.slot(numbers[window.kid])
                numbers[window.kid] += 1
                seeds = attestation.seeds
                tag = None if seeds is None else document_tag(seeds[person][n], window.kid, slot)
                claims.append(Claim(window.kid, window.expires, slot, SCALE[word], holder_key, tag))
    return claims


REQUESTS = {
    "device": attest(device_passes(5)),
    "device in two periods": attest(device_passes(4, BOTH_DAYS), ["stay in"]),
    "both": attest(both_passes(1, 3), ["amber"]),
    "document": attest(paper_passes()),
    "document in two periods": attest(paper_passes(BOTH_DAYS), ["amber"]),
    "a family of two": attest(both_passes(2, 3), ["amber", "绿"]),
    "a family of eight in two periods": attest(both_passes(8, 2, BOTH_DAYS), [*SCALE, *SCALE, "绿", "绿"]),
    "with the region's recovery hash": attest(recovery_hash=bytes(range(32))),
    "with the wallet's": attest(wallet=replace(WALLET, recovery_hash=bytes(range(32)))),
}


@pytest.mark.parametrize("data", REQUESTS.values(), ids=REQUESTS.keys())
def test_what_comes_back(data: bytes, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    issuer.issue(attest(device_passes(7, TODAY, 500), reference=99), now=NOW)
    batch = issuer.issue(data, now=NOW)
    claims = claims_in(batch)
    assert [parse_claim(claim) for claim in claims] == expected(data, {WINDOW.kid: 7, TOMORROW.kid: 0})
    for claim in claims:
        assert ed25519.verify(KEYS[parse_claim(claim).kid].window.key, signed_part(claim), claim[-64:])
    assert (batch == encode_batch(claims)) is (attestation_of(data).binding == Binding.DOCUMENT), "sealed but on paper"
    assert len(batch) % 1024 == 48 or attestation_of(data).binding == Binding.DOCUMENT


def test_the_batch_is_for_the_wallet_alone(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    one, again = issuer.issue(attest(), now=NOW), issuer.issue(attest(), now=NOW)
    assert claims_in(one) == claims_in(again)
    assert one != again, "who relays both cannot tell by the bytes that they say the same"
    with raises(
        BadInput, "not-for-us", "sealed to another key, or changed on the way; have it sent again, to the right key"
    ):
        open_padded(SealingKey(bytes(range(1, 33))), one)
    assert not any(claim[at : at + 6] in one for claim in claims_in(one) for at in range(len(claim) - 5))


def test_a_scanner_takes_them(ledger: SQLiteLedger) -> None:
    claims = issued(make_issuer(ledger), attest(both_passes(3), ["amber", "stay in", "绿"]))
    verdict = make_verifier().verify(show(claims, holder=signer(1_000_000)), now=NOW)
    assert verdict.colors == (Color.YELLOW, Color.RED, Color.GREEN)
    assert verdict.expires == WINDOW.expires


def test_a_batch_can_be_read_again_and_shows_nothing(ledger: SQLiteLedger) -> None:
    batch = make_issuer(ledger).prepare(attest(both_passes(3, 2), ["绿"] * 3), now=NOW)
    assert list(batch) == list(batch)
    assert len(batch) == len(list(batch)) == 6
    assert repr(batch) == "Batch(6 claims)"


def test_half_a_batch_read_is_all_of_it_given(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    half = next(iter(issuer.prepare(attest(), now=NOW)))
    assert ledger.issued(WINDOW.kid) == 3
    assert issued(issuer, attest())[0] == half


def test_the_same_again(ledger: SQLiteLedger) -> None:
    """Even if it is too old by now, and from another process after a restart."""
    issuer = make_issuer(ledger)
    data = attest(device_passes(3, BOTH_DAYS))
    claims = issued(issuer, data)
    issuer.issue(attest(reference=2), now=NOW)
    before = dump(ledger)
    assert issued(issuer, data) == issued(make_issuer(ledger), data, NOW + 3 * DAY) == claims
    assert dump(ledger) == before


def test_one_reference_with_other_content(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    claims = issued(issuer, attest())
    others = [
        attest(device_passes(4)),
        attest(device_passes(3, TODAY, 1)),
        attest(issued=NOW + 1),
        attest(colors=["amber"]),
        attest(recovery_hash=bytes(32)),
        attest(device_passes(3, [TOMORROW])),
        attest(wallet=replace(WALLET, blinder=bytes(32))),
        attest(wallet=replace(WALLET, answer_key=SealingKey(bytes(range(1, 33))).public_key)),
    ]
    for other in others:
        assert_refused(issuer, ledger, other, "other-content")
    assert issued(issuer, attest()) == claims


def test_a_colour_that_means_something_else_by_now(ledger: SQLiteLedger) -> None:
    """A number that was green is never signed yellow as well."""
    issuer = make_issuer(ledger)
    claims = issued(issuer, attest())
    issuer.rules = make_rules(scale={**SCALE, "绿": Color.YELLOW})
    assert_refused(issuer, ledger, attest(), "other-content")
    assert parse_claim(issued(issuer, attest(reference=2))[0]).color is Color.YELLOW
    issuer.rules = make_rules(scale={"绿": Color.GREEN})
    assert issued(issuer, attest()) == claims


def test_a_region_suspended_since(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    claims = issued(issuer, attest())
    issuer.rules = make_rules(suspended=True)
    assert_refused(issuer, ledger, attest(), "suspended")
    issuer.rules = make_rules()
    assert issued(issuer, attest()) == claims


def test_two_regions_with_one_reference(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    one = issued(issuer, attest())
    other = issued(issuer, attest(region=OTHER_REGION))
    assert not {parse_claim(claim).slot for claim in one} & {parse_claim(claim).slot for claim in other}
    assert issued(issuer, attest()) == one


def test_an_upcoming_window(ledger: SQLiteLedger) -> None:
    claims = issued(make_issuer(ledger), attest(device_passes(1, [TOMORROW]), issued=NOW))
    assert TOMORROW.valid_from > NOW
    assert parse_claim(claims[0]).exp == TOMORROW.expires
    late = TOMORROW.valid_from - TOMORROW.valid_from % 15 + 15
    store_list = make_trust_list(expires=late + DAY)
    assert make_store(store_list).trust_list is not None
    assert make_verifier(store_list).verify(show(claims[0], late, holder=signer(1_000_000)), now=late).colors


def test_windows_that_are_over_are_dropped(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    data = attest(device_passes(1, BOTH_DAYS))
    issuer.issue(data, now=NOW)
    before = dump(ledger)
    for at in (WINDOW.expires, WINDOW.expires + 3600):
        assert issuer.drop_over(list_issued(at)) == 0
    assert dump(ledger) == before
    assert issuer.drop_over(list_issued(WINDOW.expires + 3601)) == 1
    assert [key.window for key in issuer.windows] == [TOMORROW]
    assert (ledger.issued(WINDOW.kid), ledger.issued(TOMORROW.kid)) == (WINDOW.capacity, 1)
    assert_refused(issuer, ledger, data, "window-over")
    assert_refused(issuer, ledger, attest(device_passes(1, BOTH_DAYS), reference=2), "unknown-window")
    assert issuer.issue(attest(device_passes(1, [TOMORROW]), reference=2), now=NOW)


def test_a_dropped_window_put_back_gives_nothing(ledger: SQLiteLedger) -> None:
    """By a mistake, or by another process whose clock is behind."""
    issuer = make_issuer(ledger)
    whole, today = attest(device_passes(1, BOTH_DAYS)), attest(reference=2)
    for data in (whole, today):
        issuer.issue(data, now=NOW)
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    issuer.windows = WindowKeys([TODAY_KEY, TOMORROW_KEY])
    assert_refused(issuer, ledger, whole, "window-over")
    assert_refused(issuer, ledger, today, "window-full")
