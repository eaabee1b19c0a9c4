"""What a wallet holds, as immutable values: a change is another value, so nothing is ever half changed.

A *showing* is what can be shown once: the claims (one per person) under one holder key. It is unused until it has been
shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from healthpass.errors import WalletError
from healthpass.formats.claim import parse_claim
from healthpass.formats.enrolment import Offer
from healthpass.formats.window import LARGEST_SKEW
from healthpass.holder.codes import Code
from healthpass.holder.trust import Trust

MAX_PENDING = 16
"""Enrolments without a batch; answering one more drops the oldest."""
MAX_WINDOWS = 2048
MAX_CLAIMS = 65_536
"""Held at once, in all enrolments together."""

UNUSED, USED = b"\x00\x01"


def is_over(expires: int, now: int) -> bool:
    """Whether what ended at `expires` matters to nobody any more: then its claims and keys are erased."""
    return now >= expires + LARGEST_SKEW


@dataclass(frozen=True, slots=True, repr=False)
class HeldWindow:
    """The claims of one batch under one kid.

    Attributes:
        kid: 4 bytes.
        valid_from, expires: when they can be shown, in seconds since 1970 UTC.
        secret: 32 bytes, from which its holder keys derive.
        claims: the claims of every showing, as the issuer signed them, one after the other.
        used: `UNUSED` or `USED`, one byte for each showing.
    """

    kid: bytes
    valid_from: int
    expires: int
    secret: bytes
    claims: bytes
    used: bytes

    def is_open(self, now: int, skew: int = 0) -> bool:
        """Whether its claims are accepted by a clock that is up to `skew` seconds from `now`."""
        return self.valid_from - skew <= now < self.expires + skew

    def with_used(self, number: int) -> HeldWindow:
        """The same with showing `number` used."""
        return replace(self, used=self.used[:number] + bytes((USED,)) + self.used[number + 1 :])

    def __repr__(self) -> str:
        return "HeldWindow(...)"


@dataclass(frozen=True, slots=True, repr=False)
class HeldBatch:
    """What came of an offer.

    Attributes:
        people: how many claims a showing has, 1 to 8.
        claim_size: bytes of each claim.
        windows: in the order of the offer; those that are over are dropped, the last one with the enrolment.
    """

    people: int
    claim_size: int
    windows: tuple[HeldWindow, ...]

    @property
    def showings(self) -> int:
        """How many showings it has, used or not."""
        return sum(len(window.used) for window in self.windows)

    def showing(self, window: HeldWindow, number: int) -> list[bytes]:
        """The claims of showing `number` of a window, person by person."""
        size = self.people * self.claim_size
        joined = window.claims[number * size : (number + 1) * size]
        return [joined[at : at + self.claim_size] for at in range(0, size, self.claim_size)]

    def says(self) -> tuple[int, ...]:
        """Its binding and each person's colour; the same in all of its claims."""
        claims = [parse_claim(claim) for claim in self.showing(self.windows[0], 0)]
        return (claims[0].binding, *(claim.color for claim in claims))

    def has_claims_of(self, other: HeldBatch) -> bool:
        """Whether both have the same claims in each window that both have, whatever of them has been used.

        One of them may lack windows: those that were over when it was checked.
        """
        mine, others = ({each.kid: each.claims for each in batch.windows} for batch in (self, other))
        same = all(mine[kid] == others[kid] for kid in mine.keys() & others.keys())
        return same and (self.people, self.claim_size) == (other.people, other.claim_size)

    def __repr__(self) -> str:
        return "HeldBatch(...)"


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """An offer that this wallet has answered.

    Attributes:
        name: whose passes they are, in the holder's own words.
        offer: the region's offer.
        answer: the key request, as it was given to the region.
        secret: 32 bytes, from which all keys of this enrolment derive; see `healthpass.holder.keys`. None once a window
            of its batch is over: what is left has the secrets of its own periods.
        batch: the claims, or None while there are none.
    """

    name: str
    offer: Offer
    answer: bytes
    secret: bytes | None
    batch: HeldBatch | None = None

    def __repr__(self) -> str:
        return "Enrolment(...)"


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """All of a wallet.

    Attributes:
        mark: 16 random bytes that tell this wallet from another one.
        trust: whom to believe.
        enrolments: oldest first.
        codes: the recovery code of each name, oldest first.
        generation: how often the wallet has been changed; the higher of two states is the later one.
    """

    mark: bytes
    trust: Trust
    enrolments: tuple[Enrolment, ...] = ()
    codes: tuple[Code, ...] = ()
    generation: int = 0

    def __repr__(self) -> str:
        return "State(...)"


