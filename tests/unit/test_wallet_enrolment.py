"""Answers to offers: what a wallet answers, and what it refuses; its names; the same answer again."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from healthpass.crypto.commitment import commitment
from healthpass.errors import FormatError, TrustListRefused, WalletError
from healthpass.formats.claim import BOTH, DEVICE, DOCUMENT
from healthpass.formats.enrolment import encode_opening, parse_key_request
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.formats.window import Window
from healthpass.holder import Wallet
from healthpass.holder.enrolling import MAX_LIST_AGE
from healthpass.holder.state import MAX_PENDING
from tests.making import (
    DAY,
    ISSUER,
    NOW,
    PLATFORM,
    ROOTS,
    SEALING,
    TOMORROW,
    WINDOW,
    make_trust_list,
    sealing_key,
    sign_trust_list,
    signer,
)
from tests.raising import raises
from tests.wallets import (
    REGION,
    TRUST_LIST,
    code_of,
    content,
    fill,
    keys_of,
    make_batch,
    make_offer,
    make_wallet,
    opening_of,
)

OFFER = make_offer((WINDOW, 9), (TOMORROW, 8))


def assert_refused(wallet: Wallet, offer: bytes, code: str, *, now: int = NOW, name: str = "me") -> None:
    """Not answered, for that reason, and the wallet holds what it held."""
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.answer(offer, now=now, name=name)) == code
    assert content(wallet) == before


def with_list(**changes: Any) -> Wallet:
    """A wallet whose trust list is another one."""
    return make_wallet(trust_list=sign_trust_list(make_trust_list(**changes)))


def test_an_answer_commits_to_the_offer_and_to_an_opening_that_only_the_platform_reads() -> None:
    request = parse_key_request(answer := make_wallet().answer(OFFER, now=NOW))
    opening = opening_of(answer)
    assert request.offer == OFFER
    assert request.sealing_key == sealing_key().public_key
    assert request.commitment == commitment(OFFER, encode_opening(opening))
    assert [len(keys) for keys in opening.keys] == [9, 8]
    assert len(set(opening.all_keys)) == 17
    assert opening.recovery_hash is not None


@pytest.mark.parametrize(("binding", "people"), [(DEVICE, 1), (BOTH, 1), (BOTH, 8)])
def test_every_kind_of_offer_is_answered(binding: int, people: int) -> None:
    answer = make_wallet().answer(make_offer(binding=binding, people=people), now=NOW)
    assert len(keys_of(answer)) == 8


def test_the_same_offer_gets_the_same_answer_byte_for_byte(tmp_path: Path) -> None:
    wallet = make_wallet(tmp_path / "wallet")
    answer = wallet.answer(OFFER, now=NOW)
    before = content(wallet)
    assert wallet.answer(OFFER, now=NOW + 40_000) == answer
    again = Wallet.open(tmp_path / "wallet", "correct horse", now=NOW + 1)
    assert again.answer(OFFER, now=NOW + 3 * DAY // 2) == answer  # with a list that is too old for another offer
    assert content(again) == before
    again.accept(make_batch(answer), now=NOW)
    assert again.answer(OFFER, now=NOW) == answer


def test_no_key_blinder_or_answer_key_is_used_twice() -> None:
    """Not by one wallet, and not by two, whatever the offers have in common."""
    offers = [
        OFFER,
        make_offer((WINDOW, 9), (TOMORROW, 8), reference=1),
        make_offer((WINDOW, 9)),
        make_offer((WINDOW, 8), (TOMORROW, 9)),
        make_offer((WINDOW, 9), (TOMORROW, 8), attester=signer(71).public_key),
    ]
    wallet, other = make_wallet(), Wallet(ROOTS)
    other.update_trust_list(TRUST_LIST, now=NOW)
    openings = [opening_of(each.answer(offer, now=NOW)) for each in (wallet, other) for offer in offers]
    secrets = [(each.blinder, each.answer_key, each.recovery_hash, *each.all_keys) for each in openings]
    flat = list(itertools.chain.from_iterable(secrets))
    assert len(set(flat)) == len(flat)


def test_a_wallet_that_forgot_answers_with_other_keys() -> None:
    wallet = make_wallet()
    first = keys_of(wallet.answer(OFFER, now=NOW))
    wallet.forget("me")
    assert not set(first) & set(keys_of(wallet.answer(OFFER, now=NOW)))


def test_an_offer_is_answered_under_one_name() -> None:
    wallet = make_wallet()
    wallet.answer(OFFER, now=NOW, name="mum")
    assert_refused(wallet, OFFER, "other-name", name="dad")


def test_a_list_is_needed_and_not_an_old_one() -> None:
    assert_refused(Wallet(ROOTS), OFFER, "no-trust-list")
    wallet = make_wallet()
    issued = NOW - 60
    assert_refused(wallet, OFFER, "trust-list-too-old", now=issued + MAX_LIST_AGE)
    assert_refused(wallet, OFFER, "clock-behind", now=issued - 61)
    offer = make_offer((TOMORROW, 8))
    assert MAX_LIST_AGE == 48 * 3600
    late = Window(b"late", ISSUER.public_key, NOW + DAY, NOW + 4 * DAY, 4**10, DEVICE)
    wallet = with_list(windows=[late], issued=issued)
    wallet.answer(make_offer((late, 8)), now=issued + MAX_LIST_AGE - 1)
    wallet = with_list(expires=NOW + 10)
    assert_refused(wallet, offer, "trust-list-too-old", now=NOW + 10)
    assert wallet.answer(offer, now=NOW + 9)


def test_the_platform_is_one_of_the_list() -> None:
    assert_refused(make_wallet(), make_offer(platform="elsewhere"), "unknown-platform")


def test_each_period_is_one_of_this_platform() -> None:
    """Another platform's window of the very same time does not count."""
    platforms = [Platform(PLATFORM, (WINDOW.kid,), (SEALING,)), Platform("east", (TOMORROW.kid,))]
    wallet = with_list(platforms=platforms)
    assert_refused(wallet, make_offer((TOMORROW, 8)), "unknown-period")
    assert_refused(wallet, make_offer((TOMORROW, 8), platform="east"), "no-sealing-key")
    assert wallet.answer(make_offer((WINDOW, 8)), now=NOW)


