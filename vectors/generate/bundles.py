"""Bundles: their one form."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.case import Case, Json, Piece, Pieces, accepted, cases, refused, show, take_bundle
from vectors.generate.cbor import Raw, Value, encode, head
from vectors.generate.keys import Key, digest
from vectors.generate.messages import bundle
from vectors.generate.passes import text
from vectors.generate.world import (
    DELTA,
    EXPIRES,
    FILTER,
    FILTERS_OF_SNAPSHOT,
    NOW,
    PLACE,
    REVOKING,
    SMALL,
    SNAPSHOT,
    area,
    live,
)

OK = accepted([1], expires=EXPIRES)
NEEDS = ("bundle",)
REVOCATIONS = ("bundle", "revocation")
KEYS = [b"sealed to a scanner", b"to another"]
"""What stands there is opened by whom it is for, and by nobody else."""


def shown(slot: int, expect: Json, person: int = 0, now: int = NOW, **changes: Value) -> Json:
    """A pass of somebody of that number, who has shown none before."""
    return show(text(live(slot, now - now % 15, Key(f"holder {slot} {person}"), **changes).data()), now, expect)


def lives(slot: int = 5, person: int = 0) -> Json:
    return shown(slot, OK, person)


def revoked(*slots: int, person: int = 0) -> list[Json]:
    return [shown(slot, refused(20), person) for slot in slots]


def none_is_taken(what: str, data: bytes | Pieces) -> Case:
    """It is no bundle, and the scanner is as new."""
    steps = [take_bundle(data, NOW, None), show(text(live().data()), NOW, refused(4))]
    return Case(f"bundles-{what}", what.replace("-", " "), steps, "bare", needs=NEEDS)


def pair(first: Value = SNAPSHOT, second: Value = None) -> list[Value]:
    return [first, second]


@cases("bundles")
def whole() -> Iterator[Case]:
    small = bundle(SMALL)
    yield Case("bundles-least", "a list", [take_bundle(small, NOW, [None]), lives()], "bare", needs=NEEDS)
    parts = [None] * 5
    everything = bundle(
        REVOKING,
        area_table=area(),
        places=[PLACE],
        revocations=[pair(second=DELTA)],
        filters=FILTERS_OF_SNAPSHOT,
        document_keys=KEYS,
    )
    steps = [take_bundle(everything, NOW, parts), lives(), *revoked(7, 8)]
    yield Case("bundles-everything", "a part of each kind", steps, "bare", needs=REVOCATIONS)
    again = [*steps, take_bundle(everything, NOW, parts), lives(6), *revoked(7, 8, person=1)]
    yield Case("bundles-again", "the same again changes nothing", again, "bare", needs=REVOCATIONS)
    for most, taken in ((len(small), True), (len(small) - 1, False), (0, False), (2**32 - 1, True)):
        step = take_bundle(small, NOW, [None] if taken else None, most=most)
        after = lives() if taken else show(text(live().data()), NOW, refused(4))
        yield Case(f"bundles-most-{most}", "as long as is allowed, or longer", [step, after], "bare", needs=NEEDS)
    for count in (1, 23, 24, 255, 256, 1000):
        data = bundle(SMALL, document_keys=[b"k"] * count)
        steps = [take_bundle(data, NOW, [None]), lives()]
        yield Case(f"bundles-keys-{count}", "document keys for many scanners", steps, "bare", needs=NEEDS)
    for size in (1, 23, 24, 255, 256, 65_535, 65_536):
        digest_ = bytes(32)
        data = bundle(SMALL, filters=[(digest_, bytes(size))])
        pieces: list[Piece] = [data[: -size - 1], {"repeat": "00", "times": size}, data[-1:]]
        steps = [take_bundle(Pieces(pieces), NOW, [None]), lives()]
        yield Case(f"bundles-filter-of-{size}", "a filter that nothing names", steps, "bare", needs=NEEDS)


@cases("bundles")
def padding() -> Iterator[Case]:
    """Filters of which each begins after another number of zeros."""
    filters = [(bytes([n]) * 32, bytes([n]) * (20 + n)) for n in range(8)]
    data = bundle(SMALL, filters=filters)
    yield Case("bundles-paddings", "of 0 to 3", [take_bundle(data, NOW, [None]), lives()], "bare", needs=NEEDS)
    for longer in range(4):
        list_ = SMALL + bytes(longer)  # no list, but a part
        for zeros in range(8):
            shifted = bundle(list_)[:-2]
            begin = len(shifted) + 1 + 1 + 34 + 1 + 1
            data = shifted + b"\x81\x83" + encode(digest(FILTER)) + encode(bytes(zeros)) + encode(b"filter") + b"\x80"
            least = -begin % 4
            after = show(text(live().data()), NOW, OK if zeros == least and not longer else refused(4))
            parts = [None if not longer else "malformed"] if zeros == least else None
            steps = [take_bundle(data, NOW, parts), after]
            what = f"bundles-padding-{longer}-{zeros}"
            yield Case(what, f"{zeros} zeros where {least} are due", steps, "bare", needs=NEEDS)
    for wrong, value in {
        "one-that-is-no-zero": b"\0\1",
        "ones": b"\xff\xff",
        "null": None,
        "a-text": "00",
        "a-number": 0,
    }.items():
        for longer in range(4):
            before = bundle(SMALL + bytes(longer))[:-2] + b"\x81\x83" + encode(digest(FILTER))
            yield none_is_taken(f"padding-is-{wrong}-{longer}", before + encode(value) + encode(b"filter") + b"\x80")


WRONG_PART: dict[str, Value] = {
    "empty": b"",
    "a-number": 0,
    "a-text": "part",
    "an-array": [b"part"],
    "a-map": {1: b"p"},
}


@cases("bundles")
def wrong_parts() -> Iterator[Case]:
    """What is none of a bundle's parts where one belongs."""
    for what, value in WRONG_PART.items():
        yield none_is_taken(f"list-is-{what}", bundle(value))
        yield none_is_taken(f"rotation-is-{what}", bundle(SMALL, rotations=[SMALL, value]))
        yield none_is_taken(f"table-is-{what}", bundle(SMALL, area_table=value))
        yield none_is_taken(f"place-is-{what}", bundle(SMALL, places=[value]))
        yield none_is_taken(f"snapshot-is-{what}", bundle(SMALL, revocations=[pair(value)]))
        yield none_is_taken(f"delta-is-{what}", bundle(SMALL, revocations=[pair(second=value)]))
        yield none_is_taken(f"filter-is-{what}", bundle(SMALL, filters=[(bytes(32), value)]))
        yield none_is_taken(f"keys-are-{what}", bundle(SMALL, document_keys=[b"k", value]))
        if what != "an-array":
            yield none_is_taken(f"rotations-are-{what}", bundle(SMALL, rotations=value))
            yield none_is_taken(f"places-are-{what}", bundle(SMALL, places=value))
            yield none_is_taken(f"all-keys-are-{what}", bundle(SMALL, document_keys=value))
        yield none_is_taken(f"revocations-are-{what}", bundle(SMALL, revocations=value))
        yield none_is_taken(f"revocation-is-{what}", bundle(SMALL, revocations=[value]))
    for what, value in {"list": None, "rotation": None, "place": None, "snapshot": None, "keys": None}.items():
        made = {
            "list": bundle(value),
            "rotation": bundle(SMALL, rotations=[value]),
            "place": bundle(SMALL, places=[value]),
            "snapshot": bundle(SMALL, revocations=[pair(value)]),
            "keys": bundle(SMALL, document_keys=[value]),
        }[what]
        yield none_is_taken(f"no-{what}", made)
    yield none_is_taken("rotations-are-null", bundle(SMALL, rotations=None))
    yield none_is_taken("places-are-null", bundle(SMALL, places=None))
    yield none_is_taken("revocations-are-null", bundle(SMALL, revocations=None))
    yield none_is_taken("all-keys-are-null", bundle(SMALL, document_keys=None))
    yield none_is_taken("filters-are-null", bundle(SMALL)[:-2] + b"\xf6\x80")
    for many, value in {"one": [SNAPSHOT], "three": [SNAPSHOT, None, None], "none": []}.items():
        yield none_is_taken(f"revocation-of-{many}", bundle(SMALL, revocations=[value]))


