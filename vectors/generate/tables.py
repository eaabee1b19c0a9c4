"""Area tables: every field at its limits, signers, times, versions; and what they mean for a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.case import Case, Json, Pieces, Rule, accepted, cases, place_step, refused, show, take
from vectors.generate.cbor import encode
from vectors.generate.messages import ABSENT, area_table, labelled, packed, sign1
from vectors.generate.passes import text
from vectors.generate.world import (
    DAY,
    EXPIRES,
    FROM,
    NOW,
    OFFICE,
    OFFICE_2,
    REGISTRAR,
    ROOT,
    STRANGER,
    live,
    place_of,
    trust_list,
)

TWO_OFFICES = trust_list(label_9=sorted([OFFICE.public, OFFICE_2.public]))
POLICY = [[0, 1, 1, 0, 0, 0], [1, 1, 1, 2, 0, 0], [2, 1, 1, 6, 0, 0]]
RULES = {0: Rule(1, 0), 1: Rule(1, 2), 2: Rule(1, 6)}


def one(what: str, data: bytes | Pieces, refusal: str | None = None, now: int = NOW) -> Case:
    steps = [take("trust-list", TWO_OFFICES, FROM), take("area-table", data, now, refusal)]
    return Case(f"area-table-{what}", what.replace("-", " "), steps, "bare", needs=("policy",))


def table(version: int = 1, issued: int = FROM, expires: int = FROM + DAY, **more: Any) -> bytes:
    return area_table(OFFICE, version, issued, expires, **more)


@cases("area-tables")
def fields() -> Iterator[Case]:
    yield one("good", table())
    for label in range(1, 7):
        yield one(f"label-{label}-missing", table(**labelled(label, ABSENT)), "malformed")
        yield one(f"label-{label}-null", table(**labelled(label, None)), "malformed")
    for label in (0, 7, 24, 2**32):
        yield one(f"unknown-{label}", table(**labelled(label, 1)), "malformed")
    yield one("negative-label", table(label_minus_1=1))
    yield one("format-2", table(label_1=2), "malformed")
    for version, refusal in ((0, "malformed"), (2**31 - 1, None), (2**31, "version-step"), (2**32, "malformed")):
        yield one(f"version-{version}", table(version), refusal)
    for d, refusal in ((60, None), (61, "from-the-future")):
        yield one(f"issued-{d}-ahead", table(issued=NOW + d, expires=NOW + DAY), refusal)
    yield one("issued-65535", table(issued=65_535), "malformed")
    yield one("issued-65536", table(issued=65_536))
    for expires, refusal in ((NOW, "expired"), (NOW + 1, None), (2**32 - 1, None), (2**32, "malformed")):
        yield one(f"expires-{expires - NOW}", table(expires=expires), refusal)
    yield one("expires-as-issued", table(issued=NOW, expires=NOW), "malformed")


@cases("area-tables")
def codes() -> Iterator[Case]:
    rows: dict[str, tuple[dict[str, Any], str | None]] = {
        "one": ({"medium": [5]}, None),
        "least-and-most": ({"medium": [0, 2**32 - 1]}, None),
        "both-lists": ({"medium": [1, 3], "high": [2, 4]}, None),
        "out-of-order": ({"medium": [2, 1]}, "malformed"),
        "twice": ({"medium": [2, 2]}, "malformed"),
        "high-out-of-order": ({"high": [2, 1]}, "malformed"),
        "high-twice": ({"high": [1, 1]}, "malformed"),
        "in-both": ({"medium": [1, 2], "high": [2, 3]}, "malformed"),
        "in-both-at-the-ends": ({"medium": [1, 9], "high": [9]}, "malformed"),
        "in-both-first": ({"medium": [1, 9], "high": [1]}, "malformed"),
        "same-lists": ({"medium": [1, 2, 3], "high": [1, 2, 3]}, "malformed"),
    }
    for what, (lists, refusal) in rows.items():
        yield one(f"codes-{what}", table(**lists), refusal)
    for label in (5, 6):
        for size in (1, 2, 3, 5):
            yield one(f"codes-{label}-of-{size}-bytes", table(**labelled(label, bytes(size))), "malformed")
        yield one(f"codes-{label}-text", table(**labelled(label, "abcd")), "malformed")
        yield one(f"codes-{label}-array", table(**labelled(label, [1])), "malformed")
        for count in (65_536, 65_537):
            whole = table(**labelled(label, packed(range(count))))
            first = whole.index(bytes.fromhex("0000000000000001"))
            pieces = Pieces([whole[:first], {"each": "#4", "first": 0, "count": count}, whole[first + 4 * count :]])
            yield one(f"codes-{label}-{count}", pieces, None if count == 65_536 else "malformed")


@cases("area-tables")
def signers() -> Iterator[Case]:
    yield one("other-office", area_table(OFFICE_2, 1, FROM, FROM + DAY))
    for name, key in (("stranger", STRANGER), ("root", ROOT), ("registrar", REGISTRAR)):
        yield one(f"by-{name}", area_table(key, 1, FROM, FROM + DAY), "not-a-risk-office")
    good = table()
    for at in (len(good) - 1, len(good) - 64):
        yield one(f"signature-{at - len(good)}", good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :], "bad-signature")
    yield one("byte-after", good + b"\0", "malformed")
    yield one("cut", good[:-1], "malformed")
    yield one("no-tag", good[1:], "malformed")
    yield one("too-large", Pieces([good[:100], {"repeat": "00", "times": 1_048_577 - 100}]), "malformed")
    payload = encode({1: 1, 2: 1, 3: FROM, 4: FROM + DAY, 5: b"", 6: b""})
    for kind in ("place", "trust-list", "revocation-delta", "area-table-"):
        yield one(f"type-{kind}", sign1(kind, OFFICE, payload), "malformed")


@cases("area-tables")
def versions() -> Iterator[Case]:
    first = table(5)

    def after(what: str, data: bytes, refusal: str | None, *more: Json, now: int = NOW) -> Case:
        steps = [
            take("trust-list", TWO_OFFICES, FROM),
            take("area-table", first, NOW),
            *more,
            take("area-table", data, now, refusal),
        ]
        return Case(f"area-table-after-{what}", what.replace("-", " "), steps, "bare", needs=("policy",))

    for version in (1, 4, 6, 100_005, 100_006, 2**32 - 1):
        refusal = "rollback" if version < 5 else None if version <= 100_005 else "version-step"
        yield after(f"5-{version}", table(version), refusal)
    yield after("the-same", first, None)
    yield after("same-version", table(5, medium=[1]), "rollback")
    yield after("issued-earlier", table(6, issued=FROM - 1), "rollback")
    yield after("other-office-lower", area_table(OFFICE_2, 1, FROM, FROM + DAY), None)
    yield after("other-office-issued-earlier", area_table(OFFICE_2, 9, FROM - 1, FROM + DAY), "rollback")
    ahead = table(6, issued=NOW)
    yield after("clock-behind", table(7, issued=NOW), "clock-behind", take("area-table", ahead, NOW), now=NOW - 61)
    yield after("clock-just", table(7, issued=NOW), None, take("area-table", ahead, NOW), now=NOW - 60)
    steps = [
        take("trust-list", trust_list(label_3=NOW), NOW),
        take("area-table", table(), NOW - 61, "clock-behind"),
        take("area-table", table(), NOW - 60),
    ]
    yield Case("area-table-clock-behind-the-list", "a clock behind the trust list", steps, "bare", needs=("policy",))
    yield Case(
        "area-table-no-list",
        "no trust list",
        [take("area-table", table(), NOW, "no-trust-list")],
        "bare",
        needs=("policy",),
    )


@cases("area-tables")
def risks() -> Iterator[Case]:
    """What a table says of an area, and where it says nothing."""
    medium, high = [10, 20, 2**32 - 2], [0, 15, 2**32 - 1]
    data = table(medium=medium, high=high)
    listed = trust_list(label_10=POLICY)
    for code in (0, 1, 9, 10, 11, 14, 15, 16, 19, 20, 21, 2**31, 2**32 - 3, 2**32 - 2, 2**32 - 1):
        risk = 1 if code in medium else 2 if code in high else 0
        for color in (1, 2, 3):
            expect = accepted([color], RULES[risk], expires=EXPIRES)
            steps = [
                take("trust-list", listed, NOW),
                take("area-table", data, NOW),
                place_step(place_of(area=code)),
                show(text(live(color=color).data()), NOW, expect),
            ]
            yield Case(
                f"area-table-risk-{code}-{color}", f"area {code} is of risk {risk}", steps, "bare", needs=("policy",)
            )
    steps = [take("trust-list", listed, NOW), place_step(place_of()), show(text(live().data()), NOW, refused(24))]
    yield Case("area-table-none", "without a table the risk is not known", steps, "bare", needs=("policy",))
    gone = trust_list(label_2=2, label_9=[OFFICE_2.public], label_10=POLICY)
    steps = [
        take("trust-list", listed, NOW),
        take("area-table", data, NOW),
        place_step(place_of()),
        show(text(live().data()), NOW, accepted(rule=RULES[0], expires=EXPIRES)),
        take("trust-list", gone, NOW),
        show(text(live(slot=6).data()), NOW, refused(24)),
    ]
    yield Case("area-table-office-gone", "with its key a table goes", steps, "bare", needs=("policy",))
