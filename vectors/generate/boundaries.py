"""The boundary of every step: a second before, at it, and after, with the least, the usual and the largest skew."""

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
    show,
    take,
    take_revocation,
)
from vectors.generate.keys import Key
from vectors.generate.messages import delta, place, snapshot
from vectors.generate.passes import Claim, Showing, text
from vectors.generate.world import (
    CAPACITY,
    DAY,
    EXPIRES,
    FILTER,
    FROM,
    HOLDER,
    KID_TOMORROW,
    NO_FILTER,
    NOW,
    OPEN_RULE,
    PASSPORT,
    PLACE_ID,
    REGISTRAR,
    REVOKER,
    REVOKERS,
    SNAPSHOT_FILTERS,
    STRICT_RULE,
    TOMORROW,
    TWO_WINDOWS,
    area,
    family,
    had,
    live,
    paper,
    place_of,
    trust_list,
)

SKEWS = (0, 1, 60, 3599, 3600)


def rounded(now: int) -> int:
    return now - now % 15


def kinds(iat: int, **changes: Any) -> Iterator[tuple[str, Showing | Claim, str]]:
    """A pass of each binding."""
    yield "device", live(iat=iat).with_claim(**changes), "not-bound"
    yield "document", paper().but(**changes), "not-compared"
    yield "both", family(iat=iat).with_claim(**changes), "not-compared"


@cases("boundaries")
def windows() -> Iterator[Case]:
    for skew in SKEWS:
        for d in (-1, 0, 1):
            now = EXPIRES - skew + d
            changes = {"issuer": TOMORROW, "kid": KID_TOMORROW, "exp": EXPIRES + DAY}
            for name, each, compared in kinds(rounded(now), **changes):
                ok = accepted([1], OPEN_RULE, compared, expires=EXPIRES + DAY)
                step = show(text(each.data()), now, refused(7, rule=OPEN_RULE) if d < 0 else ok)
                yield Case(
                    f"boundaries-begin-{name}-{skew}-{d}", "the beginning of a window", [step], "open", {"skew": skew}
                )
            now = EXPIRES + skew + d
            for name, each, compared in kinds(rounded(now)):
                ok = accepted([1], OPEN_RULE, compared, expires=EXPIRES)
                step = show(text(each.data()), now, ok if d < 0 else refused(10, rule=OPEN_RULE))
                yield Case(f"boundaries-end-{name}-{skew}-{d}", "the end of a window", [step], "open", {"skew": skew})


@cases("boundaries")
def showings() -> Iterator[Case]:
    for skew in SKEWS:
        for binding, showing in (("device", live()), ("both", family())):
            compared = "not-bound" if binding == "device" else "not-compared"
            ok = accepted([1], OPEN_RULE, compared, expires=EXPIRES)
            for d in (-1, 0, 1):
                step = show(text(showing.data()), NOW - skew + d, refused(14, rule=OPEN_RULE) if d < 0 else ok)
                yield Case(f"boundaries-future-{binding}-{skew}-{d}", "dated ahead", [step], "open", {"skew": skew})
                step = show(text(showing.data()), NOW + 15 + skew + d, ok if d < 0 else refused(13, rule=OPEN_RULE))
                yield Case(f"boundaries-old-{binding}-{skew}-{d}", "too old", [step], "open", {"skew": skew})


@cases("boundaries")
def trust_list_in_time() -> Iterator[Case]:
    for grace in (0, 1, 1000):
        data = trust_list(label_4=NOW, label_11=[grace])
        for now in sorted({NOW - 1, NOW, NOW + 1, NOW + grace - 1, NOW + grace, NOW + grace + 1}):
            late = now - NOW
            stale = 0 if late < 0 else late + 1
            ok = accepted([1], expires=EXPIRES, stale=stale)
            steps = [
                take("trust-list", data, NOW - 1000),
                show(text(live(iat=rounded(now)).data()), now, ok if late < grace or late < 0 else refused(4)),
                show(None, now, {"decision": "ASSIST"} if late < grace or late < 0 else refused(4)),
            ]
            yield Case(f"boundaries-list-{grace}-{late}", "the expiry and the grace of a trust list", steps, "bare")
    for d in (-61, -60, -59):
        data = trust_list(label_3=NOW)
        ok = accepted([1], expires=EXPIRES)
        steps = [
            take("trust-list", data, NOW),
            show(text(live(iat=rounded(NOW + d)).data()), NOW + d, ok if d > -61 else refused(4)),
        ]
        yield Case(f"boundaries-list-issued{d}", "a clock behind the trust list", steps, "bare")
        steps = [
            take("area-table", area(issued=NOW), NOW),
            show(text(live(iat=rounded(NOW + d)).data()), NOW + d, ok if d > -61 else refused(4)),
        ]
        yield Case(f"boundaries-table-issued{d}", "a clock behind the area table", steps, "plain")


