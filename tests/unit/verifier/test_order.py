"""Of several faults at once, the earliest step names the refusal: nobody learns of a later step before the earlier ones
hold."""

from __future__ import annotations

from itertools import combinations

import pytest

from healthpass import Color, RefusalCode
from healthpass.formats.check_policy import default_policy
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.text import encode_text
from healthpass.verifier import Verifier
from tests.making import (
    DAY,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    OTHER_PLACE,
    PLACE,
    STRANGER,
    WINDOW,
    assert_refused,
    make_claim,
    make_store,
    make_trust_list,
    present,
    show,
    sign_claim,
    sign_trust_list,
)
from tests.revoking import REVOKER, Pieces, filters_of, sign_snapshot

CHAIN = [
    RefusalCode.PLACE_NOT_CERTIFIED,
    RefusalCode.TRUST_LIST_EXPIRED,
    RefusalCode.REVOCATION_DATA_STALE,
    RefusalCode.NOT_A_PASS,
    RefusalCode.UNSUPPORTED_VERSION,
    RefusalCode.MALFORMED,
    RefusalCode.UNKNOWN_ISSUER_KEY,
    RefusalCode.ISSUER_KEY_NOT_VALID,
    RefusalCode.ISSUER_NOT_ALLOWED,
    RefusalCode.BAD_CLAIM_SIGNATURE,
    RefusalCode.EXPIRED,
    RefusalCode.BAD_HOLDER_SIGNATURE,
    RefusalCode.PRESENTATION_STALE,
    RefusalCode.PRESENTATION_FROM_FUTURE,
    RefusalCode.WRONG_AUDIENCE,
    RefusalCode.WRONG_NONCE,
    RefusalCode.REVOKED,
    RefusalCode.REPLAYED,
]
IMPOSSIBLE = {
    # A text that is no pass has no version; a showing is not both too old and too new; a window ends after it begins.
    (RefusalCode.NOT_A_PASS, RefusalCode.UNSUPPORTED_VERSION),
    (RefusalCode.PRESENTATION_STALE, RefusalCode.PRESENTATION_FROM_FUTURE),
    (RefusalCode.ISSUER_KEY_NOT_VALID, RefusalCode.EXPIRED),
    # Without data nothing is revoked.
    (RefusalCode.REVOCATION_DATA_STALE, RefusalCode.REVOKED),
}
ISSUED = WINDOW.valid_from - 600


def possible(faults: list[RefusalCode]) -> list[RefusalCode]:
    """Without those that cannot be together with an earlier one."""
    return [each for n, each in enumerate(faults) if not any((other, each) in IMPOSSIBLE for other in faults[:n])]


def moment_of(faults: list[RefusalCode]) -> int:
    if RefusalCode.EXPIRED in faults:
        return WINDOW.expires + 60
    return WINDOW.valid_from - 75 if RefusalCode.ISSUER_KEY_NOT_VALID in faults else NOW


def scanner_with(faults: list[RefusalCode], now: int) -> Verifier:
    """A scanner of `PLACE` that has perhaps seen the claim, and whose newest list is perhaps over or has a policy."""
    store = make_store(make_trust_list(issued=ISSUED), now=ISSUED)
    verifier = Verifier(store, audience=PLACE)
    if RefusalCode.REPLAYED in faults:
        before = min(max(now, WINDOW.valid_from), WINDOW.expires + 45)
        assert verifier.verify(show(make_claim(), before, PLACE, NONCE), now=before, nonce=NONCE).colors
    newest = make_trust_list(
        version=2,
        issued=ISSUED,
        expires=now if RefusalCode.TRUST_LIST_EXPIRED in faults else NOW + 7 * DAY,
        policy=default_policy() if RefusalCode.PLACE_NOT_CERTIFIED in faults else None,
        revocation_keys={REVOKER.public_key: (WINDOW.kid,)},
    )
    store.update_trust_list(sign_trust_list(newest), now=ISSUED)
    if RefusalCode.REVOCATION_DATA_STALE not in faults:
        filters = filters_of({WINDOW: [1] if RefusalCode.REVOKED in faults else []})
        data = sign_snapshot(filters, issued=ISSUED, expires=NOW + 7 * DAY)
        store.update_revocation(data, now=ISSUED, fetch=Pieces(*filters.values()))
    return verifier