@cases("bundles")
def filters() -> Iterator[Case]:
    one, other = (bytes(31) + bytes([n]) for n in (1, 2))
    good = bundle(SMALL, filters=[(one, b"1"), (other, b"2")])
    yield Case("bundles-two-filters", "in order", [take_bundle(good, NOW, [None]), lives()], "bare", needs=NEEDS)
    yield none_is_taken("filters-out-of-order", bundle(SMALL, filters=[(other, b"1"), (one, b"2")]))
    yield none_is_taken("filter-twice", bundle(SMALL, filters=[(one, b"1"), (one, b"1")]))
    yield none_is_taken("digest-twice", bundle(SMALL, filters=[(one, b"1"), (one, b"2")]))
    yield none_is_taken("first-of-three-again", bundle(SMALL, filters=[(one, b"1"), (other, b"2"), (one, b"3")]))
    for size in (0, 20, 31, 33, 64):
        yield none_is_taken(f"digest-of-{size}", bundle(SMALL, filters=[(bytes(size), b"1")]))
    yield none_is_taken("digest-is-a-text", bundle(SMALL, filters=[("0" * 32, b"1")]))
    yield none_is_taken("digest-is-null", bundle(SMALL, filters=[(None, b"1")]))
    begin = bundle(SMALL)[:-2]
    for many, rest in {"two": [one, b""], "four": [one, b"", b"1", b"2"], "none": []}.items():
        yield none_is_taken(f"filter-of-{many}", begin + encode([rest]) + b"\x80")
    yield none_is_taken("filters-are-a-map", begin + encode({1: b"1"}) + b"\x80")