def streams() -> Iterator[tuple[str, list[Json]]]:
    """A snapshot, and a snapshot with a delta, that expire now."""
    filters = had(FILTER, NO_FILTER)
    data = snapshot(REVOKER, 1, NOW - 500, NOW, SNAPSHOT_FILTERS)
    yield "snapshot", [take_revocation(data, NOW - 500, filters)]
    early = snapshot(REVOKER, 1, NOW - 800, NOW - 400, SNAPSHOT_FILTERS)
    added = delta(REVOKER, 2, NOW - 500, NOW, 1, [])
    yield "delta", [take_revocation(early, NOW - 500, filters), take_revocation(added, NOW - 500)]
    late = snapshot(REVOKER, 1, NOW - 500, NOW + 500, SNAPSHOT_FILTERS)
    yield "delta-of-a-longer-snapshot", [take_revocation(late, NOW - 500, filters), take_revocation(added, NOW - 500)]


@cases("boundaries")
def revocation_in_time() -> Iterator[Case]:
    for grace in (0, 1000):
        data = trust_list(TWO_WINDOWS, label_7=REVOKERS, label_11=[grace])
        for name, updates in streams():
            for late in sorted({-1, 0, 1, grace - 1, grace, grace + 1}):
                now = NOW + late
                good = late < 0 or late < grace
                ok = accepted([1], expires=EXPIRES, stale=0 if late < 0 else late + 1)
                steps = [
                    take("trust-list", data, NOW - 1000),
                    *updates,
                    show(text(live(iat=rounded(now)).data()), now, ok if good else refused(5, "trust-data")),
                    show(None, now, {"decision": "ASSIST"} if good else refused(5, "trust-data")),
                ]
                yield Case(
                    f"boundaries-{name}-{grace}-{late}", "the expiry and the grace of revocation data", steps, "bare"
                )
            for d in (-61, -60):
                now = NOW - 500 + d
                ok = accepted([1], expires=EXPIRES)
                steps = [
                    take("trust-list", data, NOW - 1000),
                    *updates,
                    show(text(live(iat=rounded(now)).data()), now, ok if d == -60 else refused(5, "trust-data")),
                ]
                yield Case(f"boundaries-{name}-{grace}-issued{d}", "a clock behind the revocation data", steps, "bare")


@cases("boundaries")
def places_in_time() -> Iterator[Case]:
    certificate = place(REGISTRAR, bytes.fromhex(PLACE_ID.decode()), 1, 1, NOW, NOW + 1000)
    for now in (NOW - 61, NOW - 60, NOW - 1, NOW, NOW + 999, NOW + 1000, NOW + 1001):
        good = NOW - 60 <= now < NOW + 1000
        for rule, setup in ((OPEN_RULE, "open"), (STRICT_RULE, "strict"), (Rule(), "plain")):
            showing = live(iat=rounded(now)).but(aud=PLACE_ID)
            ok = accepted([1], rule, expires=EXPIRES)
            steps = [place_step(certificate), show(text(showing.data()), now, ok if good else refused(24))]
            yield Case(f"boundaries-place-{setup}-{now - NOW}", "the life of a place certificate", steps, setup)
    # what differs by risk is not known without a table in force
    policy = [[0, 1, 1, 0, 0, 0], [1, 1, 1, 2, 0, 0]]
    data = trust_list(label_10=policy)
    lives: list[tuple[int, int, int, Rule | None]] = [
        (NOW - 100, NOW + 100, NOW + 99, Rule(1, 0)),
        (NOW - 100, NOW + 100, NOW + 100, None),
        (NOW - 100, NOW + 100, NOW + 101, None),
    ]
    for issued, expires, now, here in lives:
        answer = refused(24) if here is None else accepted([1], here, expires=EXPIRES)
        steps = [
            take("trust-list", data, NOW - 1000),
            take("area-table", area(issued=issued, expires=expires), NOW - 100),
            place_step(place_of()),
            show(text(live(iat=rounded(now)).data()), now, answer),
        ]
        yield Case(f"boundaries-table-{now - NOW}", "the expiry of an area table", steps, "bare")


