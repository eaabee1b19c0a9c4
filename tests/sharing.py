"""A memory of showings that processes share, without /run and without a boot: the tests say where and when."""

from __future__ import annotations

from pathlib import Path

from healthpass.errors import Refused
from healthpass.verifier.replay_boot import Boot
from healthpass.verifier.replay_shared import SharedReplayMemory
from tests.making import NOW, signer

BOOT = bytes(range(16))
OTHER_BOOT = bytes(16)
UPTIME = 1000
UNTIL = NOW + 75


def boot(boot_id: bytes = BOOT, uptime: int = UPTIME) -> Boot:
    return Boot(boot_id, lambda: uptime)


def shared(folder: Path, *, at: Boot | None = None, capacity: int = 100) -> SharedReplayMemory:
    """The memory of folder/state, in folder/ram."""
    (folder / "ram").mkdir(exist_ok=True)
    return SharedReplayMemory(
        folder / "state", boot=boot() if at is None else at, places=[str(folder / "ram")], capacity=capacity
    )


def key(number: int) -> bytes:
    """A holder key."""
    return signer(1000 + number).public_key


def shown(memory: SharedReplayMemory, number: int, iat: int = NOW, now: int | None = None, nonce: bool = False) -> str:
    """What the memory says of a showing with the usual skew."""
    try:
        memory.remember(
            key(number), until=iat + 75, now=iat if now is None else now, earliest=None if nonce else iat - 60
        )
    except Refused as refused:
        return refused.code.name
    return "taken"


def memory_folder(folder: Path) -> Path:
    """The one folder in RAM."""
    (found,) = (folder / "ram").iterdir()
    return found
