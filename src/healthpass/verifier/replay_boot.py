"""Which start of the machine this is, and where its RAM has a place for files: for a program to ask and to hand on.

Linux says so in /proc. Where there is none, as on macOS, there is no memory that processes share.
"""

from __future__ import annotations

import os
import stat

from healthpass._typed import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOOT_ID_SIZE = 16
PLACES = ("/run", "/dev/shm")  # noqa: S108  # looked at with care: see `ram_folders`
_IN_RAM = (b"tmpfs", b"ramfs")


class Boot:
    """A start of the machine.

    Attributes:
        id: 16 bytes, others at each start.
        uptime: gives the whole seconds since then, sleep included; raises `OSError` if it cannot.
    """

    __slots__ = ("id", "uptime")

    def __init__(self, boot_id: bytes, uptime: Callable[[], int]) -> None:
        if len(boot_id) != BOOT_ID_SIZE:
            raise ValueError("a boot id is 16 bytes")
        self.id = boot_id
        self.uptime = uptime


@typed
def this_boot(proc: str = "/proc") -> Boot | None:
    """What Linux says of its start; None where nobody does."""

    def uptime() -> int:
        try:
            return int(_read(os.path.join(proc, "uptime")).split(b".")[0])
        except ValueError:
            raise OSError("the system does not say for how long it has run") from None

    try:
        said = _read(os.path.join(proc, "sys", "kernel", "random", "boot_id"))
        uptime()
        return Boot(bytes.fromhex(said.decode("ascii").strip().replace("-", "")), uptime)
    except (OSError, ValueError):
        return None


@typed
def ram_folders(runtime: str | None = None, proc: str = "/proc", places: Sequence[str] = PLACES) -> tuple[str, ...]:
    """The folders in RAM where a program may keep files until the machine stops, the best first.

    Each is on a file system that the kernel calls tmpfs or ramfs, is no link, and belongs to the administrator or this
    user; where everybody may write, nobody may remove what is another's.

    Args:
        runtime: the last to be taken: what XDG_RUNTIME_DIR says.
        proc: where the kernel says what is mounted.
        places: the others, for tests.
    """
    try:
        lines = _read(os.path.join(proc, "self", "mountinfo")).splitlines()
    except OSError:
        return ()
    in_ram = set()
    for line in lines:
        words, _, rest = line.partition(b" - ")
        if rest.split(b" ")[0] in _IN_RAM:
            in_ram.add(words.split(b" ")[2])
    named = [*places, runtime] if runtime else places
    return tuple(place for place in named if place and "\n" not in place and _is_fit(place, in_ram))


def _is_fit(place: str, in_ram: set[bytes]) -> bool:
    try:
        found = os.lstat(place)
    except (OSError, ValueError):
        return False
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return (
        os.path.isabs(place)
        and stat.S_ISDIR(found.st_mode)
        and found.st_uid in (0, os.geteuid())
        and (not shared or bool(found.st_mode & stat.S_ISVTX))
        and b"%d:%d" % (os.major(found.st_dev), os.minor(found.st_dev)) in in_ram
    )


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(1_048_576)
