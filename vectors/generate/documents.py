"""Documents: normal forms, tags, keys and periods, what is asked for, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from vectors.generate.case import Case, Json, Rule, accepted, cases, place_step, refused, show, take
from vectors.generate.keys import seed_of_document, tag_of
from vectors.generate.passes import Showing, text
from vectors.generate.world import (
    CARD,
    CARDS,
    DOCUMENT_KEY,
    DOCUMENT_KEY_ID,
    EXPIRES,
    FROM,
    KID,
    KID_LEAST,
    KID_TOMORROW,
    LEAST,
    NOW,
    OTHER_DOCUMENT_KEY,
    OTHER_KEY_ID,
    PASSPORT,
    TODAY,
    TOMORROW,
    Paper,
    family,
    live,
    paper,
    place_of,
    tag,
    trust_list,
    window,
)

NEEDS = ("documents",)
OK = accepted([1], documents="compared", expires=EXPIRES)


def one(what: str, shown: str, expect: Json, documents: Sequence[Paper] = (), needs: Sequence[str] = NEEDS) -> Case:
    return Case(
        f"documents-{what}",
        what.replace("-", " "),
        [show(shown, NOW, expect, documents=documents)],
        "plain",
        needs=needs,
    )


READ: dict[str, list[tuple[str, str]]] = {
    "X1234567": [
        ("passport", each)
        for each in (
            "X1234567",
            "x1234567",
            "X 123 4567",
            "X-123-4567",
            "X.1234567",
            "X/1234567",
            " X1234567 ",
            "X1234567\r\n",
            "X1234567\t",
            "X1234567<7",
            "X1234567<",
            "\uff38\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
            "X\u00a01234567",
            "X\u30001234567",
            "X\u20101234567",
            "X\u20111234567",
            "X\u20131234567",
            "X1234567<7UTO7408122F1204159ZE184226B<<<<<10",
        )
    ],
    "L898902C3": [
        ("passport", each)
        for each in ("L898902C3", "L898902C36", "l898902c36", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
    ],
    "11010519491231002X": [
        ("resident-id", each)
        for each in (
            "11010519491231002X",
            "11010519491231002x",
            "110105 19491231 002X",
            "110105-19491231-002x",
            "\uff11\uff11010519491231002\uff38",
        )
    ],
    "440524188001010014": [("resident-id", "440524188001010014"), ("resident-id", "4405 2418 8001 0100 14")],
    "AB12": [("other", each) for each in ("AB12", "ab12", "A-B/1.2", " a b 1 2 ")],
    "A" * 40: [("other", "A" * 40), ("other", "a" * 40)],
    "ABCDE": [("passport", "ABCDE"), ("passport", "abcde")],
}


@cases("documents")
def normal_forms() -> Iterator[Case]:
    for number, read in READ.items():
        for n, document in enumerate(read):
            shown = text(paper((document[0], number)).data())
            yield one(f"read-{document[0]}-{number[:12]}-{n}", shown, OK, [document], ("documents", "normal-form"))
    # The same number of another type is another document
    for number in ("X1234567", "ABCDE", "AB123"):
        for mine, theirs in (("passport", "other"), ("other", "passport")):
            shown = text(paper((mine, number)).data())
            yield one(f"type-{mine}-{theirs}-{number}", shown, refused(19), [(theirs, number)])
            yield one(f"type-{mine}-{mine}-{number}", shown, OK, [(mine, number)])
    for number in ("X1234568", "X123456", "X12345678", "Y1234567"):
        yield one(f"number-{number}", text(paper().data()), refused(19), [("passport", number)])


@cases("documents")
def tags() -> Iterator[Case]:
    """What goes into a tag: key, period, type, number, kid and slot."""
    wrong = {
        "other-slot": tag(PASSPORT, 7),
        "other-kid": tag(PASSPORT, 6, KID_LEAST),
        "other-key": tag(PASSPORT, 6, key=OTHER_DOCUMENT_KEY),
        "other-beginning": tag_of(seed_of_document(DOCUMENT_KEY, FROM - 1, EXPIRES, *PASSPORT), KID, 6),
        "other-end": tag_of(seed_of_document(DOCUMENT_KEY, FROM, EXPIRES + 1, *PASSPORT), KID, 6),
        "bounds-swapped": tag_of(seed_of_document(DOCUMENT_KEY, EXPIRES, FROM, *PASSPORT), KID, 6),
        "first-bit": bytes((tag(PASSPORT, 6)[0] ^ 0x80,)) + tag(PASSPORT, 6)[1:],
        "last-bit": tag(PASSPORT, 6)[:1] + bytes((tag(PASSPORT, 6)[1] ^ 1,)),
        "bytes-swapped": tag(PASSPORT, 6)[::-1],
    }
    for what, value in wrong.items():
        yield one(f"tag-{what}", text(paper(tag=value).data()), refused(19), [PASSPORT])
        yield one(f"tag-{what}-both", text(family().with_claim(slot=6, tag=value).data()), refused(19), [PASSPORT])
    for slot in (0, 1, 255, 256, 65_535, 65_536, 4**10 - 1):
        yield one(f"tag-slot-{slot}", text(paper(slot=slot).data()), OK, [PASSPORT])
    for document in CARDS:
        yield one(f"tag-of-{document[1]}", text(paper(document).data()), OK, [document])
    least = paper(kid=KID_LEAST, issuer=LEAST, slot=2, tag=tag(PASSPORT, 2, KID_LEAST))
    yield one("tag-other-window", text(least.data()), OK, [PASSPORT])


@cases("documents")
def keys() -> Iterator[Case]:
    """Windows of two document keys."""
    two = [window(), window(KID_TOMORROW, TOMORROW.public, FROM, EXPIRES, document_key=OTHER_KEY_ID)]
    listed = take("trust-list", trust_list(two), NOW)
    both = {DOCUMENT_KEY_ID.hex(): DOCUMENT_KEY.hex(), OTHER_KEY_ID.hex(): OTHER_DOCUMENT_KEY.hex()}
    first, second = (
        paper(),
        paper(issuer=TOMORROW, kid=KID_TOMORROW, tag=tag(PASSPORT, 6, KID_TOMORROW, OTHER_DOCUMENT_KEY)),
    )
    for name, here in (
        ("both", both),
        ("first", {DOCUMENT_KEY_ID.hex(): DOCUMENT_KEY.hex()}),
        ("second", {OTHER_KEY_ID.hex(): OTHER_DOCUMENT_KEY.hex()}),
        ("none", {}),
    ):
        for what, claim, id in (("first", first, DOCUMENT_KEY_ID), ("second", second, OTHER_KEY_ID)):
            for shown in ([PASSPORT], [], [CARD]):
                if id.hex() not in here:
                    expect = refused(22)
                else:
                    expect = OK if shown == [PASSPORT] else refused(19) if shown else refused(18)
                steps = [listed, show(text(claim.data()), NOW, expect, documents=shown)]
                yield Case(
                    f"documents-keys-{name}-window-{what}-{len(shown)}-{shown == [CARD]}",
                    "document keys of two windows",
                    steps,
                    "bare",
                    {"document_keys": here},
                    NEEDS,
                )
    many = {bytes((0, 0, 0, n)).hex(): bytes(32).hex() for n in range(15)} | {DOCUMENT_KEY_ID.hex(): DOCUMENT_KEY.hex()}
    steps = [show(text(paper().data()), NOW, OK, documents=[PASSPORT])]
    yield Case("documents-keys-16", "sixteen document keys", steps, "plain", {"document_keys": many}, NEEDS)


@cases("documents")
def asked_for() -> Iterator[Case]:
    """Which passes a rule asks documents for; what was shown is compared whether or not."""
    for bits in range(4):
        rule = Rule(1, 2)
        listed = take("trust-list", trust_list(TODAY, label_10=[[risk, 1, 1, 2, bits, 0] for risk in range(3)]), NOW)
        for name, shown in (
            ("paper", text(paper().data())),
            ("both", text(family().data())),
            ("device", text(live().data())),
            ("family", text(family(2).data())),
        ):
            asks = bool(bits & (1 if name == "paper" else 2)) and name != "device"
            people = 2 if name == "family" else 1
            index = 0 if people == 2 else None
            for what, documents in (
                ("none", []),
                ("right", CARDS[:people]),
                ("wrong", [("other", "STRANGER1")] * people),
            ):
                for reads in (True, False):
                    for here in (True, False):
                        if documents and not reads:
                            continue  # it has no documents to give
                        compared = "not-bound" if name == "device" else "compared" if documents else "not-compared"
                        expect = accepted([1] * people, rule, compared, expires=EXPIRES)
                        if name != "device" and (documents or asks):
                            if not here and reads:
                                expect = refused(22, rule=rule)
                            elif not documents:
                                expect = refused(18, rule=rule, index=index, reads_documents=reads)
                            elif what == "wrong":
                                expect = refused(19, rule=rule, index=index)
                        steps = [listed, place_step(place_of()), show(shown, NOW, expect, documents=documents)]
                        scanner: Json = {"document_keys": {DOCUMENT_KEY_ID.hex(): DOCUMENT_KEY.hex()} if here else {}}
                        if not reads:
                            scanner["documents"] = False
                        yield Case(
                            f"documents-asked-{bits}-{name}-{what}"
                            + "-no-reader" * (not reads)
                            + "-no-key" * (not here),
                            "whether documents are asked for, shown and compared",
                            steps,
                            "bare",
                            scanner,
                            ("documents", "policy"),
                        )


@cache
def clash(slot: int, wanted: bytes, prefix: str) -> Paper:
    """A document whose tag for a slot is this one: one in 65,536 is."""
    number = 0
    while True:
        document = ("other", f"{prefix}{number}")
        if tag(document, slot) == wanted:
            return document
        number += 1


@cases("documents")
def assignment() -> Iterator[Case]:
    """One document fits two claims: nobody may be turned away for whoever took it first."""
    first, second = PASSPORT, CARD

    def pair(one_tag: bytes, other_tag: bytes) -> Showing:
        return family(2).with_claim(tag=one_tag).with_member(0, tag=other_tag)

    # `twin` fits the first claim as well as its own, the second one
    twin = clash(20, tag(first, 20), "TWIN")
    both = pair(tag(first, 20), tag(twin, 21))
    good = accepted([1, 1], documents="compared", expires=EXPIRES)
    rows: dict[str, tuple[Showing, list[Paper], Json]] = {
        "twin-last": (both, [first, twin], good),
        "twin-first": (both, [twin, first], good),
        "twin-alone": (both, [twin], refused(18, index=1)),
        "first-alone": (both, [first], refused(18, index=1)),
        "twin-twice": (both, [twin, twin], refused(18, index=1)),
        "twin-and-stranger": (both, [twin, second], refused(19, index=1)),
        "stranger-and-twin": (both, [second, twin], refused(19, index=1)),
        "three": (both, [first, twin, second], refused(19)),
    }
    other = pair(tag(twin, 20), tag(second, 21))
    rows |= {
        "either-fits-the-first": (other, [first, second], good),
        "both-fit-the-first": (other, [first, twin], refused(19, index=1)),
        "both-of-one-claim-reversed": (other, [twin, first], refused(19, index=1)),
    }
    for what, (showing, documents, expect) in rows.items():
        yield one(f"assignment-{what}", text(showing.data()), expect, documents)
    alone = family(2).with_claim(tag=tag(first, 20))
    yield one("assignment-plain", text(alone.data()), good, [CARDS[1], first])


@cases("documents")
def again() -> Iterator[Case]:
    """Bring your card and try again: what was refused is not remembered."""
    shown = text(family().data())
    rows: dict[str, list[tuple[int, Sequence[Paper], Json]]] = {
        "ask-then-shown": [(0, [], refused(18)), (0, [PASSPORT], OK)],
        "ask-then-shown-later": [(0, [], refused(18)), (30, [PASSPORT], OK)],
        "wrong-then-right": [(0, [CARD], refused(19)), (1, [PASSPORT], OK)],
        "shown-then-none": [(0, [PASSPORT], OK), (1, [], {**OK, "repeated": True})],
        "shown-then-the-same": [(0, [PASSPORT], OK), (1, [PASSPORT], {**OK, "repeated": True})],
        "shown-then-the-same-twice-read": [(0, [PASSPORT], OK), (1, [PASSPORT, PASSPORT], {**OK, "repeated": True})],
        "shown-then-another": [(0, [PASSPORT], OK), (1, [CARD], refused(19))],
        "asked-twice": [(0, [], refused(18)), (1, [], {**refused(18), "repeated": True})],
        "asked-and-three-seconds": [(0, [], refused(18)), (3, [], refused(18))],
        "shown-then-later": [(0, [PASSPORT], OK), (3, [PASSPORT], refused(17))],
    }
    for what, rows_ in rows.items():
        steps = [show(shown, NOW + n, expect, documents=documents) for n, documents, expect in rows_]
        yield Case(f"documents-again-{what}", what.replace("-", " "), steps, "plain", needs=NEEDS)
