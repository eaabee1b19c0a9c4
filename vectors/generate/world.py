"""The country of the vectors: keys, windows, trust lists, places; and the set-ups with which most cases begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vectors.generate.case import Json, Named, Rule, take, take_revocation, written
from vectors.generate.cbor import Value, encode
from vectors.generate.filters import build
from vectors.generate.keys import Key, digest, seed_of_document, tag_of
from vectors.generate.messages import ABSENT, area_table, delta, labels, place, signed_by_roots, snapshot
from vectors.generate.passes import BOTH, DEVICE, DOCUMENT, Claim, Showing

NOW = 1_800_000_000
DAY = 86_400
FROM, EXPIRES = NOW - 14_400, NOW + 72_000
"""The window of today: 04:00 to 04:00 UTC."""
LIST_EXPIRES, GRACE = FROM + 7 * DAY, 3 * DAY

ROOT, ROOT_2, ROOT_3, NEW_ROOT = (Key(f"root {n}") for n in (1, 2, 3, 4))
ISSUER, LEAST, MOST, TOMORROW, YESTERDAY = (
    Key(f"issuer {name}") for name in ("today", "least", "most", "tomorrow", "yesterday")
)
HOLDER, OTHER_HOLDER = Key("holder"), Key("other holder")
REGISTRAR = Key("registrar")
"""Its seed stands in shared.json: an implementation whose document keys come sealed makes a delivery with it."""
REVOKER, REVOKER_2 = Key("revoker"), Key("revoker 2")
OFFICE, OFFICE_2 = Key("risk office"), Key("risk office 2")
STRANGER = Key("stranger")

KID, KID_LEAST, KID_MOST = bytes.fromhex("5bd1e995"), bytes(4), b"\xff" * 4
KID_TOMORROW, KID_YESTERDAY = bytes.fromhex("7a000001"), bytes.fromhex("11223344")
CAPACITY = 4**10
DOCUMENT_KEY_ID, DOCUMENT_KEY = bytes.fromhex("badcafe0"), bytes(range(32))
OTHER_KEY_ID, OTHER_DOCUMENT_KEY = bytes.fromhex("badcafe1"), bytes(range(32, 64))

PLACE_ID = b"0123456789abcdef"
AREA = 110_105


def window(
    kid: bytes = KID,
    key: bytes = ISSUER.public,
    begins: int = FROM,
    ends: int = EXPIRES,
    capacity: int = CAPACITY,
    bindings: int = 7,
    document_key: bytes | None = DOCUMENT_KEY_ID,
) -> list[Value]:
    return [kid, key, begins, ends, capacity, bindings, document_key]


SEALING: list[Value] = [digest(b"sealing key")[:31] + b"\5", FROM - DAY, FROM + 3 * DAY]


def one_platform(windows: Sequence[Sequence[Any]]) -> Value:
    return [["national", sorted(each[0] for each in windows), [SEALING]]]


def content(windows: Sequence[Sequence[Any]] | None = None, **changes: Value) -> dict[int | str, Value]:
    """Of a trust list; `changes` as `label_7=...`, or ABSENT."""
    windows = [window()] if windows is None else windows
    made: dict[int | str, Value] = {
        1: 1,
        2: 1,
        3: FROM,
        4: LIST_EXPIRES,
        5: [1, [ROOT.public]],
        6: sorted(windows),
        7: [],
        8: [REGISTRAR.public],
        9: [OFFICE.public],
        11: [GRACE],
        12: one_platform(windows),
        **labels(changes),
    }
    return {label: value for label, value in made.items() if value is not ABSENT}


def trust_list(
    windows: Sequence[Sequence[Any]] | None = None, signers: Sequence[Key] = (ROOT,), **changes: Value
) -> bytes:
    return signed_by_roots(encode(content(windows, **changes)), signers)


TODAY = [
    window(),
    window(KID_LEAST, LEAST.public, capacity=4),
    window(KID_MOST, MOST.public, capacity=4**16),
]
ALL_WINDOWS = [
    *TODAY,
    window(KID_TOMORROW, TOMORROW.public, EXPIRES, EXPIRES + DAY),
    window(KID_YESTERDAY, YESTERDAY.public, FROM - DAY, FROM),
]
OPEN_RULE = Rule(1, 2)
OPEN_POLICY = [[risk, 1, 1, 2, 0, 0] for risk in range(3)]
"""At ordinary places green is let in and yellow helped, without documents and without an audience."""
STRICT_RULE = Rule(1, 0)
STRICT_POLICY = [[risk, 1, 1, 0, 3, 1] for risk in range(3)]
SHIPPED = sorted(
    [[risk, 2, 1, 6, 3, 0] for risk in range(3)]
    + [[risk, 3, 1, 0, 3, 0] for risk in range(3)]
    + [[risk, 6, 1, 6, 3, 1] for risk in range(3)]
    + [[1, each, 3, 0, 3, 1] for each in (1, 4, 5)]
    + [[2, each, 1, 0, 3, 1] for each in (1, 4, 5)]
)
"""The policy that comes with the library, as docs/protocol.md has it."""
REVOKERS = sorted([[REVOKER.public, [KID, KID_TOMORROW]]])

PLAIN = Named("list", trust_list(ALL_WINDOWS))
OPEN = Named("list-open", trust_list(ALL_WINDOWS, label_10=OPEN_POLICY))
STRICT = Named("list-strict", trust_list(ALL_WINDOWS, label_10=STRICT_POLICY))
POLICY = Named("list-policy", trust_list(ALL_WINDOWS, label_10=SHIPPED))
TWO_WINDOWS = [window(), window(KID_TOMORROW, TOMORROW.public, EXPIRES, EXPIRES + DAY)]
REVOKING = Named("list-revoking", trust_list(TWO_WINDOWS, label_7=REVOKERS))
SMALL = Named("list-small", trust_list())

PLACE = Named("place", place(REGISTRAR, bytes.fromhex(PLACE_ID.decode()), 1, AREA, FROM, FROM + 30 * DAY))


def place_of(place_class: int = 1, area: int = AREA, id: bytes = bytes.fromhex(PLACE_ID.decode())) -> bytes:
    return place(REGISTRAR, id, place_class, area, FROM, FROM + 30 * DAY)


REVOKED = (7, 100, 1_048_575)
FILTER = Named("filter", build(CAPACITY, REVOKED))
NO_FILTER = Named("filter-empty", build(CAPACITY, ()))


def entry(kid: bytes, filter_: bytes) -> list[Value]:
    """Of a filter in a snapshot."""
    return [kid, digest(filter_), len(filter_)]


SNAPSHOT_FILTERS = [entry(KID, FILTER), entry(KID_TOMORROW, NO_FILTER)]
SNAPSHOT = Named("snapshot", snapshot(REVOKER, 1, FROM, FROM + 2 * DAY, SNAPSHOT_FILTERS))
DELTA = Named("delta", delta(REVOKER, 2, NOW - 900, NOW + DAY, 1, [[KID, (8).to_bytes(4, "big")]]))


def had(*filters: bytes) -> list[tuple[bytes, bytes]]:
    """Filters under their digests."""
    return [(digest(each), each) for each in filters]


def area(version: int = 1, issued: int = FROM, expires: int = FROM + DAY, **lists: Any) -> bytes:
    return area_table(OFFICE, version, issued, expires, **lists)


FILTERS_OF_SNAPSHOT = sorted(had(FILTER, NO_FILTER))

ROOTS: Json = {"threshold": 1, "keys": [ROOT.public.hex()]}
KEYS: Json = {DOCUMENT_KEY_ID.hex(): DOCUMENT_KEY.hex()}


def setup(data: bytes, *more: Json, **scanner: Any) -> Json:
    return {
        "scanner": {"roots": ROOTS, "document_keys": KEYS, **scanner},
        "steps": [take("trust-list", data, NOW), *more],
    }


SETUPS: dict[str, Json] = {
    "bare": {"scanner": {"roots": ROOTS}, "steps": []},
    "plain": setup(PLAIN),
    "open": setup(OPEN, place=written(PLACE), document_keys={}),
    "strict": setup(STRICT, place=written(PLACE)),
    "policy": setup(POLICY),
    "revoking": setup(REVOKING, take_revocation(SNAPSHOT, NOW, had(FILTER, NO_FILTER))),
    "revoking-bare": setup(REVOKING),
}

# ---- People ------------------------------------------------------------------------------------------------------

Paper = tuple[str, str]
PASSPORT: Paper = ("passport", "X1234567")
CARD: Paper = ("resident-id", "11010519491231002X")
PERMIT: Paper = ("other", "PERMIT0001")
CARDS: list[Paper] = [PASSPORT, CARD, PERMIT, *(("other", f"PERMIT{n:04}") for n in range(2, 7))]


def tag(document: Paper, slot: int, kid: bytes = KID, key: bytes = DOCUMENT_KEY) -> bytes:
    return tag_of(seed_of_document(key, FROM, EXPIRES, *document), kid, slot)


def live(slot: int = 5, iat: int = NOW, holder: Key = HOLDER, **changes: Any) -> Showing:
    """A pass on a phone, of today. `changes` are the claim's."""
    return Showing(holder, Claim(ISSUER, KID, EXPIRES, slot, DEVICE, holder.public).but(**changes), iat)


def paper(document: Paper = PASSPORT, slot: int = 6, **changes: Any) -> Claim:
    """A pass on paper."""
    return Claim(ISSUER, KID, EXPIRES, slot, DOCUMENT, tag=tag(document, slot)).but(**changes)


def family(people: int = 1, first_slot: int = 20, iat: int = NOW, holder: Key = HOLDER, **changes: Any) -> Showing:
    """A pass that is bound to phone and documents: `CARDS`, one for each person."""
    claims = [
        Claim(ISSUER, KID, EXPIRES, first_slot + n, BOTH, holder.public, tag=tag(CARDS[n], first_slot + n))
        for n in range(people)
    ]
    return Showing(holder, claims[0].but(**changes), iat, members=tuple(claims[1:]))
