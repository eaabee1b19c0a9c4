"""Decisions: each row of the table, for each rule of the shipped policy and for rules of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, permutations

from vectors.generate.case import Case, Json, Rule, accepted, cases, place_step, refused, show, take
from vectors.generate.messages import area_table
from vectors.generate.passes import text
from vectors.generate.world import (
    AREA,
    CAPACITY,
    CARD,
    CARDS,
    DAY,
    EXPIRES,
    FROM,
    KID_TOMORROW,
    NOW,
    OFFICE,
    OTHER_HOLDER,
    PASSPORT,
    PLACE_ID,
    SHIPPED,
    STRANGER,
    TODAY,
    TOMORROW,
    family,
    live,
    paper,
    place_of,
    trust_list,
)

NEEDS = ("decision", "policy")
RISKS = {0: {}, 1: {"medium": [AREA]}, 2: {"high": [AREA]}}


def table(risk: int) -> Json:
    return take("area-table", area_table(OFFICE, 1, FROM, FROM + DAY, **RISKS[risk]), NOW)


@cases("decisions")
def shipped() -> Iterator[Case]:
    """Each class, risk and colour under the policy that comes with the library, with and without an audience."""
    rules = {(risk, place_class): rest for risk, place_class, *rest in SHIPPED}
    named = {place_class for _, place_class in rules}
    for place_class in (1, 2, 3, 4, 5, 6, 7, 23):
        for risk in (0, 1, 2, None):
            found = rules.get((risk, place_class)) if risk is not None else None
            if risk is None and all((each, place_class) in rules for each in RISKS):
                everywhere = {tuple(rules[each, place_class]) for each in RISKS}
                found = list(everywhere.pop()) if len(everywhere) == 1 else None
            steps = [*([] if risk is None else [table(risk)]), place_step(place_of(place_class))]
            for color in (1, 2, 3):
                for aud in (PLACE_ID, None):
                    if found is None:
                        expect = refused(21 if risk is not None and place_class in named else 24)
                    else:
                        rule = Rule(found[0], found[1])
                        expect = accepted([color], rule, expires=EXPIRES)
                        if found[3] and aud is None:
                            expect = refused(15, rule=rule, excused=True)
                    shown = text(live(color=color).but(aud=aud).data())
                    what = f"decisions-shipped-{place_class}-{risk}-{color}-{'aud' if aud else 'none'}"
                    yield Case(what, "the shipped policy", [*steps, show(shown, NOW, expect)], "policy", needs=NEEDS)


@cases("decisions")
def rules() -> Iterator[Case]:
    """Every set of colours admitted and helped, and every colour; and pairs in both orders."""
    shown = {color: text(live(color=color).data()) for color in (1, 2, 3)}
    for admitted in range(8):
        for helped in range(8):
            if admitted & helped:
                continue
            rule = Rule(admitted, helped)
            listed = [
                take(
                    "trust-list",
                    trust_list(TODAY, label_10=[[risk, 1, admitted, helped, 0, 0] for risk in range(3)]),
                    NOW,
                ),
                place_step(place_of()),
            ]
            for color in (1, 2, 3):
                steps = [*listed, show(shown[color], NOW, accepted([color], rule, expires=EXPIRES))]
                yield Case(
                    f"decisions-rule-{admitted}-{helped}-{color}",
                    "colours admitted and helped",
                    steps,
                    "bare",
                    needs=NEEDS,
                )
            steps = [*listed, show(text(live().but(holder=OTHER_HOLDER).data()), NOW, refused(12, rule=rule))]
            yield Case(
                f"decisions-rule-{admitted}-{helped}-refused",
                "a refusal where colours are helped, or none",
                steps,
                "bare",
                needs=NEEDS,
            )


@cases("decisions")
def of_families() -> Iterator[Case]:
    """All of a group go as the last of them."""
    for admitted, helped in ((1, 0), (1, 2), (1, 6), (3, 4), (1, 4), (7, 0), (0, 7), (2, 1)):
        rule = Rule(admitted, helped)
        listed = [
            take(
                "trust-list", trust_list(TODAY, label_10=[[risk, 1, admitted, helped, 0, 0] for risk in range(3)]), NOW
            ),
            place_step(place_of()),
        ]
        groups = {order for group in combinations_with_replacement((1, 2, 3), 3) for order in permutations(group)}
        for colors in sorted(groups):
            showing = (
                family(3).with_claim(color=colors[0]).with_member(0, color=colors[1]).with_member(1, color=colors[2])
            )
            steps = [*listed, show(text(showing.data()), NOW, accepted(colors, rule, "not-compared", expires=EXPIRES))]
            yield Case(
                f"decisions-family-{admitted}-{helped}-{''.join(map(str, colors))}",
                "three people",
                steps,
                "bare",
                needs=NEEDS,
            )


@cases("decisions")
def without_policy() -> Iterator[Case]:
    for color in (1, 2, 3):
        yield Case(
            f"decisions-no-policy-{color}",
            "no policy: green is let in, nobody helped",
            [show(text(live(color=color).data()), NOW, accepted([color], expires=EXPIRES))],
            "plain",
            needs=NEEDS,
        )
    for colors in ((1, 1), (1, 2), (2, 1), (3, 1), (2, 3)):
        showing = family(2).with_claim(color=colors[0]).with_member(0, color=colors[1])
        expect = accepted(colors, documents="compared", expires=EXPIRES)
        yield Case(
            f"decisions-no-policy-{colors[0]}{colors[1]}",
            "no policy, two people",
            [show(text(showing.data()), NOW, expect, documents=CARDS[:2])],
            "plain",
            needs=NEEDS,
        )
    at = [place_step(place_of(7))]
    for aud, good in ((PLACE_ID, True), (None, False), (b"0" * 16, False)):
        expect = accepted([1], expires=EXPIRES) if good else refused(15, excused=aud is None)
        yield Case(
            f"decisions-no-policy-at-a-place-{good}-{aud is None}",
            "no policy, at a place of any class",
            [*at, show(text(live().but(aud=aud).data()), NOW, expect)],
            "plain",
            needs=NEEDS,
        )


@cases("decisions")
def rows() -> Iterator[Case]:
    """Each row of the table where nobody is helped, and where somebody is."""
    later = {"issuer": TOMORROW, "kid": KID_TOMORROW, "exp": EXPIRES + DAY}
    aud = {"aud": PLACE_ID}
    shown: dict[str, tuple[str | None, int, bool]] = {
        "1": ("hello", 1, False),
        "1-garbled": ("HP", 1, True),
        "2": ("HP2:X", 2, False),
        "3": (text(bytes(226)), 3, False),
        "3-garbled": (text(live().data()[:200]), 3, True),
        "6": (text(live().with_claim(kid=b"\0\0\0\1").but(**aud).data()), 6, False),
        "7": (text(live().with_claim(**later).but(**aud).data()), 7, False),
        "8": (text(live(slot=CAPACITY).but(**aud).data()), 8, False),
        "9": (text(live().with_claim(issuer=STRANGER).but(**aud).data()), 9, False),
        "11": (text(live().claim.data()), 11, False),
        "12": (text(live().but(holder=OTHER_HOLDER, **aud).data()), 12, False),
        "13": (text(live(iat=NOW - 90).but(**aud).data()), 13, False),
        "14": (text(live(iat=NOW + 90).but(**aud).data()), 14, False),
        "15": (text(live().but(aud=b"0" * 16).data()), 15, False),
        "15-none": (text(live().data()), 15, True),
        "16": (text(live().but(nonce=bytes(16), **aud).data()), 16, False),
        "18": (text(paper().data()), 18, False),
        "18-both": (text(family().but(**aud).data()), 18, False),
        "nothing": (None, 0, False),
    }
    for name, rule, place_class in (("nobody", Rule(1, 0), 1), ("somebody", Rule(1, 6), 6)):
        steps = [table(2), place_step(place_of(place_class))]
        for what, (each, code, excused) in shown.items():
            index = None
            expect = {"decision": "ASSIST"} if each is None else refused(code, rule=rule, excused=excused, index=index)
            yield Case(
                f"decisions-row-{what}-{name}",
                f"refusal {what} where {name} is helped",
                [*steps, show(each, NOW, expect)],
                "policy",
                needs=NEEDS,
            )
        yield Case(
            f"decisions-row-19-{name}",
            "another document",
            [*steps, show(text(paper().data()), NOW, refused(19, rule=rule), documents=[CARD])],
            "policy",
            needs=NEEDS,
        )
        good = accepted([1], rule, "compared", expires=EXPIRES)
        yield Case(
            f"decisions-row-paper-{name}",
            "paper and its document",
            [*steps, show(text(paper().data()), NOW, good, documents=[PASSPORT])],
            "policy",
            needs=NEEDS,
        )
        yield Case(
            f"decisions-row-18-no-reader-{name}",
            "a scanner that reads none",
            [*steps, show(text(paper().data()), NOW, refused(18, rule=rule, reads_documents=False))],
            "policy",
            {"documents": False},
            NEEDS,
        )
        yield Case(
            f"decisions-row-22-{name}",
            "the key is not here",
            [*steps, show(text(paper().data()), NOW, refused(22, rule=rule))],
            "policy",
            {"document_keys": {}},
            NEEDS,
        )
        yield Case(
            f"decisions-row-23-{name}",
            "the scanner has just begun",
            [*steps, show(text(live().but(**aud).data()), NOW, refused(23, rule=rule))],
            "policy",
            {"since": NOW},
            NEEDS,
        )
        ok = accepted([1], rule, expires=EXPIRES)
        twice = [
            show(text(live().but(**aud).data()), NOW + n, ok if n == 0 else refused(17, rule=rule)) for n in (0, 5)
        ]
        yield Case(f"decisions-row-17-{name}", "shown before", [*steps, *twice], "policy", needs=NEEDS)
        late = EXPIRES + 60
        for d, excused in ((0, True), (DAY - 61, True), (DAY - 60, False)):
            now = late + d
            fresh = [take("area-table", area_table(OFFICE, 1, FROM, FROM + 5 * DAY, high=[AREA]), NOW), steps[1]]
            each = text(live(iat=now - now % 15).but(aud=PLACE_ID).data())
            yield Case(
                f"decisions-row-10-{d}-{name}",
                "expired",
                [*fresh, show(each, now, refused(10, rule=rule, excused=excused))],
                "policy",
                needs=NEEDS,
            )
