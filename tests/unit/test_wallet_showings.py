"""Showing passes: each once, for the right moment, to a scanner that accepts it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from healthpass import Color
from healthpass.errors import FormatError, WalletError
from healthpass.formats.claim import BOTH
from healthpass.formats.window import Window
from healthpass.holder import Wallet
from healthpass.verifier import Verifier
from tests.making import (
    DAY,
    NONCE,
    NOW,
    PLACE,
    TOMORROW,
    WINDOW,
    make_store,
    make_trust_list,
    make_verifier,
    sign_trust_list,
    signer,
)
from tests.raising import raises
from tests.wallets import ISSUERS, WINDOWS, code_of, content, fill, make_offer, make_wallet, parsed

GREEN, YELLOW, RED = Color
FAMILY = [GREEN, YELLOW, RED]


@pytest.mark.parametrize("audience", [None, PLACE])
@pytest.mark.parametrize("nonce", [None, NONCE])
@pytest.mark.parametrize("colors", [[RED], FAMILY, FAMILY + [GREEN] * 5])
def test_a_scanner_accepts_a_showing(audience: str | None, nonce: bytes | None, colors: list[Color]) -> None:
    wallet = make_wallet()
    fill(wallet, colors=colors, binding=BOTH)
    showing = wallet.present(now=NOW + 14, audience=audience, nonce=nonce)
    verdict = make_verifier(audience=audience).verify(showing.text, now=NOW + 14, nonce=nonce)
    assert verdict.colors == tuple(colors)
    assert verdict.expires == showing.expires == WINDOW.expires
    assert (showing.reused, showing.unused) == (False, 7)


def test_every_claim_is_shown_once() -> None:
    wallet = make_wallet()
    fill(wallet)
    verifier = make_verifier()
    showings = [wallet.present(now=NOW) for _ in range(8)]
    assert [showing.unused for showing in showings] == [7, 6, 5, 4, 3, 2, 1, 0]
    for showing in showings:
        verifier.verify(showing.text, now=NOW)  # which refuses what it has seen before
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.present(now=NOW)) == "batch-used-up"
    assert content(wallet) == before


def test_threads_do_not_show_the_same_claim() -> None:
    wallet = make_wallet()
    fill(wallet, make_offer((WINDOW, 64)))
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: wallet.present(now=NOW).text, range(64)))
    assert len({parsed(text).claims[0].key for text in texts}) == 64


def test_reuse_is_asked_for_and_said() -> None:
    wallet = make_wallet()
    fill(wallet)
    fresh = {wallet.present(now=NOW, reuse=True).text for _ in range(8)}
    assert len(fresh) == 8
    again = wallet.present(now=NOW, reuse=True)
    assert again.text in fresh
    assert (again.reused, again.unused, repr(again)) == (True, 0, "Showing(reused=True)")


@pytest.mark.parametrize(("second", "iat"), [(0, NOW), (14, NOW), (15, NOW + 15), (29, NOW + 15)])
def test_the_time_of_a_showing_is_rounded_down(second: int, iat: int) -> None:
    wallet = make_wallet()
    fill(wallet)
    assert parsed(wallet.present(now=NOW + second).text).iat == iat
    assert parsed(wallet.present(now=datetime.fromtimestamp(NOW + second, UTC)).text).iat == iat


def test_only_open_windows_are_shown() -> None:
    wallet = make_wallet()
    fill(wallet, make_offer((WINDOW, 8), (TOMORROW, 8)))
    assert_none_open(wallet, WINDOW.valid_from - 61)
    for window in (WINDOW, TOMORROW):
        shown = [parsed(wallet.present(now=window.valid_from, anywhere=True).text) for _ in range(8)]
        assert {each.claims[0].kid for each in shown} == {window.kid}
        assert code_of(WalletError, lambda now=window.expires - 1: wallet.present(now=now)) == "batch-used-up"  # type: ignore[misc]
    assert_none_open(wallet, TOMORROW.expires + 60)


def assert_none_open(wallet: Wallet, now: int) -> None:
    assert code_of(WalletError, lambda: wallet.present(now=now, anywhere=True)) == "no-claims"
    assert wallet.unused(now=now) == 0


def test_where_no_window_is_open_one_that_is_so_for_a_clock_a_minute_off_counts() -> None:
    for window, edges in ((WINDOW, (WINDOW.expires, WINDOW.expires + 59)), (TOMORROW, (WINDOW.expires - 60,))):
        wallet = make_wallet()
        fill(wallet, make_offer((window, 8)))
        for now in edges:
            left = wallet.unused(now=now)
            showing = wallet.present(now=now)
            assert parsed(showing.text).claims[0].kid == window.kid
            assert (left > 0, showing.unused) == (True, left - 1)
        beyond = WINDOW.expires + 60 if window is WINDOW else WINDOW.expires - 61
        assert code_of(WalletError, lambda beyond=beyond, wallet=wallet: wallet.present(now=beyond)) == "no-claims"  # type: ignore[misc]


@pytest.mark.parametrize("off", [-60, -45, -5, 0, 5, 45, 59])
def test_when_windows_change_nobody_is_turned_away_whose_clock_is_a_little_off(off: int) -> None:
    """At every moment around the change, a phone that is `off` seconds ahead of the scanner shows what that takes."""
    change = TOMORROW.valid_from
    store = make_store(make_trust_list(expires=NOW + 3 * DAY))
    for second in range(-90, 91, 15):
        wallet = make_wallet()
        fill(wallet, make_offer((WINDOW, 8), (TOMORROW, 8)))
        now = change + second
        showing = wallet.present(now=now + off, anywhere=True)
        assert Verifier(store).verify(showing.text, now=now).colors
        assert parsed(showing.text).claims[0].kid == (WINDOW if now + off < change else TOMORROW).kid


def test_who_has_only_the_window_that_is_just_over_or_about_to_begin_shows_that() -> None:
    """By the scanner's clock it may be open; and what is open by both is always preferred."""
    store = make_store(make_trust_list(expires=NOW + 3 * DAY))
    change = TOMORROW.valid_from
    for window, now in ((WINDOW, change), (WINDOW, change + 59), (TOMORROW, change - 1), (TOMORROW, change - 60)):
        wallet = make_wallet()
        fill(wallet, make_offer((window, 8)))
        showing = wallet.present(now=now, anywhere=True)
        assert Verifier(store).verify(showing.text, now=now).colors


