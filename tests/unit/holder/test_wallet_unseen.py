"""What a region, scanners, and a thief of the phone do not learn from a wallet."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from healthpass import Color
from healthpass.crypto.commitment import commitment
from healthpass.crypto.envelope import open_padded
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import BadInput, WalletError
from healthpass.formats.claim import Binding
from healthpass.formats.enrolment import KeyRequest, Opening, encode_opening, parse_key_request
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.text import decode_text
from healthpass.holder import Wallet, keys
from tests.making import DAY, NOW, PLACE, TOMORROW, WINDOW
from tests.raising import raises
from tests.wallets import (
    PASSPHRASE,
    TRUST_LIST,
    claims_for,
    code_of,
    content,
    fill,
    keys_of,
    make_batch,
    make_offer,
    make_wallet,
    offer_of,
    opening_of,
    parsed,
)

PIECE = 6


def pieces(*messages: bytes) -> set[bytes]:
    """All that is in any of them, six bytes at a time."""
    return {data[at : at + PIECE] for data in messages for at in range(len(data) - PIECE + 1)}


@pytest.mark.parametrize(("binding", "people"), [(Binding.DEVICE, 1), (Binding.BOTH, 1), (Binding.BOTH, 8)])
def test_two_wallets_answers_differ_in_the_sealed_bytes_and_the_commitment_alone(binding: Binding, people: int) -> None:
    """Also where one of them has other passes, and other names, already."""
    offer = make_offer((WINDOW, 24), (TOMORROW, 24), binding=binding, people=people)
    old = make_wallet(seed=2)
    fill(old, name="Grandmother")
    answers = [
        parse_key_request(wallet.answer(offer, now=NOW + n, name=name))
        for n, (wallet, name) in enumerate([(make_wallet(), "me"), (make_wallet(seed=1), "x" * 64), (old, "Mum")])
    ]
    for one, two in itertools.combinations(answers, 2):
        differ = {name for name in KeyRequest.__slots__ if getattr(one, name) != getattr(two, name)}
        assert differ == {"commitment", "sealed_opening"}
        assert len(one.sealed_opening) == len(two.sealed_opening)
        assert not pieces(one.sealed_opening, one.commitment) & pieces(two.sealed_opening, two.commitment)


@pytest.mark.parametrize(("counts", "size"), [((8,), 1072), ((26,), 1072), ((27,), 2096), ((50, 50), 4144)])
def test_the_size_of_what_is_sealed_is_that_of_what_was_offered(counts: tuple[int, ...], size: int) -> None:
    wanted = tuple(zip((WINDOW, TOMORROW), counts, strict=False))
    for seed in range(3):
        answer = make_wallet(seed=seed).answer(make_offer(*wanted), now=NOW)
        assert len(parse_key_request(answer).sealed_opening) == size


def test_nobody_else_opens_what_is_sealed() -> None:
    request = parse_key_request(make_wallet().answer(make_offer(), now=NOW))
    with raises(
        BadInput, "not-for-us", "sealed to another key, or changed on the way; have it sent again, to the right key"
    ):
        open_padded(SealingKey(), request.sealed_opening)


def test_a_guess_at_the_keys_cannot_be_tested_against_the_commitment() -> None:
    """Not even with all of an opening but its blinder: there are as many openings that fit nothing as blinders."""
    answer = make_wallet().answer(make_offer(), now=NOW)
    request, opening = parse_key_request(answer), opening_of(answer)
    assert commitment(request.offer, encode_opening(opening)) == request.commitment
    for blinder in (bytes(32), opening.blinder[::-1], opening.blinder[:-1] + bytes((opening.blinder[-1] ^ 1,))):
        guess = Opening(blinder, opening.answer_key, opening.keys, opening.recovery_hash)
        assert commitment(request.offer, encode_opening(guess)) != request.commitment
    seen_later = keys_of(answer)[0]  # at a gate
    assert not pieces(seen_later) & pieces(request.commitment, request.sealed_opening)


def test_the_blinder_is_nothing_that_a_region_or_a_scanner_sees() -> None:
    wallet = make_wallet()
    answer = wallet.answer(make_offer(), now=NOW)
    batch = make_batch(answer)
    wallet.accept(batch, now=NOW)
    shown = [decode_text(wallet.present(now=NOW, audience=PLACE).text) for _ in range(8)]
    opening = opening_of(answer)
    secret = pieces(opening.blinder, opening.answer_key, opening.recovery_hash or b"")
    assert not secret & pieces(answer, batch, *shown)


@pytest.mark.parametrize("people", [1, 3])
def test_what_the_region_relays_has_nothing_of_what_is_shown(people: int) -> None:
    """Every message that went through it, and every showing, of a hundred keys; published lists apart."""
    wallet = make_wallet()
    binding, colors = (Binding.DEVICE, [Color.GREEN]) if people == 1 else (Binding.BOTH, list(Color))
    offer = make_offer((WINDOW, 50), (TOMORROW, 50), binding=binding, people=people)
    answer = wallet.answer(offer, now=NOW)
    batch = make_batch(answer, colors)
    wallet.accept(batch, now=NOW)
    shown = [decode_text(wallet.present(now=now).text) for now in [NOW] * 50 + [TOMORROW.valid_from] * 50]
    # The region knows when its periods end, so the head and value of `exp` are no news.
    ends = [b"\x04\x1a" + window.expires.to_bytes(4, "big") for window in (WINDOW, TOMORROW)]
    seen = [data.replace(ends[0], b"").replace(ends[1], b"") for data in shown]
    assert not pieces(offer, answer, batch) & pieces(*seen)


def test_a_phone_that_is_taken_later_unlocks_nothing_of_before(tmp_path: Path) -> None:
    """With file and passphrase, once it was opened after its windows were over, and everything that region and
    scanners ever saw: no key, blinder, claim or number of before is in the file, and none derives from what is."""
    path = tmp_path / "wallet"
    wallet = make_wallet(path)
    answers, batches, shown = [], [], []
    for reference in range(3):
        answers.append(wallet.answer(make_offer((WINDOW, 8), (TOMORROW, 8), reference=reference), now=NOW))
        batches.append(make_batch(answers[-1], seed=reference))
        wallet.accept(batches[-1], now=NOW)
    waits = wallet.answer(make_offer(reference=9), now=NOW)
    shown = [decode_text(wallet.present(now=NOW, audience=PLACE).text) for _ in range(24)]
    secrets = {each.secret for each in wallet._kept.now.enrolments if each.secret is not None}
    assert len(secrets) == 4

    Wallet.open(path, PASSPHRASE, now=NOW + 3 * DAY)
    thief = Wallet.open(path, PASSPHRASE)
    held, state = content(thief), thief._kept.now
    assert state.enrolments == ()
    published = pieces(TRUST_LIST)
    gone = pieces(*secrets, *answers, waits, *batches, *shown) - published
    assert not gone & (pieces(held) - published)
    # What is left that is secret: a recovery code, and the mark. Used as a secret, neither gives a key that was shown.
    showings = [parsed_key(data) for data in shown]
    left = [state.codes[0].secret, state.mark, state.codes[0].secret + state.mark, state.codes[0].salts]
    for each in left:
        derived = keys.holder_keys(each.ljust(32, b"\x00")[:32], 64)
        assert not set(derived) & set(showings)


def test_an_enrolment_of_several_days_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    """Its second day is still to come: with the secret of that, nobody recognises what was shown on the first."""
    path = tmp_path / "wallet"
    wallet = make_wallet(path)
    answer = wallet.answer(make_offer((WINDOW, 8), (TOMORROW, 8)), now=NOW)
    batch = make_batch(answer)
    wallet.accept(batch, now=NOW)
    shown = [decode_text(wallet.present(now=NOW, audience=PLACE).text) for _ in range(8)]
    (before,) = wallet._kept.now.enrolments
    assert before.secret is not None
    first = keys.period_secret(before.secret, 0)

    Wallet.open(path, PASSPHRASE, now=WINDOW.expires + 3600)
    thief = Wallet.open(path, PASSPHRASE)
    (after,) = thief._kept.now.enrolments
    assert after.batch is not None
    assert after.secret is None
    gone = pieces(before.secret, first, batch, *shown) - pieces(TRUST_LIST)
    held = pieces(content(thief)) - pieces(TRUST_LIST)
    claims = pieces(
        *(each.claims for each in after.batch.windows), answer
    )  # of the second day; and as the region has it
    assert not (gone - claims) & held
    (window,) = after.batch.windows
    showings = {parsed_key(data) for data in shown}
    for number in range(2):
        derived = keys.holder_keys(keys.period_secret(window.secret, number), 16)
        assert not showings & {*derived, *keys.holder_keys(window.secret, 16)}
    assert code_of(WalletError, lambda: thief.accept(batch, now=WINDOW.expires + 3600)) == "not-for-us"
    assert thief.unused(now=WINDOW.expires + 3600) == 8


def parsed_key(data: bytes) -> bytes:
    """The holder key of a showing's bytes."""
    key = parse_presentation(data).claims[0].key
    assert key is not None
    return key


def test_the_same_thief_before_that_finds_what_was_shown(tmp_path: Path) -> None:
    """Without which the test above would prove nothing: a file that was not opened since has it all."""
    path = tmp_path / "wallet"
    wallet = make_wallet(path)
    fill(wallet)
    shown = parsed(wallet.present(now=NOW).text).claims[0].key
    thief = Wallet.open(path, PASSPHRASE)
    (enrolment,) = thief._kept.now.enrolments
    assert enrolment.secret is not None
    assert shown in keys.holder_keys(keys.period_secret(enrolment.secret, 0), 8)
    assert shown is not None
    assert shown in content(thief)


def test_a_wallet_says_no_number_of_its_own() -> None:
    """No field of an answer counts anything: the tenth answer of a wallet is of the form of the first."""
    first, old = make_wallet(), make_wallet(seed=1)
    for n in range(9):
        old.answer(make_offer(reference=100 + n), now=NOW)
    answers = [wallet.answer(make_offer(), now=NOW) for wallet in (first, old)]
    assert len({len(each) for each in answers}) == 1
    assert offer_of(answers[0]) == offer_of(answers[1])
    assert len(claims_for(answers[1])) == 8