@cases("bundles")
def heads() -> Iterator[Case]:
    """The array around everything, and heads that are not the shortest."""
    small = bundle(SMALL)
    for what, data in {
        "nothing": b"",
        "an-array-of-none": b"\x80",
        "a-number": b"\x01",
        "a-trust-list": SMALL,
        "a-text": encode("bundle"),
        "in-a-byte-string": encode(small),
        "in-a-tag": b"\xd8\x62" + small,
        "in-an-array": b"\x81" + small,
        "of-seven": b"\x87" + small[1:-1],
        "of-nine": b"\x89" + small[1:] + b"\x80",
        "of-nine-with-null": b"\x89" + small[1:] + b"\xf6",
        "format-0": b"\x88\x00" + small[2:],
        "format-2": b"\x88\x02" + small[2:],
        "format-24": b"\x88\x18\x18" + small[2:],
        "format-minus-1": b"\x88\x20" + small[2:],
        "format-is-a-text": b"\x88\x61\x31" + small[2:],
        "format-is-null": b"\x88\xf6" + small[2:],
        "format-is-true": b"\x88\xf5" + small[2:],
        "format-is-a-float": b"\x88\xf9\x3c\x00" + small[2:],
        "long-head": b"\x98\x08" + small[1:],
        "longer-head": b"\x99\x00\x08" + small[1:],
        "long-format": b"\x88\x18\x01" + small[2:],
        "of-no-declared-length": b"\x9f" + small[1:] + b"\xff",
        "a-byte-more": small + b"\x00",
        "a-null-more": small + b"\xf6",
        "twice": small + small,
        "as-a-map": b"\xa8\x01" + small[2:],
    }.items():
        yield none_is_taken(f"{what}", data)
    body = encode(SMALL)
    for what, list_ in {
        "list-in-long-head": head(2, len(SMALL), 4) + SMALL,
        "list-in-longest-head": head(2, len(SMALL), 8) + SMALL,
        "list-declared-longer": head(2, len(SMALL) + 100) + SMALL,
        "list-declared-endless": head(2, 2**64 - 1, 8) + SMALL,
        "list-declared-shorter": head(2, len(SMALL) - 1) + SMALL,
        "list-in-chunks": b"\x5f" + body + b"\xff",
    }.items():
        yield none_is_taken(what, bundle(Raw(list_)))
    for what, count in {"rotations-declared-more": 1, "rotations-declared-many": 32_769}.items():
        yield none_is_taken(what, bundle(SMALL, rotations=Raw(head(4, count))))
    for cut in (1, 2, 3, 4, 100, len(small) - 4, len(small) - 3, len(small) - 2, len(small) - 1):
        yield none_is_taken(f"cut-at-{cut}", small[:cut])
    items = 32_768 - 8
    for more in (0, 1):
        pieces: list[Piece] = [small[:-1] + head(4, items + more), {"repeat": "4100", "times": items + more}]
        after = show(text(live().data()), NOW, refused(4) if more else OK)
        steps = [take_bundle(Pieces(pieces), NOW, None if more else [None]), after]
        yield Case(f"bundles-items-{items + more}", "as many items as a message has", steps, "bare", needs=NEEDS)