@pytest.mark.parametrize("begins", [-DAY, 1])
def test_a_key_to_seal_to_has_begun_and_is_not_over(begins: int) -> None:
    key = SealingKeyEntry(SEALING.key, NOW + begins, NOW + begins + DAY)
    wallet = with_list(platforms=[Platform(PLATFORM, (WINDOW.kid, TOMORROW.kid), (key,))])
    assert_refused(wallet, OFFER, "no-sealing-key")


def test_the_newest_key_that_has_begun_is_sealed_to() -> None:
    keys = [SealingKeyEntry(bytes((n,)) * 32, NOW + n, NOW + n + 1000) for n in (3, 1, 2)]
    wallet = with_list(platforms=[Platform(PLATFORM, (WINDOW.kid, TOMORROW.kid), tuple(keys))])
    for second in (1, 2, 3):
        answer = wallet.answer(make_offer(reference=second), now=NOW + second)
        assert parse_key_request(answer).sealing_key == bytes((second,)) * 32


@pytest.mark.parametrize(
    "other",
    [
        Window(b"none", ISSUER.public_key, WINDOW.valid_from, WINDOW.expires - 1, 4, DEVICE),
        Window(b"none", ISSUER.public_key, WINDOW.valid_from + 1, WINDOW.expires, 4, DEVICE),
        Window(b"none", ISSUER.public_key, TOMORROW.expires, TOMORROW.expires + DAY, 4, DEVICE),
    ],
    ids=["other end", "other beginning", "later"],
)
def test_a_period_that_the_list_does_not_have(other: Window) -> None:
    assert_refused(make_wallet(), make_offer((other, 8)), "unknown-period")


def test_a_period_takes_the_binding_that_is_asked_for_and_is_not_over() -> None:
    only = Window(b"kid0", ISSUER.public_key, WINDOW.valid_from, WINDOW.expires, 4**10, BOTH | DOCUMENT, b"doc0")
    wallet = with_list(windows=[only])
    assert_refused(wallet, make_offer((only, 8)), "unknown-period")
    assert wallet.answer(make_offer((only, 8), binding=BOTH), now=NOW)
    assert_refused(make_wallet(), OFFER, "unknown-period", now=WINDOW.expires)
    assert make_wallet().answer(OFFER, now=WINDOW.expires - 1)


@pytest.mark.parametrize("counts", [(7, 8), (8, 7), (1, 9)])
def test_fewer_than_eight_keys_in_a_period_are_too_few(counts: tuple[int, int]) -> None:
    wanted = tuple(zip((WINDOW, TOMORROW), counts, strict=True))
    assert_refused(make_wallet(), make_offer(*wanted), "too-few-keys")


