"""What the platform refuses: one fault each, nothing written, and the same attestation taken once it is put right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from healthpass import Color
from healthpass.errors import BadInput
from healthpass.formats.attestation import Grant
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.window import Window
from healthpass.issuer import RecognitionRules, SQLiteLedger, WindowKeys
from tests import edwards
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
    make_rule,
    make_rules,
    paper_grants,
    window_key,
)
from tests.making import NOW, TOMORROW, WINDOW, signer

FULL, SPARE = window_key(90, capacity=4), window_key(91, capacity=4)


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
        (attest(both_grants(2), ["绿", "amber"]), {"scale": {"绿": Color.GREEN}}, "unknown-colour"),
        (attest(issued=NOW - 3601), {"attestation_age": 3600}, "too-old"),
        (attest(), {"bindings": DOCUMENT | BOTH}, "binding"),
        (attest(paper_grants()), {"bindings": DEVICE | BOTH}, "binding"),
        (attest(both_grants()), {"bindings": DEVICE | DOCUMENT}, "binding"),
        (attest(), {"max_claims": 2}, "too-many-claims"),
        (attest(both_grants(3), ["绿"] * 3), {"max_claims": 2}, "too-many-claims"),
        (attest(device_grants(1, BOTH_DAYS)), {"windows_ahead": 3600}, "window-too-far"),
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
        (attest(device_grants(1, [TOMORROW])), NOW + 86_401, NOW + 86_400, "too-old"),
        (attest(), WINDOW.expires, WINDOW.expires - 1, "window-over"),
        (attest(device_grants(1, BOTH_DAYS)), WINDOW.expires, WINDOW.expires - 1, "window-over"),
    ],
)
def test_a_wrong_time(data: bytes, wrong: int, right: int, code: str, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    assert_refused(issuer, ledger, data, code, wrong)
    assert issuer.issue(data, now=right)


@pytest.mark.parametrize("windows", [BOTH_DAYS, BOTH_DAYS[::-1]])
def test_a_window_that_the_platform_has_not(windows: tuple[Window, ...], ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [TOMORROW_KEY])
    assert_refused(issuer, ledger, attest(device_grants(1, windows)), "unknown-window")
    issuer.windows = WindowKeys([TODAY_KEY, TOMORROW_KEY])
    assert issuer.issue(attest(device_grants(1, windows)), now=NOW)


def test_a_window_that_does_not_take_the_binding(ledger: SQLiteLedger) -> None:
    key = window_key(92, bindings=DOCUMENT | BOTH)
    issuer = make_issuer(ledger, [TODAY_KEY, key])
    assert_refused(issuer, ledger, attest(device_grants(1, [WINDOW, key.window])), "window-binding")
    assert issuer.issue(attest(both_grants(1, 1, [WINDOW, key.window])), now=NOW)


@pytest.mark.parametrize("order", [1, -1])
def test_a_full_window_leaves_the_others_as_they_were(order: int, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [TODAY_KEY, FULL, SPARE])
    issuer.issue(attest(device_grants(2, [FULL.window])), now=NOW)
    windows = [WINDOW, FULL.window][::order]
    assert_refused(issuer, ledger, attest(both_grants(1, 3, windows), reference=2), "window-full")
    assert (ledger.issued(WINDOW.kid), ledger.issued(FULL.window.kid)) == (0, 2)
    asked_again = attest(both_grants(1, 3, [WINDOW, SPARE.window]), reference=2)
    assert len(issuer.issue(asked_again, now=NOW)) == 6


def test_a_full_window_still_answers_what_came_before(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [FULL])
    claims = issuer.issue(attest(device_grants(4, [FULL.window])), now=NOW)
    assert_refused(issuer, ledger, attest(device_grants(1, [FULL.window], 50), reference=2), "window-full")
    assert issuer.issue(attest(device_grants(4, [FULL.window])), now=NOW) == claims


WEAK = {edwards.encode(point) for point in edwards.SMALL_ORDER}
WEAK |= {bytes((*key[:31], key[31] ^ 0x80)) for key in WEAK}
NOT_CANONICAL = {(edwards.P + n).to_bytes(32, "little") for n in range(19)} | {b"\xff" * 32}


@pytest.mark.parametrize("key", sorted(WEAK | NOT_CANONICAL), ids=bytes.hex)
def test_a_weak_holder_key(key: bytes, ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    for grant in (Grant(WINDOW.kid, key, None), Grant(WINDOW.kid, key, (b"\x00\x01",))):
        assert_refused(issuer, ledger, attest([grant]), "weak-key")
    assert_refused(issuer, ledger, attest([*device_grants(2), Grant(WINDOW.kid, key, None)]), "weak-key")
    assert issuer.issue(attest(), now=NOW)


def test_a_bad_signature(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    before = dump(ledger)
    data = attest()
    forged = data[:-64] + attest(reference=2)[-64:]
    with pytest.raises(BadInput) as caught:
        issuer.prepare(forged, now=NOW)
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
    claims = issuer.issue(attest(both_grants(2), ["绿", "amber"]), now=NOW)
    forged = attest(both_grants(1, first_tag=9), reference=2, **({"region": region} if region else {}))
    assert_refused(issuer, ledger, forged, "repeated-key")
    among_others = attest(both_grants(1, 3, first_key=9)[:2] + both_grants(first_tag=9), reference=2)
    assert_refused(issuer, ledger, among_others, "repeated-key")
    assert issuer.issue(attest(both_grants(first_key=9), reference=2), now=NOW)
    assert issuer.issue(attest(both_grants(2), ["绿", "amber"]), now=NOW) == claims


def test_one_key_under_two_kids(ledger: SQLiteLedger) -> None:
    """Claims of two kids do not stand in one presentation, so a key may come back under another."""
    issuer = make_issuer(ledger)
    assert issuer.issue(attest(both_grants()), now=NOW)
    assert issuer.issue(attest(both_grants(windows=[TOMORROW]), reference=2), now=NOW)
    assert_refused(issuer, ledger, attest(both_grants(windows=[TOMORROW]), reference=3), "repeated-key")


def test_one_key_in_device_bound_passes(ledger: SQLiteLedger) -> None:
    """They have no members, so nobody can be smuggled in: the key may come back, even beside a document."""
    issuer = make_issuer(ledger)
    assert issuer.issue(attest(device_grants(1)), now=NOW)
    assert issuer.issue(attest(device_grants(1), reference=2), now=NOW)
    assert issuer.issue(attest(both_grants(), reference=3), now=NOW)


def test_a_dropped_window_forgets_its_keys(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    issuer.issue(attest(both_grants(windows=BOTH_DAYS)), now=NOW)
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    later = attest(both_grants(windows=[TOMORROW], first_key=1), reference=2)
    assert_refused(issuer, ledger, later, "repeated-key")
    assert dump(ledger).count("COMMIT;") == 1
    assert sum('INSERT INTO "marks"' in line for line in dump(ledger)) == 1


def test_each_refusal_names_nothing_that_was_sent(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger, [TODAY_KEY])
    bad = [attest(region=signer(99)), attest(colors=["purple"]), attest(device_grants(1, [TOMORROW]))]
    for data in bad:
        with pytest.raises(BadInput) as caught:
            issuer.prepare(data, now=NOW)
        message = str(caught.value)
        assert not any(word in message for word in ("purple", "kid1", *SCALE, signer(99).public_key.hex()[:8]))
    assert issuer.issue(attest(device_grants(1, TODAY)), now=NOW)
