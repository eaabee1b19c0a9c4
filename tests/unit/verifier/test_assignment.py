"""Which document is whose: a pairing in which as many people as can be have a document of their own."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.verifier.documents import assign

Fits = tuple[tuple[bool, ...], ...]
"""For each claim, which documents fit it."""


def assigned(fits: Fits) -> list[int | None]:
    asked: list[tuple[int, int]] = []

    def ask(claim: int, document: int) -> bool:
        asked.append((claim, document))
        return fits[claim][document]

    size = len(fits[0]) if fits else 0
    found = assign(range(len(fits)), range(size), ask)
    assert sorted(asked) == [(claim, document) for claim in range(len(fits)) for document in range(size)]
    return found


def can_all_have_one(fits: Fits, claims: tuple[int, ...]) -> bool:
    """By trying every order of the documents."""
    return any(
        all(fits[claim][document] for claim, document in zip(claims, chosen, strict=True))
        for chosen in permutations(range(len(fits[0])), len(claims))
    )


def tables(most: int) -> st.SearchStrategy[Fits]:
    sizes = st.tuples(st.integers(1, most), st.integers(1, most))
    return sizes.flatmap(lambda size: st.tuples(*[st.tuples(*[st.booleans()] * size[1])] * size[0]))


@given(tables(5))
def test_as_many_as_can_be_and_the_first_that_cannot(fits: Fits) -> None:
    found = assigned(fits)
    taken = [document for document in found if document is not None]
    assert len(set(taken)) == len(taken)
    assert all(fits[claim][document] for claim, document in enumerate(found) if document is not None)
    count = len(taken)
    everybody = range(len(fits))
    assert can_all_have_one(fits, tuple(n for n in everybody if found[n] is not None))
    if count < len(fits):
        assert not any(can_all_have_one(fits, some) for some in combinations(everybody, count + 1))
        first = found.index(None)
        assert not can_all_have_one(fits, tuple(range(first + 1)))


@given(st.permutations(range(8)), tables(8))
def test_an_honest_family_is_never_turned_away(order: list[int], chance: Fits) -> None:
    """Each has its own document, read in any order, and whatever else fits by chance."""
    fits = tuple(
        tuple(order[claim] == n or (claim < len(chance) and n < len(chance[0]) and chance[claim][n]) for n in range(8))
        for claim in range(8)
    )
    assert None not in assigned(fits)


def test_the_first_that_fits_is_not_always_the_one() -> None:
    assert assigned(((True, True), (True, False))) == [1, 0]
    assert assigned(((True, True, False), (True, False, True), (True, False, False))) == [1, 2, 0]


@pytest.mark.parametrize(("fits", "found"), [((), []), (((),), [None]), (((False,),), [None]), (((True,),), [0])])
def test_few(fits: Fits, found: list[int | None]) -> None:
    assert assigned(fits) == found


def test_the_longest_way() -> None:
    """Seven have the document that the one before wants, and the last moves all of them."""
    fits = tuple(tuple(n in (claim, claim + 1) if claim < 7 else n == 0 for n in range(8)) for claim in range(8))
    assert assigned(fits) == [1, 2, 3, 4, 5, 6, 7, 0]
