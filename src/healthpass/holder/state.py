"""What a wallet holds, as immutable values: a change is another value, so nothing is ever half changed.

A *showing* is what can be shown once: the claims (one per person) under one holder key. It is unused until it has been
shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from healthpass.crypto import ed25519
from healthpass.errors import WalletError
from healthpass.formats.claim import parse_claim
from healthpass.formats.enrolment import Offer, encode_offer
from healthpass.formats.window import LARGEST_SKEW
from healthpass.holder.trust import Trust
from healthpass.trust.updates import CLOCK_SKEW

MAX_PENDING = 16
"""Enrolments without a batch; answering one more drops the oldest, and the same offer can be answered again."""
MAX_WINDOWS = 2048
MAX_CLAIMS = 65_536
"""Held at once, in all enrolments together."""

MAX_FORGOTTEN = 256

UNUSED, USED = b"\x00\x01"


@dataclass(frozen=True, slots=True, repr=False)
class HeldWindow:
    """The claims of one batch under one kid.

    Attributes:
        kid: 4 bytes.
        valid_from, expires: when they can be shown, in seconds since 1970 UTC.
        claims: the claims of every showing, as the issuer signed them, one after the other.
        used: `UNUSED` or `USED`, one byte for each showing.
    """

    kid: bytes
    valid_from: int
    expires: int
    claims: bytes
    used: bytes

    def is_open(self, now: int) -> bool:
        """Whether every scanner accepts its claims whose clock differs from `now` by no more than clocks may."""
        return self.valid_from <= now < self.expires

    def may_be_open(self, now: int) -> bool:
        """Whether some such scanner accepts them."""
        return self.valid_from - CLOCK_SKEW <= now < self.expires + CLOCK_SKEW

    def with_used(self, number: int) -> HeldWindow:
        """The same with showing `number` used."""
        return replace(self, used=self.used[:number] + bytes((USED,)) + self.used[number + 1 :])

    def __repr__(self) -> str:
        return "HeldWindow(...)"


@dataclass(frozen=True, slots=True, repr=False)
class Batch:
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

    def has_claims_of(self, other: Batch) -> bool:
        """Whether both have the same claims in each window that both have, whatever of them has been used.

        One of them may lack windows: those that were over when it was checked.
        """
        mine, others = ({each.kid: each.claims for each in batch.windows} for batch in (self, other))
        same = all(mine[kid] == others[kid] for kid in mine.keys() & others.keys())
        return same and (self.people, self.claim_size) == (other.people, other.claim_size)

    def __repr__(self) -> str:
        return "Batch(...)"


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """An offer that this wallet has answered.

    Attributes:
        name: whose passes they are, in the holder's own words.
        offer: the region's offer.
        keys: the public keys of the answer, in the order of their index.
        batch: the claims, or None while there are none.
    """

    name: str
    offer: Offer
    keys: tuple[bytes, ...]
    batch: Batch | None = None

    def __repr__(self) -> str:
        return "Enrolment(...)"


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """All of a wallet.

    Attributes:
        seed: 32 bytes, from which every key derives.
        trust: whom to believe.
        enrolments: oldest first.
        forgotten: 32 bytes of each offer whose passes were removed: its keys have perhaps been shown.
        generation: how often the wallet has been changed; the higher of two states is the later one.
    """

    seed: bytes
    trust: Trust
    enrolments: tuple[Enrolment, ...] = ()
    forgotten: tuple[bytes, ...] = ()
    generation: int = 0

    def __repr__(self) -> str:
        return "State(...)"


def follows(state: State, known: State) -> bool:
    """Whether `state` can have come of `known`: it is of a later generation, and has no showing as unused that is used
    there. (A copy from before, with which somebody has gone on, may be of a later generation too.)"""
    if state.generation <= known.generation:
        return False
    later = {each.offer: each for each in state.enrolments}
    return not any(
        each.batch is not None and each.offer in later and _unused_again(each.batch, later[each.offer].batch)
        for each in known.enrolments
    )


def _unused_again(before: Batch, after: Batch | None) -> bool:
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


def with_batch(state: State, enrolment: Enrolment, batch: Batch) -> State:
    """The state with `batch` as what came of `enrolment`.

    Raises:
        WalletError: "wallet-full".
    """
    filled = replace(enrolment, batch=batch)
    enrolments = tuple(filled if each is enrolment else each for each in state.enrolments)
    batches = [each.batch for each in enrolments if each.batch is not None]
    claims = sum(len(window.used) * held.people for held in batches for window in held.windows)
    if sum(len(held.windows) for held in batches) > MAX_WINDOWS or claims > MAX_CLAIMS:
        raise WalletError("wallet-full", "the wallet holds as many passes as it can")
    return replace(state, enrolments=enrolments)


def without_name(state: State, name: str) -> State:
    """The state without the enrolments under `name`; offers that had their batch are remembered as forgotten."""
    gone = tuple(offer_mark(each.offer) for each in state.enrolments if each.name == name and each.batch is not None)
    kept = tuple(each for each in state.enrolments if each.name != name)
    return replace(state, enrolments=kept, forgotten=(*state.forgotten, *gone)[-MAX_FORGOTTEN:])


def offer_mark(offer: Offer) -> bytes:
    """32 bytes that stand for an offer."""
    return ed25519.sha512(encode_offer(offer))[:32]


def with_window(state: State, enrolment: Enrolment, window: HeldWindow) -> State:
    """The state with `window` in place of the one of its kid in `enrolment`, which has a batch."""
    batch = enrolment.batch
    assert batch is not None
    windows = tuple(window if each.kid == window.kid else each for each in batch.windows)
    changed = replace(enrolment, batch=replace(batch, windows=windows))
    return replace(state, enrolments=tuple(changed if each is enrolment else each for each in state.enrolments))


def without_over(state: State, now: int) -> State:
    """The state without the windows that are over at `now`, and without the enrolments that have only such."""
    enrolments = []
    for each in state.enrolments:
        if each.batch is None:
            enrolments.append(each)
            continue
        windows = tuple(window for window in each.batch.windows if window.expires + LARGEST_SKEW > now)
        if windows:
            enrolments.append(replace(each, batch=replace(each.batch, windows=windows)))
    return replace(state, enrolments=tuple(enrolments))
