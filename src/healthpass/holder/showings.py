"""Which claims are shown next, and what of them is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import SystemRandom

from healthpass.errors import WalletError
from healthpass.formats import fields
from healthpass.formats.presentation import NONCE_SIZE, check_audience
from healthpass.holder.drawing import Drawing
from healthpass.holder.keys import holder_signer
from healthpass.holder.state import UNUSED, USED, Enrolment, HeldBatch, HeldWindow, State
from healthpass.trust.updates import CLOCK_SKEW

_RANDOM = SystemRandom()


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """Where in a wallet's state a showing is."""

    enrolment: Enrolment
    batch: HeldBatch
    window: HeldWindow
    number: int

    @property
    def is_used(self) -> bool:
        """Whether it has been shown before."""
        return self.window.used[self.number] == USED

    def __repr__(self) -> str:
        return "Position(...)"


def open_windows(state: State, name: str, now: int) -> list[Position]:
    """The first showing of every window under `name` from which the next one may be taken: those that are open by the
    wallet's clock, for these a scanner takes whose clock differs a little; else those that it may take.

    A window that the wallet's trust list no longer has (its key was stolen) is left out: no scanner takes its passes.
    Where none is open by the wallet's clock, those count that are so for a scanner whose clock is up to a minute from
    it. Where several batches have open windows, those that say something else than the newest (another colour, other
    people, another binding) are left out: the newest replaces them.
    """
    open_now = _open(state, name, now, 0) or _open(state, name, now, CLOCK_SKEW)
    newest = open_now[-1].batch.says() if open_now else ()
    return [position for position in open_now if position.batch.says() == newest]


def _open(state: State, name: str, now: int, skew: int) -> list[Position]:
    trust_list = state.trust.trust_list
    return [
        Position(enrolment, enrolment.batch, window, 0)
        for enrolment in state.enrolments
        if enrolment.name == name and enrolment.batch is not None
        for window in enrolment.batch.windows
        if window.is_open(now, skew) and (trust_list is None or window.kid in trust_list.windows)
    ]


def count_unused(positions: list[Position]) -> int:
    """How many showings are unused in these windows."""
    return sum(position.window.used.count(UNUSED) for position in positions)


def choose(positions: list[Position], reuse: bool) -> Position:
    """An unused showing of these windows, each as likely as any other; with `reuse` a used one, if all are used.

    Raises:
        WalletError: "no-claims" (no windows) or "batch-used-up".
    """
    if not positions:
        raise WalletError(
            "no-claims", "the wallet has no currently valid pass under this name; ask the region for an offer"
        )
    if unused := count_unused(positions):
        return _nth(positions, UNUSED, _RANDOM.randrange(unused))
    if not reuse:
        raise WalletError("batch-used-up", "every showing has been used: fetch a new batch, or reuse one knowingly")
    return _nth(positions, USED, _RANDOM.randrange(sum(len(position.window.used) for position in positions)))


def _nth(positions: list[Position], flag: int, n: int) -> Position:
    """The n-th showing with that flag, counted through all the windows."""
    for position in positions:
        count = position.window.used.count(flag)
        if n < count:
            numbers = [number for number, each in enumerate(position.window.used) if each == flag]
            return Position(position.enrolment, position.batch, position.window, numbers[n])
        n -= count
    raise AssertionError("fewer showings than were counted")


def drawing_of(
    position: Position, now: int, audience: str | None, nonce: bytes | None, people: Sequence[int] | None
) -> Drawing:
    """What is drawn of the claims at `position`, for the first time at `now`.

    Raises:
        FormatError: the audience or the nonce is malformed.
        WalletError: "no-such-people".
    """
    if audience is not None:
        check_audience(fields.text(audience, "audience", 16))
    if nonce is not None:
        fields.byte_string(nonce, "nonce", NONCE_SIZE)
    claims = position.batch.showing(position.window, position.number)
    shown = tuple(claims[index] for index in _chosen(people, len(claims)))
    signer = holder_signer(position.window.secret, position.number)
    return Drawing(shown, signer, audience, nonce, now, position.window.expires)


def _chosen(people: Sequence[int] | None, count: int) -> Sequence[int]:
    if people is None:
        return range(count)
    in_order = all(type(index) is int for index in people) and list(people) == sorted(set(people))
    if not people or not in_order or not 0 <= people[0] <= people[-1] < count:
        raise WalletError(
            "no-such-people",
            "these are not people of this pass; choose them by their numbers from 0 on, each once, in order",
        )
    return people
