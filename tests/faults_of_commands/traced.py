"""The same by the system's calls, SQLite's too: a command under `strace`, which lets one call fail, or kills there.

`python -m tests.faults_of_commands.traced [--each 7] [COMMAND ...]`. Each run is a process of its own, which loads
everything, then asks for a path that says so; the calls after that on the country's files are counted and fail in
turn, of each kind of call by itself. Commands that talk to somebody meanwhile are left to the runs in process.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults import ERROR, KILL
from tests.faults_of_commands.bench import Bench, Ran, Reference
from tests.faults_of_commands.injector import FULL, Operation
from tests.faults_of_commands.rows import ROWS, Row
from tests.faults_of_commands.sound import PASSPHRASE
from tests.faults_of_commands.world import CHEAP, build

_WRITING = ("openat", "write", "pwrite64", "fsync", "fdatasync", "fchmod", "chmod", "rename", "link", "unlink", "mkdir")
CALLS = (*_WRITING, "ftruncate", "flock", "fcntl", "read", "pread64")
_ROOM = frozenset(("write", "pwrite64", "mkdir", "link"))
_STARTED = "/healthpass-has-started"
_PROGRAM = f"""
import os, sys
from healthpass.cli import memory
from healthpass.cli.main import main
from healthpass.crypto import passphrase
from healthpass.verifier.replay_boot import Boot
ram = sys.argv.pop(1)
passphrase._LEVELS = {CHEAP!r}
memory.ram_folders = lambda runtime: (ram,)
memory.this_boot = lambda: Boot(bytes(16), lambda: 1000)
os.umask(0)
os.path.exists({_STARTED!r})
main()
"""
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")
_PATH = re.compile(r'^[^"]*"([^"]+)"')


class TracedBench(Bench):
    """Runs what fails under `strace`, and the rest in this process."""

    calls: tuple[tuple[str, int], ...] = ()
    done: tuple[Operation, ...] = ()
    """What `at` counts: a call, and how many of its kind came before it, from the start of the process, and itself."""

    def trace(self, row: Row) -> None:
        """Find the calls of an undisturbed run."""
        self.restore()
        output = self._strace(row, "-e", f"trace={','.join(CALLS)},newfstatat,stat")[1]
        counts: Counter[str] = Counter()
        started, found, done = False, [], []
        for line in output.splitlines():
            call = _CALL.match(line)
            if call is None:
                continue
            started = started or _STARTED in line
            counts[call[1]] += 1
            if started and call[1] in CALLS and self._is_ours(line):
                found.append((call[1], counts[call[1]]))
                done.append((call[1], call[2]))
        self.calls, self.done = tuple(found), tuple(done)

    def run(self, row: Row, kind: str | None = None, at: int = -1, secret: Callable[[str], bool] | None = None) -> Ran:
        if kind is None:
            return super().run(row)
        name, number = self.calls[at]
        what = {ERROR: "error=EIO", FULL: "error=ENOSPC", KILL: "signal=KILL"}[kind]
        result, output = self._strace(row, "-e", f"trace={name}", "-e", f"inject={name}:{what}:when={number}")
        happened = "(INJECTED)" in output or result.returncode == -signal.SIGKILL
        code = None if kind == KILL else result.returncode
        return Ran(code, result.stdout, result.stderr, self.done, happened, ())

    def _operations(self, reference: Reference) -> tuple[Operation, ...]:
        return self.done

    def _is_ours(self, line: str) -> bool:
        """Whether a call is about a file of the country: by its path, which may be relative, or else by its handle."""
        path = _PATH.match(line)
        if path is not None and line.find(path[1]) < line.find(" = "):
            return not path[1].startswith("/") or path[1].startswith(str(self.folder))
        return str(self.folder) in line

    def _strace(self, row: Row, *options: str) -> tuple[subprocess.CompletedProcess[str], str]:
        words = [*row.command.split(" "), *(self._names.get(word, word) for word in row.words)]
        told = "".join(f"{line}\n" for line in ([] if row.told is None else row.told(self.country)))
        with tempfile.NamedTemporaryFile() as log:
            # With a filter, strace 6.1 sends no signals.
            fast = [] if "signal" in options[-1] else ["--seccomp-bpf"]
            command = [
                "strace",
                "-f",
                *fast,
                "-y",
                "-s",
                "0",
                "-o",
                log.name,
                *options,
                sys.executable,
                "-c",
                _PROGRAM,
                str(self._ram),
                *words,
            ]
            environment = {**os.environ, "HEALTHPASS_PASSPHRASE": PASSPHRASE, "PYTHONPATH": os.pathsep.join(sys.path)}
            environment |= {"PYTHONIOENCODING": "utf-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
            result = subprocess.run(
                command, cwd=self.folder, env=environment, input=told, capture_output=True, text=True, check=False
            )
            return result, Path(log.name).read_text(encoding="utf-8", errors="replace")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--each", type=int, default=1, help="only every so many of the cases")
    options.add_argument("commands", nargs="*", help="only these commands")
    given = options.parse_args()
    if shutil.which("strace") is None:
        sys.exit("strace is not here: apt install strace")
    wrong = cases = turn = 0
    with tempfile.TemporaryDirectory() as country, tempfile.TemporaryDirectory() as scratch:
        bench = TracedBench(build(Path(country)), Path(scratch))
        for row in ROWS:
            if row.talks or (given.commands and row.command not in given.commands):
                continue
            reference = bench.reference(row)
            bench.trace(row)
            chosen = []
            for kind in (ERROR, FULL, KILL):
                for at, (name, _) in enumerate(bench.calls):
                    if kind == FULL and name not in _ROOM:
                        continue
                    turn += 1
                    if turn % (given.each * row.each[1]) == 0:
                        chosen.append((kind, at))
            outcomes, found_wrong = bench.judge_all(row, reference, chosen)
            for each in found_wrong:
                print(f"!! {each}", flush=True)
            wrong += len(found_wrong)
            cases += sum(outcomes.values())
            print(f"{row.name}: {len(bench.calls)} calls, {dict(outcomes)}", flush=True)
    print(f"{cases} cases as they should be, {wrong} not")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
