"""Is this batch what the wallet asked for, and nothing else? A pure function; nothing is stored before it has answered.

The wallet refuses whatever a scanner would, and more: a batch in which one claim stands out could mark its holder.
"""

from __future__ import annotations

from healthpass.crypto import ed25519
from healthpass.errors import FormatError, WalletError
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import BOTH, TEMPLATES, Claim, parse_claim, signed_part
from healthpass.formats.presentation import MAX_PEOPLE
from healthpass.formats.trust_list import TrustList
from healthpass.holder.state import UNUSED, Batch, Enrolment, HeldWindow, State
from healthpass.trust.updates import CLOCK_SKEW

Shown = list[tuple[Claim, bytes]]
"""The claims of one showing, person by person: the fields, and the bytes as received."""


def check_batch(data: bytes, state: State, now: int) -> tuple[Enrolment, Batch]:
    """The enrolment that a batch is for, and the batch as it is to be held, all of it unused.

     1. There is a trust list, it has not expired, and the clock is not behind it.
     2. The bytes are claims of the exact templates.
     3. Every claim is bound to a holder key, and all are bound in the same way.
     4. The keys are those of one enrolment, each claim is under the kid that was offered for its key, and every key
        has claims.
     5. Every key has the same number of claims, one for each person: 1 to 8, several only where bound to documents too.
     6. Each person has the same colour in all of them.
     7. The window is in the trust list, allows the binding and the slot, and `exp` is its expiry. No two windows of
        the batch are of the same time: kids of one day, chosen for one person, would be a mark. One window at least
        is not over.
     8. No slot is there twice under its kid, here or in another batch of this wallet.
     9. The signature of the window's key holds.

    What is under windows that are over is checked like the rest, and left out of what is returned. A showing's people
    stand in the order of its claims in the batch; showings may come in any order.

    Raises:
        WalletError: 1 "no-trust-list", "trust-list-expired" or "clock-behind"; 2 "malformed"; 3 "no-holder-key" or
            "mixed-bindings"; 4 "unknown-keys", "other-window" or "incomplete"; 5 "people"; 6 "colors"; 7
            "unknown-window", "window-over", "not-allowed", "marked"; 8 "repeated-slot"; 9 "bad-signature".
    """
    trust_list = _fresh_list(state, now)  # 1
    claims = _parse(data)  # 2
    _check_bindings(claims)  # 3
    enrolment = _enrolment_of(claims[0][0], state)
    showings = _by_key(claims, enrolment)  # 4
    people = _check_people(showings)  # 5
    _check_colors(showings)  # 6
    for claim, _ in claims:
        _check_window(claim, trust_list)  # 7
    if len({claim.exp for claim, _ in claims}) != len({claim.kid for claim, _ in claims}):
        raise WalletError("marked", "the batch has several kids for one time, by which its holder could be known")
    if all(claim.exp <= now for claim, _ in claims):
        raise WalletError("window-over", "every window of the batch is over")
    _check_slots(claims, enrolment, state)  # 8
    for claim, signed in claims:  # 9
        if not ed25519.verify(trust_list.windows[claim.kid].key, signed_part(signed), signed[-64:]):
            raise WalletError("bad-signature", "a claim in the batch is not signed by the platform")
    return enrolment, Batch(people, len(claims[0][1]), _held(showings, enrolment, trust_list, now))


def _fresh_list(state: State, now: int) -> TrustList:
    trust_list = state.trust.trust_list
    if trust_list is None:
        raise WalletError("no-trust-list", "the wallet needs a trust list before it can check a batch")
    if now < trust_list.issued - CLOCK_SKEW:
        raise WalletError("clock-behind", "the clock is behind the newest trust list: set the clock")
    if now >= trust_list.expires:
        raise WalletError("trust-list-expired", "the wallet's trust list has expired: fetch a newer one")
    return trust_list


def _parse(data: bytes) -> Shown:
    try:
        return [(parse_claim(claim), claim) for claim in parse_batch(data)]
    except FormatError:
        raise WalletError("malformed", "not a batch of claims of the three templates") from None


