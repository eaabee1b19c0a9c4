"""A wallet's file that several programs have open, and one that somebody has put back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nacl.pwhash import argon2id

from healthpass.crypto import passphrase
from healthpass.crypto.passphrase import INTERACTIVE, PassphraseBox
from healthpass.errors import BadInput, KeyFileError, WalletError
from healthpass.holder import Wallet, sealed_file
from tests.making import NOW, ROOTS, TOMORROW, WINDOW, make_trust_list, sign_trust_list
from tests.wallets import PASSPHRASE, code_of, content, fill, make_offer, make_wallet, parsed

SHOWINGS = 8


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its cheapest."""
    monkeypatch.setattr(passphrase, "_LEVELS", ((argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet"


@pytest.fixture
def wallet(path: Path) -> Wallet:
    wallet = make_wallet(path)
    fill(wallet, make_offer((WINDOW, SHOWINGS), (TOMORROW, 8)))
    return wallet


def reopen(path: Path) -> Wallet:
    return Wallet.open(path, PASSPHRASE)


def shown(wallet: Wallet) -> bytes | None:
    """Whose claim it shows: no claim has the key of another."""
    showing = wallet.present(now=NOW)
    assert not showing.reused
    return parsed(showing.text).claims[0].key


def put_back(path: Path, old: bytes) -> None:
    """As a backup does it: another file at the same path."""
    path.unlink()
    path.write_bytes(old)


@pytest.mark.parametrize("locks", [True, False])
def test_two_programs_never_show_the_same_claim(
    path: Path, wallet: Wallet, locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locks:
        monkeypatch.setattr(sealed_file, "fcntl", None)
    other = reopen(path)
    keys = [shown(each) for _ in range(SHOWINGS // 2) for each in (wallet, other)]
    assert len(set(keys)) == SHOWINGS
    for each in (wallet, other, reopen(path)):
        assert each.unused(now=NOW) == 0
        assert code_of(WalletError, lambda each=each: each.present(now=NOW)) == "batch-used-up"  # type: ignore[misc]


def test_many_threads_of_two_wallets(path: Path, wallet: Wallet) -> None:
    both = [wallet, reopen(path)]
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda n: shown(both[n % 2]), range(SHOWINGS)))
    assert len(set(keys)) == SHOWINGS


def test_every_call_sees_what_another_program_wrote(path: Path, wallet: Wallet) -> None:
    other = reopen(path)
    wallet.answer(make_offer(reference=1), now=NOW, name="Grandmother")
    assert other.names == ("me", "Grandmother")
    assert other.recovery_code("Grandmother") == wallet.recovery_code("Grandmother")
    shown(wallet)
    assert other.unused(now=NOW) == SHOWINGS - 1
    assert other.generation == wallet.generation
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=5)), now=NOW)
    older = sign_trust_list(make_trust_list(version=4))
    assert code_of(BadInput, lambda: other.update_trust_list(older, now=NOW)) == "rollback"
    other.forget("me")
    assert code_of(WalletError, lambda: wallet.present(now=NOW)) == "no-claims"
    assert content(wallet) == content(other) == content(reopen(path))


def assert_refuses(wallet: Wallet, path: Path, code: str, error: type[BadInput] = WalletError) -> None:
    """Every call says so, and changes neither the wallet nor the file."""
    before, there = content(wallet), path.read_bytes() if path.exists() else None
    calls: tuple[Callable[[], object], ...] = (
        lambda: wallet.present(now=NOW),
        lambda: wallet.present(now=NOW, reuse=True, anywhere=True),
        lambda: wallet.unused(now=NOW),
        lambda: wallet.names,
        lambda: wallet.generation,
        lambda: wallet.recovery_code(),
        lambda: wallet.answer(make_offer(reference=3), now=NOW),
        lambda: wallet.accept(b"", now=NOW),
        lambda: wallet.update_trust_list(sign_trust_list(make_trust_list(version=9)), now=NOW),
        lambda: wallet.forget("me"),
    )
    for call in calls:
        assert code_of(error, call) == code
    assert (content(wallet), path.read_bytes() if path.exists() else None) == (before, there)


def test_a_copy_that_was_put_back_is_refused(path: Path, wallet: Wallet) -> None:
    old = path.read_bytes()
    shown(wallet)
    newest = path.read_bytes()
    put_back(path, old)
    assert_refuses(wallet, path, "rolled-back")
    put_back(path, newest)
    assert wallet.unused(now=NOW) == SHOWINGS - 1


@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_copy_with_which_somebody_has_gone_on(path: Path, wallet: Wallet, more: int) -> None:
    """One that is as far as this wallet, and further: it has something as unused that was shown here."""
    old = path.read_bytes()
    seen = {shown(wallet), shown(wallet)}
    put_back(path, old)
    other = reopen(path)
    for n in range(2 + more):
        other.answer(make_offer(reference=10 + n), now=NOW, name="Grandmother")
    assert other.generation - wallet._kept._state.generation == more
    assert_refuses(wallet, path, "rolled-back")
    assert len(seen) == 2


def test_a_copy_from_before_the_batch(path: Path) -> None:
    wallet = make_wallet(path)
    offer = make_offer((WINDOW, 8))
    wallet.answer(offer, now=NOW)
    old = path.read_bytes()
    fill(wallet, offer)
    shown(wallet)
    put_back(path, old)
    other = reopen(path)
    for n in range(3):
        other.answer(make_offer(reference=10 + n), now=NOW, name="Grandmother")
    assert_refuses(wallet, path, "rolled-back")


def test_another_wallet_in_its_place(path: Path, tmp_path: Path, wallet: Wallet) -> None:
    """Under another passphrase it cannot be read; under the same one it has another mark."""
    another = tmp_path / "another"
    Wallet.create(another, "another passphrase", roots=ROOTS, level=INTERACTIVE)
    mine = path.read_bytes()
    put_back(path, another.read_bytes())
    assert_refuses(wallet, path, "passphrase", KeyFileError)
    put_back(path, mine[:-1] + bytes((mine[-1] ^ 1,)))
    assert wallet.unused(now=NOW) == SHOWINGS  # damage past the stamp shows when it is read
    assert code_of(KeyFileError, lambda: reopen(path)) == "passphrase"
    box, _ = PassphraseBox.open(mine, PASSPHRASE)
    put_back(path, box.seal(content(Wallet(ROOTS))))
    assert_refuses(wallet, path, "changed-elsewhere")
    put_back(path, box.seal(b"\x00"))
    assert_refuses(wallet, path, "damaged")
    path.unlink()
    assert_refuses(wallet, path, "no-file")


def test_who_keeps_the_number_elsewhere_finds_out_an_old_copy(path: Path, wallet: Wallet) -> None:
    old, number = path.read_bytes(), wallet.generation
    shown(wallet)
    assert wallet.generation == number + 1
    put_back(path, old)
    assert code_of(WalletError, lambda: Wallet.open(path, PASSPHRASE, at_least=number + 1)) == "rolled-back"
    assert path.read_bytes() == old
    assert Wallet.open(path, PASSPHRASE, at_least=number).generation == number


def test_each_change_raises_the_generation_and_nothing_else_does(path: Path, wallet: Wallet) -> None:
    at = wallet.generation
    for n in range(SHOWINGS):
        shown(wallet)
        assert wallet.generation == reopen(path).generation == at + n + 1
    assert wallet.present(now=NOW, reuse=True).reused
    assert code_of(WalletError, lambda: wallet.present(now=NOW)) == "batch-used-up"
    assert wallet.generation == at + SHOWINGS
    assert Wallet(ROOTS).generation == 0


def test_a_wallet_of_nobody_who_watches_shows_again_what_was_shown(path: Path, wallet: Wallet) -> None:
    """What cannot be found out: the copy was put back while no wallet was open, and nobody has kept the number."""
    old = path.read_bytes()
    keys = {shown(wallet) for _ in range(SHOWINGS)}
    put_back(path, old)
    assert shown(reopen(path)) in keys
