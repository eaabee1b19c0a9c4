"""Issuing: what comes back for an attestation, and that it comes back the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from healthpass import Color
from healthpass.crypto import ed25519
from healthpass.formats.attestation import Attestation, parse_attestation
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.claim import Claim, parse_claim, signed_part
from healthpass.formats.cose import ATTESTATION, decode_sign1
from healthpass.formats.window import Window
from healthpass.issuer import Issuer, SQLiteLedger, WindowKeys
from tests.issuing import (
    BOTH_DAYS,
    OTHER_REGION,
    SCALE,
    TODAY,
    TODAY_KEY,
    TOMORROW_KEY,
    assert_refused,
    attest,
    both_grants,
    device_grants,
    dump,
    list_issued,
    make_issuer,
    make_rules,
    paper_grants,
    window_key,
)
from tests.making import DAY, NOW, TOMORROW, WINDOW, make_store, make_trust_list, make_verifier, show, signer

KEYS = {key.window.kid: key for key in (TODAY_KEY, TOMORROW_KEY)}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(tmp_path / "ledger")
    yield opened
    opened.close()


def expected(data: bytes, first: dict[bytes, int]) -> list[Claim]:
    """The claims of an attestation, grant by grant and person by person, from the first number under each kid on."""
    attestation: Attestation = parse_attestation(decode_sign1(data, ATTESTATION, len(data)).payload)
    claims, numbers = [], dict(first)
    for grant in attestation.grants:
        window = KEYS[grant.kid].window
        for person, word in enumerate(attestation.colors):
            slot = KEYS[grant.kid].slots.slot(numbers[grant.kid])
            numbers[grant.kid] += 1
            tag = grant.tags[person] if grant.tags is not None else None
            claims.append(Claim(grant.kid, window.expires, slot, SCALE[word], grant.holder_key, tag))
    return claims


ATTESTATIONS = {
    "device": attest(device_grants(5)),
    "device in two windows": attest(device_grants(4, BOTH_DAYS), ["stay in"]),
    "the later window first": attest(device_grants(2, BOTH_DAYS[::-1])),
    "both": attest(both_grants(1, 3), ["amber"]),
    "document": attest(paper_grants()),
    "document in two windows": attest(paper_grants(BOTH_DAYS), ["amber"]),
    "a family of two": attest(both_grants(2, 3), ["amber", "绿"]),
    "a family of eight in two windows": attest(both_grants(8, 2, BOTH_DAYS), [*SCALE, *SCALE, "绿", "绿"]),
    "with a recovery hash": attest(recovery_hash=bytes(range(32))),
}


@pytest.mark.parametrize("data", ATTESTATIONS.values(), ids=ATTESTATIONS.keys())
def test_what_comes_back(data: bytes, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    issuer.issue(attest(device_grants(7, TODAY, 500), reference=99), now=NOW)
    claims = issuer.issue(data, now=NOW)
    assert [parse_claim(claim) for claim in claims] == expected(data, {WINDOW.kid: 7, TOMORROW.kid: 0})
    for claim in claims:
        assert ed25519.verify(KEYS[parse_claim(claim).kid].window.key, signed_part(claim), claim[-64:])
    assert parse_batch(encode_batch(claims)) == claims


def test_a_scanner_takes_them(ledger: SQLiteLedger) -> None:
    claims = make_issuer(ledger).issue(attest(both_grants(3), ["amber", "stay in", "绿"]), now=NOW)
    verdict = make_verifier().verify(show(claims, holder=signer(1_000_000)), now=NOW)
    assert verdict.colors == (Color.YELLOW, Color.RED, Color.GREEN)
    assert verdict.expires == WINDOW.expires


def test_a_batch_can_be_read_again_and_shows_nothing(ledger: SQLiteLedger) -> None:
    batch = make_issuer(ledger).prepare(attest(both_grants(3, 2), ["绿"] * 3), now=NOW)
    assert list(batch) == list(batch)
    assert len(batch) == len(list(batch)) == 6
    assert repr(batch) == "Batch(6 claims)"


def test_half_a_batch_read_is_all_of_it_given(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    half = next(iter(issuer.prepare(attest(), now=NOW)))
    assert ledger.issued(WINDOW.kid) == 3
    assert issuer.issue(attest(), now=NOW)[0] == half


def test_the_same_again(ledger: SQLiteLedger) -> None:
    """Even if it is too old by now, and from another process after a restart."""
    issuer = make_issuer(ledger)
    data = attest(device_grants(3, BOTH_DAYS))
    claims = issuer.issue(data, now=NOW)
    issuer.issue(attest(reference=2), now=NOW)
    before = dump(ledger)
    assert issuer.issue(data, now=NOW) == make_issuer(ledger).issue(data, now=NOW + 3 * DAY) == claims
    assert dump(ledger) == before


def test_one_reference_with_other_content(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    claims = issuer.issue(attest(), now=NOW)
    others = [
        attest(device_grants(4)),
        attest(device_grants(3, TODAY, 1)),
        attest(issued=NOW + 1),
        attest(colors=["amber"]),
        attest(recovery_hash=bytes(32)),
        attest(device_grants(3, [TOMORROW])),
    ]
    for other in others:
        assert_refused(issuer, ledger, other, "other-content")
    assert issuer.issue(attest(), now=NOW) == claims


def test_a_colour_that_means_something_else_by_now(ledger: SQLiteLedger) -> None:
    """A number that was green is never signed yellow as well."""
    issuer = make_issuer(ledger)
    claims = issuer.issue(attest(), now=NOW)
    issuer.rules = make_rules(scale={**SCALE, "绿": Color.YELLOW})
    assert_refused(issuer, ledger, attest(), "other-content")
    assert parse_claim(issuer.issue(attest(reference=2), now=NOW)[0]).color is Color.YELLOW
    issuer.rules = make_rules(scale={"绿": Color.GREEN})
    assert issuer.issue(attest(), now=NOW) == claims


def test_a_region_suspended_since(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    claims = issuer.issue(attest(), now=NOW)
    issuer.rules = make_rules(suspended=True)
    assert_refused(issuer, ledger, attest(), "suspended")
    issuer.rules = make_rules()
    assert issuer.issue(attest(), now=NOW) == claims


def test_two_regions_with_one_reference(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    one = issuer.issue(attest(), now=NOW)
    other = issuer.issue(attest(region=OTHER_REGION), now=NOW)
    assert not {parse_claim(claim).slot for claim in one} & {parse_claim(claim).slot for claim in other}
    assert issuer.issue(attest(), now=NOW) == one


def test_an_upcoming_window(ledger: SQLiteLedger) -> None:
    claims = make_issuer(ledger).issue(attest(device_grants(1, [TOMORROW]), issued=NOW), now=NOW)
    assert TOMORROW.valid_from > NOW
    assert parse_claim(claims[0]).exp == TOMORROW.expires
    late = TOMORROW.valid_from - TOMORROW.valid_from % 15 + 15
    store_list = make_trust_list(expires=late + DAY)
    assert make_store(store_list).trust_list is not None
    assert make_verifier(store_list).verify(show(claims[0], late, holder=signer(1_000_000)), now=late).colors


def spares() -> list[Window]:
    return [window_key(n, capacity=4).window for n in (90, 91, 92)]


def offered(issuer: Issuer, keys_per_window: int = 1, now: int = NOW) -> list[Window]:
    return issuer.offered(now=now, keys_per_window=keys_per_window)


def test_the_first_kid_with_room_is_offered(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [TOMORROW_KEY, *(window_key(n, capacity=4) for n in (90, 91, 92))])
    first, second, third = spares()
    assert offered(issuer) == offered(issuer, 4) == [first, TOMORROW]
    issuer.issue(attest(device_grants(3, [first])), now=NOW)
    assert offered(issuer) == [first, TOMORROW]
    assert offered(issuer, 2) == [second, TOMORROW]
    issuer.issue(attest(device_grants(1, [first], 10), reference=2), now=NOW)
    assert offered(issuer) == [second, TOMORROW]
    for reference, window in enumerate((second, third), 3):
        issuer.issue(attest(device_grants(4, [window], 10 * reference), reference=reference), now=NOW)
    assert offered(issuer) == [TOMORROW]
    assert offered(issuer, 5) == [TOMORROW]
    assert offered(issuer, TOMORROW.capacity + 1) == []


def test_windows_that_are_over_are_not_offered(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    assert offered(issuer, now=WINDOW.expires - 1) == [WINDOW, TOMORROW]
    assert offered(issuer, now=WINDOW.expires) == [TOMORROW]
    assert offered(issuer, now=TOMORROW.expires) == []


def test_windows_that_are_over_are_dropped(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    data = attest(device_grants(1, BOTH_DAYS))
    issuer.issue(data, now=NOW)
    before = dump(ledger)
    for at in (WINDOW.expires, WINDOW.expires + 3600):
        assert issuer.drop_over(list_issued(at)) == 0
    assert dump(ledger) == before
    assert issuer.drop_over(list_issued(WINDOW.expires + 3601)) == 1
    assert [key.window for key in issuer.windows] == [TOMORROW]
    assert (ledger.issued(WINDOW.kid), ledger.issued(TOMORROW.kid)) == (WINDOW.capacity, 1)
    assert_refused(issuer, ledger, data, "unknown-window")
    assert issuer.issue(attest(device_grants(1, [TOMORROW]), reference=2), now=NOW)


def test_a_dropped_window_put_back_gives_nothing(ledger: SQLiteLedger) -> None:
    """By a mistake, or by another process whose clock is behind."""
    issuer = make_issuer(ledger)
    whole, today = attest(device_grants(1, BOTH_DAYS)), attest(reference=2)
    for data in (whole, today):
        issuer.issue(data, now=NOW)
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    issuer.windows = WindowKeys([TODAY_KEY, TOMORROW_KEY])
    assert_refused(issuer, ledger, whole, "window-over")
    assert_refused(issuer, ledger, today, "window-full")
