"""Trust lists: envelope, signatures, thresholds, every field at its limits, order, keys, times, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vectors.generate.case import Case, Json, Pieces, accepted, cases, show, take
from vectors.generate.cbor import Raw, Value, encode, head, unsorted_map
from vectors.generate.edwards import SMALL_ORDER, P
from vectors.generate.edwards import encode as point
from vectors.generate.keys import Key, digest
from vectors.generate.messages import ABSENT, TYPE, labelled, sign1, signed_by_roots
from vectors.generate.passes import text
from vectors.generate.world import (
    DAY,
    EXPIRES,
    FROM,
    HOLDER,
    ISSUER,
    KID,
    KID_TOMORROW,
    LIST_EXPIRES,
    NOW,
    OFFICE,
    OFFICE_2,
    REGISTRAR,
    REVOKER,
    REVOKER_2,
    ROOT,
    ROOT_2,
    ROOT_3,
    SEALING,
    SMALL,
    STRANGER,
    TODAY,
    TOMORROW,
    content,
    live,
    one_platform,
    trust_list,
    window,
)

OK = accepted([1], expires=EXPIRES)
NOTHING = Raw(b"\xa0")


def one(
    what: str, comment: str, data: bytes | Pieces, refusal: str | None = None, roots: Json | None = None, now: int = NOW
) -> Case:
    """A list that is taken or refused; the one before it stays in force, or there is none."""
    steps = [take("trust-list", data, now, refusal)]
    return Case(f"trust-list-{what}", comment, steps, "bare", {} if roots is None else {"roots": roots})


def roots(threshold: int, *keys: Key) -> Json:
    return {"threshold": threshold, "keys": sorted(key.public.hex() for key in keys)}


def of(*keys: Key, threshold: int = 1) -> Value:
    return [threshold, sorted(key.public for key in keys)]


@cases("trust-lists")
def signatures() -> Iterator[Case]:
    three = (ROOT, ROOT_2, ROOT_3)
    for threshold in (1, 2, 3):
        payload = encode(content(label_5=of(*three, threshold=threshold)))
        known = roots(threshold, *three)
        for count in (0, 1, 2, 3):
            signers = three[:count]
            refusal = "malformed" if count == 0 else "threshold" if count < threshold else None
            yield one(
                f"threshold-{threshold}-signed-by-{count}",
                "a threshold",
                signed_by_roots(payload, signers),
                refusal,
                known,
            )
            extra = (*signers, STRANGER, HOLDER)
            refusal = "threshold" if count < threshold else None
            yield one(
                f"threshold-{threshold}-signed-by-{count}-and-strangers",
                "others do not count",
                signed_by_roots(payload, extra),
                refusal,
                known,
            )
        for key in three:
            yield one(
                f"threshold-{threshold}-one-wrong-{three.index(key)}",
                "every root's signature must hold",
                signed_by_roots(payload, three, wrong=[key]),
                "bad-signature",
                known,
            )
        yield one(
            f"threshold-{threshold}-a-stranger-wrong",
            "a stranger's signature is not looked at",
            signed_by_roots(payload, (*three, STRANGER), wrong=[STRANGER]),
            None,
            known,
        )
        yield one(
            f"threshold-{threshold}-twice",
            "a signer twice",
            signed_by_roots(payload, (*three, ROOT)),
            "malformed",
            known,
        )
        yield one(
            f"threshold-{threshold}-out-of-order",
            "signers out of order",
            signed_by_roots(payload, sorted(three, key=lambda key: key.public, reverse=True), in_order=False),
            "malformed",
            known,
        )
    many = [Key(f"witness {n}") for n in range(16)]
    payload = encode(content())
    yield one("16-signers", "the most signatures", signed_by_roots(payload, [ROOT, *many[:15]]))
    yield one("17-signers", "one too many", signed_by_roots(payload, [ROOT, *many]), "malformed")
    yield one(
        "other-payload",
        "the signature of another list",
        signed_by_roots(payload, (ROOT,)).replace(payload[:8], payload[:4] + b"\2" + payload[5:8]),
        "bad-signature",
    )


@cases("trust-lists")
def envelope() -> Iterator[Case]:
    good = bytes(SMALL)
    payload = encode(content())
    body = encode({16: TYPE + "trust-list"})
    protected = encode({1: -19, 4: ROOT.public})

    def signed(body: bytes = body, protected: bytes = protected, context: str = "Signature", aad: bytes = b"") -> bytes:
        return ROOT.sign(encode([context, body, protected, aad, payload]))

    def message(
        body: Value = body,
        unprotected: Value = NOTHING,
        signers: Value = None,
        payload: Value = payload,
        tag: bytes = b"\xd8\x62",
    ) -> bytes:
        signers = [[protected, Raw(b"\xa0"), signed()]] if signers is None else signers
        return tag + encode([body, unprotected, payload, signers])

    yield one("envelope-good", "the one form", message())
    for at in (0, 1, 2, 3, 4, 5):
        yield one(f"envelope-cut-at-{at}", "cut short", good[:at], "malformed")
    for at in (50, len(good) // 2, len(good) - 65, len(good) - 1):
        yield one(f"envelope-cut-at-{at}", "cut short", good[:at], "malformed")
    yield one("envelope-a-byte-after", "a byte after the end", good + b"\0", "malformed")
    yield one("envelope-no-tag", "without its tag", good[2:], "malformed")
    yield one("envelope-long-tag", "a longer head of the tag", b"\xd9\x00\x62" + good[2:], "malformed")
    yield one("envelope-sign1-tag", "the tag of a COSE_Sign1", b"\xd2" + good[2:], "malformed")
    yield one("envelope-other-tag", "another tag", b"\xd8\x63" + good[2:], "malformed")
    for kind in ("attestation", "trust-list2", "Trust-list", "area-table", "trust-lis"):
        yield one(f"envelope-type-{kind}", "another type", signed_by_roots(payload, (ROOT,), kind), "malformed")
    yield one("envelope-no-type", "no type", message(body=encode({})), "malformed")
    yield one(
        "envelope-type-and-more",
        "one header more",
        message(body=encode({1: -19, 16: TYPE + "trust-list"})),
        "malformed",
    )
    yield one("envelope-unprotected", "an unprotected header", message(unprotected={1: -19}), "malformed")
    yield one("envelope-payload-null", "a detached payload", message(payload=None), "malformed")
    yield one(
        "envelope-payload-long-head",
        "a head longer than needed",
        message(payload=Raw(head(2, len(payload), 4) + payload)),
        "malformed",
    )
    yield one(
        "envelope-payload-indefinite",
        "an indefinite length",
        message(payload=Raw(b"\x5f" + encode(payload) + b"\xff")),
        "malformed",
    )
    yield one("envelope-sign1", "a COSE_Sign1 by a root", sign1("trust-list", ROOT, payload), "malformed")
    eddsa = encode({1: -8, 4: ROOT.public})
    for what, header in {
        "eddsa": eddsa,
        "no-alg": encode({4: ROOT.public}),
        "no-kid": encode({1: -19}),
        "short-kid": encode({1: -19, 4: ROOT.public[:31]}),
        "long-kid": encode({1: -19, 4: ROOT.public + b"\0"}),
        "more": encode({1: -19, 4: ROOT.public, 5: b""}),
        "empty": b"",
    }.items():
        yield one(
            f"envelope-signer-{what}",
            "another signer's header",
            message(signers=[[header, Raw(b"\xa0"), signed(protected=header)]]),
            "malformed",
        )
    yield one(
        "envelope-signer-unprotected",
        "an unprotected header of a signer",
        message(signers=[[protected, {1: -19}, signed()]]),
        "malformed",
    )
    for size in (0, 63, 65):
        yield one(
            f"envelope-signature-of-{size}",
            "a signature of another size",
            message(signers=[[protected, Raw(b"\xa0"), (signed() + b"\0")[:size]]]),
            "malformed",
        )
    yield one(
        "envelope-signer-of-4", "four items", message(signers=[[protected, Raw(b"\xa0"), signed(), None]]), "malformed"
    )
    yield one("envelope-no-signers", "no signer", message(signers=[]), "malformed")
    yield one(
        "envelope-signed-as-one",
        "signed with the context of a COSE_Sign1",
        message(signers=[[protected, Raw(b"\xa0"), signed(context="Signature1")]]),
        "bad-signature",
    )
    yield one(
        "envelope-external-data",
        "signed with external data",
        message(signers=[[protected, Raw(b"\xa0"), signed(aad=b"x")]]),
        "bad-signature",
    )
    yield one("too-large", "262,145 bytes", Pieces([good[:50], {"repeat": "00", "times": 262_145 - 50}]), "malformed")


def field(label: int, what: str, value: Value, refusal: str | None = "malformed", **changes: Any) -> Case:
    changes[f"label_{label}"] = value
    return one(f"label-{label}-{what}", what.replace("-", " "), trust_list(**changes), refusal)


@cases("trust-lists")
def labels() -> Iterator[Case]:
    for label in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12):
        yield field(label, "missing", ABSENT)
        yield field(label, "null", None)
        yield field(label, "text", "1")
        yield field(label, "negative", -1)
        yield field(label, "empty-map", {})
    for label in (0, 13, 23, 24, 255, 2**32, 2**64 - 1):
        yield one(f"unknown-{label}", "an unknown label is critical", trust_list(**labelled(label, 1)), "malformed")
    for label in (-1, -24, -25, -65_537, -(2**32), -(2**64)):
        yield one(f"unknown-minus{label}", "a negative label may be ignored", trust_list(**labelled(label, 1)))
    others: list[Value] = [[], {}, None, "x", b"", [[[[[[]]]]]]]
    for value in others:
        yield one(
            f"ignored-{encode(value).hex()}", "a negative label, whatever it has", trust_list(label_minus_1=value)
        )
    yield one(
        "text-label", "a label that is a text", signed_by_roots(encode({**content(), "x": 1}), (ROOT,)), "malformed"
    )
    yield field(1, "0", 0)
    yield field(1, "2", 2)
    for version, refusal in (
        (0, "malformed"),
        (1, None),
        (2**31 - 1, None),
        (2**31, "version-step"),
        (2**32 - 1, "version-step"),
        (2**32, "malformed"),
    ):
        yield field(2, str(version), version, refusal)
    yield field(3, "65535", 65_535)
    yield field(3, "65536", 65_536, None)
    yield field(3, "2^32", 2**32, label_4=2**32 + 1)
    for issued, refusal in ((NOW + 60, None), (NOW + 61, "from-the-future")):
        yield field(3, f"{issued - NOW}-ahead", issued, refusal)
    yield field(4, "as-issued", FROM)
    yield field(4, "before-issued", FROM - 1)
    for expires, refusal in (
        (NOW, "expired"),
        (NOW + 1, None),
        (2**32 - 1, None),
        (2**32, "malformed"),
        (FROM + 1, "expired"),
    ):
        yield field(4, f"{expires - NOW}-after-now", expires, refusal)
    for grace, refusal in (
        ([0], None),
        ([2**32 - 1], None),
        ([2**32], "malformed"),
        ([-1], "malformed"),
        ([], "malformed"),
        ([1, 1], "malformed"),
        (1, "malformed"),
    ):
        yield field(11, encode(grace).hex(), grace, refusal)


@cases("trust-lists")
def next_roots() -> Iterator[Case]:
    rows: list[tuple[str, Value]] = [
        ("threshold-0", [0, [ROOT.public]]),
        ("threshold-2-of-1", [2, [ROOT.public]]),
        ("none", [1, []]),
        ("three-items", [1, [ROOT.public], 1]),
        ("short-key", [1, [ROOT.public[:31]]]),
        ("long-key", [1, [ROOT.public + b"\0"]]),
        ("text-key", [1, [ROOT.public.hex()]]),
        ("twice", [1, [ROOT.public] * 2]),
        ("out-of-order", [1, sorted([ROOT.public, ROOT_2.public], reverse=True)]),
        ("threshold-text", ["1", [ROOT.public]]),
        ("one-item", [[ROOT.public]]),
    ]
    for what, value in rows:
        yield field(5, what, value)
    many = [Key(f"witness {n}") for n in range(16)]
    new = [1, sorted(key.public for key in [ROOT, *many[:15]])]
    yield one("label-5-16-keys", "the most roots", signed_by_roots(encode(content(label_5=new)), (ROOT,)))
    yield one(
        "label-5-17-keys",
        "one too many",
        signed_by_roots(encode(content(label_5=[1, sorted(key.public for key in [ROOT, *many])])), (ROOT,)),
        "malformed",
    )


WINDOW_FIELDS = {
    "kid-3": {"kid": b"\1\2\3"},
    "kid-5": {"kid": b"\1\2\3\4\5"},
    "kid-text": {"kid": "abcd"},
    "key-31": {"key": ISSUER.public[:31]},
    "key-33": {"key": ISSUER.public + b"\0"},
    "key-null": {"key": None},
    "from-65535": {"begins": 65_535},
    "from-2^32": {"begins": 2**32, "ends": 2**32 + 1},
    "ends-as-it-begins": {"ends": FROM},
    "ends-before": {"ends": FROM - 1},
    "ends-2^32": {"ends": 2**32},
    "bindings-0": {"bindings": 0},
    "bindings-8": {"bindings": 8},
    "bindings-text": {"bindings": "7"},
    "document-key-3": {"document_key": b"\1\2\3"},
    "document-key-5": {"document_key": b"\1\2\3\4\5"},
    "document-key-null": {"document_key": None},
    "document-key-0": {"document_key": 0},
}


@cases("trust-lists")
def windows() -> Iterator[Case]:
    for what, changes in WINDOW_FIELDS.items():
        listed = window(**changes)  # type: ignore[arg-type]
        data = trust_list([listed], label_12=[["national", [listed[0]], [SEALING]]])
        yield one(f"window-{what}", what.replace("-", " "), data, "malformed")
    for what, good in {
        "from-65536": {"begins": 65_536},
        "a-second": {"begins": FROM, "ends": FROM + 1},
        "ends-most": {"ends": 2**32 - 1},
        "device-alone": {"bindings": 1, "document_key": None},
        "device-with-a-document-key": {"bindings": 1},
    }.items():
        yield one(f"window-{what}", what.replace("-", " "), trust_list([window(**good)]))  # type: ignore[arg-type]
    for exponent in range(33):
        refusal = None if exponent and exponent % 2 == 0 else "malformed"
        yield one(
            f"window-capacity-2^{exponent}",
            "a power of four from 4 to 2^32",
            trust_list([window(capacity=2**exponent)]),
            refusal,
        )
    for capacity in (0, 3, 5, 48, 4**10 - 1, 4**10 + 1, 4**17):
        yield one(
            f"window-capacity-{capacity}", "no power of four", trust_list([window(capacity=capacity)]), "malformed"
        )
    yield one("window-six-fields", "a field is missing", trust_list(label_6=[window()[:6]]), "malformed")
    yield one("window-eight-fields", "a field too many", trust_list(label_6=[[*window(), 0]]), "malformed")
    yield one("window-a-map", "a map", trust_list(label_6=[{1: 1}]), "malformed")
    yield one("windows-none", "no window", trust_list([], label_12=[]))
    yield one("windows-none-with-platform", "no window, and a platform", trust_list([]))
    pair = sorted(TODAY[:2])
    yield one(
        "windows-out-of-order", "out of order", trust_list(label_6=pair[::-1], label_12=one_platform(pair)), "malformed"
    )
    twice = [window(), window(key=TOMORROW.public)]
    yield one(
        "windows-kid-twice",
        "a kid twice",
        trust_list(label_6=sorted(twice), label_12=one_platform([window()])),
        "malformed",
    )
    yield one(
        "windows-key-twice",
        "a key twice",
        trust_list([window(), window(KID_TOMORROW, ISSUER.public, EXPIRES, EXPIRES + DAY)]),
        "malformed",
    )


@cases("trust-lists")
def overlaps() -> Iterator[Case]:
    """Windows that share a binding kind have the same bounds, or do not overlap."""
    for mine in range(1, 8):
        for theirs in range(1, 8):
            first = window(bindings=mine)
            second = window(KID_TOMORROW, TOMORROW.public, FROM, EXPIRES + 1, bindings=theirs)
            refusal = "overlapping-windows" if mine & theirs else None
            yield one(f"overlap-{mine}-{theirs}", "a second longer", trust_list([first, second]), refusal)
    bounds = {
        "same": (FROM, EXPIRES, None),
        "touches-after": (EXPIRES, EXPIRES + DAY, None),
        "touches-before": (FROM - DAY, FROM, None),
        "a-second-in": (EXPIRES - 1, EXPIRES + DAY, "overlapping-windows"),
        "a-second-over": (FROM - DAY, FROM + 1, "overlapping-windows"),
        "a-second-shorter": (FROM, EXPIRES - 1, "overlapping-windows"),
        "a-second-later": (FROM + 1, EXPIRES, "overlapping-windows"),
        "within": (FROM + 100, EXPIRES - 100, "overlapping-windows"),
        "around": (FROM - 100, EXPIRES + 100, "overlapping-windows"),
    }
    for what, (begins, ends, refusal) in bounds.items():
        yield one(
            f"bounds-{what}",
            what.replace("-", " "),
            trust_list([window(), window(KID_TOMORROW, TOMORROW.public, begins, ends)]),
            refusal,
        )
    old = [
        window(begins=FROM - 5 * DAY, ends=FROM - 4 * DAY),
        window(KID_TOMORROW, TOMORROW.public, FROM - 5 * DAY, FROM - 4 * DAY + 1),
    ]
    yield one("bounds-over", "windows that are over are no exception", trust_list(old), "overlapping-windows")
    two = [["east", [KID], []], ["west", [KID_TOMORROW], []]]
    yield one(
        "bounds-two-platforms",
        "whoever issues under them",
        trust_list([window(), window(KID_TOMORROW, TOMORROW.public, FROM, EXPIRES + 1)], label_12=two),
        "overlapping-windows",
    )
    many = [
        [bytes((0, n, n, n)), digest(bytes((n,))), FROM + n * DAY, FROM + (n + 1) * DAY, 4, 7, b"\0" * 4]
        for n in range(1, 15)
    ]
    yield one("fortnight", "fourteen days", trust_list(many))
    many[6][3] = FROM + 8 * DAY + 1
    yield one("fortnight-one-second", "fourteen days, one a second longer", trust_list(many), "overlapping-windows")


@cases("trust-lists")
def lists_of_keys() -> Iterator[Case]:
    kids = sorted([KID, KID_TOMORROW])
    two = [window(), window(KID_TOMORROW, TOMORROW.public, EXPIRES, EXPIRES + DAY)]
    rows: dict[str, tuple[Value, str | None]] = {
        "none": ([], None),
        "all": ([[REVOKER.public, kids]], None),
        "one-each": (sorted([[REVOKER.public, [KID]], [REVOKER_2.public, [KID_TOMORROW]]]), None),
        "not-all": ([[REVOKER.public, [KID]]], None),
        "kid-twice": (sorted([[REVOKER.public, [KID]], [REVOKER_2.public, kids]]), "malformed"),
        "kid-twice-under-one": ([[REVOKER.public, [KID, KID]]], "malformed"),
        "kids-out-of-order": ([[REVOKER.public, kids[::-1]]], "malformed"),
        "unknown-kid": ([[REVOKER.public, [b"\0\0\0\1"]]], "malformed"),
        "no-kids": ([[REVOKER.public, []]], "malformed"),
        "key-twice": ([[REVOKER.public, [KID]], [REVOKER.public, [KID_TOMORROW]]], "malformed"),
        "out-of-order": (
            sorted([[REVOKER.public, [KID]], [REVOKER_2.public, [KID_TOMORROW]]], reverse=True),
            "malformed",
        ),
        "short-key": ([[REVOKER.public[:31], kids]], "malformed"),
        "short-kid": ([[REVOKER.public, [b"\1\2\3"]]], "malformed"),
        "three-items": ([[REVOKER.public, kids, 0]], "malformed"),
        "a-map": ({1: 1}, "malformed"),
    }
    for what, (value, refusal) in rows.items():
        yield one(f"label-7-{what}", what.replace("-", " "), trust_list(two, label_7=value), refusal)
    for label, key, other in ((8, REGISTRAR, STRANGER), (9, OFFICE, OFFICE_2)):
        pair = sorted([key.public, other.public])
        values: dict[str, tuple[Value, str | None]] = {
            "none": ([], None),
            "two": (pair, None),
            "out-of-order": (pair[::-1], "malformed"),
            "twice": ([key.public] * 2, "malformed"),
            "short": ([key.public[:31]], "malformed"),
            "long": ([key.public + b"\0"], "malformed"),
            "number": ([1], "malformed"),
        }
        for what, (value, refusal) in values.items():
            yield field(label, what, value, refusal)
        for count in (256, 257):
            many = sorted(b"\x05" + bytes(29) + n.to_bytes(2, "big") for n in range(count))
            yield field(label, f"{count}-keys", many, None if count == 256 else "malformed")


def weak() -> Iterator[tuple[str, bytes]]:
    """Ed25519 keys that no list may have."""
    for n, each in enumerate(SMALL_ORDER):
        yield f"order-of-{n}-eighths", point(each)
    for n in range(19):
        for sign in (0, 1):
            yield f"not-reduced-{n}-{sign}", (P + n | sign << 255).to_bytes(32, "little")
    yield "sign-of-zero", (1 | 1 << 255).to_bytes(32, "little")
    yield "sign-of-minus-one", (P - 1 | 1 << 255).to_bytes(32, "little")


@cases("trust-lists")
def weak_keys() -> Iterator[Case]:
    for what, key in weak():
        yield one(
            f"weak-window-{what}",
            "a key of small order, or with a second encoding",
            trust_list([window(key=key)]),
            "weak-key",
        )
    key = point(SMALL_ORDER[1])
    rows: dict[str, dict[str, Value]] = {
        "registrar": {"label_8": [key]},
        "office": {"label_9": [key]},
        "revoker": {"label_7": [[key, [KID]]]},
        "root": {"label_5": [1, sorted([key, ROOT.public])]},
    }
    for role, changes in rows.items():
        yield one(f"weak-{role}", "a key of small order in another role", trust_list(**changes), "weak-key")
    yield one(
        "no-point",
        "a key that is no point: nothing can be signed with it",
        trust_list([window(key=(2).to_bytes(32, "little"))]),
    )
    sealing = {
        "zero": (0, "weak-key"),
        "one": (1, "weak-key"),
        "two": (2, None),
        "p": (P, "weak-key"),
        "p-less-1": (P - 1, "weak-key"),
        "p-and-1": (P + 1, "weak-key"),
        "p-and-18": (P + 18, "weak-key"),
        "top-bit": (2 | 1 << 255, "weak-key"),
        "most": (2**256 - 1, "weak-key"),
        "p-less-2": (P - 2, None),
    }
    for what, (u, refusal) in sealing.items():
        value = [["national", [KID], [[u.to_bytes(32, "little"), FROM, EXPIRES]]]]
        yield one(f"weak-sealing-{what}", "a sealing key", trust_list(label_12=value), refusal)


@cases("trust-lists")
def two_roles() -> Iterator[Case]:
    """No key stands in two roles."""
    key = STRANGER.public
    roles: dict[str, dict[str, Any]] = {
        "root": {"label_5": [1, sorted([key, ROOT.public])]},
        "window": {"windows": [window(key=key)]},
        "revoker": {"label_7": [[key, [KID]]]},
        "registrar": {"label_8": [key]},
        "office": {"label_9": [key]},
        "sealing": {"label_12": [["national", [KID], [[key, FROM, EXPIRES]]]]},
    }
    names = list(roles)
    for n, one_role in enumerate(names):
        for other in names[n + 1 :]:
            yield one(
                f"two-roles-{one_role}-{other}",
                f"one key as {one_role} and {other}",
                trust_list(**{**roles[one_role], **roles[other]}),
                "malformed",
            )


@cases("trust-lists")
def platforms() -> Iterator[Case]:
    two = [window(), window(KID_TOMORROW, TOMORROW.public, EXPIRES, EXPIRES + DAY)]
    kids = sorted([KID, KID_TOMORROW])
    second = [digest(b"sealing key 2")[:31] + b"\5", FROM, FROM + 4 * DAY]
    rows: dict[str, tuple[Value, str | None]] = {
        "two": ([["east", [KID], []], ["west", [KID_TOMORROW], []]], None),
        "two-out-of-order": ([["west", [KID], []], ["east", [KID_TOMORROW], []]], "malformed"),
        "same-name": ([["east", [KID], []], ["east", [KID_TOMORROW], []]], "malformed"),
        "none": ([], "malformed"),
        "kid-left-out": ([["east", [KID], []]], "malformed"),
        "kid-of-two": ([["east", kids, []], ["west", [KID_TOMORROW], []]], "malformed"),
        "kid-twice": ([["east", [KID, KID, KID_TOMORROW], []]], "malformed"),
        "kids-out-of-order": ([["east", kids[::-1], []]], "malformed"),
        "unknown-kid": ([["east", sorted([*kids, b"\0\0\0\1"]), []]], "malformed"),
        "short-kid": ([["east", [b"\1\2\3", *kids], []]], "malformed"),
        "without-kids": ([["east", kids, []], ["west", [], []]], None),
        "empty-name": ([["", kids, []]], "malformed"),
        "name-32": ([["n" * 32, kids, []]], None),
        "name-33": ([["n" * 33, kids, []]], "malformed"),
        "name-32-bytes-utf8": ([["\u56fd" * 10 + "ab", kids, []]], None),
        "name-33-bytes-utf8": ([["\u56fd" * 11, kids, []]], "malformed"),
        "name-bytes": ([[b"east", kids, []]], "malformed"),
        "name-not-utf8": ([[Raw(b"\x64\xff\xff\xff\xff"), kids, []]], "malformed"),
        "by-bytes-of-names": ([["Z", [KID], []], ["a", [KID_TOMORROW], []]], None),
        "longer-name-first": ([["aa", [KID], []], ["b", [KID_TOMORROW], []]], None),
        "longer-name-last": ([["b", [KID], []], ["aa", [KID_TOMORROW], []]], "malformed"),
        "two-items": ([["east", kids]], "malformed"),
        "four-items": ([["east", kids, [], 0]], "malformed"),
        "two-keys": ([["east", kids, [SEALING, second]]], None),
        "keys-out-of-order": ([["east", kids, [second, SEALING]]], "malformed"),
        "key-twice": ([["east", kids, [SEALING, SEALING]]], "malformed"),
        "key-twice-at-two-times": ([["east", kids, [SEALING, [SEALING[0], FROM, FROM + 9]]]], "malformed"),
        "key-of-two-platforms": ([["east", [KID], [SEALING]], ["west", [KID_TOMORROW], [SEALING]]], "malformed"),
        "keys-by-key": ([["east", kids, sorted([[SEALING[0], FROM, EXPIRES], [second[0], FROM, EXPIRES]])]], None),
        "keys-by-key-out-of-order": (
            [["east", kids, sorted([[SEALING[0], FROM, EXPIRES], [second[0], FROM, EXPIRES]], reverse=True)]],
            "malformed",
        ),
        "key-31": ([["east", kids, [[SEALING[0][:31], FROM, EXPIRES]]]], "malformed"),
        "key-from-65535": ([["east", kids, [[SEALING[0], 65_535, EXPIRES]]]], "malformed"),
        "key-ends-as-it-begins": ([["east", kids, [[SEALING[0], FROM, FROM]]]], "malformed"),
        "key-ends-2^32": ([["east", kids, [[SEALING[0], FROM, 2**32]]]], "malformed"),
        "key-of-two-items": ([["east", kids, [[SEALING[0], FROM]]]], "malformed"),
    }
    for what, (value, refusal) in rows.items():
        yield one(f"platforms-{what}", what.replace("-", " "), trust_list(two, label_12=value), refusal)
    for count in (32, 33):
        keys = [[b"\x05" + bytes(30) + bytes((n,)), FROM, EXPIRES] for n in range(count)]
        yield one(
            f"platforms-{count}-sealing-keys",
            "sealing keys of a platform",
            trust_list(label_12=[["east", [KID], keys]]),
            None if count == 32 else "malformed",
        )
    for count in (256, 257):
        named: list[Value] = [["000", [KID], []], *([f"{n:03}", [], []] for n in range(1, count))]
        yield one(f"platforms-{count}", "platforms", trust_list(label_12=named), None if count == 256 else "malformed")


@cases("trust-lists")
def many_windows() -> Iterator[Case]:
    """The most windows, and one more: signed over what the pieces give."""
    for count in (2048, 2049):
        windows: Sequence[Value] = [
            [n.to_bytes(4, "big"), b"\x05" + n.to_bytes(31, "big"), FROM, EXPIRES, 4, 1, None] for n in range(count)
        ]
        payload = encode(content(windows, label_12=[["east", [n.to_bytes(4, "big") for n in range(count)], []]]))
        whole = signed_by_roots(payload, (ROOT,))
        each = f"87 44 #4 582005 #31 1a{FROM:08x} 1a{EXPIRES:08x} 04 01 f6"
        first = whole.index(encode(windows[0]))
        end = first + len(encode(windows[0])) * count
        kids = whole.index(bytes.fromhex("4400000000"), end)
        pieces = Pieces(
            [
                whole[:first],
                {"each": each, "first": 0, "count": count},
                whole[end:kids],
                {"each": "44 #4", "first": 0, "count": count},
                whole[kids + 5 * count :],
            ]
        )
        assert b"".join(_bytes(piece) for piece in pieces) == whole
        yield one(f"{count}-windows", "the most windows, or one more", pieces, None if count == 2048 else "malformed")


def _bytes(piece: Any) -> bytes:
    from vectors.generate.case import expanded

    return expanded(piece)


@cases("trust-lists")
def versions() -> Iterator[Case]:
    def after(
        what: str, comment: str, data: bytes, refusal: str | None, first: bytes = trust_list(label_2=5), now: int = NOW
    ) -> Case:
        steps = [
            take("trust-list", first, NOW),
            take("trust-list", data, now, refusal),
            show(text(live().data()), NOW, OK),
        ]
        return Case(f"trust-list-after-{what}", comment, steps, "bare")

    for version in (1, 4, 5, 6, 7, 100_004, 100_005, 100_006, 2**32 - 1):
        refusal = "rollback" if version < 5 else None if version <= 100_005 else "version-step"
        yield after(f"5-{version}", "a version after 5", trust_list(label_2=version), refusal)
    yield after("the-same", "the same again", trust_list(label_2=5), None)
    yield after(
        "same-version", "another of the same version", trust_list(label_2=5, label_4=LIST_EXPIRES + 1), "rollback"
    )
    yield after(
        "issued-earlier", "a higher version, issued earlier", trust_list(label_2=6, label_3=FROM - 1), "rollback"
    )
    yield after("issued-alike", "a higher version, issued at the same time", trust_list(label_2=6), None)
    top = trust_list(label_2=2**31 - 1)
    yield after("largest-first", "after the largest first version", trust_list(label_2=2**31), None, top)
    yield after("largest-first-step", "after the largest first version", trust_list(label_2=2**31 + 99_999), None, top)
    yield after(
        "largest-first-step-past",
        "after the largest first version",
        trust_list(label_2=2**31 + 100_000),
        "version-step",
        top,
    )
    ahead = trust_list(label_2=5, label_3=NOW)
    for d in (-61, -60):
        data = trust_list(label_2=6, label_3=NOW)
        yield after(
            f"clock-{d}", "a clock behind the list before", data, "clock-behind" if d == -61 else None, ahead, NOW + d
        )
    yield after("shorter-life", "a later list that expires earlier", trust_list(label_2=6, label_4=NOW + 1000), None)


@cases("trust-lists")
def cbor_of_the_payload() -> Iterator[Case]:
    good = content()
    entries = sorted(good.items(), key=lambda entry: encode(entry[0]))
    swapped = [*entries[:2], entries[3], entries[2], *entries[4:]]

    def signed(payload: bytes) -> bytes:
        return signed_by_roots(bytes(payload), (ROOT,))

    payload = encode(good)
    yield one("cbor-good", "the one form", signed(unsorted_map(entries)))
    yield one("cbor-out-of-order", "labels out of order", signed(unsorted_map(swapped)), "malformed")
    yield one(
        "cbor-label-twice", "a label twice", signed(unsorted_map([*entries[:2], entries[1], *entries[2:]])), "malformed"
    )
    yield one("cbor-byte-after", "a byte after the end", signed(payload + b"\0"), "malformed")
    yield one("cbor-cut", "cut short", signed(payload[:-1]), "malformed")
    yield one("cbor-empty", "nothing", signed(b""), "malformed")
    yield one("cbor-indefinite-map", "an indefinite map", signed(b"\xbf" + payload[1:] + b"\xff"), "malformed")
    for width in (1, 2, 4, 8):
        long = Raw(head(0, 1, width))
        yield one(
            f"cbor-version-in-{width}", "a head longer than needed", signed(encode({**good, 2: long})), "malformed"
        )
        if width > 1:
            yield one(
                f"cbor-map-head-in-{width}",
                "a head longer than needed",
                signed(head(5, len(good), width) + payload[1:]),
                "malformed",
            )
    yield one(
        "cbor-issued-in-8", "a time in eight bytes", signed(encode({**good, 3: Raw(head(0, FROM, 8))})), "malformed"
    )
    for what, value in {
        "float": "f94500",
        "double": "fb4014000000000000",
        "true": "f5",
        "false": "f4",
        "undefined": "f7",
        "tag": "c105",
        "bignum": "c24105",
        "simple": "f8ff",
        "break": "ff",
        "reserved": "1c",
    }.items():
        yield one(f"cbor-version-{what}", what, signed(encode({**good, 2: Raw(bytes.fromhex(value))})), "malformed")
        yield one(
            f"cbor-ignored-{what}",
            f"{what} under a label that may be ignored",
            signed(encode({**good, -1: Raw(bytes.fromhex(value))})),
            "malformed",
        )
    for depth in (7, 8):
        nested = Raw(b"\x81" * (depth - 1) + b"\x80")  # within the map, which is the first
        yield one(
            f"cbor-depth-{depth + 1}",
            "nested arrays",
            signed(encode({**good, -1: nested})),
            None if depth == 7 else "malformed",
        )
    for what, raw in {"not-utf8": b"\x61\xff", "surrogate": b"\x63\xed\xa0\x80", "overlong": b"\x62\xc0\x80"}.items():
        yield one(f"cbor-text-{what}", "a text that is not UTF-8", signed(encode({**good, -1: Raw(raw)})), "malformed")
    yield one(
        "cbor-array-longer-than-the-rest",
        "a length that the rest cannot hold",
        signed(encode({**good, -1: Raw(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff")})),
        "malformed",
    )
    yield one("cbor-key-null", "a key that is null", signed(unsorted_map([*entries, (None, 1)])), "malformed")
    yield one(
        "cbor-nested-map",
        "a map under a label that may be ignored",
        signed(encode({**good, -1: {1: {"a": [None, b"", "x"]}}})),
    )
    yield one(
        "cbor-nested-map-out-of-order",
        "its labels out of order",
        signed(encode({**good, -1: unsorted_map([(2, 1), (1, 1)])})),
        "malformed",
    )
    yield one("cbor-an-array", "an array", signed(encode(list(good.values()))), "malformed")
