"""Each hole of each template, at its extremes and just past them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.case import Case, Json, accepted, cases, refused, show, written
from vectors.generate.passes import BOTH, DEVICE, DOCUMENT, Claim, Showing, text
from vectors.generate.world import (
    CAPACITY,
    EXPIRES,
    HOLDER,
    ISSUER,
    KID,
    KID_LEAST,
    KID_MOST,
    LEAST,
    MOST,
    NOW,
    OPEN_RULE,
    PLACE_ID,
    paper,
    place_of,
)

NONCE = bytes(range(16))
NAMES = {DEVICE: "device", DOCUMENT: "document", BOTH: "both"}
SHAPES = [
    (binding, aud, nonce, members)
    for binding in (DEVICE, BOTH)
    for aud in (False, True)
    for nonce in (False, True)
    for members in (range(8) if binding == BOTH else (0,))
]
WRONG_DIGITS = {
    "slash": b"/",
    "colon": b":",
    "backquote": b"`",
    "g": b"g",
    "upper-case": b"A",
    "NUL": b"\0",
    "8-bit": b"\xe1",
}


def shaped(binding: int, aud: bool, nonce: bool, members: int) -> Showing:
    """An honest showing of one of the 36 shapes."""
    claims = [Claim(ISSUER, KID, EXPIRES, 30 + n, binding, HOLDER.public, 1, b"\x12\x34") for n in range(members + 1)]
    return Showing(HOLDER, claims[0], NOW, PLACE_ID if aud else None, NONCE if nonce else None, tuple(claims[1:]))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :] if at >= 0 else flipped(data, len(data) + at)


class Shape:
    """Cases of one shape."""

    def __init__(self, binding: int, aud: bool, nonce: bool, members: int) -> None:
        self.showing = shaped(binding, aud, nonce, members)
        self.nonce = self.showing.nonce
        self.people = members + 1
        self.documents = "not-bound" if binding == DEVICE else "not-compared"
        self.name = f"{NAMES[binding]}{'-aud' if aud else ''}{'-nonce' if nonce else ''}-{self.people}"
        self._names: set[str] = set()

    def case(self, what: str, showing: Showing, expect: Json, nonce: bytes | None = None, **scanner: Any) -> Case:
        assert what not in self._names, what
        self._names.add(what)
        step = show(text(showing.data()), NOW, expect, nonce=self.nonce if nonce is None else nonce)
        return Case(f"holes-{self.name}-{what}", what.replace("-", " "), [step], "open", scanner)

    def takes(self, what: str, showing: Showing, **changes: Any) -> Case:
        colors = [showing.claim.color, *(each.color for each in showing.members)]
        return self.case(what, showing, accepted(colors, OPEN_RULE, self.documents, expires=EXPIRES), **changes)

    def refuses(self, what: str, showing: Showing, code: int, person: int | None = None, **changes: Any) -> Case:
        index = None if self.people == 1 else person
        return self.case(what, showing, refused(code, rule=OPEN_RULE, index=index), **changes)

    def all(self) -> Iterator[Case]:
        """Every hole at its extremes; of a group's texts, which are long, some fewer of those that lie between."""
        yield self.takes("honest", self.showing)
        yield from self.of_the_claim()
        yield from self.of_the_showing()
        for number in sorted({0, len(self.showing.members) - 1} if self.showing.members else ()):
            yield from self.of_a_member(number)

    def of_the_claim(self) -> Iterator[Case]:
        with_claim = self.showing.with_claim
        for what, kid in (
            ("kid-unknown-low", KID[:3] + b"\x94"),
            ("kid-unknown-high", b"\xff\xff\xff\xfe"),
            ("kid-unknown-least", b"\0\0\0\1"),
        ):
            if what == "kid-unknown-low" or self.people == 1:
                yield self.refuses(what, with_claim(kid=kid), 6)
        if self.people <= 4:
            least = with_claim(kid=KID_LEAST, issuer=LEAST, slot=3)
            for n in range(self.people - 1):
                least = least.with_member(n, slot=n)
            yield self.takes("kid-least", least)
            yield self.refuses("kid-least-slot-past", least.with_claim(slot=4), 8, 0)
        yield self.takes("kid-and-slot-most", with_claim(kid=KID_MOST, issuer=MOST, slot=2**32 - 1))
        for what, exp in (("before", EXPIRES - 1), ("after", EXPIRES + 1), ("least", 65_536), ("most", 2**32 - 1)):
            yield self.refuses(f"exp-{what}", with_claim(exp=exp), 8)
        yield self.refuses("exp-not-shortest-form", with_claim(exp=65_535), 3)
        yield self.takes("slot-least", with_claim(slot=0))
        yield self.takes("slot-last", with_claim(slot=CAPACITY - 1))
        yield self.refuses("slot-past", with_claim(slot=CAPACITY), 8, 0)
        yield self.refuses("slot-most", with_claim(slot=2**32 - 1), 8, 0)
        yield from (self.takes(f"color-{color}", with_claim(color=color)) for color in (2, 3))
        yield from (self.refuses(f"color-{color}", with_claim(color=color), 3) for color in (0, 4, 255))
        if self.documents != "not-bound":
            yield self.takes("tag-least", with_claim(tag=b"\0\0"))
            yield self.takes("tag-most", with_claim(tag=b"\xff\xff"))
        for what, key in (("zero", bytes(32)), ("most", b"\xff" * 32), ("other", flipped(HOLDER.public, 0))):
            if what != "other" or self.people == 1:
                yield self.refuses(f"key-{what}", with_claim(holder=key), 12)
        good = self.showing.claim.proof()
        for what, proof in (
            ("first-bit", flipped(good, 0)),
            ("last-bit", flipped(good, -1)),
            ("zero", bytes(64)),
            ("most", b"\xff" * 64),
        ):
            if what.endswith("bit") or self.people == 1:
                yield self.refuses(f"issuer-signature-{what}", with_claim(signature=proof), 9, 0)

    def of_the_showing(self) -> Iterator[Case]:
        showing = self.showing
        for what, iat in (("1-off", NOW + 1), ("14-off", NOW - 1), ("not-shortest-form", 65_535), ("zero", 0)):
            yield self.refuses(f"iat-{what}", showing.but(iat=iat), 3)
        yield self.refuses("iat-least", showing.but(iat=65_550), 13)
        yield self.refuses("iat-most", showing.but(iat=2**32 - 1), 14)
        good = showing.holder.sign(showing.signed())
        for what, proof in (
            ("first-bit", flipped(good, 0)),
            ("last-bit", flipped(good, -1)),
            ("zero", bytes(64)),
            ("most", b"\xff" * 64),
        ):
            if what.endswith("bit") or self.people == 1:
                yield self.refuses(f"holder-signature-{what}", showing.but(signature=proof), 12)
        if showing.aud is not None:
            for digit in (b"0", b"f"):
                other = digit * 16
                place = written(place_of(id=bytes.fromhex(other.decode())))
                yield self.takes(f"aud-all-{digit.decode()}", showing.but(aud=other), place=place)
                yield self.refuses(f"aud-all-{digit.decode()}-elsewhere", showing.but(aud=other), 15)
            for what, byte in WRONG_DIGITS.items():
                if self.people > 1 and what not in ("slash", "upper-case"):
                    continue
                at = len(what) % 16
                yield self.refuses(f"aud-{what}", showing.but(aud=PLACE_ID[:at] + byte + PLACE_ID[at + 1 :]), 3)
        if self.nonce is None:
            yield self.refuses("nonce-missing", showing, 16, nonce=NONCE)
        else:
            for what, nonce in (("zero", bytes(16)), ("most", b"\xff" * 16)):
                yield self.takes(f"nonce-{what}", showing.but(nonce=nonce), nonce=nonce)
            yield self.refuses("nonce-first-bit", showing, 16, nonce=flipped(NONCE, 0))
            yield self.refuses("nonce-last-bit", showing, 16, nonce=flipped(NONCE, -1))

    def of_a_member(self, n: int) -> Iterator[Case]:
        showing, index = self.showing, n + 1
        yield self.takes(f"member-{index}-slot-least", showing.with_member(n, slot=0))
        yield self.takes(f"member-{index}-slot-last", showing.with_member(n, slot=CAPACITY - 1))
        yield self.refuses(f"member-{index}-slot-past", showing.with_member(n, slot=CAPACITY), 8, index)
        yield self.refuses(f"member-{index}-slot-most", showing.with_member(n, slot=2**32 - 1), 8, index)
        yield self.refuses(f"member-{index}-slot-of-the-first", showing.with_member(n, slot=showing.claim.slot), 3)
        for color in (2, 3):
            yield self.takes(f"member-{index}-color-{color}", showing.with_member(n, color=color))
        for color in (0, 4, 255):
            yield self.refuses(f"member-{index}-color-{color}", showing.with_member(n, color=color), 3)
        yield self.takes(f"member-{index}-tag-most", showing.with_member(n, tag=b"\xff\xff"))
        good = showing.members[n].proof()
        yield self.refuses(
            f"member-{index}-tag-not-signed", showing.with_member(n, tag=b"\xff\xff", signature=good), 9, index
        )
        for what, proof in (("first-bit", flipped(good, 0)), ("last-bit", flipped(good, -1)), ("zero", bytes(64))):
            yield self.refuses(f"member-{index}-signature-{what}", showing.with_member(n, signature=proof), 9, index)


