"""The wallet's file: sealed, replaced as a whole, and refused with a clear error when it is anything else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nacl.exceptions
import pytest
from nacl.pwhash import argon2id

from healthpass.crypto import passphrase
from healthpass.crypto.passphrase import INTERACTIVE, PassphraseBox
from healthpass.errors import BadInput, KeyFileError, WalletError
from healthpass.holder import Wallet, stored
from tests.making import NOW, ROOTS, TOMORROW, WINDOW, make_trust_list, sign_trust_list
from tests.raising import raises_one_of
from tests.wallets import (
    PASSPHRASE,
    code_of,
    content,
    fill,
    keys_of,
    make_batch,
    make_offer,
    make_wallet,
    parsed,
    randomness,
)

OFFER = make_offer((WINDOW, 9), (TOMORROW, 8))


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its cheapest: these tests open and make many files."""
    levels = ((argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN),)
    monkeypatch.setattr(passphrase, "_LEVELS", levels)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet"


@pytest.fixture
def wallet(path: Path) -> Wallet:
    """A wallet in a file, with a batch and an enrolment that waits."""
    wallet = make_wallet(path)
    fill(wallet, OFFER)
    wallet.answer(make_offer(reference=1), now=NOW, name="Grandmother")
    return wallet


def reopen(path: Path) -> Wallet:
    return Wallet.open(path, PASSPHRASE)


def test_everything_is_there_after_reopening(path: Path, wallet: Wallet) -> None:
    shown = wallet.present(now=NOW)
    again = reopen(path)
    assert content(again) == content(wallet)
    assert again.unused(now=NOW) == shown.unused == 8
    assert again.names == ("me", "Grandmother")
    assert again.recovery_code("Grandmother") == wallet.recovery_code("Grandmother")
    again.accept(make_batch(again.answer(make_offer(reference=1), now=NOW, name="Grandmother"), seed=1), now=NOW)
    texts = {shown.text, *(again.present(now=NOW).text for _ in range(8))}
    assert len({parsed(text).claims[0].key for text in texts}) == 9
    again.forget("me")
    assert reopen(path).names == ("Grandmother",)


def test_the_floor_of_trust_lists_survives(path: Path, wallet: Wallet) -> None:
    wallet.update_trust_list(sign_trust_list(make_trust_list(version=5)), now=NOW)
    older = sign_trust_list(make_trust_list(version=4))
    assert code_of(BadInput, lambda: reopen(path).update_trust_list(older, now=NOW)) == "rollback"


def test_nothing_is_there_in_the_clear(path: Path, wallet: Wallet) -> None:
    wallet.present(now=NOW)
    sealed = path.read_bytes()
    held = wallet._kept._state
    assert held.enrolments[0].secret is not None
    plain = [held.enrolments[0].secret, held.codes[0].secret, held.mark, ROOTS.keys[0], WINDOW.key]
    plain += [b"Grandmother", b"kid0", b"COSE", b"Signature"]
    plain += [key[:8] for key in keys_of(wallet.answer(OFFER, now=NOW))]
    assert not [each for each in plain if each in sealed]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["wallet"]


def test_two_savings_of_the_same_content_have_no_bytes_in_common(path: Path, wallet: Wallet) -> None:
    first = path.read_bytes()
    wallet.forget("Grandmother")
    wallet.answer(make_offer(reference=1), now=NOW, name="Grandmother")
    second = path.read_bytes()
    assert len(first) == len(second)
    assert sum(a == b for a, b in zip(first[21:], second[21:], strict=True)) < len(first) // 50


def test_create_does_not_overwrite(path: Path, wallet: Wallet) -> None:
    before = path.read_bytes()
    assert code_of(WalletError, lambda: make_wallet(path)) == "exists"
    assert path.read_bytes() == before


