"""A notice that comes before what it takes back: it is kept, and what comes then is not issued. A code is not kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from healthpass.attester import Attester
from healthpass.crypto.recovery import recovery_code_from, recovery_hash
from healthpass.crypto.signer import Signer
from healthpass.errors import AttestationRefused, BadInput
from healthpass.issuer import Issuer, Ledger, RecognitionRules, Revocation, WindowKeys
from healthpass.issuer.ledger import Entry
from healthpass.issuer.ledger.sql import SqlLedger
from tests.issuing import (
    OTHER_REGION,
    REGION,
    TODAY_KEY,
    TOMORROW_KEY,
    attest,
    claims_in,
    device_passes,
    list_issued,
    list_naming,
    make_issuer,
    make_rules,
    window_key,
)
from tests.ledgers import Open
from tests.making import DAY, NOW, STRANGER, TOMORROW, WINDOW
from tests.raising import raises

TAKEN_BACK = "the attestation was taken back before it came: the region vouches anew, if it still does"
UNKNOWN = "there is nothing here that this could revoke: mistyped, over, or taken back already"
TOO_MANY = "too many notices of one author wait for what they take back; send the attestations first"
KEPT = Revocation("kept", 0)
CODE = recovery_code_from(bytes(16))


def notice(number: int, region: Signer = REGION, **more: Any) -> bytes:
    return Attester(region).revoke(number.to_bytes(16, "big"), now=NOW, **more)


def asked(number: int, region: Signer = REGION, **more: Any) -> bytes:
    """An attestation of three claims, of that reference."""
    return attest(device_passes(first_key=10 * number), reference=number, region=region, **more)


def with_code(number: int, code: str = CODE) -> bytes:
    return asked(number, recovery_hash=recovery_hash(code, number.to_bytes(2, "big")))


def assert_taken_back(ledger: Ledger, issuer: Issuer, attestation: bytes, now: int = NOW) -> None:
    before = ledger.issued(WINDOW.kid)
    with raises(AttestationRefused, "revoked-before", TAKEN_BACK):
        issuer.prepare(attestation, now=now)
    assert ledger.issued(WINDOW.kid) == before
    assert list(ledger.revoked(WINDOW.kid, before=99)) == []


def test_what_was_taken_back_is_not_issued_however_late_it_comes(ledger: Ledger) -> None:
    issuer = make_issuer(ledger)
    attestation = asked(1)
    assert issuer.revoke(notice(1), now=NOW) == KEPT
    for later in (0, 60, 22 * 3600):
        assert_taken_back(ledger, issuer, attestation, NOW + later)
    assert issuer.revoke(notice(1), now=NOW + 9) == KEPT, "again: the same answer"
    assert_taken_back(ledger, issuer, asked(1, colors=("amber",)))
    assert len(issuer.prepare(asked(2), now=NOW)) == 3


def test_it_is_kept_over_a_restart(reopen: Open) -> None:
    make_issuer(reopen()).revoke(notice(1), now=NOW)
    ledger = reopen()
    assert_taken_back(ledger, make_issuer(ledger), asked(1))


def test_another_regions_notice_takes_back_its_own(ledger: Ledger) -> None:
    issuer = make_issuer(ledger)
    assert issuer.revoke(notice(1, OTHER_REGION), now=NOW) == KEPT
    assert len(issuer.prepare(asked(1), now=NOW)) == 3
    assert_taken_back(ledger, issuer, asked(1, OTHER_REGION))
    assert issuer.revoke(notice(1), now=NOW) == Revocation("revoked", 3)


def test_of_whom_the_platform_does_not_know_nothing_is_kept(ledger: Ledger) -> None:
    """Or anybody could fill the ledger with keys of their own; nothing of theirs could be issued anyway."""
    issuer = make_issuer(ledger)
    for _ in range(2):
        with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
            issuer.revoke(notice(1, STRANGER), now=NOW)
    issuer.rules = make_rules(suspended=True)
    assert issuer.revoke(notice(1), now=NOW) == KEPT, "it may vouch again one day"
    issuer.rules = make_rules()
    assert_taken_back(ledger, issuer, asked(1))


def test_a_region_that_is_recognised_no_more_takes_back_what_was_issued(ledger: Ledger) -> None:
    issuer = make_issuer(ledger)
    issuer.prepare(asked(1), now=NOW)
    issuer.rules = RecognitionRules([])
    assert issuer.revoke(notice(1), now=NOW) == Revocation("revoked", 3)
    with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
        issuer.revoke(notice(2), now=NOW)


def test_an_answer_is_neither_true_nor_false(ledger: Ledger) -> None:
    with pytest.raises(TypeError, match="see its answer"):
        bool(make_issuer(ledger).revoke(notice(1), now=NOW))


# ---- Codes -------------------------------------------------------------------------------------------------------


def test_a_code_is_not_kept_for_what_comes_later(ledger: Ledger) -> None:
    """Its hashes could not be told from others without trying them all: the code is given again."""
    issuer = make_issuer(ledger)
    with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
        issuer.revoke_by_code(CODE, now=NOW)
    issuer.prepare(with_code(1), now=NOW)
    assert issuer.revoke_by_code(CODE, now=NOW) == Revocation("revoked", 3)
    issuer.prepare(with_code(2), now=NOW)
    assert issuer.revoke_by_code(CODE, now=NOW) == Revocation("revoked", 6)
    assert len(issuer.prepare(with_code(1), now=NOW)) == 3, "what was issued it gets again; it is revoked"


def test_a_platform_without_windows_expects_nothing(ledger: Ledger) -> None:
    issuer = make_issuer(ledger, [])
    with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
        issuer.revoke(notice(1), now=NOW)
    with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
        issuer.revoke_by_code(CODE, now=NOW)


# ---- How long, and how many --------------------------------------------------------------------------------------


def test_it_is_forgotten_when_no_window_is_left_that_could_be_meant(ledger: Ledger) -> None:
    issuer = make_issuer(ledger)
    issuer.revoke(notice(1), now=NOW)
    issuer.drop_over(list_issued(WINDOW.expires + 3601))
    assert [key.window.kid for key in issuer.windows] == [TOMORROW.kid]
    late = attest(device_passes(windows=[TOMORROW]), issued=WINDOW.expires)
    with raises(AttestationRefused, "revoked-before", TAKEN_BACK):
        issuer.prepare(late, now=WINDOW.expires)
    after = window_key(700, TOMORROW.expires, TOMORROW.expires + DAY)
    issuer.windows = WindowKeys([*issuer.windows, after])
    issuer.trust_list = list_naming(issuer.windows)
    issuer.drop_over(list_issued(TOMORROW.expires + 3601))
    assert [*issuer.windows] == [after]
    anew = attest(device_passes(windows=[after.window]), issued=TOMORROW.expires)
    assert len(issuer.prepare(anew, now=TOMORROW.expires)) == 3


def test_a_later_notice_is_kept_for_later_windows(ledger: Ledger) -> None:
    after = window_key(700, TOMORROW.expires, TOMORROW.expires + DAY)
    issuer = make_issuer(ledger)
    issuer.revoke(notice(1), now=NOW)
    issuer.windows = WindowKeys([*issuer.windows, after])
    issuer.trust_list = list_naming(issuer.windows)
    issuer.revoke(notice(1), now=NOW)
    make_issuer(ledger, [TODAY_KEY]).revoke(notice(1), now=NOW)
    issuer.drop_over(list_issued(TOMORROW.expires + 3601))
    with raises(AttestationRefused, "revoked-before", TAKEN_BACK):
        issuer.prepare(attest(device_passes(windows=[after.window]), issued=TOMORROW.expires), now=TOMORROW.expires)


def small(ledger: Ledger, most: int = 3) -> Issuer:
    assert isinstance(ledger, SqlLedger)
    assert ledger.most_notices == 100_000
    ledger.most_notices = most
    return make_issuer(ledger)


def test_so_many_of_one_author(ledger: Ledger) -> None:
    issuer = small(ledger)
    for number in range(3):
        assert issuer.revoke(notice(number), now=NOW) == KEPT
    with raises(AttestationRefused, "too-many-notices", TOO_MANY):
        issuer.revoke(notice(3), now=NOW)
    assert issuer.revoke(notice(2), now=NOW) == KEPT, "it is kept already"
    assert issuer.revoke(notice(3, OTHER_REGION), now=NOW) == KEPT, "each author for itself"
    issuer.prepare(asked(3), now=NOW)
    assert issuer.revoke(notice(3), now=NOW) == Revocation("revoked", 3), "what is there is revoked all the same"


# ---- Another in its place ----------------------------------------------------------------------------------------


def test_a_replacement_of_what_has_not_come(ledger: Ledger) -> None:
    issuer = make_issuer(ledger)
    claims = claims_in(issuer.replace(notice(1), asked(2), now=NOW))
    assert len(claims) == 3
    assert_taken_back(ledger, issuer, asked(1))
    assert claims_in(issuer.replace(notice(1), asked(2), now=NOW)) == claims


def test_a_replacement_that_is_refused_keeps_nothing(ledger: Ledger) -> None:
    issuer = small(ledger, 1)
    for back, attestation, code in (
        (notice(1), asked(2, colors=("mauve",)), "unknown-colour"),
        (notice(1), asked(1), "same-reference"),
        (notice(1, STRANGER), asked(2), "unknown-attestation"),
    ):
        with pytest.raises(BadInput) as caught:
            issuer.replace(back, attestation, now=NOW)
        assert caught.value.code == code
    assert issuer.revoke(notice(5), now=NOW) == KEPT
    with raises(AttestationRefused, "too-many-notices", TOO_MANY):
        issuer.replace(notice(1), asked(2), now=NOW)
    assert ledger.issued(WINDOW.kid) == 0
    assert len(issuer.prepare(asked(1), now=NOW)) == 3
    assert len(claims_in(issuer.replace(notice(1), asked(2), now=NOW))) == 3, "what has come is replaced all the same"
    assert list(ledger.revoked(WINDOW.kid, before=99)) == [Entry(WINDOW.kid, 0, 3)]


# ---- At once -----------------------------------------------------------------------------------------------------


def test_a_notice_and_its_attestation_at_once(reopen: Open) -> None:
    """Issued and revoked, or kept and refused: never issued and not revoked, and never refused and not kept."""
    ledgers = [reopen(), reopen()]
    issuers = [make_issuer(each, [TODAY_KEY, TOMORROW_KEY]) for each in ledgers]

    def come(number: int) -> str:
        try:
            issuers[0].prepare(asked(number), now=NOW)
        except AttestationRefused as refused:
            return refused.code
        return "issued"

    def take_back(number: int) -> str:
        return issuers[1].revoke(notice(number), now=NOW).answer

    with ThreadPoolExecutor(2) as pool:
        for number in range(30):
            calls = [pool.submit(each, number) for each in ((come, take_back) if number % 2 else (take_back, come))]
            outcome = {each.result() for each in calls}
            assert outcome in ({"issued", "revoked"}, {"revoked-before", "kept"})
    given = ledgers[0].issued(WINDOW.kid)
    assert sum(each.count for each in ledgers[0].revoked(WINDOW.kid, before=99)) == given
