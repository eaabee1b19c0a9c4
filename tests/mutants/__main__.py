"""`python -m tests.mutants`: see the package's docstring."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.clocks.table import rows
from tests.mutants.change import Mutant, mutants_of
from tests.mutants.clocks import moved
from tests.mutants.cover import load, measure

ROOT = Path(__file__).parents[2]
MAP = ROOT / ".mutants" / "map.json"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
PACKAGES = ("verifier", "formats", "trust", "crypto")
SLOWEST = 900
"""Seconds after which a fault counts as noticed: something goes on for ever."""


def all_mutants(packages: list[str]) -> list[Mutant]:
    """Every fault for every file of these packages."""
    files = sorted(file for each in packages for file in (ROOT / "src/healthpass" / each).rglob("*.py"))
    return [
        mutant
        for file in files
        for mutant in mutants_of(file.relative_to(ROOT / "src").as_posix(), file.read_text("utf-8"))
    ]


def equivalent() -> dict[tuple[str, str, str, str, int], str]:
    """The faults that nobody could see, by name, and why."""
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("equivalent", [])
    return {
        (each["file"], each["function"], each["was"], each["now"], each.get("nth", 0)): each["reason"]
        for each in entries
    }


def failures(mutant: Mutant, tests: list[str], folder: Path, *, first: bool = True) -> list[str]:
    """The tests that fail with this fault, or the first of them. `folder` has a copy of `src`, which is put right."""
    if not tests:
        return []
    path = folder / mutant.file
    original = path.read_text("utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()
    path.write_text(mutant.source, "utf-8")
    names = folder / "tests.txt"
    names.write_text("\n".join(tests), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", *["-x"] * first, f"@{names}"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SLOWEST)
    except subprocess.TimeoutExpired:
        return ["timeout"]
    finally:
        path.write_text(original, "utf-8")
    failed = {
        line.split(" ")[1].split("[")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))
    }
    return sorted(failed) or (["no test ran"] if done.returncode else [])


def spread(
    judge: Callable[[Mutant, list[str], Path], bool], todo: list[tuple[Mutant, list[str]]], workers: int
) -> list[bool]:
    """What `judge` says of each fault and its tests, several at once, each with a copy of `src` of its own."""
    with tempfile.TemporaryDirectory() as above:
        folders: SimpleQueue[Path] = SimpleQueue()
        for n in range(workers):
            shutil.copytree(ROOT / "src", Path(above) / str(n))
            folders.put(Path(above) / str(n))

        def with_folder(each: tuple[Mutant, list[str]]) -> bool:
            folder = folders.get()
            try:
                return judge(*each, folder)
            finally:
                folders.put(folder)

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(with_folder, todo))


def run(mutants: list[Mutant], workers: int) -> list[Mutant]:
    """Those that no test notices, in the order given."""
    cover = load(MAP)

    def judge(mutant: Mutant, tests: list[str], folder: Path) -> bool:
        noticed = bool(failures(mutant, tests, folder))
        print("." if noticed else f"\n{describe(mutant)}", end="", flush=True)
        return noticed

    noticed = spread(judge, [(each, cover.tests_of(each.file, each.line)) for each in mutants], workers)
    print()
    return [mutant for mutant, good in zip(mutants, noticed, strict=True) if not good]


def clocks(files: list[str], workers: int, find: bool) -> int:
    """Hold the table of comparisons of times to its tests; or, to find some, say which tests fail for each fault."""
    cover = load(MAP) if find else None
    todo = [
        (mutant, row.test.split() if cover is None else cover.tests_of(mutant.file, mutant.line))
        for row in rows()
        if row.clocks != "-" and any(part in row.place[0] for part in files) and not (find and row.test)
        for mutant in moved(row)
    ]

    def judge(mutant: Mutant, tests: list[str], folder: Path) -> bool:
        failing = failures(mutant, tests, folder, first=not find)
        if find or not failing:
            print(f"{mutant.file}|{mutant.function}|{mutant.was}|{mutant.now}|{' '.join(failing)}", flush=True)
        return bool(failing)

    noticed = spread(judge, todo, workers)
    print(f"{sum(noticed)} of {len(todo)} noticed")
    return 0 if all(noticed) else 1


def describe(mutant: Mutant) -> str:
    """A fault, as it stands in `equivalent.toml`."""
    file, function, was, now, nth = map(repr, mutant.name)
    return f"# line {mutant.line}\nfile = {file}\nfunction = {function}\nwas = {was}\nnow = {now}\nnth = {nth}\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("what", choices=("map", "run", "clocks"))
    parser.add_argument("--count", type=int, default=300, help="how many faults; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--files", nargs="*", default=[""], help="only files whose path has one of these in it")
    parser.add_argument("--tests", nargs="*", default=[], help="for the map: only these, as pytest takes them")
    parser.add_argument("--find", action="store_true", help="for clocks: which tests could be named")
    options, more = parser.parse_known_args()
    if options.what == "map":
        measure(MAP, [*options.tests, *more])
        return 0
    chosen = [
        each
        for each in all_mutants(options.packages)
        if not options.files or any(f in each.file for f in options.files)
    ]
    known = equivalent()
    total = len(chosen)
    if options.count and options.count < total:
        chosen = random.Random(options.seed).sample(chosen, options.count)
    tried = [each for each in chosen if each.name not in known]
    print(
        f"{total} faults are possible; {len(chosen)} drawn, {len(chosen) - len(tried)} of them known to be equivalent"
    )
    missed = run(tried, options.workers)
    print(f"{len(tried) - len(missed)} of {len(tried)} noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
