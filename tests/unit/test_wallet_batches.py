"""Accepting a batch: everything about every claim is checked, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from healthpass import Color
from healthpass.errors import WalletError
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT, Claim
from healthpass.formats.enrolment import encode_offer
from healthpass.formats.window import Window
from healthpass.holder import Wallet, state
from healthpass.holder.stored import parse_state
from healthpass.trust.updates import CLOCK_SKEW
from tests.making import (
    DAY,
    ISSUER,
    NOW,
    ROOTS,
    STRANGER,
    TAG,
    TOMORROW,
    WINDOW,
    make_claim,
    make_trust_list,
    sign_claim,
    sign_trust_list,
    signer,
)
from tests.wallets import (
    ISSUERS,
    SEED,
    TRUST_LIST,
    WINDOWS,
    claims_for,
    code_of,
    content,
    fill,
    keys_of,
    make_batch,
    make_offer,
    make_wallet,
    parsed,
    sign_batch,
)

GREEN, YELLOW, RED = Color
OFFER = make_offer((WINDOW, 3), (TOMORROW, 2))
Edit = Callable[[list[Claim]], object]


def changed(claim: Claim, **values: object) -> Claim:
    """The claim with other fields."""
    fields = {name: getattr(claim, name) for name in Claim.__slots__}
    return Claim(**fields | values)


def set_field(index: int, **values: object) -> Edit:
    def edit(claims: list[Claim]) -> None:
        claims[index] = changed(claims[index], **values)

    return edit


def assert_refused(wallet: Wallet, batch: bytes, code: str, now: int = NOW) -> None:
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.accept(batch, now=now)) == code
    assert content(wallet) == before


@pytest.mark.parametrize(
    ("binding", "colors"),
    [(DEVICE, [GREEN]), (BOTH, [RED]), (BOTH, [GREEN, YELLOW]), (BOTH, [GREEN, GREEN, RED] + [YELLOW] * 5)],
)
def test_an_honest_batch_is_taken(binding: int, colors: list[Color]) -> None:
    wallet = make_wallet()
    answer = wallet.answer(encode_offer(OFFER))
    assert wallet.accept(make_batch(answer, colors, binding), now=NOW) == 5
    assert wallet.unused(now=NOW) == 3
    assert wallet.unused(now=TOMORROW.valid_from) == 2


DEVICE_EDITS: list[tuple[str, Edit]] = [
    ("incomplete", lambda claims: claims.pop()),
    ("unknown-keys", lambda claims: claims.append(changed(claims[0], slot=9, key=STRANGER.public_key))),
    ("unknown-keys", set_field(0, key=STRANGER.public_key)),
    ("unknown-keys", set_field(4, key=STRANGER.public_key)),
    ("people", lambda claims: claims.append(changed(claims[0], slot=9))),
    ("people", lambda claims: claims.extend([changed(claim, slot=9 + n) for n, claim in enumerate(claims)])),
    ("repeated-slot", lambda claims: claims.__setitem__(1, changed(claims[1], slot=claims[0].slot))),
    ("people", lambda claims: claims.append(claims[0])),
    ("colors", set_field(4, color=YELLOW)),
    ("other-window", set_field(0, kid=TOMORROW.kid, exp=TOMORROW.expires)),
    ("other-window", set_field(4, kid=WINDOW.kid, exp=WINDOW.expires)),
    ("not-allowed", set_field(0, exp=WINDOW.expires - 1)),
    ("not-allowed", set_field(3, exp=WINDOW.expires)),
    ("not-allowed", set_field(0, slot=WINDOW.capacity)),
    ("mixed-bindings", set_field(2, tag=TAG)),
    ("no-holder-key", set_field(2, tag=TAG, key=None)),
]


@pytest.mark.parametrize(("code", "edit"), DEVICE_EDITS)
def test_one_wrong_claim_refuses_the_batch(code: str, edit: Edit) -> None:
    wallet = make_wallet()
    honest = claims_for(wallet.answer(encode_offer(OFFER)))
    claims = list(honest)
    edit(claims)
    assert_refused(wallet, sign_batch(claims), code)
    assert wallet.accept(sign_batch(honest), now=NOW) == 5


FAMILY_EDITS: list[tuple[str, Edit]] = [
    ("people", lambda claims: claims.pop()),
    ("people", lambda claims: claims.append(changed(claims[0], slot=9))),
    ("colors", lambda claims: claims.__setitem__(slice(0, 2), [claims[1], claims[0]])),
    ("colors", set_field(9, color=RED)),
    ("repeated-slot", lambda claims: claims.__setitem__(1, changed(claims[1], slot=claims[0].slot))),
    ("mixed-bindings", set_field(0, tag=None)),
]


@pytest.mark.parametrize(("code", "edit"), FAMILY_EDITS)
def test_one_wrong_claim_refuses_a_family(code: str, edit: Edit) -> None:
    wallet = make_wallet()
    claims = claims_for(wallet.answer(encode_offer(OFFER)), [GREEN, YELLOW], BOTH)
    edit(claims)
    assert_refused(wallet, sign_batch(claims), code)


def test_nine_people_are_too_many() -> None:
    wallet = make_wallet()
    answer = wallet.answer(encode_offer(OFFER))
    assert_refused(wallet, make_batch(answer, [GREEN] * 9, BOTH), "people")


def test_the_order_of_showings_does_not_matter_and_that_of_people_does() -> None:
    offer = make_offer((WINDOW, 2), (TOMORROW, 2))
    wallet = make_wallet()
    claims = claims_for(wallet.answer(encode_offer(offer)), [GREEN, YELLOW], BOTH)
    pairs = [claims[at : at + 2] for at in range(0, 8, 2)]
    wallet.accept(sign_batch([claim for pair in reversed(pairs) for claim in pair]), now=NOW)
    shown = [[claim.color for claim in parsed(wallet.present(now=NOW).text).claims] for _ in range(2)]
    assert shown == [[GREEN, YELLOW]] * 2
    assert wallet.accept(sign_batch(claims), now=NOW) == 4
    assert wallet.unused(now=NOW) == 0


def test_every_signature_is_checked() -> None:
    wallet = make_wallet()
    claims = claims_for(wallet.answer(encode_offer(OFFER)))
    signed = [sign_claim(claim, ISSUER) for claim in claims]
    assert_refused(wallet, encode_batch(signed), "bad-signature")  # tomorrow's, with today's key
    good = make_batch(wallet.answer(encode_offer(OFFER)))
    for claim in (0, 4):
        end = len(good) - 145 * claim
        assert_refused(wallet, good[: end - 1] + bytes((good[end - 1] ^ 1,)) + good[end:], "bad-signature")


@pytest.mark.parametrize("binding", [DEVICE, BOTH])
def test_a_window_says_how_its_claims_may_be_bound(binding: int) -> None:
    other = BOTH if binding == DEVICE else DEVICE
    only = Window(b"kid0", ISSUER.public_key, WINDOW.valid_from, WINDOW.expires, 4**10, other | DOCUMENT, b"doc0")
    wallet = Wallet(ROOTS)
    wallet.update_trust_list(sign_trust_list(make_trust_list(windows=[only])), now=NOW)
    answer = wallet.answer(encode_offer(make_offer()))
    assert_refused(wallet, make_batch(answer, binding=binding), "not-allowed")
    assert wallet.accept(make_batch(answer, binding=other), now=NOW) == 4


def test_windows_must_be_known_and_not_over() -> None:
    wallet = Wallet(ROOTS)
    wallet.update_trust_list(sign_trust_list(make_trust_list(windows=[WINDOW])), now=NOW)
    batch = make_batch(wallet.answer(encode_offer(OFFER)))
    assert_refused(wallet, batch, "unknown-window")
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=2)), now=NOW)
    assert_refused(wallet, batch, "window-over", now=TOMORROW.expires)
    assert wallet.accept(batch, now=WINDOW.expires - 1) == 5


def test_a_batch_needs_a_trust_list_in_force() -> None:
    wallet = Wallet(ROOTS)
    batch = make_batch(wallet.answer(encode_offer(make_offer((TOMORROW, 1)))))
    assert_refused(wallet, batch, "no-trust-list")
    wallet.update_trust_list(sign_trust_list(make_trust_list(expires=NOW + 10)), now=NOW)
    assert_refused(wallet, batch, "trust-list-expired", now=NOW + 10)
    assert_refused(wallet, batch, "clock-behind", now=NOW - 121)
    assert wallet.accept(batch, now=NOW + 9) == 1


def test_a_paper_pass_belongs_to_no_wallet() -> None:
    wallet = make_wallet()
    wallet.answer(encode_offer(make_offer()))
    assert_refused(wallet, encode_batch([make_claim(binding=DOCUMENT)]), "no-holder-key")


def test_a_batch_for_another_wallet_or_for_two_enrolments_is_refused() -> None:
    wallet = make_wallet()
    first = claims_for(wallet.answer(encode_offer(make_offer())))
    second = claims_for(wallet.answer(encode_offer(make_offer(reference=1))), seed=1)
    assert_refused(wallet, sign_batch(first + second), "unknown-keys")
    assert_refused(wallet, make_batch(Wallet(ROOTS).answer(encode_offer(make_offer()))), "unknown-keys")
    assert wallet.accept(sign_batch(second), now=NOW) == wallet.accept(sign_batch(first), now=NOW) == 4


def test_a_slot_of_another_batch_is_refused() -> None:
    wallet = make_wallet()
    fill(wallet)
    same_slots = make_batch(wallet.answer(encode_offer(make_offer(reference=1))))
    assert_refused(wallet, same_slots, "repeated-slot")
    tomorrow = make_batch(wallet.answer(encode_offer(make_offer((TOMORROW, 4)))))
    assert wallet.accept(tomorrow, now=NOW) == 4  # the same slots under another kid


def test_the_same_batch_again_leaves_used_what_was_used() -> None:
    wallet = make_wallet()
    batch = fill(wallet)
    wallet.present(now=NOW)
    before = content(wallet)
    assert wallet.accept(batch, now=NOW) == 4
    assert content(wallet) == before


def test_another_batch_for_the_same_keys_is_refused() -> None:
    wallet = make_wallet()
    fill(wallet)
    assert_refused(wallet, make_batch(wallet.answer(encode_offer(make_offer())), [YELLOW]), "other-batch")
    assert_refused(wallet, make_batch(wallet.answer(encode_offer(make_offer())), seed=1), "other-batch")


def test_passes_of_windows_that_are_over_are_dropped() -> None:
    wallet = make_wallet()
    batch = fill(wallet, OFFER)
    fill(wallet, make_offer(reference=1), name="today", seed=1)
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=2)), now=WINDOW.expires + 3599)
    assert list(wallet.names) == ["me", "today"]
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=3)), now=WINDOW.expires + 3600)
    assert wallet.names == ("me",)
    assert len(content(wallet)) < len(batch) + len(TRUST_LIST)
    assert wallet.unused(now=NOW) == 0
    assert wallet.unused(now=WINDOW.expires) == 2
    before = content(wallet)
    assert wallet.accept(batch, now=WINDOW.expires) == 2
    assert wallet.accept(batch, now=NOW) == 5  # a clock that went back
    assert content(wallet) == before
    late = make_batch(wallet.answer(encode_offer(make_offer((TOMORROW, 1)))), seed=2)
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=4, expires=NOW + 30 * DAY)), now=NOW)
    wallet.accept(late, now=TOMORROW.expires - 1)
    assert wallet.present(now=TOMORROW.expires - 1).unused == 2


def test_a_batch_that_comes_late_is_taken_without_the_windows_that_are_over() -> None:
    wallet = make_wallet()
    batch = make_batch(wallet.answer(encode_offer(OFFER)))
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=2, expires=NOW + 30 * DAY)), now=NOW)
    assert wallet.accept(batch, now=WINDOW.expires) == 2
    assert wallet.unused(now=NOW) == 0
    assert wallet.unused(now=WINDOW.expires) == 2
    assert wallet.present(now=WINDOW.expires).unused == 1


def test_accepting_drops_what_is_over_too() -> None:
    wallet = make_wallet()
    fill(wallet)
    fill(wallet, make_offer(reference=1), name="other", seed=1)
    batch = make_batch(wallet.answer(encode_offer(make_offer((TOMORROW, 1))), name="new"), seed=2)
    wallet.accept(batch, now=WINDOW.expires + 3600)
    assert wallet.names == ("new",)


@pytest.mark.parametrize(("limit", "value"), [("MAX_CLAIMS", 4 + 8), ("MAX_WINDOWS", 2)])
def test_a_full_wallet_says_so(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, limit, value)
    wallet = make_wallet()
    fill(wallet)
    fill(wallet, make_offer(reference=1), colors=[GREEN, RED], binding=BOTH, seed=1)
    assert_refused(wallet, make_batch(wallet.answer(encode_offer(make_offer((WINDOW, 1)))), seed=2), "wallet-full")


def test_refusals_carry_no_identifier() -> None:
    wallet = make_wallet()
    answer = wallet.answer(encode_offer(OFFER), name="Grandmother")
    texts = []
    for code, edit in DEVICE_EDITS:
        claims = claims_for(answer)
        edit(claims)
        with pytest.raises(WalletError) as caught:
            wallet.accept(sign_batch(claims), now=NOW)
        texts.append(f"{caught.value!r} {caught.value} {code}")
    secrets = ["Grandmother", "kid0", "kid1", *(str(claim.slot) for claim in claims_for(answer))]
    secrets += [key.hex()[:8] for key in keys_of(answer)]
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_several_kids_for_one_time_would_mark_their_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    spare = Window(b"kid2", signer(72).public_key, WINDOW.valid_from, WINDOW.expires, 4**10, 7, b"doc0")
    monkeypatch.setitem(ISSUERS, spare.kid, signer(72))
    monkeypatch.setitem(WINDOWS, spare.kid, spare)
    wallet = Wallet(ROOTS)
    wallet.update_trust_list(sign_trust_list(make_trust_list(windows=[WINDOW, spare])), now=NOW)
    batch = make_batch(wallet.answer(encode_offer(make_offer((WINDOW, 1), (spare, 1)))))
    assert_refused(wallet, batch, "marked")


def test_what_was_forgotten_does_not_come_back_as_unused() -> None:
    wallet = make_wallet()
    batch = fill(wallet)
    wallet.present(now=NOW)
    wallet.forget("me")
    assert code_of(WalletError, lambda: wallet.answer(encode_offer(make_offer()))) == "forgotten"
    assert_refused(wallet, batch, "unknown-keys")
    fill(wallet, make_offer(reference=1))
    assert wallet.unused(now=NOW) == 4
    again = Wallet(ROOTS, seed=SEED)
    again._kept._state = parse_state(content(wallet))
    assert code_of(WalletError, lambda: again.answer(encode_offer(make_offer()))) == "forgotten"


def test_a_clock_exactly_as_far_behind_as_is_allowed() -> None:
    wallet = make_wallet()
    batch = make_batch(wallet.answer(encode_offer(make_offer())))
    assert_refused(wallet, batch, "clock-behind", now=NOW - 60 - CLOCK_SKEW - 1)
    assert wallet.accept(batch, now=NOW - 60 - CLOCK_SKEW) == 4
