"""What the vectors cover, counted from their files: the tables of vectors/README.md and docs/conformance.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from healthpass import RefusalCode
from healthpass.cli.vectors.cases import Vectors

FOLDER = Path(__file__).parents[1] / "vectors"
README = FOLDER / "README.md"
Json = dict[str, Any]


@cache
def vectors() -> Vectors:
    return Vectors(FOLDER)


def cases(*files: str) -> list[Json]:
    return [case for file in files for case in vectors().files[file]]


def steps(cases: list[Json]) -> Iterator[Json]:
    for case in cases:
        yield from case["steps"]


def flipped() -> int:
    """How many flips of a byte the vectors describe."""
    ranges = [each for step in steps(cases("flips")) for each in step.get("bytes", ())]
    return sum(end - first for first, end in ranges)


COVERED: dict[str, tuple[str, Callable[[], int]]] = {
    "every refusal code, with nothing else wrong": ("refusals", lambda: len(cases("refusals"))),
    "the boundary of every step, with skews from 0 to 3600": ("boundaries", lambda: len(cases("boundaries"))),
    "each hole of each of the 36 + 3 templates at its extremes and past them": ("holes", lambda: len(cases("holes"))),
    "every constant byte of every template flipped (flips)": ("flips", flipped),
    "base45 of every kind that is not canonical, prefixes, line ends": ("base45", lambda: len(cases("base45"))),
    "texts that look garbled, or do not": ("garbled", lambda: len(cases("garbled"))),
    "groups of 2 to 8: doubled slots, other keys, documents": ("families", lambda: len(cases("families"))),
    "decisions: each row of the table, each rule": ("decisions", lambda: len(cases("decisions"))),
    "places, policies, unknown risk, code 21 or 24": ("places", lambda: len(cases("places"))),
    "documents: asked for, doubled, left over, no key, no reader": ("documents", lambda: len(cases("documents"))),
    "trust lists: signatures, thresholds, labels, order, keys, times": (
        "trust-lists",
        lambda: len(cases("trust-lists")),
    ),
    "rotations of the roots": ("rotations", lambda: len(cases("rotations"))),
    "bundles: their form, and each part on its own terms": ("bundles", lambda: len(cases("bundles"))),
    "area tables": ("area-tables", lambda: len(cases("area-tables"))),
    "snapshots and deltas": ("revocations", lambda: len(cases("revocations"))),
    "filters of many shapes, and damaged in each field": ("filters", lambda: len(cases("filters"))),
    "Ed25519 where implementations disagree, on holders, issuers, roots": ("ed25519", lambda: len(cases("ed25519"))),
    "sequences: floors, refused updates, replay, clocks": ("sequences", lambda: len(cases("sequences"))),
}
"""What there is, in which file, and how much of it."""


def table(head: tuple[str, ...], rows: list[tuple[object, ...]], align: str) -> str:
    lines = [head, tuple({"l": "---", "r": "---:"}[each] for each in align), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def coverage() -> str:
    rows: list[tuple[object, ...]] = [
        (what, f"`{file}.json`", f"{count():,}") for what, (file, count) in COVERED.items()
    ]
    total = sum(len(cases(file)) for _, (file, _) in COVERED.items() if file != "flips")
    return table(("what", "file", "cases"), [*rows, ("**all cases, byte flips apart**", "", f"**{total:,}**")], "llr")


def layers_of(expected: Json) -> list[str]:
    """Those that refuse in one step: of a bundle perhaps several."""
    layer = expected.get("layer", [])
    return [layer] if isinstance(layer, str) else [each for each in layer if each is not None]


def counted() -> tuple[Counter[int], Counter[str]]:
    """Expected refusals by code, and refused updates by reason."""
    codes: Counter[int] = Counter()
    reasons: Counter[str] = Counter()
    for file in vectors().files:
        for step in steps(cases(file)):
            expected = step["expect"]
            if "refusal" in expected and step["do"] == "show":
                codes[expected["refusal"]] += 1
            elif "taken" in expected:
                reasons.update(each.partition(":")[2] for each in layers_of(expected))
    return codes, reasons


def refusals() -> str:
    codes, reasons = counted()
    rows: list[tuple[object, ...]] = [(int(code), code.name, f"{codes[code]:,}") for code in RefusalCode]
    first = table(("code", "name", "times"), rows, "rlr")
    return (
        first
        + "\n"
        + table(("update refused", "times"), [(f"`{each}`", n) for each, n in sorted(reasons.items())], "lr")
    )


NOT_IN_C = frozenset(("normal-form",))
"""Parts that the C core does not have: documents come to it in their normal form."""


def files() -> str:
    """Tests hold all columns: tests/conformance for Python, tests/firmware for C, clients/js/test for JavaScript."""
    rows: list[tuple[object, ...]] = []
    total, total_in_c = 0, 0
    for file, listed in vectors().files.items():
        in_c = sum(NOT_IN_C.isdisjoint(case.get("needs", ())) for case in listed)
        total, total_in_c = total + len(listed), total_in_c + in_c
        rows.append((f"`{file}`", f"{len(listed):,}", f"{len(listed):,}", f"{in_c:,}", f"{len(listed):,}"))
    rows.append(("all", f"{total:,}", f"{total:,}", f"{total_in_c:,}", f"{total:,}"))
    return table(("file", "cases", "Python", "C", "JavaScript"), rows, "lrrrr")


README_TABLES: dict[str, Callable[[], str]] = {"vector-coverage": coverage, "vector-refusals": refusals}
