"""Accepting a batch: everything about every claim is checked, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from healthpass import Color
from healthpass.crypto.envelope import seal_padded
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.errors import WalletError
from healthpass.formats.batch import encode_batch
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.padding import pad
from healthpass.formats.window import Window
from healthpass.holder import Wallet, keys, state
from healthpass.trust.updates import CLOCK_SKEW
from tests.making import (
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
    opening_of,
    parsed,
    sealed_batch,
    sign_batch,
)

GREEN, YELLOW, RED = Color
OFFER = make_offer((WINDOW, 10), (TOMORROW, 8))
LAST = 17
Edit = Callable[[list[Claim]], object]


def changed(claim: Claim, **values: object) -> Claim:
    """The claim with other fields."""
    fields = {name: getattr(claim, name) for name in Claim.__slots__}
    return Claim(**fields | values)


def set_field(index: int, **values: object) -> Edit:
    def edit(claims: list[Claim]) -> None:
        claims[index] = changed(claims[index], **values)

    return edit


def swap(one: int, two: int) -> Edit:
    def edit(claims: list[Claim]) -> None:
        claims[one], claims[two] = claims[two], claims[one]

    return edit


def assert_refused(wallet: Wallet, batch: bytes, code: str, now: int = NOW) -> None:
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.accept(batch, now=now)) == code
    assert content(wallet) == before


@pytest.mark.parametrize(
    ("binding", "colors"),
    [
        (Binding.DEVICE, [GREEN]),
        (Binding.BOTH, [RED]),
        (Binding.BOTH, [GREEN, YELLOW]),
        (Binding.BOTH, [GREEN, GREEN, RED] + [YELLOW] * 5),
    ],
)
def test_an_honest_batch_is_taken(binding: Binding, colors: list[Color]) -> None:
    wallet = make_wallet()
    offer = make_offer((WINDOW, 10), (TOMORROW, 8), binding=binding, people=len(colors))
    assert wallet.accept(make_batch(wallet.answer(offer, now=NOW), colors), now=NOW) == 18
    assert wallet.unused(now=NOW) == 10
    assert wallet.unused(now=TOMORROW.valid_from) == 8


DEVICE_EDITS: list[tuple[str, Edit]] = [
    ("other-count", lambda claims: claims.pop()),
    ("other-count", lambda claims: claims.append(changed(claims[0], slot=9, key=STRANGER.public_key))),
    ("other-count", lambda claims: claims.extend([changed(claim, slot=9 + n) for n, claim in enumerate(claims)])),
    ("unknown-keys", set_field(0, key=STRANGER.public_key)),
    ("unknown-keys", set_field(LAST, key=STRANGER.public_key)),
    ("unknown-keys", swap(0, 1)),
    ("unknown-keys", swap(0, LAST)),
    ("unknown-keys", lambda claims: claims.__setitem__(1, claims[0])),
    ("repeated-slot", lambda claims: claims.__setitem__(1, changed(claims[1], slot=claims[0].slot))),
    ("colors", set_field(LAST, color=YELLOW)),
    ("colors", set_field(0, color=RED)),
    ("other-window", set_field(0, kid=TOMORROW.kid, exp=TOMORROW.expires)),
    ("other-window", set_field(LAST, kid=WINDOW.kid, exp=WINDOW.expires)),
    ("not-allowed", set_field(0, exp=WINDOW.expires - 1)),
    ("not-allowed", set_field(10, exp=WINDOW.expires)),
    ("not-allowed", set_field(0, slot=WINDOW.capacity)),
    ("other-binding", set_field(2, tag=TAG)),
    ("other-binding", set_field(2, tag=TAG, key=None)),
]


@pytest.mark.parametrize(("code", "edit"), DEVICE_EDITS)
def test_one_wrong_claim_refuses_the_batch(code: str, edit: Edit) -> None:
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW)
    honest = claims_for(answer)
    claims = list(honest)
    edit(claims)
    assert_refused(wallet, sign_batch(answer, claims), code)
    assert wallet.accept(sign_batch(answer, honest), now=NOW) == 18


FAMILY_EDITS: list[tuple[str, Edit]] = [
    ("other-count", lambda claims: claims.pop()),
    ("other-count", lambda claims: claims.append(changed(claims[0], slot=9))),
    ("colors", swap(0, 1)),
    ("colors", set_field(9, color=RED)),
    ("unknown-keys", swap(1, 2)),
    ("repeated-slot", lambda claims: claims.__setitem__(1, changed(claims[1], slot=claims[0].slot))),
    ("other-binding", set_field(0, tag=None)),
]


@pytest.mark.parametrize(("code", "edit"), FAMILY_EDITS)
def test_one_wrong_claim_refuses_a_family(code: str, edit: Edit) -> None:
    wallet = make_wallet()
    answer = wallet.answer(make_offer(binding=Binding.BOTH, people=2), now=NOW)
    claims = claims_for(answer, [GREEN, YELLOW])
    edit(claims)
    assert_refused(wallet, sign_batch(answer, claims), code)


@pytest.mark.parametrize(("asked", "given"), [(1, 2), (2, 1), (8, 7), (7, 8)])
def test_other_people_than_were_asked_for(asked: int, given: int) -> None:
    wallet = make_wallet()
    answer = wallet.answer(make_offer(binding=Binding.BOTH, people=asked), now=NOW)
    assert_refused(wallet, make_batch(answer, [GREEN] * given), "other-count")


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.BOTH])
def test_another_binding_than_was_asked_for(binding: Binding) -> None:
    wallet = make_wallet()
    answer = wallet.answer(make_offer(binding=binding), now=NOW)
    tag = TAG if binding == Binding.DEVICE else None
    others = [changed(claim, tag=tag) for claim in claims_for(answer)]
    assert_refused(wallet, sign_batch(answer, others), "other-binding")


def test_another_count_in_each_period_than_was_asked_for() -> None:
    """As many claims in all."""
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW)
    claims = claims_for(answer)
    claims[9] = changed(claims[9], kid=TOMORROW.kid, exp=TOMORROW.expires)
    assert_refused(wallet, sign_batch(answer, claims), "other-window")


def test_every_signature_is_checked() -> None:
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW)
    claims = claims_for(answer)
    signed = [sign_claim(claim, ISSUER) for claim in claims]
    assert_refused(wallet, sealed_batch(answer, encode_batch(signed)), "bad-claim-signature")  # by today's key
    good = [sign_claim(claim, ISSUERS[claim.kid]) for claim in claims]
    for at in (0, LAST):
        bad = [*good[:at], good[at][:-1] + bytes((good[at][-1] ^ 1,)), *good[at + 1 :]]
        assert_refused(wallet, sealed_batch(answer, encode_batch(bad)), "bad-claim-signature")


@pytest.mark.parametrize("change", ["cut", "longer", "flipped", "short", "empty"])
def test_bytes_that_were_changed_on_the_way(change: str) -> None:
    wallet = make_wallet()
    batch = make_batch(wallet.answer(OFFER, now=NOW))
    changes = {
        "cut": batch[:-1],
        "longer": batch + b"\x00",
        "flipped": batch[:-1] + bytes((batch[-1] ^ 1,)),
        "short": batch[:47],
        "empty": b"",
    }
    assert_refused(wallet, changes[change], "not-for-us")


def test_what_is_sealed_to_another_key() -> None:
    wallet, other = make_wallet(), make_wallet(seed=1)
    answer = wallet.answer(OFFER, now=NOW)
    claims = [sign_claim(claim, ISSUERS[claim.kid]) for claim in claims_for(answer)]
    assert_refused(wallet, seal_padded(SealingKey().public_key, encode_batch(claims)), "not-for-us")
    assert_refused(wallet, make_batch(other.answer(OFFER, now=NOW)), "not-for-us")
    assert_refused(wallet, encode_batch(claims), "not-for-us")  # plain, as for paper


def test_padding_has_one_form() -> None:
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW)
    content = encode_batch([sign_claim(claim, ISSUERS[claim.kid]) for claim in claims_for(answer)])
    padded = pad(content)
    end = 4 + len(content)
    wrong = [
        b"",
        content,
        padded[:-1],
        padded + bytes(1024),
        padded[:end] + b"\x01" + padded[end + 1 :],
        padded[:-1] + b"\x01",
        (len(content) + 1).to_bytes(4, "big") + padded[4:],
        (len(content) - 1).to_bytes(4, "big") + padded[4:],
        b"\xff" * 4 + padded[4:],
    ]
    key = opening_of(answer).answer_key
    for each in wrong:
        assert_refused(wallet, seal(key, each), "malformed")
    assert wallet.accept(seal(key, padded), now=NOW) == 18


def test_a_batch_over_the_largest_size_is_not_opened() -> None:
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW)
    assert_refused(wallet, sealed_batch(answer, bytes(2_097_152)), "not-for-us")
    assert_refused(wallet, sealed_batch(answer, bytes(2_000_000)), "malformed")


@pytest.mark.parametrize("binding", [Binding.DEVICE, Binding.BOTH])
def test_a_window_that_no_longer_takes_the_binding(binding: Binding) -> None:
    wallet = make_wallet()
    answer = wallet.answer(make_offer(binding=binding), now=NOW)
    other = Binding.BOTH if binding == Binding.DEVICE else Binding.DEVICE
    only = Window(
        b"kid0", ISSUER.public_key, WINDOW.valid_from, WINDOW.expires, 4**10, other | Binding.DOCUMENT, b"doc0"
    )
    wallet.update_trust_list(sign_trust_list(make_trust_list(2, windows=[only])), now=NOW)
    assert_refused(wallet, make_batch(answer), "unknown-window")


def test_windows_must_be_known_and_not_over() -> None:
    wallet = make_wallet()
    batch = make_batch(wallet.answer(OFFER, now=NOW))
    wallet.update_trust_list(sign_trust_list(make_trust_list(2, windows=[WINDOW])), now=NOW)
    assert_refused(wallet, batch, "unknown-window")
    wallet.update_trust_list(sign_trust_list(make_trust_list(3)), now=NOW)
    assert wallet.accept(batch, now=WINDOW.expires - 1) == 18


def test_a_batch_needs_a_trust_list_in_force() -> None:
    wallet = make_wallet(trust_list=sign_trust_list(make_trust_list(expires=NOW + 10)))
    batch = make_batch(wallet.answer(make_offer((TOMORROW, 8)), now=NOW))
    assert_refused(wallet, batch, "trust-list-expired", now=NOW + 10)
    assert_refused(wallet, batch, "clock-behind", now=NOW - 121)
    assert_refused(Wallet(ROOTS), batch, "no-trust-list")
    assert wallet.accept(batch, now=NOW + 9) == 8


def test_a_paper_pass_belongs_to_no_wallet() -> None:
    wallet = make_wallet()
    answer = wallet.answer(make_offer(), now=NOW)
    paper = sealed_batch(answer, encode_batch([make_claim(n, binding=Binding.DOCUMENT) for n in range(8)]))
    assert_refused(wallet, paper, "other-binding")


def test_a_batch_of_another_enrolment_is_refused() -> None:
    """The claims of the one, sealed to the other; or the claims of both."""
    wallet = make_wallet()
    first, second = (wallet.answer(make_offer(reference=n), now=NOW) for n in range(2))
    claims = [claims_for(answer, seed=n) for n, answer in enumerate((first, second))]
    assert_refused(wallet, sign_batch(second, claims[0]), "unknown-keys")
    assert_refused(wallet, sign_batch(second, claims[1][:4] + claims[0][4:]), "unknown-keys")
    assert_refused(wallet, sign_batch(second, claims[0] + claims[1]), "other-count")
    assert wallet.accept(sign_batch(second, claims[1]), now=NOW) == 8
    assert wallet.accept(sign_batch(first, claims[0]), now=NOW) == 8


def test_a_slot_of_another_batch_is_refused() -> None:
    wallet = make_wallet()
    fill(wallet)
    same_slots = make_batch(wallet.answer(make_offer(reference=1), now=NOW))
    assert_refused(wallet, same_slots, "repeated-slot")
    tomorrow = make_batch(wallet.answer(make_offer((TOMORROW, 8)), now=NOW))
    assert wallet.accept(tomorrow, now=NOW) == 8  # the same slots under another kid


def test_the_same_batch_again_leaves_used_what_was_used() -> None:
    wallet = make_wallet()
    batch = fill(wallet)
    wallet.present(now=NOW)
    before = content(wallet)
    assert wallet.accept(batch, now=NOW) == 8
    assert content(wallet) == before


def test_the_same_claims_sealed_anew_change_nothing() -> None:
    """A platform that is asked again seals its answer again."""
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW)
    wallet.accept(make_batch(answer), now=NOW)
    wallet.present(now=NOW)
    before = content(wallet)
    assert wallet.accept(make_batch(answer), now=NOW) == 18
    assert content(wallet) == before


def test_another_batch_for_the_same_offer_is_refused() -> None:
    wallet = make_wallet()
    fill(wallet)
    answer = wallet.answer(make_offer(), now=NOW)
    assert_refused(wallet, make_batch(answer, [YELLOW]), "other-batch")
    assert_refused(wallet, make_batch(answer, seed=1), "other-batch")


def test_passes_of_windows_that_are_over_are_dropped() -> None:
    wallet = make_wallet()
    batch = fill(wallet, OFFER)
    fill(wallet, make_offer(reference=1), name="today", seed=1)
    over = WINDOW.expires + 3600
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=2)), now=over - 1)
    assert [each.name for each in wallet._kept.now.enrolments] == ["me", "today"]
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=3)), now=over)
    assert [each.name for each in wallet._kept.now.enrolments] == ["me"]
    assert len(content(wallet)) < len(batch) + len(TRUST_LIST)
    assert wallet.unused(now=NOW) == 0
    assert wallet.unused(now=over) == 8
    before = content(wallet)
    for now in (over, NOW):  # also by a clock that went back: what would open it is erased
        assert code_of(WalletError, lambda now=now: wallet.accept(batch, now=now)) == "not-for-us"  # type: ignore[misc]
    assert content(wallet) == before


def test_a_batch_that_comes_late_is_taken_without_the_windows_that_are_over() -> None:
    """The newer list has them no longer, so their signatures cannot be checked; they are of no use either."""
    wallet = make_wallet()
    batch = make_batch(wallet.answer(OFFER, now=NOW))
    wallet.update_trust_list(sign_trust_list(make_trust_list(2, windows=[TOMORROW])), now=WINDOW.expires)
    assert_refused(wallet, batch, "unknown-window", now=WINDOW.expires + 3599)
    assert wallet.accept(batch, now=WINDOW.expires + 3600) == 8
    assert wallet.unused(now=NOW) == 0
    assert wallet.unused(now=WINDOW.expires) == 8


def test_a_batch_whose_windows_are_all_over_has_no_enrolment_any_more() -> None:
    wallet = make_wallet()
    batch = make_batch(wallet.answer(make_offer(), now=NOW))
    assert code_of(WalletError, lambda: wallet.accept(batch, now=WINDOW.expires + 3600)) == "not-for-us"
    assert wallet._kept.now.enrolments == ()


@pytest.mark.parametrize(("limit", "value"), [("MAX_CLAIMS", 8 + 16), ("MAX_WINDOWS", 2)])
def test_a_full_wallet_says_so(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, limit, value)
    wallet = make_wallet()
    fill(wallet)
    fill(wallet, make_offer(reference=1, people=2, binding=Binding.BOTH), colors=[GREEN, RED], seed=1)
    answer = wallet.answer(make_offer(reference=2), now=NOW)
    assert_refused(wallet, make_batch(answer, seed=2), "wallet-full")


def test_refusals_carry_no_identifier() -> None:
    wallet = make_wallet()
    answer = wallet.answer(OFFER, now=NOW, name="Grandmother")
    texts = []
    for code, edit in DEVICE_EDITS:
        claims = claims_for(answer)
        edit(claims)
        with pytest.raises(WalletError) as caught:
            wallet.accept(sign_batch(answer, claims), now=NOW)
        texts.append(f"{caught.value!r} {caught.value} {code}")
    secrets = ["Grandmother", "kid0", "kid1", *(str(claim.slot) for claim in claims_for(answer))]
    secrets += [key.hex()[:8] for key in keys_of(answer)]
    assert not [secret for secret in secrets for text in texts if secret in text]


SPARE = Window(b"kid2", signer(72).public_key, WINDOW.valid_from, WINDOW.expires, 4**10, 7, b"doc0")


@pytest.fixture
def two_kids(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A trust list with two kids for today."""
    monkeypatch.setitem(ISSUERS, SPARE.kid, signer(72))
    monkeypatch.setitem(WINDOWS, SPARE.kid, SPARE)
    return sign_trust_list(make_trust_list(windows=[WINDOW, SPARE, TOMORROW]))


