"""A memory of showings that processes share: one for each scan, or one that starts again, still knows the last showing.

It lies in RAM, in a folder of its own that the scanner's state folder names (`healthpass.verifier.replay_note`), and is
lost with it. What is on a disk says nothing of a showing.
"""

from __future__ import annotations

import os

from healthpass._files import make_folder
from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import FolderError, RefusalCode, Refused
from healthpass.verifier.replay import AWAY, DIGEST_SIZE, check_can_tell, check_capacity, room_for
from healthpass.verifier.replay_file import ALWAYS, MemoryFile, make_memory, open_memory, read_key, remove_memory
from healthpass.verifier.replay_note import ID_SIZE, Note, NoteFile, parse_note, read_note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthpass.verifier.replay_boot import Boot

_PREFIX = "healthpass-replay-"
_TRIES = 3
_NO_RAM = "there is no folder in RAM that a memory of showings can be kept in"


@typed
class SharedReplayMemory:
    """For `Verifier(replay=...)`: as `healthpass.verifier.replay.ReplayMemory`, for all who name the same state folder.

    It is complete

    * always, where the state folder has no note of a memory: it is new;
    * since the boot, where the note is of another boot;
    * since now, where the note is of this boot and its memory is gone, or the note cannot be read.

    What it counts since is kept as a time since the boot, so a clock that is set meanwhile, or has no battery, changes
    nothing of it. A step of more than an hour back begins it anew.

    Every call opens the file, takes its lock and lets go of it, so threads, forks and other programs are all the same.
    What the system refuses then is `REPLAY_UNKNOWN`.

    Args:
        folder: the scanner's state folder.
        boot: of this machine, as `healthpass.verifier.replay_boot.this_boot` finds it.
        places: folders in RAM, the best first, as `healthpass.verifier.replay_boot.ram_folders` finds them.
        capacity: the most showings to remember; a full memory refuses. 20 bytes each.

    Raises:
        FolderError: "no-ram-folder": there is no place that this user can write to, or no folder for the note.
        OSError: the memory cannot be opened.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, boot: Boot, places: Sequence[str], capacity: int = room_for(60)
    ) -> None:
        self._folder = os.path.abspath(os.fspath(folder))
        self._boot = boot
        self._places = tuple(places)
        self._capacity = check_capacity(capacity)
        self._key = self._id = b""
        self._path = ""
        self._open().close()

    def forget(self, now: int) -> None:
        """Forget what is no longer fresh, if the file can be had; `remember` would say so if not."""
        try:
            memory = self._open()
        except (OSError, FolderError):
            return
        try:
            self._see(memory, now)
        except OSError:
            return
        finally:
            memory.close()

    def remember(self, key: bytes, *, until: int, now: int, earliest: int | None) -> None:
        """Remember a showing, which must be new: see `healthpass.verifier.replay.ReplayMemory.remember`."""
        try:
            memory = self._open()
            try:
                self._see(memory, now)
                self._remember(memory, key, until, now, earliest)
            finally:
                memory.close()
        except (OSError, FolderError):
            raise Refused(RefusalCode.REPLAY_UNKNOWN) from None

    def _remember(self, memory: MemoryFile, key: bytes, until: int, now: int, earliest: int | None) -> None:
        digest = ed25519.sha512(self._key + key)[:DIGEST_SIZE]
        if memory.has(digest):
            raise Refused(RefusalCode.REPLAYED)
        since = None if memory.began == ALWAYS else now - self._boot.uptime() + memory.began
        check_can_tell(until, memory.lost, earliest, since)
        if len(memory) >= self._capacity:
            raise Refused(RefusalCode.REPLAY_UNKNOWN)
        memory.add(digest, until)

    def _see(self, memory: MemoryFile, now: int) -> None:
        before = memory.newest
        if now > memory.newest:
            memory.newest = now
        elif now < memory.newest - AWAY:
            if memory.began != ALWAYS or memory.lost or len(memory):
                memory.began = self._now()
            memory.newest, memory.lost, memory.next = now, 0, 0
        if now >= memory.next:
            memory.prune(now)
        elif memory.newest != before:
            memory.save()

    def _now(self) -> int:
        return self._boot.uptime() + 2  # both clocks count whole seconds

    # How the memory is found, or begun.

    def _open(self) -> MemoryFile:
        for _ in range(_TRIES):
            memory = open_memory(self._path, self._id) if self._id else None
            if memory is not None:
                return memory
            self._attach()
        raise OSError("the memory of showings is removed again and again")

    def _attach(self) -> None:
        if not self._places:
            raise FolderError("no-ram-folder", _NO_RAM)
        if self._take(read_note(self._folder)):
            return
        try:
            make_folder(self._folder)
            with NoteFile(self._folder) as file:
                data = file.read()
                note = parse_note(data)
                if self._take(note):  # another process was faster
                    return
                self._begin(file, self._beginning(note) if data else ALWAYS)
        except OSError as error:
            why = "this scanner's folder has no place for a note of its memory of showings"
            raise FolderError("no-ram-folder", why) from error

    def _beginning(self, note: Note | None) -> int:
        return self._now() if note is None or note.boot == self._boot.id else 0

    def _take(self, note: Note | None) -> bool:
        """Whether the memory that a note names is there; then it is this one's."""
        if note is None or note.boot != self._boot.id or os.path.dirname(note.path) not in self._places:
            return False
        key = read_key(note.path)
        memory = None if key is None else open_memory(note.path, note.memory)
        if key is None or memory is None:
            return False
        memory.close()
        self._key, self._id, self._path = key, note.memory, note.path
        return True

    def _begin(self, file: NoteFile, began: int) -> None:
        new = os.urandom(ID_SIZE)
        for place in self._places:
            path = os.path.join(place, _PREFIX + os.urandom(8).hex())
            try:
                make_memory(path, new, began)
            except OSError:
                continue
            try:
                file.write(Note(self._boot.id, new, path))
            except BaseException:
                remove_memory(path)
                raise
            return
        raise FolderError("no-ram-folder", _NO_RAM)