@cases("holes")
def presentations() -> Iterator[Case]:
    for shape in SHAPES:
        yield from Shape(*shape).all()


@cases("holes")
def on_paper() -> Iterator[Case]:
    ok = accepted([1], OPEN_RULE, "not-compared", expires=EXPIRES)
    good = paper().proof()
    rows: list[tuple[str, Claim, Json | int]] = [
        ("honest", paper(), ok),
        ("kid-unknown", paper(kid=b"\0\0\0\1"), 6),
        ("kid-least", paper(kid=KID_LEAST, issuer=LEAST, slot=0), ok),
        ("kid-least-slot-last", paper(kid=KID_LEAST, issuer=LEAST, slot=3), ok),
        ("kid-least-slot-past", paper(kid=KID_LEAST, issuer=LEAST, slot=4), 8),
        ("kid-and-slot-most", paper(kid=KID_MOST, issuer=MOST, slot=2**32 - 1), ok),
        ("exp-before", paper(exp=EXPIRES - 1), 8),
        ("exp-after", paper(exp=EXPIRES + 1), 8),
        ("exp-least", paper(exp=65_536), 8),
        ("exp-most", paper(exp=2**32 - 1), 8),
        ("exp-not-shortest-form", paper(exp=65_535), 3),
        ("slot-least", paper(slot=0), ok),
        ("slot-last", paper(slot=CAPACITY - 1), ok),
        ("slot-past", paper(slot=CAPACITY), 8),
        ("slot-most", paper(slot=2**32 - 1), 8),
        ("color-2", paper(color=2), accepted([2], OPEN_RULE, "not-compared", expires=EXPIRES)),
        ("color-3", paper(color=3), accepted([3], OPEN_RULE, "not-compared", expires=EXPIRES)),
        *((f"color-{color}", paper(color=color), 3) for color in (0, 4, 255)),
        ("tag-least", paper(tag=b"\0\0"), ok),
        ("tag-most", paper(tag=b"\xff\xff"), ok),
        ("signature-first-bit", paper(signature=flipped(good, 0)), 9),
        ("signature-last-bit", paper(signature=flipped(good, -1)), 9),
        ("signature-zero", paper(signature=bytes(64)), 9),
    ]
    for what, claim, expect in rows:
        step = show(text(claim.data()), NOW, refused(expect, rule=OPEN_RULE) if isinstance(expect, int) else expect)
        yield Case(f"holes-document-{what}", what.replace("-", " "), [step], "open")


