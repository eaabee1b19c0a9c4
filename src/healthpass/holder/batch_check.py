"""Is this batch what the wallet asked for, and nothing else? A pure function; nothing is stored before it has answered.

The wallet refuses whatever a scanner would, and more: a batch in which one claim stands out could mark its holder.
"""

from __future__ import annotations

from healthpass.crypto import ed25519
from healthpass.crypto.commitment import drawn_kid
from healthpass.crypto.envelope import open_padded
from healthpass.errors import BadInput, FormatError, WalletError
from healthpass.formats.batch import MAX_SIZE, parse_batch
from healthpass.formats.claim import TEMPLATES, Claim, parse_claim, signed_part
from healthpass.formats.enrolment import Offer
from healthpass.formats.period import Period
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.holder import keys
from healthpass.holder.state import UNUSED, Enrolment, HeldBatch, HeldWindow, State, is_over
from healthpass.trust.periods import windows_of
from healthpass.trust.updates import CLOCK_SKEW

Read = tuple[Claim, bytes]
"""A claim's fields, and its bytes as received."""


def check_batch(data: bytes, state: State, now: int) -> tuple[Enrolment, HeldBatch]:
    """The enrolment that a batch is for, and the batch as it is to be held, all of it unused.

     1. There is a trust list, it has not expired, and the clock is not behind it.
     2. The bytes are sealed to the answer key of an enrolment that this wallet has.
     3. What is in them is padded in the one way, and a batch of claims of the exact templates.
     4. One claim for each key and person, by key in the order in which they were asked for.
     5. Each is bound as the offer says, and to the key in its place.
     6. Each person has the same colour in all of them.
     7. For each period: one kid, that which chance decides for among the kids of the wallet's trust list; `exp` is its
        window's, and the slot below its capacity.
     8. No slot is there twice under its kid, here or in another batch of this wallet.
     9. The signature of the window's key holds.

    What is under windows that were over an hour ago, as when a batch comes late, is left out after step 6: a newer list
    no longer has their keys.

    Args:
        data: at most 2,097,152 bytes.

    Raises:
        WalletError: 1 "no-trust-list", "trust-list-expired" or "clock-behind"; 2 "not-for-us"; 3 "malformed"; 4
            "other-count"; 5 "other-binding" or "unknown-keys"; 6 "colors"; 7 "window-over" (all of them are),
            "unknown-window", "other-window" or "not-allowed"; 8 "repeated-slot"; 9 "bad-claim-signature".
    """
    trust_list = _fresh_list(state, now)  # 1
    enrolment, secret, content = _opened(data, state)  # 2
    claims = _parse(content)  # 3
    offer = enrolment.offer
    if len(claims) != offer.keys * offer.people:  # 4
        raise WalletError(
            "other-count", "the batch has more or fewer claims than were asked for; ask for another offer"
        )
    secrets = [keys.period_secret(secret, number) for number in range(len(offer.periods))]
    _check_bindings(claims, offer, secrets)  # 5
    if len({tuple(claim.color for claim, _ in each) for each in _showings(claims, offer.people)}) != 1:  # 6
        raise WalletError("colors", "a person has one colour in all claims of a batch; ask for another offer")
    held = []
    for (period, part), of_period in zip(_by_period(claims, offer), secrets, strict=True):
        if is_over(period.expires, now):
            continue
        window = _check_window(part, period, offer, keys.blinder(secret), trust_list)  # 7
        _check_slots(part, enrolment, state)  # 8
        _check_signatures(part, window)  # 9
        joined = b"".join(signed for _, signed in part)
        unused = bytes((UNUSED,)) * period.count
        held.append(HeldWindow(window.kid, window.valid_from, window.expires, of_period, joined, unused))
    if not held:
        raise WalletError("window-over", "every window of the batch is over; ask for another offer")
    return enrolment, HeldBatch(offer.people, len(claims[0][1]), tuple(held))


def _fresh_list(state: State, now: int) -> TrustList:
    trust_list = state.trust.trust_list
    if trust_list is None:
        raise WalletError("no-trust-list", "the wallet needs a trust list before it can check a batch; fetch one")
    if now < trust_list.issued - CLOCK_SKEW:
        raise WalletError("clock-behind", "the clock is behind the newest trust list: set the clock")
    if now >= trust_list.expires:
        raise WalletError("trust-list-expired", "the wallet's trust list has expired: fetch a newer one")
    return trust_list


