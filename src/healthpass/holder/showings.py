"""Which claims are shown next, and the text that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import SystemRandom

from healthpass.errors import WalletError
from healthpass.formats import fields
from healthpass.formats.claim import with_signature
from healthpass.formats.presentation import IAT_STEP, NONCE_SIZE, check_audience, signed_part, unsigned_presentation
from healthpass.formats.text import encode_text
from healthpass.holder.keys import holder_signer
from healthpass.holder.state import UNUSED, USED, Batch, Enrolment, HeldWindow, State

_RANDOM = SystemRandom()


@dataclass(frozen=True, slots=True, repr=False)
class Showing:
    """A pass as it is shown, once. Its `repr` shows none of it.

    Attributes:
        text: for the QR code, `HP1:...`. Fresh for about 15 seconds.
        reused: whether these claims were shown before: whoever saw both showings can tell that they are of one person.
        unused: how many showings are left after this one, in the windows open now.
        expires: when the pass stops being accepted, in seconds since 1970 UTC.
        stale: by how many seconds the wallet's trust list is past its expiry; 0 while it is fresh.
    """

    text: str
    reused: bool
    unused: int
    expires: int
    stale: int = 0

    def __repr__(self) -> str:
        return f"Showing(reused={self.reused})"


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """Where in a wallet's state a showing is."""

    enrolment: Enrolment
    batch: Batch
    window: HeldWindow
    number: int

    @property
    def is_used(self) -> bool:
        """Whether it has been shown before."""
        return self.window.used[self.number] == USED

    def index(self) -> int:
        """The index of its holder key in the offer."""
        return self.enrolment.offer.kids.index(self.window.kid) + self.number

    def __repr__(self) -> str:
        return "Position(...)"


def open_windows(state: State, name: str, now: int) -> list[Position]:
    """The first showing of every window under `name` from which the next one may be taken: those that are open by the
    wallet's clock, for these a scanner takes whose clock differs a little; else those that it may take.

    A window that the wallet's trust list no longer has (its key was stolen) is left out: no scanner takes its passes.
    Where several batches have open windows, those that say something else than the newest (another colour, other
    people, another binding) are left out: the newest replaces them.
    """
    trust_list = state.trust.trust_list
    near = [
        Position(enrolment, enrolment.batch, window, 0)
        for enrolment in state.enrolments
        if enrolment.name == name and enrolment.batch is not None
        for window in enrolment.batch.windows
        if window.may_be_open(now) and (trust_list is None or window.kid in trust_list.windows)
    ]
    open_now = [each for each in near if each.window.is_open(now)] or near
    newest = open_now[-1].batch.says() if open_now else ()
    return [position for position in open_now if position.batch.says() == newest]


def count_unused(positions: list[Position]) -> int:
    """How many showings are unused in these windows."""
    return sum(position.window.used.count(UNUSED) for position in positions)


def choose(positions: list[Position], reuse: bool) -> Position:
    """An unused showing of these windows, each as likely as any other; with `reuse` a used one, if all are used.

    Raises:
        WalletError: "no-claims" (no windows) or "batch-used-up".
    """
    if not positions:
        raise WalletError("no-claims", "the wallet has no pass for now under this name")
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


def pass_text(
    seed: bytes, position: Position, now: int, audience: str | None, nonce: bytes | None, people: Sequence[int] | None
) -> str:
    """The text of a presentation of the claims at `position`, signed by their holder key.

    Raises:
        FormatError: the audience or the nonce has not its form.
        WalletError: "no-such-people".
    """
    if audience is not None:
        check_audience(fields.text(audience, "audience", 16))
    if nonce is not None:
        fields.byte_string(nonce, "nonce", NONCE_SIZE)
    claims = position.batch.showing(position.window, position.number)
    shown = [claims[index] for index in _chosen(people, len(claims))]
    data = unsigned_presentation(shown, now - now % IAT_STEP, audience, nonce)
    signer = holder_signer(seed, position.enrolment.offer, position.index())
    return encode_text(with_signature(data, signer.sign(signed_part(data))))


def _chosen(people: Sequence[int] | None, count: int) -> Sequence[int]:
    if people is None:
        return range(count)
    in_order = all(type(index) is int for index in people) and list(people) == sorted(set(people))
    if not people or not in_order or not 0 <= people[0] <= people[-1] < count:
        raise WalletError("no-such-people", "people are chosen by their numbers from 0 on, each once, in order")
    return people
