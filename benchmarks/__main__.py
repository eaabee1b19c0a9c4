"""Measure everything and write docs/benchmarks/; with names of parts, print those alone."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks import _machine, _plot, _plot_filter, _report
from benchmarks._model import NotMeasured, Part

PARTS = {
    "verify": 41,
    "peers": 31,
    "cold_start": 61,
    "memory": 5,
    "issue": 9,
    "sizes": 1,
    "filter": 41,
    "filter_peers": 1,
    "entries": 3,
    "scale": 1,
}
"""Name of the module -> rounds."""
LONG = frozenset({"scale"})
"""Those that take minutes, and are measured where they are asked for."""
_FOLDER = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"


def main() -> int:
    """Run, print, and write if everything was asked for. Exit code 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)} (default: all, and write them)")
    parser.add_argument("--long", action="store_true", help=f"with {', '.join(LONG)} too, which takes minutes")
    parser.add_argument("--rounds", type=int, help="rounds of each part, for a quick look")
    parser.add_argument("--no-compiler", action="store_true", help="measure the bare figure without a C compiler")
    parser.add_argument("--write-to", type=Path, help=f"folder for the results (default with all parts: {_FOLDER})")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    results: _report.Results = dict.fromkeys(PARTS, "not asked for in this run")
    results |= dict.fromkeys(LONG, "it takes minutes, and is part of `python -m benchmarks --long`")
    for name in options.parts or (each for each in PARTS if options.long or each not in LONG):
        results[name] = outcome = _run(name, options.rounds or PARTS[name], not options.no_compiler)
        said = _report.text(outcome) if isinstance(outcome, Part) else f"{name}: not measured: {outcome}"
        print(said, end="\n\n", flush=True)
    folder = options.write_to or (None if options.parts else _FOLDER)
    if folder is not None:
        _write(folder, results)
    return 0


def _run(name: str, rounds: int, compiler: bool) -> Part | str:
    try:
        module = importlib.import_module(f"benchmarks.{name}")
        part: Part = module.run(rounds, compiler) if name == "verify" else module.run(rounds)
    except NotMeasured as reason:
        return str(reason)
    except ModuleNotFoundError as missing:
        return f"there is no module {missing.name}"
    return part


def _write(folder: Path, results: _report.Results) -> None:
    facts = _machine.facts()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(_report.markdown(results, facts), encoding="utf-8")
    (folder / "results.json").write_text(_report.as_json(results, facts), encoding="utf-8")
    _plot.draw(results, folder / "verify.svg")
    _plot_filter.draw(results, folder / "filter.svg")


if __name__ == "__main__":
    sys.exit(main())
