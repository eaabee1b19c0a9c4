"""Answers to offers: keys that are a function of seed and offer, proofs that a region takes, recovery codes, names."""

from __future__ import annotations

import hashlib

import pytest

from healthpass.attester.proofs import check_proofs
from healthpass.crypto.recovery import recovery_hash
from healthpass.errors import FormatError, TrustListRefused, WalletError
from healthpass.formats.enrolment import Offer, encode_offer, parse_key_request
from healthpass.holder import Wallet
from healthpass.holder.state import MAX_PENDING
from tests.making import DAY, NOW, ROOTS, TOMORROW, WINDOW, make_trust_list, sign_trust_list, signer
from tests.raising import raises
from tests.wallets import REGION, SEED, TRUST_LIST, code_of, content, fill, keys_of, make_batch, make_offer, make_wallet

OFFER = make_offer((WINDOW, 3), (TOMORROW, 2))


def test_a_region_takes_the_proofs() -> None:
    request = parse_key_request(make_wallet().answer(encode_offer(OFFER)))
    assert request.offer == OFFER
    assert len(set(check_proofs(OFFER, request))) == 5


def test_the_same_seed_answers_an_offer_with_the_same_bytes() -> None:
    wallet = make_wallet()
    answer = wallet.answer(encode_offer(OFFER))
    assert wallet.answer(encode_offer(OFFER)) == answer
    assert Wallet(ROOTS, seed=SEED).answer(encode_offer(OFFER), name="another name") == answer
    assert Wallet(ROOTS, seed=SEED[::-1]).answer(encode_offer(OFFER)) != answer
    assert Wallet(ROOTS).answer(encode_offer(OFFER)) != Wallet(ROOTS).answer(encode_offer(OFFER))


def test_the_keys_of_a_seed_never_change() -> None:
    """A wallet restored by a later version must find its keys again."""
    keys = keys_of(make_wallet().answer(encode_offer(OFFER)))
    assert (
        hashlib.sha256(b"".join(keys)).hexdigest() == "8b5595ccc145b42b299c3e443007d8cbb6d203bfe14bfaecce543e00f0b44c93"
    )


@pytest.mark.parametrize(
    "other",
    [
        make_offer((WINDOW, 3), (TOMORROW, 2), reference=1),
        make_offer((WINDOW, 5)),
        make_offer((WINDOW, 2), (TOMORROW, 3)),
        make_offer((TOMORROW, 2), (WINDOW, 3)),
        Offer(signer(71).public_key, OFFER.reference, OFFER.wanted),
    ],
    ids=["reference", "one window", "counts", "order", "region"],
)
def test_no_key_is_used_under_two_offers(other: Offer) -> None:
    wallet = make_wallet()
    first, second = (keys_of(wallet.answer(encode_offer(offer))) for offer in (OFFER, other))
    assert not set(first) & set(second)


def test_the_recovery_code_is_the_one_whose_hash_the_answer_carries() -> None:
    wallet = make_wallet()
    older = parse_key_request(wallet.answer(encode_offer(OFFER)))
    first = wallet.recovery_code()
    newer = parse_key_request(wallet.answer(encode_offer(make_offer(reference=1))))
    assert recovery_hash(first) == older.recovery_hash
    assert recovery_hash(wallet.recovery_code()) == newer.recovery_hash != older.recovery_hash


def test_there_is_no_recovery_code_under_a_name_without_an_enrolment() -> None:
    assert code_of(WalletError, make_wallet().recovery_code) == "unknown-name"


def test_names_are_in_the_order_of_their_first_enrolment_and_can_be_forgotten() -> None:
    wallet = make_wallet()
    for reference, name in enumerate(["me", "mum", "me", "dad"]):
        wallet.answer(encode_offer(make_offer(reference=reference)), name=name)
    fill(wallet, make_offer(reference=9), name="mum")
    names = [wallet.names]
    wallet.forget("mum")
    names.append(wallet.names)
    assert names == [("me", "mum", "dad"), ("me", "dad")]
    assert wallet.unused(now=NOW, name="mum") == 0
    assert code_of(WalletError, lambda: wallet.forget("mum")) == "unknown-name"


def test_an_offer_is_answered_under_one_name() -> None:
    wallet = make_wallet()
    wallet.answer(encode_offer(OFFER), name="mum")
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.answer(encode_offer(OFFER), name="dad")) == "other-name"
    assert content(wallet) == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "name: not a text of 1 to 64 characters"),
        ("x" * 65, "name: not a text of 1 to 64 characters"),
        ("\ud800", "CBOR: a value that cannot be encoded"),
        (7, "name: not a text of 1 to 64 characters"),
        (None, "name: not a text of 1 to 64 characters"),
        (b"me", "name: not a text of 1 to 64 characters"),
    ],
)
def test_a_name_is_a_text_of_1_to_64_characters(name: str, sentence: str) -> None:
    wallet = make_wallet()
    with raises(FormatError, "malformed", sentence):
        wallet.answer(encode_offer(OFFER), name=name)
    assert wallet.names == ()


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33), "0" * 32])
def test_a_seed_is_32_bytes(seed: bytes) -> None:
    with raises(FormatError, "malformed", "seed: not 32 bytes"):
        Wallet(ROOTS, seed=seed)


def test_one_offer_too_many_drops_the_oldest_one_that_waits_and_it_can_be_answered_again() -> None:
    wallet = make_wallet()
    fill(wallet, make_offer(reference=100))
    answers = [wallet.answer(encode_offer(make_offer(reference=n))) for n in range(MAX_PENDING + 1)]
    assert wallet.unused(now=NOW) == 4
    assert code_of(WalletError, lambda: wallet.accept(make_batch(answers[0]), now=NOW)) == "unknown-keys"
    assert wallet.answer(encode_offer(make_offer(reference=0))) == answers[0]
    assert wallet.accept(make_batch(answers[0], seed=1), now=NOW) == 4
    assert code_of(WalletError, lambda: wallet.accept(make_batch(answers[1]), now=NOW)) == "unknown-keys"


def test_a_trust_list_follows_a_scanners_rules() -> None:
    wallet = Wallet(ROOTS, seed=SEED)
    newer = sign_trust_list(make_trust_list(version=3))
    wallet.update_trust_list(newer, now=NOW)
    before = content(wallet)
    refused = {
        "rollback": (TRUST_LIST, NOW),
        "not-signed": (newer[:-1] + bytes((newer[-1] ^ 1,)), NOW),
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
    assert [repr(each) for each in (wallet, state, state.enrolments[0], batch, batch.windows[0])] == [
        "Wallet(...)",
        "State(...)",
        "Enrolment(...)",
        "Batch(...)",
        "HeldWindow(...)",
    ]
    assert repr(showing) == "Showing(reused=False)"
