"""Place certificates, policies, and whether people may be checked here at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.case import Case, Json, Rule, accepted, cases, place_step, refused, show, take, take_revocation
from vectors.generate.cbor import Value
from vectors.generate.edwards import SMALL_ORDER
from vectors.generate.edwards import encode as point
from vectors.generate.messages import area_table, delta, place, sign1, snapshot
from vectors.generate.passes import base45, text
from vectors.generate.world import (
    AREA,
    DAY,
    EXPIRES,
    FROM,
    GRACE,
    KID,
    NO_FILTER,
    NOW,
    OFFICE,
    OPEN,
    OPEN_POLICY,
    OPEN_RULE,
    PLACE,
    PLACE_ID,
    REGISTRAR,
    REVOKER,
    ROOT,
    SHIPPED,
    STRANGER,
    area,
    entry,
    had,
    live,
    place_of,
    trust_list,
)

ID = bytes.fromhex(PLACE_ID.decode())
LIVE = text(live().data())
POSTER = "HPL1:" + base45(PLACE)


def at_place(what: str, certificate: bytes | str, good: bool, refusal: str | None = None, setup: str = "open") -> Case:
    rule = OPEN_RULE if setup == "open" else Rule()
    showing = live() if setup == "open" else live().but(aud=PLACE_ID)
    answer = accepted([1], rule, expires=EXPIRES) if good else refused(24)
    steps = [place_step(certificate, refusal), show(text(showing.data()), NOW, answer)]
    return Case(f"places-{setup}-{what}", what.replace("-", " "), steps, setup, needs=("policy",))


@cases("places")
def certificates() -> Iterator[Case]:
    good = place_of()
    for setup in ("open", "plain"):
        yield at_place("good", good, True, setup=setup)
        for place_class in (0, 24, 25, 255):
            yield at_place(f"class-{place_class}", place_of(place_class), False, setup=setup)
        for name, key in (("stranger", STRANGER), ("root", ROOT), ("office", OFFICE)):
            yield at_place(f"by-{name}", place(key, ID, 1, AREA, FROM, FROM + DAY), False, setup=setup)
        for at in (-1, -64):
            changed = bytearray(good)
            changed[at] ^= 1
            yield at_place(f"signature{at}", bytes(changed), False, setup=setup)
        rows = {
            "30-days": (FROM, FROM + 30 * DAY, True),
            "30-days-and-a-second": (FROM, FROM + 30 * DAY + 1, False),
            "as-issued": (FROM, FROM, False),
            "before-issued": (FROM, FROM - 1, False),
            "issued-65535": (65_535, 65_635, False),
            "over": (FROM, NOW, False),
            "a-second-left": (FROM, NOW + 1, True),
            "ahead-60": (NOW + 60, NOW + DAY, True),
            "ahead-61": (NOW + 61, NOW + DAY, False),
        }
        for what, (issued, expires, fine) in rows.items():
            yield at_place(what, place(REGISTRAR, ID, 1, AREA, issued, expires), fine, setup=setup)
        for size in (0, 1, 178):
            yield at_place(f"cut-{size}", good[:size], False, setup=setup)
        yield at_place("a-byte-after", good + b"\0", False, setup=setup)
        yield at_place("513-bytes", good + bytes(513 - len(good)), False, setup=setup)
        yield at_place("other-type", sign1("station", REGISTRAR, good[80:113]), False, setup=setup)
    yield at_place("class-23-plain", place_of(23), True, setup="plain")
    yield at_place("area-most", place_of(area=2**32 - 1), True)
    yield at_place("area-least", place_of(area=0), True)
    holes = [(10, 42), (85, 93), (94, 95), (97, 101), (103, 107), (109, 113), (115, 179)]
    for at in range(179):
        if not any(first <= at < end for first, end in holes):
            changed = bytearray(good)
            changed[at] ^= 1 << at % 8
            yield at_place(f"constant-{at}", bytes(changed), False)


@cases("places")
def posters() -> Iterator[Case]:
    for what, end in {"no-line-end": "", "cr": "\r", "lf": "\n", "cr-lf": "\r\n"}.items():
        yield at_place(f"poster-{what}", POSTER + end, True)
    bad = {
        "two-lf": POSTER + "\n\n",
        "lf-cr": POSTER + "\n\r",
        "space-before": " " + POSTER,
        "lower-case": POSTER.lower(),
        "hp1": "HP1:" + POSTER[5:],
        "hpl2": "HPL2:" + POSTER[5:],
        "hpl": "HPL:" + POSTER[5:],
        "no-prefix": POSTER[5:],
        "a-pass": LIVE,
        "empty": "",
        "one-over": POSTER + "00" if len(POSTER[5:]) % 3 == 2 else POSTER + "0",
        "tab": POSTER + "\t",
        "too-long": "HPL1:" + "0" * (4296 - 4),
        "character": POSTER[:9] + "#" + POSTER[10:],
        "overflow": POSTER[:5] + ":::" + POSTER[8:],
    }
    for what, poster in bad.items():
        # The scanner cannot be set up with it, and has the place that it had.
        steps = [place_step(poster, "malformed"), show(LIVE, NOW, accepted([1], OPEN_RULE, expires=EXPIRES))]
        yield Case(f"places-poster-{what}", what.replace("-", " "), steps, "open", needs=("policy",))
    longest = "HPL1:" + "0" * 4290  # 4,291 would leave one character over
    steps = [place_step(longest), show(LIVE, NOW, refused(24))]
    yield Case(
        "places-poster-longest", "base45 of the longest text, and no certificate", steps, "open", needs=("policy",)
    )
    yield Case(
        "places-none",
        "a policy, and no place",
        [take("trust-list", OPEN, NOW), show(LIVE, NOW, refused(24))],
        "bare",
        needs=("policy",),
    )
    yield Case(
        "places-shown-as-a-pass",
        "a poster shown as a pass",
        [show(POSTER, NOW, refused(3, "text", rule=OPEN_RULE))],
        "open",
        needs=("policy",),
    )
    yield Case(
        "places-nothing-shown",
        "nothing shown at a place",
        [show(None, NOW, {"decision": "ASSIST"})],
        "open",
        needs=("policy",),
    )
    yield Case(
        "places-nothing-shown-uncertified",
        "nothing shown, and no place",
        [take("trust-list", OPEN, NOW), show(None, NOW, refused(24))],
        "bare",
        needs=("policy",),
    )


@cases("places")
def policies() -> Iterator[Case]:
    """The form of a policy."""
    rule = [0, 1, 1, 2, 3, 1]
    rows: dict[str, tuple[Value, str | None]] = {
        "null": (None, "malformed"),
        "empty": ([], None),
        "a-map": ({}, "malformed"),
        "five-items": ([rule[:5]], "malformed"),
        "seven-items": ([[*rule, 0]], "malformed"),
    }
    least, most = (0, 1, 0, 0, 0, 0), (2, 23, 7, 7, 3, 1)
    names = ("risk", "class", "admitted", "helped", "documents", "audience")
    for n, name in enumerate(names):
        for value, fine in (
            (least[n] - 1, False),
            (least[n], True),
            (most[n], True),
            (most[n] + 1, False),
            (None, False),
            ("1", False),
        ):
            changed: list[Any] = [0, 1, 0, 0, 3, 1]
            changed[n] = value
            rows[f"{name}-{value}"] = ([changed], None if fine else "malformed")
    for admitted in range(8):
        for helped in range(8):
            rows[f"colors-{admitted}-{helped}"] = (
                [[0, 1, admitted, helped, 3, 1]],
                "malformed" if admitted & helped else None,
            )
    two = [[0, 1, 1, 0, 3, 1], [1, 1, 1, 0, 3, 1]]
    rows |= {
        "two": (two, None),
        "out-of-order": (two[::-1], "malformed"),
        "twice": ([two[0]] * 2, "malformed"),
        "twice-differing": ([two[0], [0, 1, 3, 0, 3, 1]], "malformed"),
        "classes-out-of-order": ([[0, 2, 1, 0, 3, 1], [0, 1, 1, 0, 3, 1]], "malformed"),
    }
    full = [[risk, place_class, 1, 0, 3, 1] for risk in range(3) for place_class in range(1, 24)]
    rows |= {"69-rules": (full, None), "shipped": (SHIPPED, None)}
    for what, (value, refusal) in rows.items():
        yield Case(
            f"places-policy-{what}",
            "a policy: " + what.replace("-", " "),
            [take("trust-list", trust_list(label_10=value), NOW, refusal)],
            "bare",
            needs=("policy",),
        )


def allowed(policy: Value, table: bytes | None, place_class: int, now: int = NOW, **changes: Value) -> list[Json]:
    steps = [take("trust-list", trust_list(label_10=policy, **changes), NOW)]
    if table is not None:
        steps.append(take("area-table", table, NOW))
    return [*steps, place_step(place_of(place_class))]


@cases("places")
def not_permitted() -> Iterator[Case]:
    """21 takes signed data in force that say so, all of them; everything else is 24."""
    only_high = [[2, 1, 1, 0, 0, 0]]
    low, high = area(), area(high=[AREA])
    rows: dict[str, tuple[list[Json], int, Json]] = {
        "low": (allowed(only_high, low, 1), NOW, refused(21)),
        "high": (allowed(only_high, high, 1), NOW, accepted([1], Rule(1, 0), expires=EXPIRES)),
        "no-table": (allowed(only_high, None, 1), NOW, refused(24)),
        "class-not-named": (allowed(only_high, low, 2), NOW, refused(24)),
        "empty-policy": (allowed([], low, 1), NOW, refused(24)),
        "list-in-grace": (
            allowed(only_high, area(expires=FROM + 9 * DAY), 1, label_4=NOW + 100),
            NOW + 100,
            refused(24),
        ),
        "list-before-its-expiry": (
            allowed(only_high, area(expires=FROM + 9 * DAY), 1, label_4=NOW + 100),
            NOW + 99,
            refused(21),
        ),
        "table-over": (allowed(only_high, area(expires=NOW + 100), 1), NOW + 100, refused(24)),
        "table-in-force": (allowed(only_high, area(expires=NOW + 100), 1), NOW + 99, refused(21)),
        "clock-behind-the-table": (allowed(only_high, area(issued=NOW), 1), NOW - 61, refused(24)),
        "clock-just-behind-the-table": (allowed(only_high, area(issued=NOW), 1), NOW - 60, refused(21)),
        "clock-behind-the-list": (allowed(only_high, low, 1, label_3=NOW), NOW - 61, refused(24)),
        "clock-just-behind-the-list": (allowed(only_high, low, 1, label_3=NOW), NOW - 60, refused(21)),
        "list-gone": (
            allowed(only_high, area(expires=FROM + 20 * DAY), 1, label_4=NOW + 100, label_11=[GRACE]),
            NOW + 100 + GRACE,
            refused(24),
        ),
    }
    for what, (steps, now, expect) in rows.items():
        for name, shown in (("pass", text(live(iat=now - now % 15).data())), ("nothing", None), ("other", "hello")):
            answer = expect
            if name != "pass" and "colors" in expect:
                answer = {"decision": "ASSIST"} if name == "nothing" else refused(1)
            yield Case(
                f"places-permitted-{what}-{name}",
                what.replace("-", " "),
                [*steps, show(shown, now, answer)],
                "bare",
                needs=("policy",),
            )


@cases("places")
def behind_revocation() -> Iterator[Case]:
    """A clock behind the newest revocation data: then nobody says that nobody is checked."""
    listed = trust_list(label_7=[[REVOKER.public, [KID]]], label_10=[[2, 1, 1, 0, 0, 0]])
    first = snapshot(REVOKER, 1, NOW - 500, NOW + DAY, [entry(KID, NO_FILTER)])
    added = delta(REVOKER, 2, NOW, NOW + DAY, 1, [])
    for what, updates, newest in (
        ("snapshot", [take_revocation(first, NOW, had(NO_FILTER))], NOW - 500),
        ("delta", [take_revocation(first, NOW, had(NO_FILTER)), take_revocation(added, NOW)], NOW),
    ):
        for d, code in ((-61, 24), (-60, 21), (0, 21)):
            steps = [
                take("trust-list", listed, NOW),
                take("area-table", area(), NOW),
                *updates,
                place_step(place_of()),
                show(None, newest + d, refused(code)),
            ]
            yield Case(
                f"places-permitted-clock-behind-the-{what}{d}",
                "a clock behind the revocation data",
                steps,
                "bare",
                needs=("policy", "revocation"),
            )


@cases("places")
def unknown_risk() -> Iterator[Case]:
    """Without a table, only a rule that says the same at every risk counts."""
    same = [1, 2, 0, 0]
    rows: dict[str, tuple[Value, bool]] = {
        "same-at-all": ([[risk, 1, *same] for risk in range(3)], True),
        "missing-low": ([[risk, 1, *same] for risk in (1, 2)], False),
        "missing-medium": ([[risk, 1, *same] for risk in (0, 2)], False),
        "missing-high": ([[risk, 1, *same] for risk in (0, 1)], False),
        "others": ([[0, 1, *same], [1, 1, *same], [1, 2, *same], [2, 1, *same]], True),
    }
    for n, name in enumerate(("admitted", "helped", "documents", "audience")):
        for risk in range(3):
            policy = [[each, 1, *same] for each in range(3)]
            policy[risk][2 + n] = {0: 0, 1: 0, 2: 3, 3: 1}[n]
            rows[f"{name}-differs-at-{risk}"] = (policy, False)
    for what, (policy, good) in rows.items():
        expect = accepted([1], Rule(1, 2), expires=EXPIRES) if good else refused(24)
        yield Case(
            f"places-unknown-risk-{what}",
            what.replace("-", " "),
            [*allowed(policy, None, 1), show(LIVE, NOW, expect)],
            "bare",
            needs=("policy",),
        )


@cases("places")
def before_all() -> Iterator[Case]:
    """Step 1 comes before step 2: a list that has expired still decides it."""
    over = trust_list(label_4=NOW + 10, label_11=[0], label_10=OPEN_POLICY)
    steps = [
        take("trust-list", over, NOW),
        place_step(place_of()),
        show(text(live(iat=NOW + 15).data()), NOW + 20, refused(4)),
    ]
    yield Case("places-before-expired", "a place that holds, and a list that is over", steps, "bare", needs=("policy",))
    steps = [
        take("trust-list", over, NOW),
        place_step(place_of(2)),
        show(text(live(iat=NOW + 15).data()), NOW + 20, refused(24)),
    ]
    yield Case(
        "places-before-expired-class",
        "a class that is not named, and a list that is over",
        steps,
        "bare",
        needs=("policy",),
    )
    yield Case(
        "places-before-no-list",
        "a place, and no list",
        [place_step(place_of()), show(LIVE, NOW, refused(4))],
        "bare",
        needs=("policy",),
    )
    weak = point(SMALL_ORDER[0])
    forged = place_of().replace(REGISTRAR.public, weak)
    yield at_place("by-a-weak-key", forged, False)
    gone = trust_list(label_2=2, label_8=[STRANGER.public], label_10=OPEN_POLICY)
    first = accepted([1], OPEN_RULE, expires=EXPIRES)
    steps = [
        show(LIVE, NOW, first),
        take("trust-list", gone, NOW),
        show(text(live(slot=6).data()), NOW + 15, refused(24)),
    ]
    yield Case("places-registrar-gone", "a list that names the registrar no more", steps, "open", needs=("policy",))
    medium = area_table(OFFICE, 1, FROM, FROM + DAY, [AREA])
    steps = [
        take("area-table", medium, NOW),
        place_step(place_of()),
        show(text(live().but(aud=PLACE_ID).data()), NOW, accepted([1], Rule(3, 0), expires=EXPIRES)),
    ]
    yield Case(
        "places-shipped-medium", "an ordinary place in an area of medium risk", steps, "policy", needs=("policy",)
    )