@cases("holes")
def shown_bare() -> Iterator[Case]:
    """Claims that name a holder's key, shown without its signature: all is well but that."""
    for binding in (DEVICE, BOTH):
        claim = shaped(binding, False, False, 0).claim
        rows = [
            ("good", claim, 11),
            ("kid-unknown", claim.but(kid=b"\0\0\0\1"), 6),
            ("kid-and-slot-most", claim.but(kid=KID_MOST, issuer=MOST, slot=2**32 - 1), 11),
            ("exp-before", claim.but(exp=EXPIRES - 1), 8),
            ("exp-after", claim.but(exp=EXPIRES + 1), 8),
            ("exp-not-shortest-form", claim.but(exp=65_535), 3),
            ("slot-last", claim.but(slot=CAPACITY - 1), 11),
            ("slot-past", claim.but(slot=CAPACITY), 8),
            *((f"color-{color}", claim.but(color=color), 11) for color in (2, 3)),
            *((f"color-{color}", claim.but(color=color), 3) for color in (0, 4, 255)),
            *((f"key-{key[0]}", claim.but(holder=key), 11) for key in (bytes(32), b"\xff" * 32)),
            ("signature-first-bit", claim.but(signature=flipped(claim.proof(), 0)), 9),
            ("signature-last-bit", claim.but(signature=flipped(claim.proof(), -1)), 9),
        ]
        for what, changed, code in rows:
            step = show(text(changed.data()), NOW, refused(code, rule=OPEN_RULE))
            yield Case(f"holes-{NAMES[binding]}-bare-{what}", what.replace("-", " "), [step], "open")
