"""Roots that change: signed by a threshold of the old and of the new, one list after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate.case import Case, Json, accepted, cases, refused, show, take
from vectors.generate.cbor import Value, encode
from vectors.generate.keys import Key
from vectors.generate.messages import signed_by_roots
from vectors.generate.passes import text
from vectors.generate.world import (
    DAY,
    EXPIRES,
    FROM,
    HOLDER,
    NEW_ROOT,
    NOW,
    ROOT,
    ROOT_2,
    ROOT_3,
    STRANGER,
    content,
    live,
)

OK = accepted([1], expires=EXPIRES)


def named(threshold: int, *keys: Key) -> Value:
    return [threshold, sorted(key.public for key in keys)]


def roots(threshold: int, *keys: Key) -> Json:
    return {"threshold": threshold, "keys": sorted(key.public.hex() for key in keys)}


def rotated(version: int, new: Value, signers: Sequence[Key], wrong: Sequence[Key] = (), **changes: Value) -> bytes:
    return signed_by_roots(encode(content(label_2=version, label_5=new, **changes)), signers, wrong=wrong)


@cases("rotations")
def thresholds() -> Iterator[Case]:
    known = roots(2, ROOT, ROOT_2, ROOT_3)
    new = named(2, ROOT_3, NEW_ROOT, STRANGER)
    rows: dict[str, tuple[Sequence[Key], str | None]] = {
        "both": ((ROOT, ROOT_2, NEW_ROOT, STRANGER), None),
        "one-counts-for-both": ((ROOT, ROOT_3, NEW_ROOT), None),
        "old-alone": ((ROOT, ROOT_2), "new-roots"),
        "old-and-one-new": ((ROOT, ROOT_2, NEW_ROOT), "new-roots"),
        "new-alone": ((NEW_ROOT, STRANGER), "threshold"),
        "new-and-one-old": ((ROOT, NEW_ROOT, STRANGER), "threshold"),
        "the-one-of-both-alone": ((ROOT_3,), "threshold"),
        "all": ((ROOT, ROOT_2, ROOT_3, NEW_ROOT, STRANGER), None),
    }
    for what, (signers, refusal) in rows.items():
        steps = [
            take("trust-list", rotated(1, new, signers), NOW, refusal),
            show(text(live().data()), NOW, OK if refusal is None else refused(4)),
        ]
        yield Case(f"rotations-{what}", what.replace("-", " "), steps, "bare", {"roots": known}, ("rotation",))
    everybody = (ROOT, ROOT_2, ROOT_3, NEW_ROOT, STRANGER)
    for key in everybody:
        data = rotated(1, new, everybody, wrong=[key])
        yield Case(
            f"rotations-wrong-{everybody.index(key)}",
            "every signature of an old or new root must hold",
            [take("trust-list", data, NOW, "bad-signature")],
            "bare",
            {"roots": known},
            ("rotation",),
        )
    data = rotated(1, named(1, ROOT, ROOT_2, ROOT_3), (ROOT, ROOT_2))
    yield Case(
        "rotations-threshold-alone",
        "only the threshold changes",
        [take("trust-list", data, NOW)],
        "bare",
        {"roots": known},
        ("rotation",),
    )
    data = rotated(1, named(3, ROOT, ROOT_2, ROOT_3), (ROOT, ROOT_2))
    yield Case(
        "rotations-threshold-rises",
        "a higher threshold must be met",
        [take("trust-list", data, NOW, "new-roots")],
        "bare",
        {"roots": known},
        ("rotation",),
    )
    data = rotated(1, named(3, ROOT, ROOT_2, ROOT_3), (ROOT, ROOT_2, ROOT_3))
    yield Case(
        "rotations-threshold-rises-and-is-met",
        "a higher threshold is met",
        [take("trust-list", data, NOW)],
        "bare",
        {"roots": known},
        ("rotation",),
    )


@cases("rotations")
def afterwards() -> Iterator[Case]:
    first = rotated(1, named(1, NEW_ROOT), (ROOT, NEW_ROOT))
    rows: dict[str, tuple[bytes, str | None]] = {
        "new-signs": (rotated(2, named(1, NEW_ROOT), (NEW_ROOT,)), None),
        "old-signs": (rotated(2, named(1, NEW_ROOT), (ROOT,)), "threshold"),
        "old-signs-itself-back": (rotated(2, named(1, ROOT), (ROOT,)), "threshold"),
        "back-by-both": (rotated(2, named(1, ROOT), (ROOT, NEW_ROOT)), None),
        "back-by-new-alone": (rotated(2, named(1, ROOT), (NEW_ROOT,)), "new-roots"),
        "on-to-another": (rotated(2, named(1, STRANGER), (NEW_ROOT, STRANGER)), None),
        "the-same-again": (first, None),
        "a-fork": (rotated(1, named(1, STRANGER), (ROOT, STRANGER)), "threshold"),
    }
    for what, (data, refusal) in rows.items():
        steps = [
            take("trust-list", first, NOW),
            take("trust-list", data, NOW, refusal),
            show(text(live().data()), NOW, OK),
        ]
        yield Case(f"rotations-then-{what}", what.replace("-", " "), steps, "bare", needs=("rotation",))


@cases("rotations")
def long_away() -> Iterator[Case]:
    """A list that changes the roots is followed even when it has expired."""
    old = rotated(1, named(1, NEW_ROOT), (ROOT, NEW_ROOT), label_3=FROM - 90 * DAY, label_4=FROM - 83 * DAY)
    older = rotated(2, named(1, STRANGER), (NEW_ROOT, STRANGER), label_3=FROM - 60 * DAY, label_4=FROM - 53 * DAY)
    today = signed_by_roots(encode(content(label_2=3, label_5=named(1, STRANGER))), (STRANGER,))
    gone = signed_by_roots(
        encode(content(label_2=2, label_5=named(1, NEW_ROOT), label_3=FROM - 60 * DAY, label_4=FROM - 53 * DAY)),
        (NEW_ROOT,),
    )
    shown = text(live().data())
    steps = [
        take("trust-list", old, NOW),
        show(shown, NOW, refused(4)),
        take("trust-list", today, NOW, "threshold"),
        take("trust-list", older, NOW),
        show(shown, NOW + 5, refused(4)),
        take("trust-list", today, NOW),
        show(shown, NOW + 10, OK),
    ]
    yield Case(
        "rotations-long-away", "two lists that changed the roots, and then today's", steps, "bare", needs=("rotation",)
    )
    steps = [take("trust-list", old, NOW), take("trust-list", gone, NOW, "expired")]
    yield Case(
        "rotations-long-away-ordinary",
        "an ordinary list that has expired is not followed",
        steps,
        "bare",
        needs=("rotation",),
    )
    ahead = rotated(1, named(1, NEW_ROOT), (ROOT, NEW_ROOT), label_3=NOW + 61)
    yield Case(
        "rotations-from-the-future",
        "one from the future is not followed",
        [take("trust-list", ahead, NOW, "from-the-future")],
        "bare",
        needs=("rotation",),
    )
    graceful = rotated(1, named(1, NEW_ROOT), (ROOT, NEW_ROOT), label_4=NOW - 1)
    ok = accepted([1], expires=EXPIRES, stale=2)
    yield Case(
        "rotations-in-grace",
        "one in its grace time serves",
        [take("trust-list", graceful, NOW), show(shown, NOW, ok)],
        "bare",
        needs=("rotation",),
    )
    for n in (10, 64, 65):
        keys = [ROOT, *(Key(f"line {i}") for i in range(n))]
        steps = [
            take(
                "trust-list",
                rotated(i + 1, named(1, keys[i + 1]), (keys[i], keys[i + 1])),
                NOW,
                None if i < 64 else "too-many-rotations",
            )
            for i in range(n)
        ]
        yield Case(f"rotations-{n}-times", "the roots change again and again", steps, "bare", needs=("rotation",))
    weak = HOLDER  # a list that names a root twice over as something else
    data = rotated(
        1,
        named(1, NEW_ROOT),
        (ROOT, NEW_ROOT),
        label_8=[weak.public, NEW_ROOT.public] if weak.public < NEW_ROOT.public else [NEW_ROOT.public, weak.public],
    )
    yield Case(
        "rotations-root-as-registrar",
        "a new root with another role",
        [take("trust-list", data, NOW, "malformed")],
        "bare",
        needs=("rotation",),
    )
