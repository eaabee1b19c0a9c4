"""Ed25519 where implementations disagree: the classes of the published vectors, made again over our bytes.

Keys and R of small and of mixed order, and with second encodings; S past the order; the hash over what was sent, or
over the same points written properly. The verdict is libsodium's, asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from vectors.generate.case import Case, accepted, cases, place_step, refused, show, take, take_revocation
from vectors.generate.cbor import encode as cbor
from vectors.generate.edwards import BASE, IDENTITY, SMALL_ORDER, L, P, Point, add, challenge, encode, multiply
from vectors.generate.keys import digest, verifies
from vectors.generate.messages import signed_by_roots
from vectors.generate.passes import BOTH, Claim, Showing, text
from vectors.generate.world import (
    DOCUMENT_KEY_ID,
    EXPIRES,
    FILTER,
    HOLDER,
    ISSUER,
    KID,
    NO_FILTER,
    NOW,
    OPEN_RULE,
    PASSPORT,
    PLACE,
    SMALL,
    SNAPSHOT,
    area,
    content,
    family,
    had,
    live,
    paper,
    trust_list,
    window,
)

OK = accepted([1], expires=EXPIRES)


@dataclass(frozen=True)
class Element:
    """A point as it is written.

    Attributes:
        name: of its class.
        scalar: of its part of prime order, over the base point; 0 if it has none.
        small: which point of small order is added, 0 to 7.
        sent: 32 bytes, not always the one encoding.
        proper: the one encoding.
    """

    name: str
    scalar: int
    small: int
    sent: bytes
    proper: bytes

    @property
    def flags(self) -> tuple[bool, bool, bool]:
        return self.scalar == 0, self.small != 0, self.sent != self.proper


def scalar(name: str) -> int:
    return int.from_bytes(digest(f"scalar {name}".encode()), "little") % L


@cache
def of_prime_order(number: int) -> Point:
    return multiply(number, BASE)


def second_encodings(point: Point) -> Iterator[bytes]:
    """Others that lead to the same point: y not reduced, or the sign of an x that is 0."""
    x, y = point
    for high in (y, y + P):
        for sign in {x & 1, 1} if x == 0 else {x & 1}:
            written = high | sign << 255
            if high < 1 << 255 and written.to_bytes(32, "little") != encode(point):
                yield written.to_bytes(32, "little")


@cache
def elements(whose: str) -> list[Element]:
    """A point of every class."""
    number = scalar(whose)
    made = []
    for small in range(8):
        point = add(of_prime_order(number), SMALL_ORDER[small])
        made.append(Element("mixed" if small else "prime", number, small, encode(point), encode(point)))
    for small in range(8):
        point = SMALL_ORDER[small]
        name = "small" if small else "identity"
        made.append(Element(name, 0, small, encode(point), encode(point)))
        made += [Element(f"{name}-second", 0, small, each, encode(point)) for each in second_encodings(point)]
    return made


def residue(key: Element, r: Element, k: int) -> int:
    """What the equation is off by without a cofactor: 0 to 7, of a point of order eight."""
    return (r.small + k * key.small) % 8


def signature(key: Element, r: Element, message: bytes, proper: bool) -> tuple[bytes, int]:
    """A signature, and by what the equation is off; `proper`: hashed are the one encodings of the points."""
    k = challenge(r.proper, key.proper, message) if proper else challenge(r.sent, key.sent, message)
    # The verifier has a hash of its own, of what was sent.
    number = (r.scalar + k * key.scalar) % L
    off = residue(key, r, challenge(r.sent, key.sent, message) if not proper else k)
    return r.sent + number.to_bytes(32, "little"), off


def classes(
    keys: list[Element], message_of: Callable[[Element, int], bytes]
) -> Iterator[tuple[str, Element, int, bytes, bool]]:
    """One of each class: its name, the key, the slot that made it, the signature, and libsodium's verdict."""
    seen: set[tuple[object, ...]] = set()
    for key in keys:
        for r in elements("nonce"):
            for proper in (False, True) if r.sent != r.proper or key.sent != key.proper else (False,):
                for slot in range(4):
                    message = message_of(key, slot)
                    made, off = signature(key, r, message, proper)
                    good = verifies(key.sent, message, made)
                    kind = (key.flags, r.flags, proper, off != 0, good)
                    if kind not in seen:
                        seen.add(kind)
                        words = ["key", key.name, "r", r.name, *(["hashed-properly"] if proper else [])]
                        name = "-".join([*words, "off" if off else "holds", "good" if good else "bad"])
                        yield name, key, slot, made, good


