"""The wallet: answers offers, accepts batches, and shows each claim once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass._values import seconds
from healthpass.errors import WalletError
from healthpass.formats.words import plain_word
from healthpass.holder import showings, stored
from healthpass.holder.base import WalletBase
from healthpass.holder.batch_check import check_batch
from healthpass.holder.codes import code_of, new_code
from healthpass.holder.drawing import Showing, fresh_until
from healthpass.holder.enrolling import answered
from healthpass.holder.state import with_batch, with_window, without_name
from healthpass.holder.trust import addressee, seconds_past

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass._values import Time


@typed
class Wallet(WalletBase):
    """One-time passes of one or several people, in memory; `create` and `open` keep them in a file.

    Args:
        roots: whom to believe about the platform's keys.
        random: so many random bytes, for secrets and recovery codes; the system's by default.

    Each method that changes something has saved it before it returns; if that fails, an `OSError` says so, and the file
    has the old state or the new. A wallet in a file goes by what is in the file when a call begins, whichever program
    wrote it: several may have it open, and no claim is shown twice as unused. Where that cannot be, any call may raise
    a `WalletError`, and nothing has changed: "rolled-back" (a copy from before was put back, which would show again
    what has been shown), "no-file", "damaged" or "changed-elsewhere" (another wallet); or a `KeyFileError`
    ("passphrase": another one, or damaged). Safe to call from several threads.

    Each period of an enrolment has a secret of its own. An hour after it the first call that is given the time erases
    it, with claims and keys: who gets hold of the phone later finds nothing that was ever shown. A wallet that is made
    anew enrols again.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which there is anything, oldest first; a name stays until it is forgotten."""
        return tuple(code.name for code in self._kept.now.codes)

    @guarded
    def answer(self, offer: bytes, *, now: Time, name: str = "me") -> bytes:
        """The answer to a region's offer: a fresh key for each showing, sealed to the platform.

        The region cannot read it, and hands it on. The same offer gets the same answer again, byte for byte, as long
        as the wallet has it: at most 16 offers wait for their batch, and one more drops the oldest.

        Args:
            offer: the region's bytes, at most 2,048.
            now: seconds since 1970 UTC, or an aware `datetime`.
            name: whose passes these will be, in the holder's own words (1 to 64 characters). One name for each person,
                or for each group that is shown together. It stays in the wallet.

        Returns:
            A key request, for the region.

        Raises:
            FormatError: not an offer, or a name of another length.
            WalletError: "other-name" (this offer was answered under another one); "no-trust-list", "clock-behind" or
                "trust-list-too-old" (issued over 48 hours ago: take the newest first); "unknown-platform",
                "no-sealing-key" or "unknown-period" (the list does not have what the offer names); "too-few-keys"
                (under 8 in a period: the region is to offer more); or "wallet-full".
        """
        name = stored.check_name(plain_word(name))
        time = seconds(now)
        with self._kept.changing(time) as state:
            changed, reply = answered(state, offer, name, time, self._random)
            if changed is not state:
                self._kept.save(changed)
            return reply

    @guarded
    def recovery_code(self, name: str = "me") -> str:
        """The code that takes back all that is enrolled under `name`, to be written down once, on paper.

        It is made with the first enrolment under that name, and stays the same. Where the region has given the person
        a code of their own, for passes that a relative's phone carries, that one counts beside it.

        Raises:
            WalletError: "unknown-name".
        """
        return code_of(self._kept.now.codes, plain_word(name)).text

    @guarded
    def recovery_used(self, name: str = "me") -> str:
        """The next code, to be written down: the one before has been used, and what it took back is removed here.

        Offers under that name which wait for their batch are dropped too, for they carry the old code: ask the region
        for another.

        Raises:
            WalletError: "unknown-name".
        """
        with self._kept.changing() as state:
            name = plain_word(name)
            code_of(state.codes, name)
            code = new_code(name, self._random)
            codes = tuple(code if each.name == name else each for each in state.codes)
            self._kept.save(replace(without_name(state, name), codes=codes))
            return code.text

    @guarded
    def accept(self, batch: bytes, *, now: Time) -> int:
        """Open a batch, check every claim of it, byte by byte, and keep them.

        The same batch again changes nothing: what has been shown stays used. Once a window of it is over, the wallet
        has erased what opens it ("not-for-us").

        Args:
            batch: what the platform returned, at most 2,097,152 bytes.
            now: seconds since 1970 UTC, or an aware `datetime`.

        Returns:
            The number of showings in those windows of the batch that are not over.

        Raises:
            WalletError: what `healthpass.holder.batch_check.check_batch` finds, "other-batch" (another one was
                accepted for this offer), or "wallet-full".
        """
        time = seconds(now)
        with self._kept.changing(time) as state:
            enrolment, taken = check_batch(batch, state, time)
            if enrolment.batch is None:
                self._kept.save(with_batch(state, enrolment, taken))
            elif not enrolment.batch.has_claims_of(taken):
                raise WalletError(
                    "other-batch", "another batch was accepted for this offer; keep that, or ask for another offer"
                )
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
        works_here: bool = False,
    ) -> Showing:
        """Show a pass that has never been shown, taken at random, and remember that it now has been.

        Who still waits when its text is no longer fresh draws it again (`Showing.redraw`), which takes no other pass.

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
            works_here: the holder's own answer, at the poster of a workplace of special personnel, to the question
                whether they work there. Nobody else is checked at such an entrance, so nothing is shown there without.

        Raises:
            WalletError: "no-claims" (none for now under this name), "batch-used-up", "no-such-people", "place-required"
                (scan the poster first), "works-here" (say what kind of place it is, and ask), "trust-list-too-old" or
                "clock-behind" (fetch a list, set the clock).
            FormatError: the poster, the audience or the nonce has not its form.
            PlaceRefused: as from `visit`. Nothing has been shown.
            ValueError: a poster and an audience both.
        """
        time = seconds(now)
        with self._kept.changing(time) as state:
            audience = addressee(state.trust, place, audience, anywhere, works_here, time)
            positions = showings.open_windows(state, plain_word(name), time)
            position = showings.choose(positions, reuse)
            drawing = showings.drawing_of(position, time, audience, nonce, people)
            text = drawing.text(time)
            unused = showings.count_unused(positions)
            if not position.is_used:
                self._kept.save(with_window(state, position.enrolment, position.window.with_used(position.number)))
                unused -= 1
            stale = seconds_past(state.trust, time)
            return Showing(text, fresh_until(time), position.is_used, unused, drawing.expires, stale, drawing)

    @guarded
    def unused(self, *, now: Time, name: str = "me") -> int:
        """How many showings `present` has left under `name`, in the windows open at `now`."""
        time = seconds(now)
        return showings.count_unused(showings.open_windows(self._kept.at(time), plain_word(name), time))

    @guarded
    def forget(self, name: str) -> None:
        """Remove everything under `name`, for good, its recovery code too.

        Raises:
            WalletError: "unknown-name".
        """
        with self._kept.changing() as state:
            name = plain_word(name)
            code_of(state.codes, name)
            self._kept.save(without_name(state, name))

    def __repr__(self) -> str:
        return "Wallet(...)"
