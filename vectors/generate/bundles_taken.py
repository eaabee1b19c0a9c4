"""Bundles: each part is taken or refused on its own terms, in order, and within its grace time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vectors.generate.bundles import NEEDS, OK, REVOCATIONS, lives, pair, revoked, shown
from vectors.generate.case import (
    Case,
    Json,
    accepted,
    cases,
    place_step,
    refused,
    show,
    take,
    take_bundle,
    take_revocation,
)
from vectors.generate.filters import build
from vectors.generate.keys import digest
from vectors.generate.messages import area_table, bundle, delta, packed, place, snapshot
from vectors.generate.passes import text
from vectors.generate.rotations import named, roots, rotated
from vectors.generate.world import (
    AREA,
    CAPACITY,
    DAY,
    DELTA,
    EXPIRES,
    FILTER,
    FILTERS_OF_SNAPSHOT,
    FROM,
    GRACE,
    KID,
    KID_TOMORROW,
    LIST_EXPIRES,
    NEW_ROOT,
    NO_FILTER,
    NOW,
    OFFICE,
    OPEN_POLICY,
    OPEN_RULE,
    PLACE,
    PLACE_ID,
    REGISTRAR,
    REVOKER,
    REVOKERS,
    REVOKING,
    ROOT,
    ROOT_2,
    SMALL,
    SNAPSHOT,
    SNAPSHOT_FILTERS,
    STRANGER,
    TWO_WINDOWS,
    area,
    entry,
    had,
    live,
    trust_list,
    window,
)

Parts = Sequence[str | None]


def parts_of(**changes: Any) -> bytes:
    """A bundle with a part of each kind; `changes` are its parts."""
    made: dict[str, Any] = {
        "area_table": area(),
        "places": [PLACE],
        "revocations": [pair(second=DELTA)],
        "filters": FILTERS_OF_SNAPSHOT,
        **changes,
    }
    return bundle(made.pop("trust_list", REVOKING), **made)


def stale() -> Json:
    return show(text(live().data()), NOW, refused(5, "trust-data"))


@cases("bundles")
def on_its_own_terms() -> Iterator[Case]:
    """One part is wrong; the others are taken."""
    elsewhere = place(STRANGER, bytes.fromhex(PLACE_ID.decode()), 1, AREA, FROM, FROM + 30 * DAY)
    unsigned = place(REGISTRAR, bytes.fromhex(PLACE_ID.decode()), 1, AREA, FROM, FROM + 30 * DAY, bytes(64))
    none = "no-trust-list"
    rows: dict[str, tuple[bytes, Parts, Json]] = {
        "list-by-nobody": (
            parts_of(trust_list=trust_list(TWO_WINDOWS, [STRANGER], label_7=REVOKERS)),
            ["threshold", none, none, none, none],
            show(text(live().data()), NOW, refused(4)),
        ),
        "list-is-none": (
            parts_of(trust_list=b"list"),
            ["malformed", none, none, none, none],
            show(text(live().data()), NOW, refused(4)),
        ),
        "table-by-nobody": (
            parts_of(area_table=area_table(STRANGER, 1, FROM, FROM + DAY)),
            [None, "not-a-risk-office", None, None, None],
            lives(),
        ),
        "table-is-none": (parts_of(area_table=SNAPSHOT), [None, "malformed", None, None, None], lives()),
        "table-is-over": (parts_of(area_table=area(expires=NOW)), [None, "expired", None, None, None], lives()),
        "table-to-come": (
            parts_of(area_table=area(issued=NOW + 61, expires=NOW + DAY)),
            [None, "from-the-future", None, None, None],
            lives(),
        ),
        "place-by-nobody": (parts_of(places=[elsewhere]), [None, None, "not-a-registrar", None, None], lives()),
        "place-not-signed": (parts_of(places=[unsigned]), [None, None, "bad-signature", None, None], lives()),
        "place-is-none": (parts_of(places=[PLACE + b"\0"]), [None, None, "malformed", None, None], lives()),
        "place-too-long": (parts_of(places=[PLACE + bytes(400)]), [None, None, "malformed", None, None], lives()),
        "one-place-of-three": (
            parts_of(places=[elsewhere, PLACE, unsigned]),
            [None, None, "not-a-registrar", None, "bad-signature", None, None],
            lives(),
        ),
        "snapshot-by-nobody": (
            parts_of(revocations=[pair(snapshot(STRANGER, 1, FROM, FROM + DAY, SNAPSHOT_FILTERS), DELTA)]),
            [None, None, None, "not-a-revoker", "other-snapshot"],
            stale(),
        ),
        "snapshot-is-none": (
            parts_of(revocations=[pair(b"snapshot")]),
            [None, None, None, "malformed"],
            stale(),
        ),
        "delta-by-nobody": (
            parts_of(revocations=[pair(second=delta(STRANGER, 2, NOW - 900, NOW + DAY, 1, [[KID, packed([9])]]))]),
            [None, None, None, None, "not-a-revoker"],
            lives(),
        ),
        "delta-upon-another": (
            parts_of(revocations=[pair(second=delta(REVOKER, 3, NOW - 900, NOW + DAY, 2, [[KID, packed([9])]]))]),
            [None, None, None, None, "other-snapshot"],
            lives(9),
        ),
        "delta-to-come": (
            parts_of(revocations=[pair(second=delta(REVOKER, 2, NOW + 61, NOW + DAY, 1, [[KID, packed([9])]]))]),
            [None, None, None, None, "from-the-future"],
            lives(9),
        ),
        "delta-in-place-of-the-snapshot": (
            parts_of(revocations=[pair(DELTA, SNAPSHOT)]),
            [None, None, None, "other-snapshot", None],
            lives(8),
        ),
        "no-filter": (parts_of(filters=()), [None, None, None, "missing-filter", "other-snapshot"], stale()),
        "one-filter-missing": (
            parts_of(filters=had(NO_FILTER)),
            [None, None, None, "missing-filter", "other-snapshot"],
            stale(),
        ),
        "other-filter": (
            parts_of(filters=sorted([(digest(FILTER), NO_FILTER), (digest(NO_FILTER), NO_FILTER)])),
            [None, None, None, "digest", "other-snapshot"],
            stale(),
        ),
    }
    for what, (data, parts, after) in rows.items():
        steps = [take_bundle(data, NOW, parts), after]
        yield Case(f"bundles-part-{what}", what.replace("-", " "), steps, "bare", needs=REVOCATIONS)


@cases("bundles")
def times_of_places() -> Iterator[Case]:
    begins, ends = FROM, FROM + 30 * DAY
    rows = {
        "before": (begins - 61, "place-from-the-future"),
        "early": (begins - 60, None),
        "last": (ends - 1, None),
        "over": (ends, "place-expired"),
    }
    for what, (now, refusal) in rows.items():
        list_ = trust_list(label_3=begins - 2 * DAY, label_4=ends + DAY)
        steps = [take_bundle(bundle(list_, places=[PLACE]), now, [None, refusal])]
        yield Case(f"bundles-place-{what}", "a certificate's own time", steps, "bare", needs=NEEDS)


@cases("bundles")
def in_order() -> Iterator[Case]:
    """What comes with the list is judged by it, and not by the one before."""
    registrar = place(STRANGER, bytes.fromhex(PLACE_ID.decode()), 1, AREA, FROM, FROM + 30 * DAY)
    newer = trust_list(TWO_WINDOWS, label_2=2, label_7=REVOKERS, label_8=[STRANGER.public], label_10=OPEN_POLICY)
    steps = [
        take("trust-list", SMALL, NOW),
        take_bundle(
            parts_of(trust_list=newer, places=[PLACE, registrar]), NOW, [None, None, "not-a-registrar", *[None] * 3]
        ),
        place_step(registrar),
        show(text(live(slot=9).data()), NOW, accepted([1], OPEN_RULE, expires=EXPIRES)),
        show(text(live(slot=8).data()), NOW, refused(20, rule=OPEN_RULE)),
    ]
    yield Case("bundles-order", "a new registrar", steps, "bare", needs=("bundle", "policy", "revocation"))
    other = STRANGER
    two = trust_list(TWO_WINDOWS, label_7=sorted([[REVOKER.public, [KID]], [other.public, [KID_TOMORROW]]]))
    first = snapshot(REVOKER, 1, FROM, FROM + DAY, [entry(KID, FILTER)])
    second = snapshot(other, 1, FROM, FROM + DAY, [entry(KID_TOMORROW, NO_FILTER)])
    for what, pairs in {"first": [pair(first), pair(second)], "second": [pair(second), pair(first)]}.items():
        steps = [take_bundle(parts_of(trust_list=two, revocations=pairs), NOW, [None] * 5), lives(), *revoked(7)]
        yield Case(f"bundles-two-keys-{what}", "two revocation keys", steps, "bare", needs=REVOCATIONS)


@cases("bundles")
def what_is_newer_stays() -> Iterator[Case]:
    old = parts_of(area_table=area(1))
    list_ = trust_list(TWO_WINDOWS, label_2=2, label_7=REVOKERS)
    newer_delta = delta(REVOKER, 3, NOW - 800, NOW + DAY, 1, [[KID, packed([8, 9])]])
    newer = parts_of(trust_list=list_, area_table=area(2), revocations=[pair(second=newer_delta)])
    gone = (7, 8, 9)
    steps = [
        take_bundle(newer, NOW, [None] * 5),
        *revoked(*gone, person=1),
        take_bundle(old, NOW, ["rollback", "rollback", None, None, "rollback"]),
        *revoked(*gone, person=2),
        lives(),
        take_bundle(newer, NOW, [None] * 5),
        *revoked(*gone, person=3),
    ]
    yield Case("bundles-older", "what is newer stays", steps, "bare", needs=REVOCATIONS)
    steps = [
        take_bundle(old, NOW, [None] * 5),
        shown(9, OK),
        take_bundle(newer, NOW, [None] * 5),
        *revoked(*gone, person=4),
        lives(),
    ]
    yield Case("bundles-newer", "one after the other", steps, "bare", needs=REVOCATIONS)
    more = build(CAPACITY, (7, 8, 9, 100, 1_048_575))
    rebuilt = snapshot(REVOKER, 4, NOW - 600, NOW + DAY, [entry(KID, more), entry(KID_TOMORROW, NO_FILTER)])
    less = snapshot(REVOKER, 4, NOW - 600, NOW + DAY, [entry(KID, NO_FILTER), entry(KID_TOMORROW, NO_FILTER)])
    for what, (data, filters, refusal) in {
        "rebuilt": (rebuilt, had(more, NO_FILTER), None),
        "rebuilt-and-known-filters": (rebuilt, had(more), None),
        "less": (less, had(NO_FILTER), "un-revokes"),
    }.items():
        then = parts_of(trust_list=list_, revocations=[pair(data)], filters=sorted(filters))
        steps = [
            take_bundle(newer, NOW, [None] * 5),
            take_bundle(then, NOW, [None, "rollback", None, refusal]),
            *revoked(*gone, person=5),
            lives(),
        ]
        yield Case(f"bundles-snapshot-{what}", "the next snapshot", steps, "bare", needs=REVOCATIONS)
    damaged = sorted([(digest(FILTER), FILTER[:-1] + b"\xff"), (digest(NO_FILTER), NO_FILTER)])
    again = parts_of(filters=damaged)
    steps = [take_bundle(old, NOW, [None] * 5), take_bundle(again, NOW, [None] * 5), lives(), *revoked(7)]
    yield Case("bundles-known-filter", "a filter that is here is not asked for", steps, "bare", needs=REVOCATIONS)
    steps = [
        take("trust-list", REVOKING, NOW),
        take_revocation(SNAPSHOT, NOW, had(FILTER, NO_FILTER)),
        take_bundle(parts_of(filters=()), NOW, [None] * 5),
        lives(),
        *revoked(7, 8),
    ]
    yield Case("bundles-after-updates", "what came by itself before", steps, "bare", needs=REVOCATIONS)
    steps = [
        take_bundle(old, NOW, [None] * 5),
        take("trust-list", list_, NOW),
        take_revocation(newer_delta, NOW),
        *revoked(*gone, person=6),
        take_bundle(old, NOW, ["rollback", None, None, None, "rollback"]),
        *revoked(*gone, person=7),
    ]
    yield Case("bundles-before-updates", "what comes by itself afterwards", steps, "bare", needs=REVOCATIONS)
    steps = [take_bundle(old, NOW, [None] * 5), take_bundle(old[:-1] + b"\xf6", NOW, None), lives(), *revoked(8)]
    yield Case("bundles-then-none", "what is no bundle changes nothing", steps, "bare", needs=REVOCATIONS)


@cases("bundles")
def grace() -> Iterator[Case]:
    """Lists and revocation data are taken within their grace time, from a bundle alone."""
    ends = FROM + 30 * DAY
    windows = [window(ends=ends)]
    list_ = trust_list(windows)
    ok = accepted([1], expires=ends)
    for what, late in {"fresh": -1, "late": 0, "day": DAY, "last": GRACE - 1, "over": GRACE}.items():
        now = LIST_EXPIRES + late
        taken = late < GRACE
        expect = {**ok, "stale": max(0, late + 1)} if taken else refused(4)
        steps = [take_bundle(bundle(list_), now, [None if taken else "expired"]), shown(5, expect, 0, now, exp=ends)]
        yield Case(f"bundles-grace-{what}", "a list that has expired", steps, "bare", needs=NEEDS)
        if 0 <= late < GRACE:
            alone = [take("trust-list", list_, now, "expired"), shown(5, refused(4), 1, now, exp=ends), *steps]
            yield Case(f"bundles-grace-{what}-alone", "by itself it is not taken", alone, "bare", needs=NEEDS)
    long = trust_list(windows, label_4=ends, label_7=[[REVOKER.public, [KID]]])
    due = FROM + 2 * DAY
    shot = snapshot(REVOKER, 1, FROM, due, [entry(KID, FILTER)])
    added = delta(REVOKER, 2, NOW, due, 1, [[KID, packed([8])]])
    for what, late in {"fresh": -1, "late": 0, "last": GRACE - 1, "over": GRACE}.items():
        now = due + late
        refusal = None if late < GRACE else "expired"
        expect = {**ok, "stale": max(0, late + 1)} if refusal is None else refused(5, "trust-data")
        for name, second in {"snapshot": None, "delta": added}.items():
            data = bundle(long, revocations=[pair(shot, second)], filters=had(FILTER))
            parts = [None, refusal] if second is None else [None, refusal, None if refusal is None else "expired"]
            steps = [take_bundle(data, now, parts), shown(5, expect, 0, now, exp=ends)]
            yield Case(f"bundles-grace-{name}-{what}", "revocation data too", steps, "bare", needs=REVOCATIONS)
    for what, late, refusal in (("last", -1, None), ("over", 0, "expired")):
        data = bundle(long, area_table=area_table(OFFICE, 1, FROM, due))
        steps = [take_bundle(data, due + late, [None, refusal])]
        yield Case(f"bundles-grace-table-{what}", "an area table has none", steps, "bare", needs=NEEDS)
    for what, now, refusal in (("behind", FROM - 61, "from-the-future"), ("early", FROM - 60, None)):
        steps = [take_bundle(bundle(trust_list()), now, [refusal])]
        yield Case(
            f"bundles-clock-{what}", "a list that was issued after this clock's time", steps, "bare", needs=NEEDS
        )


@cases("bundles")
def ways_of_the_roots() -> Iterator[Case]:
    needs = ("bundle", "rotation")
    scanner = {"roots": roots(1, ROOT)}
    first = rotated(2, named(1, ROOT_2), [ROOT, ROOT_2])
    second = rotated(3, named(1, NEW_ROOT), [ROOT_2, NEW_ROOT], label_3=FROM + 60)
    newest = rotated(4, named(1, NEW_ROOT), [NEW_ROOT], label_3=FROM + 120)
    whole = bundle(newest, rotations=[first, second])
    no_pass = show(text(live().data()), NOW, refused(4))
    unsigned = rotated(2, named(1, ROOT_2), [STRANGER])
    rows: dict[str, list[Json]] = {
        "followed": [take_bundle(whole, NOW, [None, None, None]), lives()],
        "followed-again": [
            take_bundle(whole, NOW, [None, None, None]),
            take_bundle(whole, NOW, ["rollback", "rollback", None]),
            lives(),
        ],
        "from-the-first": [
            take("trust-list", first, NOW),
            take_bundle(whole, NOW, ["rollback", None, None]),
            lives(),
        ],
        "list-in-force-again": [
            take("trust-list", first, NOW),
            take_bundle(bundle(first, rotations=[first]), NOW, ["rollback", None]),
            lives(),
        ],
        "none": [take_bundle(bundle(newest), NOW, ["threshold"]), no_pass],
        "one-missing": [take_bundle(bundle(newest, rotations=[second]), NOW, ["threshold", "threshold"]), no_pass],
        "wrong-order": [
            take_bundle(bundle(newest, rotations=[second, first]), NOW, ["threshold", None, "threshold"]),
            lives(),
        ],
        "not-signed": [take_bundle(bundle(SMALL, rotations=[unsigned]), NOW, ["threshold", None]), lives()],
        "not-signed-and-followed": [
            take("trust-list", first, NOW),
            take_bundle(bundle(first, rotations=[unsigned]), NOW, ["rollback", None]),
            lives(),
        ],
        "no-list": [take_bundle(bundle(SMALL, rotations=[b"list"]), NOW, ["malformed", None]), lives()],
        "no-list-later": [
            take("trust-list", SMALL, NOW),
            take_bundle(bundle(SMALL, rotations=[b"list"]), NOW, ["malformed", None]),
            lives(),
        ],
        "a-plain-list": [take_bundle(bundle(first, rotations=[SMALL]), NOW, [None, None]), lives()],
        "long-ago": [
            take_bundle(
                bundle(
                    rotated(3, named(1, ROOT_2), [ROOT_2]),
                    rotations=[
                        rotated(2, named(1, ROOT_2), [ROOT, ROOT_2], label_3=FROM - 90 * DAY, label_4=FROM - 80 * DAY)
                    ],
                ),
                NOW,
                [None, None],
            ),
            lives(),
        ],
    }
    for what, steps in rows.items():
        yield Case(f"bundles-roots-{what}", what.replace("-", " "), steps, "bare", scanner, needs=needs)
