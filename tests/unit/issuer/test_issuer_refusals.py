"""What the platform refuses: one fault each, nothing written, and the same attestation taken once it is put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from vectors.generate import edwards

from healthpass import Color
from healthpass.errors import AttestationRefused, BadInput
from healthpass.formats.attestation import parse_issue_request
from healthpass.formats.claim import Binding
from healthpass.formats.period import Period
from healthpass.issuer import RecognitionRules, SQLiteLedger, WindowKey, WindowKeys
from tests.issuing import (
    BOTH_DAYS,
    OTHER_REGION,
    SCALE,
    TODAY,
    TODAY_KEY,
    TOMORROW_KEY,
    assert_refused,
    attest,
    both_passes,
    device_passes,
    dump,
    holder_key,
    issued,
    list_issued,
    make_issuer,
    make_rule,
    make_rules,
    paper_passes,
    window_key,
)
from tests.making import NOW, TOMORROW, WINDOW, make_trust_list, signer
from tests.raising import raises

FULL = window_key(90, capacity=4)
SAME_DOCUMENT = "two of the people have one document: the region vouches for each with a document of theirs"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteLedger]:
    opened = SQLiteLedger(tmp_path / "ledger")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("data", "change", "code"),
    [
        (attest(), {"suspended": True}, "suspended"),
        (attest(), {"scale": {"amber": Color.GREEN}}, "unknown-colour"),
        (attest(both_passes(2), ["绿", "amber"]), {"scale": {"绿": Color.GREEN}}, "unknown-colour"),
        (attest(issued=NOW - 3601), {"attestation_age": 3600}, "too-old"),
        (attest(), {"bindings": Binding.DOCUMENT | Binding.BOTH}, "binding"),
        (attest(paper_passes()), {"bindings": Binding.DEVICE | Binding.BOTH}, "binding"),
        (attest(both_passes()), {"bindings": Binding.DEVICE | Binding.DOCUMENT}, "binding"),
        (attest(), {"max_claims": 2}, "too-many-claims"),
        (attest(both_passes(3), ["绿"] * 3), {"max_claims": 2}, "too-many-claims"),
        (attest(device_passes(1, BOTH_DAYS)), {"windows_ahead": 3600}, "window-too-far"),
    ],
)
def test_a_rule_that_does_not_allow_it(data: bytes, change: dict[str, Any], code: str, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, rules=make_rules(**change))
    assert_refused(issuer, ledger, data, code)
    issuer.rules = make_rules()
    assert issuer.issue(data, now=NOW)


def test_a_region_without_a_rule(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, rules=RecognitionRules([make_rule(OTHER_REGION)]))
    assert_refused(issuer, ledger, attest(), "unknown-attester")
    issuer.rules = make_rules()
    assert issuer.issue(attest(), now=NOW)


@pytest.mark.parametrize(
    ("data", "wrong", "right", "code"),
    [
        (attest(), NOW - 61, NOW - 60, "from-the-future"),
        (attest(device_passes(1, [TOMORROW])), NOW + 86_401, NOW + 86_400, "too-old"),
        (attest(), WINDOW.expires, WINDOW.expires - 1, "window-over"),
        (attest(device_passes(1, BOTH_DAYS)), WINDOW.expires, WINDOW.expires - 1, "window-over"),
    ],
)
def test_a_wrong_time(data: bytes, wrong: int, right: int, code: str, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    assert_refused(issuer, ledger, data, code, wrong)
    assert issuer.issue(data, now=right)


@pytest.mark.parametrize("held", [TODAY_KEY, TOMORROW_KEY])
def test_a_period_that_the_platform_has_not(held: WindowKey, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [held])
    assert_refused(issuer, ledger, attest(device_passes(1, BOTH_DAYS)), "unknown-window")
    issuer.windows = WindowKeys([TODAY_KEY, TOMORROW_KEY])
    assert_refused(issuer, ledger, attest(device_passes(1, BOTH_DAYS)), "unknown-window")
    issuer.trust_list = make_trust_list()
    assert issuer.issue(attest(device_passes(1, BOTH_DAYS)), now=NOW)


def test_a_period_is_between_the_very_bounds_of_a_window(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    for begins, ends in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        other = Period(WINDOW.valid_from + begins, WINDOW.expires + ends, 3)
        assert_refused(issuer, ledger, attest(replace(device_passes(), periods=(other,))), "unknown-window")
    assert issuer.issue(attest(), now=NOW)


def test_a_period_that_does_not_take_the_binding(ledger: SQLiteLedger) -> None:
    key = window_key(92, TOMORROW.valid_from, TOMORROW.expires, bindings=Binding.DOCUMENT | Binding.BOTH)
    issuer = make_issuer(ledger, [TODAY_KEY, key])
    assert_refused(issuer, ledger, attest(device_passes(1, BOTH_DAYS)), "window-binding")
    assert issuer.issue(attest(both_passes(1, 1, BOTH_DAYS)), now=NOW)


@pytest.mark.parametrize("full", [TODAY_KEY, TOMORROW_KEY])
def test_a_full_window_leaves_the_others_as_they_were(full: WindowKey, ledger: SQLiteLedger) -> None:
    window = full.window
    small = window_key(90, window.valid_from, window.expires, capacity=4)
    other = TOMORROW_KEY if full is TODAY_KEY else TODAY_KEY
    issuer = make_issuer(ledger, [small, other])
    issuer.issue(attest(device_passes(2, [small.window])), now=NOW)
    assert_refused(issuer, ledger, attest(both_passes(1, 3, BOTH_DAYS), reference=2), "window-full")
    assert (ledger.issued(small.window.kid), ledger.issued(other.window.kid)) == (2, 0)
    assert len(issued(issuer, attest(both_passes(1, 2, BOTH_DAYS), reference=2))) == 4


def test_a_full_window_still_answers_what_came_before(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [FULL])
    claims = issued(issuer, attest(device_passes(4, [FULL.window])))
    assert_refused(issuer, ledger, attest(device_passes(1, [FULL.window], 50), reference=2), "window-full")
    assert issued(issuer, attest(device_passes(4, [FULL.window]))) == claims


WEAK = {edwards.encode(point) for point in edwards.SMALL_ORDER}
WEAK |= {bytes((*key[:31], key[31] ^ 0x80)) for key in WEAK}
NOT_CANONICAL = {(edwards.P + n).to_bytes(32, "little") for n in range(19)} | {b"\xff" * 32}


@pytest.mark.parametrize("key", sorted(WEAK | NOT_CANONICAL), ids=bytes.hex)
def test_a_weak_holder_key(key: bytes, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    for asked in (device_passes(3, BOTH_DAYS), both_passes(1, 3, BOTH_DAYS)):
        assert asked.keys is not None
        first, last = asked.keys
        for keys in (((key, *first[1:]), last), (first, (*last[:-1], key))):
            assert_refused(issuer, ledger, attest(replace(asked, keys=keys)), "weak-key")
    assert issuer.issue(attest(), now=NOW)


def test_a_bad_signature(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    before = dump(ledger)
    data = attest()
    signature, other = (parse_issue_request(each).attestation[-64:] for each in (data, attest(reference=2)))
    with pytest.raises(BadInput) as caught:
        issuer.prepare(data.replace(signature, other), now=NOW)
    assert caught.value.code == "bad-signature"
    assert dump(ledger) == before
    assert issuer.issue(data, now=NOW)


def test_another_region_in_its_name(ledger: SQLiteLedger) -> None:
    """The signer stands in the signed header: what one region has signed cannot be given out as another's."""
    issuer = make_issuer(ledger)
    data = attest(region=signer(99)).replace(signer(99).public_key, OTHER_REGION.public_key)
    with pytest.raises(BadInput) as caught:
        issuer.prepare(data, now=NOW)
    assert caught.value.code == "bad-signature"
    assert_refused(issuer, ledger, attest(region=signer(99)), "unknown-attester")