@pytest.mark.parametrize(("after", "stale"), [(-1, 0), (0, 1), (1799, 1800)])
def test_a_trust_list_serves_until_its_grace_time_is_over(after: int, stale: int) -> None:
    wallet = with_old_list()
    showing = wallet.present(now=NOW + 600 + after)
    assert (showing.unused, showing.stale) == (7, stale)


@pytest.mark.parametrize(("now", "code"), [(NOW + 600 + 1800, "trust-list-too-old"), (NOW - 121, "clock-behind")])
def test_with_a_list_that_is_too_old_or_ahead_a_pass_is_shown_by_the_holders_decision(now: int, code: str) -> None:
    wallet = with_old_list()
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.present(now=now)) == code
    assert code_of(WalletError, lambda: wallet.present(now=now, audience=PLACE, reuse=True)) == code
    assert content(wallet) == before
    showing = wallet.present(now=now, anywhere=True)
    assert (showing.unused, showing.stale) == (7, max(0, now - NOW - 599))


def with_old_list() -> Wallet:
    """A wallet whose list was issued a minute ago and expires in ten, with half an hour of grace."""
    wallet = make_wallet(trust_list=sign_trust_list(make_trust_list(expires=NOW + 600, grace=1800)))
    fill(wallet)
    return wallet


def test_names_do_not_mix() -> None:
    wallet = make_wallet()
    fill(wallet)
    fill(wallet, make_offer(reference=1), name="mum", colors=[RED], seed=1)
    for _ in range(8):
        assert parsed(wallet.present(now=NOW, name="mum").text).claims[0].color == RED
    assert wallet.unused(now=NOW) == 8
    assert code_of(WalletError, lambda: wallet.present(now=NOW, name="mum")) == "batch-used-up"
    assert code_of(WalletError, lambda: wallet.present(now=NOW, name="dad")) == "no-claims"


def test_a_second_batch_adds_to_the_first() -> None:
    wallet = make_wallet()
    fill(wallet)
    fill(wallet, make_offer(reference=1), seed=1)
    assert wallet.unused(now=NOW) == 16
    assert len({parsed(wallet.present(now=NOW).text).claims[0].key for _ in range(16)}) == 16