def _opened(data: bytes, state: State) -> tuple[Enrolment, bytes, bytes]:
    """A sealed box does not say whose it is: each enrolment's key is tried, the newest first."""
    for enrolment in reversed(state.enrolments if len(data) <= MAX_SIZE else ()):
        secret = enrolment.secret
        if secret is None:
            continue
        try:
            return enrolment, secret, open_padded(keys.answer_key(secret), data)
        except FormatError:
            raise WalletError("malformed", "what is sealed to this wallet is not padded as a batch is") from None
        except BadInput:
            continue
    raise WalletError(
        "not-for-us",
        "the batch is not for this wallet, or for an offer that it has no more: ask the region for another",
    )


def _parse(content: bytes) -> list[Read]:
    try:
        return [(parse_claim(claim), claim) for claim in parse_batch(content)]
    except FormatError:
        raise WalletError("malformed", "not a batch of claims of the three templates") from None


def _check_bindings(claims: list[Read], offer: Offer, secrets: list[bytes]) -> None:
    by_period = zip(offer.periods, secrets, strict=True)
    expected = [key for period, secret in by_period for key in keys.holder_keys(secret, period.count)]
    for index, (claim, _) in enumerate(claims):
        if claim.binding != offer.binding:
            raise WalletError(
                "other-binding", "a claim is not bound in the way that was asked for; ask for another offer"
            )
        if claim.key != expected[index // offer.people]:
            raise WalletError("unknown-keys", "a claim is not for the key in its place; ask for another offer")


def _showings(claims: list[Read], people: int) -> list[list[Read]]:
    return [claims[at : at + people] for at in range(0, len(claims), people)]


def _by_period(claims: list[Read], offer: Offer) -> list[tuple[Period, list[Read]]]:
    parts, at = [], 0
    for period in offer.periods:
        size = period.count * offer.people
        parts.append((period, claims[at : at + size]))
        at += size
    return parts


def _check_window(claims: list[Read], period: Period, offer: Offer, blinder: bytes, trust_list: TrustList) -> Window:
    """The window that the claims of one period are all under."""
    windows = windows_of(trust_list, offer.platform, offer.binding, period.valid_from, period.expires)
    if any(claim.kid not in trust_list.windows for claim, _ in claims) or not windows:
        raise WalletError(
            "unknown-window", "a claim is under a window that the trust list does not have; fetch the newest trust list"
        )
    drawn = drawn_kid(blinder, [window.kid for window in windows])
    if any(claim.kid != drawn for claim, _ in claims):
        raise WalletError(
            "other-window",
            "a claim is under another window than chance has decided for: take the newest trust list and try again, "
            "then ask for another offer",
        )
    window = trust_list.windows[drawn]
    if not all(window.may_sign(claim) for claim, _ in claims):
        raise WalletError(
            "not-allowed", "a claim says something that its window's key may not sign; ask for another offer"
        )
    return window


def _check_slots(claims: list[Read], enrolment: Enrolment, state: State) -> None:
    """`claims` are of one kid."""
    kid, slots = claims[0][0].kid, {claim.slot for claim, _ in claims}
    if len(slots) != len(claims):
        raise WalletError(
            "repeated-slot", "two claims of the batch have the same number in their window; ask for another offer"
        )
    for other in state.enrolments:
        if other.batch is None or other is enrolment:
            continue
        for window in other.batch.windows:
            if window.kid == kid and not slots.isdisjoint(_held_slots(window, other.batch.claim_size)):
                raise WalletError(
                    "repeated-slot",
                    "a claim has the number of one that the wallet already holds; ask for another offer",
                )


def _held_slots(window: HeldWindow, claim_size: int) -> set[int]:
    where = next(template.fields["cti"] for template in TEMPLATES.values() if template.size == claim_size)
    starts = range(0, len(window.claims), claim_size)
    return {int.from_bytes(window.claims[at + where.start : at + where.stop], "big") for at in starts}


def _check_signatures(claims: list[Read], window: Window) -> None:
    for _, signed in claims:
        if not ed25519.verify(window.key, signed_part(signed), signed[-64:]):
            raise WalletError(
                "bad-claim-signature", "a claim in the batch is not signed by the platform; ask for another offer"
            )
