"""Two showings of one wallet share what a whole cohort shares, and the order of showings tells nothing."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Color
from healthpass.crypto import ed25519
from healthpass.errors import WalletError
from healthpass.formats.claim import Binding
from healthpass.formats.presentation import Presentation, template_of
from healthpass.formats.text import decode_text
from healthpass.holder import Wallet, showings
from tests.making import NONCE, NOW, PLACE, WINDOW
from tests.wallets import TRUST_LIST, fill, keys_of, make_batch, make_offer, make_wallet, parsed

COHORT = {"kid", "exp", "color", "aud", "iat"}
"""What everybody has in common who is of this colour in this window, here and now."""


def holes(text: str, binding: Binding, audience: bool, people: int) -> dict[str, bytes]:
    """Everything in a showing that is not the template's, by name."""
    data = decode_text(text)
    template = template_of((binding, audience, False, people - 1))
    assert template.matches(data)
    return {name: data[where] for name, where in template.fields.items()}


@given(
    seed=st.integers(0, 2**64),
    binding=st.sampled_from([Binding.DEVICE, Binding.BOTH]),
    color=st.sampled_from(list(Color)),
    audience=st.sampled_from([None, PLACE]),
)
def test_two_showings_share_nothing_but_the_cohort(
    seed: int, binding: Binding, color: Color, audience: str | None
) -> None:
    wallet = make_wallet(seed=seed)
    fill(wallet, colors=[color], binding=binding)
    texts = [wallet.present(now=NOW + n, audience=audience).text for n in range(8)]
    for first, second in combinations((holes(text, binding, audience is not None, 1) for text in texts), 2):
        shared = {name for name in first if first[name] == second[name]}
        assert shared == first.keys() & COHORT | {name for name in ("tag",) if name in first}  # `tests.making.TAG`
        assert not same_pieces(first, second)


def same_pieces(first: dict[str, bytes], second: dict[str, bytes]) -> set[bytes]:
    """Six-byte pieces of the two showings' own fields that are in both."""
    own = [b"".join(each[name] for name in sorted(each.keys() - COHORT - {"tag"})) for each in (first, second)]
    pieces = [{data[at : at + 6] for at in range(len(data) - 5)} for data in own]
    return pieces[0] & pieces[1]


@given(st.integers(0, 2**64), st.sampled_from([(0, 1), (0, 2), (1, 2)]))
def test_a_family_shown_in_parts_shares_no_key_slot_or_signature(seed: int, people: tuple[int, int]) -> None:
    wallet = make_wallet(seed=seed)
    fill(wallet, colors=list(Color), binding=Binding.BOTH)
    values: list[object] = []
    for _ in range(4):
        showing = parsed(wallet.present(now=NOW, people=people).text)
        assert [claim.color for claim in showing.claims] == [list(Color)[index] for index in people]
        values += [showing.claims[0].key, showing.signature]
        values += [claim.slot for claim in showing.claims] + [data[-64:] for data in showing.claim_bytes]
    assert len(set(values)) == len(values)


def order_of(seed: int, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, ...]:
    """In which order of its keys a batch is shown, with this seed of the random numbers."""
    monkeypatch.setattr(showings, "_RANDOM", Random(seed))
    wallet = make_wallet()
    offer = make_offer((WINDOW, count))
    fill(wallet, offer)
    keys = keys_of(wallet.answer(offer, now=NOW))
    return tuple(keys.index(parsed(wallet.present(now=NOW).text).claims[0].key or b"") for _ in range(count))


def test_every_order_of_showings_is_as_likely_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """240 batches of eight: the first three keys stand in each of their six orders about 40 times (a chi-square of 5
    degrees, p > 0.001)."""
    orders = [order_of(seed, 8, monkeypatch) for seed in range(240)]
    counts = Counter(tuple(index for index in order if index < 3) for order in orders)
    assert len(counts) == 6
    assert sum((count - 40) ** 2 / 40 for count in counts.values()) < 20.5


def test_a_long_batch_is_shown_in_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order = order_of(1, 100, monkeypatch)
    assert sorted(order) == list(range(100))
    assert sum(a < b for a, b in pairwise(order)) in range(35, 65)
    assert sum(index == place for place, index in enumerate(order)) < 8
    assert order != order_of(2, 100, monkeypatch)


def test_the_choice_is_the_systems_random_numbers() -> None:
    from secrets import SystemRandom

    assert type(showings._RANDOM) is SystemRandom


def test_what_a_second_wallet_shows_is_of_the_same_form() -> None:
    """Two showings of one wallet and two of different wallets differ in the same fields."""

    def shown(wallet: Wallet, slots: int) -> list[dict[str, bytes]]:
        fill(wallet, seed=slots)
        return [holes(wallet.present(now=NOW, audience=PLACE).text, Binding.DEVICE, True, 1) for _ in range(2)]

    def shared(first: dict[str, bytes], second: dict[str, bytes]) -> set[str]:
        return {name for name in first if first[name] == second[name]}

    mine, others = shown(make_wallet(), 0), shown(make_wallet(seed=1), 1)
    assert shared(*mine) == shared(*others) == shared(mine[0], others[0]) == COHORT


Step = tuple[str, int]


@given(st.lists(st.tuples(st.sampled_from(["present", "accept", "reuse", "update", "answer"]), st.integers(0, 2))))
def test_no_claim_is_shown_twice_as_unused_whatever_happens(steps: list[Step]) -> None:
    wallet = make_wallet()
    offers = [make_offer(reference=n) for n in range(3)]
    batches = [make_batch(wallet.answer(offer, now=NOW), seed=n) for n, offer in enumerate(offers)]
    fresh: list[bytes | None] = []
    taken: set[int] = set()
    for action, n in steps:
        before = wallet.unused(now=NOW)
        try:
            if action in ("present", "reuse"):
                showing = wallet.present(now=NOW, reuse=action == "reuse", nonce=NONCE)
                assert showing.unused == wallet.unused(now=NOW) == before - (not showing.reused)
                assert ed25519.verify(*proof_of(parsed(showing.text)))
                fresh += [] if showing.reused else [parsed(showing.text).claims[0].key]
            elif action == "accept":
                wallet.accept(batches[n], now=NOW)
                taken.add(n)
            elif action == "answer":
                wallet.answer(offers[n], now=NOW)
            else:
                wallet.update_trust_list(TRUST_LIST, now=NOW)
        except WalletError:
            assert wallet.unused(now=NOW) == before
        assert wallet.unused(now=NOW) + len(fresh) == 8 * len(taken)
    assert len(set(fresh)) == len(fresh)


def proof_of(showing: Presentation) -> tuple[bytes, bytes, bytes]:
    return showing.claims[0].key or b"", showing.signed, showing.signature
