"""Filters of many shapes, looked up at the edges; and filters damaged in each field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from vectors.generate.case import Case, Json, accepted, cases, refused, show, take, take_revocation
from vectors.generate.filters import Parts, bits, build, parameters, parts
from vectors.generate.keys import digest
from vectors.generate.messages import snapshot
from vectors.generate.passes import text
from vectors.generate.world import (
    DAY,
    EXPIRES,
    FROM,
    KID,
    NOW,
    OPEN_POLICY,
    OPEN_RULE,
    REVOKER,
    entry,
    had,
    paper,
    trust_list,
    window,
)

OK = accepted([1], OPEN_RULE, "not-compared", expires=EXPIRES)
AT = {"place": "@place"}
NEEDS = ("policy", "revocation")


def listed(capacity: int) -> Json:
    """A list of one window; documents are not asked for, so that paper, which is short, can be looked up."""
    revokers = [[REVOKER.public, [KID]]]
    return take("trust-list", trust_list([window(capacity=capacity)], label_7=revokers, label_10=OPEN_POLICY), NOW)


def taken(filter_: bytes, refusal: str | None = None) -> Json:
    data = snapshot(REVOKER, 1, FROM, FROM + DAY, [entry(KID, filter_)])
    return take_revocation(data, NOW, had(filter_), refusal)


def look_up(slot: int, revoked: bool) -> Json:
    shown = paper(slot=slot, tag=b"\0\0")
    return show(text(shown.data()), NOW, refused(20, rule=OPEN_RULE) if revoked else OK)


def numbers(seed: str, count: int, capacity: int) -> list[int]:
    """So many different slots that look random."""
    found: set[int] = set()
    n = 0
    while len(found) < count:
        found.add(int.from_bytes(digest(f"{seed} {n}".encode())[:8], "big") % capacity)
        n += 1
    return sorted(found)


def asked(capacity: int, revoked: set[int]) -> list[int]:
    """Edges of the capacity, of blocks, and of the set."""
    several = {0, capacity - 1, capacity // 2}
    edge = sorted(revoked)
    for slot in [*edge[:1], *edge[-1:], *edge[len(edge) // 2 : len(edge) // 2 + 1]]:
        several |= {slot - 1, slot, slot + 1}
    count = min(len(revoked), capacity - len(revoked))
    if count:
        block = 1 << parameters(capacity, count)[1]
        several |= {block - 1, block}
    return sorted(slot for slot in several if 0 <= slot < capacity)


def shape(what: str, capacity: int, revoked: Iterable[int]) -> Case:
    there = set(revoked)
    steps = [
        listed(capacity),
        taken(build(capacity, there)),
        *(look_up(slot, slot in there) for slot in asked(capacity, there)),
    ]
    return Case(f"filters-{what}", f"{len(there)} of {capacity} revoked", steps, "bare", AT, NEEDS)


@cases("filters")
def small() -> Iterator[Case]:
    for mask in range(16):
        yield shape(f"4-{mask:04b}", 4, [slot for slot in range(4) if mask >> slot & 1])
    for count in range(17):
        yield shape(f"16-{count}", 16, numbers("small", count, 16))
        yield shape(f"16-first-{count}", 16, range(count))
    for count in (1, 2, 31, 32, 33, 63, 64):
        yield shape(f"64-{count}", 64, numbers("sixty-four", count, 64))
    for count in (1, 127, 128, 129, 255):
        yield shape(f"256-{count}", 256, numbers("small", count, 256))


@cases("filters")
def large() -> Iterator[Case]:
    for count in (0, 1, 2, 3, 10, 100, 500, 511, 512, 513, 700, 1000, 1023, 1024):
        yield shape(f"1024-{count}", 1024, numbers("thousand", count, 1024))
    for exponent in range(6, 17):
        capacity = 4**exponent
        for count in (0, 1, 2, 50):
            yield shape(f"4^{exponent}-{count}", capacity, numbers(f"large {exponent}", count, capacity))
        yield shape(f"4^{exponent}-ends", capacity, [0, capacity - 1])
        yield shape(f"4^{exponent}-neighbours", capacity, range(capacity // 2 - 20, capacity // 2 + 20))
    yield shape("4096-every-other", 4096, range(0, 4096, 2))
    yield shape("4096-every-other-but-one", 4096, range(0, 4094, 2))
    yield shape("4096-every-other-and-one", 4096, [1, *range(0, 4096, 2)])
    yield shape("4096-every-fifth", 4096, range(0, 4096, 5))
    yield shape("4096-all-but-one", 4096, range(1, 4096))
    yield shape("4096-all-but-the-last", 4096, range(4095))
    yield shape("4096-all", 4096, range(4096))
    yield shape("4096-first-half", 4096, range(2048))
    yield shape("4096-last-half", 4096, range(2048, 4096))
    yield shape("4096-first-300", 4096, range(300))
    yield shape("65536-first-1000", 65_536, range(1000))
    yield shape("65536-2000", 65_536, numbers("two thousand", 2000, 65_536))
    yield shape("65536-30000", 65_536, numbers("thirty thousand", 30_000, 65_536)[:5000])


def damaged() -> Iterator[tuple[str, int, bytes]]:
    """What differs, the capacity of the window, and the bytes: none is the filter of any set in its one form."""
    capacity = 1024
    base = parts(capacity, range(0, 1024, 5))
    assert base.width == 2
    for format in (0, 2, 15):
        yield f"format-{format}", capacity, replace(base, format=format).data()
    for width in (0, 1, 3, 34, 35, 255):
        yield (
            f"width-{width}",
            capacity,
            replace(base, width=width, entries=[min(each, 2**width - 1) for each in base.entries]).data(),
        )
    for count in (0, 204, 206, 512, 1024, 1025, 2**40 - 1):
        yield f"revoked-{count}", capacity, replace(base, revoked=count).data()
    for total in (0, base.total - 1, base.total + 1, base.total + 8, 2**40 - 1):
        yield f"bits-{total}", capacity, replace(base, total=total).data()
    good = base.data()
    yield "a-byte-less", capacity, good[:-1]
    yield "a-byte-more", capacity, good + b"\0"
    yield "header-cut", capacity, good[:11]
    yield "header-alone", capacity, good[:12]
    spare = -(96 + base.width * len(base.entries) + base.total) % 8
    for n in range(spare):
        yield f"padding-{n}", capacity, good[:-1] + bytes((good[-1] | 1 << n,))
    for n in range(len(base.entries)):
        for change in (-1, 1):
            entries = list(base.entries)
            entries[n] += change
            if entries[n] >= 0 and entries[n] < 4:
                yield f"entry-{n}-{change}", capacity, replace(base, entries=entries).data()
    yield "entries-all-one-more", capacity, replace(base, entries=[each + 1 for each in base.entries]).data()
    yield "entries-wider", capacity, replace(base, width=3).data()
    first, second = base.blocks
    for what, blocks in {
        "blocks-swapped": [second, first],
        "ones-for-zeros": ["1" * len(first), second],
        "zeros-for-ones": ["0" * len(first), second],
        "first-bit": [("0" if first[0] == "1" else "1") + first[1:], second],
        "second-bit": [first[0] + ("0" if first[1] == "1" else "1") + first[2:], second],
    }.items():
        yield what, capacity, replace(base, blocks=blocks).data()
    # A gap that reaches past the end of its block
    one = parts(64, [63])
    k, _ = parameters(64, 1)
    far = "0" * (64 >> k) + "1" + bits(0, k)
    yield "past-the-end", 64, replace(one, total=len(far), blocks=[far]).data()
    yield (
        "zeros-left-over",
        64,
        replace(
            one,
            total=one.total + 1,
            blocks=["0" + one.blocks[0]]
            if False
            else [one.blocks[0][: -k or None] + "0" + one.blocks[0][len(one.blocks[0]) - k :]],
        ).data(),
    )
    empty = parts(64, [])
    yield "nothing-and-width", 64, replace(empty, width=1).data()
    yield "nothing-and-bits", 64, replace(empty, total=1, blocks=["0"]).data()
    yield "nothing-and-a-byte", 64, empty.data() + b"\0"
    full = parts(64, range(64))
    yield "all-and-width", 64, replace(full, width=1).data()
    yield "all-and-a-byte", 64, full.data() + b"\0"
    yield "more-than-all", 64, replace(full, revoked=65).data()
    # The listing that is the longer one of the two
    long = parts(64, range(40))
    wrong = Parts(64, 40, 0, 0, [0, 0], [])
    k = 0
    gaps = "1" * 40
    yield "longer-listing", 64, replace(wrong, total=len(gaps), blocks=[gaps]).data() if long.revoked == 40 else b""


@cases("filters")
def broken() -> Iterator[Case]:
    for what, capacity, data in damaged():
        steps = [
            listed(capacity),
            taken(data, "malformed"),
            show(text(paper().data()), NOW, refused(5, "trust-data")),
        ]
        yield Case(f"filters-damaged-{what}", f"damaged: {what.replace('-', ' ')}", steps, "bare", AT, needs=NEEDS)
    # The exponent is the capacity: a filter of another one
    data = parts(1024, range(0, 1024, 5)).data()
    for exponent in (0, 3, 5, 15):
        changed = bytes((0x10 | exponent,)) + data[1:]
        steps = [listed(1024), taken(changed, "malformed")]
        yield Case(
            f"filters-damaged-exponent-{exponent}",
            "another capacity in the header",
            steps,
            "bare",
            AT,
            NEEDS,
        )


@cases("filters")
def replaced() -> Iterator[Case]:
    """A filter over another one: whether it has all of its slots."""
    rows: dict[str, tuple[list[int], list[int], str | None]] = {
        "one-more": ([5], [5, 6], None),
        "the-same": ([5], [5], None),
        "one-less": ([5, 6], [5], "un-revokes"),
        "another": ([5], [6], "un-revokes"),
        "from-none": ([], [5], None),
        "to-none": ([5], [], "un-revokes"),
        "to-the-inverted": (list(range(100)), list(range(140)), None),
        "to-the-inverted-less-one": (list(range(100)), list(range(1, 140)), "un-revokes"),
        "inverted-both": (list(range(140)), list(range(141)), None),
        "inverted-both-less-one": (list(range(140)), [*range(139), 200, 201], "un-revokes"),
        "inverted-to-plain": (list(range(140)), list(range(120)), "un-revokes"),
        "to-all": (list(range(100)), list(range(256)), None),
        "all-to-all-but-one": (list(range(256)), list(range(255)), "un-revokes"),
        "many-more": (list(range(0, 256, 5)), sorted({*range(0, 256, 5), *range(0, 256, 7)}), None),
        "many-others": (list(range(0, 256, 5)), list(range(0, 256, 3)), "un-revokes"),
    }
    for what, (old, new, refusal) in rows.items():
        first, second = build(256, old), build(256, new)
        data = snapshot(REVOKER, 2, FROM, FROM + DAY, [entry(KID, second)])
        now = new if refusal is None else old
        steps = [
            listed(256),
            taken(first),
            take_revocation(data, NOW, had(second), refusal),
            *(look_up(slot, slot in now) for slot in (0, 5, 6, 139, 140, 255)),
        ]
        yield Case(f"filters-replaced-{what}", what.replace("-", " "), steps, "bare", AT, NEEDS)