@cases("ed25519")
def holders() -> Iterator[Case]:
    def showing(key: Element, slot: int) -> Showing:
        return Showing(HOLDER, Claim(ISSUER, KID, EXPIRES, slot, holder=key.sent), NOW)

    def message(key: Element, slot: int) -> bytes:
        return showing(key, slot).signed()

    for name, key, slot, proof, good in classes(elements("key"), message):
        shown = text(showing(key, slot).but(signature=proof).data())
        yield Case(
            f"ed25519-holder-{name}",
            "a holder's key and signature of this class",
            [show(shown, NOW, OK if good else refused(12))],
            "plain",
        )


@cases("ed25519")
def holders_of_families() -> Iterator[Case]:
    def showing(key: Element, slot: int) -> Showing:
        claims = [Claim(ISSUER, KID, EXPIRES, slot + n, BOTH, key.sent) for n in (0, 50)]
        return Showing(HOLDER, claims[0], NOW, members=(claims[1],))

    def message(key: Element, slot: int) -> bytes:
        return showing(key, slot).signed()

    ok = accepted([1, 1], OPEN_RULE, "not-compared", expires=EXPIRES)
    for name, key, slot, proof, good in classes(elements("key"), message):
        shown = text(showing(key, slot).but(signature=proof).data())
        yield Case(
            f"ed25519-family-{name}",
            "a holder's key and signature of this class, two people",
            [show(shown, NOW, ok if good else refused(12, rule=OPEN_RULE))],
            "open",
            needs=("policy",),
        )


@cases("ed25519")
def issuers() -> Iterator[Case]:
    keys = [each for each in elements("issuer") if each.scalar]
    for binding in ("device", "document"):

        def claim(key: Element, slot: int, binding: str = binding) -> Claim:
            return live(slot).claim if binding == "device" else paper(slot=slot)

        def message(key: Element, slot: int, claim: Callable[[Element, int], Claim] = claim) -> bytes:
            return claim(key, slot).signed()

        for name, key, slot, proof, good in classes(keys, message):
            signed = claim(key, slot).but(signature=proof)
            each = live(slot).but(claim=signed) if binding == "device" else signed
            ok = OK if binding == "device" else accepted([1], documents="compared", expires=EXPIRES)
            steps = [
                take("trust-list", trust_list([window(key=key.sent)]), NOW),
                show(
                    text(each.data()),
                    NOW,
                    ok if good else refused(9),
                    documents=[] if binding == "device" else [PASSPORT],
                ),
            ]
            keys_here = {DOCUMENT_KEY_ID.hex(): bytes(range(32)).hex()}
            yield Case(
                f"ed25519-issuer-{binding}-{name}",
                "an issuer's key and signature of this class",
                steps,
                "bare",
                {"document_keys": keys_here},
            )
    for key in elements("issuer"):
        if not key.scalar:
            data = trust_list([window(key=key.sent)])
            yield Case(
                f"ed25519-issuer-{key.name}-{key.small}-{key.sent[:2].hex()}-{key.sent[31:].hex()}",
                "no list names a key of small order",
                [take("trust-list", data, NOW, "weak-key")],
                "bare",
            )


def past(proof: bytes, times: int) -> bytes:
    """The same signature with S + times * L: the equation holds all the same."""
    return proof[:32] + (int.from_bytes(proof[32:], "little") + times * L).to_bytes(32, "little")