def follows(state: State, known: State) -> bool:
    """Whether `state` can have come of `known`: it is of a later generation, and has no showing as unused that is used
    there. (A copy from before, with which somebody has gone on, may be of a later generation too.)"""
    if state.generation <= known.generation:
        return False
    later = {each.answer: each for each in state.enrolments}
    return not any(
        each.batch is not None and each.answer in later and _unused_again(each.batch, later[each.answer].batch)
        for each in known.enrolments
    )


def _unused_again(before: HeldBatch, after: HeldBatch | None) -> bool:
    if after is None:
        return any(USED in window.used for window in before.windows)
    flags = {window.kid: window.used for window in after.windows}
    return any(
        was == USED and now == UNUSED
        for window in before.windows
        for was, now in zip(window.used, flags.get(window.kid, window.used), strict=True)
    )


def with_pending(state: State, enrolment: Enrolment) -> State:
    """The state with one more pending enrolment, and without the oldest pending ones beyond `MAX_PENDING`."""
    enrolments = [*state.enrolments, enrolment]
    pending = [each for each in enrolments if each.batch is None]
    dropped = pending[:-MAX_PENDING]
    return replace(state, enrolments=tuple(each for each in enrolments if each not in dropped))


def with_batch(state: State, enrolment: Enrolment, batch: HeldBatch) -> State:
    """The state with `batch` as what came of `enrolment`.

    Raises:
        WalletError: "wallet-full".
    """
    is_whole = len(batch.windows) == len(enrolment.offer.periods)  # else some are over: see `without_over`
    filled = replace(enrolment, batch=batch, secret=enrolment.secret if is_whole else None)
    enrolments = tuple(filled if each is enrolment else each for each in state.enrolments)
    batches = [each.batch for each in enrolments if each.batch is not None]
    claims = sum(len(window.used) * held.people for held in batches for window in held.windows)
    if sum(len(held.windows) for held in batches) > MAX_WINDOWS or claims > MAX_CLAIMS:
        raise WalletError("wallet-full", "the wallet holds as many passes as it can; forget some of them")
    return replace(state, enrolments=enrolments)


def without_name(state: State, name: str) -> State:
    """The state without the enrolments and the code under `name`."""
    return replace(
        state,
        enrolments=tuple(each for each in state.enrolments if each.name != name),
        codes=tuple(each for each in state.codes if each.name != name),
    )


def with_window(state: State, enrolment: Enrolment, window: HeldWindow) -> State:
    """The state with `window` in place of the one of its kid in `enrolment`, which has a batch."""
    batch = enrolment.batch
    assert batch is not None
    windows = tuple(window if each.kid == window.kid else each for each in batch.windows)
    changed = replace(enrolment, batch=replace(batch, windows=windows))
    return replace(state, enrolments=tuple(changed if each is enrolment else each for each in state.enrolments))


def without_over(state: State, now: int) -> State:
    """The state without the windows that are over at `now`, with their secrets and those that they derive from, and
    without the enrolments that have only such; the very same state if there is nothing of that."""
    kept = tuple(each for each in (_without_over(each, now) for each in state.enrolments) if each is not None)
    return state if kept == state.enrolments else replace(state, enrolments=kept)


def _without_over(enrolment: Enrolment, now: int) -> Enrolment | None:
    batch = enrolment.batch
    if batch is None:
        return None if is_over(enrolment.offer.periods[-1].expires, now) else enrolment
    windows = tuple(window for window in batch.windows if not is_over(window.expires, now))
    if windows == batch.windows:
        return enrolment
    return replace(enrolment, secret=None, batch=replace(batch, windows=windows)) if windows else None