@pytest.mark.parametrize("region", [None, OTHER_REGION], ids=["one region", "two regions"])
def test_a_family_from_two_attestations(region: Any, ledger: SQLiteLedger) -> None:
    """Otherwise one green person could stand in for the other people of a group."""
    issuer = make_issuer(ledger)
    claims = issued(issuer, attest(both_passes(2), ["绿", "amber"]))
    forged = attest(both_passes(1, first_seed=9), reference=2, **({"region": region} if region else {}))
    assert_refused(issuer, ledger, forged, "repeated-key")
    three = both_passes(1, 3, first_key=9, first_seed=9)
    among_others = attest(replace(three, keys=((holder_key(9), holder_key(10), holder_key(0)),)), reference=2)
    assert_refused(issuer, ledger, among_others, "repeated-key")
    assert issuer.issue(attest(both_passes(first_key=9), reference=2), now=NOW)
    assert issued(issuer, attest(both_passes(2), ["绿", "amber"])) == claims


def test_one_document_of_two_people(ledger: SQLiteLedger) -> None:
    """Otherwise one person could be vouched for as eight: it needs to be equal in no more than one period."""
    issuer = make_issuer(ledger)
    family = both_passes(3, 2, BOTH_DAYS)
    assert family.seeds is not None
    first, second, third = family.seeds
    for people in ((first, first, third), (first, second, second), (first, (first[0], second[1]), third)):
        forged = attest(replace(family, seeds=people), ["绿"] * 3)
        with raises(AttestationRefused, "same-document", SAME_DOCUMENT):
            issuer.prepare(forged, now=NOW)
        assert_refused(issuer, ledger, forged, "same-document")
    assert len(issued(issuer, attest(family, ["绿"] * 3))) == 12


