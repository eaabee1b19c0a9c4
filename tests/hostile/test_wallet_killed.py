"""A wallet's process is killed at any moment, or two have one wallet: no claim is ever shown twice as unused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from healthpass.errors import WalletError
from healthpass.holder import Wallet
from tests.making import NOW, WINDOW
from tests.raising import raises
from tests.wallets import PASSPHRASE, fill, make_offer, make_wallet, parsed

COUNT = 200
SHOW_ALL = f"""
import sys
from healthpass.holder import Wallet
wallet = Wallet.open(sys.argv[1], {PASSPHRASE!r})
while True:
    print(wallet.present(now={NOW}).text, flush=True)
"""


def start(path: Path) -> "subprocess.Popen[str]":
    """A process that shows passes until it is killed, or cannot."""
    command = [sys.executable, "-c", SHOW_ALL, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def keys_in(texts: list[str]) -> list[bytes | None]:
    return [parsed(text.strip()).claims[0].key for text in texts]


def shown_until_killed(path: Path, lines: int) -> list[str]:
    """The texts that a process shows which is killed after that many of them."""
    process = start(path)
    assert process.stdout is not None
    with process, process.stdout:
        texts = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        texts += process.stdout.readlines()  # what it had still put into the pipe
    return [text for text in texts if text.endswith("\n")]


def test_no_claim_is_shown_twice(tmp_path: Path) -> None:
    path = tmp_path / "wallet"
    fill(make_wallet(path), make_offer((WINDOW, COUNT)))
    texts = []
    for lines in (0, 1, 2, 3, 5, 8, 13, 21):
        texts += shown_until_killed(path, lines)
        left = Wallet.open(path, PASSPHRASE).unused(now=NOW)
        assert COUNT - len(texts) - 8 <= left <= COUNT - len(texts)
    wallet = Wallet.open(path, PASSPHRASE)
    texts += [wallet.present(now=NOW).text for _ in range(wallet.unused(now=NOW))]
    with raises(WalletError, "batch-used-up", "every showing has been used: fetch a new batch, or reuse one knowingly"):
        wallet.present(now=NOW)
    keys = keys_in(texts)
    assert len(set(keys)) == len(keys) > COUNT - 9


def test_two_processes_with_one_wallet_never_show_the_same_claim(tmp_path: Path) -> None:
    path = tmp_path / "wallet"
    fill(make_wallet(path), make_offer((WINDOW, 30)))
    outputs = [process.communicate() for process in (start(path), start(path))]
    keys = keys_in([text for shown, _ in outputs for text in shown.splitlines()])
    assert len(set(keys)) == len(keys) == 30
    assert Wallet.open(path, PASSPHRASE).unused(now=NOW) == 0
    assert all("every showing has been used" in said for _, said in outputs)