def _check_bindings(claims: Shown) -> None:
    if any(claim.key is None for claim, _ in claims):
        raise WalletError("no-holder-key", "a claim is for paper: it is bound to a document and to no wallet")
    if len({claim.binding for claim, _ in claims}) != 1:
        raise WalletError("mixed-bindings", "the claims of a batch are all bound in the same way")


def _enrolment_of(claim: Claim, state: State) -> Enrolment:
    for enrolment in reversed(state.enrolments):
        if claim.key in enrolment.keys:
            return enrolment
    raise WalletError("unknown-keys", "the batch is for keys that this wallet does not have")


def _by_key(claims: Shown, enrolment: Enrolment) -> list[Shown]:
    """The claims of each of the enrolment's keys, in the order of the keys."""
    places = {key: index for index, key in enumerate(enrolment.keys)}
    kids = enrolment.offer.kids
    showings: list[Shown] = [[] for _ in kids]
    for claim, data in claims:
        index = places.get(claim.key or b"")
        if index is None:
            raise WalletError("unknown-keys", "the batch has claims for keys of another enrolment")
        if claim.kid != kids[index]:
            raise WalletError("other-window", "a claim is under another window than the one offered for its key")
        showings[index].append((claim, data))
    if not all(showings):
        raise WalletError("incomplete", "the batch has no claim for some of the offered keys")
    return showings


def _check_people(showings: list[Shown]) -> int:
    counts = {len(showing) for showing in showings}
    people = len(showings[0])
    if len(counts) != 1 or people > MAX_PEOPLE or (people > 1 and showings[0][0][0].binding != BOTH):
        raise WalletError("people", f"every key has one claim per person: 1 to {MAX_PEOPLE}, several with documents")
    return people


def _check_colors(showings: list[Shown]) -> None:
    if len({tuple(claim.color for claim, _ in showing) for showing in showings}) != 1:
        raise WalletError("colors", "a person has one colour in all claims of a batch")


def _check_window(claim: Claim, trust_list: TrustList) -> None:
    window = trust_list.windows.get(claim.kid)
    if window is None:
        raise WalletError("unknown-window", "a claim is under a window that the trust list does not have")
    if claim.exp != window.expires or claim.slot >= window.capacity or not claim.binding & window.bindings:
        raise WalletError("not-allowed", "a claim says something that its window's key may not sign")


def _check_slots(claims: Shown, enrolment: Enrolment, state: State) -> None:
    slots = {(claim.kid, claim.slot) for claim, _ in claims}
    if len(slots) != len(claims):
        raise WalletError("repeated-slot", "two claims of the batch have the same number in their window")
    kids = {kid for kid, _ in enrolment.offer.wanted}
    for other in state.enrolments:
        if other.batch is None or other is enrolment:
            continue
        for window in other.batch.windows:
            if window.kid in kids and not slots.isdisjoint(_held_slots(window, other.batch.claim_size)):
                raise WalletError("repeated-slot", "a claim has the number of one that the wallet already holds")


def _held_slots(window: HeldWindow, claim_size: int) -> set[tuple[bytes, int]]:
    where = next(template.fields["cti"] for template in TEMPLATES.values() if template.size == claim_size)
    starts = range(0, len(window.claims), claim_size)
    return {(window.kid, int.from_bytes(window.claims[at + where.start : at + where.stop], "big")) for at in starts}


def _held(showings: list[Shown], enrolment: Enrolment, trust_list: TrustList, now: int) -> tuple[HeldWindow, ...]:
    held, at = [], 0
    for kid, count in enrolment.offer.wanted:
        claims = b"".join(signed for showing in showings[at : at + count] for _, signed in showing)
        window = trust_list.windows[kid]
        if now < window.expires:
            held.append(HeldWindow(kid, window.valid_from, window.expires, claims, bytes((UNUSED,)) * count))
        at += count
    return tuple(held)