def test_chance_decides_the_kid_and_the_wallet_checks_it(two_kids: bytes) -> None:
    """Of 40 enrolments some are under each; the claims of the other kid, well signed, are refused each time."""
    wallet = make_wallet(trust_list=two_kids)
    drawn = []
    for n in range(40):
        answer = wallet.answer(make_offer(reference=n), now=NOW)
        claims = claims_for(answer, seed=n)
        drawn.append(claims[0].kid)
        other = SPARE.kid if claims[0].kid == WINDOW.kid else WINDOW.kid
        assert_refused(wallet, sign_batch(answer, [changed(claim, kid=other) for claim in claims]), "other-window")
        assert_refused(wallet, sign_batch(answer, [*claims[:-1], changed(claims[-1], kid=other)]), "other-window")
        assert wallet.accept(sign_batch(answer, claims), now=NOW) == 8
    assert 10 <= drawn.count(WINDOW.kid) <= 30


def test_a_kid_that_went_before_the_batch_came(two_kids: bytes) -> None:
    """Its key was stolen. What is under it is refused, and the sentence says what to do."""
    wallet = make_wallet(trust_list=two_kids)
    answers = [wallet.answer(make_offer(reference=n), now=NOW) for n in range(16)]
    answer = next(each for each in answers if claims_for(each)[0].kid == SPARE.kid)
    batch = make_batch(answer)
    wallet.update_trust_list(sign_trust_list(make_trust_list(2, windows=[WINDOW, TOMORROW])), now=NOW)
    assert_refused(wallet, batch, "unknown-window")


