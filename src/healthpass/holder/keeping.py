"""A wallet's state and the file that it is kept in, which other programs may change too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from threading import Lock

from healthpass.errors import WalletError
from healthpass.holder import stored
from healthpass.holder.sealed_file import SealedFile
from healthpass.holder.state import State, follows, without_over


class Keeping:
    """The newest state, in memory alone or also in a file. Each call takes it once, after a look at the file.

    Args:
        state: what there is to begin with.
        file: that has it, or None.
    """

    __slots__ = ("_file", "_lock", "_state")

    def __init__(self, state: State, file: SealedFile | None = None) -> None:
        self._state = state
        self._file = file
        self._lock = Lock()

    @classmethod
    def open(cls, path: str, passphrase: str, at_least: int) -> Keeping:
        """What is in the file at `path`. Raises as `healthpass.holder.Wallet.open`."""
        file, content = SealedFile.open(path, passphrase, stored.MAX_SIZE)
        state = stored.parse_state(content)
        if state.generation < at_least:
            raise _rolled_back()
        return cls(state, file)

    @property
    def now(self) -> State:
        """The state that a call which only reads goes by.

        Raises:
            WalletError: "no-file", "too-large", "damaged", "rolled-back" or "changed-elsewhere".
            KeyFileError: "passphrase": damaged, or sealed by another passphrase than before.
            OSError: the file cannot be read.
        """
        with self._lock:
            self._look()
            return self._state

    def at(self, now: int) -> State:
        """The state that a call which only reads goes by, without what was over at `now`: that is erased.

        Raises:
            WalletError, KeyFileError: as `now`.
            OSError: the file cannot be read, or what is over cannot be erased.
        """
        state = self.now
        if without_over(state, now) is state:
            return state
        with self.changing(now) as state:
            return state

    @contextmanager
    def changing(self, now: int | None = None) -> Iterator[State]:
        """The state for a call that may `save` another one: no other program or thread changes it meanwhile.

        Args:
            now: by when what is over is erased before anything else, in seconds since 1970 UTC; None: nothing is.

        Raises:
            WalletError, KeyFileError, OSError: as `at`.
        """
        with self._lock, nullcontext() if self._file is None else self._file.alone():
            self._look()
            if now is not None and (kept := without_over(self._state, now)) is not self._state:
                self.save(kept)
            yield self._state

    def save(self, state: State) -> None:
        """Go on with `state`, once it is on the disk. Only within `changing`.

        Raises:
            WalletError: "wallet-full".
            OSError: the file then has the old state, or this one, with which the next call goes on.
        """
        state = replace(state, generation=self._state.generation + 1)
        if self._file is not None:
            self._file.write(stored.encode_state(state))
        self._state = state

    def _look(self) -> None:
        """Go on with what another program has written."""
        if self._file is None or (changed := self._file.changed()) is None:
            return
        stamp, content = changed
        state = stored.parse_state(content)
        if state.mark != self._state.mark:
            raise WalletError("changed-elsewhere", "there is another wallet in the place of this one: open it again")
        if not follows(state, self._state):
            raise _rolled_back()
        self._state = state
        self._file.seen(stamp)

    def __repr__(self) -> str:
        return "Keeping(...)"


def _rolled_back() -> WalletError:
    return WalletError(
        "rolled-back", "the wallet's file is older than what this wallet has shown: ask the region for new passes"
    )
