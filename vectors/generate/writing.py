"""The files: shared.json, and one for each kind of case. A line for each case, so that changes can be read."""

from __future__ import annotations

import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from vectors.generate import world
from vectors.generate.case import FILES, Json, Named, all_of
from vectors.generate.keys import digest as digest_of

MODULES = (
    "base45",
    "boundaries",
    "bundles",
    "bundles_taken",
    "decisions",
    "documents",
    "ed25519",
    "families",
    "filters_of_shapes",
    "flips",
    "garbled",
    "holes",
    "places",
    "refusals",
    "revocations",
    "rotations",
    "sequences",
    "tables",
    "trust_lists",
)
FOLDER = Path(__file__).parents[1]
FORMAT = 1
_LONG = 200
"""Hexadecimal digits; what is shorter stays where it is."""


def files() -> dict[str, str]:
    """Each file's name and text."""
    for module in MODULES:
        import_module(f"vectors.generate.{module}")
    listed = {file: [case.json() for case in all_of(file)] for file in sorted(FILES)}
    shared = _hoisted([step for cases in listed.values() for case in cases for step in case["steps"]])
    made = {f"cases/{file}.json": _lines(cases) for file, cases in listed.items()}
    made["shared.json"] = _shared(shared)
    return made


def _hoisted(steps: list[Json]) -> dict[str, str]:
    """Messages that stand in several steps, by a name that is put in their place."""
    places = [(step, "data") for step in steps if "data" in step]
    places += [(step["filters"], digest) for step in steps for digest in step.get("filters", ())]
    counts = Counter(holder[key] for holder, key in places if isinstance(holder[key], str))
    hoisted = {}
    for holder, key in places:
        data = holder[key]
        if isinstance(data, str) and counts[data] > 1 and len(data) >= _LONG and not data.startswith("@"):
            name = digest_of(bytes.fromhex(data)).hex()[:12]
            hoisted[name] = data
            holder[key] = f"@{name}"
    return hoisted


def _lines(cases: list[Json]) -> str:
    return "[\n" + ",\n".join(_line(case) for case in cases) + "\n]\n"


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def _shared(hoisted: dict[str, str]) -> str:
    named = {each.name: bytes(each).hex() for each in vars(world).values() if isinstance(each, Named)}
    messages = ",\n".join(f"{_line(name)}:{_line(data)}" for name, data in sorted({**hoisted, **named}.items()))
    setups = ",\n".join(f"{_line(name)}:{_line(setup)}" for name, setup in sorted(world.SETUPS.items()))
    seed = _line(world.REGISTRAR.seed.hex())
    return (
        f'{{"format":{FORMAT},\n"registrar_seed":{seed},\n"messages":{{\n{messages}\n}},\n"setups":{{\n{setups}\n}}}}\n'
    )


def write(folder: Path = FOLDER) -> None:
    """Write all files anew, and remove what is no longer made."""
    made = files()
    (folder / "cases").mkdir(exist_ok=True)
    for old in (folder / "cases").glob("*.json"):
        if f"cases/{old.name}" not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "ascii")