def test_kids_of_another_platform_do_not_count(two_kids: bytes) -> None:
    from healthpass.formats.platform import Platform
    from tests.making import PLATFORM, SEALING

    mine, other = Platform(PLATFORM, (WINDOW.kid, TOMORROW.kid), (SEALING,)), Platform("east", (SPARE.kid,))
    trust_list = make_trust_list(windows=[WINDOW, SPARE, TOMORROW], platforms=[mine, other])
    wallet = make_wallet(trust_list=sign_trust_list(trust_list))
    for n in range(8):
        answer = wallet.answer(make_offer(reference=n), now=NOW)
        claims = [changed(claim, kid=WINDOW.kid) for claim in claims_for(answer, seed=n)]
        others = [changed(claim, kid=SPARE.kid) for claim in claims]
        assert_refused(wallet, sign_batch(answer, others), "other-window")
        assert wallet.accept(sign_batch(answer, claims), now=NOW) == 8


def test_what_was_forgotten_does_not_come_back() -> None:
    wallet = make_wallet()
    batch = fill(wallet)
    shown = parsed(wallet.present(now=NOW).text).claims[0].key
    wallet.forget("me")
    assert_refused(wallet, batch, "not-for-us")
    answer = wallet.answer(make_offer(), now=NOW)
    assert shown not in keys_of(answer)
    assert_refused(wallet, batch, "not-for-us")


