"""Notices, and what the platform publishes of them: the slots in filters and deltas are those of the claims."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from healthpass.attester import Attester
from healthpass.crypto.recovery import recovery_code_from, recovery_hash
from healthpass.crypto.signer import sign_message
from healthpass.errors import AttestationRefused, BadInput, FormatError, RevocationRefused
from healthpass.formats import cbor, cose
from healthpass.formats.claim import parse_claim
from healthpass.formats.notice import Notice, encode_notice, parse_notice
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import Delta, Snapshot
from healthpass.issuer import (
    PublishingOptions,
    RevocationPublisher,
    SQLiteLedger,
    WindowKeys,
    revoke,
    revoke_by_code,
)
from healthpass.trust.revocations import check_filter, open_delta, open_snapshot
from tests.issuing import (
    BOTH_DAYS,
    NOTHING_TO_COME,
    OTHER_REGION,
    REGION,
    STATE,
    TODAY_KEY,
    TOMORROW_KEY,
    attest,
    claims_in,
    device_passes,
    dump,
    issued,
    make_issuer,
)
from tests.making import DAY, NOW, STRANGER, TOMORROW, WINDOW, make_trust_list, signer
from tests.raising import raises
from tests.shelf import Shelf

REVOKER = signer(90)
LIST = make_trust_list(
    windows=(WINDOW, TOMORROW),
    revocation_keys={REVOKER.public_key: (WINDOW.kid, TOMORROW.kid)},
)
AT_ONCE = PublishingOptions(attestations=1, longest_wait=0, least_slots=0)
Slots = dict[bytes, set[int]]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteLedger]:
    with SQLiteLedger(tmp_path / "ledger") as opened:
        yield opened


def publisher(ledger: SQLiteLedger, options: PublishingOptions | None = AT_ONCE) -> RevocationPublisher:
    """One with an empty shelf."""
    return RevocationPublisher(WindowKeys([TODAY_KEY, TOMORROW_KEY]), ledger, REVOKER, Shelf(), LIST, options)


def issue(ledger: SQLiteLedger, number: int, recovery: bytes | None = None) -> Slots:
    """The slots of three claims a day for two days."""
    passes = device_passes(3, BOTH_DAYS, first_key=10 * number)
    claims = issued(make_issuer(ledger), attest(passes, reference=number, recovery_hash=recovery))
    slots: Slots = {}
    for claim in map(parse_claim, claims):
        slots.setdefault(claim.kid, set()).add(claim.slot)
    return slots


def notice(number: int, region: Any = REGION, now: int = NOW, at_wish: bool = False) -> bytes:
    return Attester(region).revoke(number.to_bytes(16, "big"), now=now, at_wish=at_wish)


def snapshot_of(made: tuple[bytes, dict[str, bytes]]) -> tuple[Snapshot, Slots]:
    """What a scanner finds in it: each filter is the one that is named, for its window."""
    _, content = open_snapshot(made[0], LIST)
    slots = {}
    for kid, (digest, length) in content.filters.items():
        opened = check_filter(made[1][digest.hex()], digest, length, LIST.windows[kid])
        assert isinstance(opened, RevocationFilter)
        slots[kid] = set(opened)
    return content, slots


def delta_of(made: bytes | None) -> tuple[Delta, Slots]:
    assert made is not None
    _, content = open_delta(made, LIST)
    joined = content.slots
    return content, {
        kid: {int.from_bytes(each[at : at + 4], "big") for at in range(0, len(each), 4)} for kid, each in joined.items()
    }


def test_a_notice_and_back() -> None:
    made, wished = (Notice(bytes(16), NOW, at_wish) for at_wish in (False, True))
    assert [parse_notice(encode_notice(each)) for each in (made, wished)] == [made, wished]
    assert made != wished
    assert repr(made) == "Notice(...)"


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "CBOR: cut short"),
        (cbor.encode([1, bytes(16), NOW, 0]), "notice: not a map"),
        (cbor.encode({1: 2, 2: bytes(16), 3: NOW, 4: 0}), "format: not an integer from 1 to 1"),
        (cbor.encode({1: 1, 2: bytes(15), 3: NOW, 4: 0}), "reference: not 16 bytes"),
        (cbor.encode({1: 1, 2: bytes(16), 3: 0, 4: 0}), "issued: not an integer from 65536 to 4294967295"),
        (cbor.encode({1: 1, 2: bytes(16), 4: 0}), "notice: a field is missing"),
        (cbor.encode({1: 1, 2: bytes(16), 3: NOW}), "notice: a field is missing"),
        (cbor.encode({1: 1, 2: bytes(16), 3: NOW, 4: 2}), "wish: not an integer from 0 to 1"),
        (cbor.encode({1: 1, 2: bytes(16), 3: NOW, 4: b"1"}), "wish: not an integer from 0 to 1"),
        (
            cbor.encode({1: 1, 2: bytes(16), 3: NOW, 4: 0, 5: b"name"}),
            "notice: an unknown critical field; a newer version of the software may know it",
        ),
    ],
    ids=repr,
)
def test_what_is_no_notice(payload: bytes, ledger: SQLiteLedger, sentence: str) -> None:
    issue(ledger, 0)
    before = dump(ledger)
    with raises(FormatError, "malformed", sentence) as caught:
        revoke(ledger, sign_message(REGION, cose.REVOCATION_NOTICE, payload), STATE, now=NOW)
    assert caught.value.code == "malformed"
    assert dump(ledger) == before


def test_what_revokes_nothing(ledger: SQLiteLedger) -> None:
    issue(ledger, 1, recovery_hash(recovery_code_from(bytes(16)), b"\x00\x01"))
    before = dump(ledger)
    whole = notice(1)
    cases = {
        "malformed": [b"", whole[:-1], attest(reference=1), whole + bytes(512)],
        "bad-signature": [whole[:-1] + bytes([whole[-1] ^ 1])],
        "unknown-attestation": [notice(2), notice(1, OTHER_REGION)],
        "from-the-future": [notice(1, now=NOW + 61)],
    }
    for code, notices in cases.items():
        for each in notices:
            with pytest.raises(BadInput) as caught:
                revoke(ledger, each, NOTHING_TO_COME, now=NOW)
            assert caught.value.code == code
    assert dump(ledger) == before
    for code, wrong in (("unknown-attestation", recovery_code_from(bytes(15) + b"1")), ("malformed", "CODE")):
        with pytest.raises(BadInput) as caught:
            revoke_by_code(ledger, wrong, now=NOW)
        assert caught.value.code == code
    assert [row for row in dump(ledger) if '"totals"' not in row] == [row for row in before if '"totals"' not in row]
    assert revoke(ledger, notice(1, now=NOW + 60), STATE, now=NOW).claims == 6


def test_a_snapshot_of_nothing(ledger: SQLiteLedger) -> None:
    content, slots = snapshot_of(publisher(ledger).snapshot(NOW))
    assert slots == {WINDOW.kid: set(), TOMORROW.kid: set()}
    assert (content.version, content.issued, content.expires) == (1, NOW, NOW + DAY)


def test_snapshots_and_deltas_have_the_slots_of_the_claims(ledger: SQLiteLedger) -> None:
    given = [issue(ledger, n, recovery_hash(recovery_code_from(bytes([n] * 16)), bytes(2))) for n in range(5)]
    mine = publisher(ledger)
    assert mine.revoke(notice(1), STATE, now=NOW).claims == 6
    _, slots = snapshot_of(mine.snapshot(NOW))
    assert slots == given[1]
    assert mine.revoke_by_code(recovery_code_from(bytes([3] * 16)), now=NOW).claims == 6
    first, slots = delta_of(mine.delta(NOW + 1))
    assert slots == given[3]
    mine.revoke(notice(4), STATE, now=NOW)
    second, slots = delta_of(mine.delta(NOW + 2))
    assert slots == {kid: given[3][kid] | given[4][kid] for kid in given[3]}, "all since the snapshot"
    assert [(each.version, each.base) for each in (first, second)] == [(2, 1), (3, 1)]
    last, slots = snapshot_of(mine.snapshot(NOW + 3))
    assert slots == {kid: given[1][kid] | given[3][kid] | given[4][kid] for kid in given[1]}
    again, slots = delta_of(mine.delta(NOW + 4))
    assert (last.version, again.version, again.base, slots) == (4, 5, 4, {})


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_builds_the_same(ledger: SQLiteLedger, kind: str) -> None:
    issue(ledger, 1)
    publisher(ledger).revoke(notice(1), STATE, now=NOW)
    _, here = publisher(ledger).snapshot(NOW)
    pool = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    with pool:
        _, there = publisher(ledger).snapshot(NOW, pool)
    assert here == there


def test_windows_that_are_over_are_left_out(ledger: SQLiteLedger) -> None:
    given = issue(ledger, 1)
    mine = publisher(ledger)
    mine.snapshot(NOW)
    mine.revoke(notice(1), STATE, now=NOW)
    mine.delta(NOW)
    over = WINDOW.expires + 3600
    assert delta_of(mine.delta(over - 1))[1] == given
    assert snapshot_of(mine.snapshot(over - 1))[1] == given
    assert delta_of(mine.delta(over - 1))[1] == {}
    _, slots = snapshot_of(mine.snapshot(over))
    assert slots == {TOMORROW.kid: given[TOMORROW.kid]}


def test_after_a_window_is_dropped_a_snapshot_comes_first(ledger: SQLiteLedger) -> None:
    given = issue(ledger, 1)
    mine = publisher(ledger)
    mine.revoke(notice(1), STATE, now=NOW)
    mine.snapshot(NOW)
    ledger.drop(WINDOW.kid)
    over = WINDOW.expires + 3600
    mine.windows = mine.windows.live(over)
    with pytest.raises(RevocationRefused) as caught:
        mine.delta(over)
    assert caught.value.code == "no-snapshot"
    _, slots = snapshot_of(mine.snapshot(over))
    assert slots == {TOMORROW.kid: given[TOMORROW.kid]}
    assert delta_of(mine.delta(over))[1] == {}


def test_a_delta_is_filled_up_and_waits(ledger: SQLiteLedger) -> None:
    given = [issue(ledger, n) for n in range(9)]
    mine = publisher(ledger, None)
    mine.snapshot(NOW)
    for n in range(7):
        mine.revoke(notice(n), STATE, now=NOW)
        assert mine.delta(NOW + n) is None
    mine.revoke(notice(7), STATE, now=NOW)
    _, slots = delta_of(mine.delta(NOW + 7))
    later = [issue(ledger, n) for n in range(20, 120)]
    for kid in (WINDOW.kid, TOMORROW.kid):
        assert len(slots[kid]) == 256
        assert slots[kid] >= set().union(*(each[kid] for each in given[:8]))
        assert not slots[kid] & set().union(given[8][kid], *(each[kid] for each in later))
    mine.revoke(notice(8), STATE, now=NOW + 10)
    assert mine.delta(NOW + 10 + 4 * 3600 - 1) is None
    _, more = delta_of(mine.delta(NOW + 10 + 4 * 3600))
    assert all(len(more[kid]) == 512 for kid in more), "what is new in it is filled up again"


def test_seven_of_ones_own_do_not_show_an_eighth_person(ledger: SQLiteLedger) -> None:
    """Whoever had them taken back knows their slots: what a delta has beside them is never less than the floor."""
    codes = [recovery_code_from(bytes([n] * 16)) for n in range(8)]
    given = [issue(ledger, n, recovery_hash(code, bytes(2))) for n, code in enumerate(codes)]
    mine = publisher(ledger, None)
    mine.snapshot(NOW)
    for n in range(4):
        mine.revoke_by_code(codes[n], now=NOW)
    for n in range(4, 7):
        mine.revoke(notice(n, at_wish=True), STATE, now=NOW)
    mine.revoke(notice(7), STATE, now=NOW)
    assert mine.delta(NOW + 4 * 3600 - 1) is None
    _, slots = delta_of(mine.delta(NOW + 4 * 3600))
    for kid in slots:
        beside = slots[kid] - set().union(*(each[kid] for each in given[:7]))
        assert given[7][kid] < beside
        assert len(beside) == 256


def test_a_replacement_at_the_holders_wish(ledger: SQLiteLedger) -> None:
    issuer, mine = make_issuer(ledger), publisher(ledger, PublishingOptions(1, longest_wait=1, least_slots=0))
    mine.snapshot(NOW)
    issuer.issue(attest(device_passes(2), reference=1), now=NOW)
    issuer.replace(notice(1, at_wish=True), attest(device_passes(2, first_key=50), reference=2), now=NOW)
    assert mine.delta(NOW) is None


def test_a_clock_that_went_back(ledger: SQLiteLedger) -> None:
    mine = publisher(ledger)
    mine.snapshot(NOW)
    for call in (mine.snapshot, mine.delta):
        with pytest.raises(RevocationRefused) as caught:
            call(NOW - 1)
        assert caught.value.code == "clock-behind"
    assert delta_of(mine.delta(NOW))[0].version == 2


@pytest.mark.parametrize(
    "wrong", [{"attestations": 0}, {"longest_wait": -1}, {"least_slots": -1}, {"lifetime": 0}], ids=str
)
def test_options_out_of_range(wrong: dict[str, int]) -> None:
    with raises(FormatError, "malformed", "publishing options: a value is out of range"):
        PublishingOptions(**wrong)


def test_another_colour_in_one_call(ledger: SQLiteLedger) -> None:
    issuer, mine = make_issuer(ledger), publisher(ledger)
    old, new = attest(device_passes(2), reference=1), attest(device_passes(2, first_key=50), ["amber"], reference=2)
    before = issued(issuer, old)
    claims = claims_in(issuer.replace(notice(1), new, now=NOW))
    assert claims_in(issuer.replace(notice(1), new, now=NOW)) == claims == issued(issuer, new)
    _, slots = snapshot_of(mine.snapshot(NOW))
    assert slots[WINDOW.kid] == {parse_claim(claim).slot for claim in before}


def test_a_replacement_that_is_refused_changes_nothing(ledger: SQLiteLedger) -> None:
    issuer = make_issuer(ledger)
    old, new = attest(device_passes(2), reference=1), attest(device_passes(2, first_key=50), ["amber"], reference=2)
    mauve = attest(device_passes(2, first_key=50), ["mauve"], reference=2)
    issuer.issue(old, now=NOW)
    before = dump(ledger)
    cases = [(notice(3, STRANGER), new, "unknown-attestation"), (notice(1, STRANGER), new, "unknown-attestation")]
    cases += [(notice(1), mauve, "unknown-colour"), (notice(1), old, "same-reference")]
    for back, given, code in cases:
        with pytest.raises(AttestationRefused) as caught:
            issuer.replace(back, given, now=NOW)
        assert caught.value.code == code
        assert dump(ledger) == before