@cases("ed25519")
def past_the_order() -> Iterator[Case]:
    most = (2**256 - 1) // L - 1
    assert all(not verifies(HOLDER.public, b"x", past(HOLDER.sign(b"x"), n)) for n in range(1, most + 1))
    for n in range(1, most + 1):
        good = live()
        yield Case(
            f"ed25519-s-holder-{n}",
            "S + L",
            [show(text(good.but(signature=past(HOLDER.sign(good.signed()), n)).data()), NOW, refused(12))],
            "plain",
        )
        yield Case(
            f"ed25519-s-issuer-{n}",
            "S + L",
            [show(text(good.with_claim(signature=past(good.claim.proof(), n)).data()), NOW, refused(9))],
            "plain",
        )
        yield Case(
            f"ed25519-s-paper-{n}",
            "S + L",
            [show(text(paper(signature=past(paper().proof(), n)).data()), NOW, refused(9), documents=[PASSPORT])],
            "plain",
        )
        whole = family(2)
        member = whole.with_member(0, signature=past(whole.members[0].proof(), n))
        yield Case(f"ed25519-s-member-{n}", "S + L", [show(text(member.data()), NOW, refused(9, index=1))], "plain")
    for what, s in {
        "0": 0,
        "1": 1,
        "L": L,
        "L-less-1": L - 1,
        "L-and-1": L + 1,
        "2^252": 2**252,
        "2^253": 2**253,
        "2^255": 2**255,
        "most": 2**256 - 1,
    }.items():
        for name, r in (
            ("of-good", HOLDER.sign(live().signed())[:32]),
            ("identity", encode(IDENTITY)),
            ("base", encode(BASE)),
            ("zero", bytes(32)),
        ):
            proof = r + s.to_bytes(32, "little")
            assert not verifies(HOLDER.public, live().signed(), proof)
            yield Case(
                f"ed25519-s-is-{what}-r-{name}",
                "S at its limits",
                [show(text(live().but(signature=proof).data()), NOW, refused(12))],
                "plain",
            )
    for what, data, do, refusal in (
        ("trust-list", bytes(SMALL), "trust-list", "bad-signature"),
        ("area-table", area(), "area-table", "bad-signature"),
        ("snapshot", bytes(SNAPSHOT), "revocation", "bad-signature"),
        ("place", bytes(PLACE), "place", ""),
    ):
        changed = data[:-64] + past(data[-64:], 1)
        setup = (
            "revoking-bare"
            if do == "revocation"
            else "open"
            if do == "place"
            else "bare"
            if do == "trust-list"
            else "plain"
        )
        step = (
            take_revocation(changed, NOW, had(FILTER, NO_FILTER), refusal)
            if do == "revocation"
            else place_step(changed)
            if do == "place"
            else take(do, changed, NOW, refusal)
        )
        steps = [step, show(text(live().data()), NOW, refused(24))] if do == "place" else [step]
        yield Case(f"ed25519-s-{what}", "S + L", steps, setup)


@cases("ed25519")
def of_roots() -> Iterator[Case]:
    """A root that a scanner pins may be of any order: the verdict on its signature is libsodium's too."""

    def message(key: Element, slot: int) -> bytes:
        body = cbor({16: "application/vnd.healthpass.trust-list"})
        protected = cbor({1: -19, 4: key.sent})
        return cbor(["Signature", body, protected, b"", _payload(key, slot)])

    for name, key, slot, proof, good in classes([each for each in elements("root") if each.scalar], message):
        fake = _Fixed(key.sent, proof)
        data = signed_by_roots(_payload(key, slot), [fake])  # type: ignore[list-item]
        steps = [take("trust-list", data, NOW, None if good else "bad-signature")]
        yield Case(
            f"ed25519-root-{name}",
            "a root's key and signature of this class",
            steps,
            "bare",
            {"roots": {"threshold": 1, "keys": [key.sent.hex()]}},
        )


class _Fixed:
    """Signs everything with one signature."""

    def __init__(self, public: bytes, proof: bytes) -> None:
        self.public = public
        self._proof = proof

    def sign(self, message: bytes) -> bytes:
        return self._proof


def _payload(key: Element, slot: int) -> bytes:
    return cbor(content(label_2=slot + 1, label_5=[1, [key.sent]]))
