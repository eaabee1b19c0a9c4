"""`healthpass wallet` and `present`: answering with a list, the recovery code, and one pass drawn again and again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from nacl.pwhash import argon2id

from healthpass.cli.main import main
from healthpass.crypto import passphrase
from healthpass.formats.window import RootSet
from healthpass.holder import Wallet
from tests.making import DAY, NOW, PLACE, ROOT
from tests.wallets import PASSPHRASE, TRUST_LIST, fill, keys_of, make_batch, make_offer, make_wallet, parsed

AT = ("--now", str(NOW))


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its cheapest."""
    monkeypatch.setattr(passphrase, "_LEVELS", ((argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A wallet's file, with eight passes."""
    fill(make_wallet(tmp_path / "me.wallet"))
    return tmp_path / "me.wallet"


def run(*arguments: object, stdin: str = "", code: int = 0) -> Result:
    environment = {"HEALTHPASS_PASSPHRASE": PASSPHRASE}
    result = CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, env=environment)
    assert result.exit_code == code, result.output
    return result


def test_an_answer_takes_the_list_that_came_with_the_offer(tmp_path: Path) -> None:
    file, offer, out = tmp_path / "me.wallet", tmp_path / "offer", tmp_path / "answer"
    Wallet.create(file, PASSPHRASE, roots=RootSet(1, (ROOT.public_key,)), level=0)
    offer.write_bytes(make_offer())
    (tmp_path / "list").write_bytes(TRUST_LIST)
    refused = run("wallet", "answer", file, offer, "--out", out, *AT, code=2)
    assert (
        "the wallet needs a trust list before it can answer an offer; give it one with --trust-list" in refused.output
    )
    assert not out.exists()
    answer = ("wallet", "answer", file, offer, "--trust-list", tmp_path / "list", "--out", out, *AT, "--json")
    code = json.loads(run(*answer).stdout)["recovery_code"]
    first = out.read_bytes()
    assert json.loads(run(*answer).stdout)["recovery_code"] == code
    assert out.read_bytes() == first
    assert len(keys_of(first)) == 8
    (tmp_path / "batch").write_bytes(make_batch(first))
    assert json.loads(run("wallet", "accept", file, tmp_path / "batch", *AT, "--json").stdout) == {"showings": 8}


def test_the_code_is_printed_again_and_after_use_there_is_another(path: Path) -> None:
    code = Wallet.open(path, PASSPHRASE).recovery_code()
    assert json.loads(run("wallet", "code", path, *AT, "--json").stdout) == {"recovery_code": code}
    new = json.loads(run("wallet", "code", path, "--used", *AT, "--json").stdout)["recovery_code"]
    assert new == Wallet.open(path, PASSPHRASE).recovery_code() != code
    assert Wallet.open(path, PASSPHRASE).unused(now=NOW) == 0
    assert (
        "there is nothing under this name; check the name"
        in run("wallet", "code", path, "--name", "x", *AT, code=2).output
    )


def test_each_enter_draws_the_same_pass_afresh(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([NOW, NOW, NOW + 15, NOW + 31, NOW + 599])  # opened, shown, and three times drawn again
    for each in ("wallet", "present"):
        monkeypatch.setattr(f"healthpass.cli.{each}.clock", lambda fixed: next(times))
    picture = path.with_name("pass.png")
    shown = run("present", path, "--audience", PLACE, "--redraw", "--png", picture, "--json", stdin="\n\n\n")
    drawn = [json.loads(line) for line in shown.stdout.splitlines()]
    texts = [parsed(each["text"]) for each in drawn]
    assert [each.iat for each in texts] == [NOW, NOW + 15, NOW + 30, NOW + 585]
    assert [each["fresh_until"] for each in drawn] == [NOW + 15, NOW + 30, NOW + 45, NOW + 600]
    assert len({each.claim_bytes[0] for each in texts}) == len({each.audience for each in texts}) == 1
    assert [each["unused"] for each in drawn] == [7] * 4
    assert Wallet.open(path, PASSPHRASE).unused(now=NOW) == 7
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_after_ten_minutes_it_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([NOW, NOW, NOW + 600])
    for each in ("wallet", "present"):
        monkeypatch.setattr(f"healthpass.cli.{each}.clock", lambda fixed: next(times))
    shown = run("present", path, "--anywhere", "--redraw", stdin="\n\n", code=2)
    assert shown.stdout.count("HP1:") == 1
    assert "this pass was drawn for ten minutes, or has expired: show another" in shown.output


def test_without_the_option_nothing_is_waited_for(path: Path) -> None:
    assert run("present", path, "--anywhere", *AT, stdin="\n\n").stdout.count("HP1:") == 1


@pytest.mark.parametrize("command", [("wallet", "code"), ("wallet", "update"), ("present", "--anywhere")])
def test_every_command_erases_what_is_over(path: Path, command: tuple[str, ...]) -> None:
    name, *more = command if command[0] == "present" else (*command,)
    late = ("--now", NOW + 3 * DAY)
    arguments = (name, path, *more, *late) if name == "present" else (*command, path, *late)
    run(*arguments, code=2 if name == "present" else 0)
    assert Wallet.open(path, PASSPHRASE)._kept.now.enrolments == ()
