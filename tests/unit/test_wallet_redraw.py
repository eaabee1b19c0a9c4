"""Drawing a pass afresh: the very same claim, for the same place and challenge, for ten minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import Color, RefusalCode
from healthpass.errors import WalletError
from healthpass.formats.claim import BOTH
from healthpass.holder import Showing, Wallet
from tests.making import NONCE, NOW, OTHER_PLACE, PLACE, WINDOW, assert_refused, make_verifier
from tests.wallets import PASSPHRASE, code_of, content, fill, make_wallet, parsed


@pytest.fixture
def wallet() -> Wallet:
    wallet = make_wallet()
    fill(wallet)
    return wallet


@pytest.mark.parametrize(("second", "until"), [(0, NOW + 15), (14, NOW + 15), (15, NOW + 30), (599, NOW + 600)])
def test_a_text_is_fresh_until_the_next_quarter_of_a_minute(wallet: Wallet, second: int, until: int) -> None:
    assert wallet.present(now=NOW + second).fresh_until == until
    assert wallet.present(now=NOW).redraw(NOW + second).fresh_until == until


@pytest.mark.parametrize("nonce", [None, NONCE])
@pytest.mark.parametrize("audience", [None, PLACE])
def test_it_differs_in_time_and_signature_alone(wallet: Wallet, audience: str | None, nonce: bytes | None) -> None:
    first = wallet.present(now=NOW, audience=audience, nonce=nonce)
    later = first.redraw(NOW + 300)
    one, two = parsed(first.text), parsed(later.text)
    assert one.claim_bytes == two.claim_bytes
    assert (one.audience, one.nonce, one.iat) == (audience, nonce, NOW)
    assert (two.audience, two.nonce, two.iat) == (audience, nonce, NOW + 300)
    assert one.signature != two.signature
    unchanged = ("reused", "unused", "expires", "stale")
    assert [getattr(first, name) for name in unchanged] == [getattr(later, name) for name in unchanged]


def test_a_scanner_takes_each_drawing_and_only_one_of_them(wallet: Wallet) -> None:
    first = wallet.present(now=NOW, audience=PLACE)
    for second in (0, 15, 299, 599):
        drawn = first.redraw(NOW + second)
        assert make_verifier(audience=PLACE).verify(drawn.text, now=NOW + second).colors == (Color.GREEN,)
    verifier = make_verifier(audience=PLACE)
    verifier.verify(first.text, now=NOW)
    assert_refused(verifier, first.redraw(NOW + 15).text, RefusalCode.REPLAYED, now=NOW + 15)
    verifier.verify(wallet.present(now=NOW + 15, audience=PLACE).text, now=NOW + 15)


def test_those_of_a_family_who_were_shown_are_drawn(wallet: Wallet) -> None:
    fill(wallet, name="us", colors=list(Color), binding=BOTH, seed=1)
    drawn = wallet.present(now=NOW, name="us", people=[0, 2]).redraw(NOW + 60)
    assert [claim.color for claim in parsed(drawn.text).claims] == [Color.GREEN, Color.RED]


def test_a_queue_uses_one_pass(wallet: Wallet) -> None:
    showing = wallet.present(now=NOW)
    before = content(wallet)
    for second in range(0, 600, 15):
        showing = showing.redraw(NOW + second)
    assert (wallet.unused(now=NOW), content(wallet)) == (7, before)


def test_another_place_is_another_pass(wallet: Wallet) -> None:
    shown = [wallet.present(now=NOW, audience=place) for place in (PLACE, OTHER_PLACE)]
    keys = {parsed(each.redraw(NOW + 15).text).claims[0].key for each in shown}
    assert len(keys) == 2
    assert wallet.unused(now=NOW) == 6


def test_it_is_saved_before_it_is_shown(tmp_path: Path) -> None:
    wallet = make_wallet(tmp_path / "wallet")
    fill(wallet)
    showing = wallet.present(now=NOW)
    again = Wallet.open(tmp_path / "wallet", PASSPHRASE)
    assert again.unused(now=NOW) == 7
    keys = {parsed(again.present(now=NOW).text).claims[0].key for _ in range(7)}
    assert parsed(showing.redraw(NOW + 15).text).claims[0].key not in keys


def assert_refused_to_draw(showing: Showing, now: int, code: str) -> None:
    text = showing.text
    assert code_of(WalletError, lambda: showing.redraw(now)) == code
    assert showing.text == text


def test_ten_minutes_from_the_first_drawing_and_no_longer(wallet: Wallet) -> None:
    showing = wallet.present(now=NOW + 7)
    showing = showing.redraw(NOW + 606)
    assert_refused_to_draw(showing, NOW + 607, "redraw-over")
    assert_refused_to_draw(showing, NOW + 7 - 61, "clock-behind")
    assert parsed(showing.redraw(NOW + 7 - 60).text).iat == NOW - 60


def test_a_pass_that_is_over_by_both_clocks_is_drawn_no_more(wallet: Wallet) -> None:
    """A scanner whose clock is a minute behind still takes it."""
    showing = wallet.present(now=WINDOW.expires - 10)
    assert parsed(showing.redraw(WINDOW.expires + 59).text).iat == WINDOW.expires + 45
    assert_refused_to_draw(showing, WINDOW.expires + 60, "redraw-over")


def test_a_drawing_of_a_pass_that_was_shown_before_says_so(wallet: Wallet) -> None:
    for _ in range(8):
        wallet.present(now=NOW)
    assert wallet.present(now=NOW, reuse=True).redraw(NOW + 15).reused


@pytest.mark.parametrize("now", [1.5, True, None, "1"])
def test_now_is_a_time(wallet: Wallet, now: int) -> None:
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
        wallet.present(now=NOW).redraw(now)