def test_one_key_under_two_kids(ledger: SQLiteLedger) -> None:
    """Claims of two kids do not stand in one presentation, so a key may come back under another."""
    issuer = make_issuer(ledger)
    assert issuer.issue(attest(both_passes()), now=NOW)
    assert issuer.issue(attest(both_passes(windows=[TOMORROW]), reference=2), now=NOW)
    assert_refused(issuer, ledger, attest(both_passes(windows=[TOMORROW]), reference=3), "repeated-key")


def test_one_key_in_device_bound_passes(ledger: SQLiteLedger) -> None:
    """They have no members, so nobody can be smuggled in: the key may come back, even beside a document."""
    issuer = make_issuer(ledger)
    assert issuer.issue(attest(device_passes(1)), now=NOW)
    assert issuer.issue(attest(device_passes(1), reference=2), now=NOW)
    assert issuer.issue(attest(both_passes(), reference=3), now=NOW)


def test_a_dropped_window_forgets_its_keys(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    issuer.issue(attest(both_passes(windows=BOTH_DAYS)), now=NOW)
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    later = attest(both_passes(windows=[TOMORROW], first_key=1), reference=2)
    assert_refused(issuer, ledger, later, "repeated-key")
    assert dump(ledger).count("COMMIT;") == 1
    assert sum('INSERT INTO "marks"' in line for line in dump(ledger)) == 1


def test_each_refusal_names_nothing_that_was_sent(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [TODAY_KEY])
    bad = [
        attest(region=signer(99)),
        attest(colors=["purple"]),
        attest(device_passes(1, [TOMORROW])),
        attest(platform="purple"),
    ]
    for data in bad:
        with pytest.raises(BadInput) as caught:
            issuer.prepare(data, now=NOW)
        message = str(caught.value)
        assert not any(word in message for word in ("purple", "kid1", *SCALE, signer(99).public_key.hex()[:8]))
    assert issuer.issue(attest(device_passes(1, TODAY)), now=NOW)
