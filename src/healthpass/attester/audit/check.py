"""Is an audit log as it was written? Answered with its chain, and with checkpoints that others have kept."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from healthpass._typed import typed
from healthpass.attester.audit.entry import CLOCK, AuditError, Chain, damaged, walk
from healthpass.attester.audit.note import Checkpoint, open_checkpoint


@typed
@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong.

    Attributes:
        code: "damaged", "unfinished", "too-short", "other-entries", "other-origin", or what `open_checkpoint` raises.
        message: a sentence for people.
        entry: the number of the entry at which it is found, from 1 (0: the log's first line); None if it is a
            checkpoint that cannot be used.
        checkpoint: which of the checkpoints given says so, from 0; None if the log shows it by itself.
    """

    code: str
    message: str
    entry: int | None = None
    checkpoint: int | None = None


@dataclass(frozen=True, slots=True)
class ClockSet:
    """An entry that says that the clock was set back.

    Attributes:
        entry: its number.
        before: the time of the entry above, in seconds since 1970 UTC: it was in the future.
        time: at which the log goes on.
    """

    entry: int
    before: int
    time: int


@typed
@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        size: how many entries were read and follow from each other.
        covered: up to which entry the content is what a checkpoint says: changes after it may not be found.
        root: of the tree of the `size` entries, 32 bytes.
        problems: what is wrong, in the order of the log; empty if nothing is.
        clocks: where the clock was set back. The times of entries before such a place may be too late; an auditor asks
            why, for nothing else shows at what time they were written.
    """

    size: int
    covered: int
    root: bytes
    problems: tuple[Problem, ...]
    clocks: tuple[ClockSet, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@typed
def check_log(
    log: str | os.PathLike[str] | bytes,
    *,
    checkpoints: Sequence[str | bytes] = (),
    key: bytes | None = None,
    origin: str | None = None,
) -> Report:
    """Read a log from its first line, and compare it with checkpoints.

    1. The chain holds from the first line on, numbers have no gap, times do not go back but where an entry says that
       the clock was set back, and the last line is finished.
    2. Each checkpoint is signed by `key`, and all are of one origin.
    3. The log is as long as each checkpoint says, and has the content that it says.

    The chain finds damage. Who can write the file can make another chain, and only checkpoints find that: all up to the
    last one is as it was when that was signed, and an entry after it may have been taken out.

    Args:
        log: its path, or its bytes.
        checkpoints: as they were given away, in any order.
        key: the public key of who signs checkpoints, 32 bytes; needed if there are any.
        origin: what the log is called; by default what the first good checkpoint says.

    Raises:
        ValueError: checkpoints without a key.
        OSError: the log cannot be read. Nothing that is in it or in a checkpoint makes this function raise.
    """
    if checkpoints and key is None:
        raise ValueError("to check checkpoints, the public key of who signs them is needed")
    good, problems = _opened_checkpoints(checkpoints, key or b"", origin)
    sizes = {checkpoint.size for checkpoint in good.values()}
    chain = Chain()
    roots = {0: chain.tree.root()}
    clocks: list[ClockSet] = []
    last = 0
    with opened(log) as file:
        try:
            for entry in walk(file, chain):
                if entry.number in sizes:
                    roots[entry.number] = chain.tree.root()
                if entry.kind == CLOCK:
                    clocks.append(ClockSet(entry.number, last, entry.time))
                last = entry.time
            _check_end(chain)
        except AuditError as error:
            problems.append(Problem(error.code, str(error), chain.size + 1 if chain.end else 0))
    compared, covered = _compared(good, roots, chain.size)
    return Report(chain.size, covered, chain.tree.root(), tuple(compared + problems), tuple(clocks))


def opened(log: str | os.PathLike[str] | bytes) -> AbstractContextManager[BinaryIO]:
    """A log's bytes or file, from its beginning. Raises `OSError`."""
    return io.BytesIO(log) if isinstance(log, bytes) else open(log, "rb")


def _check_end(chain: Chain) -> None:
    if chain.rest:
        raise AuditError("unfinished", "the last line is not finished: it is being written, or the power went")
    if chain.end == 0:
        raise damaged("it has no first line")


def _opened_checkpoints(
    notes: Sequence[str | bytes], key: bytes, origin: str | None
) -> tuple[dict[int, Checkpoint], list[Problem]]:
    """Those that can be used, by their place, and what is wrong with the others."""
    good: dict[int, Checkpoint] = {}
    problems = []
    for place, note in enumerate(notes):
        try:
            checkpoint = open_checkpoint(note, key)
        except AuditError as error:
            problems.append(Problem(error.code, str(error), None, place))
            continue
        origin = checkpoint.origin if origin is None else origin
        if checkpoint.origin == origin:
            good[place] = checkpoint
        else:
            problems.append(Problem("other-origin", "the checkpoint is of another log", None, place))
    return good, problems


def _compared(good: dict[int, Checkpoint], roots: dict[int, bytes], size: int) -> tuple[list[Problem], int]:
    """What the checkpoints say against the log, and up to which entry they agree with it."""
    problems: list[Problem] = []
    agreed = 0
    for place, checkpoint in sorted(good.items(), key=lambda item: item[1].size):
        if checkpoint.size not in roots:
            what = f"only {size} entries follow from each other, and there were {checkpoint.size}"
            problems.append(Problem("too-short", what, size + 1, place))
        elif roots[checkpoint.size] != checkpoint.root:
            what = f"among the entries {agreed + 1} to {checkpoint.size}, some are not what was there"
            problems.append(Problem("other-entries", what, agreed + 1, place))
        elif not problems:
            agreed = checkpoint.size
    return problems, agreed