def test_a_second_batch_that_says_something_else_replaces_the_first() -> None:
    wallet = make_wallet()
    fill(wallet)
    fill(wallet, make_offer(reference=1), colors=[YELLOW], seed=1)
    assert wallet.unused(now=NOW) == 8
    assert {parsed(wallet.present(now=NOW).text).claims[0].color for _ in range(8)} == {YELLOW}
    assert code_of(WalletError, lambda: wallet.present(now=NOW)) == "batch-used-up"


def test_windows_that_are_open_at_once_are_all_used(monkeypatch: pytest.MonkeyPatch) -> None:
    spare = Window(b"kid2", signer(72).public_key, WINDOW.valid_from, WINDOW.expires, 4**10, 7, b"doc0")
    monkeypatch.setitem(ISSUERS, spare.kid, signer(72))
    monkeypatch.setitem(WINDOWS, spare.kid, spare)
    trust_list = make_trust_list(windows=[WINDOW, spare])
    wallet = make_wallet(trust_list=sign_trust_list(trust_list))
    for n in range(6):  # chance decides for the one and for the other
        fill(wallet, make_offer(reference=n), seed=n)
    kids = {window.kid for each in wallet._kept.now.enrolments if each.batch for window in each.batch.windows}
    verifier = make_verifier(trust_list)
    texts = [wallet.present(now=NOW).text for _ in range(48)]
    assert {verifier.verify(text, now=NOW).colors for text in texts} == {(GREEN,)}
    assert {parsed(text).claims[0].kid for text in texts} == kids == {b"kid0", b"kid2"}


@pytest.mark.parametrize("people", [[0], [1], [0, 2], [1, 2], [0, 1, 2], (2,)])
def test_those_of_a_family_who_are_present_are_shown(people: list[int]) -> None:
    wallet = make_wallet()
    fill(wallet, colors=FAMILY, binding=BOTH)
    text = wallet.present(now=NOW, people=people).text
    assert make_verifier().verify(text, now=NOW).colors == tuple(FAMILY[index] for index in people)
    assert wallet.unused(now=NOW) == 7


@pytest.mark.parametrize("people", [[], [3], [-1], [0, 0], [1, 0], [0, 1, 2, 3], [0] * 10**6])
def test_other_choices_of_people_are_refused(people: list[int]) -> None:
    wallet = make_wallet()
    fill(wallet, colors=FAMILY, binding=BOTH)
    before = content(wallet)
    assert code_of(WalletError, lambda: wallet.present(now=NOW, people=people)) == "no-such-people"
    assert content(wallet) == before


def test_one_person_is_number_0() -> None:
    wallet = make_wallet()
    fill(wallet)
    assert wallet.present(now=NOW, people=[0]).unused == 7
    assert code_of(WalletError, lambda: wallet.present(now=NOW, people=[1])) == "no-such-people"


@pytest.mark.parametrize(
    ("audience", "nonce", "sentence"),
    [
        ("", None, "audience: not a text of 1 to 16 characters"),
        (PLACE.upper(), None, "a place id is 16 lower-case hexadecimal digits"),
        (PLACE + "0", None, "audience: not a text of 1 to 16 characters"),
        ("\ud800" * 16, None, "a place id is 16 lower-case hexadecimal digits"),
        ("x" * 10**6, None, "audience: not a text of 1 to 16 characters"),
        (None, b"", "nonce: not 16 bytes"),
        (None, bytes(15), "nonce: not 16 bytes"),
        (None, bytes(17), "nonce: not 16 bytes"),
        (None, bytes(10**6), "nonce: not 16 bytes"),
    ],
)
def test_a_wrong_audience_or_nonce_uses_nothing(audience: str | None, nonce: bytes | None, sentence: str) -> None:
    wallet = make_wallet()
    fill(wallet)
    before = content(wallet)
    with raises(FormatError, "malformed", sentence):
        wallet.present(now=NOW, audience=audience, nonce=nonce)
    assert content(wallet) == before


@pytest.mark.parametrize("now", [1.5, True, None, "1"])
def test_now_is_a_time(now: int) -> None:
    wallet = make_wallet()
    for call in (wallet.present, wallet.unused):
        with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
            call(now=now)


def test_a_window_that_the_trust_list_has_lost_is_not_shown() -> None:
    """Its key was stolen; nothing under it would be accepted."""
    wallet = make_wallet()
    fill(wallet)
    wallet.update_trust_list(sign_trust_list(make_trust_list(2, windows=[TOMORROW])), now=NOW)
    assert wallet.unused(now=NOW) == 0
    assert code_of(WalletError, lambda: wallet.present(now=NOW)) == "no-claims"
