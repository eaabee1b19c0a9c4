"""What `verify` remembers of showings: with its state folder, in a process, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from healthpass.cli.output import echo
from healthpass.errors import FolderError
from healthpass.verifier.replay import ReplayMemory
from healthpass.verifier.replay_boot import ram_folders, this_boot
from healthpass.verifier.replay_shared import SharedReplayMemory

if TYPE_CHECKING:
    from healthpass.verifier.replay import Replay

SHARED, PROCESS, NONE = "shared", "process", "none"
"""What `memory` says in JSON: the next process knows of it; this one while it runs; nobody."""
FORGETS = "Nothing is remembered of this showing: the next check takes it again. Give --state a folder, on Linux."

memory_option = click.option(
    "--require-memory",
    is_flag=True,
    help="Refuse what could have been shown to another process, where no memory is shared with it.",
)


def open_memory(state: Path | None, required: bool, now: int, stream: bool) -> tuple[Replay, str]:
    """The memory to verify with, and what to call it.

    Args:
        state: the scanner's folder.
        required: where none can be shared, it begins now instead of counting always.
        now: the time.
        stream: whether this process verifies more than one text.
    """
    boot = None if state is None else this_boot()
    if state is not None and boot is not None:
        try:
            places = ram_folders(os.environ.get("XDG_RUNTIME_DIR"))
            return SharedReplayMemory(state, boot=boot, places=places), SHARED
        except (FolderError, OSError):  # then it is as on a system without such a memory, and says so
            pass
    return ReplayMemory(since=now if required else None), PROCESS if stream else NONE


def say_what_is_remembered(memory: str, as_json: bool) -> None:
    """In text, that nothing is; in JSON each result says so."""
    if memory == NONE and not as_json:
        echo(FORGETS, err=True)
