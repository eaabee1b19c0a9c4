"""Runs a row with a fault in it, and then without: what is left, what is said, and whether that is as it should be."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from click.testing import CliRunner

from healthpass._files import is_leftover
from healthpass.cli.locks import LOCK_FILE
from healthpass.cli.main import main
from tests.cli.terminal import Terminal
from tests.faults import ERROR, KILL, TORN
from tests.faults_of_commands.folder import State, Watched, leftovers
from tests.faults_of_commands.injector import DEAD, FULL, SHORT, Faults, Operation
from tests.faults_of_commands.rows import Row
from tests.faults_of_commands.sound import PASSPHRASE, content
from tests.faults_of_commands.world import Country, in_folder

MISUSE = 2
_ASSIST = 3
View = dict[str, tuple[int, object]]
"""Mode and meaning of a command's own files."""
_ERROR = re.compile(r"(?im)error(?: \([a-z-]+\))?: (.*)$")

_OTHERS = ("ledger.sqlite", ".png", ".filter", "generation.txt", "floors.txt", ".given", ".mark")
"""Files that may be others each time: what is in them was chosen by chance, or by the last run."""

_DIGEST = re.compile("[0-9a-f]{16,}")
_SYSTEM = re.compile("|".join(re.escape(os.strerror(each)) for each in (errno.EIO, errno.ENOSPC)))

AS_BEFORE, DONE, IN_PART = "as before", "done", "in part"


class Told(BufferedIOBase):
    """Standard input: each line is made when the command waits for it, while the disk is a good one."""

    def __init__(self, lines: Iterator[str], faults: Faults) -> None:
        self._lines, self._faults = lines, faults

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        with self._faults.paused():
            line = next(self._lines, None)
        return b"" if line is None else line.encode() + b"\n"

    def read(self, size: int | None = -1) -> bytes:
        return self.read1(-1 if size is None else size)

    def readline(self, size: int | None = -1) -> bytes:
        return self.read1()


@dataclass(frozen=True)
class Ran:
    """What came of a run: its exit code (None: killed), what it said, and the operations that it did."""

    code: int | None
    out: str
    errors: str
    done: tuple[Operation, ...]
    happened: bool
    seen_by_others: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """What an undisturbed run does and leaves; `fixed` are the own files that are the same bytes each time."""

    ran: Ran
    view: View
    fixed: frozenset[str]
    private: frozenset[str]
    changed: frozenset[str]


