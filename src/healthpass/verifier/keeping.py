"""What a scanner goes by now, and the one way to catch up with other programs that keep theirs in the same folder.

What an update writes first is read last: the generation file, the floors, and then the rest. So whatever is being
written meanwhile, nothing that is read is older than the generation that was seen.
"""

from __future__ import annotations

from _thread import allocate_lock
from os import stat

from healthpass.verifier.state import State, loaded
from healthpass.verifier.state_folder import StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from healthpass.crypto.sealing import Opener
    from healthpass.formats.window import RootSet
    from healthpass.verifier.state_folder import Writes

    Take = Callable[[State, StateFolder], tuple[State, Writes]]
    """What an update makes of the newest state: the next one, and what is to be written. Or it raises."""


class Kept:
    """A `State` in memory or in a folder. Safe to use from several threads.

    Args:
        roots: the pinned root keys.
        path: of the folder, or None.
        opener: the scanner's sealing key, if it compares documents.

    Raises:
        OSError: the folder cannot be made or read.
    """

    __slots__ = ("_folder", "_generation", "_lock", "_opener", "_state", "_swap")

    def __init__(self, roots: RootSet, path: str | None, opener: Opener | None) -> None:
        self._lock = allocate_lock()  # over updates, which may wait for other programs and for what is fetched
        self._swap = allocate_lock()  # over the exchange of one state for another, and nothing else
        self._opener = opener
        self._folder = StateFolder(path)
        self._generation = self._folder.generation
        self._state = State(roots)
        if path is not None:
            self._open()

    def now(self) -> State:
        """The newest state of any program: for the price of one look at one file, if that has not changed."""
        state = self._state
        if self._generation is None:
            return state
        try:
            found = stat(self._generation)
        except OSError:
            return self._look(state)
        if (found.st_ino, found.st_size, found.st_mtime_ns) == state.mark:
            return state
        return self._look(state)

    def update(self, take: Take) -> None:
        """One update: what other programs have taken counts first, also where this one is refused. It is written and
        synced, the generation file last, and only then used.

        Raises:
            OSError: something could not be written; what was in force stays so here.
        """
        with self._lock, self._folder:
            state = self._read(self._state)
            self._exchange(state)
            state, writes = take(state, self._folder)
            for name, data in writes:
                if data is None:
                    self._folder.remove(name)
                else:
                    self._folder.write(name, data)
            self._publish(state)

    def _read(self, old: State) -> State:
        """The state of the folder, upon what is known already. Raises `OSError`."""
        if self._generation is None:
            return old
        mark = self._folder.mark()
        floors, number = self._folder.floors()
        if floors is None and self._folder.is_empty():
            return old.changed(mark=mark)
        state = loaded(old, floors, self._folder, self._opener)
        return state.changed(number=max(number, old.number), mark=mark)

    def _look(self, old: State) -> State:
        """The state after the generation file has changed, or cannot be looked at."""
        while True:
            try:
                if self._folder.mark() == old.mark:
                    return old
                new = self._read(old)
            except OSError:  # what another program has written cannot be seen: then no list is known to be in force
                return old.changed(trust_list=None)
            with self._swap:
                if self._state is old:
                    self._state = new
                    return new
                old = self._state  # another thread has seen it too, or has taken an update

    def _exchange(self, state: State) -> None:
        with self._swap:
            self._state = state

    def _publish(self, state: State) -> None:
        """Make a state known whose files are written, and use it."""
        number = self._folder.publish(state.floors, state.number)
        self._exchange(state.changed(number=number, mark=self._folder.mark()))

    def _open(self) -> None:
        """Read the folder, and finish what an update that was killed has left, if the folder can be written.

        Where another program is just writing, it is not waited for: the next call sees what that has written.
        """
        self._state = state = self._read(self._state)
        if self._folder.is_published(state.floors, state.number):
            return
        if state.trust_list is None and self._folder.floors()[0] is None:  # nothing here says what was accepted
            return
        try:
            if self._folder.lock(wait=False):
                self._publish(self._read(state))
        except OSError:  # it can be read alone: then it is as it is
            return
        finally:
            self._folder.unlock()
