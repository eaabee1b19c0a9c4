"""`python -m tests.mutants`: see the package's docstring."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from tests.clocks.table import rows
from tests.mutants.change import Mutant, mutants_of, parses
from tests.mutants.clocks import moved
from tests.mutants.cover import load, measure

ROOT = Path(__file__).parents[2]
MAP = ROOT / ".mutants" / "map.json"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
PACKAGES = ("verifier", "formats", "trust", "crypto")
SLOWEST = 900
"""Seconds after which a fault counts as noticed: something goes on for ever."""


def all_mutants(packages: list[str], parts: list[str]) -> list[Mutant]:
    """Every fault for every file of these packages whose path has one of these parts in it."""
    files = sorted(file for each in packages for file in (ROOT / "src/healthpass" / each).rglob("*.py"))
    paths = {file: file.relative_to(ROOT / "src").as_posix() for file in files}
    return [
        mutant
        for file, path in paths.items()
        if any(part in path for part in parts)
        for mutant in mutants_of(path, file.read_text("utf-8"))
    ]


def drawn(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of them, or all for 0."""
    shuffled = random.Random(seed).sample(mutants, len(mutants)) if count else mutants
    return list(islice(filter(parses, shuffled), count or None))


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


def quickly(todo: list[tuple[Mutant, list[str]]], workers: int, seconds: dict[str, float]) -> list[bool | None]:
    """Whether the tests notice each fault, in forks (see `forked.py`); None where that cannot be found out there."""
    with tempfile.TemporaryDirectory() as above:
        started = []
        for n in range(workers):
            faults = [
                {
                    "number": number,
                    "file": mutant.file,
                    "source": mutant.source,
                    "tests": tests,
                    "seconds": sum(map(seconds.__getitem__, tests)),
                }
                for number, (mutant, tests) in enumerate(todo)
                if number % workers == n and tests
            ]
            given, out = Path(above) / f"{n}.json", Path(above) / f"{n}.out"
            given.write_text(json.dumps(faults))
            command = [sys.executable, "-m", "tests.mutants.forked", str(given), str(out)]
            environment = {**os.environ, "TMPDIR": above}
            started.append((out, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)))
        noticed: list[bool | None] = [None if tests else False for _, tests in todo]
        for out, process in started:
            said = process.communicate()[0]
            if process.returncode:
                raise RuntimeError(said.decode())
            for line in out.read_text("utf-8").splitlines():
                number, noticed[number] = json.loads(line)
    return noticed


def run(mutants: list[Mutant], workers: int, most: float, quick: bool) -> list[Mutant]:
    """Those that no test notices, in the order given.

    Args:
        most: how many seconds of tests each is tried against.
        quick: what is not noticed in a fork is not tried again in a process of its own.
    """
    cover = load(MAP)
    todo = [(each, cover.tests_of(each.file, each.line, most)) for each in mutants]
    print(f"{sum(not tests for _, tests in todo)} are in lines that no test runs", flush=True)
    found = quickly(todo, workers, cover.seconds)
    print(f"in forks {found.count(True)} noticed, {found.count(False)} not, {found.count(None)} not tried", flush=True)

    def judge(mutant: Mutant, tests: list[str], folder: Path) -> bool:
        noticed = bool(failures(mutant, tests, folder))
        print("." if noticed else f"\n{describe(mutant)}", end="", flush=True)
        return noticed

    missed = [mutant for (mutant, _), noticed in zip(todo, found, strict=True) if quick and noticed is False]
    print("\n".join(map(describe, missed)), flush=True)
    slowly = [each for each, noticed in zip(todo, found, strict=True) if not noticed and each[0] not in missed]
    noticed = spread(judge, slowly, workers)
    print()
    return missed + [mutant for (mutant, _), good in zip(slowly, noticed, strict=True) if not good]


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
    parser.add_argument("--most", type=float, default=600, help="seconds of tests that each fault is tried against")
    parser.add_argument("--quick", action="store_true", help="believe what the forks say")
    parser.add_argument("--find", action="store_true", help="for clocks: which tests could be named")
    options, more = parser.parse_known_args()
    if options.what == "map":
        measure(MAP, [*options.tests, *more])
        return 0
    possible = all_mutants(options.packages, options.files)
    chosen = drawn(possible, options.count, options.seed)
    known = equivalent()
    tried = [each for each in chosen if each.name not in known]
    known_ones = len(chosen) - len(tried)
    print(f"{len(possible)} faults are possible; {len(chosen)} drawn, {known_ones} of them known to be equivalent")
    missed = run(tried, options.workers, options.most, options.quick)
    print(f"{len(tried) - len(missed)} of {len(tried)} noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
