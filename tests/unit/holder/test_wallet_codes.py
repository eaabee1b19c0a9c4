"""Recovery codes: one for each name, written down once; hashes that do not show what belongs together."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass.crypto.recovery import recovery_hash, recovery_hashes
from healthpass.errors import WalletError
from healthpass.holder import Wallet, codes
from tests.making import DAY, NOW, TOMORROW
from tests.wallets import PASSPHRASE, code_of, content, fill, make_batch, make_offer, make_wallet, opening_of


def hash_of(wallet: Wallet, reference: int, name: str = "me") -> bytes:
    """What an answer of the wallet carries."""
    found = opening_of(wallet.answer(make_offer(reference=reference), now=NOW, name=name)).recovery_hash
    assert found is not None
    return found


def test_one_code_fits_all_enrolments_of_a_name_and_no_others() -> None:
    wallet = make_wallet()
    mine = {hash_of(wallet, n) for n in range(5)}
    mums = {hash_of(wallet, n, "mum") for n in range(5, 10)}
    code, other = wallet.recovery_code(), wallet.recovery_code("mum")
    assert len(mine) == len(mums) == 5
    assert mine <= set(recovery_hashes(code))
    assert mums <= set(recovery_hashes(other))
    assert not mine & set(recovery_hashes(other))


def test_the_code_stays_when_its_passes_are_over_and_the_file_is_opened_again(tmp_path: Path) -> None:
    wallet = make_wallet(tmp_path / "wallet")
    fill(wallet)
    code = wallet.recovery_code()
    again = Wallet.open(tmp_path / "wallet", PASSPHRASE, now=NOW + 30 * DAY)
    assert (again.recovery_code(), again.names) == (code, ("me",))
    assert again._kept.now.enrolments == ()


def test_there_is_no_code_under_a_name_without_an_enrolment() -> None:
    wallet = make_wallet()
    before = content(wallet)
    for call in (wallet.recovery_code, wallet.recovery_used):
        assert code_of(WalletError, call) == "unknown-name"
    assert content(wallet) == before


def test_a_forgotten_name_gets_another_code() -> None:
    wallet = make_wallet()
    hash_of(wallet, 0)
    code = wallet.recovery_code()
    wallet.forget("me")
    assert code_of(WalletError, wallet.recovery_code) == "unknown-name"
    hash_of(wallet, 1)
    assert wallet.recovery_code() != code


def test_after_use_what_it_took_back_is_gone_and_there_is_another_code(tmp_path: Path) -> None:
    wallet = make_wallet(tmp_path / "wallet")
    batch = fill(wallet)
    waits = wallet.answer(make_offer(reference=1), now=NOW)
    fill(wallet, make_offer(reference=2), name="mum", seed=1)
    old = wallet.recovery_code()
    mums = wallet.recovery_code("mum")
    new = wallet.recovery_used()
    assert new == wallet.recovery_code() == Wallet.open(tmp_path / "wallet", PASSPHRASE).recovery_code() != old
    assert (wallet.unused(now=NOW), wallet.unused(now=NOW, name="mum")) == (0, 8)
    assert (wallet.names, wallet.recovery_code("mum")) == (("me", "mum"), mums)
    for each in (batch, make_batch(waits, seed=2)):
        assert code_of(WalletError, lambda each=each: wallet.accept(each, now=NOW)) == "not-for-us"  # type: ignore[misc]
    assert hash_of(wallet, 3) in recovery_hashes(new)


def test_a_salt_is_not_used_twice_with_a_code() -> None:
    """Random bytes that repeat: the salt is drawn until it is a new one."""
    draws = iter([bytes(16), b"aa", b"aa", b"bb", b"aa", b"bb", b"cc"])
    code = codes.new_code("me", lambda size: next(draws))
    hashes = []
    for _ in range(3):
        code, found = codes.next_hash(code, lambda size: next(draws))
        hashes.append(found)
    assert code.salts == b"aabbcc"
    assert hashes == [recovery_hash(code.text, salt) for salt in (b"aa", b"bb", b"cc")]


def test_of_very_many_salts_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "MAX_SALTS", 2)
    draws = iter([bytes(16), b"aa", b"bb", b"cc", b"aa"])
    code = codes.new_code("me", lambda size: next(draws))
    for _ in range(4):
        code, _ = codes.next_hash(code, lambda size: next(draws))
    assert code.salts == b"ccaa"


def test_tomorrow_has_the_same_code() -> None:
    wallet = make_wallet()
    hash_of(wallet, 0)
    code = wallet.recovery_code()
    wallet.answer(make_offer((TOMORROW, 8), reference=1), now=NOW + 3600)
    assert wallet.recovery_code() == code
