"""Snapshots and deltas: fields, signers, kids, versions, times, and that nothing is un-revoked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate.case import Case, Json, Pieces, accepted, cases, refused, show, take, take_revocation
from vectors.generate.cbor import Value, encode
from vectors.generate.filters import build
from vectors.generate.keys import Key, digest
from vectors.generate.messages import ABSENT, delta, labelled, packed, sign1, snapshot
from vectors.generate.passes import text
from vectors.generate.world import (
    CAPACITY,
    DAY,
    DELTA,
    EXPIRES,
    FILTER,
    FROM,
    KID,
    KID_TOMORROW,
    NO_FILTER,
    NOW,
    OFFICE,
    REVOKED,
    REVOKER,
    REVOKER_2,
    REVOKERS,
    ROOT,
    SNAPSHOT,
    SNAPSHOT_FILTERS,
    STRANGER,
    TOMORROW,
    TWO_WINDOWS,
    entry,
    had,
    live,
    trust_list,
    window,
)

NEEDS = ("revocation",)
BOTH = had(FILTER, NO_FILTER)
OK = accepted([1], expires=EXPIRES)


def snap(
    version: int = 1,
    issued: int = FROM,
    expires: int = FROM + 2 * DAY,
    filters: Value = SNAPSHOT_FILTERS,
    **more: Value,
) -> bytes:
    return snapshot(REVOKER, version, issued, expires, filters, **more)


def added(
    version: int = 2, issued: int = NOW - 900, expires: int = NOW + DAY, base: int = 1, slots: Value = (), **more: Value
) -> bytes:
    return delta(REVOKER, version, issued, expires, base, slots, **more)


def some(*slots: int, kid: bytes = KID) -> list[Value]:
    return [[kid, packed(slots)]]


def one(
    what: str,
    data: bytes | Pieces,
    refusal: str | None = None,
    *more: Json,
    filters: Sequence[tuple[bytes, bytes]] = BOTH,
    setup: str = "revoking-bare",
    now: int = NOW,
) -> Case:
    return Case(
        f"revocation-{what}",
        what.replace("-", " "),
        [take_revocation(data, now, filters, refusal), *more],
        setup,
        needs=NEEDS,
    )


def slot_is(slot: int, revoked: bool, now: int = NOW) -> Json:
    return show(
        text(live(slot=slot, holder=Key(f"holder {slot} {now}"), iat=now).data()), now, refused(20) if revoked else OK
    )


@cases("revocations")
def snapshot_fields() -> Iterator[Case]:
    yield one("snapshot-good", snap(), None, slot_is(7, True), slot_is(8, False))
    for label in range(1, 6):
        yield one(f"snapshot-label-{label}-missing", snap(**labelled(label, ABSENT)), "malformed")
        yield one(f"snapshot-label-{label}-null", snap(**labelled(label, None)), "malformed")
    for label in (0, 6, 7, 24):
        yield one(f"snapshot-unknown-{label}", snap(**labelled(label, 1)), "malformed")
    yield one("snapshot-negative-label", snap(label_minus_1=[1]))
    yield one("snapshot-format-2", snap(label_1=2), "malformed")
    for version, refusal in ((0, "malformed"), (2**31 - 1, None), (2**31, "version-step"), (2**32, "malformed")):
        yield one(f"snapshot-version-{version}", snap(version), refusal)
    for d, refusal in ((60, None), (61, "from-the-future")):
        yield one(f"snapshot-issued-{d}-ahead", snap(issued=NOW + d), refusal)
    for d, refusal in ((0, "expired"), (1, None)):
        yield one(f"snapshot-expires-{d}-after-now", snap(expires=NOW + d), refusal)
    yield one("snapshot-expires-as-issued", snap(issued=NOW, expires=NOW), "malformed")
    yield one("snapshot-issued-65535", snap(issued=65_535), "malformed")
    two = SNAPSHOT_FILTERS
    rows: dict[str, tuple[Value, str | None]] = {
        "none": ([], None),
        "one": (two[:1], None),
        "out-of-order": (two[::-1], "malformed"),
        "twice": ([two[0], two[0]], "malformed"),
        "two-items": ([two[0][:2]], "malformed"),
        "four-items": ([[*two[0], 0]], "malformed"),
        "short-kid": ([[b"\1\2\3", *two[0][1:]]], "malformed"),
        "long-kid": ([[b"\1\2\3\4\5", *two[0][1:]]], "malformed"),
        "short-digest": ([[KID, digest(b"")[:31], 12]], "malformed"),
        "long-digest": ([[KID, digest(b"") + b"\0", 12]], "malformed"),
        "negative-length": ([[KID, digest(b""), -1]], "malformed"),
        "length-past-64-MiB": ([[KID, digest(b""), 67_108_865]], "malformed"),
        "length-64-MiB": ([[KID, digest(b""), 67_108_864]], "capacity"),
        "a-map": ({}, "malformed"),
    }
    for what, (value, refusal) in rows.items():
        yield one(f"snapshot-filters-{what}", snap(filters=value), refusal)
    unknown = sorted([*two, entry(b"\0\0\0\1", build(4, ()))])
    yield one("snapshot-filters-unknown-kid", snap(filters=unknown), None, slot_is(7, True), filters=BOTH)
    largest = CAPACITY // 4 + 64
    yield one(
        "snapshot-filters-longest", snap(filters=[[KID, digest(b""), largest]]), "digest", filters=[(digest(b""), b"")]
    )
    yield one("snapshot-filters-longer", snap(filters=[[KID, digest(b""), largest + 1]]), "capacity")


@cases("revocations")
def fetched() -> Iterator[Case]:
    other = build(CAPACITY, [1])
    of_filter = digest(FILTER)
    yield one("missing-filter", snap(), "missing-filter", filters=had(NO_FILTER))
    yield one("missing-filter-all", snap(), "missing-filter", filters=[])
    rows: dict[str, bytes] = {
        "other": other,
        "cut": FILTER[:-1],
        "longer": FILTER + b"\0",
        "empty": b"",
        "bit": FILTER[:-1] + bytes((FILTER[-1] ^ 0x80,)),
        "first-bit": bytes((FILTER[0] ^ 1,)) + FILTER[1:],
    }
    for what, data in rows.items():
        yield one(f"piece-{what}", snap(), "digest", filters=[(of_filter, data), *had(NO_FILTER)])
    for length in (len(FILTER) - 1, len(FILTER) + 1, 0):
        yield one(f"piece-length-{length}", snap(filters=[[KID, of_filter, length], SNAPSHOT_FILTERS[1]]), "digest")
    for exponent in (1, 9, 11, 16):
        wrong = build(4**exponent, [0, 1] if exponent > 1 else [0])
        yield one(
            f"piece-capacity-{exponent}",
            snap(filters=[entry(KID, wrong), SNAPSHOT_FILTERS[1]]),
            "capacity",
            filters=had(wrong, NO_FILTER),
        )
    swapped = [entry(KID, NO_FILTER), entry(KID_TOMORROW, FILTER)]
    yield one("piece-swapped", snap(filters=swapped), None, slot_is(7, False))
    yield one(
        "piece-shared",
        snap(filters=[entry(KID, FILTER), entry(KID_TOMORROW, FILTER)]),
        None,
        slot_is(7, True),
        filters=had(FILTER),
    )


@cases("revocations")
def signers() -> Iterator[Case]:
    for name, key in (("stranger", STRANGER), ("root", ROOT), ("office", OFFICE), ("other", REVOKER_2)):
        yield one(f"snapshot-by-{name}", snapshot(key, 1, FROM, FROM + DAY, SNAPSHOT_FILTERS), "not-a-revoker")
        yield one(f"delta-by-{name}", delta(key, 2, NOW, NOW + DAY, 1, []), "not-a-revoker", setup="revoking")
    for what, good, setup in (("snapshot", snap(), "revoking-bare"), ("delta", added(), "revoking")):
        for at in (-1, -64):
            changed = bytearray(good)
            changed[at] ^= 1
            yield one(f"{what}-signature{at}", bytes(changed), "bad-signature", setup=setup)
        yield one(f"{what}-byte-after", good + b"\0", "malformed", setup=setup)
        yield one(f"{what}-cut", good[:-1], "malformed", setup=setup)
        yield one(f"{what}-no-tag", good[1:], "malformed", setup=setup)
    payload = encode({1: 1, 2: 1, 3: FROM, 4: FROM + DAY, 5: SNAPSHOT_FILTERS})
    for kind in ("revocation-snapshots", "revocation-notice", "area-table", "attestation"):
        yield one(f"type-{kind}", sign1(kind, REVOKER, payload), "malformed")
    yield one("snapshot-as-delta", sign1("revocation-delta", REVOKER, payload), "malformed", setup="revoking")
    good = snap()
    yield one("snapshot-too-large", Pieces([good[:100], {"repeat": "00", "times": 131_073 - 100}]), "malformed")
    good = added()
    yield one(
        "delta-too-large",
        Pieces([good[:150], {"repeat": "00", "times": 1_048_577 - 150}]),
        "malformed",
        setup="revoking",
    )
    yield Case(
        "revocation-no-list",
        "no trust list",
        [take_revocation(snap(), NOW, BOTH, "no-trust-list")],
        "bare",
        needs=NEEDS,
    )
    yield Case(
        "revocation-no-key",
        "a list that names no revocation key",
        [take_revocation(snap(), NOW, BOTH, "not-a-revoker")],
        "plain",
        needs=NEEDS,
    )


@cases("revocations")
def delta_fields() -> Iterator[Case]:
    def on(what: str, data: bytes | Pieces, refusal: str | None = None, *more: Json) -> Case:
        return one(f"delta-{what}", data, refusal, *more, setup="revoking", filters=())

    yield on("good", added(slots=some(8)), None, slot_is(8, True), slot_is(7, True), slot_is(9, False))
    yield on("empty", added(), None, slot_is(8, False), slot_is(7, True))
    for label in range(1, 7):
        yield on(f"label-{label}-missing", added(**labelled(label, ABSENT)), "malformed")
        yield on(f"label-{label}-null", added(**labelled(label, None)), "malformed")
    for label in (0, 7, 24):
        yield on(f"unknown-{label}", added(**labelled(label, 1)), "malformed")
    yield on("negative-label", added(label_minus_1=1))
    for base, refusal in ((0, "malformed"), (1, None), (2, "malformed"), (3, "malformed")):
        yield on(f"base-{base}", added(base=base), refusal)
    yield on("other-base", added(version=5, base=2), "other-snapshot")
    for version, refusal in (
        (1, "malformed"),
        (2, None),
        (100_001, None),
        (100_002, "version-step"),
        (2**32 - 1, "version-step"),
        (2**32, "malformed"),
    ):
        yield on(f"version-{version}", added(version), refusal)
    yield on("issued-earlier", added(issued=FROM - 1), "rollback")
    yield on("issued-alike", added(issued=FROM))
    for d, refusal in ((60, None), (61, "from-the-future")):
        yield on(f"issued-{d}-ahead", added(issued=NOW + d), refusal)
    for d, refusal in ((0, "expired"), (1, None)):
        yield on(f"expires-{d}-after-now", added(expires=NOW + d), refusal)
    two = [[KID, packed([1])], [KID_TOMORROW, packed([2])]]
    rows: dict[str, tuple[Value, str | None]] = {
        "two-kids": (two, None),
        "kids-out-of-order": (two[::-1], "malformed"),
        "kid-twice": ([two[0], two[0]], "malformed"),
        "no-slots": ([[KID, b""]], "malformed"),
        "three-bytes": ([[KID, bytes(3)]], "malformed"),
        "five-bytes": ([[KID, bytes(5)]], "malformed"),
        "out-of-order": (some(2, 1), "malformed"),
        "twice": (some(1, 1), "malformed"),
        "array": ([[KID, [1]]], "malformed"),
        "one-item": ([[KID]], "malformed"),
        "three-items": ([[KID, packed([1]), 0]], "malformed"),
        "short-kid": ([[b"\1\2\3", packed([1])]], "malformed"),
        "least-and-last": (some(0, CAPACITY - 1), None),
        "past": (some(CAPACITY), "slot"),
        "most": (some(2**32 - 1), "slot"),
        "good-and-past": (some(0, CAPACITY), "slot"),
        "unknown-kid": (some(1, kid=b"\0\0\0\1"), "other-kid"),
    }
    for what, (value, refusal) in rows.items():
        yield on(f"slots-{what}", added(slots=value), refusal)
    whole = added(slots=some(*range(100_000)))
    first = whole.index(packed(range(3)))
    yield on(
        "100000-slots",
        Pieces([whole[:first], {"each": "#4", "first": 0, "count": 100_000}, whole[first + 400_000 :]]),
        None,
        slot_is(99_999, True),
        slot_is(100_000, False),
    )
    yield one("delta-without-snapshot", added(slots=some(8)), "other-snapshot")


@cases("revocations")
def kids() -> Iterator[Case]:
    """Kids of other keys, of nobody, and of none that is listed."""
    keys = sorted([[REVOKER.public, [KID]], [REVOKER_2.public, [KID_TOMORROW]]])
    two = take("trust-list", trust_list(TWO_WINDOWS, label_7=keys), NOW)
    mine = snapshot(REVOKER, 1, FROM, FROM + DAY, [entry(KID, FILTER)])
    both = snapshot(REVOKER, 1, FROM, FROM + DAY, SNAPSHOT_FILTERS)
    theirs = snapshot(REVOKER_2, 1, FROM, FROM + DAY, [entry(KID_TOMORROW, NO_FILTER)])
    tomorrow = EXPIRES + 15
    shown = text(live(iat=tomorrow).with_claim(issuer=TOMORROW, kid=KID_TOMORROW, exp=EXPIRES + DAY).data())
    longer = [
        trust_list(TWO_WINDOWS, label_7=keys),
        snapshot(REVOKER_2, 1, FROM, FROM + 3 * DAY, [entry(KID_TOMORROW, NO_FILTER)]),
    ]
    rows: dict[str, list[Json]] = {
        "other-kid": [two, take_revocation(both, NOW, BOTH, "other-kid")],
        "each-its-own": [
            two,
            take_revocation(mine, NOW, BOTH),
            take_revocation(theirs, NOW, BOTH),
            slot_is(7, True),
            slot_is(8, False),
        ],
        "one-of-two-for-its-own": [two, take_revocation(mine, NOW, BOTH), slot_is(8, False)],
        "one-of-two-for-the-other": [
            two,
            take_revocation(theirs, NOW, BOTH),
            show(text(live().data()), NOW, refused(5)),
        ],
        "one-of-two-tomorrow": [
            take("trust-list", longer[0], NOW),
            take_revocation(longer[1], NOW, BOTH),
            show(shown, tomorrow, accepted([1], expires=EXPIRES + DAY)),
        ],
        "other-kid-in-delta": [
            two,
            take_revocation(mine, NOW, BOTH),
            take_revocation(added(slots=some(1, kid=KID_TOMORROW)), NOW, (), "other-kid"),
        ],
    }
    for what, steps in rows.items():
        yield Case(f"revocation-kids-{what}", what.replace("-", " "), steps, "bare", needs=NEEDS)
    moved = trust_list(TWO_WINDOWS, label_2=2, label_7=[[REVOKER_2.public, sorted([KID, KID_TOMORROW])]])
    steps = [
        slot_is(7, True),
        take("trust-list", moved, NOW),
        show(text(live().data()), NOW, refused(5, "trust-data")),
        take_revocation(snapshot(REVOKER_2, 1, FROM, FROM + DAY, [entry(KID, NO_FILTER)]), NOW, BOTH),
        slot_is(7, False),
    ]
    steps[-1] = show(text(live(slot=7, holder=Key("x")).data()), NOW + 5, OK)
    yield Case(
        "revocation-kids-moved",
        "a kid that moves is not bound by what the first key has said",
        steps,
        "revoking",
        needs=NEEDS,
    )
    dropped = snap(2, NOW, NOW + DAY, [entry(KID, FILTER)])
    yield one("dropped-kid", dropped, "dropped-kid", slot_is(8, False), setup="revoking")
    late = EXPIRES + 3600
    for d, refusal in ((-1, "dropped-kid"), (0, None)):
        yield one(
            f"dropped-kid-over-{d}",
            snap(2, late - 5, late + DAY, [entry(KID_TOMORROW, NO_FILTER)]),
            refusal,
            setup="revoking",
            now=late + d,
        )
    more = sorted([*TWO_WINDOWS, window(b"\x01\x01\x01\x01", STRANGER.public, EXPIRES, EXPIRES + DAY, 4)])
    listed = take("trust-list", trust_list(more, label_7=[[REVOKER.public, sorted(each[0] for each in more)]]), NOW)
    steps = [listed, take_revocation(SNAPSHOT, NOW, BOTH), slot_is(8, False)]
    yield Case(
        "revocation-kids-not-yet",
        "a snapshot without a kid that is new: the others are served",
        steps,
        "bare",
        needs=NEEDS,
    )


@cases("revocations")
def versions() -> Iterator[Case]:
    for version, refusal in ((1, "rollback"), (2, None), (100_001, None), (100_002, "version-step")):
        yield one(f"next-{version}", snap(version, NOW), refusal, setup="revoking")
    yield one("next-the-same", bytes(SNAPSHOT), None, slot_is(7, True), setup="revoking")
    yield one("next-issued-earlier", snap(2, FROM - 1), "rollback", setup="revoking")
    yield one("next-issued-alike", snap(2, FROM), None, setup="revoking")
    first = take_revocation(added(slots=some(8)), NOW)
    rows: dict[str, list[Json]] = {
        "snapshot-of-its-version": [take_revocation(snap(2, NOW), NOW, BOTH, "rollback")],
        "snapshot-between": [take_revocation(snap(3, NOW), NOW, had(FILTER, NO_FILTER), "un-revokes")],
        "snapshot-with-it": [
            take_revocation(
                snap(3, NOW, filters=[entry(KID, build(CAPACITY, [*REVOKED, 8])), SNAPSHOT_FILTERS[1]]),
                NOW,
                had(build(CAPACITY, [*REVOKED, 8]), NO_FILTER),
            ),
            slot_is(8, True),
            slot_is(7, True),
        ],
        "same-again": [first, slot_is(8, True)],
        "the-snapshot-again": [take_revocation(SNAPSHOT, NOW, BOTH), slot_is(8, True)],
        "more": [take_revocation(added(3, slots=some(8, 9)), NOW), slot_is(8, True), slot_is(9, True)],
        "less": [take_revocation(added(3, slots=some(9)), NOW, (), "un-revokes"), slot_is(8, True), slot_is(9, False)],
        "none": [take_revocation(added(3), NOW, (), "un-revokes"), slot_is(8, True)],
        "other-kid-alone": [take_revocation(added(3, slots=some(8, kid=KID_TOMORROW)), NOW, (), "un-revokes")],
        "same-version": [take_revocation(added(2, slots=some(8, 9)), NOW, (), "rollback")],
        "issued-earlier": [take_revocation(added(3, NOW - 901, slots=some(8)), NOW, (), "rollback")],
        "snapshot-then-old-delta": [
            take_revocation(
                snap(3, NOW, filters=[entry(KID, build(CAPACITY, [*REVOKED, 8])), SNAPSHOT_FILTERS[1]]),
                NOW,
                had(build(CAPACITY, [*REVOKED, 8]), NO_FILTER),
            ),
            take_revocation(added(4, NOW, base=1, slots=some(8)), NOW, (), "other-snapshot"),
        ],
        "snapshot-then-its-delta": [
            take_revocation(
                snap(3, NOW, filters=[entry(KID, build(CAPACITY, [*REVOKED, 8])), SNAPSHOT_FILTERS[1]]),
                NOW,
                had(build(CAPACITY, [*REVOKED, 8]), NO_FILTER),
            ),
            take_revocation(added(4, NOW, base=3, slots=some(9)), NOW),
            slot_is(9, True),
            slot_is(8, True),
        ],
    }
    for what, steps in rows.items():
        yield Case(f"revocation-after-delta-{what}", what.replace("-", " "), [first, *steps], "revoking", needs=NEEDS)
    for what, slots in {"one-less": REVOKED[1:], "last-less": REVOKED[:-1], "none": (), "others": (8, 101, 5)}.items():
        filter_ = build(CAPACITY, slots)
        yield one(
            f"un-revokes-{what}",
            snap(2, NOW, filters=[entry(KID, filter_), SNAPSHOT_FILTERS[1]]),
            "un-revokes",
            slot_is(7, True),
            setup="revoking",
            filters=had(filter_, NO_FILTER),
        )
    for d, refusal in ((-61, "clock-behind"), (-60, None)):
        steps = [take_revocation(snap(2, NOW), NOW, BOTH), take_revocation(snap(3, NOW), NOW + d, BOTH, refusal)]
        yield Case(f"revocation-clock{d}", "a clock behind what this key has signed", steps, "revoking", needs=NEEDS)


@cases("revocations")
def stolen() -> Iterator[Case]:
    """A stolen revocation key that has jumped ahead binds nobody once the roots replace it."""
    far = snap(100_001, NOW + 60)
    replaced = trust_list(TWO_WINDOWS, label_2=2, label_7=[[REVOKER_2.public, sorted([KID, KID_TOMORROW])]])
    new = snapshot(REVOKER_2, 1, FROM, FROM + DAY, SNAPSHOT_FILTERS)
    back = trust_list(TWO_WINDOWS, label_2=3, label_7=REVOKERS)
    steps = [
        take_revocation(far, NOW, BOTH),
        take("trust-list", replaced, NOW),
        take_revocation(new, NOW, BOTH),
        slot_is(8, False),
        take("trust-list", back, NOW),
        show(text(live().data()), NOW, refused(5, "trust-data")),
        take_revocation(SNAPSHOT, NOW, BOTH),
        slot_is(7, True),
    ]
    yield Case("revocation-stolen-key", "its floor goes with the key", steps, "revoking", needs=NEEDS)
    steps = [
        take_revocation(DELTA, NOW),
        slot_is(8, True),
        take("trust-list", trust_list(TWO_WINDOWS, label_2=2), NOW),
        show(text(live(slot=8, holder=Key("y")).data()), NOW + 5, OK),
    ]
    yield Case(
        "revocation-no-key-any-more",
        "a list that names no revocation key at all asks for nothing",
        steps,
        "revoking",
        needs=NEEDS,
    )
