"""Every constant byte of every template flipped: described in a line, and made by whoever runs them."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.case import Case, accepted, cases, flips, refused, show
from vectors.generate.holes import NAMES, NONCE, SHAPES, shaped
from vectors.generate.passes import BOTH, DEVICE, DOCUMENT, Claim, Showing, text
from vectors.generate.world import EXPIRES, NOW, OPEN_RULE, paper


def claim_holes(binding: int) -> list[tuple[int, int]]:
    """Where a claim has no constants, from the tables of docs/protocol.md."""
    if binding == DOCUMENT:
        return [(8, 12), (18, 22), (24, 28), (33, 34), (40, 42), (44, 108)]
    holes = [(8, 12), (18, 22), (24, 28), (39, 71), (76, 77)]
    return [*holes, (79, 143)] if binding == DEVICE else [*holes, (83, 85), (87, 151)]


def constants(size: int, holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What lies between the holes."""
    edges = [0, *(edge for hole in sorted(holes) for edge in hole), size]
    return [(first, end) for first, end in zip(edges[::2], edges[1::2], strict=True) if first < end]


def showing_holes(showing: Showing) -> list[tuple[int, int]]:
    """Where a presentation has no constants: found by the sizes of its pieces."""
    claim = showing.claim.data()
    holes = [(8 + first, 8 + end) for first, end in claim_holes(showing.claim.binding)]
    payload = showing.payload_string()
    size = len(payload)
    head = 1 if size < 25 else 2 if size < 258 else 3
    at = 8 + len(claim) + 1 + head + 1
    if showing.aud is not None:
        holes.append((at + 2, at + 18))
        at += 18
    holes.append((at + 2, at + 6))
    at += 6
    if showing.nonce is not None:
        holes.append((at + 3, at + 19))
        at += 19
    at += 6 if showing.members else 0
    for _ in showing.members:
        holes += [(at + 2, at + 7), (at + 8, at + 10), (at + 12, at + 76)]
        at += 76
    return [*holes, (at + 2, at + 66)]


@cases("flips")
def presentations() -> Iterator[Case]:
    for binding, aud, nonce, members in SHAPES:
        showing = shaped(binding, aud, nonce, members)
        data = showing.data()
        name = f"{NAMES[binding]}{'-aud' if aud else ''}{'-nonce' if nonce else ''}-{members + 1}"
        documents = "not-bound" if binding == DEVICE else "not-compared"
        ok = accepted([1] * (members + 1), OPEN_RULE, documents, expires=EXPIRES)
        steps = [
            flips(text(data), constants(len(data), showing_holes(showing)), NOW, refused(3, rule=OPEN_RULE)),
            show(text(data), NOW, ok, nonce=NONCE if nonce else None),
        ]
        yield Case(f"flips-{name}", "each constant byte flipped, then the honest text", steps, "open")


@cases("flips")
def claims() -> Iterator[Case]:
    paper_claim = paper()
    rows: list[tuple[int, Claim]] = [
        (DEVICE, shaped(DEVICE, False, False, 0).claim),
        (DOCUMENT, paper_claim),
        (BOTH, shaped(BOTH, False, False, 0).claim),
    ]
    for binding, claim in rows:
        data = claim.data()
        honest = (
            accepted([1], OPEN_RULE, "not-compared", expires=EXPIRES)
            if binding == DOCUMENT
            else refused(11, rule=OPEN_RULE)
        )
        steps = [
            flips(text(data), constants(len(data), claim_holes(binding)), NOW, refused(3, rule=OPEN_RULE)),
            show(text(data), NOW, honest),
        ]
        yield Case(f"flips-{NAMES[binding]}-claim", "each constant byte flipped, then the honest text", steps, "open")
