"""A family in which one person's card fits another's claim by chance, as in every 65,536th pair: it is admitted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.formats.claim import parse_claim
from healthpass.verifier import Document
from tests.documents import bound_claim, document, documents_verifier, grandmother, neighbour, tag_for
from tests.making import NOW, show

MOTHER, FATHER, CHILD = grandmother(), neighbour(), document(3)
PEOPLE = (MOTHER, FATHER, CHILD)
SLOTS = (2622, 18657, 2623)
"""Found by trying slots from 0 on: under the kid and key of these tests the father's card has the tag of the mother's
in the first, and the child's that of the father's in the second."""
COLORS = (Color.GREEN, Color.YELLOW, Color.RED)
CLAIMS = [bound_claim(who, slot, color) for who, slot, color in zip(PEOPLE, SLOTS, COLORS, strict=True)]
ORDERS = list(permutations(range(3)))


def greedy(cards: Sequence[Document]) -> bool:
    """Whether each claim, in its order, finds a card among those that are left, if it takes the first that fits."""
    left = list(cards)
    for claim in map(parse_claim, CLAIMS):
        found = next((card for card in left if tag_for(card, claim.slot) == claim.tag), None)
        if found is None:
            return False
        left.remove(found)
    return True


def test_the_tags_are_equal() -> None:
    fits = [
        [tag_for(who, slot) == parse_claim(claim).tag for who in PEOPLE]
        for slot, claim in zip(SLOTS, CLAIMS, strict=True)
    ]
    assert fits == [[True, True, False], [False, True, True], [False, False, True]]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_order_of_their_cards_is_accepted(order: tuple[int, ...]) -> None:
    cards = [PEOPLE[n] for n in order]
    verdict = documents_verifier().verify(show(CLAIMS), now=NOW, documents=cards)
    assert verdict.colors == COLORS


def test_the_first_that_fits_would_refuse_most_orders() -> None:
    assert [order for order in ORDERS if greedy([PEOPLE[n] for n in order])] == [(0, 1, 2)]


@pytest.mark.parametrize(
    ("cards", "code", "index"),
    [
        ((FATHER, CHILD), RefusalCode.DOCUMENT_REQUIRED, 2),
        ((MOTHER, FATHER), RefusalCode.DOCUMENT_REQUIRED, 2),
        ((FATHER, CHILD, document(4)), RefusalCode.DOCUMENT_MISMATCH, 2),
    ],
    ids=["without the mother's", "without the child's", "a stranger's for the mother's"],
)
def test_a_card_too_few_or_a_strangers_is_refused(cards: tuple[Document, ...], code: RefusalCode, index: int) -> None:
    """What fits by chance stands in for nobody: each card counts for one person."""
    with pytest.raises(Refused) as caught:
        documents_verifier().verify(show(CLAIMS), now=NOW, documents=list(cards))
    assert (caught.value.code, caught.value.index) == (code, index)
