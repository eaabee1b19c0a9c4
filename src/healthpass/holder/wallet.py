"""The wallet: answers offers, accepts batches, and shows each claim once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from nacl.utils import random

from healthpass._frames import guarded
from healthpass._values import seconds
from healthpass.crypto import passphrase as passphrases
from healthpass.errors import WalletError
from healthpass.formats import fields
from healthpass.formats.enrolment import parse_offer
from healthpass.formats.window import RootSet
from healthpass.holder import keys, showings, stored
from healthpass.holder.batch_check import check_batch
from healthpass.holder.keeping import Keeping
from healthpass.holder.sealed_file import SealedFile
from healthpass.holder.showings import Showing
from healthpass.holder.state import (
    Enrolment,
    State,
    offer_mark,
    with_batch,
    with_pending,
    with_window,
    without_name,
    without_over,
)
from healthpass.holder.trust import (
    Trust,
    Visit,
    addressee,
    seconds_past,
    visit,
    with_area_table,
    with_trust_list,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time


class Wallet:
    """One-time passes of one or several people, in memory; `create` and `open` keep them in a file.

    Args:
        roots: whom to believe about the platform's keys.
        seed: 32 bytes from which every key derives; fresh random ones by default. A wallet made again from its seed
            gives the same answers, but does not know which passes it has shown.

    Each method that changes something has saved it before it returns; if that fails, an `OSError` says so, and the file
    has the old state or the new. A wallet in a file goes by what is in the file when a call begins, whichever program
    wrote it: several may have it open, and no claim is shown twice as unused. Where that cannot be, any call may raise
    a `WalletError`, and nothing has changed: "rolled-back" (a copy from before was put back, which would show again
    what has been shown), "no-file", "damaged" or "changed-elsewhere" (another wallet); or a `KeyFileError`
    ("passphrase": another one, or damaged). Safe to call from several threads.
    """

    @guarded
    def __init__(self, roots: RootSet, *, seed: bytes | None = None) -> None:
        seed = random(keys.SEED_SIZE) if seed is None else fields.byte_string(seed, "seed", keys.SEED_SIZE)
        self._kept = Keeping(State(seed, Trust(roots)))

    @classmethod
    @guarded
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
        state = wallet._kept.now
        file = SealedFile.create(os.fspath(path), passphrase, level, stored.encode_state(state), stored.MAX_SIZE)
        wallet._kept = Keeping(state, file)
        return wallet

    @classmethod
    @guarded
    def open(cls, path: str | os.PathLike[str], passphrase: str, *, at_least: int = 0) -> Wallet:
        """The wallet in a file.

        A file cannot tell by itself that it is an old copy, which would show again what has been shown since. Who keeps
        the newest `generation` elsewhere, where it cannot be put back, such as a phone's secure storage, finds it out.

        Args:
            path: where it is.
            passphrase: the one that it was sealed with.
            at_least: the generation that it must have reached.

        Raises:
            KeyFileError: "not-ours", "passphrase" (wrong, or the file is damaged: nobody can tell which), or
                "no-memory".
            WalletError: "no-file", "too-large", "damaged" (sealed by a version that this one does not know), or
                "rolled-back" (of an older generation).
            OSError: the file cannot be read.
        """
        kept = Keeping.open(os.fspath(path), passphrase, at_least)
        wallet = cls(kept.now.trust.roots, seed=kept.now.seed)
        wallet._kept = kept
        return wallet

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which there is anything, oldest first."""
        return tuple(dict.fromkeys(enrolment.name for enrolment in self._kept.now.enrolments))

    @property
    def generation(self) -> int:
        """How often the wallet has been changed. It rises with each showing; see `open`."""
        return self._kept.now.generation

    @guarded
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
        with self._kept.changing() as state:
            trust = with_trust_list(state.trust, data, time)
            kept = without_over(state, time).enrolments
            if (trust.list_data, kept) != (state.trust.list_data, state.enrolments):
                self._kept.save(replace(state, trust=trust, enrolments=kept))

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
        with self._kept.changing() as state:
            trust = with_area_table(state.trust, data, seconds(now))
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
                not certified; "check-not-permitted": nobody may be checked there today.
            WalletError: "no-trust-list"; "trust-list-too-old" (past its grace time: the key of a registrar that was
                stolen may still stand in it); or "clock-behind".
        """
        return visit(self._kept.now.trust, poster, seconds(now))

    @guarded
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
            WalletError: "other-name": this offer was answered under another name; or "forgotten": what came of it was
                removed from this wallet.
        """
        stored.check_name(name)
        parsed = parse_offer(offer)
        with self._kept.changing() as state:
            if offer_mark(parsed) in state.forgotten:
                raise WalletError("forgotten", "what came of this offer was removed: ask the region for another offer")
            known = [enrolment.name for enrolment in state.enrolments if enrolment.offer == parsed]
            if known not in ([], [name]):
                raise WalletError("other-name", "this offer was answered under another name")
            signers = keys.holder_signers(state.seed, parsed)
            reply = keys.key_request(state.seed, parsed, signers)
            if not known:
                public_keys = tuple(signer.public_key for signer in signers)
                self._kept.save(with_pending(state, Enrolment(name, parsed, public_keys)))
            return reply

    @guarded
    def recovery_code(self, name: str = "me") -> str:
        """The code that revokes what came of the newest offer answered under `name`: to be written down, on paper.

        Where the region has given the person a code of their own, for passes that a relative's phone carries, this one
        revokes nothing.

        Raises:
            WalletError: "unknown-name".
        """
        state = self._kept.now
        for enrolment in reversed(state.enrolments):
            if enrolment.name == name:
                return keys.recovery_code(state.seed, enrolment.offer)
        raise WalletError("unknown-name", "there is nothing under this name")

    @guarded
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
        with self._kept.changing() as state:
            enrolment, taken = check_batch(batch, state, time)
            if enrolment.batch is None:
                self._kept.save(with_batch(without_over(state, time), enrolment, taken))
            elif not enrolment.batch.has_claims_of(taken):
                raise WalletError("other-batch", "another batch was accepted for these keys")
            return taken.showings

    @guarded
    def present(
        self,
        *,
        now: Time,
        name: str = "me",
        place: str | None = None,
        audience: str | None = None,
        nonce: bytes | None = None,
        people: Sequence[int] | None = None,
        reuse: bool = False,
        anywhere: bool = False,
    ) -> Showing:
        """Show a pass that has never been shown, taken at random, and remember that it now has been.

        A pass is shown to a place whose poster has been scanned, and is worth nothing elsewhere. Where the check policy
        permits no check, nothing is shown. Needs no network, and a trust list that is not past its grace time. Where
        several batches are open under the name, those that say something else than the newest are not shown.

        Args:
            now: seconds since 1970 UTC, or an aware `datetime`; the showing carries it rounded down to 15 s.
            name: whose pass.
            place: the text of the place's poster, `HPL1:...`; see `visit`.
            audience: instead of a poster, the id of a place: 16 lower-case hexadecimal digits.
            nonce: the scanner's challenge, 16 bytes.
            people: which people of a family, by their numbers from 0 on, in order; all of them by default.
            reuse: when every showing has been used, show one of them again. Two showings of the same claims can be
                linked by anybody who sees both.
            anywhere: the holder's own decision to show it although no poster was scanned, or although the trust list
                is too old to tell who may ask. Without it, a wallet whose trust list has a check policy asks for a
                place. What a poster says is looked at all the same, and the showing made for its place.

        Raises:
            WalletError: "no-claims" (none for now under this name), "batch-used-up", "no-such-people", "place-required"
                (scan the poster first), "trust-list-too-old" or "clock-behind" (fetch a list, set the clock).
            FormatError: the poster, the audience or the nonce has not its form.
            PlaceRefused: as from `visit`. Nothing has been shown.
            ValueError: a poster and an audience both.
        """
        time = seconds(now)
        with self._kept.changing() as state:
            audience = addressee(state.trust, place, audience, anywhere, time)
            positions = showings.open_windows(state, name, time)
            position = showings.choose(positions, reuse)
            text = showings.pass_text(state.seed, position, time, audience, nonce, people)
            unused = showings.count_unused(positions)
            if not position.is_used:
                self._kept.save(with_window(state, position.enrolment, position.window.with_used(position.number)))
                unused -= 1
            return Showing(text, position.is_used, unused, position.window.expires, seconds_past(state.trust, time))

    @guarded
    def unused(self, *, now: Time, name: str = "me") -> int:
        """How many showings `present` has left under `name`, in the windows open at `now`."""
        return showings.count_unused(showings.open_windows(self._kept.now, name, seconds(now)))

    @guarded
    def forget(self, name: str) -> None:
        """Remove everything under `name`, for good: the offers that it came from are not answered again, for what has
        been shown of them is then no longer known.

        Raises:
            WalletError: "unknown-name".
        """
        with self._kept.changing() as state:
            if all(enrolment.name != name for enrolment in state.enrolments):
                raise WalletError("unknown-name", "there is nothing under this name")
            self._kept.save(without_name(state, name))

    def __repr__(self) -> str:
        return "Wallet(...)"
