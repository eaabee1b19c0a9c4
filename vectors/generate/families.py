"""Groups of 2 to 8: doubled slots, other keys, parts of other groups; and their documents."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.case import Case, Json, accepted, cases, refused, show
from vectors.generate.passes import Showing, text
from vectors.generate.world import (
    CARDS,
    EXPIRES,
    HOLDER,
    NOW,
    OTHER_HOLDER,
    PLACE_ID,
    STRANGER,
    Paper,
    family,
    tag,
)


def one(what: str, showing: Showing, expect: Json, documents: list[Paper]) -> Case:
    return Case(
        f"families-{what}",
        what.replace("-", " "),
        [show(text(showing.data()), NOW, expect, documents=documents)],
        "plain",
        needs=("documents",),
    )


def everybody(people: int) -> Json:
    return accepted([1] * people, documents="compared", expires=EXPIRES)


@cases("families")
def sizes() -> Iterator[Case]:
    for people in range(1, 9):
        cards = CARDS[:people]
        yield one(f"{people}-honest", family(people), everybody(people), cards)
        yield one(f"{people}-documents-reversed", family(people), everybody(people), cards[::-1])
        yield one(f"{people}-documents-turned", family(people), everybody(people), cards[1:] + cards[:1])
        yield one(f"{people}-read-twice", family(people), everybody(people), cards + cards)
        yield one(f"{people}-one-read-twice", family(people), everybody(people), [*cards, cards[0]])
        last = None if people == 1 else people - 1
        first = None if people == 1 else 0
        if people > 1:
            yield one(f"{people}-last-missing", family(people), refused(18, index=last), cards[:-1])
            yield one(f"{people}-first-missing", family(people), refused(18, index=0), cards[1:])
            yield one(
                f"{people}-last-wrong", family(people), refused(19, index=last), [*cards[:-1], ("other", "STRANGER1")]
            )
            yield one(f"{people}-first-alone", family(people), refused(18, index=1), cards[:1])
            yield one(f"{people}-last-alone", family(people), refused(18, index=0), cards[-1:])
        yield one(
            f"{people}-first-wrong", family(people), refused(19, index=first), [("other", "STRANGER1"), *cards[1:]]
        )
        yield one(f"{people}-one-too-many", family(people), refused(19), [*cards, ("other", "STRANGER1")])
        yield one(f"{people}-none", family(people), refused(18, index=first), [])


@cases("families")
def doubled() -> Iterator[Case]:
    for people in range(2, 9):
        whole = family(people)
        for n in range(people - 1):
            slot = whole.claim.slot
            yield one(
                f"{people}-slot-of-the-first-in-{n + 1}",
                whole.with_member(n, slot=slot, tag=tag(CARDS[n + 1], slot)),
                refused(3),
                CARDS[:people],
            )
        for n in range(people - 2):
            slot = whole.members[n].slot
            yield one(
                f"{people}-slot-of-{n + 1}-in-the-next",
                whole.with_member(n + 1, slot=slot, tag=tag(CARDS[n + 2], slot)),
                refused(3),
                CARDS[:people],
            )
        same = whole.but(members=(whole.claim,) * (people - 1))
        yield one(f"{people}-all-the-same", same, refused(3), CARDS[:people])


@cases("families")
def others() -> Iterator[Case]:
    """A member whose claim was signed for something else: rebuilt from the first, it does not hold."""
    for people in (2, 3, 8):
        whole = family(people)
        for n in {0, people - 2}:
            each = whole.members[n]
            strange = {
                "other-holder": each.but(holder=OTHER_HOLDER.public),
                "other-issuer": each.but(issuer=STRANGER),
                "other-kid": each.but(kid=b"\0\0\0\1"),
                "other-expiry": each.but(exp=EXPIRES + 1),
                "other-color": each.but(color=2),
                "other-slot": each.but(slot=99),
                "other-tag": each.but(tag=b"\0\1"),
                "signed-by-holder": each.but(issuer=HOLDER),
            }
            for what, claim in strange.items():
                changed = whole.with_member(n, signature=claim.proof())
                yield one(f"{people}-{what}-in-{n + 1}", changed, refused(9, index=n + 1), CARDS[:people])
        swapped = list(whole.members)
        if people > 2:
            proofs = [each.proof() for each in swapped]
            swapped[0], swapped[1] = swapped[0].but(signature=proofs[1]), swapped[1].but(signature=proofs[0])
            yield one(
                f"{people}-signatures-swapped", whole.but(members=tuple(swapped)), refused(9, index=1), CARDS[:people]
            )
            turned = whole.but(members=whole.members[::-1])
            yield one(f"{people}-members-turned", turned, everybody(people), CARDS[:people])
        first = Showing(HOLDER, whole.members[0], NOW, members=(whole.claim, *whole.members[1:]))
        yield one(f"{people}-another-first", first, everybody(people), CARDS[:people])
        less = whole.but(members=whole.members[1:])
        yield one(f"{people}-without-one", less, everybody(people - 1), CARDS[:1] + CARDS[2:people])
        yield one(f"{people}-shown-by-another", whole.but(holder=OTHER_HOLDER), refused(12), CARDS[:people])
        unsigned = whole.but(signature=HOLDER.sign(less.signed()))
        yield one(f"{people}-signature-of-fewer", unsigned, refused(12), CARDS[:people])
        yield one(f"{people}-for-a-place", whole.but(aud=PLACE_ID), refused(15), CARDS[:people])


@cases("families")
def colors() -> Iterator[Case]:
    for people in (2, 3, 8):
        for n in range(people):
            for color in (2, 3):
                whole = family(people)
                whole = whole.with_claim(color=color) if n == 0 else whole.with_member(n - 1, color=color)
                seen = [color if each == n else 1 for each in range(people)]
                yield one(
                    f"{people}-color-{color}-of-{n}",
                    whole,
                    accepted(seen, documents="compared", expires=EXPIRES),
                    CARDS[:people],
                )
