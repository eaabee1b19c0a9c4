"""Every refusal code several times, with nothing else wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.case import Case, Json, accepted, cases, refused, show, take, take_revocation
from vectors.generate.keys import Key
from vectors.generate.passes import BOTH, DEVICE, DOCUMENT, Claim, Showing, text
from vectors.generate.world import (
    CAPACITY,
    CARD,
    CARDS,
    DAY,
    DOCUMENT_KEY_ID,
    EXPIRES,
    FILTER,
    FROM,
    HOLDER,
    ISSUER,
    KID,
    KID_TOMORROW,
    KID_YESTERDAY,
    NO_FILTER,
    NOW,
    OTHER_HOLDER,
    OTHER_KEY_ID,
    PASSPORT,
    PLACE_ID,
    REVOKED,
    STRANGER,
    TOMORROW,
    YESTERDAY,
    family,
    had,
    live,
    paper,
    tag,
    trust_list,
    window,
)

OK = accepted([1], expires=EXPIRES)


@cases("refusals")
def allowed_bindings() -> Iterator[Case]:
    passes: dict[int, Claim | Showing] = {DEVICE: live(), DOCUMENT: paper(), BOTH: family()}
    documents = {DEVICE: [], DOCUMENT: [PASSPORT], BOTH: [PASSPORT]}
    compared = {DEVICE: "not-bound", DOCUMENT: "compared", BOTH: "compared"}
    for bits in range(1, 8):
        data = trust_list([window(bindings=bits, document_key=DOCUMENT_KEY_ID if bits & 6 else None)])
        for binding, each in passes.items():
            good = accepted([1], documents=compared[binding], expires=EXPIRES)
            step = show(text(each.data()), NOW, good if bits & binding else refused(8), documents=documents[binding])
            yield Case(
                f"refusals-8-binding-{binding}-of-{bits}",
                "binding kinds that a window allows",
                [take("trust-list", data, NOW), step],
                "bare",
                {"document_keys": {DOCUMENT_KEY_ID.hex(): bytes(range(32)).hex()}},
            )


@cases("refusals")
def windows() -> Iterator[Case]:
    rows: dict[str, tuple[Claim | Showing, Json]] = {
        "6-unknown-kid": (live().with_claim(kid=b"\x5b\xd1\xe9\x96"), refused(6)),
        "6-unknown-kid-paper": (paper(kid=b"\x5b\xd1\xe9\x96"), refused(6)),
        "6-unknown-kid-family": (family(3).with_claim(kid=b"\x5b\xd1\xe9\x96"), refused(6)),
        "7-tomorrow": (live().with_claim(issuer=TOMORROW, kid=KID_TOMORROW, exp=EXPIRES + DAY), refused(7)),
        "7-tomorrow-paper": (paper(issuer=TOMORROW, kid=KID_TOMORROW, exp=EXPIRES + DAY), refused(7)),
        "10-yesterday": (live().with_claim(issuer=YESTERDAY, kid=KID_YESTERDAY, exp=FROM), refused(10, excused=True)),
        "10-yesterday-paper": (paper(issuer=YESTERDAY, kid=KID_YESTERDAY, exp=FROM), refused(10, excused=True)),
        "10-yesterday-family": (
            family(2).with_claim(issuer=YESTERDAY, kid=KID_YESTERDAY, exp=FROM),
            refused(10, excused=True),
        ),
        "9-other-issuer": (live().with_claim(issuer=STRANGER), refused(9)),
        "9-other-window": (live().with_claim(issuer=TOMORROW), refused(9)),
        "9-other-issuer-paper": (paper(issuer=STRANGER), refused(9)),
        "9-holder-signed-it": (live().with_claim(issuer=HOLDER), refused(9)),
        "9-moved-signature": (live().with_claim(signature=live(slot=6).claim.proof()), refused(9)),
        "9-other-color": (live().with_claim(color=1, signature=live(color=2).claim.proof()), refused(9)),
        "9-other-slot": (live().with_claim(slot=6, signature=live(slot=5).claim.proof()), refused(9)),
        "9-other-holder": (live().with_claim(holder=OTHER_HOLDER.public, signature=live().claim.proof()), refused(9)),
        "11-bare-device": (live().claim, refused(11)),
        "11-bare-both": (family().claim, refused(11)),
        "11-bare-yellow": (live(color=2).claim, refused(11)),
        "12-other-key": (live().but(holder=OTHER_HOLDER), refused(12)),
        "12-issuer-signed-it": (live().but(holder=ISSUER), refused(12)),
        "12-other-time": (live().but(signature=HOLDER.sign(live(iat=NOW - 15).signed())), refused(12)),
        "12-other-audience": (
            live().but(aud=PLACE_ID, signature=HOLDER.sign(live().but(aud=b"0" * 16).signed())),
            refused(12),
        ),
        "12-other-claim": (live().but(signature=HOLDER.sign(live(slot=6).signed())), refused(12)),
        "13-old": (live(iat=NOW - 90), refused(13)),
        "13-a-day-old": (live(iat=NOW - DAY), refused(13)),
        "13-old-family": (family(2, iat=NOW - 90), refused(13)),
        "14-future": (live(iat=NOW + 75), refused(14)),
        "14-a-day-ahead": (live(iat=NOW + DAY), refused(14)),
        "14-future-family": (family(2, iat=NOW + 75), refused(14)),
        "15-for-a-place": (live().but(aud=PLACE_ID), refused(15)),
        "15-for-zeros": (live().but(aud=b"0" * 16), refused(15)),
        "16-unasked": (live().but(nonce=bytes(16)), refused(16)),
        "16-unasked-family": (family(2).but(nonce=bytes(range(16))), refused(16)),
    }
    for what, (each, expect) in rows.items():
        yield Case(
            f"refusals-{what}",
            what.partition("-")[2].replace("-", " "),
            [show(text(each.data()), NOW, expect)],
            "plain",
        )


@cases("refusals")
def audiences() -> Iterator[Case]:
    """A scanner that is told a place id, or has a place."""
    other = b"fedcba9876543210"
    rows = (("its-own", PLACE_ID, True), ("none", None, False), ("another", other, False))
    for what, aud, good in rows:
        for name, each in (("device", live()), ("both", family())):
            documents = [] if name == "device" else [PASSPORT]
            ok = accepted([1], documents="not-bound" if name == "device" else "compared", expires=EXPIRES)
            expect = ok if good else refused(15, excused=aud is None)
            steps = [show(text(each.but(aud=aud).data()), NOW, expect, documents=documents)]
            yield Case(
                f"refusals-15-told-{what}-{name}",
                f"a scanner that is told a place id; made for {what}",
                steps,
                "plain",
                {"audience": PLACE_ID.decode()},
            )
    nonce = bytes(range(16))
    rows_2 = (
        ("right", nonce, nonce, True),
        ("other", bytes(16), nonce, False),
        ("none", None, nonce, False),
        ("reversed", nonce[::-1], nonce, False),
        ("unasked", nonce, None, False),
    )
    for what, theirs, asked, good in rows_2:
        expect = OK if good else refused(16)
        yield Case(
            f"refusals-16-nonce-{what}",
            f"challenge mode: {what}",
            [show(text(live().but(nonce=theirs).data()), NOW, expect, nonce=asked)],
            "plain",
        )
        both = family().but(nonce=theirs)
        expect = accepted([1], documents="compared", expires=EXPIRES) if good else refused(16)
        yield Case(
            f"refusals-16-nonce-{what}-both",
            f"challenge mode: {what}",
            [show(text(both.data()), NOW, expect, nonce=asked, documents=[PASSPORT])],
            "plain",
        )
    # a nonce is asked for, and shown is paper: it cannot answer, and is taken
    ok = accepted([1], documents="compared", expires=EXPIRES)
    yield Case(
        "refusals-16-paper",
        "paper answers no nonce",
        [show(text(paper().data()), NOW, ok, nonce=nonce, documents=[PASSPORT])],
        "plain",
    )
    yield Case(
        "refusals-15-paper",
        "paper is made for no place",
        [show(text(paper().data()), NOW, ok, documents=[PASSPORT])],
        "plain",
        {"audience": PLACE_ID.decode()},
    )


@cases("refusals")
def of_the_scanner() -> Iterator[Case]:
    several: list[tuple[str, Claim | Showing]] = [
        ("device", live()),
        ("paper", paper()),
        ("family", family(3)),
        ("bare", live().claim),
    ]
    for name, each in several:
        yield Case(f"refusals-4-no-list-{name}", "no trust list", [show(text(each.data()), NOW, refused(4))], "bare")
        yield Case(
            f"refusals-5-no-snapshot-{name}",
            "a list with a revocation key, and nothing by it",
            [show(text(each.data()), NOW, refused(5, "trust-data"))],
            "revoking-bare",
        )
    for shown in ("HP2:X", "hello", "HP1:", text(live(slot=CAPACITY).data())):
        yield Case(
            f"refusals-4-before-{shown[:4]!r}-{len(shown)}",
            "step 2 comes before the text",
            [show(shown, NOW, refused(4))],
            "bare",
        )
        yield Case(
            f"refusals-5-before-{shown[:4]!r}-{len(shown)}",
            "step 2 comes before the text",
            [show(shown, NOW, refused(5, "trust-data"))],
            "revoking-bare",
        )
    yield Case("refusals-4-nothing-shown", "nothing shown, and no trust list", [show(None, NOW, refused(4))], "bare")
    yield Case(
        "refusals-5-nothing-shown",
        "nothing shown, and no revocation data",
        [show(None, NOW, refused(5, "trust-data"))],
        "revoking-bare",
    )
    yield Case("refusals-nothing-shown", "nothing shown", [show(None, NOW, {"decision": "ASSIST"})], "plain")


@cases("refusals")
def revoked() -> Iterator[Case]:
    for slot in REVOKED:
        for near in (slot - 1, slot + 1):
            if 0 <= near < CAPACITY:
                yield Case(
                    f"refusals-20-beside-{slot}-{near}",
                    "a neighbour of a revoked slot",
                    [show(text(live(slot=near).data()), NOW, OK)],
                    "revoking",
                )
        yield Case(
            f"refusals-20-live-{slot}", "revoked", [show(text(live(slot=slot).data()), NOW, refused(20))], "revoking"
        )
        document = paper(slot=slot)
        yield Case(
            f"refusals-20-paper-{slot}",
            "revoked",
            [show(text(document.data()), NOW, refused(20), documents=[PASSPORT])],
            "revoking",
        )
    for people in (2, 5, 8):
        for n in range(people):
            showing = family(people)
            showing = (
                showing.with_claim(slot=7, tag=tag(CARDS[0], 7))
                if n == 0
                else showing.with_member(n - 1, slot=7, tag=tag(CARDS[n], 7))
            )
            step = show(text(showing.data()), NOW, refused(20, index=n), documents=CARDS[:people])
            yield Case(f"refusals-20-family-{people}-{n}", "one of a family is revoked", [step], "revoking")


@cases("refusals")
def documents() -> Iterator[Case]:
    for what, each in (("paper", paper()), ("both", family()), ("family", family(3))):
        index = 0 if what == "family" else None
        cards = CARDS[:3] if what == "family" else [PASSPORT]
        yield Case(
            f"refusals-18-{what}", "no document", [show(text(each.data()), NOW, refused(18, index=index))], "plain"
        )
        yield Case(
            f"refusals-18-{what}-no-reader",
            "a scanner that reads none",
            [show(text(each.data()), NOW, refused(18, index=index, reads_documents=False))],
            "plain",
            {"documents": False},
        )
        yield Case(
            f"refusals-22-{what}",
            "the key is not here",
            [show(text(each.data()), NOW, refused(22))],
            "plain",
            {"document_keys": {}},
        )
        yield Case(
            f"refusals-22-{what}-shown",
            "the key is not here, and documents are",
            [show(text(each.data()), NOW, refused(22), documents=cards)],
            "plain",
            {"document_keys": {}},
        )
        yield Case(
            f"refusals-22-{what}-other-key",
            "another key is here",
            [show(text(each.data()), NOW, refused(22), documents=cards)],
            "plain",
            {"document_keys": {OTHER_KEY_ID.hex(): "00" * 32}},
        )
        yield Case(
            f"refusals-19-{what}-wrong-key",
            "a key under this id that is another",
            [show(text(each.data()), NOW, refused(19, index=index), documents=cards)],
            "plain",
            {"document_keys": {DOCUMENT_KEY_ID.hex(): "00" * 32}},
        )
    yield Case(
        "refusals-22-no-reader-no-key",
        "a scanner that reads none needs no key",
        [show(text(paper().data()), NOW, refused(18, reads_documents=False))],
        "plain",
        {"documents": False, "document_keys": {}},
    )
    yield Case(
        "refusals-19-paper",
        "another document",
        [show(text(paper().data()), NOW, refused(19), documents=[CARD])],
        "plain",
    )
    yield Case(
        "refusals-19-both",
        "another document",
        [show(text(family().data()), NOW, refused(19), documents=[CARD])],
        "plain",
    )


@cases("refusals")
def order() -> Iterator[Case]:
    """Two things are wrong: the earlier step answers. In the order of the steps, each with the one after it."""
    stale_and_revoked = live(slot=7, iat=NOW - 90)
    rows = {
        "1-before-all": ("hello", refused(1)),
        "3-before-6": (text(live(color=4).with_claim(kid=b"\0\0\0\1").data()), refused(3)),
        "6-before-8": (text(live(slot=CAPACITY).with_claim(kid=b"\0\0\0\1").data()), refused(6)),
        "7-before-8": (text(live(slot=CAPACITY).with_claim(issuer=TOMORROW, kid=KID_TOMORROW).data()), refused(7)),
        "8-before-9": (text(live().with_claim(exp=EXPIRES + 1, issuer=STRANGER).data()), refused(8)),
        "9-before-11": (text(live().with_claim(issuer=STRANGER).claim.data()), refused(9)),
        "9-before-12": (text(live().but(holder=OTHER_HOLDER).with_claim(issuer=STRANGER).data()), refused(9)),
        "11-before-20": (text(live(slot=7).claim.data()), refused(11)),
        "12-before-13": (text(live(iat=NOW - 90).but(holder=OTHER_HOLDER).data()), refused(12)),
        "12-before-20": (text(live(slot=7).but(holder=OTHER_HOLDER).data()), refused(12)),
        "13-before-15": (text(live(iat=NOW - 90).but(aud=PLACE_ID).data()), refused(13)),
        "14-before-15": (text(live(iat=NOW + 90).but(aud=PLACE_ID).data()), refused(14)),
        "15-before-16": (text(live().but(aud=PLACE_ID, nonce=bytes(16)).data()), refused(15)),
        "16-before-18": (text(family().but(nonce=bytes(16)).data()), refused(16)),
        "16-before-20": (text(live(slot=7).but(nonce=bytes(16)).data()), refused(16)),
        "18-before-20": (text(family(first_slot=7).data()), refused(18)),
        "13-before-20": (text(stale_and_revoked.data()), refused(13)),
    }
    for what, (shown, expect) in rows.items():
        yield Case(f"refusals-order-{what}", "two things are wrong", [show(shown, NOW, expect)], "revoking")
    expired: dict[str, Any] = {"issuer": YESTERDAY, "kid": KID_YESTERDAY, "exp": FROM}
    late: dict[str, tuple[Claim | Showing, Json]] = {
        "9-before-10": (live().with_claim(**{**expired, "issuer": STRANGER}), refused(9)),
        "10-before-11": (live().with_claim(**expired).claim, refused(10, excused=True)),
        "10-before-12": (live().but(holder=OTHER_HOLDER).with_claim(**expired), refused(10, excused=True)),
        "10-before-13": (live(iat=NOW - 90).with_claim(**expired), refused(10, excused=True)),
        "10-before-18": (paper(**expired), refused(10, excused=True)),
    }
    for what, (each, expect) in late.items():
        yield Case(f"refusals-order-{what}", "two things are wrong", [show(text(each.data()), NOW, expect)], "plain")


@cases("refusals")
def replayed() -> Iterator[Case]:
    for name, showing in (("device", live()), ("family", family(2))):
        documents = [] if name == "device" else CARDS[:2]
        colors = [1] if name == "device" else [1, 1]
        ok = accepted(colors, documents="not-bound" if name == "device" else "compared", expires=EXPIRES)
        for later in (3, 15, 60, 74):
            steps = [
                show(text(showing.data()), NOW + n, each, documents=documents)
                for n, each in ((0, ok), (later, refused(17)))
            ]
            yield Case(f"refusals-17-{name}-{later}", "shown before", steps, "plain")
        again = showing.but(iat=NOW + 15)
        steps = [
            show(text(showing.data()), NOW, ok, documents=documents),
            show(text(again.data()), NOW + 15, refused(17), documents=documents),
        ]
        yield Case(f"refusals-17-{name}-new-time", "the same key with a new time", steps, "plain")
    other = live(slot=6)
    steps = [show(text(live().data()), NOW, OK), show(text(other.data()), NOW, refused(17))]
    yield Case("refusals-17-other-claim", "another claim under the same key", steps, "plain")
    steps = [show(text(live().data()), NOW, OK), show(text(live(slot=6, holder=Key("b")).data()), NOW, OK)]
    yield Case("refusals-17-other-key", "the same moment, another key", steps, "plain")


def _had() -> list[tuple[bytes, bytes]]:
    return had(FILTER, NO_FILTER)


@cases("refusals")
def uncovered() -> Iterator[Case]:
    """A window that no revocation key covers, once the list names one."""
    from vectors.generate.world import REVOKER, SNAPSHOT, TWO_WINDOWS

    bare = b"\x12\x12\x12\x12"
    data = trust_list([*TWO_WINDOWS, window(bare, STRANGER.public)], label_7=[[REVOKER.public, [KID, KID_TOMORROW]]])
    steps = [take("trust-list", data, NOW), take_revocation(SNAPSHOT, NOW, _had())]
    for name, each in (
        ("device", live().with_claim(kid=bare, issuer=STRANGER)),
        ("family", family(2).with_claim(kid=bare, issuer=STRANGER)),
    ):
        documents = [] if name == "device" else [("passport", "X1234567")]
        expect = refused(5) if name == "device" else refused(18, index=0)
        yield Case(
            f"refusals-5-uncovered-{name}",
            "a window that stands under no revocation key",
            [*steps, show(text(each.data()), NOW, expect if not documents else refused(22), documents=documents)],
            "bare",
        )
