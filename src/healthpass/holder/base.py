"""What every wallet has: the place where it is kept, and whom it believes. `wallet` adds the passes."""

from __future__ import annotations

import os
from dataclasses import replace

from nacl.utils import random as fresh

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.crypto import passphrase as passphrases
from healthpass.formats.window import RootSet
from healthpass.holder import stored
from healthpass.holder.codes import Random
from healthpass.holder.keeping import Keeping
from healthpass.holder.sealed_file import SealedFile
from healthpass.holder.state import State
from healthpass.holder.trust import Trust, Visit, visit, with_area_table, with_trust_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from healthpass._values import Time


@typed
class WalletBase:
    """A wallet without what concerns passes; applications use `healthpass.holder.Wallet`."""

    @guarded
    def __init__(self, roots: RootSet, *, random: Random = fresh) -> None:
        self._random = random
        self._kept = Keeping(State(random(stored.MARK_SIZE), Trust(roots)))

    @classmethod
    @guarded
    def create(
        cls,
        path: str | os.PathLike[str],
        passphrase: str,
        *,
        roots: RootSet,
        random: Random = fresh,
        level: int = passphrases.MODERATE,
    ) -> Self:
        """A new wallet in a new file, sealed with a passphrase. Leave the file out of the phone's backups: a copy from
        before would show again what has been shown since, and keep what is erased here.

        Args:
            path: where; its folder must be there.
            passphrase: any text but an empty one. Nobody can open the file without it.
            roots, random: as for a wallet in memory.
            level: what a guess at the passphrase costs; see `healthpass.crypto.passphrase`.

        Raises:
            WalletError: "exists".
            ValueError: an empty passphrase, or no such level.
            OSError: the file cannot be written.
        """
        wallet = cls(roots, random=random)
        state = wallet._kept.now
        file = SealedFile.create(os.fspath(path), passphrase, level, stored.encode_state(state), stored.MAX_SIZE)
        wallet._kept = Keeping(state, file)
        return wallet

    @classmethod
    @guarded
    def open(
        cls,
        path: str | os.PathLike[str],
        passphrase: str,
        *,
        now: Time | None = None,
        at_least: int = 0,
        random: Random = fresh,
    ) -> Self:
        """The wallet in a file.

        A file cannot tell by itself that it is an old copy, which would show again what has been shown since. Who keeps
        the newest `generation` elsewhere, where it cannot be put back, such as a phone's secure storage, finds it out.

        Args:
            path: where it is.
            passphrase: the one that it was sealed with.
            now: seconds since 1970 UTC, or an aware `datetime`: what was over an hour before is erased from the file.
                Not given, the first call that is given the time does that.
            at_least: the generation that it must have reached.
            random: as for a wallet in memory.

        Raises:
            KeyFileError: "not-ours", "passphrase" (wrong, or the file is damaged: nobody can tell which), or
                "memory".
            WalletError: "no-file", "too-large", "damaged" (sealed by a version that this one does not know), or
                "rolled-back" (of an older generation).
            OSError: the file cannot be read, or written.
        """
        time = None if now is None else seconds(now)
        kept = Keeping.open(os.fspath(path), passphrase, at_least)
        wallet = cls(kept.now.trust.roots, random=random)
        wallet._kept = kept
        if time is not None:
            kept.at(time)
        return wallet

    @property
    def generation(self) -> int:
        """How often the wallet has been changed. It rises with each showing; see `open`."""
        return self._kept.now.generation

    @guarded
    def update_trust_list(self, data: bytes, *, now: Time) -> None:
        """Take a newer trust list, by a scanner's rules.

        Args:
            data: the list, at most 262,144 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not a trust list ("malformed").
            TrustListRefused: as from `healthpass.verifier.TrustStore.update_trust_list`; the wallet keeps what it has.
        """
        time = seconds(now)
        with self._kept.changing(time) as state:
            trust = with_trust_list(state.trust, data, time)
            if trust.list_data != state.trust.list_data:
                self._kept.save(replace(state, trust=trust))

    @guarded
    def update_area_table(self, data: bytes, *, now: Time) -> None:
        """Take a newer area table, by a scanner's rules: which areas are of medium or high risk today.

        Args:
            data: the table, at most 1,048,576 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not an area table ("malformed").
            TrustListRefused: as from `healthpass.verifier.TrustStore.update_area_table`; the wallet keeps what it has.
        """
        time = seconds(now)
        with self._kept.changing(time) as state:
            trust = with_area_table(state.trust, data, time)
            if trust.area_data != state.trust.area_data:
                self._kept.save(replace(state, trust=trust))

    @guarded
    def visit(self, poster: str, *, now: Time) -> Visit:
        """What the poster of a place says: whether, and how, a pass may be shown there. Nothing is shown by this.

        Args:
            poster: the text of its code, `HPL1:...`.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not the text of a poster.
            PlaceRefused: "not-a-registrar", "bad-signature", "place-expired" or "place-from-the-future": the place is
                not certified; "class-not-named": the check policy says nothing of such places; "risk-unknown": there is
                no area table in force, and it matters; "check-not-permitted": nobody may be checked there today.
            WalletError: "no-trust-list"; "trust-list-too-old" (past its grace time: the key of a registrar that was
                stolen may still stand in it); or "clock-behind".
        """
        time = seconds(now)
        return visit(self._kept.at(time).trust, poster, time)
