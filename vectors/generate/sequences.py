"""Update, show, update, show: floors, what a refused update leaves, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.case import (
    Case,
    Json,
    Rule,
    accepted,
    cases,
    forget,
    place_step,
    refused,
    restart,
    show,
    take,
    take_revocation,
)
from vectors.generate.cbor import Value
from vectors.generate.filters import build
from vectors.generate.keys import Key
from vectors.generate.messages import area_table, delta, packed, snapshot
from vectors.generate.passes import text
from vectors.generate.world import (
    AREA,
    CAPACITY,
    CARDS,
    DAY,
    EXPIRES,
    FILTER,
    FROM,
    KID,
    KID_TOMORROW,
    NO_FILTER,
    NOW,
    OFFICE,
    OFFICE_2,
    PASSPORT,
    REVOKED,
    REVOKER,
    REVOKERS,
    SMALL,
    SNAPSHOT_FILTERS,
    STRANGER,
    TOMORROW,
    TWO_WINDOWS,
    entry,
    family,
    had,
    live,
    paper,
    place_of,
    trust_list,
    window,
)


def ok(expires: int = EXPIRES, stale: int = 0) -> Json:
    return accepted([1], expires=expires, stale=stale)


def fresh(n: int, now: int = NOW, **changes: Value) -> str:
    """A pass of somebody new."""
    return text(live(slot=n % 1000, holder=Key(f"person {n}"), iat=now - now % 15).with_claim(**changes).data())


TOMORROWS: dict[str, Any] = {"issuer": TOMORROW, "kid": KID_TOMORROW, "exp": EXPIRES + DAY}


@cases("sequences")
def daily_lists() -> Iterator[Case]:
    first = trust_list(label_2=1)
    second = trust_list(TWO_WINDOWS, label_2=2, label_3=FROM + 3600)
    third = trust_list([window(KID_TOMORROW, TOMORROW.public, EXPIRES, EXPIRES + DAY)], label_2=3, label_3=FROM + 7200)
    later = EXPIRES + 30
    steps = [
        take("trust-list", first, NOW),
        show(fresh(1), NOW, ok()),
        show(fresh(2, **TOMORROWS), NOW, refused(6)),
        take("trust-list", second, NOW),
        show(fresh(3), NOW, ok()),
        show(fresh(4, **TOMORROWS), NOW, refused(7)),
        take("trust-list", first, NOW, "rollback"),
        show(fresh(5), NOW, ok()),
        show(fresh(6, later), later, ok()),
        show(fresh(7, later, **TOMORROWS), later, ok(EXPIRES + DAY)),
        take("trust-list", third, later),
        show(fresh(8, later), later, refused(6)),
        show(fresh(9, later, **TOMORROWS), later, ok(EXPIRES + DAY)),
        take("trust-list", second, later, "rollback"),
        take("trust-list", third, later),
        show(fresh(10, later, **TOMORROWS), later, ok(EXPIRES + DAY)),
    ]
    yield Case("sequences-daily-lists", "windows come and go with lists", steps, "bare")
    changes: dict[str, tuple[list[Value], Json]] = {
        "capacity-falls": (window(capacity=4), refused(8)),
        "binding-goes": (window(bindings=2), refused(8)),
        "key-replaced": (window(key=STRANGER.public), refused(9)),
        "ends-later": (window(ends=EXPIRES + 3600), refused(8)),
        "begins-later": (window(begins=NOW + 61), refused(7)),
        "kid-gone": (window(KID_TOMORROW), refused(6)),
    }
    for what, (changed, expect) in changes.items():
        data = trust_list([changed], label_2=2)
        steps = [
            take("trust-list", SMALL, NOW),
            show(fresh(500), NOW, ok()),
            take("trust-list", data, NOW),
            show(fresh(501), NOW, expect),
        ]
        yield Case(f"sequences-window-{what}", what.replace("-", " "), steps, "bare")
        back = trust_list(label_2=3)
        yield Case(
            f"sequences-window-{what}-and-back",
            what.replace("-", " "),
            [*steps, take("trust-list", back, NOW), show(fresh(502), NOW, ok())],
            "bare",
        )


REFUSED_LISTS: dict[str, tuple[bytes, str]] = {
    "bad-signature": (trust_list(label_2=9)[:-1] + bytes((trust_list(label_2=9)[-1] ^ 1,)), "bad-signature"),
    "threshold": (trust_list(signers=(STRANGER,), label_2=9), "threshold"),
    "malformed": (trust_list(label_2=9, label_13=1), "malformed"),
    "weak-key": (trust_list([window(key=bytes(32))], label_2=9), "weak-key"),
    "new-roots": (trust_list(label_2=9, label_5=[1, [STRANGER.public]]), "new-roots"),
    "version-step": (trust_list(label_2=200_000), "version-step"),
    "from-the-future": (trust_list(label_2=9, label_3=NOW + 61), "from-the-future"),
    "expired": (trust_list(label_2=9, label_4=NOW), "expired"),
    "overlapping": (
        trust_list([window(), window(KID_TOMORROW, TOMORROW.public, FROM, EXPIRES + 1)], label_2=9),
        "overlapping-windows",
    ),
    "rollback": (trust_list(label_2=1), "rollback"),
}


@cases("sequences")
def refused_updates() -> Iterator[Case]:
    """What is refused changes nothing, and blocks nothing that comes later."""
    first = trust_list(label_2=5)
    for what, (data, refusal) in REFUSED_LISTS.items():
        steps = [
            take("trust-list", first, NOW),
            take("trust-list", data, NOW, refusal),
            show(fresh(1), NOW, ok()),
            take("trust-list", trust_list(label_2=6), NOW),
            show(fresh(2), NOW, ok()),
        ]
        yield Case(f"sequences-refused-{what}", "a refused list, and then an honest one", steps, "bare")
        if what not in ("rollback", "version-step"):
            steps = [
                take("trust-list", data, NOW, refusal),
                show(fresh(1), NOW, refused(4)),
                take("trust-list", SMALL, NOW),
                show(fresh(2), NOW, ok()),
            ]
            yield Case(f"sequences-refused-first-{what}", "a refused list, and then the first one", steps, "bare")
    steps = [
        take("trust-list", first, NOW),
        *(take("trust-list", data, NOW, refusal) for data, refusal in REFUSED_LISTS.values()),
        take("trust-list", trust_list(label_2=6), NOW),
        show(fresh(2), NOW, ok()),
    ]
    yield Case("sequences-refused-all", "refused lists one after the other, and then an honest one", steps, "bare")


@cases("sequences")
def clocks() -> Iterator[Case]:
    ahead = trust_list(label_2=2, label_3=NOW)
    steps = [
        take("trust-list", SMALL, NOW),
        show(fresh(1), NOW, ok()),
        take("trust-list", ahead, NOW),
        show(fresh(2, NOW - 3600), NOW - 3600, refused(4)),
        show(fresh(3, NOW - 45), NOW - 45, ok()),
        show(fresh(4, NOW + 15), NOW + 15, ok()),
    ]
    yield Case("sequences-clock-behind", "a clock that goes behind what was signed, and comes back", steps, "bare")
    far = take("area-table", area_table(OFFICE, 1, NOW + 60, NOW + DAY), NOW)
    stolen = trust_list(label_2=2, label_9=[OFFICE_2.public])
    steps = [
        take("trust-list", SMALL, NOW),
        far,
        show(fresh(1, NOW - 15), NOW - 1, refused(4)),
        take("trust-list", stolen, NOW),
        show(fresh(2, NOW - 15), NOW - 1, ok()),
    ]
    yield Case(
        "sequences-office-ahead", "a risk office's time is a floor, until the roots replace its key", steps, "bare"
    )
    steps = [
        take("trust-list", SMALL, NOW),
        take("area-table", area_table(OFFICE, 2**31 - 1, NOW, NOW + DAY), NOW),
        take("area-table", area_table(OFFICE, 2, NOW, NOW + DAY), NOW, "rollback"),
        take("trust-list", stolen, NOW),
        take("area-table", area_table(OFFICE, 2, NOW, NOW + DAY), NOW, "not-a-risk-office"),
        take("area-table", area_table(OFFICE_2, 1, NOW - 5, NOW + DAY), NOW),
        take("trust-list", trust_list(label_2=3, label_9=sorted([OFFICE.public, OFFICE_2.public])), NOW),
        take("area-table", area_table(OFFICE, 2, NOW, NOW + DAY), NOW),
        show(fresh(3), NOW, ok()),
    ]
    yield Case("sequences-office-fast-forward", "versions that a thief has pushed ahead go with the key", steps, "bare")


@cases("sequences")
def revocation_days() -> Iterator[Case]:
    """A day of snapshots and deltas."""

    def spoken(version: int, at: int, *slots: int) -> Json:
        value: Value = [[KID, packed(slots)]] if slots else []
        return take_revocation(delta(REVOKER, version, at, at + 3600, 1, value), at)

    def asked(n: int, slot: int, now: int, revoked: bool) -> Json:
        each = live(slot=slot, holder=Key(f"day {n}"), iat=now - now % 15)
        return show(text(each.data()), now, refused(20) if revoked else ok())

    second = build(CAPACITY, [*REVOKED, 8, 9])
    third = snapshot(REVOKER, 9, NOW + 4000, NOW + 2 * DAY, [entry(KID, second), SNAPSHOT_FILTERS[1]])
    late = NOW + 4000
    steps = [
        asked(1, 7, NOW, True),
        asked(2, 8, NOW, False),
        spoken(2, NOW, 8),
        asked(3, 8, NOW, True),
        asked(4, 9, NOW, False),
        spoken(3, NOW + 900, 8, 9),
        asked(5, 9, NOW + 900, True),
        asked(6, 10, NOW + 900, False),
        take_revocation(third, late, had(second, NO_FILTER)),
        asked(7, 8, late, True),
        asked(8, 9, late, True),
        asked(9, 7, late, True),
        asked(10, 10, late, False),
        take_revocation(delta(REVOKER, 10, late, late + 3600, 1, []), late, (), "other-snapshot"),
        take_revocation(delta(REVOKER, 10, late, late + 3600, 9, [[KID, packed([10])]]), late),
        asked(11, 10, late, True),
        asked(12, 7, late, True),
        asked(13, 11, late, False),
    ]
    yield Case("sequences-revocation-day", "snapshots and deltas of a day", steps, "revoking", needs=("revocation",))
    missing = snapshot(REVOKER, 2, NOW, NOW + DAY, [entry(KID, second), SNAPSHOT_FILTERS[1]])
    steps = [
        asked(1, 8, NOW, False),
        take_revocation(missing, NOW, (), "missing-filter"),
        asked(2, 8, NOW, False),
        asked(3, 7, NOW, True),
        take_revocation(missing, NOW, had(second)),
        asked(4, 8, NOW, True),
    ]
    yield Case(
        "sequences-revocation-piece-later",
        "a filter that is missing, and comes",
        steps,
        "revoking",
        needs=("revocation",),
    )
    bare = take("trust-list", trust_list(TWO_WINDOWS, label_2=2), NOW)
    again = take("trust-list", trust_list(TWO_WINDOWS, label_2=3, label_7=REVOKERS), NOW)
    steps = [
        asked(1, 7, NOW, True),
        bare,
        show(fresh(7, NOW), NOW, ok()),
        again,
        show(fresh(8, NOW), NOW, refused(5, "trust-data")),
        take_revocation(snapshot(REVOKER, 1, FROM, FROM + DAY, SNAPSHOT_FILTERS), NOW, had(FILTER, NO_FILTER)),
        asked(3, 7, NOW, True),
    ]
    yield Case(
        "sequences-revocation-key-comes-back",
        "a key that goes takes its data along",
        steps,
        "revoking",
        needs=("revocation",),
    )


@cases("sequences")
def remembering() -> Iterator[Case]:
    first = text(live().data())
    skewed = {"skew": 3600}
    on_paper = accepted([1], documents="compared", expires=EXPIRES)
    rows: dict[str, tuple[list[Json], Json]] = {
        "restart-without-a-time": ([show(first, NOW, ok()), restart(), show(first, NOW + 5, ok())], {}),
        "restart-since": (
            [
                show(first, NOW, ok()),
                restart(NOW + 5),
                show(first, NOW + 5, refused(23)),
                show(first, NOW + 6, {**refused(23), "repeated": True}),
                show(fresh(9, NOW + 75), NOW + 75, ok()),
            ],
            {},
        ),
        "restart-nonce": (
            [
                show(first, NOW, ok()),
                restart(NOW + 5),
                show(text(live(slot=6).but(nonce=bytes(16)).data()), NOW + 5, ok(), nonce=bytes(16)),
            ],
            {},
        ),
        "refused-is-not-remembered": ([show(first, NOW - 61, refused(14)), show(first, NOW, ok())], {}),
        "refused-then-later": (
            [
                show(text(live().but(nonce=bytes(16)).data()), NOW, refused(16)),
                show(first, NOW + 1, ok()),
                show(text(live().but(nonce=bytes(16)).data()), NOW + 5, refused(17), nonce=bytes(16)),
            ],
            {},
        ),
        "clock-back-an-hour": (
            [show(first, NOW, ok()), show(fresh(1, NOW - 3600), NOW - 3600, ok()), show(first, NOW, refused(17))],
            {},
        ),
        "clock-back-more": (
            [
                show(first, NOW, ok()),
                show(fresh(1, NOW - 3601), NOW - 3601, refused(23)),
                show(fresh(2, NOW - 3525), NOW - 3525, ok()),
                show(first, NOW, ok()),
            ],
            {},
        ),
        "clock-ahead-and-back": (
            [show(first, NOW, ok()), show(fresh(1, NOW + 600), NOW + 600, ok()), show(first, NOW + 5, refused(23))],
            {},
        ),
        "clock-ahead-and-back-another": (
            [
                show(first, NOW, ok()),
                show(fresh(1, NOW + 600), NOW + 600, ok()),
                show(fresh(2, NOW + 5), NOW + 5, refused(23)),
                show(fresh(3, NOW + 600), NOW + 600, ok()),
            ],
            {},
        ),
        "idle-an-hour": ([show(first, NOW, ok()), show(fresh(1, NOW + 3600), NOW + 3600, ok())], {"since": NOW - 3600}),
        "idle-more": (
            [
                show(fresh(1, NOW - 15), NOW - 15, ok()),
                show(fresh(2, NOW + 3600), NOW + 3600, refused(23)),
                show(fresh(3, NOW + 3675), NOW + 3675, ok()),
            ],
            {"since": NOW - 600},
        ),
        "idle-with-forget": (
            [
                show(fresh(1, NOW - 15), NOW - 15, ok()),
                forget(NOW + 1800),
                show(fresh(2, NOW + 3600), NOW + 3600, ok()),
            ],
            {"since": NOW - 600},
        ),
        "always-idle": ([show(fresh(1, NOW - 15), NOW - 15, ok()), show(fresh(2, NOW + 7200), NOW + 7200, ok())], {}),
        "large-skew": (
            [show(first, NOW - 3600, ok()), show(first, NOW + 3614, refused(17)), show(first, NOW + 3618, refused(13))],
            skewed,
        ),
        "paper-again": (
            [
                show(
                    text(paper().data()),
                    NOW + n,
                    accepted([1], documents="compared", expires=EXPIRES),
                    documents=[PASSPORT],
                )
                for n in (0, 5, 10)
            ],
            {},
        ),
        "family-and-one-of-it": (
            [
                show(
                    text(family(2).data()),
                    NOW,
                    accepted([1, 1], documents="compared", expires=EXPIRES),
                    documents=CARDS[:2],
                ),
                show(text(family(1).data()), NOW + 5, refused(17), documents=CARDS[:1]),
            ],
            {},
        ),
        "full-then-fresh": (
            [
                *(show(fresh(n), NOW, ok()) for n in range(3)),
                show(fresh(3), NOW, refused(23)),
                show(fresh(0), NOW + 4, refused(17)),
                show(fresh(4, NOW + 75), NOW + 75, ok()),
            ],
            {"replay_capacity": 3},
        ),
        "repeated-is-no-replay": (
            [
                show(first, NOW, ok()),
                show(first, NOW + 1, {**ok(), "repeated": True}),
                show(first, NOW + 2, {**ok(), "repeated": True}),
                show(first, NOW + 3, refused(17)),
                show(first, NOW + 4, {**refused(17), "repeated": True}),
            ],
            {},
        ),
        "other-nonce-is-another-question": (
            [show(first, NOW, ok()), show(first, NOW + 1, refused(16), nonce=bytes(16))],
            {},
        ),
        "two-texts-in-turn": (
            [
                show(first, NOW, ok()),
                show(fresh(1), NOW + 1, ok()),
                show(first, NOW + 2, {**ok(), "repeated": True}),
                show(fresh(1), NOW + 2, {**ok(), "repeated": True}),
            ],
            {},
        ),
        "clock-back-a-second": ([show(first, NOW, ok()), show(first, NOW - 1, refused(17))], {}),
        "line-end-is-no-other-text": (
            [
                show(first, NOW, ok()),
                show(first + "\n", NOW + 1, {**ok(), "repeated": True}),
                show(first.encode() + b"\r\n", NOW + 2, {**ok(), "repeated": True}),
            ],
            {},
        ),
        "paper-and-nonces": (
            [
                show(text(paper().data()), NOW, on_paper, documents=[PASSPORT]),
                show(
                    text(paper().data()), NOW + 1, {**on_paper, "repeated": True}, nonce=bytes(16), documents=[PASSPORT]
                ),
                show(text(paper().data()), NOW + 2, {**on_paper, "repeated": True}, nonce=bytes(15) + b"1"),
                show(text(paper().data()), NOW + 3, on_paper, nonce=bytes(16), documents=[PASSPORT]),
            ],
            {},
        ),
    }
    for what, (steps, scanner) in rows.items():
        yield Case(f"sequences-memory-{what}", what.replace("-", " "), steps, "plain", scanner)


@cases("sequences")
def places() -> Iterator[Case]:
    policy = [[0, 1, 1, 0, 0, 0], [1, 1, 1, 2, 0, 0]]
    listed = trust_list(label_10=policy)
    low, medium, high = (
        area_table(OFFICE, n, FROM + n, FROM + DAY, **lists)
        for n, lists in ((1, {}), (2, {"medium": [AREA]}), (3, {"high": [AREA]}))
    )

    def yellow(n: int) -> str:
        return text(live(slot=n, color=2, holder=Key(f"yellow {n}"), iat=NOW).data())

    steps = [
        take("trust-list", listed, NOW),
        place_step(place_of()),
        show(yellow(1), NOW, refused(24)),
        take("area-table", low, NOW),
        show(yellow(2), NOW, accepted([2], Rule(1, 0), expires=EXPIRES)),
        take("area-table", medium, NOW),
        show(yellow(3), NOW, accepted([2], Rule(1, 2), expires=EXPIRES)),
        take("area-table", low, NOW, "rollback"),
        take("area-table", high, NOW),
        show(yellow(4), NOW, refused(21)),
        place_step(place_of(area=1)),
        show(yellow(5), NOW, accepted([2], Rule(1, 0), expires=EXPIRES)),
        take("trust-list", trust_list(label_2=2), NOW),
        show(yellow(6), NOW, refused(15, excused=True)),
    ]
    yield Case("sequences-places", "tables and places that change", steps, "bare", needs=("policy",))
