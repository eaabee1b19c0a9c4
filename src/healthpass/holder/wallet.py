"""The wallet: answers offers, accepts batches, and shows each claim once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from nacl.utils import random

from healthpass._values import seconds
from healthpass.crypto import passphrase as passphrases
from healthpass.errors import WalletError
from healthpass.formats import fields
from healthpass.formats.enrolment import parse_offer
from healthpass.formats.window import RootSet
from healthpass.holder import keys, showings, stored
from healthpass.holder.batch_check import check_batch
from healthpass.holder.sealed_file import SealedFile
from healthpass.holder.showings import Showing
from healthpass.holder.state import Enrolment, State, with_batch, with_pending, with_window, without_over
from healthpass.trust.signed import open_trust_list
from healthpass.trust.updates import Floor, check_not_older, check_times, floor_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time


class Wallet:
    """One-time passes of one or several people, in memory; `create` and `open` keep them in a file.

    Args:
        roots: whom to believe about the platform's keys.
        seed: 32 bytes from which every key derives; fresh random ones by default. A wallet made again from its seed
            gives the same answers, but does not know which passes it has shown.

    Each method that changes something has saved it before it returns; if that fails, an `OSError` says so and nothing
    has changed. Another program that has changed the file meanwhile is a `WalletError` "changed-elsewhere". Safe to
    call from several threads.
    """

    def __init__(self, roots: RootSet, *, seed: bytes | None = None) -> None:
        seed = random(keys.SEED_SIZE) if seed is None else fields.byte_string(seed, "seed", keys.SEED_SIZE)
        self._state = State(seed, roots)
        self._file: SealedFile | None = None
        self._lock = Lock()

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        passphrase: str,
        *,
        roots: RootSet,
        seed: bytes | None = None,
        level: int = passphrases.MODERATE,
    ) -> Wallet:
        """A new wallet in a new file, sealed with a passphrase.

        Args:
            path: where; its folder must be there.
            passphrase: any text but an empty one. Nobody can open the file without it.
            roots, seed: as for a wallet in memory.
            level: what a guess at the passphrase costs; see `healthpass.crypto.passphrase`.

        Raises:
            WalletError: "exists".
            ValueError: an empty passphrase, no such level, or the seed is not 32 bytes.
            OSError: the file cannot be written.
        """
        wallet = cls(roots, seed=seed)
        wallet._file = SealedFile.create(os.fspath(path), passphrase, level, stored.encode_state(wallet._state))
        return wallet

    @classmethod
    def open(cls, path: str | os.PathLike[str], passphrase: str) -> Wallet:
        """The wallet in a file.

        Raises:
            KeyFileError: "not-ours", "passphrase" (wrong, or the file is damaged: nobody can tell which), or
                "no-memory".
            WalletError: "no-file", "too-large", or "damaged" (sealed by a version that this one does not know).
            OSError: the file cannot be read.
        """
        file, content = SealedFile.open(os.fspath(path), passphrase, stored.MAX_SIZE)
        state = stored.parse_state(content)
        wallet = cls(state.roots, seed=state.seed)
        wallet._state, wallet._file = state, file
        return wallet

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which there is anything, oldest first."""
        return tuple(dict.fromkeys(enrolment.name for enrolment in self._state.enrolments))

    def update_trust_list(self, data: bytes, *, now: Time) -> None:
        """Take a newer trust list, by a scanner's rules. Drops passes whose windows are over.

        Args:
            data: the list, at most 262,144 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Raises:
            FormatError: not a trust list ("malformed").
            TrustListRefused: as from `healthpass.verifier.TrustStore.update_trust_list`; the wallet keeps what it has.
        """
        time = seconds(now)
        with self._lock:
            state = self._state
            trust_list = open_trust_list(data, state.roots)
            floor = Floor() if state.trust_list is None else floor_of(state.trust_list, state.trust_data)
            check_not_older(floor_of(trust_list, data), floor)
            check_times(trust_list, floor, time)
            kept = without_over(state, time).enrolments
            if (data, kept) != (state.trust_data, state.enrolments):
                self._save(replace(state, trust_list=trust_list, trust_data=data, enrolments=kept))

    def answer(self, offer: bytes, *, name: str = "me") -> bytes:
        """The answer to a region's offer: a fresh key for each showing, with proof that this wallet holds it.

        The same offer gets the same answer again. At most 16 offers wait for their batch; one more drops the oldest.

        Args:
            offer: the region's bytes, at most 65,536.
            name: whose passes these will be, in the holder's own words (1 to 64 characters). One name for each person,
                or for each group that is shown together. It stays in the wallet.

        Returns:
            An encoded `KeyRequest`, for the region.

        Raises:
            FormatError: not an offer, or a name of another length.
            WalletError: "other-name": this offer was answered under another name.
        """
        stored.check_name(name)
        parsed = parse_offer(offer)
        with self._lock:
            state = self._state
            known = [enrolment.name for enrolment in state.enrolments if enrolment.offer == parsed]
            if known not in ([], [name]):
                raise WalletError("other-name", "this offer was answered under another name")
            signers = keys.holder_signers(state.seed, parsed)
            reply = keys.key_request(state.seed, parsed, signers)
            if not known:
                public_keys = tuple(signer.public_key for signer in signers)
                self._save(with_pending(state, Enrolment(name, parsed, public_keys)))
            return reply

    def recovery_code(self, name: str = "me") -> str:
        """The code that revokes what came of the newest offer answered under `name`: to be written down, on paper.

        Raises:
            WalletError: "unknown-name".
        """
        state = self._state
        for enrolment in reversed(state.enrolments):
            if enrolment.name == name:
                return keys.recovery_code(state.seed, enrolment.offer)
        raise WalletError("unknown-name", "there is nothing under this name")

    def accept(self, batch: bytes, *, now: Time) -> int:
        """Check every claim of a batch, byte by byte, and keep them. Drops passes whose windows are over.

        The same batch again changes nothing: what has been shown stays used.

        Args:
            batch: what the platform returned, at most 2,097,152 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            The number of showings in those windows of the batch that are not over.

        Raises:
            WalletError: what `healthpass.holder.batch_check.check_batch` finds, "other-batch" (another one was
                accepted for these keys), or "wallet-full".
        """
        time = seconds(now)
        with self._lock:
            enrolment, taken = check_batch(batch, self._state, time)
            if enrolment.batch is None:
                self._save(with_batch(without_over(self._state, time), enrolment, taken))
            elif not enrolment.batch.has_claims_of(taken):
                raise WalletError("other-batch", "another batch was accepted for these keys")
            return taken.showings

    def present(
        self,
        *,
        now: Time,
        name: str = "me",
        audience: str | None = None,
        nonce: bytes | None = None,
        people: Sequence[int] | None = None,
        reuse: bool = False,
    ) -> Showing:
        """Show a pass that has never been shown, taken at random, and remember that it now has been.

        Needs no network and no fresh trust list. Where several batches are open under the name, those that say
        something else than the newest are not shown.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`; the showing carries it rounded down to 15 s.
            name: whose pass.
            audience: the place that it is shown to, 16 lower-case hexadecimal digits.
            nonce: the scanner's challenge, 16 bytes.
            people: which people of a family, by their numbers from 0 on, in order; all of them by default.
            reuse: when every showing has been used, show one of them again. Two showings of the same claims can be
                linked by anybody who sees both.

        Raises:
            WalletError: "no-claims" (none for now under this name), "batch-used-up", or "no-such-people".
            FormatError: the audience or the nonce has not its form.
        """
        time = seconds(now)
        with self._lock:
            state = self._state
            places = showings.open_windows(state, name, time)
            place = showings.choose(places, reuse)
            text = showings.pass_text(state.seed, place, time, audience, nonce, people)
            unused = showings.count_unused(places)
            if not place.is_used:
                self._save(with_window(state, place.enrolment, place.window.with_used(place.number)))
                unused -= 1
            return Showing(text, place.is_used, unused, place.window.expires)

    def unused(self, *, now: Time, name: str = "me") -> int:
        """How many showings `present` has left under `name`, in the windows open at `now`."""
        return showings.count_unused(showings.open_windows(self._state, name, seconds(now)))

    def forget(self, name: str) -> None:
        """Remove everything under `name`.

        Raises:
            WalletError: "unknown-name".
        """
        with self._lock:
            state = self._state
            if name not in self.names:
                raise WalletError("unknown-name", "there is nothing under this name")
            kept = tuple(enrolment for enrolment in state.enrolments if enrolment.name != name)
            self._save(replace(state, enrolments=kept))

    def _save(self, state: State) -> None:
        """Go on with `state`, once it is on the disk."""
        if self._file is not None:
            self._file.write(stored.encode_state(state))
        self._state = state

    def __repr__(self) -> str:
        return "Wallet(...)"
