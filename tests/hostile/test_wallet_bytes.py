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
from healthpass.errors import BadInput, FormatError, HealthpassError
from healthpass.formats.batch import encode_batch
from healthpass.formats.enrolment import encode_offer
from healthpass.holder import Wallet, stored
from tests.making import NOW, TOMORROW, WINDOW, make_claim
from tests.raising import raises, raises_one_of
from tests.wallets import PASSPHRASE, TRUST_LIST, content, fill, make_batch, make_offer, make_wallet

MEGABYTE = 1 << 20
OFFER = make_offer((WINDOW, 3), (TOMORROW, 2))
BATCH = make_batch(make_wallet().answer(encode_offer(OFFER)))
ENTRIES: dict[str, Callable[[Wallet, bytes], object]] = {
    "offer": lambda wallet, data: wallet.answer(data),
    "batch": lambda wallet, data: wallet.accept(data, now=NOW),
    "trust list": lambda wallet, data: wallet.update_trust_list(data, now=NOW),
}
HONEST = {"offer": encode_offer(make_offer(reference=1)), "batch": BATCH, "trust list": TRUST_LIST}


@lru_cache(maxsize=1)
def wallet_with_claims() -> Wallet:
    """A wallet with a batch and with an enrolment that waits for `BATCH`. Nothing here changes it."""
    wallet = make_wallet()
    fill(wallet, make_offer(reference=2), seed=1)
    wallet.answer(encode_offer(OFFER))
    return wallet


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
    message = bytearray(HONEST[entry])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(message) - 1))
        cut = data.draw(st.integers(0, 2))
        message[at : at + cut] = data.draw(st.binary(max_size=2))
    assert_refused_or_honest(entry, bytes(message))


def test_every_flipped_bit_of_a_batch_is_refused() -> None:
    wallet = wallet_with_claims()
    state = wallet._kept._state
    number = int.from_bytes(BATCH, "big")
    for bit in range(0, 8 * len(BATCH), 3):
        with raises_one_of("bad-signature", "colors", "malformed", "not-allowed", "other-window", "unknown-keys"):
            wallet.accept((number ^ 1 << bit).to_bytes(len(BATCH), "big"), now=NOW)
    assert wallet._kept._state is state


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
    spent = []
    for _ in range(3):
        start = time.process_time()
        with raises_one_of("malformed", "unknown-keys"):
            ENTRIES[entry](wallet, BOMBS[bomb])
        spent.append(time.process_time() - start)
    assert min(spent) < 0.25  # 0.05 on an idle machine
    assert wallet._kept._state is state


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
    at = data.draw(st.integers(0, 80) | st.integers(80 + len(TRUST_LIST), len(message) - 1))
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
        recovery_hash(text)
