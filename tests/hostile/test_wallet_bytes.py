"""Any bytes at any entry of a wallet: a clear error, and the wallet as it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.recovery import recovery_hash
from healthpass.errors import BadInput, FormatError, HealthpassError, WalletError
from healthpass.formats.batch import encode_batch
from healthpass.holder import Wallet, stored
from tests.making import NOW, TOMORROW, WINDOW, make_claim, sign_claim
from tests.raising import raises, raises_one_of
from tests.wallets import (
    ISSUERS,
    PASSPHRASE,
    TRUST_LIST,
    claims_for,
    content,
    fill,
    make_offer,
    make_wallet,
    sealed_batch,
)

MEGABYTE = 1 << 20
OFFER = make_offer((WINDOW, 9), (TOMORROW, 8))
SLOW = 0.25
ENTRIES: dict[str, Callable[[Wallet, bytes], object]] = {
    "offer": lambda wallet, data: wallet.answer(data, now=NOW),
    "batch": lambda wallet, data: wallet.accept(data, now=NOW),
    "trust list": lambda wallet, data: wallet.update_trust_list(data, now=NOW),
}


@lru_cache(maxsize=1)
def world() -> tuple[Wallet, bytes]:
    """A wallet with a batch and with an enrolment that waits, and its answer for that one. Nothing here changes it."""
    wallet = make_wallet()
    fill(wallet, make_offer(reference=2), seed=1)
    return wallet, wallet.answer(OFFER, now=NOW)


def wallet_with_claims() -> Wallet:
    return world()[0]


@lru_cache(maxsize=1)
def plain_batch() -> bytes:
    """What is to be sealed to the wallet."""
    return encode_batch([sign_claim(claim, ISSUERS[claim.kid]) for claim in claims_for(world()[1])])


def honest(entry: str) -> bytes:
    batch = sealed_batch(world()[1], plain_batch())
    return {"offer": make_offer(reference=1), "batch": batch, "trust list": TRUST_LIST}[entry]


def assert_refused_or_honest(entry: str, data: bytes) -> None:
    wallet = wallet_with_claims()
    before = content(wallet)
    state = wallet._kept._state
    try:
        ENTRIES[entry](wallet, data)
    except BadInput:
        assert content(wallet) == before
    wallet._kept._state = state


@pytest.mark.parametrize("entry", ENTRIES)
@given(data=st.binary(max_size=1000))
def test_any_bytes(entry: str, data: bytes) -> None:
    assert_refused_or_honest(entry, data)


@pytest.mark.parametrize("entry", ENTRIES)
@given(data=st.data())
def test_altered_messages(entry: str, data: st.DataObject) -> None:
    message = bytearray(honest(entry))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(message) - 1))
        cut = data.draw(st.integers(0, 2))
        message[at : at + cut] = data.draw(st.binary(max_size=2))
    assert_refused_or_honest(entry, bytes(message))


@given(data=st.data())
def test_altered_batches_that_are_well_sealed(data: st.DataObject) -> None:
    """By a platform with a mistake in it."""
    message = bytearray(plain_batch())
    at = data.draw(st.integers(0, len(message) - 1))
    message[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert_refused_or_honest("batch", sealed_batch(world()[1], bytes(message)))


def test_every_flipped_bit_of_a_batch_is_refused() -> None:
    wallet = wallet_with_claims()
    state = wallet._kept._state
    batch = plain_batch()
    number = int.from_bytes(batch, "big")
    for bit in range(0, 8 * len(batch), 7):
        flipped = (number ^ 1 << bit).to_bytes(len(batch), "big")
        with raises_one_of(
            "bad-claim-signature",
            "bad-signature",
            "colors",
            "malformed",
            "not-allowed",
            "other-window",
            "unknown-keys",
            "unknown-window",
        ):
            wallet.accept(sealed_batch(world()[1], flipped), now=NOW)
    sealed = sealed_batch(world()[1], batch)
    for at in range(0, len(sealed), 9):
        with raises(WalletError, "not-for-us", NOT_FOR_US):
            wallet.accept(sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :], now=NOW)
    assert wallet._kept._state is state


NOT_FOR_US = "the batch is not for this wallet, or for an offer that it has no more: ask the region for another"
BOMBS = {
    "zeros": bytes(MEGABYTE),
    "ones": b"\xff" * MEGABYTE,
    "noise": Random(1).randbytes(MEGABYTE),
    "arrays": b"\x81" * MEGABYTE,
    "a long string": b"\x5a\x00\x0f\xff\xfb" + bytes(MEGABYTE - 5),
    "many items": b"\x99\x80\x00" + b"\x40" * 32_768,
    "claims of others": encode_batch([make_claim(slot) for slot in range(7000)]),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_megabyte_is_refused_at_once(entry: str, bomb: str) -> None:
    wallet = wallet_with_claims()
    state = wallet._kept._state
    assert fastest(lambda: ENTRIES[entry](wallet, BOMBS[bomb]), "malformed", "not-for-us") < SLOW
    assert wallet._kept._state is state


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_megabyte_that_is_well_sealed_is_refused_at_once(bomb: str) -> None:
    wallet, answer = world()
    sealed = sealed_batch(answer, BOMBS[bomb])
    assert fastest(lambda: wallet.accept(sealed, now=NOW), "malformed", "other-count") < SLOW


def fastest(call: Callable[[], object], *codes: str) -> float:
    """The time that the call takes to refuse."""
    spent = []
    for _ in range(3):
        start = time.process_time()
        with raises_one_of(*codes):
            call()
        spent.append(time.process_time() - start)
    return min(spent)


def small_state(data: bytes) -> None:
    try:
        state = stored.parse_state(data)
    except BadInput:
        return
    assert stored.encode_state(state) == data


@given(st.binary(max_size=1000))
def test_any_bytes_as_a_state(data: bytes) -> None:
    small_state(data)


@given(st.data())
def test_altered_states(data: st.DataObject) -> None:
    """What is well sealed was written by a wallet, but perhaps by one with a mistake in it."""
    message = bytearray(content(wallet_with_claims()))
    # Up to the trust list, whose signature refuses every change, and after it.
    at = data.draw(st.integers(0, 64) | st.integers(64 + len(TRUST_LIST), len(message) - 1))
    message[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    small_state(bytes(message))


def test_any_bytes_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "wallet"
    make_wallet(path)
    sealed = path.read_bytes()
    damaged = [sealed[:size] for size in (0, 1, 4, 5, 20, 21, 22, 44, 45, 60, 61, len(sealed) - 1)]
    damaged += [sealed + b"\x00", b"\x00" + sealed, bytes(MEGABYTE), sealed[:45] + bytes(MEGABYTE)]
    damaged += [sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :] for at in (0, 3, 5, 20, 21, 44, 45, 61, 300)]
    damaged += [sealed[:4] + bytes((level,)) + sealed[5:] for level in (3, 255)]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(HealthpassError) as caught:
            Wallet.open(path, PASSPHRASE)
        assert isinstance(caught.value, ValueError)
        assert path.read_bytes() == data


@given(st.text(max_size=100))
def test_any_text_as_a_recovery_code(text: str) -> None:
    with raises(FormatError, "malformed", "a recovery code has 28 letters and digits"):
        recovery_hash(text, bytes(2))