def test_names_are_in_the_order_of_their_first_enrolment_and_can_be_forgotten() -> None:
    wallet = make_wallet()
    for reference, name in enumerate(["me", "mum", "me", "dad"]):
        wallet.answer(make_offer(reference=reference), now=NOW, name=name)
    fill(wallet, make_offer(reference=9), name="mum")
    names = [wallet.names]
    wallet.forget("mum")
    names.append(wallet.names)
    assert names == [("me", "mum", "dad"), ("me", "dad")]
    assert wallet.unused(now=NOW, name="mum") == 0
    assert code_of(WalletError, lambda: wallet.forget("mum")) == "unknown-name"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "name: not a text of 1 to 64 characters"),
        ("x" * 65, "name: not a text of 1 to 64 characters"),
        ("\ud800", "CBOR: a value that cannot be encoded"),
    ],
)
def test_a_name_is_a_text_of_1_to_64_characters(name: str, sentence: str) -> None:
    wallet = make_wallet()
    with raises(FormatError, "malformed", sentence):
        wallet.answer(OFFER, now=NOW, name=name)
    assert wallet.names == ()


@pytest.mark.parametrize("now", [1.5, True, None, "1"])
def test_now_is_a_time(now: int) -> None:
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
        make_wallet().answer(OFFER, now=now)


def test_names_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthpass.holder.codes.MAX_CODES", 2)
    wallet = make_wallet()
    for n in range(2):
        wallet.answer(make_offer(reference=n), now=NOW, name=str(n))
    assert_refused(wallet, make_offer(reference=2), "wallet-full", name="2")
    assert wallet.answer(make_offer(reference=2), now=NOW, name="0")


def test_one_offer_too_many_drops_the_oldest_one_that_waits() -> None:
    wallet = make_wallet()
    fill(wallet, make_offer(reference=100))
    answers = [wallet.answer(make_offer(reference=n), now=NOW) for n in range(MAX_PENDING + 1)]
    assert wallet.unused(now=NOW) == 8
    assert code_of(WalletError, lambda: wallet.accept(make_batch(answers[0]), now=NOW)) == "not-for-us"
    assert wallet.accept(make_batch(answers[1], seed=1), now=NOW) == 8
    again = wallet.answer(make_offer(reference=0), now=NOW)
    assert not set(keys_of(again)) & set(keys_of(answers[0]))
    assert wallet.accept(make_batch(again, seed=2), now=NOW) == 8


def test_a_trust_list_follows_a_scanners_rules() -> None:
    wallet = Wallet(ROOTS)
    newer = sign_trust_list(make_trust_list(version=3))
    wallet.update_trust_list(newer, now=NOW)
    before = content(wallet)
    refused = {
        "rollback": (TRUST_LIST, NOW),
        "bad-signature": (newer[:-1] + bytes((newer[-1] ^ 1,)), NOW),
        "threshold": (sign_trust_list(make_trust_list(version=4), [REGION]), NOW),
        "expired": (sign_trust_list(make_trust_list(version=4)), NOW + 7 * DAY),
        "clock-behind": (sign_trust_list(make_trust_list(version=4)), NOW - DAY),
        "from-the-future": (sign_trust_list(make_trust_list(version=4, issued=NOW + 61)), NOW),
        "version-step": (sign_trust_list(make_trust_list(version=200_000)), NOW),
    }
    for code, (data, now) in refused.items():
        assert code_of(TrustListRefused, lambda d=data, n=now: wallet.update_trust_list(d, now=n)) == code  # type: ignore[misc]
    with raises(FormatError, "malformed", "CBOR: cut short"):
        wallet.update_trust_list(newer[:-1], now=NOW)
    assert content(wallet) == before
    wallet.update_trust_list(newer, now=NOW)
    assert content(wallet) == before
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=4)), now=NOW)
    assert content(wallet) != before


def test_no_text_about_a_wallet_names_anything() -> None:
    wallet = make_wallet()
    fill(wallet, name="Grandmother")
    showing = wallet.present(now=NOW, name="Grandmother")
    state = wallet._kept._state
    batch = state.enrolments[0].batch
    assert batch is not None
    held = (wallet, state, state.enrolments[0], state.codes[0], batch, batch.windows[0], showing._drawing)
    assert [repr(each) for each in held] == [
        "Wallet(...)",
        "State(...)",
        "Enrolment(...)",
        "Code(...)",
        "Batch(...)",
        "HeldWindow(...)",
        "Drawing(...)",
    ]
    assert repr(showing) == "Showing(reused=False)"
