"""What every ledger must do with recovery codes: find all that a code has, nothing else, and not for ever anew."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from healthpass.crypto.recovery import new_recovery_code, recovery_code_from, recovery_hash, recovery_hashes
from healthpass.errors import AttestationRefused
from healthpass.issuer import Ledger, Revocation, revoke_by_code
from healthpass.issuer.ledger import Entry, Request
from healthpass.issuer.ledger.protocol import MAX_ATTEMPTS
from healthpass.issuer.ledger.sql import SqlLedger
from tests.ledgers import CAPACITY, KID, OTHER_KID, REGION, Open
from tests.raising import raises

CODE, DESK = (recovery_code_from(bytes((n,)) * 16) for n in (1, 2))
NOW = 1_800_000_000
UNKNOWN = "there is nothing here that this could revoke: mistyped, over, or taken back already"
TOO_MANY = "more recovery codes were tried than may be in an hour: try again in the next one"


def salt(number: int) -> bytes:
    return number.to_bytes(2, "big")


def enrol(ledger: Ledger, number: int, hashes: Iterable[bytes], kids: tuple[bytes, ...] = (KID,)) -> None:
    """Two numbers under each kid."""
    wanted = [(kid, CAPACITY, 2) for kid in kids]
    ledger.reserve(Request(REGION, number.to_bytes(16, "big"), bytes(32), wanted, list(hashes)))


def revoked(ledger: Ledger, kid: bytes = KID) -> list[int]:
    return [each.first + n for each in ledger.revoked(kid, before=1000) for n in range(each.count)]


def assert_unknown(ledger: Ledger, code: str) -> None:
    before = revoked(ledger), revoked(ledger, OTHER_KID)
    with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
        revoke_by_code(ledger, code, now=NOW)
    assert (revoked(ledger), revoked(ledger, OTHER_KID)) == before


def test_one_code_finds_all_of_its_enrolments(ledger: Ledger) -> None:
    """Whatever their salts, the first and the last among them; and what has another code stays."""
    for number, each in enumerate((0, 1, 0xFFFE, 0xFFFF)):
        enrol(ledger, number, [recovery_hash(CODE, salt(each))])
    enrol(ledger, 10, [recovery_hash(DESK, salt(0))])
    enrol(ledger, 11, [])
    for _ in range(2):
        assert revoke_by_code(ledger, CODE, now=NOW) == Revocation("revoked", 8)
        assert revoked(ledger) == list(range(8))
    assert revoke_by_code(ledger, DESK, now=NOW) == Revocation("revoked", 2)
    assert_unknown(ledger, new_recovery_code())


def test_the_regions_code_and_the_wallets_find_the_same(ledger: Ledger) -> None:
    both = [recovery_hash(CODE, salt(7)), recovery_hash(DESK, salt(7))]
    enrol(ledger, 1, both, (KID, OTHER_KID))
    enrol(ledger, 2, both[:1])
    assert revoke_by_code(ledger, DESK, now=NOW) == Revocation("revoked", 4)
    assert (revoked(ledger), revoked(ledger, OTHER_KID)) == ([0, 1], [0, 1])
    assert revoke_by_code(ledger, CODE, now=NOW) == Revocation("revoked", 6)


def test_two_hashes_of_one_code_on_one_attestation_count_it_once(ledger: Ledger) -> None:
    enrol(ledger, 1, [recovery_hash(CODE, salt(n)) for n in range(2)])
    assert revoke_by_code(ledger, CODE, now=NOW) == Revocation("revoked", 2)


def test_an_equal_hash_of_two_attestations_finds_both(ledger: Ledger) -> None:
    for number in range(2):
        enrol(ledger, number, [recovery_hash(CODE, salt(3))])
    assert revoke_by_code(ledger, CODE, now=NOW) == Revocation("revoked", 4)


def test_windows_that_were_dropped(ledger: Ledger) -> None:
    """What is live of an attestation is still found; when nothing is, neither is the hash."""
    enrol(ledger, 1, [recovery_hash(CODE, salt(1))], (KID, OTHER_KID))
    enrol(ledger, 2, [recovery_hash(CODE, salt(2))])
    ledger.drop(KID)
    assert revoke_by_code(ledger, CODE, now=NOW) == Revocation("revoked", 2)
    assert revoked(ledger, OTHER_KID) == [0, 1]
    ledger.drop(OTHER_KID)
    assert_unknown(ledger, CODE)
    assert isinstance(ledger, SqlLedger)
    with ledger._reading() as db:
        assert [db.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("codes", "coded")] == [0, 0]


def test_it_is_there_after_opening_again(reopen: Open) -> None:
    first = reopen()
    enrol(first, 1, [recovery_hash(CODE, salt(1))])
    first.close()
    assert revoke_by_code(reopen(), CODE, now=NOW) == Revocation("revoked", 2)


def test_rows_do_not_show_that_they_belong_together(ledger: Ledger) -> None:
    for number in range(20):
        enrol(ledger, number, [recovery_hash(CODE, salt(number))])
    assert isinstance(ledger, SqlLedger)
    with ledger._reading() as db:
        hashes = [bytes(row[0]) for row in db.rows("SELECT hash FROM codes")]
    assert len(set(hashes)) == len(hashes) == 20
    assert len({each[:4] for each in hashes}) == 20
    assert set(hashes) < set(recovery_hashes(CODE)), "who has the code knows"


def test_attempts_are_limited_by_the_hour(ledger: Ledger) -> None:
    """Those that find something and those that do not; the next hour begins anew; codes with a slip do not count."""
    assert isinstance(ledger, SqlLedger)
    assert ledger.most_attempts == MAX_ATTEMPTS == 10_000
    ledger.most_attempts = 3
    enrol(ledger, 1, [recovery_hash(CODE, salt(1))])
    hour = NOW - NOW % 3600
    assert ledger.revoke_by_recovery(recovery_hashes(CODE), now=hour) == 2
    for none in ([], [bytes(32)]):
        with raises(AttestationRefused, "unknown-attestation", UNKNOWN):
            ledger.revoke_by_recovery(none, now=hour + 1)
    enrol(ledger, 2, [recovery_hash(CODE, salt(2))])
    for at in (hour + 2, hour + 3599):
        with raises(AttestationRefused, "too-many-attempts", TOO_MANY):
            ledger.revoke_by_recovery(recovery_hashes(CODE), now=at)
        assert revoked(ledger) == [0, 1]
    assert ledger.revoke_by_recovery(recovery_hashes(CODE), now=hour + 3600) == 4
    with pytest.raises(ValueError, match="recovery code"):
        revoke_by_code(ledger, "CODE", now=hour + 3600)
    for _ in range(2):
        ledger.revoke_by_recovery(recovery_hashes(CODE), now=hour + 3601)


def test_attempts_of_all_processes_count_together(reopen: Open) -> None:
    ledgers = [reopen() for _ in range(3)]
    for each in ledgers:
        each.most_attempts = 10
    enrol(ledgers[0], 1, [bytes(32)])

    def attempt(number: int) -> str:
        try:
            ledgers[number % 3].revoke_by_recovery([bytes(32)], now=NOW)
        except AttestationRefused as refused:
            return refused.code
        return "revoked"

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(attempt, range(18)))
    assert sorted(said) == ["revoked"] * 10 + ["too-many-attempts"] * 8
    assert ledgers[0].revoked(KID, before=1000) == [Entry(KID, 0, 2)]