def text_with(faults: list[RefusalCode], now: int) -> str:
    """A device pass with these faults, honest otherwise."""
    kid = b"none" if RefusalCode.UNKNOWN_ISSUER_KEY in faults else WINDOW.kid
    exp = WINDOW.expires + (RefusalCode.ISSUER_NOT_ALLOWED in faults)
    claim = Claim(kid, exp, 1, Color.GREEN, HOLDER.public_key)
    late = 90 * (RefusalCode.PRESENTATION_STALE in faults) - 75 * (RefusalCode.PRESENTATION_FROM_FUTURE in faults)
    data = present(
        sign_claim(claim, STRANGER if RefusalCode.BAD_CLAIM_SIGNATURE in faults else ISSUER),
        iat=now - late,
        audience=OTHER_PLACE if RefusalCode.WRONG_AUDIENCE in faults else PLACE,
        nonce=bytes(16) if RefusalCode.WRONG_NONCE in faults else NONCE,
        holder=STRANGER if RefusalCode.BAD_HOLDER_SIGNATURE in faults else HOLDER,
    )
    text = encode_text(b"\x00" + data[1:] if RefusalCode.MALFORMED in faults else data)
    if RefusalCode.NOT_A_PASS in faults:
        return text[1:]
    return "HP2:" + text[4:] if RefusalCode.UNSUPPORTED_VERSION in faults else text


def assert_the_first_counts(faults: list[RefusalCode]) -> None:
    now = moment_of(faults)
    verifier = scanner_with(faults, now)
    if faults:
        assert_refused(verifier, text_with(faults, now), faults[0], now=now, nonce=NONCE)
    else:
        assert verifier.verify(text_with(faults, now), now=now, nonce=NONCE).colors


def test_without_a_fault_it_is_accepted() -> None:
    assert_the_first_counts([])


@pytest.mark.parametrize("fault", CHAIN, ids=lambda code: code.name)
def test_one_fault(fault: RefusalCode) -> None:
    assert_the_first_counts([fault])


@pytest.mark.parametrize("first", range(len(CHAIN)), ids=lambda n: CHAIN[n].name)
def test_a_fault_and_every_later_one(first: int) -> None:
    assert_the_first_counts(possible(CHAIN[first:]))


@pytest.mark.parametrize(
    "pair",
    [pair for pair in combinations(CHAIN, 2) if pair not in IMPOSSIBLE],
    ids=lambda pair: f"{pair[0].name}-{pair[1].name}",
)
def test_two_faults(pair: tuple[RefusalCode, RefusalCode]) -> None:
    assert_the_first_counts(list(pair))


@pytest.mark.parametrize(
    ("data", "now", "code"),
    [
        (make_claim(issuer=STRANGER), WINDOW.expires + 60, RefusalCode.BAD_CLAIM_SIGNATURE),
        (make_claim(), WINDOW.expires + 60, RefusalCode.EXPIRED),
        (make_claim(), NOW, RefusalCode.HOLDER_PROOF_REQUIRED),
        (make_claim(binding=Binding.DOCUMENT, issuer=STRANGER), WINDOW.expires + 60, RefusalCode.BAD_CLAIM_SIGNATURE),
    ],
)
def test_claims_shown_bare(data: bytes, now: int, code: RefusalCode) -> None:
    assert_refused(Verifier(make_store()), encode_text(data), code, now=now)


def test_of_several_members_the_first_bad_one_is_named() -> None:
    claims = [make_claim(n, Binding.BOTH, issuer=STRANGER if n in (1, 2) else ISSUER) for n in range(4)]
    assert_refused(Verifier(make_store()), show(claims), RefusalCode.BAD_CLAIM_SIGNATURE, 1)


def test_what_a_member_may_not_be_comes_before_any_signature() -> None:
    claims = [make_claim(0, Binding.BOTH, issuer=STRANGER), make_claim(WINDOW.capacity, Binding.BOTH)]
    assert_refused(Verifier(make_store()), show(claims), RefusalCode.ISSUER_NOT_ALLOWED, 1)