@pytest.mark.parametrize(("phrase", "level"), [("", INTERACTIVE), ("x", 1), ("x", -1)])
def test_create_with_an_unusable_passphrase_or_level_leaves_nothing(path: Path, phrase: str, level: int) -> None:
    with pytest.raises(ValueError, match=r"^(a passphrase cannot be empty|no such level)$"):
        Wallet.create(path, phrase, roots=ROOTS, level=level)
    assert list(path.parent.iterdir()) == []


def test_a_file_that_is_not_there(path: Path) -> None:
    assert code_of(WalletError, lambda: reopen(path)) == "no-file"


@pytest.mark.parametrize("phrase", ["Correct horse", "", PASSPHRASE + " "])
def test_a_wrong_passphrase(path: Path, wallet: Wallet, phrase: str) -> None:
    assert code_of(KeyFileError, lambda: Wallet.open(path, phrase)) == "passphrase"


def test_a_file_that_asks_for_more_memory_than_there_is(
    path: Path, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> bytes:
        raise nacl.exceptions.RuntimeError("no memory")

    monkeypatch.setattr(passphrase, "crypto_pwhash_alg", fail)
    assert code_of(KeyFileError, lambda: reopen(path)) == "memory"


def test_a_file_that_is_too_large(path: Path, wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_SIZE", 100)
    assert code_of(WalletError, lambda: reopen(path)) == "too-large"
    before = path.read_bytes()
    assert code_of(WalletError, lambda: wallet.present(now=NOW)) == "wallet-full"
    assert path.read_bytes() == before


@pytest.mark.parametrize("sealed", [b"", b"\x00", b"not a content"])
def test_well_sealed_bytes_that_are_no_wallet(path: Path, sealed: bytes) -> None:
    path.write_bytes(PassphraseBox(PASSPHRASE, INTERACTIVE).seal(sealed))
    assert code_of(WalletError, lambda: reopen(path)) == "damaged"


def test_reuse_and_refusals_write_nothing(path: Path, wallet: Wallet) -> None:
    for _ in range(9):
        wallet.present(now=NOW)
    before = path.read_bytes()
    assert wallet.present(now=NOW, reuse=True).reused
    for call in (
        lambda: wallet.present(now=NOW),
        lambda: wallet.answer(b"", now=NOW),
        lambda: wallet.accept(b"", now=NOW),
        lambda: wallet.update_trust_list(b"", now=NOW),
        lambda: wallet.forget("nobody"),
    ):
        with raises_one_of("batch-used-up", "malformed", "not-for-us", "unknown-name"):
            call()
    assert path.read_bytes() == before


class Cut(OSError):
    """The disk fails."""


@contextmanager
def failing(name: str, nth: int) -> Iterator[None]:
    """Writes take at most 100 bytes at a time; the n-th call of `os.<name>` fails, a write after half of it."""
    write, calls = os.write, iter(range(1000))

    def fails(*arguments: Any) -> object:
        if next(calls) == nth:
            if name == "write":
                write(arguments[0], arguments[1][:50])
            if name == "close":  # even when it fails, the handle is gone
                real(*arguments)
            raise Cut
        return real(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", lambda handle, data: write(handle, data[:100]))
        real = getattr(os, name)
        patched.setattr(os, name, fails)
        yield


RENAMED = [("close", 0), ("open", 1), ("fsync", 1)]
"""When the new file already has the old one's name."""
POINTS = [("open", 0), ("write", 0), ("write", 1), ("fsync", 0), ("replace", 0), *RENAMED]
CHANGE_RENAMED = [("close", 0), ("open", 2), ("fsync", 1)]
CHANGE_POINTS = dict.fromkeys([*POINTS, *CHANGE_RENAMED])
"""Before anything else, a change opens the file to lock it."""


@pytest.mark.parametrize(("name", "nth"), CHANGE_POINTS)
@pytest.mark.parametrize("action", ["present", "accept", "answer", "update", "forget"])
def test_a_failing_disk_leaves_the_old_state_or_the_new_one(
    path: Path, wallet: Wallet, name: str, nth: int, action: str
) -> None:
    batch = make_batch(wallet.answer(make_offer(reference=1), now=NOW, name="Grandmother"), seed=1)
    newer = sign_trust_list(make_trust_list(version=2))
    actions: dict[str, Callable[[], object]] = {
        "present": lambda: wallet.present(now=NOW),
        "accept": lambda: wallet.accept(batch, now=NOW),
        "answer": lambda: wallet.answer(make_offer(reference=2), now=NOW),
        "update": lambda: wallet.update_trust_list(newer, now=NOW),
        "forget": lambda: wallet.forget("Grandmother"),
    }
    before = content(wallet)
    with failing(name, nth), pytest.raises(Cut):
        actions[action]()
    written = (name, nth) in CHANGE_RENAMED
    assert content(wallet) == before
    assert (content(reopen(path)) != before) == written
    if written and action == "forget":  # the same object goes on with what is in the file, once the disk does
        assert code_of(WalletError, actions[action]) == "unknown-name"
    else:
        actions[action]()
    assert content(wallet) != before
    assert content(reopen(path)) == content(wallet)


@pytest.mark.parametrize(("name", "nth"), [("link", 0) if name == "replace" else (name, nth) for name, nth in POINTS])
def test_a_failing_disk_at_creation_leaves_nothing_or_a_wallet(path: Path, name: str, nth: int) -> None:
    with failing(name, nth), pytest.raises(Cut):
        Wallet.create(path, PASSPHRASE, roots=ROOTS, random=randomness(), level=INTERACTIVE)
    assert path.exists() == ((name, nth) in RENAMED)
    if path.exists():
        assert content(reopen(path)) == content(Wallet(ROOTS, random=randomness()))
    else:
        make_wallet(path)


OVER = WINDOW.expires + 3600


@pytest.mark.parametrize(("now", "left"), [(OVER - 1, 9 + 8), (OVER, 8), (TOMORROW.expires + 3600, 0)])
def test_what_is_over_is_erased_when_the_file_is_opened(path: Path, wallet: Wallet, now: int, left: int) -> None:
    generation = wallet.generation
    held = Wallet.open(path, PASSPHRASE, now=now)
    state = reopen(path)._kept.now
    assert sum(each.batch.showings for each in state.enrolments if each.batch is not None) == left
    assert [each.secret is None for each in state.enrolments] == {17: [False, False], 8: [True], 0: []}[left]
    assert held.generation == generation + (now >= OVER)
    assert state.generation == held.generation


CALLS: dict[str, Callable[[Wallet], object]] = {
    "unused": lambda wallet: wallet.unused(now=OVER),
    "present": lambda wallet: wallet.present(now=OVER, anywhere=True),
    "refused": lambda wallet: wallet.present(now=OVER, name="nobody"),
    "visit": lambda wallet: wallet.visit("HPL1:", now=OVER),
    "answer": lambda wallet: wallet.answer(b"", now=OVER),
    "accept": lambda wallet: wallet.accept(b"", now=OVER),
    "trust list": lambda wallet: wallet.update_trust_list(b"", now=OVER),
    "area table": lambda wallet: wallet.update_area_table(b"", now=OVER),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_that_is_given_the_time_erases_what_is_over(
    path: Path, wallet: Wallet, call: Callable[[Wallet], object]
) -> None:
    with suppress(BadInput):
        call(wallet)
    (enrolment,) = reopen(path)._kept.now.enrolments
    assert enrolment.batch is not None
    assert [window.kid for window in enrolment.batch.windows] == [TOMORROW.kid]


def test_what_is_written_is_read_back_and_nothing_else_is(wallet: Wallet) -> None:
    wallet.present(now=NOW)
    data = content(wallet)
    assert stored.encode_state(stored.parse_state(data)) == data
    for at in range(len(data)):
        assert code_of(WalletError, lambda at=at: stored.parse_state(data[:at])) == "damaged"  # type: ignore[misc]
    assert code_of(WalletError, lambda: stored.parse_state(data + b"\x00")) == "damaged"