def test_the_keys_of_a_secret_are_the_same_in_every_version() -> None:
    """A wallet's file outlives the program that wrote it."""
    secret = bytes(range(32))
    assert keys.blinder(secret).hex()[:16] == "23cc17be6f0820d2"
    assert keys.answer_key(secret).public_key.hex()[:16] == "9d16603f52596df0"
    of_period = keys.period_secret(secret, 1)
    assert of_period.hex()[:16] == "1e3eefaf966fee82"
    assert [key.hex()[:16] for key in keys.holder_keys(of_period, 2)] == ["3bec0077bfc936fa", "2f92955f0ebbc9bd"]
    assert keys.holder_signer(of_period, 1).public_key == keys.holder_keys(of_period, 2)[1]


def test_showings_are_in_the_order_of_the_offer_whichever_window_is_left() -> None:
    """Each claim is shown with its own key, also when the first window is gone."""
    wallet = make_wallet()
    fill(wallet, OFFER)
    over = WINDOW.expires + 3600
    keys_left = set(keys_of(wallet.answer(OFFER, now=NOW))[10:])
    wallet.unused(now=over)
    assert {parsed(wallet.present(now=over).text).claims[0].key for _ in range(8)} == keys_left


def test_a_clock_exactly_as_far_behind_as_is_allowed() -> None:
    wallet = make_wallet()
    batch = make_batch(wallet.answer(make_offer(), now=NOW))
    assert_refused(wallet, batch, "clock-behind", now=NOW - 60 - CLOCK_SKEW - 1)
    assert wallet.accept(batch, now=NOW - 60 - CLOCK_SKEW) == 8