class Bench:
    """The country, which each run finds as it was made."""

    def __init__(self, country: Country, scratch: Path) -> None:
        self.country, self.folder, self._scratch = country, country.folder, scratch
        with in_folder(self.folder) as terminal:
            self._names = _names(terminal)
        self._watched = Watched(self.folder)
        self._ram = scratch / "ram"
        self.base = self._watched.capture()
        self._meanings: dict[tuple[str, bool, bytes | None, bytes | None], object] = {}

    # ---- Running -----------------------------------------------------------------------------------------------

    def run(self, row: Row, kind: str | None = None, at: int = -1, secret: Callable[[str], bool] | None = None) -> Ran:
        """Run the command in the folder as it is now."""
        faults = Faults(self.folder, kind, at, (lambda _: False) if secret is None else secret)
        words = [*row.command.split(" "), *(self._names.get(word, word) for word in row.words)]
        told = None if row.told is None else Told(row.told(self.country), faults)
        runner = CliRunner(env={"HEALTHPASS_PASSPHRASE": PASSPHRASE})
        code: int | None = None
        out = errors = ""
        with in_folder(self.folder, ram=self._ram):
            with faults.injected():
                result = runner.invoke(main, words, input=told)  # type: ignore[arg-type]  # it reads any stream
            if not faults.killed:
                assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
                code, out, errors = result.exit_code, result.stdout, result.stderr
        return Ran(code, out, errors, tuple(faults.done), faults.happened, tuple(faults.seen_by_others))

    def reference(self, row: Row) -> Reference:
        """Twice, so that one sees what is another each time."""
        views, states = [], []
        for _ in range(2):
            self.restore()
            ran = self.run(row)
            assert ran.code in (0, 1), (row.name, ran.code, ran.out, ran.errors)
            states.append(self._watched.capture())
            self._check_others(row, states[-1])
            assert not leftovers(states[-1])
            views.append(self._view(row, states[-1], frozenset()))
        first, second = states
        assert views[0] == views[1], (row.name, views)
        same = {path for path in first.keys() - row.counted if row.owns(path) and first[path] == second.get(path)}
        fixed = frozenset(path for path in same if first[path][1] is not None and not path.endswith(_OTHERS))
        private = frozenset(path for path, (mode, data) in first.items() if data is not None and not mode & 0o077)
        changed = frozenset(self._changed(row, first) & self._changed(row, second))
        return Reference(ran, self._view(row, second, fixed), fixed, private, changed)

    def judge_all(
        self, row: Row, reference: Reference, cases: Iterable[tuple[str, int]]
    ) -> tuple[Counter[str], list[str]]:
        """Each of the faults, of a kind at an operation. Returns how often there were which files then, and a line for
        each case that is not as it should be."""
        outcomes: Counter[str] = Counter()
        wrong = []
        for kind, at in cases:
            try:
                outcomes[self.judge(row, reference, kind, at)] += 1
            except AssertionError as error:
                operation = self._operations(reference)[at]
                wrong.append(f"{row.name}: {kind} at operation {at}, {operation}: {error}")
        return outcomes, wrong

    def judge(self, row: Row, reference: Reference, kind: str, at: int) -> str:
        """One fault. Returns which files there are then: `AS_BEFORE`, `DONE` or `IN_PART`."""
        self.restore()
        ran = self.run(row, kind, at, lambda path: row.owns(path) and path in reference.private)
        assert ran.happened, "the fault did not happen"
        assert not ran.seen_by_others, "readable by others meanwhile"
        state = self._watched.capture()
        self._check_others(row, state)
        view = self._view(row, state, reference.fixed, unfinished=kind in (KILL, TORN, DEAD, FULL, ERROR))
        self._check_said(row, reference, ran, self._as_good(row, reference, state, view), kind, at)
        if kind in (ERROR, FULL, SHORT) and ran.done[at][0] != "unlink":
            assert not leftovers(state), "it has left something behind"
        outcome = AS_BEFORE
        if self._changed(row, state):
            outcome = DONE if self._as_good(row, reference, state, view) else IN_PART
        self._check_again(row, reference, ran, outcome)
        return outcome

    def restore(self) -> None:
        """Make the folder what it was, and forget what was shown."""
        self._watched.restore(self.base)
        shutil.rmtree(self._ram, ignore_errors=True)
        self._ram.mkdir()

    def _operations(self, reference: Reference) -> tuple[Operation, ...]:
        """What the numbers of operations count."""
        return reference.ran.done

    # ---- What must be so ---------------------------------------------------------------------------------------

    def _check_others(self, row: Row, state: State) -> None:
        for path in {*state, *self.base}:
            name = os.path.basename(path)
            if not row.owns(path) and not is_leftover(name) and name != LOCK_FILE:
                assert state.get(path) == self.base.get(path), f"{path} is not the command's own"

    def _check_said(self, row: Row, reference: Reference, ran: Ran, done: bool, kind: str, at: int) -> None:
        if ran.code is None:
            return
        assert "Traceback" not in ran.errors, ran.errors
        told = row.told is not None and ("not taken: " in ran.errors or "\nrefused" in f"\n{ran.errors}")
        if told or (ran.done[at][0], kind) == ("unlink", ERROR):  # a line of its input; what is in nobody's way
            assert ran.code in (reference.ran.code, 1, _ASSIST, MISUSE)
            if ran.code != MISUSE:
                return
        if ran.code == reference.ran.code:
            assert done, "it says that it is done"
            return
        if row.once and _refused_as_shown(ran):
            return
        assert kind != SHORT, "a short write is no fault"
        assert ran.code == MISUSE, f"exit code {ran.code}: {ran.errors}"
        found = _ERROR.findall(ran.errors)
        assert len(found) == 1, f"one line of error: {ran.errors}"
        assert not _SYSTEM.fullmatch(found[0]), f"it does not say which file: {ran.errors}"

    def _check_again(self, row: Row, reference: Reference, before: Ran, outcome: str) -> None:
        again = self.run(row)
        state = self._watched.capture()
        self._check_others(row, state)
        told_what_to_do = again.code == MISUSE and bool(row.says) and row.says in again.errors
        view = self._view(row, state, reference.fixed, unfinished=told_what_to_do)  # it has not gone on then
        if again.code == MISUSE:
            assert len(_ERROR.findall(again.errors)) == 1
            if told_what_to_do:
                return
            assert outcome == DONE, f"the same again: {again.errors}"
        elif row.once and _refused_as_shown(again):
            pass
        else:
            assert not (row.once and before.code == again.code), "taken twice"
            assert again.code == reference.ran.code, f"the same again: {again.code} {again.errors}"
            written = {os.path.dirname(path) for name, path in again.done if name == "create"}
            left = [path for path in leftovers(state) if os.path.dirname(path) in written]
            assert not left, f"left by who has written there since: {left}"
        good = self._as_good(row, reference, state, view)
        others = [path for path in {*view, *reference.view} if view.get(path) != reference.view.get(path)]
        old = reference.changed - self._changed(row, state)
        assert good, f"after the same again these are not as they should be: {others}, or not new: {old}"

    def _as_good(self, row: Row, reference: Reference, state: State, view: View) -> bool:
        """Whether the own files say what those of an undisturbed run do. What counts may have counted once more."""
        return (
            view.keys() == reference.view.keys()
            and self._changed(row, state) >= reference.changed
            and all(
                view[path][0] == mode and _alike(view[path][1], meaning, path in row.counted)
                for path, (mode, meaning) in reference.view.items()
            )
        )

    def _changed(self, row: Row, state: State) -> set[str]:
        """Which of its own files are not as they were."""
        found = (path for path in {*state, *self.base} if row.owns(path) and not is_leftover(os.path.basename(path)))
        names = {path.removesuffix("-wal") for path in found if state.get(path) != self.base.get(path)}
        return {_DIGEST.sub("DIGEST", path) for path in names}

    # ---- What is in its files ----------------------------------------------------------------------------------------

    def _view(self, row: Row, state: State, fixed: frozenset[str], unfinished: bool = False) -> View:
        """Fails if a file is neither as it was nor whole."""
        view: View = {}
        for path, (mode, data) in state.items():
            name = os.path.basename(path)
            if not row.owns(path) or is_leftover(name) or name == LOCK_FILE or name.endswith(("-wal", "-shm")):
                continue
            meaning = data if path in fixed or data is None else self._content(path, unfinished, state)
            view[_DIGEST.sub("DIGEST", path)] = mode, meaning
        return view

    def _content(self, path: str, unfinished: bool, state: State) -> object:
        """Looked at once, and in a copy: to open a ledger mends it."""
        known = path, unfinished, state[path][1], state.get(path + "-wal", (0, None))[1]
        if known not in self._meanings:
            self._meanings[known] = self._look_into(path, unfinished)
        return self._meanings[known]

    def _look_into(self, path: str, unfinished: bool) -> object:
        source = self.folder / path
        copy = self._scratch / path.replace("/", "_").replace("platform_", "").replace("other_", "")
        shutil.copy(source, copy)
        wal = source.with_name(source.name + "-wal")
        if source.name == "ledger.sqlite" and wal.exists():
            shutil.copy(wal, copy.with_name(copy.name + "-wal"))
        try:
            with in_folder(self._scratch):
                return content(copy, unfinished)
        except Exception as error:
            raise AssertionError(f"{path} is not whole: {error}") from error
        finally:
            for each in self._scratch.iterdir():
                if each != self._ram:
                    each.unlink()


def _refused_as_shown(ran: Ran) -> bool:
    """Whether a pass was refused since it was shown before, or since nobody can tell."""
    return ran.code == _ASSIST and ran.out in ("ASSIST: REPLAYED\n", "ASSIST: REPLAY_UNKNOWN\n")


def _alike(meaning: object, wanted: object, counted: bool) -> bool:
    """Whether two files say the same: those that count, but for what another run has counted, or filled up."""
    if not counted:
        return meaning == wanted
    if isinstance(meaning, int) and isinstance(wanted, int):
        return abs(meaning - wanted) <= 1
    if isinstance(meaning, dict) and isinstance(wanted, dict):
        return meaning.keys() == wanted.keys()
    return isinstance(meaning, tuple) and isinstance(wanted, tuple) and meaning[0] == wanted[0]


def _names(terminal: Terminal) -> dict[str, str]:
    """What rows call KID, SEALING and STATION."""
    handed_in = terminal.json("inspect", "platform/platform.pub.cbor")
    stations = terminal.json("station", "list", "stations.toml")["stations"]
    named = {"KID": handed_in["windows"][0]["kid"], "SEALING": handed_in["sealing_keys"][2]["key"]}
    return named | {"STATION": stations[0]["station_id"]}