@cases("boundaries")
def excuses() -> Iterator[Case]:
    """Where a decision changes with time."""
    for d in (-1, 0, 1):
        now = FROM + DAY - 3600 + d  # the list is issued an hour earlier than the window begins
        data = trust_list(label_3=FROM - 3600)
        unknown = live(iat=rounded(now)).with_claim(kid=b"\0\0\0\1")
        steps = [take("trust-list", data, NOW), show(text(unknown.data()), now, refused(6, excused=d > 0))]
        yield Case(f"boundaries-unknown-key-{d}", "by a list that is over a day old, or not", steps, "bare")
    for d in (-1, 0, 1):
        now = EXPIRES + DAY + d
        steps = [show(text(live(iat=rounded(now)).data()), now, refused(10, excused=d < 0))]
        yield Case(f"boundaries-expired-a-day-ago-{d}", "expired for less than a day, or not", steps, "plain")


@cases("boundaries")
def again() -> Iterator[Case]:
    """The same text within three seconds, and after."""
    first = accepted([1], expires=EXPIRES)
    for d in (0, 1, 2, 3, 4):
        last = {**first, "repeated": True} if d < 3 else refused(17)
        steps = [show(text(live().data()), NOW, first), show(text(live().data()), NOW + d, last)]
        yield Case(f"boundaries-again-live-{d}", "the very text of a moment ago", steps, "plain")
        on_paper = accepted([1], documents="compared", expires=EXPIRES)
        last = {**on_paper, "repeated": True} if d < 3 else on_paper
        steps = [
            show(text(paper().data()), NOW + n, each, documents=[PASSPORT]) for n, each in ((0, on_paper), (d, last))
        ]
        yield Case(f"boundaries-again-paper-{d}", "the very text of a moment ago", steps, "plain")
        wrong = live(slot=CAPACITY)
        last = {**refused(8), "repeated": True} if d < 3 else refused(8)
        steps = [show(text(wrong.data()), NOW, refused(8)), show(text(wrong.data()), NOW + d, last)]
        yield Case(f"boundaries-again-refused-{d}", "the very text of a moment ago", steps, "plain")
    # repetitions do not prolong the three seconds
    steps = [
        show(text(live().data()), NOW + d, {**first, "repeated": True} if d in (1, 2) else refused(17) if d else first)
        for d in (0, 1, 2, 3)
    ]
    yield Case("boundaries-again-not-prolonged", "repetitions do not prolong the time", steps, "plain")


@cases("boundaries")
def memory() -> Iterator[Case]:
    """Since when a scanner remembers."""
    ok = accepted([1], expires=EXPIRES)
    for skew in (0, 60, 3600):
        for d in (-1, 0, 1):
            steps = [forget(NOW - skew // 2), show(text(live().data()), NOW, ok if d <= 0 else refused(23))]
            yield Case(
                f"boundaries-since-{skew}-{d}",
                "it could have been shown before",
                steps,
                "plain",
                {"skew": skew, "since": NOW - skew + d},
            )
        nonce = bytes(range(16))
        steps = [show(text(live().but(nonce=nonce).data()), NOW, ok, nonce=nonce)]
        yield Case(
            f"boundaries-since-{skew}-nonce",
            "an answer to a nonce cannot be older",
            steps,
            "plain",
            {"skew": skew, "since": NOW},
        )
    other = Key("someone else")
    for capacity in (1, 2):
        steps = [
            show(text(live(slot=n, holder=key).data()), NOW, ok if n < capacity else refused(23))
            for n, key in enumerate((HOLDER, other, Key("a third")))
        ]
        yield Case(f"boundaries-capacity-{capacity}", "a full memory", steps, "plain", {"replay_capacity": capacity})
        steps.append(show(text(live(slot=9, holder=Key("a fourth"), iat=NOW + 75).data()), NOW + 75, ok))
        yield Case(
            f"boundaries-capacity-{capacity}-later",
            "a memory that was full",
            steps,
            "plain",
            {"replay_capacity": capacity},
        )
