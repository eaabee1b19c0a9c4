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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.change import Mutant, mutants_of
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


def is_noticed(mutant: Mutant, tests: list[str], folder: Path) -> bool:
    """Whether one of the tests fails with this fault. `folder` has a copy of `src`, which is put right afterwards."""
    if not tests:
        return False
    path = folder / mutant.file
    original = path.read_text("utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()
    path.write_text(mutant.source, "utf-8")
    names = folder / "tests.txt"
    names.write_text("\n".join(tests), "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{names}"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=SLOWEST).returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(original, "utf-8")


def run(mutants: list[Mutant], workers: int) -> list[Mutant]:
    """Those that no test notices, in the order given."""
    cover = load(MAP)
    with tempfile.TemporaryDirectory() as above:
        folders: SimpleQueue[Path] = SimpleQueue()
        for n in range(workers):
            shutil.copytree(ROOT / "src", Path(above) / str(n))
            folders.put(Path(above) / str(n))

        def judge(mutant: Mutant) -> bool:
            folder = folders.get()
            try:
                noticed = is_noticed(mutant, cover.tests_of(mutant.file, mutant.line), folder)
            finally:
                folders.put(folder)
            print("." if noticed else f"\n{describe(mutant)}", end="", flush=True)
            return noticed

        with ThreadPoolExecutor(workers) as pool:
            noticed = list(pool.map(judge, mutants))
    print()
    return [mutant for mutant, good in zip(mutants, noticed, strict=True) if not good]


def describe(mutant: Mutant) -> str:
    """A fault, as it stands in `equivalent.toml`."""
    file, function, was, now, nth = map(repr, mutant.name)
    return f"# line {mutant.line}\nfile = {file}\nfunction = {function}\nwas = {was}\nnow = {now}\nnth = {nth}\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("what", choices=("map", "run"))
    parser.add_argument("--count", type=int, default=300, help="how many faults; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--files", nargs="*", default=[""], help="only files whose path has one of these in it")
    options = parser.parse_args()
    if options.what == "map":
        measure(MAP)
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
